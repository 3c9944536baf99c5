//! What must hold for every month of costs, usage and requests, whichever
//! dimensions each of them carries.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::random::seen;
use crate::amount::{Amount, Quantity};
use crate::reconcile::fixtures::{Case, Done, at, credits};
use crate::reconcile::{Finest, Judge, Outcome, billed, key, recorded, summarize};
use crate::usage::{Line, NotApplicable, TokenClass};

/// A row of any kind, whose fields come from few values.
#[derive(Debug, Clone)]
struct Row {
    kind: u8,
    day: Option<i64>,
    second: i64,
    model: u8,
    project: u8,
    key: u8,
    user: u8,
    class: u8,
    tier: u8,
    tokens: i64,
    output: i64,
    cost: Option<i64>,
    aside: bool,
}

fn row() -> impl Strategy<Value = Row> {
    let when = (proptest::option::weighted(0.97, prop_oneof![0i64..4, 30i64..33]), 0i64..3);
    // Mostly the first value, so that dimensions are carried often.
    let few = || prop_oneof![6 => Just(0u8), 2 => Just(1u8), 1 => Just(2u8)];
    let what = (few(), few(), few(), few(), 0u8..6, few());
    let much = (0i64..3, 0i64..3, proptest::option::weighted(0.8, -20_000i64..300_000));
    (0u8..9, when, what, much, prop::bool::weighted(0.1)).prop_map(
        |(kind, (day, second), (model, project, key, user, class, tier), (tokens, output, cost), aside)| Row {
            kind,
            day,
            second,
            model,
            project,
            key,
            user,
            class,
            tier,
            tokens,
            output,
            cost,
            aside,
        },
    )
}

const CLASSES: [Option<TokenClass>; 6] = [
    Some(TokenClass::Input),
    Some(TokenClass::CachedInput),
    Some(TokenClass::Output),
    Some(TokenClass::CacheWrite),
    Some(TokenClass::Tool),
    None,
];

fn pick(names: [&str; 3], at: u8) -> &str {
    names.get(usize::from(at)).copied().unwrap_or("")
}

fn push(case: Case, row: &Row, ledger: bool, second_file: bool) -> Case {
    let start = row.day.map(|day| day * 86_400);
    let ids = ["r1", "r2", ""];
    let money = |n: i64| Amount::from_units(i128::from(n) * 10i128.pow(12));
    let line = Line {
        model: pick(["gpt-4o", "gpt-4o-2024-08-06", ""], row.model),
        project: pick(["p", "q", ""], row.project),
        api_key: pick(["", "k", "l"], row.key),
        user: pick(["u", "v", ""], row.user),
        tier: pick(["", "batch", "scale"], row.tier),
        amount: row.cost.map(money),
        not_applicable: (row.aside && ledger).then_some(NotApplicable::Failed),
        ..Line::default()
    };
    let tokens = Line { input: Some(row.tokens), output: Some(row.output), ..line.clone() };
    let request = Line {
        at: start.and_then(|start| at(start + row.second * 40)),
        id: pick(ids, row.class % 3),
        ..tokens.clone()
    };
    match (row.kind, ledger) {
        (0, false) => case.bill(request),
        (0..=6, true) => case.ledger(Line { id: if row.kind < 2 { request.id } else { "" }, ..request }),
        (7, _) | (8, true) => {
            let credits = credits(row.day.unwrap_or(0) + 1, line.user, "codex", "3");
            if ledger { case.ledger(credits) } else { case.bill(credits) }
        }
        (1..=4, false) => {
            let class = CLASSES[usize::from(row.class)];
            let item_text = if row.aside { "" } else { "a line item" };
            let cost = Line {
                at: start.and_then(at),
                class,
                item_text,
                quantity: class.map(|_| Quantity::from_int(row.tokens)),
                amount: Some(money(row.cost.unwrap_or(7))),
                ..line
            };
            if second_file { case.cost_in_another_file(cost) } else { case.cost(cost) }
        }
        _ => {
            let (span, offset) = [(0, 0), (60, row.second * 60), (3_600, 0)][usize::from(row.class % 3)];
            let at = start.and_then(|start| at(start + offset));
            case.usage(Line { at, span, amount: None, requests: Some(row.tokens), ..tokens })
        }
    }
}

#[derive(Debug, Clone)]
struct Rows {
    bill: Vec<Row>,
    ledger: Vec<Row>,
    finest: Finest,
    /// Which of the costs stand in another file.
    split: u32,
}

fn rows() -> impl Strategy<Value = Rows> {
    let finest = proptest::sample::select(Finest::ALL.to_vec());
    let side = || proptest::collection::vec(row(), 0..24);
    (side(), side(), prop_oneof![Just(Finest::Request), finest], any::<u32>())
        .prop_map(|(bill, ledger, finest, split)| Rows { bill, ledger, finest, split })
}

