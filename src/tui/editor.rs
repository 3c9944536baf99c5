//! A text written in the operator's own editor: handed over in a file that
//! nobody else may read, and taken back only if the editor says that it went
//! well.

use std::ffi::{OsStr, OsString};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;

/// The longest text that is taken back, in bytes.
const LONGEST: u64 = 16_384;

/// The operator's editor: `VISUAL`, else `EDITOR`.
///
/// # Errors
/// A sentence when neither is set.
pub fn chosen(read: impl Fn(&str) -> Option<OsString>) -> Result<OsString, String> {
    let set = |name: &str| read(name).filter(|value| !value.as_os_str().to_string_lossy().trim().is_empty());
    let none = || "There is no editor: set VISUAL or EDITOR to the command that opens yours.".to_owned();
    set("VISUAL").or_else(|| set("EDITOR")).ok_or_else(none)
}

/// Opens the text in the editor, waits for its end and gives what was written,
/// without blanks at its end. The terminal must be free.
///
/// # Errors
/// A sentence when the editor cannot be started, ends with an error, or leaves
/// something that is no text of a note.
pub fn edit(text: &str, editor: &OsStr) -> Result<String, String> {
    let cannot = |error: std::io::Error| format!("The note cannot be put into a file for the editor: {error}.");
    // Made with rights for the owner alone, and taken away at the end.
    let mut file = tempfile::Builder::new().prefix("trueup-note-").suffix(".txt").tempfile().map_err(cannot)?;
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    file.write_all(format!("{text}{end}").as_bytes()).and_then(|()| file.flush()).map_err(cannot)?;
    let name = editor.to_string_lossy().into_owned();
    let status = command(editor, file.path())
        .status()
        .map_err(|error| format!("The note stays as it was: the editor cannot be started, {error} ({name})."))?;
    if !status.success() {
        return Err(format!("The note stays as it was: the editor failed with {status} ({name})."));
    }
    taken_back(file.path())
}

/// The editor with its own arguments, as a shell reads them.
#[cfg(unix)]
fn command(editor: &OsStr, file: &Path) -> Command {
    let mut script = editor.to_owned();
    script.push(" \"$@\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(editor).arg(file);
    command
}

#[cfg(not(unix))]
fn command(editor: &OsStr, file: &Path) -> Command {
    let text = editor.to_string_lossy();
    let mut words = text.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).arg(file);
    command
}

/// Reads by name: many editors put a new file in the place of the old.
fn taken_back(path: &Path) -> Result<String, String> {
    let gone =
        |error: std::io::Error| format!("The note stays as it was: what the editor wrote cannot be read, {error}.");
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(gone)?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(gone)?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("The note stays as it was: the new one is longer than {LONGEST} bytes."));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| "The note stays as it was: the new one is not UTF-8 text.".to_owned())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n");
    match text.char_indices().find(|(_, c)| c.is_control() && !matches!(c, '\n' | '\t')) {
        None => Ok(text.trim_end().to_owned()),
        Some((at, control)) => {
            let line = text.get(..at).unwrap_or("").matches('\n').count() + 1;
            let code = u32::from(control);
            Err(format!(
                "The note stays as it was: the new one holds a control character (\\x{code:02x}) in line {line}."
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visual_comes_before_editor_and_an_empty_one_is_none() {
        let read = |pairs: &'static [(&str, &str)]| {
            chosen(move |name| pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value)))
        };
        assert_eq!(read(&[("VISUAL", "code --wait"), ("EDITOR", "vi")]), Ok("code --wait".into()));
        assert_eq!(read(&[("VISUAL", " "), ("EDITOR", "vi")]), Ok("vi".into()));
        assert!(read(&[]).unwrap_err().contains("set VISUAL or EDITOR"));
    }

    #[cfg(unix)]
    #[test]
    fn an_editor_with_arguments_gets_the_text_and_gives_it_back() {
        let script = r#"f() { test "$1" = -x && grep -qx old "$2" && printf 'one\r\ntwo\n\n' > "$2.new" && mv "$2.new" "$2"; }; f -x"#;
        assert_eq!(edit("old", OsStr::new(script)), Ok("one\ntwo".to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_the_owner_alone_and_gone_afterwards() {
        let script = r#"f() { ls -l "$1" | cut -c1-10 > "$1.new"; echo "$1" >> "$1.new"; mv "$1.new" "$1"; }; f"#;
        let said = edit("secret", OsStr::new(script)).unwrap();
        let (rights, path) = said.split_once('\n').unwrap();
        assert_eq!(rights, "-rw-------");
        assert!(!Path::new(path).exists(), "{path}");
    }

    #[cfg(unix)]
    #[test]
    fn an_editor_that_fails_gives_nothing_back_and_is_named() {
        for (script, said) in [
            ("false", "The note stays as it was: the editor failed with exit status: 1 (false)."),
            // The shell says what is missing on the standard error that it is given.
            ("2>/dev/null no-such-editor", "failed with exit status: 127 (2>/dev/null no-such-editor)"),
            ("f() { printf 'a\\n\\033[2J' > \"$1\"; }; f", "a control character (\\x1b) in line 2"),
            ("f() { printf '\\377' > \"$1\"; }; f", "not UTF-8"),
            ("f() { head -c 20000 /dev/zero | tr '\\0' x > \"$1\"; }; f", "longer than 16384 bytes"),
            ("rm", "cannot be read"),
        ] {
            let error = edit("kept", OsStr::new(script)).unwrap_err();
            assert!(error.contains(said), "{script}: {error}");
        }
    }
}
