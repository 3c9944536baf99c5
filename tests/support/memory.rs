//! A month made of texts, without a book: what is read, and what a book would
//! commit on disk, stays in memory.

use trueup::calendar::Instant;
use trueup::desk::{Command, Desk};
use trueup::journal::{Action, Entry};
use trueup::read::{Content, Input, Quiet, SideRead, read};
use trueup::usage::{Names, Side};

/// The files of a side, by name and text.
pub fn side(side: Side, files: &[(&str, String)], names: &mut Names) -> SideRead {
    let inputs = files.iter().enumerate().map(|(at, (name, text))| Input {
        path: (*name).into(),
        side,
        format: None,
        append: false,
        added: at as u32,
        bytes: text.len() as u64,
        hash: true,
        content: Content::in_turn(std::io::Cursor::new(text.clone().into_bytes())),
    });
    read(inputs.collect(), names, &Quiet).expect("the files are of known formats")
}

/// Plans and applies a command; gives the number of journal entries, or `None`
/// where it is refused.
pub fn commit(desk: &mut Desk, command: &Command) -> Option<usize> {
    let change = desk.plan(command).ok()?;
    let first = desk.journal().len() as u64 + 1;
    let entry = |(action, seq): (&Action, u64)| Entry {
        seq,
        at: Instant::from_seconds(seq as i64),
        who: "test".into(),
        month: Some(desk.month()),
        action: action.clone(),
        hash: String::new(),
    };
    let entries: Vec<Entry> = change.actions.iter().zip(first..).map(entry).collect();
    let count = entries.len();
    desk.apply(&change, entries);
    Some(count)
}
