//! Credits: the ledger has the price of another pool, misses the factor of the
//! fast mode, or has an older rate of the credits for a unit of usage.

use std::collections::BTreeMap;

use super::{Claim, Detail, Probe, Scene, Told};
use crate::price::Multiple;
use crate::reconcile::cause::evidence::{Pool, Strand};
use crate::reconcile::cause::explain::Work;

const POOL: &str = "pool";
const FAST: &str = "fast";
const RATE: &str = "rate";

pub(in crate::reconcile::cause) fn claims(work: &Work<'_, '_>) -> Vec<Claim> {
    let mut by_ratio: BTreeMap<(&'static str, u32, Multiple), Vec<Claim>> = BTreeMap::new();
    for (at, pool, left) in work.open().filter(|(_, pool, _)| pool.key.credits && pool.strand == Strand::Both) {
        let Some((way, ratio)) = way(pool) else { continue };
        let what = if way == POOL { 0 } else { pool.key.what };
        let claim = work.claim(Probe::Credits, what, Detail::Way(way), at, left);
        by_ratio.entry((way, what, ratio)).or_default().push(claim);
    }
    let alone = work.open().count() == 1;
    // A ratio of one item alone is no rule, but for the one that is published.
    let rule = |((way, ..), claims): &(&(&str, u32, Multiple), &Vec<Claim>)| claims.len() >= 2 || *way == FAST || alone;
    by_ratio.iter().filter(rule).flat_map(|(_, claims)| claims.iter().copied()).collect()
}

/// How the two sides differ, with the ratio that should be the same for all.
fn way(pool: &Pool) -> Option<(&'static str, Multiple)> {
    let (bill, ledger) = (&pool.bill, &pool.ledger);
    if bill.credits == ledger.credits {
        return Some((POOL, Multiple::new(POOL, ledger.amount.units(), ledger.credits.units())?));
    }
    // Other credits at one price for a credit.
    let price = |amount: i128, credits: i128| Multiple::new("", amount, credits);
    if price(bill.amount.units(), bill.credits.units())? != price(ledger.amount.units(), ledger.credits.units())? {
        return None;
    }
    let ratio = Multiple::new("", bill.credits.units(), ledger.credits.units())?;
    let fast = Multiple::new("", 5, 2)?;
    let same_quantity = bill.quantity == ledger.quantity && !bill.quantity.is_zero();
    if ratio == fast { Some((FAST, ratio)) } else { same_quantity.then_some((RATE, ratio)) }
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let when = scene.when();
    Told::only(match scene.detail {
        Detail::Way(POOL) => format!("The ledger prices credits {when} otherwise than the pool they were drawn from."),
        Detail::Way(FAST) => {
            format!(
                "{} was billed 2.5 times the credits {when}: the fast mode, which the ledger leaves out.",
                scene.model()
            )
        }
        _ => {
            format!("{} takes other credits for a unit {when} than the ledger has: a rate that changed.", scene.model())
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::assert_only;

    use crate::amount::{Amount, Quantity};
    use crate::reconcile::cause::{Evidence, explain};
    use crate::reconcile::fixtures::{Case, credits};
    use crate::usage::Line;

    /// Ten days of credits; both sides as given for a day.
    fn days(bill: impl Fn(i64) -> String, ledger: impl Fn(i64) -> (String, String)) -> crate::reconcile::Explanation {
        let mut case = Case::new();
        for day in 1..=10 {
            let quantity = Some(Quantity::from_int(700 + day));
            case = case.bill(Line { quantity, ..credits(day, "ann@x", "codex", &bill(day)) });
            let (of_day, cost) = ledger(day);
            let amount: Option<Amount> = Some(cost.parse().unwrap());
            case = case.ledger(Line { quantity, amount, ..credits(day, "ann@x", "codex", &of_day) });
        }
        let done = case.run();
        explain(&Evidence::of(&done.case.sides(), done.items()))
    }

    /// Credits at five cents.
    fn cost(credits: i64, cents_by_ten: i64) -> String {
        Amount::from_units(i128::from(credits * cents_by_ten) * 10i128.pow(15)).to_string()
    }

    #[test]
    fn another_price_of_a_credit_is_the_wrong_pool() {
        let credits = |day: i64| 100 + day * 3;
        let why = days(|day| credits(day).to_string(), |day| (credits(day).to_string(), cost(credits(day), 40)));
        assert_only(&why, &[Probe::Credits]);
        assert!(why.findings[0].sentence.contains("pool"));
    }

    #[test]
    fn two_and_a_half_times_the_credits_is_the_fast_mode() {
        let credits = |day: i64| 100 + day * 4;
        let why =
            days(|day| (credits(day) * 5 / 2).to_string(), |day| (credits(day).to_string(), cost(credits(day), 50)));
        assert_only(&why, &[Probe::Credits]);
        assert!(why.findings[0].sentence.contains("fast mode"));
    }

    #[test]
    fn other_credits_for_the_same_usage_from_a_day_on_are_a_rate_that_changed() {
        let now = |day: i64| if day < 6 { 5 * (100 + day) } else { 4 * (100 + day) };
        let old = |day: i64| 5 * (100 + day);
        let why = days(|day| now(day).to_string(), |day| (old(day).to_string(), cost(old(day), 50)));
        assert_only(&why, &[Probe::Credits]);
        assert!(why.findings[0].sentence.contains("from 2026-01-06 to 2026-01-10"), "{}", why.findings[0].sentence);
    }
}
