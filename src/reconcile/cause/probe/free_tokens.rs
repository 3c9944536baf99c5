//! Tokens given for the use of the data: the provider's usage has them in the
//! `incentivized-tier`, and they are never billed. In effect a subsidy.

use super::{Scene, Told};

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!(
        "The provider gave tokens of {} free for the use of the data {}; the ledger priced them.",
        scene.model(),
        scene.when()
    ))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn tokens_that_the_provider_gave_are_free() {
        let mut month = Months::plain(Bill::Models);
        // A third of the requests was given, and is on no bill.
        let given = |row: &crate::reconcile::cause::months::Row| row.output % 3 == 0;
        month.given = month.bill.iter().filter(|row| given(row)).cloned().collect();
        month.given.iter_mut().for_each(|row| row.tier = "incentivized-tier");
        month.bill.retain(|row| !given(row));
        assert_only(&month.why(), &[Probe::FreeTokens]);
    }
}
