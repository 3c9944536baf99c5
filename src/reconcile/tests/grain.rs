//! Costs and usage of whole days against a ledger of requests: which grain is
//! chosen, what is compared with what, and what stays out.

use crate::calendar::Month;
use crate::reconcile::fixtures::{Case, Done, amount, at, credits, request};
use crate::reconcile::{
    Finest, HandMatch, Judge, Outcome, Rung, group_of, key, line_keys, not_applicable_reason, summarize,
};
use crate::usage::{Line, NotApplicable, TokenClass};

const DAY: i64 = 86_400;

/// A line of costs of gpt-4o in project `p` on a day of January.
fn cost<'a>(day: i64, class: TokenClass, tokens: i64, billed: &str) -> Line<'a> {
    Line {
        at: at((day - 1) * DAY),
        model: "gpt-4o-2024-08-06",
        project: "p",
        item_text: class.label(),
        class: Some(class),
        quantity: Some(crate::amount::Quantity::from_int(tokens)),
        unit: "tokens",
        amount: Some(amount(billed)),
        ..Line::default()
    }
}

/// An entry of project `p`, at noon of a day of January.
fn entry<'a>(day: i64, input: i64, output: i64, recorded: &str) -> Line<'a> {
    Line { project: "p", ..request("", (day - 1) * DAY + DAY / 2, input, output, recorded) }
}

fn grains(done: &Done) -> Vec<String> {
    done.result.grain.iter().map(|grain| format!("{}: {}", grain.name, grain.why)).collect()
}

fn names(done: &Done) -> Vec<String> {
    let sides = done.case.sides();
    let name = |item: u32| group_of(&sides, done.items(), item).map_or("-".into(), |group| group.name());
    (0..done.items().len() as u32).map(name).collect()
}

/// Two days of costs by class, and the requests they are the sums of.
fn two_days() -> Case {
    Case::new()
        .cost(cost(1, TokenClass::Input, 1_000_000, "2.5"))
        .cost(cost(1, TokenClass::Output, 100_000, "1"))
        .cost(cost(2, TokenClass::Input, 2_000_000, "5"))
        .ledger(entry(1, 400_000, 40_000, "1.4"))
        .ledger(entry(1, 600_000, 60_000, "2.1"))
        .ledger(entry(2, 2_000_000, 0, "3"))
}

#[test]
fn a_day_of_costs_is_compared_with_the_sum_of_its_requests() {
    let done = two_days().run();
    assert_eq!(done.shown(), ["matched none 0,1/0,1", "discrepancy price 2/2"]);
    assert_eq!(done.items().rung(0), Rung::Group);
    assert_eq!(done.parts(1), ["price 2"]);
    assert_eq!(names(&done), ["2026-01-01/p/gpt-4o", "2026-01-02/p/gpt-4o"]);
    let why = "The bill has no request ids. A row of the ledger is about several kinds of token, so these are \
               compared inside an item.";
    assert_eq!(grains(&done), [format!("day x project x model: {why}")]);
}

#[test]
fn the_token_classes_of_an_item_are_derived_and_lie_side_by_side() {
    let done = two_days().run();
    let judge = Judge::new(&done.case.sides());
    let shown: Vec<String> = judge
        .classes(done.items(), 0)
        .iter()
        .map(|c| {
            let money = |amount: Option<crate::amount::Amount>| amount.map_or("-".into(), |amount| amount.to_string());
            let billed = c.billed_tokens.unwrap_or(-1);
            format!("{} {billed} {} {} {}", c.class.label(), money(c.billed), c.recorded_tokens, money(c.derived))
        })
        .collect();
    assert_eq!(shown, ["input 1000000 2.5 1000000 2.5", "output 100000 1 100000 1"]);
}

#[test]
fn other_tokens_in_a_day_are_volume() {
    let done = Case::new()
        .cost(cost(1, TokenClass::Input, 3_000_000, "7.5"))
        .ledger(entry(1, 1_000_000, 0, "2.5"))
        .ledger(entry(1, 1_000_000, 0, "2.5"))
        .run();
    assert_eq!(done.shown(), ["discrepancy volume 0/0,1"]);
    assert_eq!(done.parts(0), ["volume 2.5"]);
}

