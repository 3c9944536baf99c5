//! A ledger that estimates: its tokens split in a round ratio, such as four
//! fifths input, while the total is that of the bill.

use super::{Scene, Told};
use crate::reconcile::cause::evidence::{Pool, Sums};

/// Input in parts of the whole.
const ROUND: [(i64, i64); 6] = [(1, 2), (2, 3), (7, 10), (3, 4), (4, 5), (9, 10)];

/// Whether the ledger's counts look estimated: the same total in another
/// split, and that split round within a token for each of its rows.
pub(in crate::reconcile::cause) fn looks(pool: &Pool, billed: &Sums) -> bool {
    let split = |sums: &Sums| Some((sums.tokens.input()?, sums.tokens.output));
    let (Some((input, output)), Some((billed_input, billed_output))) = (split(&pool.ledger), split(billed)) else {
        return false;
    };
    let (Some(total), Some(billed_total)) = (input.checked_add(output), billed_input.checked_add(billed_output)) else {
        return false;
    };
    let round = |(part, whole): (i64, i64)| {
        let off = i128::from(input) * i128::from(whole) - i128::from(total) * i128::from(part);
        off.abs() <= i128::from(pool.ledger.lines) * i128::from(whole)
    };
    total == billed_total && input != billed_input && total > 0 && ROUND.into_iter().any(round)
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!(
        "The ledger's tokens of {} {} are an estimate: the total is that of the bill, split in a round ratio.",
        scene.model(),
        scene.when()
    ))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn four_fifths_input_of_the_right_total_is_an_estimate() {
        let estimate = |row: &mut crate::reconcile::cause::months::Row| {
            let total = row.uncached + row.cached + row.output;
            (row.uncached, row.cached, row.reasoning) = (total * 4 / 5, 0, 0);
            row.output = total - row.uncached;
            row.knows_cached = false;
        };
        for shape in [Bill::Classes, Bill::Requests] {
            assert_only(&Months::plain(shape).ledger_each(estimate).why(), &[Probe::Estimated]);
        }
    }
}
