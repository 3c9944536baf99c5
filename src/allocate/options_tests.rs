//! The documented policy options, at every level, and caps that change.

use super::tests::{amount, charge, projects, rule};
use super::*;
use crate::amount::Cents;
use crate::calendar::{Month, MonthDay, Period, PeriodKey};

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn tiers(list: &[(&str, &str)]) -> Vec<Tier> {
    let tier = |(up_to, percent): &(&str, &str)| Tier {
        up_to: amount(up_to),
        percent: Percent::new(amount(percent)).unwrap(),
    };
    list.iter().map(tier).collect()
}

/// A charge of the first user, who is in the first project.
fn on(number: u32, at: &str, text: &str) -> Charge {
    let charge = charge(number, 1, Some(0), text);
    Charge { day: day(at), base: format!("openai:codex:u0@x.edu:{at}").into(), ..charge }
}

/// Draw and billable of each charge, month by month, each going on from what
/// the ones before drew, and what is left of the last charge's cap at the end.
fn months(rule: &SubsidyRule, charges: &[(&str, &str)]) -> (Vec<String>, String) {
    let (mut openings, mut table, mut left) = (Openings::new(), Vec::new(), String::new());
    let charges: Vec<Charge> = (0..).zip(charges).map(|(n, (at, text))| on(n, at, text)).collect();
    for of_month in charges.chunk_by(|a, b| a.day.month() == b.day.month()) {
        let rules = std::slice::from_ref(rule);
        let allocation = allocate(of_month[0].day.month(), of_month.to_vec(), &projects(4), rules, &openings);
        for number in 0..allocation.charges.len() {
            let drawn: Amount = allocation.draws[number].iter().map(|draw| draw.amount).sum();
            table.push(format!("{drawn}/{}", allocation.billable(number)));
            if let [touch] = allocation.touches[number] {
                left = allocation.positions[touch.position as usize].remaining().to_string();
            }
        }
        for position in &allocation.positions {
            let drawn = Cents::nearest(position.drawn);
            let more = Opening { reached: position.reached, ..Opening::stated(Cents::nearest(position.used), drawn) };
            let sum = openings.entry(position.scope.clone()).or_default();
            *sum = sum.plus(more);
        }
    }
    (table, left)
}

/// The same table whoever the cap is for: all charges are one user's, in one
/// project of one PI.
fn at_every_level(rule: &SubsidyRule, charges: &[(&str, &str)], expect: &[&str], left: &str) {
    for level in Level::ALL {
        let rule = SubsidyRule { level, ..rule.clone() };
        let (table, rest) = months(&rule, charges);
        assert_eq!((table, rest.as_str()), (expect.iter().map(ToString::to_string).collect(), left), "{level:?}");
    }
}

#[test]
fn an_annual_cap_of_500_is_the_documented_table_at_every_level() {
    let charges = [
        ("2025-07-10", "50"),
        ("2025-08-10", "100"),
        ("2025-09-10", "200"),
        ("2026-01-10", "200"),
        ("2026-02-10", "75"),
    ];
    at_every_level(&rule("r", "500"), &charges, &["50/0", "100/0", "200/0", "150/50", "0/75"], "0");
}

#[test]
fn a_monthly_cap_of_50_is_the_documented_table_at_every_level() {
    let monthly = SubsidyRule { period: Period::Month, ..rule("r", "50") };
    let charges = [("2026-01-10", "80"), ("2026-02-10", "30"), ("2026-03-10", "120")];
    at_every_level(&monthly, &charges, &["50/30", "30/0", "50/70"], "0");
}

#[test]
fn a_weekly_cap_of_15_is_the_documented_table_at_every_level() {
    let weekly = SubsidyRule { period: Period::Week, ..rule("r", "15") };
    let charges = [("2026-01-06", "25"), ("2026-01-13", "8"), ("2026-01-20", "40"), ("2026-01-27", "5")];
    at_every_level(&weekly, &charges, &["15/10", "8/0", "15/25", "5/0"], "10");
}

