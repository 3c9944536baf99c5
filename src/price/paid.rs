//! What the bill paid for its credits, for a ledger that counts credits only.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{PriceBook, Values};
use crate::amount::{Amount, Quantity, UnitCost};
use crate::calendar::Day;
use crate::usage::{Lines, Shape, Sym};

/// Prices of credits as the bill's lines came to them.
pub(super) struct Paid<'a> {
    book: &'a PriceBook,
    /// By day, user and usage type.
    groups: FxHashMap<(Day, Sym, Sym), (Amount, Quantity)>,
    /// The lot that a day's last draw was from, ascending by day.
    days: Vec<(Day, u16)>,
}

impl<'a> Paid<'a> {
    pub fn new(book: &'a PriceBook, bill: &Lines, values: &Values) -> Self {
        let mut groups: FxHashMap<_, (Amount, Quantity)> = FxHashMap::default();
        for row in (0..bill.len() as u32).filter(|row| bill.shape(*row) == Shape::Credits) {
            let (Some(day), Some(amount), Some(credits)) = (bill.day(row), values.amount(bill, row), bill.credits(row))
            else {
                continue;
            };
            let sum = groups.entry((day, bill.user(row), bill.action(row))).or_default();
            *sum = (sum.0.plus(amount), sum.1.plus(credits));
        }
        // Those of a day stand in the order of drawing.
        let days: BTreeMap<Day, u16> = values.draws(bill).map(|draw| (draw.day, draw.lot)).collect();
        Self { book, groups, days: days.into_iter().collect() }
    }

    /// What a ledger row's credits cost; `None` when it has none, or no lot was
    /// effective on its day.
    pub fn price(&self, ledger: &Lines, row: u32) -> Option<Amount> {
        let (day, credits) = (ledger.day(row)?, ledger.credits(row)?);
        if credits.is_zero() {
            return Some(Amount::ZERO);
        }
        let group = self.groups.get(&(day, ledger.user(row), ledger.action(row)));
        let paid = group.and_then(|(amount, units)| UnitCost::new(amount.abs(), units.abs()));
        paid.or_else(|| self.lot_on(day))?.cost_of(credits).ok()
    }

    /// The price of the lot in use on a day: the one drawn last by then, or
    /// the first that is effective.
    fn lot_on(&self, day: Day) -> Option<UnitCost> {
        let drawn = self.days.partition_point(|(d, _)| *d <= day).checked_sub(1).and_then(|at| self.days.get(at));
        let lots = &self.book.lots;
        let lot = match drawn {
            Some((_, lot)) => lots.get(usize::from(*lot)),
            None => lots.iter().find(|lot| lot.effective.is_none_or(|from| from <= day)),
        };
        lot.map(|lot| lot.cost)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{LotOpening, PriceBook, value, value_ledger};
    use crate::amount::Quantity;
    use crate::calendar::{Day, Instant};
    use crate::usage::{Line, Lines, Names, Shape, SourceFile};

    const TWO_LOTS: &str = r#"{"credit_pools": [
        {"pool_id": "a", "effective_date": "2026-01-01", "credits_purchased": 100, "purchase_amount": 5},
        {"pool_id": "b", "effective_date": "2026-01-01", "credits_purchased": 100, "purchase_amount": 10}
    ]}"#;

    fn side(names: &mut Names, rows: &[(&str, &str, &str)]) -> Lines {
        let mut lines = Lines::default();
        let file = lines.add_file(SourceFile::of_shape(Shape::Credits));
        for (at, (day, user, credits)) in rows.iter().enumerate() {
            let line = Line {
                line: at as u32 + 2,
                at: Some(Instant::start_of(Day::parse(day).unwrap())),
                user,
                action: "codex",
                credits: Some(Quantity::parse(credits).unwrap()),
                ..Line::default()
            };
            lines.push(names, file, &line);
        }
        lines
    }

    #[test]
    fn a_lot_that_ends_within_a_line_makes_no_difference_between_the_sides() {
        let book = PriceBook::parse(TWO_LOTS, Path::new("pricing.json")).unwrap();
        let mut names = Names::default();
        let bill = side(&mut names, &[("2026-01-05", "x", "150"), ("2026-01-06", "x", "10")]);
        // The second entry is only in the ledger, so its own order would shift.
        let ledger =
            side(&mut names, &[("2026-01-05", "x", "150"), ("2026-01-04", "y", "60"), ("2026-01-06", "x", "10")]);
        let opening = LotOpening::default();
        let billed = value(&book, &names, &bill, &opening);
        let recorded = value_ledger(&book, &names, &ledger, (&bill, &billed), &opening);
        assert_eq!(billed.amount(&bill, 0).unwrap().to_string(), "10");
        assert_eq!(recorded.amount(&ledger, 0), billed.amount(&bill, 0));
        assert_eq!(recorded.amount(&ledger, 2), billed.amount(&bill, 1));
        assert_eq!(recorded.amount(&ledger, 1).unwrap().to_string(), "3", "the first lot was in use on the 4th");
    }
}
