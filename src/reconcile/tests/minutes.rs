//! Usage by the minute or hour against requests: what a minute proves, which
//! neighbours belong together, and what makes it coarser.

use crate::reconcile::fixtures::{Case, Done, amount, at, request};
use crate::reconcile::{Finest, Outcome, Rung, group_of, key, needs_entries};
use crate::usage::{Line, TokenClass};

/// A minute's bucket of gpt-4o under key `k`: requests, input and output.
fn minute<'a>(minute: i64, requests: i64, input: i64, output: i64) -> Line<'a> {
    Line {
        span: 60,
        api_key: "k",
        requests: Some(requests),
        model: "gpt-4o-2024-08-06",
        tier: "default",
        ..request("", minute * 60, input, output, "")
    }
}

fn entry<'a>(second: i64, input: i64, output: i64, recorded: &str) -> Line<'a> {
    Line { api_key: "k", ..request("", second, input, output, recorded) }
}

fn rungs(done: &Done) -> Vec<Rung> {
    (0..done.items().len() as u32).map(|item| done.items().rung(item)).collect()
}

fn names(done: &Done) -> Vec<String> {
    let sides = done.case.sides();
    let name = |item: u32| group_of(&sides, done.items(), item).map_or("-".into(), |group| group.name());
    (0..done.items().len() as u32).map(name).collect()
}

fn grain(done: &Done) -> (String, String) {
    done.result.grain.first().map(|grain| (grain.name.clone(), grain.why.clone())).unwrap_or_default()
}

#[test]
fn a_minute_with_one_request_on_each_side_proves_the_pair() {
    let done = Case::new()
        .usage(minute(0, 1, 400_000, 100))
        .usage(minute(1, 2, 800_000, 200))
        .usage(minute(2, 1, 7, 7))
        .ledger(entry(59, 400_000, 100, "1.001"))
        .ledger(entry(61, 400_000, 100, "1.001"))
        .ledger(entry(90, 400_000, 100, "1.001"))
        .ledger(entry(125, 8, 7, "1"))
        .run();
    assert_eq!(done.shown()[..2], ["matched none 0/0", "matched none 1/1,2"]);
    assert_eq!(done.items().outcome(2), Outcome::Discrepancy);
    // Other tokens are no proof, though each side has one request.
    assert_eq!(rungs(&done), [Rung::Sole, Rung::Group, Rung::Group]);
    assert_eq!(names(&done)[0], "2026-01-01T00:00/k/gpt-4o");
    let (name, why) = grain(&done);
    assert_eq!(name, "minute x key x model");
    assert_eq!(
        why,
        "The bill has no request ids and states no money, so its dollars are derived: tokens at the price book's \
         rates. Both tell the minute; a line without tokens is compared by its day."
    );
}

#[test]
fn several_rows_of_one_minute_are_one_bucket() {
    let batch = Line { tier: "batch", ..minute(0, 0, 0, 0) };
    let done = Case::new().usage(minute(0, 1, 5, 5)).usage(batch).ledger(entry(3, 5, 5, "1")).run();
    assert_eq!((done.items().len(), rungs(&done)), (1, vec![Rung::Sole]));
}

#[test]
fn a_request_recorded_after_the_turn_of_the_minute_is_found_beside_it() {
    // The first minute has it on the bill, the next one in the ledger.
    let done = Case::new().usage(minute(0, 1, 9, 4)).ledger(entry(61, 9, 4, "1")).run();
    assert_eq!((done.items().len(), rungs(&done)), (1, vec![Rung::Unique]));
    let late = Case::new()
        .usage(minute(0, 2, 18, 8))
        .usage(minute(1, 1, 5, 5))
        .ledger(entry(1, 9, 4, "1"))
        .ledger(entry(61, 9, 4, "1"))
        .ledger(entry(62, 5, 5, "1"))
        .run();
    assert_eq!(late.shown().len(), 1);
    assert_eq!((rungs(&late), names(&late)), (vec![Rung::Group], vec!["2026-01-01T00:00/k/gpt-4o".to_owned()]));
    let far = Case::new().usage(minute(0, 1, 9, 4)).ledger(entry(121, 9, 4, "1")).run();
    assert_eq!(far.items().len(), 2);
    let mut strict = Case::new().usage(minute(0, 1, 9, 4)).ledger(entry(61, 9, 4, "1"));
    strict.rules.window_seconds = 0;
    assert_eq!(strict.run().items().len(), 2);
}

