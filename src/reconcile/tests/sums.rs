//! Figures over all items: drift, summary and health.

use crate::amount::Amount;
use crate::reconcile::fixtures::{Case, amount, credits, request};
use crate::reconcile::{Cause, HealthLimits, Outcome, Summary, health, summarize};
use crate::usage::{Line, NotApplicable};

#[test]
fn tolerated_differences_that_add_up_are_drift() {
    let month = |billed: &'static str| {
        let mut case = Case::new();
        for (id, project) in [("a", "p1"), ("b", "p1"), ("c", "p2")] {
            let cost = if project == "p1" { billed } else { "1.00" };
            let bill = Line { model: "gpt-4o-2024-08-06", project, ..request(id, 0, 1, 1, cost) };
            case = case.bill(bill).ledger(request(id, 0, 1, 1, "1.00"));
        }
        case.run().result.drift
    };
    assert_eq!(month("1.02"), []);
    let drift = month("1.03");
    assert_eq!(drift.len(), 1);
    assert_eq!((drift[0].model.as_str(), drift[0].project.as_str(), drift[0].items), ("gpt-4o", "p1", 2));
    assert_eq!((drift[0].billed, drift[0].recorded), (amount("2.06"), amount("2")));
    assert_eq!(drift[0].share.unwrap().percent(), "3.0%");
}

#[test]
fn drift_is_told_by_day() {
    let mut case = Case::new();
    // In order until the 3rd, and 3% more from then on.
    for (n, billed) in ["1", "1", "1.03", "1.03", "1.03", "1.03", "1.03", "1.03"].into_iter().enumerate() {
        let id = n.to_string();
        let line = |cost| Line { project: "p1", ..request(&id, n as i64 * 86_400, 10, 0, cost) };
        case = case.bill(line(billed)).ledger(line("1"));
    }
    let drift = case.run().result.drift;
    assert_eq!(drift.len(), 1);
    let days: Vec<(String, bool)> =
        drift[0].days.iter().map(|day| (day.day.unwrap().to_string(), day.beyond)).collect();
    assert_eq!(days[1], ("2026-01-02".to_owned(), false));
    assert_eq!(days[2], ("2026-01-03".to_owned(), true));
    let sum: Amount = drift[0].days.iter().map(|day| day.billed.minus(day.recorded)).sum();
    assert_eq!(sum, drift[0].billed.minus(drift[0].recorded));
}

#[test]
fn three_percent_on_a_hundred_thousand_small_requests_is_drift_with_its_price() {
    let mut case = Case::new();
    for n in 0..100_000i64 {
        let (id, input, output) = (n.to_string(), 200 + n % 977, 20 + n % 61);
        // gpt-4o: 2.50 in, 10 out, in micros of a dollar by 100.
        let list = i128::from(input * 250 + output * 1_000) * 10i128.pow(10);
        let line = |units: i128| Line {
            project: "p1",
            cached: Some(0),
            amount: Some(Amount::from_units(units)),
            ..request(&id, n * 26, input, output, "")
        };
        case = case.bill(line(list / 100 * 103)).ledger(line(list));
    }
    let done = case.run();
    let sides = done.case.sides();
    let summary = crate::reconcile::summarize(&sides, &done.case.rules, done.items());
    assert_eq!(summary.bucket(crate::reconcile::Outcome::Matched).items, 100_000, "the tolerance passes each of them");
    let drift = &done.result.drift;
    assert_eq!((drift.len(), drift[0].items), (1, 100_000));
    assert_eq!(drift[0].share.unwrap().percent(), "3.0%");
    assert_eq!(drift[0].billed.minus(drift[0].recorded), summary.variance_total);
    assert!(drift[0].days.len() > 28 && drift[0].days.iter().all(|day| day.beyond));
    let why = crate::reconcile::explain(&crate::reconcile::Evidence::of(&sides, done.items()));
    assert_eq!((why.variance, why.residual), (summary.variance_total, Amount::ZERO));
    assert_eq!(
        why.findings[0].sentence,
        "From 2026-01-01 on gpt-4o is billed at 2.575 in, 1.25 cached, 10.3 out per million; the ledger has another price."
    );
}

#[test]
fn credits_drift_by_their_usage_type() {
    let ledger = Line { amount: Some(amount("0.97")), ..credits(1, "a", "chat_agent.completion", "20") };
    let done = Case::new().bill(credits(1, "a", "chat_agent.completion", "20")).ledger(ledger).run();
    let drift = done.result.drift;
    assert_eq!((drift.len(), drift[0].model.as_str(), drift[0].project.as_str()), (1, "chat_agent.completion", ""));
}

