//! The ledger has a row for the request with neither tokens nor cost, as
//! streaming calls often leave it.

use super::{Scene, Told};

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!(
        "The ledger has requests of {} {} without tokens and without cost.",
        scene.model(),
        scene.when()
    ))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn requests_recorded_with_nothing_are_zero_usage() {
        let nothing = |row: &mut crate::reconcile::cause::months::Row| {
            if row.output % 5 == 0 {
                (row.uncached, row.cached, row.output, row.reasoning) = (0, 0, 0, 0);
            }
        };
        assert_only(&Months::plain(Bill::Requests).ledger_each(nothing).why(), &[Probe::ZeroUsage]);
    }
}
