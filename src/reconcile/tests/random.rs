//! What must hold for every month.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::amount::{Amount, Quantity};
use crate::calendar::{Instant, Month};
use crate::reconcile::assemble::assemble_by;
use crate::reconcile::fixtures::{Case, Done, at};
use crate::reconcile::matching::Matching;
use crate::reconcile::{HandMatch, Judge, Outcome, billed, key, line_keys, recorded, summarize};
use crate::usage::{Line, Lines, NotApplicable, Side};

/// A row whose fields come from few values, so that rows meet, repeat and
/// collide.
#[derive(Debug, Clone)]
struct Row {
    credit: bool,
    id: Option<u8>,
    second: Option<i64>,
    model: u8,
    user: u8,
    input: Option<i64>,
    output: Option<i64>,
    total: Option<i64>,
    cached: Option<i64>,
    credits: i64,
    cost: Option<i64>,
    failed: bool,
    /// The cost is in euros, in a book of dollars.
    euros: bool,
}

fn row() -> impl Strategy<Value = Row> {
    let some = |of: BoxedStrategy<i64>| proptest::option::weighted(0.8, of);
    let who = (prop::bool::weighted(0.3), proptest::option::weighted(0.6, 0u8..12), 0u8..3, 0u8..2);
    let when = proptest::option::weighted(0.95, prop_oneof![0i64..200, 2_678_300i64..2_678_500]);
    let tokens = (
        some((0i64..3).boxed()),
        some((0i64..3).boxed()),
        proptest::option::weighted(0.2, 0i64..4),
        proptest::option::weighted(0.3, 0i64..3),
    );
    let worth = (-2i64..4, proptest::option::weighted(0.7, prop_oneof![-50_000i64..200_000, Just(0)]));
    let odd = (prop::bool::weighted(0.15), prop::bool::weighted(0.15));
    (who, when, tokens, worth, odd).prop_map(
        |((credit, id, model, user), second, (input, output, total, cached), (credits, cost), (failed, euros))| Row {
            credit,
            id,
            second,
            model,
            user,
            input,
            output,
            total,
            cached,
            credits,
            cost,
            failed,
            euros,
        },
    )
}

const MODELS: [&str; 3] = ["gpt-4o", "gpt-4o-2024-08-06", "mystery"];
const USERS: [&str; 2] = ["a@x", "b@x"];

fn month(bill: &[Row], ledger: &[Row], hand: &[HandMatch]) -> Done {
    let ids: Vec<String> = (0..12).map(|n| format!("r{n}")).collect();
    let line = |row: &Row, ledger: bool| {
        let day = row.second.map(|second| second / 86_400 * 86_400);
        let mut line = Line {
            id: row.id.filter(|_| !row.credit).map_or("", |n| &ids[usize::from(n)]),
            at: if row.credit { day } else { row.second }.and_then(at),
            model: if row.credit { "" } else { MODELS[usize::from(row.model)] },
            user: USERS[usize::from(row.user)],
            action: if row.credit { "codex" } else { "" },
            unit: if row.credit { "credits" } else { "" },
            input: row.input.filter(|_| !row.credit),
            output: row.output.filter(|_| !row.credit),
            total: row.total.filter(|_| !row.credit),
            cached: row.cached.filter(|_| !row.credit),
            credits: row.credit.then(|| Quantity::from_int(row.credits)),
            // Ten-thousandths of a cent.
            amount: row
                .cost
                .filter(|_| ledger || !row.credit)
                .map(|n| Amount::from_units(i128::from(n) * 10i128.pow(12))),
            not_applicable: (row.failed && ledger).then_some(NotApplicable::Failed),
            currency: if row.euros { "EUR" } else { "" },
            ..Line::default()
        };
        line.keep_apart("USD");
        line
    };
    let mut case = Case::new();
    for row in bill {
        case = case.bill(line(row, false));
    }
    for row in ledger {
        case = case.ledger(line(row, true));
    }
    case.hand = hand.to_vec();
    case.run()
}

