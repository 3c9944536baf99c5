//! A key as it is written in a config file and shown on screen, made equal
//! across terminals.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers. Shift is part of a character (`G`) and is never
/// kept beside one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    ctrl: bool,
    alt: bool,
}

impl Key {
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// From an event: terminals send `G` as `G`, as Shift-`G` or as Shift-`g`,
    /// and Shift-Tab with or without the Shift.
    pub fn of(event: KeyEvent) -> Self {
        let shift = event.modifiers.contains(KeyModifiers::SHIFT);
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        let alt = event.modifiers.contains(KeyModifiers::ALT);
        let code = match event.code {
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            KeyCode::Char(c) if shift && c.is_ascii_lowercase() => KeyCode::Char(c.to_ascii_uppercase()),
            KeyCode::Tab if shift => KeyCode::BackTab,
            code => code,
        };
        Self { code, ctrl, alt }
    }

    /// The event of a terminal that this key is.
    pub fn event(self) -> KeyEvent {
        let flag = |on: bool, bit: KeyModifiers| if on { bit } else { KeyModifiers::NONE };
        let modifiers = flag(self.ctrl, KeyModifiers::CONTROL) | flag(self.alt, KeyModifiers::ALT);
        KeyEvent::new(self.code, modifiers)
    }

    /// As the screen shows it; `ascii` spells arrows out.
    pub fn shown(self, ascii: bool) -> String {
        let mut text = String::new();
        if self.ctrl {
            text.push_str("Ctrl-");
        }
        if self.alt {
            text.push_str("Alt-");
        }
        let name = match self.code {
            KeyCode::Char(' ') => "Space",
            KeyCode::Up => {
                if ascii {
                    "Up"
                } else {
                    "↑"
                }
            }
            KeyCode::Down => {
                if ascii {
                    "Down"
                } else {
                    "↓"
                }
            }
            KeyCode::Left => {
                if ascii {
                    "Left"
                } else {
                    "←"
                }
            }
            KeyCode::Right => {
                if ascii {
                    "Right"
                } else {
                    "→"
                }
            }
            KeyCode::PageUp => "PgUp",
            KeyCode::PageDown => "PgDn",
            KeyCode::Home => "Home",
            KeyCode::End => "End",
            KeyCode::Enter => "Enter",
            KeyCode::Esc => "Esc",
            KeyCode::Tab => "Tab",
            KeyCode::BackTab => "Shift-Tab",
            KeyCode::Backspace => "Backspace",
            KeyCode::Delete => "Del",
            KeyCode::Insert => "Ins",
            KeyCode::F(n) => return format!("{text}F{n}"),
            KeyCode::Char(c) => return format!("{text}{c}"),
            _ => "?",
        };
        text + name
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown(true))
    }
}

