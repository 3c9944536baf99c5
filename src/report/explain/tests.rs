//! The walk along the caps, and explanations in words.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::allocate::tests::{amount, charge, projects, rule, some_charges, some_openings, some_rules};
use crate::allocate::{CapChange, Distribution, Openings, Percent, SubsidyRule, allocate};
use crate::calendar::Month;
use crate::journal::Verdict;

fn month() -> Month {
    "2026-01".parse().unwrap()
}

#[test]
fn a_cap_is_told_as_it_stood_before_each_charge() {
    let rules = [rule("first", "50"), SubsidyRule { services: vec!["OpenAI API".into()], ..rule("api", "5") }];
    let charges = vec![charge(0, 5, Some(0), "30"), charge(1, 20, Some(0), "60"), charge(2, 21, Some(0), "-50")];
    let all = projects(2);
    let allocation = allocate(month(), charges, &all, &rules, &Openings::new());
    let mut caps = Caps::new(&allocation, &all, &rules);
    // Those between are walked past, whether or not anybody asks for them.
    let told: Vec<Vec<RuleStep>> = [0, 2].into_iter().map(|number| caps.at(number)).collect();
    let of = |steps: &[RuleStep]| {
        let cap = steps[0].cap.as_ref().unwrap();
        [cap.before, cap.drawn, cap.left].map(|amount| amount.to_string())
    };
    assert_eq!(of(&told[0]), ["0", "30", "20"]);
    assert_eq!(of(&told[1]), ["50", "-10", "10"]);
    assert_eq!(told[0][1].cap, Err("it does not cover this service"));
}

#[test]
fn a_cap_that_changes_is_told_as_it_was_for_the_charge_and_the_terms_with_it() {
    let from = crate::calendar::Day::parse("2026-01-10").unwrap();
    let changed = SubsidyRule {
        caps: vec![CapChange { from, amount: amount("60"), retroactive: false }],
        percent: Percent::new(amount("50")).unwrap(),
        distribution: Distribution::ProRata,
        ..rule("r", "20")
    };
    let charges = vec![charge(0, 5, Some(0), "50"), charge(1, 20, Some(0), "60"), charge(2, 21, Some(0), "-60")];
    let (all, rules) = (projects(1), [changed]);
    let allocation = allocate(month(), charges, &all, &rules, &Openings::new());
    let mut caps = Caps::new(&allocation, &all, &rules);
    let told: Vec<RuleStep> = (0..3).map(|number| caps.at(number).remove(0)).collect();
    let cap = |step: &RuleStep| step.cap.as_ref().unwrap().amount.to_string();
    // A refund counts against the cap of the charge it takes back.
    assert_eq!(told.iter().map(cap).collect::<Vec<_>>(), ["20", "60", "60"]);
    assert_eq!(told[0].terms, "50% of a charge, in proportion to all charges of the month in its period");
}

#[test]
fn a_rule_that_pays_nothing_says_why() {
    let only = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect());
    let rules = [
        SubsidyRule { enabled: false, ..rule("off", "5") },
        SubsidyRule { eligible_projects: only(&["p1"]), ..rule("other", "5") },
        rule("all", "5"),
    ];
    let charges = vec![charge(0, 5, Some(0), "1"), charge(1, 6, None, "1"), charge(2, 7, Some(0), "-9")];
    let all = projects(2);
    let allocation = allocate(month(), charges, &all, &rules, &Openings::new());
    let mut caps = Caps::new(&allocation, &all, &rules);
    let mut why = |number| -> Vec<&str> {
        caps.at(number).iter().map(|step| step.cap.as_ref().err().copied().unwrap_or("")).collect()
    };
    assert_eq!(why(0), ["it is switched off", "it does not cover this project", ""]);
    assert_eq!(why(1)[2], "nobody is known to pay, and what is unassigned draws nothing");
    assert_eq!(why(2)[2], "no earlier charge is known that this refund takes back");
}

proptest! {
    #[test]
    fn the_walk_ends_where_the_month_does(charges in some_charges(), rules in some_rules(), openings in some_openings()) {
        let all = projects(4);
        let allocation = allocate(month(), charges, &all, &rules, &openings);
        let mut caps = Caps::new(&allocation, &all, &rules);
        let mut last = BTreeMap::new();
        for number in 0..allocation.charges.len() as u32 {
            let steps = caps.at(number);
            let drawn: Amount = steps.iter().filter_map(|step| step.cap.as_ref().ok()).map(|cap| cap.drawn).sum();
            prop_assert_eq!(allocation.charges[number as usize].amount.minus(drawn), allocation.billable(number as usize));
            for step in steps {
                if let Ok(cap) = step.cap {
                    prop_assert_eq!(cap.amount.minus(cap.before).minus(cap.drawn), cap.left);
                    last.insert((step.rule, cap.subject, cap.period), cap.before.plus(cap.drawn));
                }
            }
        }
        for position in &allocation.positions {
            let key = (position.scope.rule.clone(), position.scope.subject.to_string(), position.scope.period);
            if let Some(drawn) = last.get(&key) {
                prop_assert_eq!(*drawn, position.opening.subsidized.amount().plus(position.drawn));
            }
        }
    }
}

