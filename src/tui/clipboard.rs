//! Where a copied text goes: at home to the tool of the desktop, over SSH to
//! the terminal, which has the clipboard of the person who sits at it.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A tool that takes a text on its standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tool {
    pub name: &'static str,
    args: &'static [&'static str],
}

const PBCOPY: Tool = Tool { name: "pbcopy", args: &[] };
const WL_COPY: Tool = Tool { name: "wl-copy", args: &[] };
const XCLIP: Tool = Tool { name: "xclip", args: &["-selection", "clipboard"] };

/// A tool that hangs, such as one whose display is gone, is given up on.
const PATIENCE: Duration = Duration::from_secs(2);

/// The ways to copy from where the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    /// To be tried first.
    tool: Option<Tool>,
    /// Whether what goes to the terminal has to pass through tmux.
    pub tmux: bool,
}

impl Ways {
    /// From the variables of the environment; an empty one counts as not set.
    pub fn of(read: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| read(name).is_some_and(|value| !value.is_empty());
        let away = ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"].into_iter().any(set);
        let tool = match () {
            // The tools of the machine would copy where nobody sits.
            () if away => None,
            () if cfg!(target_os = "macos") => Some(PBCOPY),
            () if set("WAYLAND_DISPLAY") => Some(WL_COPY),
            () if set("DISPLAY") => Some(XCLIP),
            () => None,
        };
        Self { tool, tmux: set("TMUX") }
    }

    /// Copies with the desktop's tool and says which; `None` where there is
    /// none, or it fails: then the terminal is to be asked.
    pub fn copy(self, text: &str) -> Option<&'static str> {
        let tool = self.tool?;
        give(tool, text).then_some(tool.name)
    }
}

/// Whether the tool took the text.
fn give(tool: Tool, text: &str) -> bool {
    let quiet = || Stdio::null();
    let started = Command::new(tool.name).args(tool.args).stdin(Stdio::piped()).stdout(quiet()).stderr(quiet()).spawn();
    let Ok(mut child) = started else { return false };
    // The pipe is closed behind the text: its end is what the tool waits for.
    let wrote = child.stdin.take().is_some_and(|mut input| input.write_all(text.as_bytes()).is_ok());
    let end = Instant::now() + PATIENCE;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return wrote && status.success(),
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(5)),
            _ => {
                // Nothing to be done where even that fails.
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// The sequence that hands a text to the terminal's clipboard (OSC 52). tmux
/// takes it for itself or passes it on, as it is set up; it gets both forms.
pub fn sequence(text: &str, tmux: bool) -> String {
    let plain = format!("\x1b]52;c;{}\x07", base64(text.as_bytes()));
    if tmux { format!("{plain}\x1bPtmux;\x1b{plain}\x1b\\") } else { plain }
}

/// As OSC 52 wants a clipboard text.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let value = (0..3).fold(0u32, |value, at| value << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let digit = DIGITS.get((value >> (18 - 6 * at) & 63) as usize).copied().unwrap_or(b'=');
            out.push(if at <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(set: &[&str]) -> Ways {
        Ways::of(|name| set.contains(&name).then(|| OsString::from("x")))
    }

    #[test]
    fn clipboard_text_is_encoded_as_the_standard_says() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("日", "5pel")];
        for (text, expected) in cases {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }

    #[test]
    fn over_ssh_the_terminal_copies_whatever_display_the_machine_has() {
        for away in ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"] {
            assert_eq!(ways(&[away, "DISPLAY", "WAYLAND_DISPLAY"]).tool, None);
        }
    }

    #[cfg(not(target_os = "macos"))]
    #[test]
    fn at_home_the_desktop_copies() {
        assert_eq!(ways(&["DISPLAY", "WAYLAND_DISPLAY"]).tool, Some(WL_COPY));
        assert_eq!(ways(&["DISPLAY"]).tool, Some(XCLIP));
        assert_eq!(ways(&[]).tool, None);
    }

    #[test]
    fn tmux_gets_the_text_for_itself_and_to_pass_on() {
        assert_eq!(sequence("foo", false), "\x1b]52;c;Zm9v\x07");
        assert_eq!(sequence("foo", true), "\x1b]52;c;Zm9v\x07\x1bPtmux;\x1b\x1b]52;c;Zm9v\x07\x1b\\");
        assert!(ways(&["TMUX"]).tmux);
    }

    #[test]
    fn a_tool_that_is_missing_or_fails_has_not_copied() {
        assert!(!give(Tool { name: "no-such-tool-at-all", args: &[] }, "text"));
        #[cfg(unix)]
        assert!(!give(Tool { name: "false", args: &[] }, ""));
        #[cfg(unix)]
        assert!(give(Tool { name: "cat", args: &[] }, "text"));
    }
}
