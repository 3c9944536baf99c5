//! Other quantities at the price that both sides agree on: other totals are
//! volume, a shift between classes of input is class mix.

use super::{Scene, Told};

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>, mix: bool) -> Told {
    let (model, when) = (scene.model(), scene.when());
    Told::only(if mix {
        format!("The bill has other shares of cached input for {model} {when}; the totals agree.")
    } else {
        format!("The bill counts other tokens of {model} than the ledger {when}, at the same price.")
    })
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn other_tokens_at_list_price_are_volume_and_shifted_ones_class_mix() {
        for shape in [Bill::Classes, Bill::Requests] {
            let more = |row: &mut crate::reconcile::cause::months::Row| row.output += 17 + row.output % 100;
            assert_only(&Months::plain(shape).bill_each(more).why(), &[Probe::Volume]);
            let shift = |row: &mut crate::reconcile::cause::months::Row| {
                (row.uncached, row.cached) = (row.uncached - 1_111, row.cached + 1_111);
            };
            assert_only(&Months::plain(shape).bill_each(shift).why(), &[Probe::ClassMix]);
        }
    }
}
