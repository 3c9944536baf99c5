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