#[test]
fn of_two_neighbours_that_fit_alike_none_is_chosen() {
    let done = Case::new().usage(minute(1, 1, 9, 4)).ledger(entry(30, 9, 4, "1")).ledger(entry(150, 9, 4, "1")).run();
    let outcomes: Vec<Outcome> = (0..done.items().len() as u32).map(|item| done.items().outcome(item)).collect();
    assert_eq!(outcomes, [Outcome::MissingInBill, Outcome::MissingInLedger, Outcome::MissingInBill]);
}

#[test]
fn another_key_or_model_is_another_bucket() {
    let done = Case::new()
        .usage(minute(0, 1, 9, 4))
        .usage(Line { api_key: "l", ..minute(0, 1, 9, 4) })
        .ledger(entry(5, 9, 4, "1"))
        .ledger(Line { model: "o3", ..entry(5, 9, 4, "1") })
        .run();
    assert_eq!(names(&done).len(), 3);
    assert_eq!(rungs(&done).iter().filter(|rung| **rung == Rung::Sole).count(), 1);
}

#[test]
fn buckets_of_an_hour_are_compared_by_the_hour() {
    let hour = Line { span: 3_600, ..minute(0, 2, 10, 4) };
    let done = Case::new().usage(hour).ledger(entry(5, 5, 2, "1")).ledger(entry(3_000, 5, 2, "1")).run();
    assert_eq!(
        (grain(&done).0.as_str(), names(&done)),
        ("hour x key x model", vec!["2026-01-01T00:00/k/gpt-4o".into()])
    );
}

#[test]
fn a_ledger_of_dates_makes_minutes_of_the_bill_a_day() {
    let done = Case::new().usage(minute(3, 1, 9, 4)).ledger(entry(0, 9, 4, "1")).run();
    let (name, why) = grain(&done);
    assert_eq!((done.items().len(), name.as_str()), (1, "day x key x model"));
    assert!(why.contains("The bill counts by the minute, which the ledger does not tell."), "{why}");
}

#[test]
fn a_bucket_over_the_turn_of_a_minute_belongs_to_its_hour() {
    let shifted = Line { at: at(30), ..minute(0, 1, 9, 4) };
    let done = Case::new().usage(shifted).ledger(entry(45, 9, 4, "1")).run();
    assert_eq!(grain(&done).0, "hour x key x model");
}

#[test]
fn what_is_no_matter_of_tokens_is_compared_by_its_day() {
    let images = Line { model: "", input: None, output: None, requests: None, unit: "images", ..minute(0, 0, 0, 0) };
    let images = Line { quantity: Some(crate::amount::Quantity::from_int(3)), ..images };
    let silent = Line { input: None, output: None, ..entry(70_000, 0, 0, "0.5") };
    let done = Case::new().usage(minute(0, 1, 9, 4)).usage(images).ledger(entry(5, 9, 4, "1")).ledger(silent).run();
    assert_eq!(grain(&done).0, "minute x key x model");
    assert!(names(&done).contains(&"2026-01-01/k/gpt-4o".to_owned()), "{:?}", names(&done));
}

#[test]
fn usage_by_the_minute_beside_costs_of_its_day_is_their_evidence() {
    let cost = Line {
        at: at(0),
        model: "gpt-4o",
        api_key: "k",
        item_text: "gpt-4o, input",
        class: Some(TokenClass::Input),
        amount: Some(amount("1")),
        ..Line::default()
    };
    let done = Case::new().usage(minute(0, 1, 400_000, 0)).cost(cost).ledger(entry(5, 400_000, 0, "1")).run();
    assert_eq!(done.shown(), ["matched none 1/0", "not_applicable none 0/"]);
    assert!(done.result.grain.iter().all(|grain| grain.name == "day x key x model"), "{:?}", done.result.grain);
}

