//! The screens that say why: findings, prices of the bill, health over months
//! and the choice of a grain, over a month that was spoiled on purpose.

use std::fmt::Write;

use super::at_all_sizes;
use crate::tui::bench::{Bench, SampleBook, sample_book};
use crate::tui::theme::{Depth, Kind, Theme};

/// Thousand-millionths of a dollar, as text.
fn dollars(nanos: i64) -> String {
    format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

/// November: gpt-4o is billed as batch from the 10th to the 20th and recorded
/// at list price; gpt-4.1 costs 6 instead of 8 for output from the 16th on;
/// gpt-4o-mini is recorded 3% short. December has nothing, January agrees.
pub(super) fn spoiled() -> SampleBook {
    let book = sample_book();
    let mut bill = String::from("request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd\n");
    let mut ledger = String::from(
        "id,user_id,model_used,input_tokens,output_tokens,calculated_cost_cents,openai_request_id,created_at\n",
    );
    let mut add = |id: &str, at: &str, model: &str, [input, output]: [i64; 2], [billed, recorded]: [i64; 2]| {
        let _ = writeln!(bill, "{id},{at},{model},{input},{output},{},{}", input + output, dollars(billed));
        let cents = recorded.saturating_mul(100);
        let _ = writeln!(ledger, "k{id},u,{model},{input},{output},{},{id},{at}", dollars(cents));
    };
    for day in 1..=30 {
        let at = format!("2025-11-{day:02}T10:00:00Z");
        let tokens = [400_000 + day * 1_013, 50_000 + day * 777];
        let cost = |input: i64, output: i64| tokens[0] * input + tokens[1] * output;
        let list = cost(2_500, 10_000);
        let batch = (10..=20).contains(&day);
        add(&format!("a{day:02}"), &at, "gpt-4o", tokens, [if batch { list / 2 } else { list }, list]);
        let output = if day >= 16 { 6_000 } else { 8_000 };
        add(&format!("b{day:02}"), &at, "gpt-4.1", tokens, [cost(2_000, output), cost(2_000, 8_000)]);
        let few = [40_000 + day * 100, 5_000 + day * 700];
        let mini = few[0] * 150 + few[1] * 600;
        add(&format!("c{day:02}"), &at, "gpt-4o-mini", few, [mini, mini / 100 * 97]);
    }
    for day in 1..=5 {
        let at = format!("2026-01-{day:02}T10:00:00Z");
        let list = 400_000 * 2_500 + 50_000 * 10_000;
        add(&format!("d{day:02}"), &at, "gpt-4o", [400_000, 50_000], [list, list]);
    }
    std::fs::write(book.path().join("bill.csv"), bill).unwrap();
    std::fs::write(book.path().join("ledger.csv"), ledger).unwrap();
    book
}

fn open(book: &SampleBook, size: (u16, u16)) -> Bench {
    let mut bench = Bench::of_files(&book.path(), size, &["bill.csv"], &["ledger.csv"]);
    bench.model.theme = Theme::new(Kind::Dark, Depth::Full);
    bench
}

#[test]
fn findings_are_ranked_and_the_one_under_the_cursor_is_told_in_full() {
    let book = spoiled();
    let mut bench = open(&book, (80, 24));
    bench.keys("9");
    insta::assert_snapshot!("why", at_all_sizes(&mut bench));
}

#[test]
fn health_over_months_says_which_month_is_not_there() {
    let book = spoiled();
    let mut bench = open(&book, (80, 24));
    bench.keys("0 ctrl-d");
    insta::assert_snapshot!("overview_with_trend", at_all_sizes(&mut bench));
}

#[test]
fn a_price_of_the_bill_goes_over_form_and_preview_into_the_book_and_back() {
    let book = spoiled();
    let mut bench = open(&book, (120, 40));
    bench.keys("5");
    while !bench.screen().contains("gpt-4.1 from 2025-11-16") {
        let before = bench.model.spot();
        bench.keys("j");
        assert_ne!(bench.model.spot(), before, "no row stands against the price: {}", bench.screen());
    }
    insta::assert_snapshot!("prices_of_the_bill", at_all_sizes(&mut bench));
    bench.resize((120, 40));
    let path = book.path().join("pricing.json");
    let before = std::fs::read_to_string(&path).unwrap();
    bench.keys("i");
    let screen = bench.screen();
    assert!(screen.contains("gpt-4.1") && screen.contains("2025-11-16"), "{screen}");
    if screen.contains("Take which") {
        bench.keys("enter");
    }
    assert!(bench.screen().contains("A rate, as the bill says it"), "{}", bench.screen());
    bench.keys("enter y");
    assert_ne!(std::fs::read_to_string(&path).unwrap(), before);
    assert!(!bench.screen().contains("≠ 2 /"), "{}", bench.screen());
    bench.keys("u");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
}

#[test]
fn a_finding_is_adopted_over_a_preview_and_undo_reverts_it() {
    let book = spoiled();
    let mut bench = open(&book, (120, 40));
    bench.keys("9");
    let findings = bench.model.why.rows();
    let at = (0..findings).find(|at| bench.model.why.finding(*at).is_some_and(|f| f.probe == "batch"));
    for _ in 0..at.unwrap() {
        bench.keys("j");
    }
    let before = bench.screen();
    bench.keys("a");
    insta::assert_snapshot!("why_adopt", at_all_sizes(&mut bench));
    bench.resize((120, 40));
    bench.keys("n");
    assert_eq!(bench.status(), "Nothing was changed.");
    bench.keys("a y");
    assert!(bench.status().contains("saved"), "{}", bench.status());
    assert!((0..bench.model.why.rows()).all(|at| bench.model.why.finding(at).is_none_or(|f| f.probe != "batch")));
    assert!(bench.model.desk.as_ref().unwrap().assumptions().len() == 1);
    bench.keys("x");
    assert!(bench.screen().contains("Take what no longer for granted?"), "{}", bench.screen());
    bench.keys("esc u g");
    for _ in 0..at.unwrap() {
        bench.keys("j");
    }
    bench.model.status = None;
    assert_eq!(bench.screen(), before);
}

#[test]
fn enter_keeps_the_lists_to_the_items_of_a_finding_until_esc() {
    let book = spoiled();
    let mut bench = open(&book, (120, 40));
    bench.keys("9");
    let items = bench.model.why.finding(0).unwrap().items.clone();
    bench.keys("enter");
    let list = bench.model.list().unwrap();
    let mut shown = list.index.to_vec();
    shown.sort_unstable();
    assert_eq!(shown, items);
    assert!(bench.status().contains("Esc shows all again"), "{}", bench.status());
    bench.keys("esc");
    assert!(bench.model.list().unwrap().index.len() > items.len());
    // What no finding explains has no items of its own.
    bench.keys("9 G enter");
    assert!(bench.status().starts_with("What no finding explains"), "{}", bench.status());
}

#[test]
fn what_is_explained_is_said_for_each_scope() {
    let book = spoiled();
    let mut bench = open(&book, (120, 40));
    bench.keys("2 E enter");
    assert!(bench.screen().contains("Why the item"), "{}", bench.screen());
    bench.keys("2 space space E enter");
    assert!(bench.screen().contains("Why the marked items differ (2 items)"), "{}", bench.screen());
    bench.keys("2 esc & m o d e l : g p t - 4 . 1 enter E").types("all that");
    bench.keys("enter");
    assert!(bench.screen().contains("Why all on Discrepancies with model:gpt-4.1 differ"), "{}", bench.screen());
    bench.keys("E").types("month");
    bench.keys("enter");
    assert!(bench.screen().contains("Why 2025-11 differs, the whole month"), "{}", bench.screen());
}

#[test]
fn findings_of_an_older_question_are_dropped() {
    use crate::tui::message::Message;
    let book = spoiled();
    let mut bench = open(&book, (80, 24));
    bench.keys("9");
    let old = bench.model.why.asked;
    let page = bench.model.why.page.clone().unwrap();
    bench.keys("2 E enter");
    let shown = bench.screen();
    bench.send(Message::Explained { generation: old, page });
    assert_eq!(bench.screen(), shown);
}

#[test]
fn a_coarser_grain_is_previewed_kept_in_the_book_and_undone() {
    let book = spoiled();
    let mut bench = open(&book, (120, 40));
    bench.keys("0 b");
    assert!(bench.screen().contains("Compare at nothing finer than"), "{}", bench.screen());
    bench.types("day by day");
    bench.keys("enter");
    insta::assert_snapshot!("grain_preview", at_all_sizes(&mut bench));
    bench.resize((120, 40));
    bench.keys("y");
    let config = book.path().join("config.toml");
    assert!(std::fs::read_to_string(&config).unwrap().contains("finest = \"day\""));
    assert_eq!(bench.model.desk.as_ref().unwrap().rules().finest, crate::reconcile::Finest::Day);
    bench.keys("u");
    assert!(!std::fs::read_to_string(&config).unwrap_or_default().contains("finest"));
    bench.keys("b enter");
    assert!(bench.status().contains("already"), "{}", bench.status());
}

#[test]
fn the_detail_says_why_once_the_cursor_rests() {
    let book = spoiled();
    let mut bench = open(&book, (120, 40));
    bench.keys("2 enter");
    let screen = bench.screen();
    assert!(screen.contains("Why: "), "{screen}");
    insta::assert_snapshot!("detail_with_findings", at_all_sizes(&mut bench));
}
