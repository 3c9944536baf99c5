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

    #[test]
    fn forty_requests_with_more_from_the_cache_are_all_class_mix() {
        // 73,550 input and 20,480 output tokens on both sides, of which cached
        // 49,563 recorded and 65,304 billed, at 5, 0.50 and 30 per million.
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            let mut month = Months::of(shape, &["gpt-5.6-sol"], 5);
            let spread = |rows: &mut [crate::reconcile::cause::months::Row], cached: i64| {
                for (n, row) in rows.iter_mut().enumerate() {
                    let part = |all: i64| all / 40 + i64::from((n as i64) < all % 40);
                    (row.second, row.project, row.reasoning) = (43_200 + n as i64, "proj_a", 0);
                    (row.cached, row.output) = (part(cached), part(20_480));
                    row.uncached = part(73_550) - row.cached;
                }
            };
            spread(&mut month.bill, 65_304);
            spread(&mut month.ledger, 49_563);
            // Days after it that agree, so that it is no unsettled end.
            let rest = Months::of(shape, &["gpt-5.6-sol"], 9).bill.into_iter().filter(|row| row.day() > 5);
            month.bill.extend(rest.clone());
            month.ledger.extend(rest);
            let why = month.why();
            assert_eq!(why.variance, "-0.0708345".parse().unwrap());
            if shape == Bill::Models {
                // Money alone does not say which tokens it is for.
                assert_eq!(why.residual, why.variance, "{:?}", why.findings);
            } else {
                assert_only(&why, &[Probe::ClassMix]);
            }
        }
    }
}
