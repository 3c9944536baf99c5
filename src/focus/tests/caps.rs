//! Cents where caps are full: what must be written, worked out once more from
//! the largest remainder alone.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::allocate::{Percent, Rollover, state_text};
use crate::amount::largest_remainder;
use crate::calendar::Period;

/// A cap a week, the rest of which is there in the next one.
fn weekly(cap: &str) -> SubsidyRule {
    SubsidyRule {
        period: Period::Week,
        rollover: Rollover::Full,
        from: Some(Day::from_ymd(2025, 12, 1).unwrap()),
        ..rule("r", cap)
    }
}

#[test]
fn what_a_week_leaves_to_the_next_counts_as_it_was_written() {
    // Of the first week's 0.60 a tenth of a cent was drawn and nothing is
    // written, so that the second may write 1.20.
    let charges = vec![charge(0, 6, Some(0), "0.00105"), charge(1, 13, Some(0), "5")];
    let before = openings(&[("2026-W01", 60)]);
    let (_, rows) = make(charges, &[weekly("0.6")], &before);
    assert_eq!((billed(&rows).as_str(), sponsored(&rows).as_str()), ("5.00", "1.20"));
    let state: serde_json::Value =
        serde_json::from_str(&state_text(&Default::default(), &written(&rows), "now")).unwrap();
    let of = |week: &str, key: &str| state["projects"]["p0"][week]["r"][key].to_string();
    assert_eq!([of("2026-W02", "subsidized"), of("2026-W02", "remaining")], ["0.00", "0.60"]);
    assert_eq!([of("2026-W03", "subsidized"), of("2026-W03", "remaining")], ["1.20", "0.00"]);
}

#[test]
fn a_cent_that_one_week_writes_more_is_not_there_in_the_next() {
    // 0.006 is written as 0.01, so 0.59 is left to the second week, though
    // 0.594 is left of the exact cap.
    let charges = vec![charge(0, 6, Some(0), "0.006"), charge(1, 13, Some(0), "5")];
    let (_, rows) = make(charges, &[weekly("0.6")], &openings(&[("2026-W01", 60)]));
    assert_eq!((billed(&rows).as_str(), sponsored(&rows).as_str()), ("5.01", "1.20"));
    let after: Vec<Cents> =
        written(&rows).iter().filter(|(s, ..)| s.period != week("2026-W01")).map(|of| of.1.subsidized).collect();
    assert_eq!(after, [Cents(1), Cents(119)]);
}

#[test]
fn a_cap_finer_than_a_cent_moves_no_cent_that_it_does_not_fill_up() {
    // The sponsor has 0.3 of a cent, its payer 10.3 and another one 0.55: of
    // 11.15 the one cent left over is the other's.
    let only = SubsidyRule { eligible_projects: Some(vec!["p0".into()]), ..rule("r", "0.003") };
    let charges = vec![charge(0, 5, Some(0), "0.106"), charge(1, 5, Some(1), "0.0055")];
    let (_, rows) = make(charges, &[only], &Openings::new());
    let cents: Vec<Cents> = rows.rows().map(|row| row.billed_cost).collect();
    assert_eq!(cents, [Cents(10), Cents(0), Cents(1)]);
}

#[test]
fn the_cent_a_cap_cannot_have_goes_to_the_payer_it_covers() {
    // By the fractions the sponsor's 0.9 would be filled up before the 0.55 of
    // another payer, whose cent it is not.
    let only = SubsidyRule { eligible_projects: Some(vec!["p0".into()]), ..rule("r", "0.009") };
    let charges = vec![charge(0, 5, Some(0), "0.115"), charge(1, 5, Some(1), "0.0055")];
    let (_, rows) = make(charges, &[only], &Openings::new());
    let cents: Vec<Cents> = rows.rows().map(|row| row.billed_cost).collect();
    assert_eq!(cents, [Cents(12), Cents(0), Cents(0)]);
}

fn week(text: &str) -> crate::calendar::PeriodKey {
    text.parse().unwrap()
}

/// What the first project drew of the rule in earlier months.
fn openings(drawn: &[(&str, i64)]) -> Openings {
    let scope = |period: &str| Scope {
        rule: "r".into(),
        subject: crate::allocate::Subject::Project("p0".into()),
        period: week(period),
    };
    drawn.iter().map(|(period, cents)| (scope(period), Opening::stated(Cents(*cents), Cents(*cents)))).collect()
}

/// Payer, project, and the position of the cap, if it is a draw.
type Of = (String, String, Option<u32>);

/// Exact amounts from the top down, into cents with no eye on any cap.
fn by_fractions(exact: &BTreeMap<Of, Amount>) -> BTreeMap<Of, Cents> {
    fn split<K: Ord + Clone>(
        total: Cents,
        exact: &BTreeMap<Of, Amount>,
        level: impl Fn(&Of) -> K,
    ) -> Vec<(BTreeMap<Of, Amount>, Cents)> {
        let mut parts: BTreeMap<K, BTreeMap<Of, Amount>> = BTreeMap::new();
        for (of, amount) in exact {
            parts.entry(level(of)).or_default().insert(of.clone(), *amount);
        }
        let sums: Vec<Amount> = parts.values().map(|part| part.values().copied().sum()).collect();
        parts.into_values().zip(largest_remainder(total, &sums)).collect()
    }
    let total = Cents::nearest(exact.values().copied().sum());
    let mut cents = BTreeMap::new();
    for (of_payer, total) in split(total, exact, |of| of.0.clone()) {
        for (of_project, total) in split(total, &of_payer, |of| of.1.clone()) {
            for (one, total) in split(total, &of_project, Clone::clone) {
                cents.extend(one.into_keys().map(|of| (of, total)));
            }
        }
    }
    cents
}

