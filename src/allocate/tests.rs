//! Draws: the documented tables, refunds, and what must hold for any month.

use proptest::prelude::*;

pub(crate) use super::some::*;
use super::*;
use crate::amount::Cents;
use crate::calendar::{Month, MonthDay, Period, PeriodKey};

fn month() -> Month {
    "2026-01".parse().unwrap()
}

fn scope(rule: &str, project: &str) -> Scope {
    Scope { rule: rule.into(), subject: Subject::Project(project.into()), period: PeriodKey::FiscalYear(2026) }
}

fn opening(used: i64, subsidized: i64) -> Opening {
    Opening::stated(Cents(used * 100), Cents(subsidized * 100))
}

/// Draw and billable of each charge, in order.
fn table(allocation: &Allocation) -> Vec<String> {
    let drawn = |n: usize| allocation.draws[n].iter().map(|d| d.amount).sum::<Amount>();
    (0..allocation.charges.len()).map(|n| format!("{}/{}", drawn(n), allocation.billable(n))).collect()
}

fn run(charges: Vec<Charge>, rules: &[SubsidyRule], openings: &Openings) -> Allocation {
    allocate(month(), charges, &projects(4), rules, openings)
}

fn run_one(opened: Opening, cap: &str, amounts: &[(u32, &str)]) -> Allocation {
    let charges = (0..).zip(amounts).map(|(n, (day, text))| charge(n, *day, Some(0), text)).collect();
    run(charges, &[rule("cap", cap)], &Openings::from([(scope("cap", "p0"), opened)]))
}

#[test]
fn the_annual_cap_of_the_documented_table() {
    for (before, charge, expect, left) in [
        (opening(0, 0), "50", "50/0", "450"),
        (opening(50, 50), "100", "100/0", "350"),
        (opening(350, 350), "200", "150/50", "0"),
        (opening(550, 500), "75", "0/75", "0"),
    ] {
        let allocation = run_one(before, "500", &[(5, charge)]);
        assert_eq!(table(&allocation), [expect]);
        let position = allocation.positions.iter().find(|p| p.scope.subject.name() == "p0").unwrap();
        assert_eq!(position.remaining(), amount(left));
        assert_eq!(position.used, amount(charge));
    }
}

#[test]
fn a_refund_gives_back_what_the_total_without_it_would_not_have_drawn() {
    let allocation = run_one(opening(450, 450), "500", &[(5, "30"), (20, "60")]);
    assert_eq!(table(&allocation), ["30/0", "20/40"]);
    let refunded = run_one(opening(450, 450), "500", &[(5, "30"), (20, "60"), (21, "-50")]);
    assert_eq!(table(&refunded), ["30/0", "20/40", "-10/-40"]);
    assert_eq!(refunded.refunds, [(2, 1)]);
    let again = run_one(opening(450, 450), "500", &[(5, "30"), (20, "60"), (21, "-50"), (22, "50")]);
    assert_eq!(table(&again), ["30/0", "20/40", "-10/-40", "10/40"]);
}

#[test]
fn a_cap_raised_since_goes_on_from_what_is_left_of_it() {
    // 40 of the 540 were the department's, and stay so.
    assert_eq!(table(&run_one(opening(540, 500), "600", &[(5, "80"), (6, "30")])), ["80/0", "20/10"]);
    assert_eq!(table(&run_one(opening(540, 500), "400", &[(5, "80"), (6, "-80")])), ["0/80", "0/-80"]);
}

#[test]
fn rules_draw_in_order_each_from_what_is_left() {
    let rules = [rule("first", "10"), rule("second", "15")];
    let charges = vec![charge(0, 1, Some(0), "8"), charge(1, 2, Some(0), "8"), charge(2, 3, Some(0), "20")];
    let allocation = run(charges.clone(), &rules, &Openings::new());
    let draws: Vec<Vec<String>> =
        allocation.draws.iter().map(|of| of.iter().map(|d| format!("{}:{}", d.rule, d.amount)).collect()).collect();
    assert_eq!(draws, [vec!["0:8"], vec!["0:2", "1:6"], vec!["1:9"]]);
    assert_eq!(table(&allocation), ["8/0", "8/0", "9/11"]);

    let refund = Charge { item: 9, ..charge(3, 4, Some(0), "-20") };
    let undone = run([charges, vec![refund]].concat(), &rules, &Openings::new());
    assert_eq!(table(&undone)[3], "-9/-11");
    assert_eq!(undone.draws[3].len(), 1);
}

