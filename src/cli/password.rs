//! Asks for a password on the terminal, without showing it.

use std::io::{IsTerminal, Write};

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use crate::desk::text;

/// The password for a location; `None` where there is no terminal, or the
/// question is refused with Esc or Ctrl-C.
pub fn ask(shown: &str) -> Option<String> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return None;
    }
    // First, so that nothing typed ahead is shown either.
    let raw = Raw::begin()?;
    eprint!("Password for {}: ", text::plain(shown));
    let _ = std::io::stderr().flush();
    let password = raw.line();
    drop(raw);
    eprintln!();
    password
}

/// The terminal while it shows nothing; as it was before when dropped.
struct Raw;

impl Raw {
    fn begin() -> Option<Self> {
        enable_raw_mode().ok().map(|()| Self)
    }

    fn line(&self) -> Option<String> {
        let mut typed = String::new();
        loop {
            let key = match read().ok()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => key,
                Event::Paste(text) => {
                    typed.push_str(text.trim_end_matches(['\r', '\n']));
                    continue;
                }
                _ => continue,
            };
            match key.code {
                KeyCode::Enter => return Some(typed),
                KeyCode::Esc => return None,
                KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => return None,
                KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => typed.clear(),
                KeyCode::Char(c) => typed.push(c),
                KeyCode::Backspace => {
                    typed.pop();
                }
                _ => {}
            }
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = disable_raw_mode();
    }
}
