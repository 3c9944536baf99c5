//! The overview from its first line to its last, the tour, and the detail's
//! own history and outlook.

use super::{at_all_sizes, in_theme};
use crate::amount::Quantity;
use crate::tui::bench::{Bench, sample_book};
use crate::tui::theme::Kind;

#[test]
fn the_whole_overview_of_the_sample_month() {
    let (_book, mut bench) = in_theme(Kind::Plain);
    insta::assert_snapshot!("overview_whole", bench.resize((80, 90)).screen());
}

#[test]
fn a_step_of_the_tour_stands_above_the_tie_out_and_covers_nothing() {
    let (_book, mut bench) = in_theme(Kind::Dark);
    bench.keys("T 2");
    insta::assert_snapshot!("tour", at_all_sizes(&mut bench));
}

#[test]
fn every_limit_that_is_kept_makes_a_healthy_month_and_weeks_add_up_to_the_bill() {
    let book = sample_book();
    let bench = Bench::loaded(&book.path(), (80, 24));
    let desk = bench.model.desk.as_ref().unwrap();
    let lines = desk.health_lines();
    assert_eq!(lines.iter().all(|line| line.kept), desk.health().0, "{lines:?}");
    let kept: Vec<(&str, bool)> = lines.iter().map(|line| (line.what, line.kept)).collect();
    assert_eq!(
        kept,
        [("matched", true), ("discrepancies", true), ("not found", false), ("drift", false), ("bad rows", true)]
    );
    let bill = &desk.inputs().bill.lines;
    let billed: Quantity = (0..bill.len() as u32).filter_map(|row| bill.credits(row)).sum();
    let weeks = desk.credits_by_week(100);
    assert_eq!(weeks.iter().map(|week| week.credits).sum::<Quantity>(), billed);
    assert_eq!(weeks.first().map(|week| week.week.to_string()).as_deref(), Some("2026-W01"));
    // Of more weeks than are asked for, the last.
    assert_eq!(desk.credits_by_week(2), weeks[weeks.len() - 2..]);
}

#[test]
fn the_detail_says_what_either_approval_would_do_and_what_became_of_its_entries() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (80, 60));
    bench.keys("2 a u k enter");
    let screen = bench.screen();
    assert!(screen.contains("As recorded (A) robotics-lab (ENG-5120) pays $0.00,"), "{screen}");
    assert!(screen.contains("chatgpt_edu_credits_2026-01.csv (bill): read as chatgpt-credits, taken into"), "{screen}");
    let history: Vec<&str> = screen.lines().skip_while(|line| !line.contains("History")).skip(1).collect();
    assert!(history[0].contains("approve as billed 1 item (undone) (entry "), "{screen}");
    assert!(history[1].contains("undo approve as billed 1 item (entry "), "{screen}");
}

#[test]
fn a_month_that_is_not_healthy_says_first_why_not() {
    let book = sample_book();
    let bench = Bench::loaded(&book.path(), (80, 24));
    let top = bench.screen().lines().next().unwrap_or_default().to_owned();
    assert!(top.ends_with("not healthy: 1.4% not found, drift in 1 group"), "{top}");

    // Nothing to compare, and rows that could not be read: those are why.
    let header = "request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost\n";
    let rows: String =
        (1..=12).map(|day| format!("r{day},2026-01-{day:02}T09:00:00Z,gpt-4o,ten,1,11,0.10\n")).collect();
    let good = "r0,2026-01-02T09:00:00Z,gpt-4o,10,1,11,0.10\n";
    let book = sample_book();
    std::fs::write(book.path().join("bad.csv"), format!("{header}{good}{rows}")).unwrap();
    let mut bench = Bench::of_files(&book.path(), (80, 40), &["bad.csv"], &[]);
    bench.keys("0");
    let screen = bench.screen();
    assert!(screen.contains("not healthy: 12 bad rows"), "{screen}");
    // Some are left out with a reason, and the limits stand in one column.
    bench.keys("B x").types("broken").keys("enter y");
    bench.keys("0");
    let screen = bench.screen();
    let line = |name: &str| screen.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
    assert!(line("bad rows  ").contains("11 (1 left out)  at most 0"), "{screen}");
    let limit = |line: String| ["limit", "at most"].iter().filter_map(|word| line.find(word)).next();
    // The sign before it is of three bytes.
    assert_eq!(limit(line("now  ")).map(|at| at + 2), limit(line("bad rows  ")), "{screen}");
}