#[test]
fn a_day_or_a_model_on_one_side_only_is_missing_on_the_other() {
    let done = two_days()
        .cost(Line { model: "o3", item_text: "o3, output", ..cost(1, TokenClass::Output, 1, "9") })
        .ledger(entry(3, 1, 1, "4"))
        .ledger(entry(3, 1, 1, "4"))
        .run();
    let shown = done.shown();
    assert_eq!(shown.len(), 4);
    assert!(shown.contains(&"missing_in_ledger missing 3/".to_string()), "{shown:?}");
    assert!(shown.contains(&"missing_in_bill extra /3,4".to_string()), "{shown:?}");
}

#[test]
fn an_entry_that_is_not_applicable_stays_out_of_its_day() {
    let failed = Line { not_applicable: Some(NotApplicable::Failed), ..entry(1, 9, 9, "50") };
    let done = two_days().ledger(failed).run();
    assert_eq!(done.shown(), ["matched none 0,1/0,1", "not_applicable none /3", "discrepancy price 2/2"]);
    assert_eq!(done.items().dims(1), None);
}

#[test]
fn what_one_side_does_not_name_is_not_compared() {
    let without = |project: &'static str, model: &'static str| {
        let ledger = Line { project, model, ..entry(1, 1_000_000, 0, "2.5") };
        let done = Case::new().cost(cost(1, TokenClass::Input, 1_000_000, "2.5")).ledger(ledger).run();
        assert_eq!(done.shown(), ["matched none 0/0"], "{project} {model}");
        grains(&done).remove(0)
    };
    assert!(without("", "gpt-4o").starts_with(
        "day x model: The bill has no request ids. The bill names no key or user. The ledger names no project. A row"
    ));
    assert!(without("q", "gpt-4o").starts_with(
        "day x model: The bill has no request ids. The bill names no key or user. The bill and the ledger have no project in common. A row"
    ));
    assert_eq!(without("p", ""), "day x project: The bill has no request ids. The ledger names no model.");
    assert!(without("", "").starts_with("day: The bill has no request ids. "));
}

#[test]
fn a_key_or_a_user_stands_in_for_a_project_that_is_not_named() {
    for (key, user, name) in [("k", "u", "day x key x model"), ("", "u", "day x user x model")] {
        let bill = Line { api_key: key, user: "u", ..cost(1, TokenClass::Input, 1, "1") };
        let ledger = Line { api_key: key, user, project: "", ..entry(1, 1, 0, "1") };
        let done = Case::new().cost(bill).ledger(ledger).run();
        assert_eq!((done.shown().len(), done.result.grain[0].name.as_str()), (1, name));
    }
}

#[test]
fn a_dimension_is_carried_by_nineteen_lines_of_twenty_and_no_fewer() {
    let month = |blank: usize| {
        let mut case = Case::new().cost(cost(1, TokenClass::Input, 1, "1"));
        for n in 0..20 {
            let project = if n < blank { "" } else { "p" };
            case = case.ledger(Line { project, ..entry(1, 1, 0, "1") });
        }
        case.run().result.grain[0].name.clone()
    };
    assert_eq!([0, 1, 2].map(month), ["day x project x model", "day x project x model", "day x model"]);
}

#[test]
fn a_fee_or_a_promotion_takes_no_dimension_from_the_rest() {
    let tool =
        Line { model: "", class: Some(TokenClass::Tool), quantity: None, ..cost(1, TokenClass::Tool, 0, "0.25") };
    let promotion = Line { model: "", project: "", class: None, quantity: None, ..cost(1, TokenClass::Tool, 0, "-1") };
    let done = two_days().cost(tool).cost(promotion).run();
    assert_eq!(done.result.grain[0].name, "day x project x model");
    let names = names(&done);
    assert!(names.contains(&"2026-01-01/p/".to_string()) && names.contains(&"2026-01-01//".to_string()), "{names:?}");
}

