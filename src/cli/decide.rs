//! `trueup decide`: what the keys of the review do to items, for scripts and
//! for people without a terminal program.

use std::collections::{BTreeMap, BTreeSet};

use super::list_args::{Chosen, Decide as Args, Match, Undo, What};
use super::settle::settle;
use super::{Ended, Failure, list};
use crate::desk::{Command, Desk};
use crate::journal::{Decision, Verdict};

pub fn run(args: &Args) -> Result<Ended, Failure> {
    if args.chosen.is_empty() {
        return Err(Failure(
            "Say which items: with --filter, --screen or --id; trueup list shows what they hold.".into(),
        ));
    }
    if args.what == What::Note && args.note.is_none() {
        return Err(Failure("Say what to note with --note; an empty one takes a note off.".into()));
    }
    settle(&args.files, args.answer, &|desk| Ok(command(args, chosen(&args.chosen, desk)?)))
}

/// `trueup match`: joins the lines of items, of which one may have been carried
/// in, as `m` does in the review.
pub fn by_hand(args: &Match) -> Result<Ended, Failure> {
    if args.chosen.is_empty() {
        return Err(Failure("Say which items belong together: with --id or --filter; trueup list shows them.".into()));
    }
    settle(&args.files, args.answer, &|desk| Ok(Command::Match { items: chosen(&args.chosen, desk)? }))
}

/// `trueup undo`: takes back the last change to the month or one of them, or
/// does the last again.
pub fn undo(args: &Undo) -> Result<Ended, Failure> {
    settle(&args.files, args.answer, &|_| {
        Ok(match args.entry {
            Some(entry) => Command::Reverse { entry },
            None if args.redo => Command::Redo,
            None => Command::Undo,
        })
    })
}

/// The items that were named, by a filter, a list or their ids.
///
/// # Errors
/// Where none is.
pub fn chosen(chosen: &Chosen, desk: &Desk) -> Result<Vec<u32>, Failure> {
    let Chosen { which, id: ids } = chosen;
    let items = desk.list(&list::query(which, desk)?);
    if ids.is_empty() {
        let none = || Failure(format!("No item of {} passes, so nothing was changed.", desk.month()));
        return if items.is_empty() { Err(none()) } else { Ok(items) };
    }
    let asked: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let mut found: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for item in items {
        if let Some(id) = asked.get(&*desk.item_id(item)) {
            found.entry(id).or_default().push(item);
        }
    }
    match asked.iter().find(|id| !found.contains_key(**id)) {
        Some(id) => {
            Err(Failure(format!("No item of {} that passes has the id “{id}”; trueup list shows ids.", desk.month())))
        }
        None => Ok(found.into_values().flatten().collect()),
    }
}

fn command(args: &Args, items: Vec<u32>) -> Command {
    let note = || args.note.clone().unwrap_or_default();
    let verdict = match args.what {
        What::Approve => Verdict::ApproveBilled,
        What::AsRecorded => Verdict::ApproveRecorded,
        What::Defer => Verdict::Defer,
        What::Dispute => Verdict::Dispute,
        What::Exclude => Verdict::Exclude,
        What::WriteOff => Verdict::WriteOff,
        What::Reopen => return Command::Reopen { items },
        What::Note => return Command::Note { items, text: note() },
        What::Assign => return Command::Assign { items, project: args.project.clone().unwrap_or_default() },
    };
    Command::Decide { items, decision: Decision { verdict, reason: args.reason.clone(), note: note() } }
}
