//! Statements of small and of random months: they add up, in the cents of the
//! file.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::allocate::tests::{amount, charge, projects, rule, some_charges, some_openings, some_rules};
use crate::allocate::{Allocation, Charge, Level, Openings, Project, Projects, SubsidyRule, allocate};
use crate::focus;
use crate::price::PriceBook;

fn month() -> Month {
    "2026-01".parse().unwrap()
}

fn of(allocation: &Allocation, projects: &Projects, rules: &[SubsidyRule], period: Option<PeriodKey>) -> Statements {
    let shares = focus::shares(allocation, projects, rules);
    let approved = allocation.charges.iter().map(|charge| charge.amount).sum();
    statements(Ask {
        month: month(),
        allocation,
        shares: &shares,
        projects,
        rules,
        period,
        currency: "USD",
        open: 0,
        tie_out: vec![("approved", approved)],
    })
}

fn made(charges: Vec<Charge>, rules: &[SubsidyRule]) -> Statements {
    let projects = projects(4);
    of(&allocate(month(), charges, &projects, rules, &Openings::new()), &projects, rules, None)
}

/// Two projects of one PI, one of another, and somebody's without a payer.
fn some_month() -> Statements {
    let mut all = projects(4);
    all.list[1].pi_email = "PI0@x.edu".into();
    let all = Projects::new(all.list);
    let rules = [rule("first", "10"), SubsidyRule { services: vec!["OpenAI API".into()], ..rule("api", "5") }];
    let charges = vec![
        charge(0, 5, Some(0), "8.004"),
        charge(1, 6, Some(0), "4.004"),
        Charge { service: "OpenAI API", ..charge(2, 6, Some(1), "7.5") },
        charge(3, 7, Some(2), "1"),
        charge(4, 8, None, "0.5"),
    ];
    of(&allocate(month(), charges, &all, &rules, &Openings::new()), &all, &rules, None)
}

#[test]
fn a_pi_of_several_projects_has_one_statement_however_the_email_is_written() {
    let statements = some_month();
    assert_eq!(statements.pis.iter().map(|pi| pi.email.as_str()).collect::<Vec<_>>(), ["PI0@x.edu", "pi2@x.edu"]);
    let pi = &statements.pis[0];
    assert_eq!(pi.projects.iter().map(|line| line.project.as_str()).collect::<Vec<_>>(), ["p0", "p1"]);
    assert_eq!(pi.total, Split { full: Cents(1951), discount: Cents(1500), billed: Cents(451) });
    assert_eq!(statements.unassigned.full, Cents(50));
    assert!(statements.adds_up());
    assert_eq!(statements.rounding(), amount("0.002"));
}

#[test]
fn a_sponsor_sees_what_it_pays_and_what_is_left() {
    let statements = some_month();
    let first = statements.sponsors.iter().find(|sponsor| sponsor.fund_org == "FUND-first").unwrap();
    assert_eq!(first.total, Cents(1100));
    let cap = &first.rules[0].caps[0];
    assert_eq!(
        (cap.subject.as_str(), cap.used_to_date, cap.to_date, cap.remaining),
        ("p0", Cents(1201), Cents(1000), Cents(0))
    );
    assert_eq!(first.rules[0].untouched, 2);
}

#[test]
fn only_the_period_asked_for_is_listed_and_the_sums_stay() {
    let rules = [SubsidyRule { period: crate::calendar::Period::Week, ..rule("week", "3") }];
    let charges = vec![charge(0, 5, Some(0), "2"), charge(1, 12, Some(0), "5")];
    let all = projects(4);
    let allocation = allocate(month(), charges, &all, &rules, &Openings::new());
    let week = of(&allocation, &all, &rules, Some("2026-W03".parse().unwrap()));
    let lines = &week.sponsors[0].rules[0];
    assert_eq!(lines.caps.iter().map(|cap| cap.period.to_string()).collect::<Vec<_>>(), ["2026-W03"]);
    assert_eq!((lines.charges, lines.subsidised, week.sponsors[0].total), (Cents(500), Cents(300), Cents(500)));
    assert!(week.adds_up());
}

#[test]
fn a_pool_of_all_is_one_cap_with_everybodys_part_in_it() {
    let rules = [SubsidyRule { level: Level::Global, ..rule("pool", "5") }];
    let charges = vec![charge(0, 5, Some(0), "3"), charge(1, 6, Some(1), "4")];
    let statements = made(charges, &rules);
    let [cap] = &statements.sponsors[0].rules[0].caps[..] else { panic!("one cap") };
    assert_eq!((cap.subject.as_str(), cap.to_date, cap.remaining), ("all projects", Cents(500), Cents(0)));
    let parts: Vec<_> = cap.members.iter().map(|m| (m.project.as_str(), m.charges, m.subsidised)).collect();
    assert_eq!(parts, [("p0", Cents(300), Cents(300)), ("p1", Cents(400), Cents(200))]);
    // A PI sees the pool, and of its parts their own.
    assert_eq!(statements.pis[1].caps[0].members.len(), 1);
    let rows = String::from_utf8(statements.sponsors_csv(&statements.sponsors)).unwrap();
    let whole = |row: &str| row.split(',').skip(11).map(str::to_owned).collect::<Vec<_>>();
    let ends: Vec<_> = rows.lines().skip(1).map(whole).collect();
    assert_eq!(ends, [["7.00", "5.00", "5", "0.00"], ["", "", "", ""]]);
}

