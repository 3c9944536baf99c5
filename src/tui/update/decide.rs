//! Verbs: what may be done now, on which items, and the way from a key to the
//! writer: at once for one item, over a preview for more.

use crate::desk::Command;
use crate::journal::{Decision, Verdict};
use crate::tui::effect::{Effect, Task};
use crate::tui::figures;
use crate::tui::keymap::Action;
use crate::tui::list::Marks;
use crate::tui::modal::{Choice, Entry, Modal, Picker, PromptKind, Targets};
use crate::tui::model::{Job, Model, Tone};
use crate::tui::stage::Stage;
use crate::tui::tab::Tab;

/// Says why nothing can be decided yet.
pub(super) fn not_ready(model: &mut Model) {
    let text = match &model.stage {
        Stage::Loading(progress) => match progress.seconds_left() {
            Some(left) if !progress.comparing => format!(
                "The files are still being read, about {} left; you can look, not decide.",
                figures::seconds(left)
            ),
            _ if progress.comparing => "The two sides are being compared; a moment.".to_owned(),
            _ => "The files are still being read; you can look, not decide.".to_owned(),
        },
        Stage::Failed(_) => "Nothing was loaded, so there is nothing to do here.".to_owned(),
        Stage::Ready => "A moment.".to_owned(),
    };
    model.say(Tone::Bad, text);
}

/// Whether anything may be changed; else says why not.
fn may_change(model: &mut Model) -> bool {
    if model.desk.is_none() {
        not_ready(model);
        return false;
    }
    if let Some(why) = model.read_only.clone() {
        model.say(Tone::Bad, why);
        return false;
    }
    true
}

pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    if !may_change(model) {
        return;
    }
    match action {
        Action::ApproveBilled => decide(model, Verdict::ApproveBilled, effects),
        Action::ApproveRecorded => decide(model, Verdict::ApproveRecorded, effects),
        Action::Defer => decide(model, Verdict::Defer, effects),
        Action::Settle => {
            if let Some(targets) = targets(model) {
                settle(model, targets);
            }
        }
        Action::Reopen => {
            if let Some(Targets { items, hidden, .. }) = targets(model) {
                submit(model, Command::Reopen { items }, hidden, effects);
            }
        }
        Action::Note => {
            if let Some(Targets { items, .. }) = targets(model) {
                let note = match items.as_slice() {
                    [item] => note_of(model, *item),
                    _ => String::new(),
                };
                let prompt = super::notes::prompt(model, PromptKind::Note(items), note);
                model.modals.push(Modal::Prompt(prompt));
            }
        }
        Action::NoteInEditor => {
            if let Some(found) = targets(model) {
                let note = match found.items.as_slice() {
                    [item] => note_of(model, *item),
                    _ => String::new(),
                };
                super::notes::of_targets(model, found, note, effects);
            }
        }
        Action::Assign => assign(model),
        Action::Match => {
            if let Some(Targets { items, hidden, .. }) = targets(model) {
                plan(model, Command::Match { items }, hidden, effects);
            }
        }
        Action::ApproveMatched => plan(model, Command::ApproveMatched, 0, effects),
        Action::Exclude => exclude(model),
        Action::EditPrice => super::prices::edit(model),
        Action::TakeOffer => super::prices::take_offer(model),
        Action::Claim => {
            if let Some(Targets { items, .. }) = targets(model) {
                super::papers::claim(model, items);
            }
        }
        Action::EnterPaper => super::papers::choose(model),
        Action::Grain => super::grain::choose(model),
        Action::Profile => super::profile::choose(model),
        Action::Adopt => super::why::adopt(model, effects),
        Action::DropAssumption => super::why::drop_assumption(model),
        Action::MakeRule => super::rules::make(model),
        Action::Rules => super::rules::list(model),
        Action::ApplyRules => plan(model, Command::ApplyRules, 0, effects),
        Action::AddPrice => super::prices::add(model),
        Action::SetCap => super::burn::cap_form(model),
        Action::SetTerms => super::burn::terms_form(model),
        Action::Tolerance => super::prices::tolerance(model),
        Action::WriteVerdicts | Action::TakeVerdictsOut => super::verdicts::ask(model, action, effects),
        Action::Write => plan(model, Command::Export { target: None }, 0, effects),
        Action::Sign => plan(model, Command::Sign, 0, effects),
        Action::Prepare => plan(model, Command::Prepare, 0, effects),
        Action::ReopenMonth => reopen_month(model),
        Action::TakeBack => super::journal::take_back(model, effects),
        Action::Undo => submit(model, Command::Undo, 0, effects),
        Action::Redo => submit(model, Command::Redo, 0, effects),
        _ => {}
    }
}