const NAMED: [(&str, KeyCode); 24] = [
    ("space", KeyCode::Char(' ')),
    ("minus", KeyCode::Char('-')),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("pgup", KeyCode::PageUp),
    ("pageup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("pgdown", KeyCode::PageDown),
    ("pagedown", KeyCode::PageDown),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("enter", KeyCode::Enter),
    ("return", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("escape", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("del", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("ins", KeyCode::Insert),
];

impl FromStr for Key {
    type Err = String;

    /// Reads `a`, `G`, `ctrl-d`, `alt-x`, `shift-tab`, `space`, `f5`, `pgup`.
    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!(
                "“{}” is not a key (write one character, or space, enter, esc, tab, up, down, left, right, pgup, \
                 pgdn, home, end, backspace, delete, insert, f1 to f12; before it ctrl-, alt- or shift-)",
                super::text::clean(text, false)
            )
        };
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = text.trim();
        loop {
            let lower = rest.to_ascii_lowercase();
            let (flag, length) = match () {
                () if lower.starts_with("ctrl-") => (&mut ctrl, 5),
                () if lower.starts_with("alt-") => (&mut alt, 4),
                () if lower.starts_with("shift-") => (&mut shift, 6),
                () => break,
            };
            if *flag || rest.len() == length {
                return Err(unknown());
            }
            *flag = true;
            rest = rest.get(length..).unwrap_or("");
        }
        let lower = rest.to_ascii_lowercase();
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) if !c.is_control() && c != ' ' => KeyCode::Char(c),
            _ => match lower.strip_prefix('f').and_then(|n| n.parse::<u8>().ok()) {
                Some(n) if (1..=12).contains(&n) => KeyCode::F(n),
                _ => NAMED.iter().find(|(name, _)| *name == lower).map(|(_, code)| *code).ok_or_else(unknown)?,
            },
        };
        let code = match code {
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            KeyCode::Char(c) if shift && c.is_ascii_lowercase() => KeyCode::Char(c.to_ascii_uppercase()),
            KeyCode::Tab if shift => KeyCode::BackTab,
            KeyCode::BackTab => KeyCode::BackTab,
            code if shift && !matches!(code, KeyCode::Char(_)) => {
                return Err(format!("“{text}”: terminals do not tell Shift with {} apart", Self::plain(code)));
            }
            code => code,
        };
        // What a terminal cannot tell from another key would never arrive.
        if ctrl {
            let same = match code {
                KeyCode::Char('h') => Some("Backspace"),
                KeyCode::Char('i') => Some("Tab"),
                KeyCode::Char('m' | 'j') => Some("Enter"),
                KeyCode::Char('[') => Some("Esc"),
                _ => None,
            };
            if let Some(same) = same {
                return Err(format!("“{text}” is the same as {same} to a terminal; choose another key"));
            }
        }
        Ok(Self { code, ctrl, alt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(code: KeyCode, modifiers: KeyModifiers) -> Key {
        Key::of(KeyEvent::new(code, modifiers))
    }

    fn key(text: &str) -> Key {
        text.parse().unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn shifted_keys_are_the_same_from_every_terminal() {
        let g = key("G");
        assert_eq!(event(KeyCode::Char('G'), KeyModifiers::SHIFT), g);
        assert_eq!(event(KeyCode::Char('G'), KeyModifiers::NONE), g);
        assert_eq!(event(KeyCode::Char('g'), KeyModifiers::SHIFT), g);
        assert_eq!(key("shift-g"), g);
        assert_eq!(event(KeyCode::Tab, KeyModifiers::SHIFT), key("shift-tab"));
        assert_eq!(event(KeyCode::BackTab, KeyModifiers::SHIFT), key("backtab"));
        assert_eq!(event(KeyCode::Char('D'), KeyModifiers::CONTROL), key("ctrl-d"));
        assert_eq!(event(KeyCode::Char('?'), KeyModifiers::SHIFT), key("?"));
    }

    #[test]
    fn keys_read_back_as_shown() {
        for text in ["a", "G", "Ctrl-d", "Alt-x", "Space", "F5", "PgUp", "Home", "Shift-Tab", "Esc", "*", "&", "-", "ß"]
        {
            assert_eq!(key(text).to_string(), text);
        }
        assert_eq!(key("CTRL-ALT-Delete").to_string(), "Ctrl-Alt-Del");
        assert_eq!(key("minus"), key("-"));
        assert_eq!(key("ctrl--").to_string(), "Ctrl--");
    }

    #[test]
    fn what_is_no_key_is_refused_with_a_sentence() {
        for text in ["", " ", "ctrl-", "hyper-a", "f13", "f0", "aa", "ctrl-ctrl-a", "\x1b", "spacebar"] {
            let error = text.parse::<Key>().expect_err(text);
            assert!(error.contains("is not a key"), "{text}: {error}");
            assert!(!error.chars().any(char::is_control), "{error:?}");
        }
        assert!("ctrl-i".parse::<Key>().unwrap_err().contains("the same as Tab"));
        assert!("shift-up".parse::<Key>().unwrap_err().contains("do not tell Shift"));
    }
}
