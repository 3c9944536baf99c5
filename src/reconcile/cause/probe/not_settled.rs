//! The last days of a bill grow for a day or three. Less was billed than
//! recorded on them, while everything before them is explained: that is not
//! exact, since nobody knows what they will grow to.

use super::{Claim, Detail, Probe, Scene, Told};
use crate::reconcile::cause::explain::Work;

/// Days at the end of a bill that may still grow.
const DAYS: i32 = 3;

pub(in crate::reconcile::cause) fn claims(work: &Work<'_, '_>) -> Vec<Claim> {
    let Some((_, last)) = work.evidence.covered else { return Vec::new() };
    let recent = |pool: &crate::reconcile::cause::evidence::Pool| {
        pool.days && pool.key.day.is_some_and(|day| day <= last && day > last.plus_days(-DAYS))
    };
    if work.open().any(|(_, pool, left)| !recent(pool) || !left.is_negative() || pool.bill.lines == 0) {
        return Vec::new();
    }
    let claim = |at, left| Claim { exact: false, ..work.claim(Probe::NotSettled, 0, Detail::Nothing, at, left) };
    work.open().map(|(at, _, left)| claim(at, left)).collect()
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!(
        "The last days of the bill are not settled yet {}: less is billed than recorded, and it grows. Defer them.",
        scene.when()
    ))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn less_on_the_last_days_is_not_settled_and_not_exact() {
        let mut month = Months::plain(Bill::Models);
        month.bill.iter_mut().filter(|row| row.day() > 29 && row.output % 2 == 0).for_each(|row| {
            row.amount = Some(crate::amount::Amount::ZERO);
        });
        let why = month.why();
        assert_only(&why, &[Probe::NotSettled]);
        assert!(!why.findings[0].exact);
    }

    #[test]
    fn less_on_the_last_days_of_a_month_of_gaps_says_nothing() {
        let mut month = Months::plain(Bill::Models);
        for row in month.bill.iter_mut().filter(|row| row.output % 2 == 0) {
            row.amount = Some(crate::amount::Amount::from_units(i128::from(row.output) * 7_919_131_313));
        }
        assert!(month.why().findings.is_empty());
    }
}