#[test]
fn a_lost_cent_is_seen() {
    let mut statements = some_month();
    assert!(statements.adds_up());
    statements.pis[0].total.billed = statements.pis[0].total.billed - Cents(1);
    assert!(!statements.adds_up());
    let mut statements = some_month();
    statements.tie_out[0].1 = statements.tie_out[0].1.plus(amount("0.000001"));
    assert!(!statements.adds_up());
    assert!(statements.overview().text().contains("DOES NOT ADD UP"));
}

#[test]
fn pages_of_a_month() {
    let statements = some_month();
    let texts: Vec<String> = statements
        .files(Form::Text)
        .into_iter()
        .map(|(name, bytes)| format!("--- {name}\n{}", String::from_utf8(bytes).unwrap()))
        .collect();
    insta::assert_snapshot!("text", texts.join("\n"));
    insta::assert_snapshot!("html", statements.pi_page(&statements.pis[0]).html());
    let csv = |form: Vec<u8>| String::from_utf8(form).unwrap();
    let all = [
        csv(statements.overview_csv()),
        csv(statements.sponsors_csv(&statements.sponsors)),
        csv(statements.pi_csv(&statements.pis[0])),
    ];
    insta::assert_snapshot!("csv", all.join("\n"));
}

#[test]
fn no_cell_of_a_statement_runs_as_a_formula_and_amounts_stay_numbers() {
    let mut evil = projects(1).list;
    evil[0] = Project {
        id: "=cmd|' /C calc'!A0".into(),
        pi_email: "@SUM(1)".into(),
        fund_org: "+1".into(),
        ..evil[0].clone()
    };
    let evil = Projects::new(evil);
    let rules = [SubsidyRule { name: "-rule".into(), fund_org: "\"=1\"".into(), ..rule("r", "10") }];
    let charges = vec![
        Charge { user: "=1+1".into(), ..charge(0, 5, Some(0), "20") },
        Charge { user: "=1+1".into(), ..charge(0, 6, Some(0), "-3") },
    ];
    let statements = of(&allocate(month(), charges, &evil, &rules, &Openings::new()), &evil, &rules, None);
    for (name, bytes) in statements.files(Form::Csv) {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
        for cell in reader.records().map(Result::unwrap).flat_map(|r| r.iter().map(str::to_owned).collect::<Vec<_>>()) {
            let number = crate::amount::Amount::parse(&cell).is_ok();
            assert!(number || cell.starts_with('\'') || !crate::report::harmless::runs(&cell), "{name}: {cell}");
        }
        assert!(!name.contains('='), "{name}");
    }
}

proptest! {
    #[test]
    fn every_statement_adds_up_to_the_file_in_any_order(
        (charges, shuffled) in some_charges().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        rules in some_rules(), openings in some_openings(),
    ) {
        let projects = projects(4);
        let allocation = allocate(month(), charges, &projects, &rules, &openings);
        let statements = of(&allocation, &projects, &rules, None);
        prop_assert!(statements.adds_up());
        let shares = focus::shares(&allocation, &projects, &rules);
        let (prices, terms) = (PriceBook::default(), focus::Terms::default());
        let (profile, month) = (focus::Profile::OpenChargeback, month());
        let made = focus::Made { month, profile, projects: &projects, rules: &rules, prices: &prices, terms: &terms };
        let sheet = focus::Sheet::new(Arc::new(allocation.clone()), &made);
        let rows: Vec<focus::Row<'_>> = sheet.rows().collect();
        prop_assert_eq!(shares.iter().map(|s| s.cents).collect::<Vec<_>>(), rows.iter().map(|r| r.billed_cost).collect::<Vec<_>>());
        for pi in &statements.pis {
            for lines in [&pi.projects, &pi.services, &pi.users, &pi.lines] {
                let mut sum = Split::default();
                lines.iter().for_each(|line| sum += line.split);
                prop_assert_eq!(sum, pi.total);
            }
            prop_assert_eq!(pi.discounts.iter().map(|d| d.amount).sum::<Cents>(), pi.total.discount);
            let theirs = rows.iter().filter(|row| row.charge_type == focus::ChargeType::Usage && row.payer.pi_email == pi.email);
            prop_assert_eq!(theirs.map(|row| row.billed_cost).sum::<Cents>(), pi.total.billed);
        }
        // What is stated of every cap is what the next month begins from.
        for (scope, after, cap) in focus::written(&sheet) {
            let caps = statements.sponsors.iter().flat_map(|s| &s.rules).flat_map(|r| &r.caps);
            let found = caps.clone().find(|c| c.rule == scope.rule && c.subject == scope.subject.to_string() && c.period == scope.period);
            let Some(found) = found else {
                // Touched by charges that come to no cent.
                prop_assert_eq!((after.used, after.subsidized), (Cents::ZERO, Cents::ZERO));
                continue;
            };
            prop_assert_eq!((found.used_to_date, found.to_date), (after.used, after.subsidized));
            prop_assert_eq!(found.remaining, Cents::floor(cap) - after.subsidized);
            prop_assert_eq!(found.members.iter().map(|m| m.subsidised).sum::<Cents>(), found.this_month);
        }
        let again = of(&allocate(month, shuffled, &projects, &rules, &openings), &projects, &rules, None);
        prop_assert_eq!(statements, again);
    }
}

#[test]
fn what_nobody_used_is_a_statement_too() {
    let statements = made(Vec::new(), &[rule("r", "5")]);
    assert!(statements.adds_up() && statements.pis.is_empty());
    assert!(statements.overview().text().contains("Nothing is approved"));
    assert_eq!(statements.sponsors[0].rules[0].untouched, 4);
}