#[test]
fn only_an_enabled_rule_draws_for_its_services_and_projects() {
    let charges = || {
        let api = Charge { service: "OpenAI API", ..charge(2, 3, Some(0), "5") };
        vec![charge(0, 1, Some(0), "5"), charge(1, 2, Some(1), "5"), api, charge(3, 4, None, "5")]
    };
    assert_eq!(table(&run(charges(), &[rule("r", "100")], &Openings::new())), ["5/0", "5/0", "0/5", "0/5"]);
    let chosen = SubsidyRule { eligible_projects: Some(vec!["p1".into()]), ..rule("r", "100") };
    assert_eq!(table(&run(charges(), &[chosen], &Openings::new())), ["0/5", "5/0", "0/5", "0/5"]);
    let off = SubsidyRule { enabled: false, ..rule("r", "100") };
    assert_eq!(table(&run(charges(), &[off], &Openings::new())), ["0/5", "0/5", "0/5", "0/5"]);
}

#[test]
fn a_refund_finds_the_latest_charge_of_its_user_with_enough_left() {
    let charges = vec![
        charge(0, 1, Some(0), "50"),
        charge(1, 2, Some(0), "20"),
        charge(2, 3, Some(0), "-15"),
        charge(3, 4, Some(0), "-15"),
        charge(4, 5, Some(0), "-40"),
    ];
    let allocation = run(charges, &[rule("r", "1000")], &Openings::new());
    assert_eq!(allocation.refunds, [(2, 1), (3, 0)]);
    assert_eq!(allocation.orphan_refunds, [4]);
    assert!(allocation.draws[4].is_empty());
    assert_eq!(allocation.positions[0].used, amount("40"));
}

#[test]
fn a_refund_follows_its_charge_to_another_project_or_falls_back_on_its_own() {
    // The user has moved from p0 to p1 since.
    let moved = Charge { project: Some(1), ..charge(1, 9, Some(0), "-10") };
    let allocation = run(vec![charge(0, 1, Some(0), "30"), moved], &[rule("r", "20")], &Openings::new());
    assert_eq!(allocation.charges[1].project, Some(0));
    assert_eq!(table(&allocation), ["20/10", "0/-10"]);

    let other = Charge { user: "".into(), what: "grant".into(), ..charge(1, 9, Some(0), "-10") };
    let allocation = run(vec![charge(0, 1, Some(0), "30"), other], &[rule("r", "25")], &Openings::new());
    assert_eq!(table(&allocation), ["25/5", "-5/-5"]);
    assert_eq!(allocation.refunds, [(1, 0)]);
}

#[test]
fn a_refund_of_the_same_day_comes_behind_its_charge() {
    let allocation = run(vec![charge(0, 1, Some(0), "-5"), charge(1, 1, Some(0), "8")], &[], &Openings::new());
    assert_eq!(allocation.refunds, [(1, 0)]);
}

#[test]
fn a_refund_counts_in_the_fiscal_year_of_its_charge() {
    let mid_january = Period::FiscalYear(MonthDay::new(1, 15).unwrap());
    let rule = SubsidyRule { period: mid_january, ..rule("r", "20") };
    let charges = vec![
        charge(0, 10, Some(0), "30"),
        charge(1, 20, Some(0), "5"),
        Charge { amount: amount("-20"), ..charge(2, 25, Some(0), "0") },
    ];
    let allocation = run(charges, &[rule], &Openings::new());
    assert_eq!(table(&allocation), ["20/10", "5/0", "-10/-10"]);
    let years: Vec<String> =
        allocation.positions.iter().take(2).map(|p| format!("{} {}", p.scope.period, p.drawn)).collect();
    assert_eq!(allocation.positions.len(), 8);
    assert_eq!(years, ["FY2026 10", "FY2027 5"]);
    assert_eq!(allocation.touches[2], allocation.touches[0]);
}

#[test]
fn every_cap_of_the_month_has_a_position_before_anything_is_drawn() {
    let off = SubsidyRule { enabled: false, ..rule("off", "10") };
    let openings = Openings::from([
        (scope("off", "p2"), opening(5, 5)),
        (scope("on", "p1"), opening(7, 6)),
        (scope("on", "left"), opening(1, 1)),
        (Scope { period: PeriodKey::FiscalYear(2025), ..scope("on", "p1") }, opening(3, 3)),
        (scope("gone", "p1"), opening(3, 3)),
    ]);
    let allocation = run(Vec::new(), &[rule("on", "100"), off], &openings);
    let shown: Vec<String> = allocation
        .positions
        .iter()
        .map(|p| format!("{} {} {} {}", p.scope.rule, p.scope.subject, p.opening.subsidized, p.remaining()))
        .collect();
    assert_eq!(
        shown,
        ["off p2 5.00 5", "on left 1.00 99", "on p0 0.00 100", "on p1 6.00 94", "on p2 0.00 100", "on p3 0.00 100"]
    );
}

