//! The bill states another currency than the book's, and amounts are never
//! converted: all its gaps are one rate of exchange. Not exact, since the rate
//! is not known.

use super::{Claim, Detail, Probe, Scene, Told};
use crate::amount::Amount;
use crate::reconcile::cause::evidence::Pool;
use crate::reconcile::cause::explain::Work;

pub(in crate::reconcile::cause) fn claims(work: &Work<'_, '_>) -> Vec<Claim> {
    let foreign = || work.open().filter(|(_, pool, _)| pool.bill.foreign > 0 && pool.bill.foreign == pool.bill.lines);
    let Some((_, lead, _)) = foreign().max_by_key(|(_, pool, _)| pool.bill.amount.abs()) else { return Vec::new() };
    let one_rate = |pool: &Pool| {
        let micros = |amount: Amount| amount.units() / 1_000_000_000_000;
        let (a, c) = (micros(pool.bill.amount), micros(pool.ledger.amount));
        let (a0, c0) = (micros(lead.bill.amount), micros(lead.ledger.amount));
        match (a.checked_mul(c0), c.checked_mul(a0)) {
            // Within a thousandth, and the micros that were cut.
            (Some(left), Some(right)) => (left - right).abs() <= right.abs() / 1_000 + a0.abs() + c0.abs(),
            _ => false,
        }
    };
    if lead.ledger.amount.is_zero() || !foreign().all(|(_, pool, _)| one_rate(pool)) {
        return Vec::new();
    }
    let claim = |at, left| Claim { exact: false, ..work.claim(Probe::Currency, 0, Detail::Nothing, at, left) };
    foreign().map(|(at, _, left)| claim(at, left)).collect()
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!(
        "The bill is in another currency than the book {}: amounts are not converted, and one rate fits all of them.",
        scene.when()
    ))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn a_bill_in_another_currency_is_one_rate_and_not_exact() {
        let mut month = Months::plain(Bill::Models).bill_each(|row| {
            row.amount = Some(crate::amount::Amount::from_units(row.amount().units() / 1_000_000 * 921_337).rounded(9));
        });
        month.currency = "EUR";
        let why = month.why();
        assert_only(&why, &[Probe::Currency]);
        assert!(!why.findings[0].exact);
    }
}
