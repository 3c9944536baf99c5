//! Cents, ids and bytes of the rows, on the documented examples and on random
//! months.

mod caps;
mod kept;
mod standard;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use std::sync::Arc;

use super::*;
use crate::allocate::tests::{amount, charge, projects, rule, some_charges, some_openings, some_rules};
use crate::allocate::{
    Allocation, Base, Charge, Counts, Level, LotShare, Lots, Measured, Opening, Openings, Projects, Scope, SubsidyRule,
    allocate,
};
use crate::amount::{Amount, Cents, Quantity};
use crate::calendar::{Day, Month};
use crate::price::PriceBook;

fn month() -> Month {
    "2026-01".parse().unwrap()
}

pub(super) fn make_as(
    profile: Profile,
    charges: Vec<Charge>,
    rules: &[SubsidyRule],
    openings: &Openings,
) -> (Arc<Allocation>, Sheet) {
    let allocation = Arc::new(allocate(month(), charges, &projects(4), rules, openings));
    let (prices, terms) = (prices(), Terms { issuer: "Northwinds IT".into(), ..Terms::default() });
    let projects = &projects(4);
    let made = Made { month: month(), profile, projects, rules, prices: &prices, terms: &terms };
    let sheet = Sheet::new(Arc::clone(&allocation), &made);
    (allocation, sheet)
}

fn make(charges: Vec<Charge>, rules: &[SubsidyRule], openings: &Openings) -> (Arc<Allocation>, Sheet) {
    make_as(Profile::OpenChargeback, charges, rules, openings)
}

/// Two pools: 20,000 credits for 1,000, then 11,732 for 469.26.
fn prices() -> PriceBook {
    let pools = r#"{"credit_pools": [
        {"pool_id": "first", "credits_purchased": 20000, "purchase_amount": 1000},
        {"pool_id": "second", "effective_date": "2026-01-08", "credits_purchased": 11732, "purchase_amount": 469.26}
    ]}"#;
    PriceBook::parse(pools, std::path::Path::new("pricing.json")).unwrap()
}

/// The greatest cap of the month in whole cents, with what the period before
/// left of its own as it was written, in this month or an earlier one.
fn ceiling(
    allocation: &Allocation,
    rules: &[SubsidyRule],
    openings: &Openings,
    after: &[(Scope, Opening, Amount)],
    scope: &Scope,
) -> Cents {
    let position = allocation.position(scope).unwrap();
    let rule = rules.iter().find(|rule| rule.name == scope.rule).unwrap();
    let drawn = |period| {
        let before = Scope { period, ..scope.clone() };
        let now = after.iter().find(|(scope, ..)| *scope == before).map(|(_, sum, _)| sum);
        now.or_else(|| openings.get(&before)).map_or(Amount::ZERO, |sum| sum.subsidized.amount())
    };
    let rolled_over = rule.rolled_over(position.bounds.0, None, drawn);
    Cents::floor(position.ceiling.minus(position.rolled_over).plus(rolled_over))
}