#[test]
fn differences_that_cancel_out_are_no_drift() {
    let done = Case::new()
        .bill(request("a", 0, 1, 1, "1.04"))
        .bill(request("b", 0, 1, 1, "0.96"))
        .ledger(request("a", 0, 1, 1, "1.00"))
        .ledger(request("b", 0, 1, 1, "1.00"))
        .run();
    assert_eq!(done.result.drift, []);
}

#[test]
fn a_discrepancy_is_no_drift_of_its_group() {
    let done = Case::new().bill(request("a", 0, 1, 1, "9")).ledger(request("a", 0, 1, 1, "1")).run();
    assert_eq!((done.shown(), done.result.drift), (vec!["discrepancy unexplained 0/0".to_string()], vec![]));
}

fn summary(case: Case) -> Summary {
    let done = case.run();
    summarize(&done.case.sides(), &done.case.rules, done.items())
}

#[test]
fn a_summary_adds_up_outcomes_and_causes() {
    let failed = Line { not_applicable: Some(NotApplicable::Failed), ..request("f", 0, 1, 1, "0.5") };
    let summary = summary(
        Case::new()
            .bill(request("a", 0, 1_000_000, 0, "2.5"))
            .bill(request("b", 0, 1, 1, "1"))
            .bill(request("b", 0, 1, 1, "1"))
            .ledger(request("a", 0, 1_000_000, 0, "1"))
            .ledger(request("c", 0, 1, 1, "0.25"))
            .ledger(failed),
    );
    assert_eq!((summary.bill_lines, summary.bill_total), (3, amount("4.5")));
    assert_eq!((summary.ledger_entries, summary.ledger_total), (3, amount("1.75")));
    assert_eq!(summary.variance_total, amount("3.25"));
    assert_eq!(summary.unexplained, amount("0"));
    assert_eq!(
        summary.causes,
        [(Cause::Duplicate, 1, amount("2")), (Cause::Price, 1, amount("1.5")), (Cause::Extra, 1, amount("-0.25"))]
    );
    assert_eq!(summary.bucket(Outcome::Discrepancy).recorded, amount("1"));
    assert_eq!(summary.items(), 4);
}

/// `matched` pairs, `wrong` pairs and `alone` bill lines.
fn counts(matched: usize, wrong: usize, alone: usize) -> Summary {
    let mut case =
        Case::new().ledger(Line { not_applicable: Some(NotApplicable::Grant), ..request("g", 0, 1, 1, "1") });
    let ids: Vec<String> = (0..matched + wrong + alone).map(|n| n.to_string()).collect();
    for (n, id) in ids.iter().enumerate() {
        case = case.bill(request(id, 0, 1, 1, "1"));
        if n < matched + wrong {
            case = case.ledger(request(id, 0, 1, 1, if n < matched { "1" } else { "3" }));
        }
    }
    summary(case)
}

#[test]
fn health_keeps_its_limits_to_the_item() {
    let limits = HealthLimits::default();
    let healthy = |matched, wrong, alone| health(&counts(matched, wrong, alone), 0, 0, &limits).healthy;
    assert!(healthy(1, 0, 0));
    assert!(healthy(96, 4, 0));
    assert!(!healthy(95, 5, 0), "5% is not under 5%");
    assert!(!healthy(99, 0, 1), "1% is not under 1%");
    assert!(healthy(100, 0, 1));
    assert!(healthy(190, 9, 1), "95% is at least 95%");
    assert!(!healthy(189, 9, 1));
    let told = health(&counts(95, 5, 0), 1, 2, &limits);
    assert_eq!(
        told.reasons,
        [
            "5 of 100 items (5.0%) are discrepancies; it should be under 5.0%.",
            "In 1 group of a model and a project the differences within tolerance add up to too much.",
            "2 rows could not be read; at most 0 may."
        ]
    );
    assert_eq!(told.matched.unwrap().percent(), "95.0%");
}

#[test]
fn with_nothing_to_compare_health_is_not_applicable() {
    let nothing = counts(0, 0, 0);
    let limits = HealthLimits::default();
    let told = health(&nothing, 0, 0, &limits);
    assert_eq!((told.applicable, told.healthy, told.matched), (false, true, None));
    assert!(!health(&nothing, 0, 1, &limits).healthy);
}