#[test]
fn a_minute_without_money_is_worth_what_the_price_book_says() {
    let done = Case::new().usage(minute(0, 1, 400_000, 0)).ledger(entry(5, 400_000, 0, "9")).run();
    assert_eq!(done.parts(0), ["price -8"]);
    let unknown = Line { model: "mystery", ..minute(0, 1, 4, 0) };
    let done = Case::new().usage(unknown).ledger(Line { model: "mystery", ..entry(5, 4, 0, "9") }).run();
    assert_eq!(done.items().outcome(0), Outcome::Unpriced);
}

#[test]
fn requests_can_be_compared_by_the_minute_hour_or_day_at_will() {
    let run = |finest| {
        let mut case = Case::new()
            .bill(Line { api_key: "k", ..request("a", 10, 5, 5, "1") })
            .bill(Line { api_key: "k", ..request("b", 100, 5, 5, "1") })
            .ledger(Line { api_key: "k", ..request("c", 15, 5, 5, "1") })
            .ledger(Line { api_key: "k", ..request("d", 110, 5, 5, "1") });
        case.rules.finest = finest;
        let done = case.run();
        (done.items().len(), grain(&done).0)
    };
    assert_eq!(run(Finest::Request), (4, "request".into()));
    assert_eq!(run(Finest::Minute), (2, "minute x key x model".into()));
    assert_eq!(run(Finest::Hour), (1, "hour x key x model".into()));
    assert_eq!(run(Finest::Class), (1, "day x key x model".into()));
    assert_eq!(run(Finest::Project), (1, "day x key".into()));
    assert_eq!(run(Finest::Total), (1, "total of the month".into()));
}

#[test]
fn more_entries_change_what_a_minute_says_and_not_which_it_is() {
    let identity = |more: bool| {
        let mut case = Case::new().usage(minute(5, 1, 9, 4)).ledger(entry(305, 9, 4, "1"));
        if more {
            case = case.ledger(entry(301, 1, 1, "1"));
        }
        let done = case.run();
        assert_eq!(done.items().len(), 1);
        key(&done.case.sides(), done.items(), 0)
    };
    assert_eq!(identity(false).identity, identity(true).identity);
    assert_ne!(identity(false).content, identity(true).content);
}

#[test]
fn each_part_of_a_book_has_the_grain_it_can_have() {
    let day = 86_400;
    let done = Case::new()
        .bill(request("r1", 9 * day, 10, 10, "1"))
        .ledger(request("r1", 9 * day + 5, 10, 10, "1"))
        .usage(minute(0, 1, 9, 4))
        .ledger(entry(5, 9, 4, "0.0000625"))
        .bill(crate::reconcile::fixtures::credits(8, "u", "codex", "10"))
        .ledger(crate::reconcile::fixtures::credits(8, "u", "codex", "10"))
        .run();
    let names: Vec<&str> = done.result.grain.iter().map(|grain| grain.name.as_str()).collect();
    assert_eq!(names, ["request", "day x user x usage type", "minute x key x model"]);
    assert_eq!(rungs(&done), [Rung::Sole, Rung::Key, Rung::Id]);
}

/// A server that adds the rows of a day up would take the minutes away.
#[test]
fn minutes_need_the_entries_one_by_one_and_days_do_not() {
    let by_minute = Case::new().usage(minute(0, 1, 9, 4));
    let by_day = Case::new().usage(Line { span: 86_400, ..minute(0, 1, 9, 4) });
    let requests = Case::new().bill(request("a", 0, 1, 1, "1"));
    let cost = Line { at: at(0), model: "gpt-4o", amount: Some(amount("1")), ..Line::default() };
    let evidence = Case::new().usage(minute(0, 1, 9, 4)).cost(cost);
    let needs = |case: &Case| Finest::ALL.map(|finest| needs_entries(&case.bill, finest));
    let finer_than_a_day = [true, true, true, false, false, false, false, false];
    assert_eq!(needs(&by_minute), finer_than_a_day);
    assert_eq!(needs(&requests), finer_than_a_day);
    assert_eq!((needs(&by_day), needs(&evidence)), ([false; 8], [false; 8]));
}