/// Every part with whose it is, its exact amount and its cents.
fn parts(allocation: &Allocation, sheet: &Sheet, rules: &[SubsidyRule]) -> Vec<(Of, Amount, Cents)> {
    let projects = projects(4);
    let part = |part: &super::super::cents::Part| {
        let project = allocation.charges[part.charge as usize].project.map(|at| &projects.list[at as usize]);
        let id = project.map_or("unassigned", |p| &p.id).to_owned();
        let draw = part.draw.map(|at| allocation.draws[part.charge as usize][at as usize]);
        let own = || project.map_or("unassigned", |p| &p.fund_org).to_owned();
        let fund = draw.map_or_else(own, |draw| rules[usize::from(draw.rule)].fund_org.clone());
        let exact = draw.map_or_else(|| allocation.billable(part.charge as usize), |draw| draw.amount);
        ((fund, id, draw.map(|draw| draw.position)), exact, part.cents)
    };
    sheet.parts.iter().map(part).collect()
}

fn sums<V: Copy + std::iter::Sum<V>>(all: impl Iterator<Item = (Of, V)>) -> BTreeMap<Of, V> {
    let mut of_each: BTreeMap<Of, Vec<V>> = BTreeMap::new();
    all.for_each(|(of, value)| of_each.entry(of).or_default().push(value));
    of_each.into_iter().map(|(of, values)| (of, values.into_iter().sum())).collect()
}

/// What every position stands at if its draws were these cents.
fn after(allocation: &Allocation, cents: &BTreeMap<Of, Cents>) -> Vec<(Scope, Opening, Amount)> {
    let drawn =
        |number: u32| cents.iter().filter(|(of, _)| of.2 == Some(number)).map(|(_, cents)| *cents).sum::<Cents>();
    let position = |(number, position): (u32, &crate::allocate::Position)| {
        let subsidized = position.opening.subsidized + drawn(number);
        (position.scope.clone(), Opening { subsidized, ..position.opening }, position.cap)
    };
    (0u32..).zip(&allocation.positions).map(position).collect()
}

proptest! {
    #[test]
    fn cents_are_those_of_the_largest_remainder_but_for_those_a_cap_cannot_have(
        charges in some_charges(), rules in some_rules(), openings in some_openings(), rest in 0i64..10,
        all in any::<bool>(),
    ) {
        let finer = |rule: SubsidyRule| {
            let rest = Amount::from_units(i128::from(rest) * 10i128.pow(15));
            let percent = if all { Percent::ALL } else { rule.percent };
            SubsidyRule { cap: rule.cap.plus(rest), percent, ..rule }
        };
        let rules: Vec<SubsidyRule> = rules.into_iter().map(finer).collect();
        let (allocation, sheet) = make(charges, &rules, &openings);
        let parts = parts(&allocation, &sheet, &rules);
        let exact = sums(parts.iter().map(|(of, exact, _)| (of.clone(), *exact)));
        let cents = sums(parts.iter().map(|(of, _, cents)| (of.clone(), *cents)));
        let alone = by_fractions(&exact);
        let after = after(&allocation, &alone);
        let is_passed = |(scope, sum, _): &(Scope, Opening, Amount)| {
            let before = openings.get(scope).copied().unwrap_or_default();
            let most = ceiling(&allocation, &rules, &openings, &after, scope);
            sum.subsidized > most.max(before.subsidized) || sum.subsidized < Cents::ZERO
        };
        if !after.iter().any(is_passed) {
            prop_assert_eq!(&cents, &alone);
        }
        // A cent that a cap cannot have stays with its project.
        let of_projects = |cents: &BTreeMap<Of, Cents>| {
            sums(cents.iter().map(|((_, id, _), cents)| ((String::new(), id.clone(), None), *cents)))
        };
        prop_assert_eq!(of_projects(&cents), of_projects(&alone));
        // Rows are split by their own fractions, and one of a payer has more
        // only for a cent that a cap of its charge cannot have.
        let lacks: Cents = cents.iter().filter(|(of, _)| of.2.is_some()).map(|(of, cents)| alone[of] - *cents).sum();
        let mut more = Cents::ZERO;
        for (of, total) in &cents {
            let rows: Vec<_> = parts.iter().filter(|(other, ..)| other == of).collect();
            let exact: Vec<Amount> = rows.iter().map(|row| row.1).collect();
            let own = of.2.is_none();
            let by_fractions = largest_remainder(if own { alone[of] } else { *total }, &exact);
            let off: Vec<Cents> = rows.iter().zip(by_fractions).map(|(row, cents)| row.2 - cents).collect();
            prop_assert!(own || off.iter().all(|off| *off == Cents::ZERO));
            more = more + off.into_iter().sum();
        }
        prop_assert_eq!(more, lacks);
    }
}