#[test]
fn days_that_were_exported_without_groups_have_a_grain_of_their_own() {
    let blank = |day, billed| Line {
        model: "",
        project: "",
        item_text: "",
        class: None,
        quantity: None,
        ..cost(day, TokenClass::Input, 0, billed)
    };
    let done = two_days().cost(blank(3, "7")).ledger(entry(3, 1, 1, "4")).ledger(entry(3, 1, 1, "3")).run();
    let names = names(&done);
    assert_eq!(names, ["2026-01-01/p/gpt-4o", "2026-01-02/p/gpt-4o", "2026-01-03"]);
    assert_eq!(done.items().outcome(2), Outcome::Matched);
    let grains: Vec<&str> = done.result.grain.iter().map(|grain| grain.name.as_str()).collect();
    assert_eq!(grains, ["day x project x model", "day"]);
}

#[test]
fn the_operator_can_have_it_coarser() {
    let month = |finest| {
        let mut case = two_days();
        case.rules.finest = finest;
        let done = case.run();
        (done.shown(), grains(&done).remove(0))
    };
    assert_eq!(month(Finest::Day).1, "day: Nothing finer than “day” was asked for.");
    assert_eq!(month(Finest::Day).0.len(), 2);
    let (shown, grain) = month(Finest::Total);
    assert_eq!(shown, ["discrepancy price 0,1,2/0,1,2"]);
    assert!(grain.starts_with("total of the month: "), "{grain}");
}

#[test]
fn a_total_never_crosses_a_month() {
    let mut case = two_days().cost(cost(40, TokenClass::Input, 1, "1")).ledger(entry(41, 1, 0, "1"));
    case.rules.finest = Finest::Total;
    let done = case.run();
    assert_eq!(done.shown(), ["discrepancy price 0,1,2/0,1,2", "matched none 3/3"]);
    let of = |number| done.items().of_month(&done.case.sides(), Month::new(2026, number).unwrap()).len();
    assert_eq!([of(1), of(2)], [1, 1]);
}

#[test]
fn requests_and_credits_too_can_be_had_coarser() {
    let month = |finest| {
        let mut case = Case::new()
            .bill(request("a", 0, 1, 1, "1"))
            .bill(request("b", 9, 1, 1, "2"))
            .ledger(request("a", 5, 1, 1, "2"))
            .ledger(request("c", 7, 1, 1, "1"))
            .bill(credits(1, "u", "codex", "4"))
            .bill(credits(1, "v", "codex", "2"))
            .ledger(credits(1, "u", "chat", "6"));
        case.rules.finest = finest;
        let done = case.run();
        let mut shown = done.shown();
        shown.sort();
        (shown.len(), shown.iter().filter(|item| item.starts_with("matched")).count())
    };
    assert_eq!(month(Finest::Request), (6, 0));
    assert_eq!(month(Finest::Class), (4, 1), "requests by day and model");
    assert_eq!(month(Finest::Project), (3, 1), "credits by day and user: 4 against 6, and 2 alone");
    assert_eq!(month(Finest::Day), (2, 2));
}

#[test]
fn one_book_holds_requests_credits_and_costs_together() {
    let done = two_days()
        .bill(request("r1", 5 * DAY, 10, 10, "1"))
        .ledger(request("r1", 5 * DAY, 10, 10, "1"))
        .ledger(Line { project: "p", ..request("lost", 6 * DAY, 10, 10, "1") })
        .bill(credits(8, "u", "codex", "10"))
        .ledger(credits(8, "u", "codex", "10"))
        .run();
    let expected = [
        "matched none 0,1/0,1",
        "discrepancy price 2/2",
        "matched none 3/3",
        "missing_in_bill extra /4",
        "matched none 4/5",
    ];
    assert_eq!(done.shown(), expected);
    assert_eq!(done.items().dims(3), None, "an entry that misses its request is no day");
    let names: Vec<&str> = done.result.grain.iter().map(|grain| grain.name.as_str()).collect();
    assert_eq!(names, ["request", "day x user x usage type", "day x project x model"]);
}

#[test]
fn costs_without_a_ledger_stand_alone_line_by_line() {
    let done = Case::new().cost(cost(1, TokenClass::Input, 1, "1")).cost(cost(1, TokenClass::Output, 1, "1")).run();
    assert_eq!(done.shown(), ["not_applicable none 0/", "not_applicable none 1/"]);
    assert_eq!(not_applicable_reason(&done.case.sides(), done.items(), 0), Some("no ledger"));
    assert_eq!(grains(&done), ["line of the bill: No ledger is loaded, so the bill stands alone."]);
}

