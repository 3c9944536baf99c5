//! Recorded, and not on the bill: calls that failed, were answered at home or
//! went elsewhere. It fits whatever stands in the ledger alone, so it is asked
//! after all causes that say more.

use super::{Claim, Detail, Probe, Scene, Told};
use crate::reconcile::cause::evidence::{Pool, Strand};
use crate::reconcile::cause::explain::Work;

pub(in crate::reconcile::cause) fn claims(work: &Work<'_, '_>) -> Vec<Claim> {
    let alone = work.open().filter(|(_, pool, _)| pool.strand == Strand::LedgerOnly || pool.bill.lines == 0);
    let claim =
        |(at, pool, left): (usize, &Pool, _)| work.claim(Probe::LedgerOnly, pool.key.what, Detail::Nothing, at, left);
    alone.map(claim).collect()
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!("The ledger has usage of {} {} that is not on the bill.", scene.model(), scene.when()))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn what_is_not_billed_is_the_ledgers_own() {
        let mut month = Months::plain(Bill::Requests);
        month.bill.retain(|row| row.output % 7 != 0);
        assert_only(&month.why(), &[Probe::LedgerOnly]);
    }
}