#[test]
fn tiers_of_200_and_500_are_the_documented_table_at_every_level() {
    let tiers = tiers(&[("200", "100"), ("500", "50")]);
    let tiered = SubsidyRule { tiers, ..rule("r", "350") };
    // In one month, and over two.
    at_every_level(&tiered, &[("2026-01-10", "150"), ("2026-01-20", "200")], &["150/0", "125/75"], "75");
    at_every_level(&tiered, &[("2026-01-10", "150"), ("2026-02-20", "200")], &["150/0", "125/75"], "75");
    at_every_level(&tiered, &[("2026-01-10", "600"), ("2026-02-20", "10")], &["350/250", "0/10"], "0");
}

#[test]
fn a_first_tier_of_nothing_is_remembered_from_month_to_month() {
    let tiers = tiers(&[("100", "0"), ("300", "50")]);
    let deductible = SubsidyRule { tiers, ..rule("r", "100") };
    at_every_level(&deductible, &[("2026-01-10", "80"), ("2026-02-10", "60")], &["0/80", "20/40"], "80");
}

#[test]
fn a_week_over_two_months_is_one_period() {
    let weekly = SubsidyRule { period: Period::Week, ..rule("r", "15") };
    // Thursday to Sunday of one week.
    let charges = [("2026-01-29", "10"), ("2026-02-01", "10"), ("2026-02-02", "10")];
    at_every_level(&weekly, &charges, &["10/0", "5/5", "10/0"], "5");
}

#[test]
fn a_quarter_and_a_calendar_year_end_with_the_calendar() {
    let charges = [("2026-03-31", "30"), ("2026-04-01", "30")];
    let quarter = SubsidyRule { period: Period::Quarter, ..rule("r", "20") };
    at_every_level(&quarter, &charges, &["20/10", "20/10"], "0");
    let year = SubsidyRule { period: Period::CalendarYear, ..rule("r", "20") };
    at_every_level(&year, &charges, &["20/10", "0/30"], "0");
    let leap = SubsidyRule { period: Period::FiscalYear(MonthDay::new(2, 29).unwrap()), ..rule("r", "20") };
    at_every_level(&leap, &[("2026-02-28", "30"), ("2026-03-01", "30")], &["20/10", "20/10"], "0");
}

/// Charges of other users, projects and PIs under one cap.
#[test]
fn a_level_says_who_shares_a_cap() {
    let projects = Projects::new(
        (0..3)
            .map(|n| Project {
                pi_email: if n < 2 { "PI@x.edu".into() } else { "other@x.edu".into() },
                ..projects(3).list[n].clone()
            })
            .collect(),
    );
    // User 0 in projects 0 and 1, user 9 in project 2.
    let charges: Vec<Charge> = [(0, 0), (0, 1), (9, 2)]
        .into_iter()
        .zip(0u32..)
        .map(|((user, project), n)| Charge {
            user: format!("u{user}@x.edu").into(),
            ..charge(n, n + 1, Some(project), "10")
        })
        .collect();
    let drawn = |level| -> Vec<String> {
        let rule = SubsidyRule { level, ..rule("r", "15") };
        let allocation = allocate(month("2026-01"), charges.clone(), &projects, &[rule], &Openings::new());
        allocation.draws.iter().map(|draws| draws.iter().map(|draw| draw.amount).sum::<Amount>().to_string()).collect()
    };
    assert_eq!(drawn(Level::Project), ["10", "10", "10"]);
    assert_eq!(drawn(Level::User), ["10", "5", "10"]);
    assert_eq!(drawn(Level::Pi), ["10", "5", "10"]);
    assert_eq!(drawn(Level::Global), ["10", "5", "0"]);
}

#[test]
fn usage_of_no_user_draws_nothing_from_a_cap_by_user() {
    let nobody = Charge { user: "".into(), ..charge(0, 5, Some(0), "10") };
    let rule = SubsidyRule { level: Level::User, ..rule("r", "15") };
    let allocation = allocate(month("2026-01"), vec![nobody], &projects(1), &[rule], &Openings::new());
    assert!(allocation.draws[0].is_empty() && allocation.touches[0].is_empty());
}

fn raised(retroactive: bool) -> SubsidyRule {
    let raise = CapChange { from: day("2026-01-25"), amount: amount("600"), retroactive };
    SubsidyRule { caps: vec![raise], ..rule("r", "500") }
}

