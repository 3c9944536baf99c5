//! The journal screen: its filter and groups, an entry in full, and the way
//! from an entry to the preview of what taking it back would do.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::desk::{Command, Desk, EntryLine};
use crate::journal::Action as Entered;
use crate::review::filter::{Completion, EntryFilter, entry_offers};
use crate::tui::effect::Effect;
use crate::tui::figures;
use crate::tui::journal::{JournalBy, JournalRow};
use crate::tui::keymap::Action;
use crate::tui::modal::{Choice, Entry, Modal, Picker, PromptKind, Scroll};
use crate::tui::model::{Model, Tone};
use crate::tui::tab::Tab;

/// Asks for the entries when the screen is open and they are not those of the
/// desk and the filter.
pub(super) fn ask(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(desk) = model.desk.clone().filter(|_| model.tab == Tab::Journal) else { return };
    if model.journal.version == Some(model.version) && !model.journal.stale {
        return;
    }
    let generation = model.next_generation();
    let state = &mut model.journal;
    (state.version, state.asked, state.stale) = (Some(model.version), generation, false);
    effects.push(Effect::Journal { desk, generation, filter: state.filter.clone() });
}

pub(super) fn arrived(model: &mut Model, generation: u64, lines: Result<Arc<Vec<EntryLine>>, String>) {
    if model.journal.asked != generation {
        return;
    }
    match lines {
        Ok(lines) => model.journal.take(lines),
        Err(why) => model.say(Tone::Bad, why),
    }
}

pub(super) fn filter(model: &mut Model) {
    let text = model.journal.filter.clone();
    model.modals.push(Modal::Prompt(super::notes::prompt(model, PromptKind::JournalFilter, text)));
}

pub(super) fn filtered(model: &mut Model, text: String) {
    model.journal.filter = text;
    model.journal.stale = true;
}

/// Takes the filter off; whether there was one.
pub(super) fn clear(model: &mut Model) -> bool {
    if model.tab != Tab::Journal || model.journal.filter.is_empty() {
        return false;
    }
    filtered(model, String::new());
    model.say(Tone::Info, "All entries are shown again.");
    true
}

/// # Errors
/// The byte the sentence is about, and the sentence.
pub(super) fn check(text: &str) -> Result<(), (usize, String)> {
    EntryFilter::parse(text).map(|_| ()).map_err(|error| {
        let byte = text.char_indices().nth(error.at).map_or(text.len(), |(byte, _)| byte);
        (byte, error.what)
    })
}

pub(super) fn offers(before: &str, desk: Option<&Desk>) -> Vec<Completion> {
    let who: BTreeSet<String> =
        desk.into_iter().flat_map(|desk| desk.journal()).map(|entry| entry.who.clone()).collect();
    let who: Vec<String> = who.into_iter().collect();
    let to = before.chars().count();
    let offer = |(typed, insert): (usize, String)| Completion { from: to - typed, to, label: insert.clone(), insert };
    entry_offers(before, &who, &Entered::KINDS).into_iter().map(offer).collect()
}

pub(super) fn groups(model: &mut Model) {
    let now = model.journal.by;
    let entry = |by: Option<JournalBy>| Entry {
        text: by.map_or("nothing: one by one", JournalBy::label).to_owned(),
        note: if by == now { "now".to_owned() } else { String::new() },
        choice: Choice::GroupJournal(by),
    };
    let entries = std::iter::once(None).chain(JournalBy::ALL.map(Some)).map(entry).collect();
    let picker = Picker::new("Group the journal by", entries).on(&Choice::GroupJournal(now));
    model.modals.push(Modal::Pick(picker));
}

pub(super) fn group_by(model: &mut Model, by: Option<JournalBy>) {
    model.journal.by = by;
    model.journal.opened.clear();
    model.journal.arrange();
    if let Some(spot) = model.spot_mut() {
        *spot = crate::tui::list::Spot::default();
    }
}

/// A group opens or closes; an entry is shown in full.
pub(super) fn open(model: &mut Model) {
    let at = model.spot().at;
    if let Some(JournalRow::Head(group)) = model.journal.rows.get(at).copied() {
        model.journal.fold(group);
        return;
    }
    let Some((desk, line)) = model.desk.as_ref().zip(model.journal.line(at)) else { return };
    let Some(entry) = desk.journal().iter().find(|entry| entry.seq == line.seq) else { return };
    let mut rows = super::entry::rows(desk, entry);
    let key = model.keymap.shown(Action::TakeBack, model.ascii);
    if entry.action.can_be_undone() {
        rows.push(("Taking it back".to_owned(), format!("{key} on the journal shows first what that would change.")));
    }
    let title = format!("Entry {}", entry.seq);
    model.modals.push(Modal::Raw { title, rows, scroll: Scroll::default() });
}

/// Shows what taking back the entry under the cursor would change, or says why
/// it cannot be.
pub(super) fn take_back(model: &mut Model, effects: &mut Vec<Effect>) {
    let at = model.spot().at;
    if let Some(JournalRow::Head(group)) = model.journal.rows.get(at) {
        let count = model.journal.groups.get(*group).map_or(0, |group| group.entries.len());
        let open = model.keymap.shown(Action::Open, model.ascii);
        let text = format!(
            "This is a group of {}; open it with {open} and choose one.",
            figures::of(count as u64, "entry", "entries")
        );
        model.say(Tone::Info, text);
        return;
    }
    match model.journal.line(at).map(|line| line.seq) {
        Some(entry) => super::decide::plan(model, Command::Reverse { entry }, 0, effects),
        None => model.say(Tone::Info, "There is no entry here."),
    }
}
