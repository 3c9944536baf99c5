//! What writing verdicts to the ledgers would change, or taking them out would
//! put back, for a person to say yes to.

use super::paint::{Paint, Piece, plain, wrapped};
use crate::desk::{ApplyPlan, LedgerPlan, LedgerRevert, RevertPlan, text};
use crate::tui::figures;
use crate::tui::modal::VerdictPlan;

/// Rows that are left out, named one by one before the rest is counted.
const MOST: usize = 100;

pub fn title(plan: &VerdictPlan) -> String {
    match plan {
        VerdictPlan::Apply(plan, _) => format!("Verdicts of {} for the ledger", plan.month),
        VerdictPlan::Revert(plan) => format!("Take the verdicts of {} out again", plan.month),
    }
}

pub fn lines(plan: &VerdictPlan, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    match plan {
        VerdictPlan::Apply(plan, _) => apply(plan, paint, width),
        VerdictPlan::Revert(plan) => revert(plan, paint, width),
    }
}

fn apply(plan: &ApplyPlan, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let mut lines = Vec::new();
    for ledger in &plan.ledgers {
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.extend(to_ledger(ledger, paint, width));
    }
    for note in &plan.notes {
        lines.push(Vec::new());
        lines.extend(wrapped(note, width, paint.ascii, paint.theme.dim));
    }
    lines
}

fn to_ledger(ledger: &LedgerPlan, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let plan = &ledger.plan;
    let mut lines: Vec<Vec<Piece>> = wrapped(&ledger.shown, width, paint.ascii, theme.title).collect();
    if ledger.is_new_file() {
        let text = "A new file beside the ledger, which stays as it is.";
        lines.extend(wrapped(text, width, paint.ascii, theme.text));
    }
    let sum = format!(
        "{} to write, {} already as they are to be, {} left alone.",
        figures::of(plan.rows.len() as u64, "row", "rows"),
        figures::count(plan.unchanged),
        figures::count(plan.left_out.len() as u64)
    );
    lines.extend(wrapped(&sum, width, paint.ascii, theme.text));
    let line =
        |[status, entries, recorded, billed]: [&str; 4]| format!("{status:<15}{entries:>9}{recorded:>14}{billed:>18}");
    lines.push(plain(line(["status", "entries", "recorded", "billed by request"]), theme.head));
    for (status, count) in &ledger.counts {
        let [recorded, billed] = [count.recorded, count.billed].map(figures::total);
        lines.push(plain(line([status.name(), &figures::count(count.entries), &recorded, &billed]), theme.text));
    }
    if plan.rounded > 0 {
        let text = format!(
            "{} rounded to what the column holds: {} cents apart in all.",
            figures::of(plan.rounded, "amount is", "amounts are"),
            figures::exact(plan.loss)
        );
        lines.extend(wrapped(&text, width, paint.ascii, theme.warn));
    }
    for row in plan.left_out.iter().take(MOST) {
        lines.extend(wrapped(&format!("left alone: {} {}", row.key, row.why), width, paint.ascii, theme.warn));
    }
    if plan.left_out.len() > MOST {
        let more = figures::count((plan.left_out.len() - MOST) as u64);
        lines.push(plain(format!("and {more} more left alone"), theme.warn));
    }
    lines
}

fn revert(plan: &RevertPlan, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let mut lines = Vec::new();
    for ledger in &plan.ledgers {
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.extend(out_of(ledger, paint, width));
    }
    lines.push(Vec::new());
    let text = "Only rows that still say what was written are put back; others are listed and left alone.";
    lines.extend(wrapped(text, width, paint.ascii, theme.dim));
    lines
}

fn out_of(ledger: &LedgerRevert, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let arrow = if paint.ascii { "->" } else { "→" };
    let mut lines: Vec<Vec<Piece>> = wrapped(&ledger.shown, width, paint.ascii, theme.title).collect();
    let when = text::minute(ledger.at);
    if ledger.file {
        let text = format!("The file written on {when} UTC is removed, if nobody changed it.");
        lines.extend(wrapped(&text, width, paint.ascii, theme.text));
        return lines;
    }
    let text = format!("{} written on {when} UTC:", figures::of(ledger.rows, "row", "rows"));
    lines.extend(wrapped(&text, width, paint.ascii, theme.text));
    for ((now, before), rows) in &ledger.changes {
        let before = if before.is_empty() { "nothing" } else { before };
        lines.push(plain(format!("{:>9}  {now} {arrow} {before}", figures::count(*rows)), theme.text));
    }
    if ledger.amounts > 0 {
        let text = format!(
            "{} put back to what stood there before: {} cents are taken out.",
            figures::of(ledger.amounts, "amount is", "amounts are"),
            figures::exact(ledger.cents)
        );
        lines.extend(wrapped(&text, width, paint.ascii, theme.text));
    }
    lines
}
