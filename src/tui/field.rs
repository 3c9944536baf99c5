//! One line of text that is being typed: characters, a cursor, the editing
//! keys people know from a shell.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation as _;

/// Longest text a field takes, in bytes: a paste of a whole file stops here.
const LONGEST: usize = 4_096;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
    /// In bytes, always between two characters.
    cursor: usize,
}

impl Field {
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before the cursor, to know where to draw it.
    pub fn before(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or(&self.text)
    }

    fn after(&self) -> &str {
        self.text.get(self.cursor..).unwrap_or("")
    }

    /// Inserts at the cursor; line ends and tabs become blanks, other control
    /// characters are left out.
    pub fn insert(&mut self, text: &str) {
        let mut clean = String::new();
        for char in text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }) {
            if !char.is_control() && self.text.len() + clean.len() + char.len_utf8() <= LONGEST {
                clean.push(char);
            }
        }
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
    }

    /// Puts a text in the place of the characters from `from` to `to`, and the
    /// cursor behind it.
    pub fn replace(&mut self, from: usize, to: usize, with: &str) {
        let byte = |at: usize| self.text.char_indices().nth(at).map_or(self.text.len(), |(byte, _)| byte);
        let (from, to) = (byte(from), byte(to));
        if from <= to {
            self.text.replace_range(from..to, with);
            self.cursor = from + with.len();
        }
    }

    /// Whether the key was one of editing.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('a') if ctrl => self.cursor = 0,
            KeyCode::Char('e') if ctrl => self.cursor = self.text.len(),
            KeyCode::Char('w') if ctrl => self.remove_before(word_before(self.before())),
            KeyCode::Char('u') if ctrl => self.remove_before(0),
            KeyCode::Char('k') if ctrl => self.text.truncate(self.cursor),
            KeyCode::Char('h') if ctrl => self.remove_before(self.left()),
            KeyCode::Backspace if alt => self.remove_before(word_before(self.before())),
            KeyCode::Backspace => self.remove_before(self.left()),
            KeyCode::Delete => {
                let end = self.right();
                self.text.replace_range(self.cursor..end, "");
            }
            KeyCode::Left if ctrl || alt => self.cursor = word_before(self.before()),
            KeyCode::Right if ctrl || alt => self.cursor += word_after(self.after()),
            KeyCode::Left => self.cursor = self.left(),
            KeyCode::Right => self.cursor = self.right(),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            KeyCode::Char(char) if !ctrl && !alt => self.insert(char.encode_utf8(&mut [0; 4])),
            _ => return false,
        }
        true
    }

    fn left(&self) -> usize {
        self.before().grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn right(&self) -> usize {
        self.cursor + self.after().graphemes(true).next().map_or(0, str::len)
    }

    fn remove_before(&mut self, from: usize) {
        self.text.replace_range(from..self.cursor, "");
        self.cursor = from;
    }
}

/// Where the word in front of the cursor starts.
fn word_before(text: &str) -> usize {
    let trimmed = text.trim_end();
    trimmed.char_indices().rfind(|(_, c)| c.is_whitespace()).map_or(0, |(at, c)| at + c.len_utf8())
}

/// Length of the word behind the cursor, with the blanks before it.
fn word_after(text: &str) -> usize {
    let blanks = text.len() - text.trim_start().len();
    let word = text.trim_start();
    blanks + word.find(char::is_whitespace).unwrap_or(word.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn press(field: &mut Field, code: KeyCode, modifiers: KeyModifiers) {
        field.key(KeyEvent::new(code, modifiers));
    }

    #[test]
    fn words_and_ends_are_edited_as_in_a_shell() {
        let mut field = Field::new("cause:price  gpt");
        press(&mut field, KeyCode::Char('w'), KeyModifiers::CONTROL);
        assert_eq!(field.text(), "cause:price  ");
        press(&mut field, KeyCode::Char('w'), KeyModifiers::CONTROL);
        assert_eq!(field.text(), "");
        field.insert("süß 日本");
        press(&mut field, KeyCode::Left, KeyModifiers::NONE);
        press(&mut field, KeyCode::Backspace, KeyModifiers::NONE);
        assert_eq!(field.text(), "süß 本");
        press(&mut field, KeyCode::Home, KeyModifiers::NONE);
        press(&mut field, KeyCode::Delete, KeyModifiers::NONE);
        assert_eq!(field.text(), "üß 本");
        press(&mut field, KeyCode::Right, KeyModifiers::CONTROL);
        assert_eq!(field.before(), "üß");
        press(&mut field, KeyCode::Char('k'), KeyModifiers::CONTROL);
        assert_eq!(field.text(), "üß");
        press(&mut field, KeyCode::Char('u'), KeyModifiers::CONTROL);
        assert_eq!(field.text(), "");
    }

    #[test]
    fn a_paste_is_one_line_and_bounded() {
        let mut field = Field::default();
        field.insert("a\nb\tc\x1b");
        assert_eq!(field.text(), "a b c");
        field.insert(&"x".repeat(10_000));
        assert_eq!(field.text().len(), LONGEST);
    }

    fn any_key() -> impl Strategy<Value = KeyEvent> {
        let code = prop_oneof![
            any::<char>().prop_map(KeyCode::Char),
            prop::sample::select(vec![
                KeyCode::Left,
                KeyCode::Right,
                KeyCode::Home,
                KeyCode::End,
                KeyCode::Backspace,
                KeyCode::Delete,
                KeyCode::Char('w'),
                KeyCode::Char('k'),
            ]),
        ];
        let modifiers = prop::sample::select(vec![
            KeyModifiers::NONE,
            KeyModifiers::CONTROL,
            KeyModifiers::ALT,
            KeyModifiers::SHIFT,
        ]);
        (code, modifiers).prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
    }

    proptest! {
        #[test]
        fn no_key_breaks_a_field(start in "\\PC{0,12}", keys in proptest::collection::vec(any_key(), 0..60)) {
            let mut field = Field::new(start);
            for key in keys {
                field.key(key);
                prop_assert!(field.text().is_char_boundary(field.cursor));
                prop_assert!(!field.text().chars().any(char::is_control));
            }
        }
    }
}