const FALL: (&str, &str) = ("2025-12-10", "450");
const TWO: [(&str, &str); 3] = [FALL, ("2026-01-05", "30"), ("2026-01-20", "60")];

#[test]
fn a_cap_of_500_with_450_used() {
    let table = |rule: &SubsidyRule, more: &[(&str, &str)]| {
        let (table, left) = months(rule, &[&TWO[..], more].concat());
        (table[1..].join(" "), left)
    };
    assert_eq!(table(&rule("r", "500"), &[]), ("30/0 20/40".into(), "0".into()));
    // The new cap counts from its day on: the split stays, and 100 are left.
    assert_eq!(table(&raised(false), &[]), ("30/0 20/40".into(), "100".into()));
    assert_eq!(table(&raised(true), &[]), ("30/0 60/0".into(), "60".into()));
    // A refund unwinds the charge under the cap of its day.
    assert_eq!(table(&raised(false), &[("2026-01-28", "-50")]), ("30/0 20/40 -10/-40".into(), "110".into()));
    assert_eq!(table(&raised(true), &[("2026-01-28", "-50")]), ("30/0 60/0 -50/0".into(), "110".into()));
    // What comes after draws what the new cap leaves.
    let more = [("2026-01-28", "-50"), ("2026-01-29", "200")];
    assert_eq!(table(&raised(false), &more), ("30/0 20/40 -10/-40 110/90".into(), "0".into()));
    // And so does another month.
    assert_eq!(table(&raised(false), &[("2026-02-03", "120")]), ("30/0 20/40 100/20".into(), "0".into()));
}

#[test]
fn a_cap_that_is_lowered_leaves_what_was_drawn() {
    let lower = CapChange { from: day("2026-01-15"), amount: amount("40"), retroactive: false };
    let forward = SubsidyRule { caps: vec![lower], ..rule("r", "100") };
    let charges = [("2026-01-05", "60"), ("2026-01-20", "10")];
    at_every_level(&forward, &charges, &["60/0", "0/10"], "-20");
    let back = SubsidyRule { caps: vec![CapChange { retroactive: true, ..lower }], ..rule("r", "100") };
    at_every_level(&back, &charges, &["40/20", "0/10"], "0");
}

#[test]
fn a_retroactive_cap_says_what_it_splits_anew() {
    let charge_of = |(n, (at, text)): (u32, &(&str, &str))| on(n, at, text);
    let january: Vec<Charge> = (0..).zip(&TWO[1..]).map(charge_of).collect();
    let february: Vec<Charge> = vec![on(9, "2026-02-03", "70")];
    let scope = Scope { rule: "r".into(), subject: Subject::Project("p0".into()), period: PeriodKey::FiscalYear(2026) };
    let openings = Openings::from([(scope, Opening::stated(Cents(45_000), Cents(45_000)))]);
    let all = || {
        let months = [("2026-01", january.clone()), ("2026-02", february.clone())];
        let of = |(of, charges)| MonthCharges {
            month: month(of),
            charges,
            openings: openings.clone(),
            corrections: Openings::new(),
            earlier: Box::new(|_| Ok(Default::default())),
            chosen: Default::default(),
            taken_back: false,
        };
        months.into_iter().map(of).collect::<Vec<_>>()
    };
    let written = |_: Month, allocation: &std::sync::Arc<Allocation>, _: &[SubsidyRule]| -> Openings {
        let of = |p: &Position| Opening {
            reached: p.reached,
            ..Opening::stated(Cents::nearest(p.used), Cents::nearest(p.drawn))
        };
        allocation.positions.iter().map(|p| (p.scope.clone(), of(p))).collect()
    };
    let projects = projects(1);
    let preview = |then: SubsidyRule| -> Vec<String> {
        let mut changed = Vec::new();
        let (now, then) = ([rule("r", "500")], [then]);
        resplit(all(), &projects, (&now, &then), written, |month, both| {
            let drawn = |of: &Allocation, at: usize| of.draws[at].iter().map(|draw| draw.amount).sum::<Amount>();
            let moved: Vec<String> = (0..both[0].charges.len())
                .map(|at| (both[0].charges[at].day, both.map(|of| drawn(of, at))))
                .filter(|(_, [was, is])| was != is)
                .map(|(day, [was, is])| format!("{month} {day} {was} {is}"))
                .collect();
            assert_eq!(split_anew(both), moved.len());
            changed.extend(moved);
        })
        .unwrap();
        changed
    };
    // The 100 more go to January's charge first, and what it leaves to February.
    assert_eq!(preview(raised(true)), ["2026-01 2026-01-20 20 60", "2026-02 2026-02-03 0 60"]);
    assert_eq!(preview(raised(false)), ["2026-02 2026-02-03 0 70"]);
    assert!(preview(rule("r", "500")).is_empty());
}

