//! Words and glyphs for outcomes, causes and decisions. A glyph never stands
//! without its word, nor a colour without both.

use ratatui::style::Style;

use crate::amount::Amount;
use crate::desk::Standing;
use crate::journal::{Decision, Verdict};
use crate::reconcile::{Cause, MatchEvidence, Outcome, Rung};
use crate::tui::figures;
use crate::tui::theme::Theme;

pub const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Matched => "matched",
        Outcome::Discrepancy => "discrepancy",
        Outcome::MissingInLedger => "missing in ledger",
        Outcome::MissingInBill => "missing in bill",
        Outcome::Ambiguous => "ambiguous",
        Outcome::Duplicate => "duplicate",
        Outcome::Unpriced => "unpriced",
        Outcome::NotApplicable => "not applicable",
    }
}

pub const fn glyph(outcome: Outcome, ascii: bool) -> &'static str {
    match (outcome, ascii) {
        (Outcome::Matched, false) => "✓",
        (Outcome::Matched, true) => "=",
        (Outcome::Discrepancy, false) => "≠",
        (Outcome::Discrepancy, true) => "!",
        (Outcome::MissingInLedger, false) => "▽",
        (Outcome::MissingInLedger, true) => "L",
        (Outcome::MissingInBill, false) => "△",
        (Outcome::MissingInBill, true) => "B",
        (Outcome::Ambiguous, _) => "?",
        (Outcome::Duplicate, false) => "‖",
        (Outcome::Duplicate, true) => "2",
        (Outcome::Unpriced, _) => "$",
        (Outcome::NotApplicable, false) => "·",
        (Outcome::NotApplicable, true) => "-",
    }
}

/// Glyph and word where a column is narrow; empty where the word is short
/// enough.
pub const fn short_outcome(outcome: Outcome, ascii: bool) -> &'static str {
    match (outcome, ascii) {
        (Outcome::Discrepancy, false) => "≠ discrep.",
        (Outcome::Discrepancy, true) => "! discrep.",
        (Outcome::MissingInLedger, false) => "▽ no ledger",
        (Outcome::MissingInLedger, true) => "L no ledger",
        (Outcome::MissingInBill, false) => "△ no bill",
        (Outcome::MissingInBill, true) => "B no bill",
        (Outcome::NotApplicable, false) => "· not appl.",
        (Outcome::NotApplicable, true) => "- not appl.",
        (Outcome::Matched | Outcome::Ambiguous | Outcome::Duplicate | Outcome::Unpriced, _) => "",
    }
}

pub const fn style(outcome: Outcome, theme: &Theme) -> Style {
    match outcome {
        Outcome::Matched => theme.good,
        Outcome::Discrepancy | Outcome::Unpriced => theme.bad,
        Outcome::MissingInLedger | Outcome::MissingInBill => theme.warn,
        Outcome::Ambiguous | Outcome::Duplicate => theme.info,
        Outcome::NotApplicable => theme.dim,
    }
}

/// Empty where nothing differs.
pub const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::None => "",
        Cause::Volume => "volume",
        Cause::ClassMix => "class mix",
        Cause::Price => "price",
        Cause::Tier => "tier",
        Cause::Timing => "timing",
        Cause::PriceMissing => "price missing",
        Cause::ZeroUsage => "zero usage",
        Cause::Missing => "missing",
        Cause::Extra => "extra",
        Cause::Duplicate => "duplicate",
        Cause::Rounding => "rounding",
        Cause::Unexplained => "unexplained",
    }
}

/// As many signs as the amount is of the most there is, in text.
pub fn bar(amount: Amount, most: Amount, columns: i128, ascii: bool) -> String {
    let scale = most.units().checked_div(columns).unwrap_or(0);
    let length = if scale == 0 || amount.is_zero() { 0 } else { (amount.abs().units() / scale).clamp(1, columns) };
    let mark = if ascii { "#" } else { "▪" };
    mark.repeat(usize::try_from(length).unwrap_or(0))
}

/// Eighths of a column, from one to seven.
const EIGHTHS: [&str; 7] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// The size of a figure against the most there is, to an eighth of a column;
/// in ASCII to a whole one. What is not zero never looks like it.
pub fn fine_bar(units: i128, most: i128, columns: u16, ascii: bool) -> String {
    let (units, most) = (units.unsigned_abs(), most.unsigned_abs());
    let steps = u128::from(columns) * if ascii { 1 } else { 8 };
    if units == 0 || most == 0 || steps == 0 {
        return String::new();
    }
    let length = match units.checked_mul(steps) {
        Some(scaled) => scaled / most,
        // As near as such figures can be drawn.
        None => units / (most / steps).max(1),
    };
    let length = usize::try_from(length.clamp(1, steps)).unwrap_or(0);
    if ascii {
        return "#".repeat(length);
    }
    let part = (length % 8).checked_sub(1).and_then(|at| EIGHTHS.get(at)).copied().unwrap_or_default();
    "█".repeat(length / 8) + part
}

/// The same with the sign of the figure before it, so that what adds and what
/// takes off are told apart without a colour.
pub fn signed_bar(amount: Amount, most: Amount, columns: u16, ascii: bool) -> String {
    let sign = if amount.is_zero() {
        return String::new();
    } else if amount.is_negative() {
        "-"
    } else {
        "+"
    };
    format!("{sign} {}", fine_bar(amount.units(), most.units(), columns.saturating_sub(2), ascii))
}

