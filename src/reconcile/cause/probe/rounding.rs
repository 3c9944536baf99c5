//! The ledger rounds each amount: the gap is at most half a unit of its last
//! decimal for each of them.

use super::{Scene, Told};

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!("The ledger rounds its amounts; {} {}.", scene.model(), scene.when()))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn a_ledger_of_four_decimals_of_a_cent_rounds() {
        let round = |row: &mut crate::reconcile::cause::months::Row| row.amount = Some(row.amount().rounded(6));
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            let mut month = Months::plain(shape);
            for row in month.bill.iter_mut().chain(&mut month.ledger) {
                // A price that needs more decimals than the ledger keeps.
                row.model = "gpt-4o-mini";
                *row = row.clone().at_list();
                row.uncached += 1 - row.uncached % 2;
            }
            assert_only(&month.ledger_each(round).why(), &[Probe::Rounding]);
        }
    }
}
