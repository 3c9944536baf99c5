//! Recorded amounts taken another number of times: a ledger in cents, calls
//! that were processed in a cheaper tier. What the rows state stays beside it.

use rayon::prelude::*;

use super::{ModelNames, Multiple, Values};
use crate::amount::{Amount, FixedColumn, Money, Quantity, UnitCost};
use crate::calendar::Day;
use crate::usage::{Lines, Names, Shape};

/// Which amounts are taken how many times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// The name that all names of a model share; `None` for all lines.
    pub model: Option<String>,
    /// First and last, both included; `None` for all.
    pub days: Option<(Day, Day)>,
    pub times: Multiple,
    /// Only what a row states, and not what the price book makes of it.
    pub stated_only: bool,
}

/// Rows valued by one thread at a time.
const CHUNK: u32 = 1 << 16;

impl Scale {
    /// The amount taken so many times: exact where it fits, else rounded once
    /// at 12 decimals, half away from zero. `None` beyond what an amount holds.
    pub fn of(&self, amount: Amount) -> Option<Amount> {
        if let Some(exact) = self.times.of(amount) {
            return Some(exact);
        }
        let (num, den) = self.times.terms();
        let (num, den) = (i64::try_from(num).ok()?, i64::try_from(den).ok()?);
        UnitCost::new(Amount::from_int(num), Quantity::from_int(den))?.cost_of(amount.retag()).ok()
    }
}

/// A scale with its models looked up.
struct Ready<'a> {
    scale: &'a Scale,
    /// By name; empty for all.
    models: Vec<bool>,
}

impl Ready<'_> {
    fn holds(&self, lines: &Lines, row: u32) -> bool {
        let of_model = self.scale.model.is_none()
            || lines.shape(row) != Shape::Credits
                && self.models.get(lines.model(row).0 as usize).copied().unwrap_or(false);
        let of_days =
            self.scale.days.is_none_or(|(first, last)| lines.day(row).is_some_and(|day| (first..=last).contains(&day)));
        of_model && of_days && (!self.scale.stated_only || lines.amount(row).is_some())
    }
}

impl Values {
    /// The values with the scales in force, one after the other, and how many
    /// rows stay as they are because no amount holds the product.
    #[must_use]
    pub fn scaled(mut self, names: &Names, models: &ModelNames, lines: &Lines, scales: &[Scale]) -> (Self, u64) {
        if scales.is_empty() {
            return (self, 0);
        }
        let named = |scale: &Scale| -> Vec<bool> {
            let is = |name: &str| scale.model.as_ref().is_some_and(|model| *models.canonical(name) == **model);
            names.iter().map(|(_, name)| is(name)).collect()
        };
        let ready: Vec<Ready> = scales.iter().map(|scale| Ready { scale, models: named(scale) }).collect();
        let rows = lines.len() as u32;
        let parts: Vec<(FixedColumn<Money>, u64)> = (0..rows.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let (from, to) = (chunk * CHUNK, rows.min(chunk.saturating_add(1).saturating_mul(CHUNK)));
                let (mut column, mut beyond) = (FixedColumn::default(), 0);
                for row in from..to {
                    let mut computed = self.computed.get(row);
                    for ready in ready.iter().filter(|ready| ready.holds(lines, row)) {
                        let Some(amount) = computed.or_else(|| lines.amount(row)) else { continue };
                        match ready.scale.of(amount) {
                            Some(scaled) => computed = Some(scaled),
                            None => beyond += 1,
                        }
                    }
                    column.push(computed);
                }
                (column, beyond)
            })
            .collect();
        let mut computed = FixedColumn::default();
        let mut beyond = 0;
        for (column, more) in &parts {
            computed.append(column);
            beyond += more;
        }
        self.computed = computed;
        (self, beyond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::{Line, SourceFile};

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    fn lines(rows: &[(&str, &str, &str)]) -> (Names, Lines) {
        let (mut names, mut lines) = (Names::default(), Lines::default());
        let file = lines.add_file(SourceFile { format: "own", rows: 1, ..SourceFile::of_shape(Shape::Request) });
        for (model, day, cost) in rows {
            let at = Some(crate::calendar::Instant::start_of(Day::parse(day).unwrap()));
            lines.push(&mut names, file, &Line { model, at, amount: Amount::parse(cost).ok(), ..Line::default() });
        }
        (names, lines)
    }

    fn scale(model: Option<&str>, days: Option<(&str, &str)>, times: (i128, i128), stated_only: bool) -> Scale {
        let day = |text: &str| Day::parse(text).unwrap();
        Scale {
            model: model.map(str::to_owned),
            days: days.map(|(from, to)| (day(from), day(to))),
            times: Multiple::new("", times.0, times.1).unwrap(),
            stated_only,
        }
    }

    #[test]
    fn only_the_rows_of_a_scale_are_taken_another_number_of_times() {
        let rows = [
            ("gpt-4o-2024-08-06", "2026-01-01", "250"),
            ("gpt-4o", "2026-01-05", "250"),
            ("o3", "2026-01-01", "250"),
            ("gpt-4o", "2026-01-01", ""),
        ];
        let (names, lines) = lines(&rows);
        let mut before = Values::default();
        [None, None, None, Some(amount("7"))].into_iter().for_each(|amount| before.computed.push(amount));
        let models = ModelNames::default();
        let worth = |scales: &[Scale]| -> Vec<String> {
            let mut values = Values::default();
            (0..4).for_each(|row| values.computed.push(before.computed.get(row)));
            let (values, beyond) = values.scaled(&names, &models, &lines, scales);
            assert_eq!(beyond, 0);
            (0..4).map(|row| values.amount(&lines, row).unwrap().to_string()).collect()
        };
        assert_eq!(worth(&[]), ["250", "250", "250", "7"]);
        assert_eq!(worth(&[scale(None, None, (1, 100), true)]), ["2.5", "2.5", "2.5", "7"]);
        let early = Some(("2026-01-01", "2026-01-04"));
        assert_eq!(worth(&[scale(Some("gpt-4o"), early, (1, 2), false)]), ["125", "250", "250", "3.5"]);
        let both = [scale(Some("gpt-4o"), None, (1, 100), true), scale(None, early, (2, 1), false)];
        assert_eq!(worth(&both), ["5", "2.5", "500", "14"]);
    }

    #[test]
    fn a_product_that_does_not_fit_is_rounded_once_or_left_and_counted() {
        let third = scale(None, None, (1, 3), true);
        assert_eq!(third.of(amount("1")).unwrap().to_string(), "0.333333333333");
        assert_eq!(third.of(amount("-2")).unwrap().to_string(), "-0.666666666667");
        assert_eq!(third.of(amount("3")).unwrap().to_string(), "1");
        let million = scale(None, None, (1_000_000, 1), true);
        assert_eq!(million.of(Amount::from_units(i128::MAX / 10)), None);
    }
}
