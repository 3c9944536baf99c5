//! The ledger priced cached input like any other: its amounts are what all
//! input costs read anew, and the gap is cached tokens times the discount.

use super::{Probe, Scene, Told, Way};

pub(in crate::reconcile::cause) const WAYS: &[Way] =
    &[Way { probe: Probe::CachedIgnored, name: "ignored", recorded: |l| l.plain(), right: |l, _| l.list }];

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!(
        "The ledger prices the cached input of {} like input read anew {}: the cached discount is missing.",
        scene.model(),
        scene.when()
    ))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn cached_input_at_the_price_of_other_input_is_a_discount_ignored() {
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            let why = Months::plain(shape).ledger_each(|row| row.prices[1] = row.prices[0]).why();
            assert_only(&why, &[Probe::CachedIgnored]);
        }
    }

    #[test]
    fn a_ledger_that_knows_no_cached_input_ignores_the_discount_too() {
        let blind = |row: &mut crate::reconcile::cause::months::Row| {
            (row.uncached, row.cached, row.knows_cached) = (row.uncached + row.cached, 0, false);
        };
        assert_only(&Months::plain(Bill::Classes).ledger_each(blind).why(), &[Probe::CachedIgnored]);
    }
}
