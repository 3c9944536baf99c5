//! Keys among bytes that were read past the reader of keys, as it would give
//! them. Answers of the terminal to questions are no keys and are left out.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// What was typed or pasted, in its order. Where the bytes end within an answer
/// or a sequence, the last event is the `Alt-]` with which a late answer
/// begins: what follows of it is then swallowed and taken for no key.
pub fn events(bytes: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (event, used) = match first(rest) {
            Some(found) => found,
            None => (Some(key(KeyCode::Char(']'), KeyModifiers::ALT)), rest.len()),
        };
        events.extend(event);
        rest = rest.get(used.max(1)..).unwrap_or_default();
    }
    events
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}

/// The event at the beginning, where it is one, and how many bytes it has;
/// `None` where the bytes end within it.
fn first(bytes: &[u8]) -> Option<(Option<Event>, usize)> {
    match bytes {
        // Escape by itself.
        [0x1b] => Some((Some(key(KeyCode::Esc, KeyModifiers::NONE)), 1)),
        [0x1b, b']', ..] => {
            past(bytes, b"\x07").into_iter().chain(past(bytes, b"\x1b\\")).min().map(|used| (None, used))
        }
        [0x1b, b'[', ..] => sequence(bytes),
        [0x1b, b'O', letter, ..] => Some((letter_key(*letter).map(|code| key(code, KeyModifiers::NONE)), 3)),
        [0x1b, b'O'] => None,
        [0x1b, rest @ ..] => {
            let (event, used) = plain(rest)?;
            Some((event.map(with_alt), used + 1))
        }
        _ => plain(bytes),
    }
}

/// How many bytes it is to the end of a part.
fn past(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part).map(|at| at + part.len())
}

fn with_alt(event: Event) -> Event {
    match event {
        Event::Key(key) => Event::Key(KeyEvent::new(key.code, key.modifiers | KeyModifiers::ALT)),
        other => other,
    }
}

const PASTE: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// `ESC [`, numbers, and a letter or `~`.
fn sequence(bytes: &[u8]) -> Option<(Option<Event>, usize)> {
    if let Some(pasted) = bytes.strip_prefix(PASTE) {
        let end = past(pasted, PASTE_END)?;
        let text = String::from_utf8_lossy(pasted.get(..end - PASTE_END.len())?).into_owned();
        return Some((Some(Event::Paste(text)), PASTE.len() + end));
    }
    let last = bytes.iter().skip(2).position(|byte| (0x40..=0x7e).contains(byte))? + 2;
    let (within, letter) = (bytes.get(2..last)?, *bytes.get(last)?);
    let mut numbers = std::str::from_utf8(within).ok()?.split(';').map(str::parse::<u8>);
    let (number, with) = (numbers.next(), numbers.next());
    let code = match (letter, number) {
        (b'~', Some(Ok(number))) => number_key(number),
        // What has other signs in it is an answer, or a click.
        (_, Some(Err(_))) if !within.is_empty() => None,
        (b'Z', _) => return Some((Some(key(KeyCode::BackTab, KeyModifiers::SHIFT)), last + 1)),
        (letter, _) => letter_key(letter),
    };
    let modifiers = with.and_then(Result::ok).map_or(KeyModifiers::NONE, held);
    Some((code.map(|code| key(code, modifiers)), last + 1))
}

/// What was held down, as the second number has it: one more than the sum of 1
/// for Shift, 2 for Alt and 4 for Control.
fn held(number: u8) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    let all = [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)];
    all.into_iter().filter(|(bit, _)| bits & bit != 0).map(|(_, modifier)| modifier).collect()
}

const fn letter_key(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'P'..=b'S' => KeyCode::F(letter - b'P' + 1),
        _ => return None,
    })
}

const fn number_key(number: u8) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number - 10),
        17..=21 => KeyCode::F(number - 11),
        23..=24 => KeyCode::F(number - 12),
        _ => return None,
    })
}

/// A letter, or a key that sends one byte.
fn plain(bytes: &[u8]) -> Option<(Option<Event>, usize)> {
    let byte = *bytes.first()?;
    let control = |letter: u8| key(KeyCode::Char(char::from(letter)), KeyModifiers::CONTROL);
    let event = match byte {
        b'\r' => key(KeyCode::Enter, KeyModifiers::NONE),
        b'\t' => key(KeyCode::Tab, KeyModifiers::NONE),
        0x7f => key(KeyCode::Backspace, KeyModifiers::NONE),
        0x1b => key(KeyCode::Esc, KeyModifiers::NONE),
        0 => control(b' '),
        1..=0x1a => control(byte - 1 + b'a'),
        0x1c..=0x1f => control(byte - 0x1c + b'4'),
        _ => return letter(bytes),
    };
    Some((Some(event), 1))
}

fn letter(bytes: &[u8]) -> Option<(Option<Event>, usize)> {
    let text = bytes.utf8_chunks().next()?;
    match text.valid().chars().next() {
        Some(letter) => {
            let shift = if letter.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
            Some((Some(key(KeyCode::Char(letter), shift)), letter.len_utf8()))
        }
        // No text at all, or cut within a letter.
        None => Some((None, text.invalid().len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(bytes: &[u8]) -> Vec<String> {
        let name = |event: Event| match event {
            Event::Key(key) => crate::tui::key::Key::of(key).to_string(),
            other => format!("{other:?}"),
        };
        events(bytes).into_iter().map(name).collect()
    }

    #[test]
    fn what_was_typed_between_the_answers_is_kept_in_its_order() {
        assert_eq!(keys(b"2\x1b]11;rgb:1e1e/1e1e/2e2e\x07j\x1b[?62;4cG"), ["2", "j", "G"]);
        assert_eq!(keys(b"\x1b]11;rgb:f/f/f\x1b\\\x1b[?6c"), [""; 0]);
        assert_eq!(
            keys(b"\x1b[B\x1bOA\x1b[6~\x1b[1;5C\r\t\x7f\x03"),
            ["Down", "Up", "PgDn", "Ctrl-Right", "Enter", "Tab", "Backspace", "Ctrl-c"]
        );
        assert_eq!(keys("äé\x1b".as_bytes()), ["ä", "é", "Esc"]);
        assert_eq!(keys(b"\x1b1\x1b[Z"), ["Alt-1", "Shift-Tab"]);
        assert_eq!(keys(b"\x1b[200~a b\x1b[201~x"), ["Paste(\"a b\")", "x"]);
        assert_eq!(keys(b"\x1b[<0;5;5M\x1b[I"), [""; 0]);
    }

    #[test]
    fn what_is_cut_begins_as_a_late_answer_does() {
        for cut in [&b"\x1b]11;rgb:1e"[..], b"\x1b[?62;", b"\x1b[", b"\x1b[200~secret"] {
            assert_eq!(keys(&[b"j", cut].concat()), ["j", "Alt-]"], "{cut:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(events(&bytes).len() <= bytes.len());
        }

        #[test]
        fn every_text_comes_back(text in "[ -Z^-~ä-ü]{0,20}") {
            let typed: String = events(text.as_bytes()).into_iter().filter_map(|event| match event {
                Event::Key(KeyEvent { code: KeyCode::Char(letter), .. }) => Some(letter),
                _ => None,
            }).collect();
            prop_assert_eq!(typed, text);
        }
    }
}
