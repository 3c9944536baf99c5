//! The ledger has tokens and no price for them, so it recorded zero.

use super::{Scene, Told};

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!("The ledger has the tokens of {} {} and no price for them.", scene.model(), scene.when()))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn tokens_at_zero_dollars_miss_their_price() {
        let zero = |row: &mut crate::reconcile::cause::months::Row| {
            if row.model == "gpt-4.1" {
                row.amount = Some(crate::amount::Amount::ZERO);
            }
        };
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            assert_only(&Months::plain(shape).ledger_each(zero).why(), &[Probe::PriceMissing]);
        }
    }
}
