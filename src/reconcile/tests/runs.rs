//! Several calls of a day that stand in one row of the ledger: compared by the
//! day, whatever the other rows could be told apart by.

use crate::reconcile::fixtures::{Case, Done, amount, at, request};
use crate::usage::Line;

const DAY: i64 = 86_400;

fn cost<'a>(day: i64, model: &'a str, billed: &str) -> Line<'a> {
    Line { at: at((day - 1) * DAY), model, project: "p", amount: Some(amount(billed)), ..Line::default() }
}

fn entry<'a>(day: i64, model: &'a str, recorded: &str) -> Line<'a> {
    Line { model, project: "p", ..request("", (day - 1) * DAY + 60, 10, 1, recorded) }
}

/// A run at some time of a day, of two models.
fn run<'a>(day: i64, recorded: &str) -> Line<'a> {
    Line {
        at: at((day - 1) * DAY + 3_600),
        item_text: "gpt-4o + gpt-image-1",
        action: "pipeline run",
        input: Some(80),
        output: Some(20),
        amount: Some(amount(recorded)),
        ..Line::default()
    }
}

fn grains(done: &Done) -> Vec<&str> {
    done.result.grain.iter().map(|grain| grain.name.as_str()).collect()
}

#[test]
fn runs_are_compared_with_all_that_was_billed_on_their_day() {
    let done = Case::new()
        .cost(cost(1, "gpt-4o", "1"))
        .cost(cost(1, "gpt-image-1", "2"))
        .cost(cost(2, "gpt-4o", "5"))
        .run_of_calls(run(1, "1.5"))
        .run_of_calls(run(1, "1.5"))
        .run_of_calls(run(2, "4"))
        .run();
    assert_eq!(grains(&done), ["day"]);
    assert_eq!(done.shown(), ["matched none 0,1/0,1", "discrepancy unexplained 2/2"]);
    assert!(
        done.result.grain[0].why.contains("have no model")
            || done.result.grain[0].why.contains("each stand for several calls")
    );
}

#[test]
fn days_without_runs_keep_their_finer_grain() {
    let mut case = Case::new().run_of_calls(run(2, "2"));
    for day in 1..=2 {
        case = case.cost(cost(day, "gpt-4o", "1")).cost(cost(day, "gpt-5", "2"));
        // Many rows that can be told apart do not make one that cannot so.
        for _ in 0..50 {
            case = case.ledger(entry(day, "gpt-4o", "0.02"));
        }
    }
    let done = case.ledger(entry(1, "gpt-5", "2")).run();
    assert_eq!(grains(&done), ["day x project x model", "day"]);
    let outcomes: Vec<String> = done.shown().iter().map(|item| item.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(outcomes, ["matched", "matched", "matched"]);
    assert_eq!(done.items().bill_rows(2).len(), 2, "the second day is one item");
}

#[test]
fn requests_of_the_bill_are_added_up_where_the_ledger_has_runs_alone() {
    let bill = |id, second, cost| Line { project: "p", ..request(id, second, 10, 1, cost) };
    let case = || Case::new().bill(bill("a", 10, "1")).bill(bill("b", 20, "2")).run_of_calls(run(1, "3"));
    let done = case().run();
    assert_eq!((grains(&done), done.shown()), (vec!["day"], vec!["matched volume 0,1/0".to_owned()]));
    assert!(done.result.grain[0].why.starts_with("The ledger has no single requests."), "{:?}", done.result.grain);

    let done = case().ledger(Line { id: "a", ..entry(1, "gpt-4o", "1") }).run();
    assert_eq!(done.items().len(), 3, "with a request to compare, requests are compared one by one");
}