#[test]
fn a_rule_covers_its_days_with_the_whole_cap_of_the_period() {
    let some = SubsidyRule {
        period: Period::Month,
        from: Some(day("2026-01-10")),
        to: Some(day("2026-01-20")),
        ..rule("r", "50")
    };
    let charges = [("2026-01-09", "10"), ("2026-01-10", "10"), ("2026-01-20", "50"), ("2026-01-21", "10")];
    assert_eq!(months(&some, &charges).0, ["0/10", "10/0", "40/10", "0/10"]);
    let none = allocate(month("2026-02"), Vec::new(), &projects(1), &[some], &Openings::new());
    assert!(none.positions.is_empty(), "no cap of a rule that is over");
}

#[test]
fn what_a_month_leaves_rolls_over_once() {
    let monthly = SubsidyRule {
        period: Period::Month,
        from: Some(day("2026-01-01")),
        rollover: Rollover::Full,
        ..rule("r", "50")
    };
    let charges = [("2026-01-10", "20"), ("2026-02-10", "10"), ("2026-03-10", "200")];
    // January leaves 30. February, of 80, draws 10 and leaves 40 of its own 50.
    at_every_level(&monthly, &charges, &["20/0", "10/0", "90/110"], "0");
    let some = SubsidyRule { rollover: Rollover::UpTo(amount("15")), ..monthly.clone() };
    at_every_level(&some, &charges, &["20/0", "10/0", "65/135"], "0");
    let lost = SubsidyRule { rollover: Rollover::None, ..monthly };
    at_every_level(&lost, &charges, &["20/0", "10/0", "50/150"], "0");
}

#[test]
fn what_a_week_leaves_rolls_over_within_a_month_and_beyond() {
    let weekly = SubsidyRule {
        period: Period::Week,
        from: Some(day("2026-01-12")),
        rollover: Rollover::Full,
        ..rule("r", "15")
    };
    // The refund of the 14th's charge leaves 4 more to the next week.
    let charges = [("2026-01-14", "10"), ("2026-01-20", "40"), ("2026-01-21", "-4"), ("2026-02-03", "100")];
    let (table, left) = months(&weekly, &charges);
    assert_eq!((table.join(" ").as_str(), left.as_str()), ("10/0 20/20 0/-4 30/70", "0"));
    let undone = [("2026-01-14", "10"), ("2026-01-20", "40"), ("2026-01-21", "-40"), ("2026-01-22", "-4")];
    assert_eq!(months(&weekly, &undone).0.join(" "), "10/0 24/16 -24/-16 -4/0");
}

#[test]
fn a_share_of_each_charge_until_the_cap_is_drawn() {
    let half = SubsidyRule { percent: Percent::new(amount("50")).unwrap(), ..rule("r", "100") };
    let charges = [("2026-01-05", "80"), ("2026-01-06", "80"), ("2026-01-07", "80"), ("2026-01-08", "-80")];
    at_every_level(&half, &charges, &["40/40", "40/40", "20/60", "-20/-60"], "20");
}

