//! Billed, and not in the ledger: requests it does not have, days or keys of
//! which it has nothing. It fits whatever stands on the bill alone, so it is
//! asked after all causes that say more.

use super::{Claim, Detail, Probe, Scene, Told};
use crate::reconcile::cause::evidence::Strand;
use crate::reconcile::cause::explain::Work;

pub(in crate::reconcile::cause) fn claims(work: &Work<'_, '_>) -> Vec<Claim> {
    let alone = work.open().filter(|(_, pool, _)| pool.strand == Strand::BillOnly || pool.ledger.lines == 0);
    let claim = |(at, pool, left): (usize, &crate::reconcile::cause::evidence::Pool, _)| {
        work.claim(Probe::Missing, pool.key.what, Detail::Nothing, at, left)
    };
    alone.map(claim).collect()
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!("Billed {} and not recorded: {}.", scene.when(), scene.model()))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn what_the_ledger_does_not_have_is_missing() {
        let mut month = Months::plain(Bill::Requests);
        month.ledger.retain(|row| row.output % 7 != 0);
        assert_only(&month.why(), &[Probe::Missing]);
        // A project that nobody recorded.
        for shape in [Bill::Classes, Bill::Models] {
            let mut month = Months::plain(shape);
            month.ledger.retain(|row| row.project != "proj_b");
            assert_only(&month.why(), &[Probe::Missing]);
        }
    }
}
