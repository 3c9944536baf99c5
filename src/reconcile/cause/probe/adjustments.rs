//! Grants, promotions and corrections: lines of the bill with a negative
//! amount and no quantity, which no ledger of usage has.

use super::{Scene, Told};

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!("The bill has grants, promotions or corrections {} that no usage stands behind.", scene.when()))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn a_grant_on_the_bill_is_an_adjustment() {
        for shape in [Bill::Classes, Bill::Models] {
            let mut month = Months::plain(shape);
            month.beside = vec![(3, "Promotion", "proj_a", "-1.23"), (17, "Credit grant", "", "-5")];
            assert_only(&month.why(), &[Probe::Adjustments]);
        }
    }
}
