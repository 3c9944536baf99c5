//! What the comparison of one item found.

use rayon::prelude::*;

use super::kinds::Kinds;
use super::tokens::input_output;
use super::{Family, Items, Outcome, Rules, Sides};
use crate::amount::Amount;
use crate::price::{Values, Worth};
use crate::usage::Lines;

/// Rows of an item that one thread adds up.
const MANY: usize = 1 << 13;

/// What one side of an item adds up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Side {
    pub lines: u32,
    /// `None` when no line has a value.
    pub value: Option<Amount>,
    /// Lines that need a price and have none.
    pub unpriced: u32,
    pub counts: Counts,
}

/// Tokens of all lines together; `None` where a line does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub input: Option<i64>,
    pub output: Option<i64>,
    pub total: Option<i64>,
}

impl Counts {
    /// Whether two sides say the same tokens: input and output where both say
    /// both, else the totals; `None` where they cannot be compared.
    pub fn agree(self, other: Self) -> Option<bool> {
        match (self.input, self.output, other.input, other.output) {
            (Some(input), Some(output), Some(other_input), Some(other_output)) => {
                Some(input == other_input && output == other_output)
            }
            _ => Some(self.total? == other.total?),
        }
    }
}

impl Side {
    pub fn of(lines: &Lines, values: &Values, rows: &[u32]) -> Self {
        if rows.len() <= MANY {
            return Self::of_few(lines, values, rows);
        }
        let parts = rows.par_chunks(MANY).map(|rows| Self::of_few(lines, values, rows));
        parts.reduce(|| Self::of_few(lines, values, &[]), Self::and)
    }

    fn and(self, other: Self) -> Self {
        let value = match (self.value, other.value) {
            (Some(value), Some(more)) => Some(value.plus(more)),
            (value, more) => value.or(more),
        };
        let counts = Counts {
            input: plus(self.counts.input, other.counts.input),
            output: plus(self.counts.output, other.counts.output),
            total: plus(self.counts.total, other.counts.total),
        };
        Self { lines: self.lines + other.lines, value, unpriced: self.unpriced + other.unpriced, counts }
    }

    fn of_few(lines: &Lines, values: &Values, rows: &[u32]) -> Self {
        // Nearly always.
        if let [row] = rows {
            return Self::of_one(lines, values, *row);
        }
        let zero = Some(0i64);
        let none = Self { counts: Counts { input: zero, output: zero, total: zero }, ..Self::default() };
        rows.iter().fold(none, |side, row| side.and(Self::of_one(lines, values, *row)))
    }

    fn of_one(lines: &Lines, values: &Values, row: u32) -> Self {
        let worth = values.worth(lines, row);
        let (input, output) = input_output(lines, row);
        let total = match (input, output) {
            (Some(input), Some(output)) => input.checked_add(output),
            _ => lines.total(row),
        };
        Self {
            lines: 1,
            value: worth.amount(),
            unpriced: u32::from(worth == Worth::Unpriced),
            counts: Counts { input, output, total },
        }
    }
}

fn plus(sum: Option<i64>, count: Option<i64>) -> Option<i64> {
    sum?.checked_add(count?)
}

/// Both sides of an item, bill first.
pub(super) fn both(sides: &Sides, items: &Items, item: u32) -> [Side; 2] {
    let [bill, ledger] = items.slices(item);
    [Side::of(sides.bill, sides.bill_values, bill), Side::of(sides.ledger, sides.ledger_values, ledger)]
}

pub(super) fn sum(lines: &Lines, values: &Values, rows: &[u32]) -> Option<Amount> {
    let of_few = |rows: &[u32]| rows.iter().filter_map(|row| values.amount(lines, *row)).reduce(Amount::plus);
    if rows.len() <= MANY { of_few(rows) } else { rows.par_chunks(MANY).filter_map(of_few).reduce_with(Amount::plus) }
}

/// What was billed for an item; `None` when no bill line of it has a value.
pub fn billed(sides: &Sides, items: &Items, item: u32) -> Option<Amount> {
    sum(sides.bill, sides.bill_values, items.slices(item)[0])
}

/// What was recorded for an item; `None` when no ledger entry of it has a
/// value.
pub fn recorded(sides: &Sides, items: &Items, item: u32) -> Option<Amount> {
    sum(sides.ledger, sides.ledger_values, items.slices(item)[1])
}