pub(super) fn text(sheet: &Sheet) -> String {
    let mut bytes = Vec::new();
    sheet.write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn billed(sheet: &Sheet) -> String {
    let sum = sheet.rows().map(|row| row.billed_cost).sum::<Cents>();
    assert_eq!(sheet.totals().0, sum);
    sum.to_string()
}

fn sponsored(sheet: &Sheet) -> String {
    let sum = sheet.rows().filter(|r| r.charge_type == ChargeType::Subsidy).map(|r| r.billed_cost).sum::<Cents>();
    assert_eq!(sheet.totals().1, sum);
    sum.to_string()
}

fn many(count: u32, text: &str) -> Vec<Charge> {
    (0..count).map(|n| charge(n, 5, Some(0), text)).collect()
}

#[test]
fn two_rows_of_half_a_cent_write_one_cent() {
    let (_, rows) = make(many(2, "0.005"), &[], &Openings::new());
    assert_eq!(rows.rows().map(|r| r.billed_cost).collect::<Vec<_>>(), [Cents(1), Cents(0)]);
}

#[test]
fn three_funds_at_1_004_write_3_01() {
    let charges = (0..3).map(|n| charge(n, 5, Some(n), "1.004")).collect();
    assert_eq!(billed(&make(charges, &[], &Openings::new()).1), "3.01");
}

#[test]
fn a_thousand_rows_of_half_a_cent_write_five() {
    assert_eq!(billed(&make(many(1_000, "0.005"), &[], &Openings::new()).1), "5.00");
}

#[test]
fn ten_draws_against_a_cap_write_the_cap_and_all_on_the_sponsor() {
    let (_, rows) = make(many(10, "1.005"), &[rule("r", "10.05")], &Openings::new());
    assert_eq!((billed(&rows).as_str(), sponsored(&rows).as_str()), ("10.05", "10.05"));
    let usage = || rows.rows().filter(|r| r.charge_type == ChargeType::Usage);
    assert!(usage().all(|r| r.billed_cost == Cents::ZERO) && usage().count() == 10);
    assert_eq!(rows.len(), 20);
}

#[test]
fn a_cap_finer_than_a_cent_leaves_its_rest_to_the_payer() {
    let (_, rows) = make(many(2, "10"), &[rule("r", "10.056")], &Openings::new());
    assert_eq!((billed(&rows).as_str(), sponsored(&rows).as_str()), ("20.00", "10.05"));
}

#[test]
fn the_documented_six_rows_are_all_the_sponsors() {
    let charges = ["3.5", "0.123", "1.25", "0.00125", "9.0825", "4.75"];
    let charges = (0..).zip(charges).map(|(n, text)| charge(n, 5 + n, Some(0), text)).collect();
    let (_, rows) = make(charges, &[rule("r", "500")], &Openings::new());
    assert_eq!((billed(&rows).as_str(), sponsored(&rows).as_str()), ("18.71", "18.71"));
    let after = written(&rows);
    assert_eq!(after.len(), 1);
    assert_eq!((after[0].1.used, after[0].1.subsidized), (Cents(1871), Cents(1871)));
    let state = crate::allocate::state_text(&Default::default(), &after, "now");
    assert!(state.contains("\"remaining\": 481.29"), "{state}");
}

#[test]
fn a_subsidised_charge_has_two_rows_and_the_file_looks_as_documented() {
    let sponsor = SubsidyRule { sponsor_email: Some("provost@x.edu".into()), ..rule("provost", "6") };
    let charges = vec![charge(0, 5, Some(0), "4.5"), Charge { occurrence: 2, ..charge(0, 5, Some(0), "4.5") }];
    let (_, rows) = make([charges, vec![charge(0, 6, None, "1")]].concat(), &[sponsor], &Openings::new());
    let expect = "\
BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ServiceName,ResourceName,ListCost,BilledCost,ResourceId,Tags
2026-01-01,2026-01-31,2026-01-05,2026-01-05,OpenAI,OpenAI codex (user: u0@x.edu),4.50,0.00,openai:codex:u0@x.edu:2026-01-05:usage,\"{\"\"pi_email\"\": \"\"pi0@x.edu\"\", \"\"project_id\"\": \"\"p0\"\", \"\"fund_org\"\": \"\"DEPT-0\"\", \"\"usage_user\"\": \"\"u0@x.edu\"\", \"\"charge_type\"\": \"\"usage\"\", \"\"subsidy_name\"\": \"\"provost\"\"}\"
2026-01-01,2026-01-31,2026-01-05,2026-01-05,OpenAI,OpenAI codex (user: u0@x.edu),4.50,4.50,openai:codex:u0@x.edu:2026-01-05:subsidy,\"{\"\"pi_email\"\": \"\"provost@x.edu\"\", \"\"project_id\"\": \"\"p0\"\", \"\"fund_org\"\": \"\"FUND-provost\"\", \"\"usage_user\"\": \"\"u0@x.edu\"\", \"\"charge_type\"\": \"\"subsidy\"\", \"\"subsidy_name\"\": \"\"provost\"\"}\"
2026-01-01,2026-01-31,2026-01-05,2026-01-05,OpenAI,OpenAI codex (user: u0@x.edu),4.50,3.00,openai:codex:u0@x.edu:2026-01-05:usage:2,\"{\"\"pi_email\"\": \"\"pi0@x.edu\"\", \"\"project_id\"\": \"\"p0\"\", \"\"fund_org\"\": \"\"DEPT-0\"\", \"\"usage_user\"\": \"\"u0@x.edu\"\", \"\"charge_type\"\": \"\"usage\"\", \"\"subsidy_name\"\": \"\"provost\"\"}\"
2026-01-01,2026-01-31,2026-01-05,2026-01-05,OpenAI,OpenAI codex (user: u0@x.edu),1.50,1.50,openai:codex:u0@x.edu:2026-01-05:subsidy:2,\"{\"\"pi_email\"\": \"\"provost@x.edu\"\", \"\"project_id\"\": \"\"p0\"\", \"\"fund_org\"\": \"\"FUND-provost\"\", \"\"usage_user\"\": \"\"u0@x.edu\"\", \"\"charge_type\"\": \"\"subsidy\"\", \"\"subsidy_name\"\": \"\"provost\"\"}\"
2026-01-01,2026-01-31,2026-01-06,2026-01-06,OpenAI,OpenAI codex (user: u99@x.edu),1.00,1.00,openai:codex:u99@x.edu:2026-01-06:usage,\"{\"\"pi_email\"\": \"\"unassigned\"\", \"\"project_id\"\": \"\"unassigned\"\", \"\"fund_org\"\": \"\"unassigned\"\", \"\"usage_user\"\": \"\"u99@x.edu\"\", \"\"charge_type\"\": \"\"usage\"\"}\"
";
    assert_eq!(text(&rows), expect);
}

#[test]
fn the_id_of_a_rule_does_not_depend_on_which_rule_draws() {
    let rules = [rule("first", "5"), rule("sec:ond", "100")];
    let ids = |openings: &Openings| -> Vec<String> {
        let (_, rows) = make(many(1, "9"), &rules, openings);
        rows.rows().skip(1).map(|row| row.id.text().replace("openai:codex:u0@x.edu:2026-01-05", "")).collect()
    };
    assert_eq!(ids(&Openings::new()), [":subsidy", ":subsidy-sec%3Aond"]);
    let (allocation, _) = make(many(1, "9"), &rules, &Openings::new());
    let spent = Openings::from([(
        allocation.positions[0].scope.clone(),
        crate::allocate::Opening::stated(Cents(500), Cents(500)),
    )]);
    assert_eq!(ids(&spent), [":subsidy-sec%3Aond"]);
}

#[test]
fn tags_are_ascii_and_a_name_with_a_comma_is_quoted() {
    let odd = Charge { what: "a,\"b\"\u{e9}".into(), user: "zoë\\😀@x.edu".into(), ..charge(0, 5, None, "1") };
    let (_, rows) = make(vec![odd], &[], &Openings::new());
    let text = text(&rows);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let record = reader.records().next().unwrap().unwrap();
    assert_eq!(&record[5], "OpenAI a,\"b\"é (user: zoë\\😀@x.edu)");
    assert!(record[9].is_ascii());
    let tags: serde_json::Value = serde_json::from_str(&record[9]).unwrap();
    assert_eq!(tags["usage_user"], "zoë\\😀@x.edu");
    assert_eq!(tags.as_object().unwrap().len(), 5);
}

#[test]
fn what_a_spreadsheet_would_run_is_refused_with_its_row() {
    let evil = Charge { user: "=cmd|'/c calc'!A0".into(), ..charge(0, 5, Some(0), "1") };
    let tab = Charge { user: "a\u{1b}[2J@x.edu".into(), ..charge(1, 6, Some(0), "1") };
    let twice = [charge(2, 7, Some(0), "1"), charge(2, 7, Some(0), "2")];
    let (_, rows) = make([vec![evil, tab], twice.to_vec()].concat(), &[], &Openings::new());
    let refused = rows.refusals();
    assert_eq!(refused.len(), 4, "{refused:#?}");
    assert!(refused[0].starts_with("row 1: the user “=cmd|") && refused[0].contains("formula"));
    assert!(refused[1].starts_with("row 2: the resource name") && refused[2].starts_with("row 2: the user"));
    assert!(refused[3].starts_with("row 4: the resource id") && refused[3].contains("twice"));
    assert!(refused.iter().all(|sentence| !sentence.contains('\u{1b}')));
    assert!(make(many(3, "1"), &[rule("r", "2")], &Openings::new()).1.refusals().is_empty());
}

#[test]
fn the_manifest_adds_up_and_is_the_same_for_the_same_month() {
    let (_, rows) = make(many(10, "1.005"), &[rule("r", "5")], &Openings::new());
    let file = |role: &str, name: &str| HashedFile { role: role.into(), name: name.into(), sha256: "00".into() };
    let facts = |inputs| Facts {
        profile: Profile::OpenChargeback.to_string(),
        inputs,
        output_name: "openai-tokens_2026-01.csv".into(),
        output_sha256: "ff".into(),
        items: BTreeMap::from([("matched".into(), 10)]),
        tie_out: BTreeMap::from([("billed".into(), amount("10.05"))]),
        ..Facts::default()
    };
    let one = manifest(&rows, &facts(vec![file("bill", "a.csv"), file("ledger", "b.csv")]));
    let other = manifest(&rows, &facts(vec![file("ledger", "b.csv"), file("bill", "a.csv")]));
    assert_eq!(one.text(), other.text());
    assert_eq!((one.total.as_str(), one.billable.as_str(), one.subsidized.as_str()), ("10.05", "5.05", "5.00"));
    assert_eq!((one.output.rows, one.output.usage_rows, one.output.subsidy_rows), (15, 10, 5));
    let payers: Vec<String> = one.payers.iter().map(|p| format!("{} {}", p.fund_org, p.billed)).collect();
    assert_eq!(payers, ["DEPT-0 5.05", "FUND-r 5.00"]);
    assert_eq!(serde_json::from_str::<Manifest>(&one.text()).unwrap(), one);
}

/// Exact amounts by payer, and by payer and project.
fn exact(allocation: &Allocation, projects: &Projects, rules: &[SubsidyRule]) -> BTreeMap<Vec<String>, Amount> {
    let mut sums: BTreeMap<Vec<String>, Amount> = BTreeMap::new();
    for (number, charge) in allocation.charges.iter().enumerate() {
        let project = charge.project.map(|p| &projects.list[p as usize]);
        let id = project.map_or("unassigned", |p| &p.id);
        let own = (project.map_or("unassigned", |p| &p.fund_org), allocation.billable(number));
        let draws = allocation.draws[number].iter().map(|d| (rules[usize::from(d.rule)].fund_org.as_str(), d.amount));
        for (fund, amount) in draws.chain([own]) {
            for key in [vec![], vec![fund.to_owned()], vec![fund.to_owned(), id.to_owned()]] {
                let sum = sums.entry(key).or_default();
                *sum = sum.plus(amount);
            }
        }
    }
    sums
}

proptest! {
    #[test]
    fn cents_add_up_for_every_payer_and_project_and_caps_hold(
        charges in some_charges(), rules in some_rules(), openings in some_openings(),
    ) {
        let projects = projects(4);
        let (allocation, rows) = make(charges, &rules, &openings);
        let mut cents: BTreeMap<Vec<String>, Cents> = BTreeMap::new();
        for row in rows.rows() {
            let (fund, id) = (row.payer.fund_org.to_string(), row.payer.project_id.to_string());
            for key in [vec![], vec![fund.clone()], vec![fund, id]] {
                let sum = cents.entry(key).or_default();
                *sum = *sum + row.billed_cost;
            }
        }
        // What a cap has no cents left for goes to those it covers: the rest of
        // one that is finer than a cent, and what a cap over several projects
        // was filled up with.
        let gives = allocation.positions.iter().filter(|p| {
            p.scope.subject.level() != Level::Project || Cents::floor(p.ceiling).amount() != p.ceiling
        });
        let apart = Cents(1 + gives.count() as i64).amount();
        for (key, exact) in exact(&allocation, &projects, &rules) {
            let written = cents[&key];
            prop_assert!(written.amount().minus(exact).abs() < apart, "{:?}: {} as {}", key, exact, written);
            prop_assert!(!key.is_empty() || written == Cents::nearest(exact));
        }
        let ids: BTreeSet<String> = rows.rows().map(|row| row.id.text().into_owned()).collect();
        prop_assert_eq!(ids.len(), rows.len());
        let all: Vec<Row> = rows.rows().collect();
        let starts = all.chunk_by(|_, b| b.charge_type != ChargeType::Usage);
        for (number, of_charge) in starts.enumerate() {
            let billed: Cents = of_charge.iter().map(|row| row.billed_cost).sum();
            prop_assert_eq!(of_charge[0].charge_type, ChargeType::Usage);
            prop_assert_eq!(of_charge[0].list_cost, Exact::of_cents(billed));
            let exact = allocation.charges[number].amount;
            prop_assert!(billed.amount().minus(exact).abs() < Cents(of_charge.len() as i64).amount());
            prop_assert!(of_charge[1..].iter().all(|r| r.charge_type == ChargeType::Subsidy && r.list_cost == Exact::of_cents(r.billed_cost)));
        }
        let after = written(&rows);
        for (scope, sum, _) in &after {
            let before = openings.get(scope).copied().unwrap_or_default();
            let most = ceiling(&allocation, &rules, &openings, &after, scope);
            prop_assert!(sum.subsidized <= most.max(before.subsidized), "{:?}", scope);
            prop_assert!(sum.subsidized >= before.subsidized);
        }
        let drawn: Cents = after.iter().map(|(scope, after, _)| {
            after.subsidized - openings.get(scope).copied().unwrap_or_default().subsidized
        }).sum();
        prop_assert_eq!(drawn.to_string(), sponsored(&rows));
    }

    #[test]
    fn shuffled_charges_write_the_same_bytes(
        (charges, shuffled) in some_charges().prop_flat_map(|c| (Just(c.clone()), Just(c).prop_shuffle())),
        rules in some_rules(), openings in some_openings(),
    ) {
        prop_assert_eq!(text(&make(charges, &rules, &openings).1), text(&make(shuffled, &rules, &openings).1));
    }

    #[test]
    fn a_cap_in_fractions_of_a_cent_is_never_passed_in_cents(
        charges in some_charges(), rules in some_rules(), openings in some_openings(), rest in 1i64..10,
    ) {
        let finer = |rule: SubsidyRule| {
            let rest = Amount::from_units(i128::from(rest) * 10i128.pow(15));
            SubsidyRule { cap: rule.cap.plus(rest), ..rule }
        };
        let rules: Vec<SubsidyRule> = rules.into_iter().map(finer).collect();
        let (allocation, rows) = make(charges, &rules, &openings);
        let total: Amount = allocation.charges.iter().map(|c| c.amount).sum();
        prop_assert_eq!(billed(&rows), Cents::nearest(total).to_string());
        let after = written(&rows);
        for (scope, sum, _) in &after {
            let before = openings.get(scope).copied().unwrap_or_default();
            let most = ceiling(&allocation, &rules, &openings, &after, scope);
            prop_assert!(sum.subsidized <= most.max(before.subsidized), "{:?}", scope);
        }
    }

    #[test]
    fn tags_of_any_text_read_back(user in ".*", what in ".*") {
        let odd = Charge { what: what.as_str().into(), user: user.as_str().into(), base: what.into(), ..charge(0, 5, None, "1") };
        let (_, rows) = make(vec![odd], &[], &Openings::new());
        let text = text(&rows);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        let tags: serde_json::Value = serde_json::from_str(&record[9]).unwrap();
        let row = rows.row(0).unwrap();
        prop_assert_eq!(&record[5], row.resource_name());
        prop_assert_eq!(&record[8], row.id.text());
        prop_assert_eq!(tags["usage_user"].as_str().unwrap(), user);
    }
}
