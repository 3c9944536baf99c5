//! Requests with more than 272,000 input tokens are a long context: input
//! costs twice, output one and a half times the list price. Either the bill's
//! lines say so, or the ledger has such requests at the short price.

use super::{Detail, Scene, Told};
use crate::reconcile::cause::evidence::{Proposal, Tiered};

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let (model, when) = (scene.model(), scene.when());
    let stated = matches!(scene.detail, Detail::Way(_));
    let sentence = if stated {
        format!("The bill has lines of {model} {when} at the price of a long context; the ledger has the list price.")
    } else {
        format!(
            "{model} has requests beyond 272,000 input tokens {when}, billed as a long context; the ledger has the list price."
        )
    };
    let tier = Tiered::LongContext;
    let proposal = Proposal::TreatAsTier { model: scene.name(), days: scene.days(), tier };
    Told { sentence, proposal: (!stated).then_some(proposal) }
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn requests_beyond_the_limit_at_the_higher_price_are_a_long_context() {
        let mut month = Months::of(Bill::Models, &["gpt-5.4"], 31);
        for row in month.bill.iter_mut().chain(&mut month.ledger).filter(|row| row.output % 4 == 0) {
            row.uncached += 272_000;
        }
        let whole = month.clone();
        let long = |row: &mut crate::reconcile::cause::months::Row| {
            row.long = row.uncached + row.cached > 272_000;
        };
        assert_only(&month.bill_each(long).why(), &[Probe::LongContext]);
        // And where lines of the bill say so, whatever the requests.
        let some = |row: &mut crate::reconcile::cause::months::Row| row.long = row.output % 3 == 0;
        let why = Months { shape: Bill::Classes, ..whole }.bill_each(some).why();
        assert_only(&why, &[Probe::LongContext]);
    }
}