/// Why an item that is not applicable is not; `None` for all others.
pub fn not_applicable_reason(sides: &Sides, items: &Items, item: u32) -> Option<&'static str> {
    if items.outcome(item) != Outcome::NotApplicable {
        return None;
    }
    let reason = items.first_ledger_row(item).and_then(|row| sides.ledger.not_applicable(row));
    let evidence = items.dims(item).is_some_and(|dims| dims.family == Family::Evidence);
    let alone = if evidence { "joined with the cost of the same days" } else { "no ledger" };
    Some(reason.map_or(alone, |reason| reason.reason()))
}

/// The outcome of an item whose rows are in place; what the matching decided
/// stays.
pub(super) fn decide(
    sides: &Sides,
    rules: &Rules,
    kinds: &Kinds,
    items: &Items,
    item: u32,
    [bill, ledger]: &[Side; 2],
) -> Outcome {
    if matches!(items.outcome(item), Outcome::Duplicate | Outcome::Ambiguous) {
        return items.outcome(item);
    }
    if items.dims(item).is_some_and(|dims| dims.family == Family::Evidence) {
        return Outcome::NotApplicable;
    }
    let mut entries = items.ledger_rows(item);
    if bill.lines == 0 && entries.all(|row| sides.ledger.not_applicable(row).is_some()) {
        Outcome::NotApplicable
    } else if bill.unpriced + ledger.unpriced > 0 {
        Outcome::Unpriced
    } else if bill.lines == 0 {
        Outcome::MissingInBill
    } else if ledger.lines == 0 {
        let alone = !kinds.has_ledger(items.shape(sides, item));
        if alone { Outcome::NotApplicable } else { Outcome::MissingInLedger }
    } else if amounts_match(rules, bill.value, ledger.value)
        && !(rules.tokens_must_agree && bill.counts.agree(ledger.counts) == Some(false))
    {
        Outcome::Matched
    } else {
        Outcome::Discrepancy
    }
}

/// Within tolerance, inclusive. A recorded zero never matches a billed amount,
/// and an amount never matches none.
fn amounts_match(rules: &Rules, billed: Option<Amount>, recorded: Option<Amount>) -> bool {
    match (billed, recorded) {
        (None, None) => true,
        (Some(billed), Some(recorded)) => {
            let apart = billed.minus(recorded).abs();
            billed == recorded
                || !recorded.is_zero() && (apart <= rules.absolute || rules.relative.covers(apart, recorded))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Share;

    fn matches(billed: &str, recorded: &str) -> bool {
        let rules = Rules {
            absolute: Amount::parse("0.05").unwrap(),
            relative: Share::parse("5%").unwrap(),
            tokens_must_agree: false,
            window_seconds: 60,
            drift: Share::parse("2%").unwrap(),
            finest: crate::reconcile::Finest::Request,
        };
        let amount = |text: &str| (text != "-").then(|| Amount::parse(text).unwrap());
        amounts_match(&rules, amount(billed), amount(recorded))
    }

    #[test]
    fn the_tolerance_is_the_greater_of_both_and_inclusive() {
        assert!(matches("0.15", "0.10"));
        assert!(!matches("0.150000000000000001", "0.10"));
        assert!(matches("10.50", "10"));
        assert!(matches("9.50", "10"));
        assert!(!matches("10.500001", "10"));
        assert!(matches("-10.50", "-10"));
    }

    #[test]
    fn a_recorded_zero_never_matches_a_billed_amount() {
        assert!(!matches("0.000001", "0"));
        assert!(matches("0", "0"));
        assert!(matches("0", "0.05"));
    }

    #[test]
    fn an_amount_never_matches_none() {
        assert!(!matches("0", "-"));
        assert!(!matches("-", "0.01"));
        assert!(matches("-", "-"));
    }

    #[test]
    fn totals_are_compared_only_where_a_split_is_unknown() {
        let counts = |input, output, total| Counts { input, output, total };
        assert_eq!(counts(Some(1), Some(4), Some(5)).agree(counts(Some(2), Some(3), Some(5))), Some(false));
        assert_eq!(counts(Some(1), Some(4), Some(5)).agree(counts(None, None, Some(5))), Some(true));
        assert_eq!(counts(Some(1), Some(4), Some(5)).agree(counts(None, None, None)), None);
    }
}
