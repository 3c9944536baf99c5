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
/// Never wider than `columns`. Of a figure in a sentence nothing stays where all
/// of it does not: a part of it would be another figure.
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
    out.truncate(before_a_figure(text, out.len()));
    if columns > 0 {
        out.push_str(mark);
    }
    Cow::Owned(out)
}

/// Where to cut a text that would be cut at `cut`: before the figure that ends
/// there or goes on. A text of one word is a name, whatever it looks like.
fn before_a_figure(text: &str, cut: usize) -> usize {
    let (Some(front), Some(back)) = (text.get(..cut), text.get(cut..)) else { return cut };
    let start = front.rfind([' ', '(']).map_or(0, |at| at + 1);
    let end = cut + back.find([' ', ')']).unwrap_or(back.len());
    let word = text.get(start..end).unwrap_or_default().trim_end_matches([',', ';', ':', '.']);
    let digits = word.trim_start_matches(['+', '-', '~', '$']).trim_end_matches('%');
    let is_figure = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == ',' || c == '.');
    if start > 0 && is_figure && cut <= start + word.len() { start } else { cut }
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
    fn a_figure_is_shown_whole_or_not_at_all() {
        let text = "write x.csv: 303 rows, $1,386.92 in all";
        assert_eq!(fit(text, 40, false), text);
        assert_eq!(fit(text, 34, false), "write x.csv: 303 rows, $1,386.92 …");
        for columns in 24..=33 {
            assert_eq!(fit(text, columns, false), "write x.csv: 303 rows, …", "{columns}");
        }
        assert_eq!(fit(text, 16, true), "write x.csv: ~");
        assert_eq!(fit("drawn (-$5.00)", 12, false), "drawn (…");
        // Names are cut where they are too long, though they be of digits.
        assert_eq!(fit("4711471147114711", 6, false), "47114…");
        assert_eq!(fit("Key req_10,5 of 2026-01-05", 25, false), "Key req_10,5 of 2026-01-…");
    }

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