pub const fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::None => "one side only",
        Rung::Id => "matched by id",
        Rung::Key => "matched by day, user and usage type",
        Rung::Unique => "matched by model, time and tokens",
        Rung::Sole => "proven: the only request of its minute",
        Rung::Sum => "matched as a sum of requests",
        Rung::Group => "all lines of a time that belong together",
        Rung::Hand => "matched by hand",
        Rung::Carried => "carried in, and cleared here",
    }
}

/// The fields that were compared, how far apart the times are, what is left,
/// and which amount nobody stated; empty for one side alone.
pub fn evidence(found: &MatchEvidence, ascii: bool) -> String {
    let mut parts = Vec::new();
    let mark = |agrees: bool| match (agrees, ascii) {
        (true, _) => "=",
        (false, false) => "≠",
        (false, true) => "!",
    };
    let fields: Vec<String> = found
        .fields
        .iter()
        .filter_map(|field| field.agrees.map(|agrees| format!("{} {}", field.field.label(), mark(agrees))))
        .collect();
    if !fields.is_empty() {
        parts.push(format!("Compared: {}.", fields.join(", ")));
    }
    if let Some(seconds) = found.seconds_apart.filter(|seconds| *seconds > 0) {
        parts.push(format!("{} apart.", figures::of(seconds, "second", "seconds")));
    }
    if let Some(residual) = found.residual {
        let left = if residual.is_zero() { "Nothing".to_owned() } else { figures::exact(residual) };
        parts.push(format!("{left} is left between them."));
    }
    let derived = match (found.billed_is_derived, found.recorded_is_derived) {
        (true, true) => "Both amounts are",
        (true, false) => "The billed amount is",
        (false, true) => "The recorded amount is",
        (false, false) => "",
    };
    if !derived.is_empty() {
        parts.push(format!("{derived} derived: tokens at the exact rates of the price book."));
    }
    parts.join(" ")
}

pub fn decision(decision: &Decision) -> String {
    let done = decision.verdict.done();
    if decision.reason.is_empty() { done.to_owned() } else { format!("{done} ({})", decision.reason) }
}

/// Short enough for a column, and told apart from the first letters on.
const fn short(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::ApproveBilled => "as billed",
        Verdict::ApproveRecorded => "as recorded",
        other => other.done(),
    }
}

/// What stands in the column of decisions.
pub fn standing(standing: &Standing<'_>, theme: &Theme) -> (String, Style) {
    match standing {
        Standing::Open => ("open".to_owned(), theme.text),
        Standing::Decided(made) => {
            let reason = if made.reason.is_empty() { String::new() } else { format!(" ({})", made.reason) };
            (short(made.verdict).to_owned() + &reason, if made.verdict.approves() { theme.good } else { theme.info })
        }
        Standing::Stale(made) => (format!("open again, was {}", short(made.verdict)), theme.warn),
        Standing::Settled => ("nothing to decide".to_owned(), theme.dim),
    }
}

/// The same where the column is narrow and where it is narrower still, and how
/// many columns of the whole text have to be in sight to say more than that. A
/// verdict is never cut within itself.
pub fn short_standing(standing: &Standing<'_>) -> (usize, [&'static str; 2]) {
    // Some letters of the reason, and the mark that there are more.
    const MORE: usize = 6;
    match standing {
        Standing::Open => (0, [""; 2]),
        Standing::Decided(made) => {
            let short = short(made.verdict);
            let shortest = match made.verdict {
                Verdict::ApproveBilled => "billed",
                Verdict::ApproveRecorded => "recorded",
                Verdict::WriteOff => "wr. off",
                Verdict::Defer | Verdict::Dispute | Verdict::Exclude => short,
            };
            (short.len() + MORE, [short, shortest])
        }
        Standing::Stale(_) => ("open again, was".len(), ["open again", "reopened"]),
        Standing::Settled => (0, ["none", ""]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fine_bars_have_a_sign_and_parts_of_a_column() {
        assert_eq!(fine_bar(100, 100, 3, false), "███");
        assert_eq!(fine_bar(-50, 100, 3, false), "█▌");
        assert_eq!(fine_bar(1, 1_000_000, 3, false), "▏");
        assert_eq!([fine_bar(0, 5, 3, false), fine_bar(5, 0, 3, false)], ["", ""]);
        assert_eq!(fine_bar(i128::MIN, i128::MIN, 2, true), "##");
        assert_eq!(fine_bar(50, 100, 4, true), "##");
        let amount = |text: &str| Amount::parse(text).unwrap();
        assert_eq!(signed_bar(amount("-10"), amount("10"), 4, false), "- ██");
        assert_eq!(signed_bar(amount("2.5"), amount("10"), 4, true), "+ #");
        assert_eq!(signed_bar(Amount::ZERO, amount("10"), 4, true), "");
    }

    #[test]
    fn bars_follow_the_size_of_a_part() {
        let amount = |text: &str| Amount::parse(text).unwrap();
        assert_eq!(bar(amount("-10"), amount("10"), 10, true), "##########");
        assert_eq!(bar(amount("0.01"), amount("10"), 10, true), "#");
        assert_eq!(bar(amount("5"), amount("10"), 10, false), "▪▪▪▪▪");
        assert_eq!(bar(amount("0"), Amount::ZERO, 10, false), "");
    }
}