proptest! {
    #[test]
    fn no_cap_is_exceeded_and_no_draw_is_left_over(
        charges in some_charges(), rules in some_rules(), openings in some_openings(),
    ) {
        let allocation = run(charges.clone(), &rules, &openings);
        let mut drawn = vec![Amount::ZERO; allocation.positions.len()];
        for (number, draws) in allocation.draws.iter().enumerate() {
            let charge = &allocation.charges[number];
            let sum: Amount = draws.iter().map(|d| d.amount).sum();
            prop_assert_eq!(sum.plus(allocation.billable(number)), charge.amount);
            prop_assert!(charge.project.is_some() || draws.is_empty(), "unassigned draws nothing");
            for draw in draws {
                prop_assert_eq!(draw.amount.is_negative(), charge.amount.is_negative());
                prop_assert!(!draw.amount.is_zero());
                let at = draw.position as usize;
                drawn[at] = drawn[at].plus(draw.amount);
                let touched = Touch { rule: draw.rule, position: draw.position };
                prop_assert!(allocation.touches[number].contains(&touched));
            }
            // The payer is never credited more than was charged.
            prop_assert!(sum.abs() <= charge.amount.abs());
        }
        for (position, drawn) in allocation.positions.iter().zip(drawn) {
            prop_assert_eq!(position.drawn, drawn);
            let left = position.ceiling.minus(position.opening.subsidized.amount()).max(Amount::ZERO);
            prop_assert!(drawn <= left && !drawn.is_negative(), "{:?}", position.scope);
            prop_assert!(position.ceiling >= position.cap);
            prop_assert_eq!(position.days.iter().map(|(_, amount)| *amount).sum::<Amount>(), drawn);
            prop_assert!(position.days.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
        prop_assert!(allocation.positions.windows(2).all(|pair| pair[0].scope < pair[1].scope));
        prop_assert_eq!(allocation.charges.len(), charges.len());
    }

    #[test]
    fn shuffled_charges_and_a_second_run_draw_the_same(
        (charges, shuffled) in some_charges().prop_flat_map(|c| (Just(c.clone()), Just(c).prop_shuffle())),
        rules in some_rules(), openings in some_openings(),
    ) {
        let once = run(charges, &rules, &openings);
        prop_assert_eq!(&run(shuffled, &rules, &openings), &once);
        prop_assert_eq!(&run(once.charges.clone(), &rules, &openings), &once);
    }

    #[test]
    fn a_refund_and_the_charge_again_return_to_the_start(
        charges in some_charges(), rules in some_rules(), openings in some_openings(), which in any::<prop::sample::Index>(),
    ) {
        let mut charges: Vec<Charge> =
            charges.into_iter().filter(|c| c.amount > Amount::ZERO && c.day.ymd().2 < 29 && c.project.is_some()).collect();
        prop_assume!(!charges.is_empty());
        // Nothing changes within the month, so that all days count alike.
        let rules: Vec<SubsidyRule> = rules
            .into_iter()
            .map(|rule| SubsidyRule { caps: Vec::new(), period: Period::Month, to: None, from: None, ..rule })
            .collect();
        // A usage type of its own, so that the refund finds this charge.
        let at = which.index(charges.len());
        charges[at].what = "chosen".into();
        let start = run(charges.clone(), &rules, &openings);
        let chosen = charges[at].clone();
        let later = |day, amount| Charge { occurrence: 500, day: Day::from_ymd(2026, 1, day).unwrap(), amount, ..chosen.clone() };
        charges.push(later(30, chosen.amount.negated()));
        let refunded = run(charges.clone(), &rules, &openings);
        prop_assert_eq!(refunded.refunds.len(), 1);
        charges.push(later(31, chosen.amount));
        let again = run(charges, &rules, &openings);
        for (before, after) in start.positions.iter().zip(&again.positions) {
            prop_assert_eq!((&before.scope, before.used, before.drawn), (&after.scope, after.used, after.drawn));
        }
    }

    #[test]
    fn months_one_after_the_other_never_exceed_a_cap_together(
        months in proptest::collection::vec(some_charges(), 2..4), rules in some_rules(),
    ) {
        // A cap that is lowered is passed already.
        let rules: Vec<SubsidyRule> = rules.into_iter().map(|rule| SubsidyRule { caps: Vec::new(), ..rule }).collect();
        let mut openings = Openings::new();
        let mut month = month();
        for charges in months {
            let moved = |charge: Charge| {
                let day = month.first().plus_days(charge.day.ymd().2 as i32 - 1).min(month.last());
                Charge { day, ..charge }
            };
            let charges = charges.into_iter().map(moved).collect();
            let allocation = allocate(month, charges, &projects(4), &rules, &openings);
            for position in &allocation.positions {
                let sum = openings.entry(position.scope.clone()).or_default();
                let drawn = Cents::floor(position.drawn);
                let used = Opening { reached: position.reached, ..Opening::stated(Cents::nearest(position.used), drawn) };
                *sum = sum.plus(used);
                prop_assert!(sum.subsidized.amount() <= position.ceiling, "{:?}", position.scope);
            }
            month = month.next();
        }
    }
}