/// The items a verb acts on.
fn targets(model: &mut Model) -> Option<Targets> {
    let list = model.list()?;
    let items = list.targets();
    let batch = list.marks.is_empty() && list.group().is_some();
    let hidden = if list.marks.is_empty() { 0 } else { list.hidden };
    if items.is_empty() {
        nothing_here(model);
        return None;
    }
    Some(Targets { items, hidden, batch })
}

/// Says why a key that is about an item does nothing.
pub(super) fn nothing_here(model: &mut Model) {
    let text = if model.list().is_some_and(|list| list.waiting) {
        "The list is still being put together, so nothing was done; press the key again once it is there."
    } else {
        "There is no item here to act on."
    };
    model.say(Tone::Bad, text);
}

/// The note on an item, to go on writing.
fn note_of(model: &Model, item: u32) -> String {
    let desk = model.desk.as_ref().filter(|desk| item < desk.items());
    desk.map(|desk| desk.note(item).to_owned()).unwrap_or_default()
}

fn decide(model: &mut Model, verdict: Verdict, effects: &mut Vec<Effect>) {
    if let Some(targets) = targets(model) {
        with_reason(model, verdict, targets, effects);
    }
}

/// Asks for a reason where the policy wants one, else goes on.
pub(super) fn with_reason(model: &mut Model, verdict: Verdict, targets: Targets, effects: &mut Vec<Effect>) {
    let Some(desk) = &model.desk else { return };
    let (codes, needed) = desk.reasons(verdict);
    if !needed {
        let decision = Decision { verdict, reason: String::new(), note: String::new() };
        let hidden = targets.hidden;
        submit(model, targets.decide(decision), hidden, effects);
        return;
    }
    if codes.is_empty() {
        let text = format!("To {} needs a reason, and config.toml lists no reason codes.", verdict.name());
        model.say(Tone::Bad, text);
        return;
    }
    let (given, last) = super::notes::reasons_given(desk, verdict);
    let entry = |code: String| Entry {
        text: code.clone(),
        note: super::notes::used(given.get(&code)),
        choice: Choice::Reason(verdict, code),
    };
    let title = format!("Why {}?", verdict.name());
    let picker = Picker::new(title, codes.into_iter().map(entry).collect()).about(targets);
    // The reason that was given last is the likeliest.
    let picker = match last {
        Some(code) => picker.on(&Choice::Reason(verdict, code)),
        None => picker,
    };
    model.modals.push(Modal::Pick(picker));
}

pub(super) fn settle(model: &mut Model, targets: Targets) {
    let entries = [
        (Verdict::Dispute, "the provider should not charge this"),
        (Verdict::Exclude, "it is not ours to pass on"),
        (Verdict::WriteOff, "we pay it and charge nobody"),
    ];
    let entry = |(verdict, note): (Verdict, &str)| Entry {
        text: verdict.name().to_owned(),
        note: note.to_owned(),
        choice: Choice::Verdict(verdict),
    };
    let mut entries: Vec<Entry> = entries.map(entry).into();
    // A claim is about what is marked, or under the cursor.
    if !targets.batch {
        entries.push(Entry {
            text: "claim".to_owned(),
            note: "amount, case and state of what is in dispute".to_owned(),
            choice: Choice::Do(Action::Claim),
        });
    }
    model.modals.push(Modal::Pick(Picker::new("Settle how?", entries).about(targets)));
}

fn assign(model: &mut Model) {
    let Some(targets) = targets(model) else { return };
    let Some(desk) = &model.desk else { return };
    let entries: Vec<Entry> = desk
        .projects()
        .into_iter()
        .map(|(id, pi, fund)| Entry { note: format!("{pi}  {fund}"), choice: Choice::Project(id.clone()), text: id })
        .collect();
    if entries.is_empty() {
        model.say(Tone::Bad, "projects.json names no project yet; add one there first.");
        return;
    }
    model.modals.push(Modal::Pick(Picker::new("Which project pays?", entries).about(targets)));
}

