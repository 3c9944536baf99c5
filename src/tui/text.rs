//! Text of data files made safe for a cell, and cut to the width of a column.
//!
//! Every string that was not written by this program goes through [`clean`]
//! before it is drawn: no byte of a file may steer the terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

pub use crate::report::wrap;

/// Columns a cleaned text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text with everything that could steer the terminal, reorder the line
/// or hide in it shown as a visible escape: `\n`, `\x1b`, `\u{202e}`. With
/// `ascii`, everything beyond ASCII is escaped as well.
pub fn clean(text: &str, ascii: bool) -> Cow<'_, str> {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let joins = matches!(char, '\u{200c}' | '\u{200d}')
            && is_letter(before)
            && chars.peek().is_some_and(|next| is_letter(*next));
        match char {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if c.is_ascii() => out.push(c),
            c if ascii || (is_unsafe(c) && !joins) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
        before = char;
    }
    Cow::Owned(out)
}

/// Where a joiner stands between letters it shapes them; between pictures it
/// makes one of two, which not every terminal does, and then the rest of the
/// line stands elsewhere than the program believes.
fn is_letter(char: char) -> bool {
    !char.is_ascii() && char.is_alphabetic()
}

/// C1 controls, direction marks, invisible fillers, line separators and tags;
/// and what changes the width of the sign before it in some terminals only:
/// variation selectors, skin tones, the halves of flags.
fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}

/// A cleaned text cut to `columns`, with a mark where something is missing.
/// Never wider than `columns`.
pub fn fit(text: &str, columns: usize, ascii: bool) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mark = if ascii { "~" } else { "…" };
    let room = columns.saturating_sub(1);
    let mut out = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        let wide = width(cluster);
        if used + wide > room {
            break;
        }
        used += wide;
        out.push_str(cluster);
    }
    if columns > 0 {
        out.push_str(mark);
    }
    Cow::Owned(out)
}

/// A cleaned text cut to `columns` in its middle: names of models and usage
/// types differ at both ends. Never wider than `columns`.
pub fn fit_middle(text: &str, columns: usize, ascii: bool) -> Cow<'_, str> {
    if width(text) <= columns || columns < 6 {
        return fit(text, columns, ascii);
    }
    // A little more of the front, which is read first.
    let behind = (columns - 1) * 2 / 5;
    let mut tail = Vec::new();
    let mut used = 0;
    for cluster in text.graphemes(true).rev() {
        let wide = width(cluster);
        if used + wide > behind {
            break;
        }
        used += wide;
        tail.push(cluster);
    }
    let mut out = fit(text, columns - used, ascii).into_owned();
    out.extend(tail.into_iter().rev());
    Cow::Owned(out)
}

/// How well `needle` fits `text` as letters in order, lower being better;
/// `None` when it does not. Case does not matter.
pub fn fuzzy(text: &str, needle: &str) -> Option<usize> {
    let mut score = 0;
    let mut last: Option<usize> = None;
    let letters: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let mut from = 0;
    for wanted in needle.chars().flat_map(char::to_lowercase).filter(|c| *c != ' ') {
        let found = (from..letters.len()).find(|at| letters.get(*at) == Some(&wanted))?;
        let starts_word = found == 0 || letters.get(found - 1).is_some_and(|c| !c.is_alphanumeric());
        let follows = last.is_some_and(|at| at + 1 == found);
        score += match (follows, starts_word) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 4 + found - from,
        };
        last = Some(found);
        from = found + 1;
    }
    Some(score)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_that_steers_a_terminal_passes() {
        assert_eq!(clean("plain text", false), "plain text");
        assert_eq!(clean("a\x1b[2Jb", false), "a\\x1b[2Jb");
        assert_eq!(clean("a\u{9b}31m", false), "a\\u{9b}31m");
        assert_eq!(clean("tab\tline\r\n\x07", false), "tab\\tline\\r\\n\\x07");
        assert_eq!(clean("evil\u{202e}gpj.exe", false), "evil\\u{202e}gpj.exe");
        assert_eq!(clean("in\u{200b}visible\u{feff}", false), "in\\u{200b}visible\\u{feff}");
        assert_eq!(clean("a\u{200d}b", false), "a\\u{200d}b");
        assert_eq!(clean("Grüße 日本", false), "Grüße 日本");
        assert_eq!(clean("👩\u{200d}🔬", false), "👩\\u{200d}🔬");
        assert_eq!(clean("🇩🇪❤\u{fe0f}", false), "\\u{1f1e9}\\u{1f1ea}❤\\u{fe0f}");
        // Between letters a joiner says how they are written.
        assert_eq!(clean("می\u{200c}خواهم", false), "می\u{200c}خواهم");
        assert_eq!(clean("Grüße", true), "Gr\\u{fc}\\u{df}e");
    }

    #[test]
    fn text_is_cut_at_whole_characters() {
        assert_eq!(fit("projects", 8, false), "projects");
        assert_eq!(fit("projects", 5, false), "proj…");
        assert_eq!(fit("projects", 5, true), "proj~");
        assert_eq!(fit("日本語", 5, false), "日本…");
        assert_eq!(fit("日本語", 4, false), "日…");
        assert_eq!(fit("abc", 0, false), "");
    }

    #[test]
    fn a_text_cut_in_the_middle_keeps_both_ends() {
        assert_eq!(fit_middle("chat.completion.5.pro", 16, false), "chat.comp….5.pro");
        assert_eq!(fit_middle("chat.completion.4o", 16, true), "chat.comp~ion.4o");
        assert_eq!(fit_middle("codex", 16, false), "codex");
        assert_eq!(fit_middle("日本語日本語", 8, false), "日本…語");
        assert_eq!(fit_middle("abcdefgh", 4, false), "abc…");
    }

    #[test]
    fn letters_in_order_are_found_and_starts_of_words_come_first() {
        assert!(fuzzy("approve as billed", "aab").is_some());
        assert!(fuzzy("approve as billed", "xyz").is_none());
        assert!(fuzzy("filter", "fil") < fuzzy("find in list", "fil"));
        assert_eq!(fuzzy("anything", ""), Some(0));
    }

    /// Joiners may stay between two letters; nothing else may.
    fn is_unsafe_alone(char: char) -> bool {
        is_unsafe(char) && !matches!(char, '\u{200c}' | '\u{200d}')
    }

    proptest! {
        #[test]
        fn cleaned_text_holds_no_control_and_keeps_its_width(text in "\\PC*|[\\x00-\\x9f\u{200b}-\u{202e}]*", columns in 0usize..40) {
            for ascii in [false, true] {
                let safe = clean(&text, ascii);
                prop_assert!(!safe.chars().any(char::is_control));
                prop_assert!(!safe.chars().any(is_unsafe_alone));
                prop_assert!(!ascii || safe.is_ascii());
                prop_assert!(width(&fit(&safe, columns, ascii)) <= columns);
                prop_assert!(width(&fit_middle(&safe, columns, ascii)) <= columns);
                for line in wrap(&safe, columns.max(2)) {
                    // A single character may be wider than the line.
                    let single = line.graphemes(true).count() == 1;
                    prop_assert!(single || width(&line) <= columns.max(2), "{:?}", line);
                }
            }
        }
    }
}
