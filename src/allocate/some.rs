//! Charges, projects, rules and openings to try things on: plain ones, and any.

use proptest::prelude::*;

use super::*;
use crate::amount::Cents;
use crate::calendar::{MonthDay, Period, PeriodKey};

/// A `projects.json` with all documented keys.
pub(crate) const PROJECTS: &str = r#"{
  "$comment": "who pays",
  "projects": [
    {
      "project_id": "ai-strategy",
      "pi_email": "alex.ham@northwinds.edu",
      "fund_org": "DEPT-XYZ",
      "users": [
        { "email": " AH@Northwinds.edu", "role": "pi" },
        { "email": "ab@northwinds.edu", "role": "staff", "to": "2026-01-15" }
      ],
      "openai_projects": ["proj_1"],
      "api_keys": ["key_1"],
      "user_ids": ["user-1"]
    },
    {
      "project_id": "genome", "name": "Genome atlas",
      "pi_email": "pi@northwinds.edu",
      "fund_org": "DEPT-GEN",
      "from": "2026-01-10", "to": "2026-12-31",
      "users": [ { "email": "ab@northwinds.edu" }, { "email": "cd@northwinds.edu" } ],
      "openai_projects": ["proj_1", "proj_2"],
      "_comment": "ends with the grant"
    }
  ]
}
"#;

pub(crate) fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

pub(crate) fn charge(n: u32, day: u32, project: Option<u32>, text: &str) -> Charge {
    let day = Day::from_ymd(2026, 1, day).unwrap();
    let user = format!("u{}@x.edu", project.unwrap_or(99));
    Charge {
        item: n,
        base: format!("openai:codex:{user}:{day}").into(),
        occurrence: n + 1,
        day,
        service: "OpenAI",
        amount: amount(text),
        project,
        user: user.into(),
        what: "codex".into(),
        counts: Counts::default(),
        measured: Measured::default(),
    }
}

pub(crate) fn projects(count: u32) -> Projects {
    let project = |n: u32| Project {
        id: format!("p{n}"),
        name: format!("Project {n}"),
        pi_email: format!("pi{n}@x.edu"),
        fund_org: format!("DEPT-{}", n % 3),
        users: Vec::new(),
        openai_projects: Vec::new(),
        api_keys: Vec::new(),
        user_ids: Vec::new(),
        from: None,
        to: None,
        fund_from: None,
        fund_to: None,
    };
    Projects::new((0..count).map(project).collect())
}

pub(crate) fn rule(name: &str, cap: &str) -> SubsidyRule {
    SubsidyRule {
        name: name.into(),
        description: String::new(),
        fund_org: format!("FUND-{name}"),
        sponsor_email: None,
        level: Level::Project,
        cap: amount(cap),
        caps: Vec::new(),
        percent: Percent::ALL,
        tiers: Vec::new(),
        period: Period::FiscalYear(MonthDay::new(7, 1).unwrap()),
        rollover: Rollover::None,
        distribution: Distribution::FirstCome,
        services: vec!["OpenAI".into()],
        eligible_projects: None,
        from: None,
        to: None,
        enabled: true,
    }
}

/// Charges of a month over four projects and nobody, some of them refunds.
pub(crate) fn some_charges() -> impl Strategy<Value = Vec<Charge>> {
    let one = (1u32..=31, proptest::option::weighted(0.9, 0u32..4), -400i64..1000, any::<bool>());
    proptest::collection::vec(one, 0..60).prop_map(|drafts| {
        (0..)
            .zip(drafts)
            .map(|(n, (day, project, thousandths, api))| {
                let units = i128::from(thousandths) * 10i128.pow(15) * 7;
                let service = if api { "OpenAI API" } else { "OpenAI" };
                Charge { amount: Amount::from_units(units), service, ..charge(n, day, project, "0") }
            })
            .collect()
    })
}

fn some_period() -> impl Strategy<Value = Period> {
    prop_oneof![
        (1u32..=12, 1u32..=29).prop_map(|(month, day)| Period::FiscalYear(MonthDay::new(month, day).unwrap())),
        (1u32..29).prop_map(|day| Period::FiscalYear(MonthDay::new(1, day).unwrap())),
        Just(Period::CalendarYear),
        Just(Period::Quarter),
        Just(Period::Month),
        Just(Period::Week),
    ]
}