/// After the project is chosen: for these items, or for the user from now on.
pub(super) fn assign_to(model: &mut Model, project: String, targets: Targets, effects: &mut Vec<Effect>) {
    let user = match (targets.items.as_slice(), &model.desk) {
        ([item], Some(desk)) if *item < desk.items() => desk.row(*item).cells.user.to_owned(),
        _ => String::new(),
    };
    if user.is_empty() {
        submit(model, Command::Assign { items: targets.items, project }, targets.hidden, effects);
        return;
    }
    let entries = vec![
        Entry {
            text: "this item only".to_owned(),
            note: format!("{project} pays for it; projects.json stays as it is"),
            choice: Choice::ItemsOnly(project.clone()),
        },
        Entry {
            text: "the user from now on".to_owned(),
            note: format!("puts {user} into {project} in projects.json"),
            choice: Choice::WholeUser(project),
        },
    ];
    model.modals.push(Modal::Pick(Picker::new("For what?", entries).about(targets)));
}

fn reopen_month(model: &mut Model) {
    let Some(desk) = &model.desk else { return };
    if desk.signed().is_none() {
        let text = format!("{} is not signed, so it can be changed as it is.", desk.month());
        model.say(Tone::Info, text);
        return;
    }
    let prompt = super::notes::prompt(model, PromptKind::ReopenMonth, "");
    model.modals.push(Modal::Prompt(prompt));
}

fn exclude(model: &mut Model) {
    let rows: Vec<usize> = if model.marked_rows.is_empty() {
        Some(model.spot().at).filter(|at| *at < model.pages.bad_rows.len()).into_iter().collect()
    } else {
        model.marked_rows.items().into_iter().map(|row| row as usize).collect()
    };
    if rows.is_empty() {
        model.say(Tone::Good, "There is no bad row.");
    } else {
        let prompt = super::notes::prompt(model, PromptKind::ExcludeRows(rows), "");
        model.modals.push(Modal::Prompt(prompt));
    }
}

/// Sends a command on its way: what touches one item at once, everything else
/// over a preview.
pub(super) fn submit(model: &mut Model, command: Command, hidden: usize, effects: &mut Vec<Effect>) {
    if !may_change(model) {
        return;
    }
    let items = match &command {
        Command::Decide { items, .. }
        | Command::Reopen { items }
        | Command::Note { items, .. }
        | Command::Assign { items, .. } => items.clone(),
        Command::Undo | Command::Redo | Command::SaveFilter { .. } => Vec::new(),
        _ => {
            plan(model, command, hidden, effects);
            return;
        }
    };
    if items.len() > 1 {
        plan(model, command, hidden, effects);
        return;
    }
    let moves_on = matches!(command, Command::Decide { .. });
    let job = start_job(model, &items);
    effects.push(Effect::Write { job, task: Task::Do { numbering: model.numbering, command } });
    if moves_on {
        super::moves::on(model);
    }
    super::moves::keep_place(model, effects);
}

pub(super) fn start_job(model: &mut Model, items: &[u32]) -> u64 {
    let id = model.next_generation();
    let mut saving = Marks::default();
    items.iter().for_each(|item| saving.set(*item));
    model.jobs.push(Job { id, items: saving });
    id
}

/// Asks what a command would do, to show it first.
pub(super) fn plan(model: &mut Model, command: Command, hidden: usize, effects: &mut Vec<Effect>) {
    if !may_change(model) {
        return;
    }
    let Some(desk) = model.desk.clone() else { return };
    let generation = model.next_generation();
    model.planned_hidden = hidden;
    model.modals.push(Modal::Waiting { generation, what: "Working out what would change".to_owned() });
    effects.push(Effect::Plan { desk, version: model.version, generation, command });
}

/// A yes to the preview on top.
pub(super) fn confirm(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Modal::Preview(planned)) = model.modals.pop() else { return };
    // The form or picker that led here has done its part.
    model.modals.clear();
    let items = match &planned.change.command {
        Command::Decide { items, .. }
        | Command::DecideOpen { items, .. }
        | Command::Reopen { items }
        | Command::Note { items, .. }
        | Command::Assign { items, .. }
        | Command::Match { items } => items.clone(),
        _ => Vec::new(),
    };
    let job = start_job(model, &items);
    if model.tab == Tab::BadRows {
        model.marked_rows.clear();
    }
    if let Some(list) = model.list_mut() {
        list.clear_marks();
    }
    let numbering = model.numbering;
    let task = Task::Commit { version: planned.version, numbering, change: planned.change };
    effects.push(Effect::Write { job, task });
    super::moves::keep_place(model, effects);
}
