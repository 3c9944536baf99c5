//! The ledger's input holds the cached tokens twice, or not at all.
//!
//! What a ledger calls input is either all input, cached included, which is
//! what the program takes it for; or only what was read anew; or all input
//! and the cached tokens once more.

use super::{Detail, Probe, Scene, Told, Way};

pub(in crate::reconcile::cause) const WAYS: &[Way] = &[
    // Input is what was read anew, cached tokens stand beside it unpriced.
    Way {
        probe: Probe::CachedCounted,
        name: "not at all",
        recorded: |l| l.plain(),
        right: |l, _| l.plain().plus(l.cached),
    },
    // The same, with cached tokens taken off once more.
    Way {
        probe: Probe::CachedCounted,
        name: "not at all",
        recorded: |l| l.list,
        right: |l, _| l.list.plus(l.cached_full),
    },
    Way { probe: Probe::CachedCounted, name: "twice", recorded: |l| l.list, right: |l, _| l.list.minus(l.cached_full) },
    Way {
        probe: Probe::CachedCounted,
        name: "twice",
        recorded: |l| l.plain(),
        right: |l, _| l.plain().minus(l.cached_full).minus(l.cached_full).plus(l.cached),
    },
];

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let how = if scene.detail == Detail::Way("twice") { "twice" } else { "not at all" };
    Told::only(format!("The ledger counts the cached input of {} {how} {}.", scene.model(), scene.when()))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn cached_input_left_out_of_the_input_is_counted_not_at_all() {
        // What the ledger calls input is what was read anew.
        let out = |row: &mut crate::reconcile::cause::months::Row| {
            row.amount = Some(row.clone().amount());
            let uncached = row.uncached;
            row.amount = Some(
                crate::reconcile::cause::months::Row { cached: 0, uncached, amount: None, ..row.clone() }.amount(),
            );
            // The program takes cached tokens off the input.
            row.uncached = (uncached - row.cached).max(0);
        };
        let month = |shape| {
            let mut month = Months::plain(shape);
            for row in month.bill.iter_mut().chain(&mut month.ledger) {
                row.uncached += 60_000;
            }
            month
        };
        for shape in [Bill::Classes, Bill::Models] {
            let why = month(shape).ledger_each(out).why();
            assert_only(&why, &[Probe::CachedCounted]);
            assert!(why.findings[0].sentence.contains("not at all"));
        }
    }

    #[test]
    fn cached_input_added_to_an_input_that_has_it_is_counted_twice() {
        let twice = |row: &mut crate::reconcile::cause::months::Row| row.uncached += row.cached;
        for shape in [Bill::Classes, Bill::Models] {
            let why = Months::plain(shape).ledger_each(twice).why();
            assert_only(&why, &[Probe::CachedCounted]);
            assert!(why.findings[0].sentence.contains("twice"));
        }
    }
}