fn some_caps() -> impl Strategy<Value = Vec<CapChange>> {
    proptest::collection::btree_map(-20i32..50, (0i64..3000, any::<bool>()), 0..3).prop_map(|days| {
        let first = Day::from_ymd(2026, 1, 1).unwrap();
        days.into_iter()
            .map(|(day, (cap, retroactive))| CapChange {
                from: first.plus_days(day),
                amount: Cents(cap).amount(),
                retroactive,
            })
            .collect()
    })
}

fn some_tiers() -> impl Strategy<Value = Vec<Tier>> {
    proptest::collection::btree_map(1i64..4000, 0i64..=400, 1..4).prop_map(|tiers| {
        tiers
            .into_iter()
            .map(|(up_to, quarters)| Tier {
                up_to: Cents(up_to).amount(),
                percent: Percent::new(Cents(quarters * 25).amount()).unwrap(),
            })
            .collect()
    })
}

/// Rules of every kind, level and period.
pub(crate) fn some_rules() -> impl Strategy<Value = Vec<SubsidyRule>> {
    let whom = (0usize..4, any::<bool>(), any::<bool>(), 0i64..3);
    let what =
        (0i64..3000, prop_oneof![Just(400i64), 1i64..400], some_caps(), proptest::option::weighted(0.3, some_tiers()));
    let when = (some_period(), -40i32..20, proptest::option::of(10i32..40));
    let how = (0u32..3, 0i64..500, any::<bool>());
    proptest::collection::vec((whom, what, when, how), 0..4).prop_map(|drafts| {
        let first = Day::from_ymd(2026, 1, 1).unwrap();
        (0..)
            .zip(drafts)
            .map(
                |(n, ((level, both, some, fund), (cap, quarters, caps, tiers), (period, from, to), how)): (
                    usize,
                    _,
                )| {
                    let tiered = tiers.is_some();
                    let tiers = tiers.unwrap_or_default();
                    let (rollover, most, pro_rata) = how;
                    SubsidyRule {
                        level: Level::ALL[level],
                        cap: if tiered { rule::tiers_pay(&tiers) } else { Cents(cap).amount() },
                        caps: if tiered { Vec::new() } else { caps },
                        percent: if tiered {
                            Percent::ALL
                        } else {
                            Percent::new(Cents(quarters * 25).amount()).unwrap()
                        },
                        tiers,
                        // A sponsor may be a department that also pays for itself.
                        fund_org: format!("DEPT-{fund}"),
                        services: ["OpenAI", "OpenAI API"][..if both { 2 } else { 1 }]
                            .iter()
                            .map(|s| (*s).into())
                            .collect(),
                        eligible_projects: some.then(|| vec!["p0".into(), "*2".into()]),
                        period,
                        rollover: match rollover {
                            1 if !tiered => Rollover::Full,
                            2 if !tiered => Rollover::UpTo(Cents(most).amount()),
                            _ => Rollover::None,
                        },
                        distribution: if pro_rata { Distribution::ProRata } else { Distribution::FirstCome },
                        from: Some(first.plus_days(from)),
                        to: to.map(|days| first.plus_days(days)),
                        ..rule(&format!("r{n}"), "0")
                    }
                },
            )
            .collect()
    })
}

pub(crate) fn some_openings() -> impl Strategy<Value = Openings> {
    let period = prop_oneof![
        (2025i32..=2027).prop_map(PeriodKey::FiscalYear),
        Just(PeriodKey::Year(2026)),
        Just(PeriodKey::Quarter(2026, 1)),
        prop_oneof![Just(PeriodKey::Month(2025, 12)), Just(PeriodKey::Month(2026, 1))],
        prop_oneof![Just(PeriodKey::Week(2025, 52)), (1u32..6).prop_map(|week| PeriodKey::Week(2026, week))],
    ];
    let one = ((0..4usize, 0usize..4, 0..4u32, period), (0i64..2000, 0i64..2000, 0i64..2000));
    proptest::collection::vec(one, 0..12).prop_map(|drafts| {
        drafts
            .into_iter()
            .map(|((rule, level, subject, period), (used, subsidized, reached))| {
                let name = ["p{}", "u{}@x.edu", "pi{}@x.edu", ""][level].replace("{}", &subject.to_string());
                let subject = Subject::new(Level::ALL[level], &name);
                let scope = Scope { rule: format!("r{rule}"), subject, period };
                let reached = Cents(reached).amount();
                (scope, Opening { reached, ..Opening::stated(Cents(used), Cents(subsidized)) })
            })
            .collect()
    })
}
