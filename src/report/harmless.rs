//! Texts of other people's files made harmless for whoever opens what the
//! program writes: nothing of them commands a terminal, runs in a spreadsheet
//! or becomes a part of a page.
//!
//! Files for people go through here, all of them. A chargeback file does not:
//! there a changed id would be another id, and what is harmful is refused.

/// A text that a spreadsheet may run, and the cell that it does not.
pub use crate::focus::{neutral as cell, runs};

/// Whether a character could command a terminal or reorder what stands beside
/// it. A line end is none.
pub fn commands(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with every character that could command a terminal, or reorder
/// what stands beside it, shown as an escape. Line ends stay.
pub fn plain(text: &str) -> String {
    if !text.contains(commands) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if commands(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// The text as a part of a page: no tag, no attribute and no entity of it is
/// one.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_commands_a_terminal() {
        assert_eq!(plain("a\u{1b}[2J\u{202e}b\nc"), "a\\u{1b}[2J\\u{202e}b\nc");
    }

    #[test]
    fn no_text_becomes_a_part_of_a_page() {
        assert_eq!(
            html("<script>'a' & \"b\"</script>"),
            "&lt;script&gt;&#39;a&#39; &amp; &quot;b&quot;&lt;/script&gt;"
        );
        assert_eq!(html("a\u{202e}b"), "a\\u{202e}b");
    }
}