#[test]
fn a_cap_in_proportion_goes_to_all_charges_of_the_month() {
    let shared = SubsidyRule { distribution: Distribution::ProRata, level: Level::Global, ..rule("r", "60") };
    let charges = [("2026-01-05", "100"), ("2026-01-06", "50"), ("2026-01-07", "50"), ("2026-01-08", "-50")];
    assert_eq!(months(&shared, &charges).0, ["40/60", "20/30", "20/30", "-20/-30"]);
    // A second month goes on from what is left; enough for all is paid in full.
    let charges = [("2026-01-05", "40"), ("2026-02-05", "10"), ("2026-02-06", "30")];
    assert_eq!(months(&shared, &charges).0, ["40/0", "5/5", "15/15"]);
    // Thirds of a unit go to the first of the like, and nothing is lost.
    let thirds = [("2026-01-05", "100"), ("2026-01-06", "100"), ("2026-01-07", "100")];
    let (table, left) = months(&SubsidyRule { cap: amount("100"), ..shared }, &thirds);
    assert_eq!(table[0], "33.333333333333333334/66.666666666666666666");
    assert_eq!((table[2].as_str(), left.as_str()), ("33.333333333333333333/66.666666666666666667", "0"));
}

#[test]
fn rules_of_different_levels_stack_each_on_what_is_left() {
    let first = SubsidyRule { level: Level::User, ..rule("own", "10") };
    let tiers = tiers(&[("20", "100"), ("100", "50")]);
    let second = SubsidyRule { level: Level::Global, tiers, ..rule("tiers", "60") };
    let charges = vec![charge(0, 1, Some(0), "30"), charge(1, 2, Some(1), "30")];
    let allocation = allocate(month("2026-01"), charges, &projects(2), &[first, second], &Openings::new());
    let draws: Vec<Vec<String>> = allocation
        .draws
        .iter()
        .map(|of| {
            of.iter()
                .map(|d| format!("{}:{}", allocation.positions[d.position as usize].scope.subject, d.amount))
                .collect()
        })
        .collect();
    assert_eq!(draws, [["user u0@x.edu:10", "all projects:20"], ["user u1@x.edu:10", "all projects:10"]]);
    let pool = allocation.positions.iter().find(|p| p.scope.subject == Subject::Global).unwrap();
    assert_eq!((pool.used, pool.reached, pool.drawn), (amount("60"), amount("40"), amount("30")));
}

#[test]
fn every_subject_and_week_of_the_month_has_a_position_before_anything_is_drawn() {
    let mut two = projects(2).list;
    two[1].users = vec![Member { email: "u1@x.edu".into(), role: String::new(), from: None, to: None }];
    let shown = |level, period| -> Vec<String> {
        let rule = SubsidyRule { level, period, ..rule("r", "5") };
        let allocation = allocate(month("2026-01"), Vec::new(), &Projects::new(two.clone()), &[rule], &Openings::new());
        allocation.positions.iter().map(|p| format!("{} {}", p.scope.subject, p.scope.period)).collect()
    };
    assert_eq!(shown(Level::User, Period::Month), ["user u1@x.edu 2026-01"]);
    assert_eq!(shown(Level::Pi, Period::CalendarYear), ["PI pi0@x.edu 2026", "PI pi1@x.edu 2026"]);
    let weeks: Vec<String> = (1..=5).map(|week| format!("all projects 2026-W{week:02}")).collect();
    assert_eq!(shown(Level::Global, Period::Week), weeks);
}

#[test]
fn a_fund_and_pi_that_change_stay_one_project_and_two_pis() {
    let old = Project { fund_to: Some(day("2026-01-14")), ..projects(1).list[0].clone() };
    let new = Project {
        fund_from: Some(day("2026-01-15")),
        fund_to: None,
        pi_email: "next@x.edu".into(),
        fund_org: "NEXT".into(),
        ..old.clone()
    };
    let projects = Projects::new(vec![old, new]);
    let charges = vec![charge(0, 5, Some(0), "10"), charge(1, 20, Some(1), "10"), charge(2, 21, Some(1), "-4")];
    let drawn = |level| -> Vec<String> {
        let rule = SubsidyRule { level, ..rule("r", "15") };
        let allocation = allocate(month("2026-01"), charges.clone(), &projects, &[rule], &Openings::new());
        allocation.draws.iter().map(|draws| draws.iter().map(|draw| draw.amount).sum::<Amount>().to_string()).collect()
    };
    assert_eq!(drawn(Level::Project), ["10", "5", "0"]);
    assert_eq!(drawn(Level::Pi), ["10", "10", "-4"]);
}