/// An item as it looks from outside, without where its rows stand.
pub(super) fn seen(done: &Done) -> Vec<String> {
    let (items, sides) = (done.items(), done.case.sides());
    let each = |item: u32| {
        let key = key(&sides, items, item);
        let words = (items.outcome(item), items.cause(item), items.rung(item), items.day(&sides, item));
        format!("{} {} {words:?} {:?}", key.identity, key.content, done.parts(item))
    };
    (0..items.len() as u32).map(each).collect()
}

fn months() -> impl Strategy<Value = (Vec<Row>, Vec<Row>)> {
    let mixed = (proptest::collection::vec(row(), 0..20), proptest::collection::vec(row(), 0..20), any::<u64>());
    mixed.prop_map(|(bill, mut ledger, repeat)| {
        // Part of the ledger says what the bill says, so that lines do match.
        for (n, row) in bill.iter().enumerate().filter(|(n, _)| repeat >> (n % 64) & 1 == 1) {
            let at = n.min(ledger.len());
            ledger.insert(at, row.clone());
        }
        (bill, ledger)
    })
}

proptest! {
    #[test]
    fn every_line_is_in_one_item_and_the_items_add_up((bill, ledger) in months()) {
        let done = month(&bill, &ledger, &[]);
        let (items, sides) = (done.items(), done.case.sides());
        let all = 0..items.len() as u32;
        let mut rows: Vec<u32> = all.clone().flat_map(|item| items.bill_rows(item).collect::<Vec<_>>()).collect();
        rows.sort_unstable();
        prop_assert_eq!(rows, (0..bill.len() as u32).collect::<Vec<_>>());
        let mut rows: Vec<u32> = all.clone().flat_map(|item| items.ledger_rows(item).collect::<Vec<_>>()).collect();
        rows.sort_unstable();
        prop_assert_eq!(rows, (0..ledger.len() as u32).collect::<Vec<_>>());

        let summary = summarize(&sides, &done.case.rules, items);
        let worth = |row| sides.bill_values.amount(sides.bill, row).unwrap_or_default();
        prop_assert_eq!(summary.bill_total, (0..bill.len() as u32).map(worth).sum::<Amount>());
        let worth = |row| sides.ledger_values.amount(sides.ledger, row).unwrap_or_default();
        prop_assert_eq!(summary.ledger_total, (0..ledger.len() as u32).map(worth).sum::<Amount>());
        let causes: Amount = summary.causes.iter().map(|(.., amount)| *amount).sum();
        prop_assert_eq!(causes, summary.variance_total);

        let foreign = |lines: &Lines| (0..lines.len() as u32).filter_map(|row| lines.foreign(row)).sum::<Amount>();
        let told = |side: Side| summary.other_currencies.iter().filter(|o| o.side == side).map(|o| o.amount).sum::<Amount>();
        prop_assert_eq!(told(Side::Bill), foreign(sides.bill));
        prop_assert_eq!(told(Side::Ledger), foreign(sides.ledger));
        let apart = |item: u32| {
            let of = |lines: &Lines, row: u32| lines.foreign(row).is_some();
            items.bill_rows(item).any(|row| of(sides.bill, row)) || items.ledger_rows(item).any(|row| of(sides.ledger, row))
        };
        for item in all.filter(|item| apart(*item)) {
            prop_assert_eq!(items.bill_rows(item).len() + items.ledger_rows(item).len(), 1);
        }
    }

    #[test]
    fn the_parts_of_a_variance_add_up_to_it((bill, ledger) in months()) {
        let done = month(&bill, &ledger, &[]);
        let (items, sides) = (done.items(), done.case.sides());
        let judge = Judge::new(&sides);
        for item in 0..items.len() as u32 {
            let parts: Amount = judge.variance(items, item).iter().map(|part| part.amount).sum();
            let gap = billed(&sides, items, item).unwrap_or_default().minus(recorded(&sides, items, item).unwrap_or_default());
            let expected = if items.outcome(item) == Outcome::NotApplicable { Amount::ZERO } else { gap };
            prop_assert_eq!(parts, expected);
        }
    }

    #[test]
    fn shuffled_rows_give_the_same_items(
        (bill, ledger, shuffled_bill, shuffled_ledger) in months().prop_flat_map(|(bill, ledger)| {
            let shuffled = (Just(bill.clone()).prop_shuffle(), Just(ledger.clone()).prop_shuffle());
            (Just(bill), Just(ledger), shuffled.0, shuffled.1)
        }),
        joined in (0usize..20, 0usize..20),
    ) {
        let plain = month(&bill, &ledger, &[]);
        let pick = |of: usize, at: usize| (at < of).then_some(at as u32).into_iter().collect::<Vec<u32>>();
        let hand = [HandMatch {
            bill: line_keys(&plain.case.names, &plain.case.bill, &pick(bill.len(), joined.0)),
            ledger: line_keys(&plain.case.names, &plain.case.ledger, &pick(ledger.len(), joined.1)), carried: None }];
        let (one, other) = (month(&bill, &ledger, &hand), month(&shuffled_bill, &shuffled_ledger, &hand));
        prop_assert_eq!(&one.result.unapplied, &other.result.unapplied);
        prop_assert_eq!(&one.result.drift, &other.result.drift);
        prop_assert_eq!(seen(&one), seen(&other));
    }

    #[test]
    fn items_are_the_same_in_pieces_of_any_size((bill, ledger) in months(), in_order in any::<bool>(), chunk in 1usize..4) {
        let mut bill = bill;
        if in_order {
            bill.sort_by_key(|row| if row.credit { row.second.map(|second| second / 86_400 * 86_400) } else { row.second });
        }
        let done = month(&bill, &ledger, &[]);
        let sides = done.case.sides();
        let by = |chunk: usize| {
            let items = assemble_by(&sides, &mut Matching::of(&sides, &done.case.rules, &[]), chunk);
            let columns = (items.bill, items.ledger, items.groups, items.members);
            (columns, items.outcome, items.cause, items.rung, items.occurrence, items.dims)
        };
        prop_assert_eq!(by(chunk), by(usize::MAX));
    }

    #[test]
    fn no_two_items_have_one_identity((bill, ledger) in months(), joined in (0u32..20, 0u32..20)) {
        let plain = month(&bill, &ledger, &[]);
        let hand: Vec<HandMatch> = [joined.0, joined.1].map(|at| HandMatch {
            bill: line_keys(&plain.case.names, &plain.case.bill, &[at % bill.len().max(1) as u32]),
            ledger: line_keys(&plain.case.names, &plain.case.ledger, &[at % ledger.len().max(1) as u32]), carried: None }).into();
        let done = month(&bill, &ledger, &hand);
        let identities: BTreeSet<_> =
            (0..done.items().len() as u32).map(|item| key(&done.case.sides(), done.items(), item).identity).collect();
        prop_assert_eq!(identities.len(), done.items().len());
    }

    #[test]
    fn items_of_all_months_are_all_items((bill, ledger) in months()) {
        let done = month(&bill, &ledger, &[]);
        let sides = done.case.sides();
        let parts = [1, 2].map(|number| done.items().of_month(&sides, Month::new(2026, number).unwrap()));
        let dated = (0..done.items().len() as u32).any(|item| done.items().day(&sides, item).is_some());
        if dated {
            prop_assert_eq!(parts[0].len() + parts[1].len(), done.items().len());
        }
    }

    #[test]
    fn figures_at_the_edge_of_their_range_do_not_panic(
        counts in proptest::collection::vec((any::<Option<i64>>(), any::<Option<i64>>(), any::<Option<i64>>(), any::<i64>()), 0..6),
        costs in proptest::collection::vec(any::<i128>(), 6),
    ) {
        let mut case = Case::new();
        case.rules.window_seconds = u32::MAX;
        for ((input, output, cached, micros), cost) in counts.iter().zip(&costs) {
            let line = |id, cost: i128| Line {
                id, model: "gpt-4o", input: *input, output: *output, cached: *cached,
                at: Some(Instant::from_micros(*micros)), amount: Some(Amount::from_units(cost)),
                ..Line::default()
            };
            case = case.bill(line("r", *cost)).ledger(line("", cost.wrapping_neg())).bill(line("", *cost));
        }
        let done = case.run();
        let _ = (seen(&done), summarize(&done.case.sides(), &done.case.rules, done.items()));
    }
}
