//! Asks the terminal for its background colour, before any key is read: the
//! answer comes over the same line as the keys, and half an answer would be
//! taken for keys pressed.

use crossterm::event::Event;

use super::theme::Kind;
#[cfg(unix)]
use super::typed;

/// The longest a start may wait for it.
#[cfg(unix)]
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(100);

/// Bytes that are read meanwhile, about; the rest is left to the reader of keys.
#[cfg(unix)]
const MOST: usize = 4_096;

/// What came while the terminal was asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Dark or light, or `None` when the terminal does not say in time.
    pub kind: Option<Kind>,
    /// Keys that were pressed meanwhile, and pastes, in their order.
    pub typed: Vec<Event>,
}

#[cfg(unix)]
pub fn ask() -> Answer {
    use std::io::Write as _;
    use std::time::Instant;

    // Every terminal answers the second question, so that the wait for the
    // first ends with it.
    let mut out = std::io::stdout();
    if out.write_all(b"\x1b]11;?\x07\x1b[c").and_then(|()| out.flush()).is_err() {
        return Answer::default();
    }
    let deadline = Instant::now() + PATIENCE;
    let mut reply = Vec::new();
    while !is_complete(&reply) && reply.len() <= MOST {
        let mut chunk = [0u8; 256];
        let left = deadline.checked_duration_since(Instant::now());
        let read = left.and_then(|left| read_within(&mut chunk, left));
        let Some(read) = read.and_then(|read| chunk.get(..read)) else { break };
        reply.extend_from_slice(read);
    }
    Answer { kind: parse(&reply), typed: typed::events(&reply) }
}

#[cfg(not(unix))]
pub fn ask() -> Answer {
    Answer::default()
}

/// Reads what is there, waiting at most this long; past the buffer of the
/// standard library, which would keep bytes from the reader of keys.
#[cfg(unix)]
fn read_within(chunk: &mut [u8], wait: std::time::Duration) -> Option<usize> {
    let millis = libc::c_int::try_from(wait.as_millis()).ok()?.max(1);
    let mut poll = libc::pollfd { fd: libc::STDIN_FILENO, events: libc::POLLIN, revents: 0 };
    // SAFETY: one descriptor that lives through the call, as counted.
    let ready = unsafe { libc::poll(&raw mut poll, 1, millis) };
    if ready <= 0 || poll.revents & libc::POLLIN == 0 {
        return None;
    }
    // SAFETY: the buffer is valid for writes of its length.
    let read = unsafe { libc::read(libc::STDIN_FILENO, chunk.as_mut_ptr().cast(), chunk.len()) };
    usize::try_from(read).ok().filter(|read| *read > 0)
}

/// Whether the answer to the second question, `ESC [ ? … c`, is there.
fn is_complete(reply: &[u8]) -> bool {
    let Some(start) = find(reply, b"\x1b[?") else { return false };
    reply.iter().skip(start + 3).find(|byte| !matches!(byte, b'0'..=b'9' | b';')).is_some_and(|byte| *byte == b'c')
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// Reads `]11;rgb:1e1e/1e1e/1e1e` of one to four digits a colour.
fn parse(reply: &[u8]) -> Option<Kind> {
    let start = find(reply, b"]11;rgb:")? + 8;
    let colours: Vec<u8> =
        reply.iter().skip(start).copied().take_while(|byte| byte.is_ascii_hexdigit() || *byte == b'/').collect();
    let text = String::from_utf8(colours).ok()?;
    let parts: Vec<u32> = text.split('/').map(share).collect::<Option<_>>()?;
    let [red, green, blue] = parts.try_into().ok()?;
    // As bright as the eye sees it, out of 255,000.
    let bright = red * 299 + green * 587 + blue * 114;
    Some(if bright >= 127_500 { Kind::Light } else { Kind::Dark })
}

/// A colour of one to four hexadecimal digits, of 255.
fn share(digits: &str) -> Option<u32> {
    let most = match digits.len() {
        1..=4 => (1u32 << (4 * digits.len())) - 1,
        _ => return None,
    };
    u32::from_str_radix(digits, 16).ok().map(|value| value * 255 / most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backgrounds_are_told_apart() {
        assert_eq!(parse(b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07\x1b[?62;4c"), Some(Kind::Dark));
        assert_eq!(parse(b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?6c"), Some(Kind::Light));
        assert_eq!(parse(b"\x1b]11;rgb:f/f/0\x07"), Some(Kind::Light));
        for nonsense in [&b""[..], b"\x1b[?6c", b"]11;rgb:", b"]11;rgb:ff/ff", b"]11;rgb:ff/ff/fffff", b"]11;rgb:////"]
        {
            assert_eq!(parse(nonsense), None, "{nonsense:?}");
        }
    }

    #[test]
    fn the_second_answer_ends_the_wait() {
        assert!(is_complete(b"\x1b[?62;22c"));
        assert!(is_complete(b"\x1b]11;rgb:0/0/0\x07\x1b[?6c"));
        assert!(!is_complete(b"\x1b]11;rgb:0/0/0\x07"));
        assert!(!is_complete(b"\x1b[?62;2"));
    }
}