/// A charge with everything there can be.
fn whole() -> Explanation {
    let all = projects(1);
    let rules = [rule("first", "2"), SubsidyRule { enabled: false, ..rule("off", "2") }];
    let charges = vec![charge(0, 5, Some(0), "3.5")];
    let allocation = allocate(month(), charges, &all, &rules, &Openings::new());
    let rules = Caps::new(&allocation, &all, &rules).at(0);
    let of = &allocation.charges[0];
    let lot = |credits: &str, text: &str, overdrawn| LotPart {
        lot: "pool".into(),
        effective: None,
        bought: Quantity::from_int(10_000),
        paid: amount("500"),
        credits: credits.parse().unwrap(),
        amount: amount(text),
        overdrawn,
        place: Place::File(Some(4)),
    };
    let paid = |fund: &str, rule: Option<&str>, cents, row: &str| Paid {
        fund_org: fund.into(),
        rule: rule.map(str::to_owned),
        cents: Cents(cents),
        row: row.into(),
    };
    let at: Instant = Instant::start_of(of.day);
    let written = |file: &str, stands| Written { file: file.into(), who: "ann@desk".into(), at, stands };
    Explanation {
        key: of.stem().text().into_owned(),
        day: of.day,
        service: of.service,
        what: of.what.to_string(),
        user: of.user.to_string(),
        currency: "USD".into(),
        payer: Some(Payer { project: "p0".into(), pi_email: "pi0@x.edu".into(), fund_org: "DEPT-0".into() }),
        origin: Origin {
            charged: Some((Side::Bill, "bill.csv:118".into())),
            bill: (vec!["bill.csv:118".into()], 0),
            ledger: (vec!["ledger.csv:7".into(), "ledger.csv:9".into()], 1_200),
            item: "2026-01-05/u0@x.edu/codex".into(),
        },
        used: vec![("credits", "70".into()), ("quantity", "12 counts".into())],
        price: Price::Lots(vec![lot("60", "3", false), lot("10", "0.5", true)]),
        amount: of.amount,
        decision: Some(Decided {
            decision: Decision { verdict: Verdict::ApproveBilled, reason: "checked".into(), note: "with Ben".into() },
            who: "ann@desk".into(),
            at,
            seq: 12,
        }),
        note: "asked twice".into(),
        takes_back: None,
        rules,
        shares: vec![
            paid("DEPT-0", None, 150, "openai:codex:u0@x.edu:2026-01-05:usage"),
            paid("FUND-first", Some("first"), 200, "openai:codex:u0@x.edu:2026-01-05:subsidy"),
        ],
        written: vec![
            written("a.csv", Stands::AsNow),
            written("b.csv", Stands::Not),
            written("c.csv", Stands::Otherwise(vec![("openai:codex:u0@x.edu:2026-01-05:usage".into(), Cents(350))])),
        ],
    }
}

#[test]
fn an_explanation_goes_from_the_row_to_the_file() {
    let explanation = whole();
    let rated = Rated {
        model: "gpt-4o".into(),
        effective: None,
        input: amount("2.5"),
        cached: amount("1.25"),
        output: amount("10"),
        place: Place::Shipped("2026-11-22"),
        tokens: Some(Tokens { uncached: 1_000, cached: 0, output: 500 }),
        tier: "batch".into(),
    };
    let stated = |stated: &str| Price::Stated { stated: amount(stated), book: Some((rated.clone(), amount("3.5"))) };
    let others =
        [stated("3.5"), stated("4.375"), Price::Rates(rated.clone()), Price::AsBilled, Price::Rest, Price::Nothing];
    let lines = others.map(|price| {
        let told = Explanation { price, ..explanation.clone() }.steps();
        told.into_iter().find(|(label, _)| *label == "price").unwrap().1
    });
    let mut sums = Sums::default();
    sums.add(&[(None, 150), (Some(0), 200)].map(|(rule, cents)| Share { charge: 0, rule, cents: Cents(cents) }));
    insta::assert_snapshot!(format!("{}\n{}\n\n{}", explanation.text(), lines.join("\n"), sums.text()));
}

#[test]
fn an_explanation_for_programs_has_every_amount_as_text() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&whole().json()).unwrap());
}
