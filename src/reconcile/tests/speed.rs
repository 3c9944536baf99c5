//! Millions of rows, for looking at the clock by hand:
//! `cargo test --release --lib reconcile::tests::speed -- --ignored --nocapture`.

use std::time::Instant;

use crate::reconcile::fixtures::{Case, request};
use crate::reconcile::{Finest, Outcome, reconcile, summarize};
use crate::usage::{Line, TokenClass};

#[test]
#[ignore = "looks at the clock"]
fn a_million_rows_a_side() {
    let rows: usize = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let mut case = Case::new();
    let id = |n: usize| format!("chatcmpl-{:029}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    for n in 0..rows {
        let (id, second) = (id(n), (n * 2_678_400 / rows) as i64);
        case = case.bill(request(&id, second, 500 + n as i64 % 4_096, 200, "0.004"));
    }
    // A ledger in another order, with one row in 300 without an id.
    for n in (0..rows).map(|n| n.wrapping_mul(611_953) % rows) {
        let (id, second) = (id(n), (n * 2_678_400 / rows) as i64);
        let id = if n % 300 == 0 { "" } else { id.as_str() };
        case = case.ledger(request(id, second + 2, 500 + n as i64 % 4_096, 200, "0.004"));
    }
    // Amounts are stated, so values need no columns.
    for _ in 0..3 {
        let start = Instant::now();
        let result = reconcile(&case.sides(), &case.rules, &[]);
        let compared = start.elapsed();
        let summary = summarize(&case.sides(), &case.rules, &result.items);
        let bytes = result.items.bytes() / result.items.len().max(1);
        println!("{rows} x {rows}: {compared:?}, {bytes} bytes an item; summary {:?}", start.elapsed() - compared);
        assert!(summary.bucket(Outcome::Matched).items > rows as u64 * 9 / 10);
    }
}

/// Ten million entries against the costs of a month: 12 models in 40 projects.
#[test]
#[ignore = "looks at the clock"]
fn ten_million_entries_by_the_day() {
    let rows: usize = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(10_000_000);
    let mut case = Case::new();
    let models: Vec<String> = (0..12).map(|n| format!("model-{n}")).collect();
    let projects: Vec<String> = (0..40).map(|n| format!("proj_{n}")).collect();
    for (day, model, project) in (0..31).flat_map(|day| (0..480).map(move |n| (day, n % 12, n / 12))) {
        let cost = request("", day * 86_400, 0, 0, "2.6");
        let (input, output) = (None, None);
        let class = Some(TokenClass::Input);
        case = case.cost(Line { model: &models[model], project: &projects[project], class, input, output, ..cost });
    }
    // Every entry in another order than that of time.
    for n in (0..rows).map(|n| n.wrapping_mul(611_953) % rows) {
        let second = (n * 2_678_400 / rows) as i64;
        let (model, project) = (&models[n % 12], &projects[n / 12 % 40]);
        case = case.ledger(Line { model, project, ..request("", second, 500 + n as i64 % 4_096, 200, "0.004") });
    }
    for finest in Finest::ALL {
        case.rules.finest = finest;
        let start = Instant::now();
        let result = reconcile(&case.sides(), &case.rules, &[]);
        let compared = start.elapsed();
        let summary = summarize(&case.sides(), &case.rules, &result.items);
        let names: Vec<&str> = result.grain.iter().map(|grain| grain.name.as_str()).collect();
        let bytes = result.items.bytes() / rows;
        let items = result.items.len();
        println!(
            "{rows} by {names:?}: {compared:?}, {items} items, {bytes} bytes an entry; summary {:?}",
            start.elapsed() - compared
        );
        assert_eq!(summary.ledger_entries, rows as u64);
    }
}

/// A million requests a side, by the day and by the request, with causes.
#[test]
#[ignore = "looks at the clock"]
fn causes_of_a_million() {
    use crate::reconcile::{Evidence, explain};
    let rows: usize = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let models = ["gpt-4o", "gpt-4.1", "o3", "gpt-4o-mini", "gpt-5", "gpt-5-mini"];
    let projects: Vec<String> = (0..40).map(|n| format!("proj_{n}")).collect();
    for by_day in [false, true] {
        let mut case = Case::new();
        case.book = crate::price::PriceBook::shipped();
        let table = case.book.index();
        let mut lines = Vec::new();
        let mut days = std::collections::BTreeMap::new();
        for n in 0..rows {
            let second = (n * 2_678_400 / rows) as i64;
            let (model, project) = (models[n % 6], &projects[n / 6 % 40]);
            let day = crate::reconcile::fixtures::at(second).unwrap().day();
            let (input, output) = (500 + n as i64 % 4_096, 200 + n as i64 % 77);
            let tokens = crate::price::Tokens { uncached: input - 300, cached: 300, output };
            let cost = crate::price::cost(table.rates(model, day).unwrap(), tokens).unwrap();
            // One model in batch, one dearer, one with noise.
            let units = match model {
                "gpt-4o" => cost.units() / 2,
                "o3" => cost.units() / 100 * 103,
                "gpt-5" => cost.units() / 1_000 * (900 + n as i128 * 7_919 % 200),
                _ => cost.units(),
            };
            lines.push((second, model, project, input, output, cost));
            let billed = crate::amount::Amount::from_units(units);
            if by_day {
                let sum = days.entry((day, model, project)).or_insert(crate::amount::Amount::ZERO);
                *sum = sum.plus(billed);
            }
        }
        let costs: Vec<_> = lines.iter().map(|line| line.5).collect();
        drop(table);
        for (n, (second, model, project, input, output, cost)) in lines.into_iter().enumerate() {
            let id = format!("chatcmpl-{n:08}");
            let line = Line {
                model,
                project,
                cached: Some(300),
                amount: Some(cost),
                ..request(&id, second, input, output, "")
            };
            if !by_day {
                let units = match model {
                    "gpt-4o" => costs[n].units() / 2,
                    "o3" => costs[n].units() / 100 * 103,
                    "gpt-5" => costs[n].units() / 1_000 * (900 + n as i128 * 7_919 % 200),
                    _ => costs[n].units(),
                };
                case = case.bill(Line { amount: Some(crate::amount::Amount::from_units(units)), ..line.clone() });
            }
            case = case.ledger(line);
        }
        for ((day, model, project), cost) in days {
            let at = Some(crate::calendar::Instant::start_of(day));
            case = case.cost(Line { at, model, project, amount: Some(cost), ..Line::default() });
        }
        let result = reconcile(&case.sides(), &case.rules, &[]);
        let sides = case.sides();
        let evidence = Evidence::of(&sides, &result.items);
        for probe in crate::reconcile::Probe::ALL {
            let start = Instant::now();
            let found = probe.run(&evidence).len();
            println!("  {} alone: {found} findings in {:?}", probe.name(), start.elapsed());
        }
        for _ in 0..3 {
            let (sides, start) = (case.sides(), Instant::now());
            let evidence = Evidence::of(&sides, &result.items);
            let gathered = start.elapsed();
            let why = explain(&evidence);
            println!(
                "{rows} {}: gathered {gathered:?}, explained {:?}, {} findings, {} unexplained",
                if by_day { "by day" } else { "by request" },
                start.elapsed() - gathered,
                why.findings.len(),
                why.residual
            );
        }
    }
}
