//! One entry of the journal in full: who, when, what, and for a file that was
//! rewritten the lines that changed.

use crate::desk::Desk;
use crate::journal::{Action, Entry};
use crate::tui::figures;

/// Lines of a changed file to show at most; the rest is counted.
const MOST: usize = 200;

/// Heads and texts; a text without a head goes on from the one before.
pub(super) fn rows(desk: &Desk, entry: &Entry) -> Vec<(String, String)> {
    let (what, in_force) = desk.entry_text(entry);
    let mut rows = vec![
        ("What".to_owned(), if in_force { what } else { format!("{what} (undone)") }),
        ("When and who".to_owned(), format!("{} by {}", entry.at, entry.who)),
    ];
    match &entry.action {
        Action::EditFile { file, before, after, .. } | Action::OutsideEdit { file, before, after } => {
            let mut lines = changed(before, after).into_iter();
            rows.push((format!("What changed in {}", file.name()), lines.next().unwrap_or_default()));
            rows.extend(lines.map(|line| (String::new(), line)));
        }
        Action::Assume { before, after, .. } => {
            rows.push(("Billed minus recorded".to_owned(), format!("{before} before, {after} after")));
        }
        Action::Import { files, .. } => {
            rows.extend(files.iter().map(|(name, digest)| (name.clone(), format!("SHA-256 {digest}"))));
        }
        Action::RemoveInput { file, sha256, .. } => rows.push((file.clone(), format!("SHA-256 {sha256}"))),
        Action::Prepare { sha256 } => rows.push(("What is ready".to_owned(), format!("SHA-256 {sha256}"))),
        Action::Sign { sha256, file, .. } => rows.push((file.clone(), format!("SHA-256 of its sign-off {sha256}"))),
        Action::Export { file, sha256, .. } => rows.push((file.clone(), format!("SHA-256 {sha256}"))),
        _ => {}
    }
    rows
}

/// What stands between the first and the last line that differ, once as it was
/// and once as it is.
fn changed(before: &str, after: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let front = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - front;
    let back = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let part = |lines: &[&str], sign: char| -> Vec<String> {
        let lines = lines.get(front..lines.len() - back).unwrap_or_default();
        lines.iter().map(|line| format!("{sign} {line}")).collect()
    };
    let mut shown = part(&old, '-');
    shown.extend(part(&new, '+'));
    if shown.is_empty() {
        shown.push("nothing but blanks or line ends".to_owned());
    } else if shown.len() > MOST {
        let more = shown.len() - MOST;
        shown.truncate(MOST);
        shown.push(format!("and {} more", figures::of(more as u64, "line", "lines")));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_lines_that_differ_are_shown() {
        assert_eq!(changed("a\nb\nc", "a\nB\nc"), ["- b", "+ B"]);
        assert_eq!(changed("a\nc", "a\nb\nc"), ["+ b"]);
        assert_eq!(changed("a\na", "a"), ["- a"]);
        assert_eq!(changed("", "a\nb"), ["+ a", "+ b"]);
        assert_eq!(changed("a\n", "a"), ["nothing but blanks or line ends"]);
    }

    proptest! {
        #[test]
        fn what_is_shown_leads_from_the_old_text_to_the_new(old in "[ab\n]{0,20}", new in "[ab\n]{0,20}") {
            let shown = changed(&old, &new);
            let count = |sign: &str| shown.iter().filter(|line| line.starts_with(sign)).count();
            let (old, new) = (old.lines().count(), new.lines().count());
            prop_assert_eq!(old - count("- "), new - count("+ "));
        }
    }
}
