//! Verdicts from the Close screen to the ledgers and back: asked for, shown,
//! said yes to, and what became of them.

use crate::desk::{Applied, ApplyPlan, RevertPlan};
use crate::tui::effect::{Effect, Task};
use crate::tui::figures;
use crate::tui::keymap::Action;
use crate::tui::message::Fresh;
use crate::tui::modal::{Modal, Scroll, VerdictPlan, Verdicts};
use crate::tui::model::{Model, Tone, Writing};

/// Rows that were left out, named one by one before the rest is counted.
const MOST: usize = 200;

/// Asks what would change; nothing is written before a yes.
pub(super) fn ask(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    if model.writing.is_some() {
        model.say(Tone::Bad, "A ledger is being written; wait until it is done.");
        return;
    }
    let Some(desk) = model.desk.clone() else { return };
    let generation = model.next_generation();
    let (what, effect) = if action == Action::WriteVerdicts {
        let version = model.version;
        ("Comparing the verdicts with the ledger", Effect::PlanApply { desk, version, generation })
    } else {
        ("Looking up what was written", Effect::PlanRevert { month: desk.month(), generation })
    };
    model.modals.push(Modal::Waiting { generation, what: what.to_owned() });
    effects.push(effect);
}

pub(super) fn apply_planned(model: &mut Model, generation: u64, version: u64, result: Result<Box<ApplyPlan>, String>) {
    planned(model, generation, result.map(|plan| VerdictPlan::Apply(plan, version)));
}

pub(super) fn revert_planned(model: &mut Model, generation: u64, result: Result<Box<RevertPlan>, String>) {
    planned(model, generation, result.map(VerdictPlan::Revert));
}

fn planned(model: &mut Model, generation: u64, result: Result<VerdictPlan, String>) {
    super::answers::instead(model, generation, |_| match result {
        Ok(plan) => Modal::Verdicts(Verdicts { plan, scroll: Scroll::default() }),
        // A sentence about a server or a table is longer than the status line.
        Err(why) => sheet("Nothing was written", vec![("Why".to_owned(), why)]),
    });
}

/// A yes to what is shown.
pub(super) fn confirm(model: &mut Model, effects: &mut Vec<Effect>) {
    if !matches!(model.modals.last(), Some(Modal::Verdicts(verdicts)) if verdicts.plan.asks()) {
        return;
    }
    let Some(Modal::Verdicts(Verdicts { plan, .. })) = model.modals.pop() else { return };
    let job = super::decide::start_job(model, &[]);
    model.writing = Some(Writing { job, rows: 0, of_rows: plan.rows() });
    let task = match plan {
        VerdictPlan::Apply(plan, version) => Task::Apply { version, plan },
        VerdictPlan::Revert(plan) => Task::Revert { plan },
    };
    effects.push(Effect::Write { job, task });
}

pub(super) fn wrote(model: &mut Model, job: u64, rows: u64) {
    if let Some(writing) = model.writing.as_mut().filter(|writing| writing.job == job) {
        writing.rows = writing.rows.max(rows);
    }
}

/// What was done to the ledgers, on a sheet of its own where nothing else is
/// open, and in one line in any case.
pub(super) fn done(model: &mut Model, fresh: Option<Box<Fresh>>, result: Result<Vec<Applied>, String>, reverted: bool) {
    if let Some(fresh) = fresh {
        super::answers::install(model, *fresh);
    }
    let shown = match result {
        Ok(all) => {
            let rows = all.iter().map(|one| one.rows).sum::<u64>();
            let left = all.iter().map(|one| one.left_out.len() as u64).sum::<u64>();
            let verb = if reverted { "put back" } else { "written" };
            let mut what = format!("{} {verb}", figures::of(rows, "row", "rows"));
            let removed = all.iter().filter(|one| reverted && one.file && one.left_out.is_empty()).count();
            if removed > 0 {
                what = format!("{what}, {} removed", figures::of(removed as u64, "file", "files"));
            }
            let text = format!("{what}, {} changed meanwhile.", figures::count(left));
            model.say(if left == 0 { Tone::Good } else { Tone::Bad }, text.clone());
            sheet(if reverted { "Taken out again" } else { "Written" }, told(model, &all, text, reverted))
        }
        Err(why) => {
            model.say(Tone::Bad, why.clone());
            sheet(
                "Not done",
                vec![
                    ("Why".to_owned(), why),
                    (
                        "What stands".to_owned(),
                        "The ledger named is as it was; what was written to others before it is in the journal."
                            .to_owned(),
                    ),
                ],
            )
        }
    };
    if model.modals.is_empty() {
        model.modals.push(shown);
    }
}

fn told(model: &Model, all: &[Applied], sum: String, reverted: bool) -> Vec<(String, String)> {
    let mut rows = vec![("In all".to_owned(), sum)];
    for one in all {
        rows.push((one.shown.clone(), outcome(one, reverted)));
        let left = one.left_out.iter().take(MOST);
        rows.extend(left.map(|row| (String::new(), format!("left alone: {} {}", row.key, row.why))));
        if one.left_out.len() > MOST {
            let more = figures::count((one.left_out.len() - MOST) as u64);
            rows.push((String::new(), format!("and {more} more left alone")));
        }
    }
    let key = model.keymap.shown(if reverted { Action::WriteVerdicts } else { Action::TakeVerdictsOut }, model.ascii);
    let next = if reverted {
        format!("The journal has both. On the Close screen {key} writes the verdicts again.")
    } else {
        format!(
            "The journal has it. On the Close screen {key} takes the verdicts out again, and shows first what that \
             puts back."
        )
    };
    rows.push(("And now".to_owned(), next));
    rows
}

fn outcome(one: &Applied, reverted: bool) -> String {
    let rows = figures::of(one.rows, "row", "rows");
    match (reverted, one.file) {
        (false, false) => format!("{rows} written."),
        (false, true) => format!("{rows} changed in the new file; the ledger itself stays as it was."),
        (true, false) => format!("{rows} put back."),
        (true, true) if one.left_out.is_empty() => "The file is removed.".to_owned(),
        (true, true) => "The file was not removed.".to_owned(),
    }
}

fn sheet(title: &str, rows: Vec<(String, String)>) -> Modal {
    Modal::Raw { title: title.to_owned(), rows, scroll: Scroll::default() }
}