fn run(rows: &Rows) -> Done {
    let mut case = Case::new();
    case.rules.finest = rows.finest;
    for (n, row) in rows.bill.iter().enumerate() {
        case = push(case, row, false, rows.split >> (n % 32) & 1 == 1);
    }
    for row in &rows.ledger {
        case = push(case, row, true, false);
    }
    case.run()
}

proptest! {
    #[test]
    fn every_line_of_a_day_is_in_one_item_and_the_items_add_up(rows in rows()) {
        let done = run(&rows);
        let (items, sides) = (done.items(), done.case.sides());
        let all = || 0..items.len() as u32;
        let mut bill: Vec<u32> = all().flat_map(|item| items.bill_rows(item).collect::<Vec<_>>()).collect();
        bill.sort_unstable();
        prop_assert_eq!(bill, (0..rows.bill.len() as u32).collect::<Vec<_>>());
        let mut ledger: Vec<u32> = all().flat_map(|item| items.ledger_rows(item).collect::<Vec<_>>()).collect();
        ledger.sort_unstable();
        prop_assert_eq!(ledger, (0..rows.ledger.len() as u32).collect::<Vec<_>>());

        let summary = summarize(&sides, &done.case.rules, items);
        let worth = |row| sides.bill_values.amount(sides.bill, row).unwrap_or_default();
        prop_assert_eq!(summary.bill_total, (0..sides.bill.len() as u32).map(worth).sum::<Amount>());
        let worth = |row| sides.ledger_values.amount(sides.ledger, row).unwrap_or_default();
        prop_assert_eq!(summary.ledger_total, (0..sides.ledger.len() as u32).map(worth).sum::<Amount>());
        let causes: Amount = summary.causes.iter().map(|(.., amount)| *amount).sum();
        prop_assert_eq!(causes, summary.variance_total);
    }

    #[test]
    fn the_parts_of_a_days_variance_add_up_to_it(rows in rows()) {
        let done = run(&rows);
        let (items, sides) = (done.items(), done.case.sides());
        let judge = Judge::new(&sides);
        for item in 0..items.len() as u32 {
            let parts: Amount = judge.variance(items, item).iter().map(|part| part.amount).sum();
            let gap = billed(&sides, items, item).unwrap_or_default().minus(recorded(&sides, items, item).unwrap_or_default());
            prop_assert_eq!(parts, if items.outcome(item) == Outcome::NotApplicable { Amount::ZERO } else { gap });
            let of_class: Option<Amount> = judge.classes(items, item).iter().filter_map(|class| class.billed).reduce(Amount::plus);
            prop_assert!(of_class.is_none() || of_class == billed(&sides, items, item));
        }
    }

    #[test]
    fn shuffled_and_split_files_give_the_same_days(
        (rows, bill, ledger) in rows().prop_flat_map(|rows| {
            let shuffled = (Just(rows.bill.clone()).prop_shuffle(), Just(rows.ledger.clone()).prop_shuffle());
            (Just(rows), shuffled.0, shuffled.1)
        }),
        split: u32,
    ) {
        let (one, other) = (run(&rows), run(&Rows { bill, ledger, split, ..rows }));
        prop_assert_eq!(&one.result.grain, &other.result.grain);
        prop_assert_eq!(&one.result.usage, &other.result.usage);
        prop_assert_eq!(&one.result.drift, &other.result.drift);
        prop_assert_eq!(seen(&one), seen(&other));
    }

    #[test]
    fn no_two_items_of_days_have_one_identity(rows in rows()) {
        let done = run(&rows);
        let identities: BTreeSet<_> =
            (0..done.items().len() as u32).map(|item| key(&done.case.sides(), done.items(), item).identity).collect();
        prop_assert_eq!(identities.len(), done.items().len());
    }

    #[test]
    fn checks_of_usage_add_up_to_the_costs_of_their_days(rows in rows()) {
        let done = run(&rows);
        let bill = &done.case.bill;
        let days = crate::price::CostDays::of_usage(bill);
        let cost = |row: &u32| bill.shape(*row) == crate::usage::Shape::Cost && bill.day(*row).is_some_and(|day| days.holds(day));
        let costs: Amount = (0..bill.len() as u32).filter(cost).filter_map(|row| bill.amount(row)).sum();
        let billed: Amount = done.result.usage.iter().filter_map(|check| check.billed).sum();
        if !done.result.usage.is_empty() {
            prop_assert_eq!(billed, costs);
        }
        for check in &done.result.usage {
            let expected = check.billed.unwrap_or_default().minus(check.expected.unwrap_or_default());
            prop_assert_eq!(check.difference, check.no_price.is_none().then_some(expected));
        }
    }
}