#[test]
fn more_entries_change_what_a_day_says_and_not_which_day_it_is() {
    let keys = |case: Case| {
        let done = case.run();
        let of = |item| key(&done.case.sides(), done.items(), item);
        [of(0), of(1)]
    };
    // The new entry comes first in its day.
    let early = Line { model: "gpt-4o-2024-05-13", ..entry(1, 1, 0, "1") };
    let early = Line { at: at(1), ..early };
    let (before, after) = (keys(two_days()), keys(two_days().ledger(early)));
    assert_eq!(before[0].identity, after[0].identity);
    assert_ne!(before[0].content, after[0].content);
    assert_eq!(before[1], after[1]);
}

#[test]
fn drift_of_coarse_items_claims_no_model() {
    let mut case = Case::new().cost(cost(1, TokenClass::Input, 1, "1.04")).ledger(entry(1, 1, 0, "1"));
    case.rules.finest = Finest::Day;
    let drift = case.run().result.drift;
    assert_eq!((drift.len(), drift[0].model.as_str(), drift[0].project.as_str()), (1, "", ""));
}

#[test]
fn the_bill_total_is_the_costs_and_usage_beside_them_adds_nothing() {
    let usage = Line { model: "gpt-4o", project: "p", ..request("", 0, 1_000_000, 100_000, "") };
    let done = two_days().usage(usage.clone()).usage(Line { at: at(9 * DAY), ..usage }).run();
    let summary = summarize(&done.case.sides(), &done.case.rules, done.items());
    // 8.50 of costs; the 10th is after the last day with costs, so its usage
    // is valued: 2.50 + 1.00.
    assert_eq!(summary.bill_total, amount("12"));
    assert_eq!(
        done.shown(),
        ["matched none 0,1/0,1", "not_applicable none 3/", "discrepancy price 2/2", "missing_in_ledger missing 4/",]
    );
    let reason = not_applicable_reason(&done.case.sides(), done.items(), 1);
    assert_eq!(reason, Some("joined with the cost of the same days"));
}

#[test]
fn usage_without_costs_is_compared_in_tokens_and_expected_dollars() {
    let usage = |tier| Line { model: "gpt-4o", project: "p", tier, ..request("", 0, 1_000_000, 100_000, "") };
    let ledger = || entry(1, 2_000_000, 200_000, "7");
    let done = Case::new().usage(usage("default")).usage(usage("default")).ledger(ledger()).run();
    assert_eq!(done.shown(), ["matched none 0,1/0"]);
    let done = Case::new().usage(usage("default")).usage(usage("batch")).ledger(ledger()).run();
    assert_eq!(done.shown(), ["discrepancy tier 1,0/0"]);
    assert_eq!(done.parts(0), ["tier -1.75"]);
    let done = Case::new().usage(usage("scale")).ledger(ledger()).run();
    assert_eq!(done.shown(), ["unpriced price_missing 0/0"]);
}

#[test]
fn the_operator_can_join_a_line_of_costs_with_requests_of_another_day() {
    let mut case = two_days().ledger(entry(3, 800_000, 0, "2"));
    case.hand = vec![HandMatch {
        bill: line_keys(&case.names, &case.bill, &[2]),
        ledger: line_keys(&case.names, &case.ledger, &[2, 3]),
        carried: None,
    }];
    let done = case.run();
    assert_eq!(done.result.unapplied, [0; 0]);
    assert_eq!(done.shown(), ["matched none 0,1/0,1", "matched volume 2/2,3"]);
    assert_eq!((done.items().rung(1), done.items().dims(1)), (Rung::Hand, None));
}

#[test]
fn a_month_without_entries_is_grouped_as_the_others_of_the_ledger_are() {
    let done = two_days().cost(Line { model: "o3", ..cost(1, TokenClass::Output, 1, "9") }).run();
    assert_eq!(done.result.grain[0].name, "day x project x model");
    // No entry on the days of the bill, and none of its models anywhere.
    let elsewhere = Line { project: "", model: "o1", ..entry(50, 1, 1, "1") };
    let done = Case::new().cost(cost(1, TokenClass::Input, 1, "1")).ledger(elsewhere).run();
    assert_eq!(done.result.grain[0].name, "day x model");
    assert_eq!(names(&done), ["2026-01-01/gpt-4o", "2026-02-19/o1"]);
}
