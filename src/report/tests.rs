//! Summaries of literal small months, and what holds for every month.

use proptest::prelude::*;

use super::*;
use crate::amount::Amount;
use crate::reconcile::fixtures::{Case, Done, amount, at, credits, request};
use crate::reconcile::summarize as reconciled;
use crate::review::filter::Pattern;
use crate::usage::{Extra, Line, NotApplicable, Side};

fn summary(done: &Done, ask: &Ask<'_>) -> Summary {
    summarize(&done.case.sides(), done.items(), None, ask)
}

fn by<'a>(by: &'a [Dimension]) -> Ask<'a> {
    Ask { by, ..Ask::default() }
}

/// Each group as `key: items requests tokens billed recorded difference`.
fn shown(summary: &Summary) -> Vec<String> {
    let each = |group: &Group| {
        let f = &group.figures;
        let key: Vec<&str> = group.key.iter().map(Key::label).collect();
        format!(
            "{}: {} {} {} {} {} {}",
            key.join("/"),
            f.items,
            f.requests,
            f.tokens.total,
            f.billed,
            f.recorded,
            f.difference
        )
    };
    summary.groups.iter().map(each).collect()
}

#[test]
fn a_model_is_one_under_all_its_names() {
    let snapshot = |id, cost| Line { model: "gpt-4o-2024-08-06", ..request(id, 0, 10, 5, cost) };
    let done = Case::new()
        .bill(snapshot("a", "0.10"))
        .bill(snapshot("b", "0.20"))
        .bill(Line { model: "gpt-10", ..request("c", 0, 1, 1, "1") })
        .bill(Line { model: "gpt-9", ..request("d", 0, 1, 1, "1") })
        .ledger(request("a", 1, 10, 5, "0.12"))
        .run();
    let found = summary(&done, &by(&[Dimension::Model]));
    assert_eq!(shown(&found), ["gpt-4o: 2 2 30 0.3 0.12 0.18", "gpt-9: 1 1 2 1 0 1", "gpt-10: 1 1 2 1 0 1"]);
    assert_eq!(found.total.entries_with_id, 1);
}

#[test]
fn credits_have_their_usage_type_for_a_model() {
    let done = Case::new().bill(credits(1, "ann", "deep_research.v_2", "20")).bill(request("a", 0, 1, 1, "1")).run();
    let found = summary(&done, &by(&[Dimension::Model]));
    assert_eq!(shown(&found), ["deep_research.v_2: 1 0 0 1 0 0", "gpt-4o: 1 1 2 1 0 0"]);
}

#[test]
fn a_blank_is_what_the_other_side_says() {
    let mut with_user = request("a", 0, 1, 1, "0.20");
    with_user.user = "ann";
    let done = Case::new().bill(request("a", 0, 1, 1, "0.21")).bill(request("b", 0, 1, 1, "1")).ledger(with_user).run();
    let found = summary(&done, &by(&[Dimension::User]));
    assert_eq!(shown(&found), ["ann: 1 1 2 0.21 0.2 0.01", "(none): 1 1 2 1 0 1"]);
}

#[test]
fn lines_that_differ_within_an_item_are_counted_by_themselves() {
    let of = |user| Line { user, ..request("a", 0, 1, 1, "1") };
    let done = Case::new().bill(request("a", 0, 1, 1, "5")).ledger(of("ann")).ledger(of("bob")).run();
    let found = summary(&done, &by(&[Dimension::User]));
    assert_eq!(shown(&found), ["ann: 0 0 0 0 1 -1", "bob: 0 0 0 0 1 -1", "(several): 1 1 2 5 0 5"]);
    assert_eq!((found.total.items, found.total.difference), (1, amount("3")));
}

#[test]
fn grants_are_no_usage_and_are_not_compared() {
    let grant = Line {
        not_applicable: Some(NotApplicable::Grant),
        total: Some(50_000),
        at: at(0),
        amount: Some(amount("3")),
        ..Line::default()
    };
    let done = Case::new().ledger(grant).ledger(request("a", 0, 1, 1, "1")).run();
    let total = summary(&done, &by(&[])).total;
    assert_eq!((total.items, total.compared, total.requests, total.tokens.total), (2, 1, 1, 2));
    assert_eq!((total.recorded, total.difference), (amount("4"), amount("-1")));
    assert_eq!((total.entries_of_requests, total.entries_with_id), (1, 1));
}

#[test]
fn several_dimensions_and_days_in_their_order() {
    let done = Case::new()
        .bill(credits(10, "ann", "codex", "20"))
        .bill(credits(2, "ann", "codex", "20"))
        .bill(credits(2, "bob", "codex", "40"))
        .run();
    let found = summary(&done, &by(&[Dimension::Day, Dimension::User]));
    assert_eq!(
        shown(&found),
        ["2026-01-02/ann: 1 0 0 1 0 0", "2026-01-02/bob: 1 0 0 2 0 0", "2026-01-10/ann: 1 0 0 1 0 0"]
    );
    let from = "2026-01-03".parse().ok();
    let found = summary(&done, &Ask { from, ..by(&[Dimension::Action, Dimension::Status]) });
    assert_eq!(shown(&found), ["codex/not_applicable: 1 0 0 1 0 0"]);
    let to = "2026-01-02".parse().ok();
    assert_eq!(summary(&done, &Ask { to, ..by(&[]) }).total.items, 2);
}

/// A line of usage of a day: model, requests, input and output.
fn used<'a>(day: i64, model: &'a str, requests: i64, input: i64, output: i64) -> Line<'a> {
    Line {
        at: at((day - 1) * 86_400),
        span: 86_400,
        model,
        requests: Some(requests),
        input: Some(input),
        output: Some(output),
        ..Line::default()
    }
}

/// What a day cost, of one model or of all.
fn billed<'a>(day: i64, model: &'a str, cost: &str) -> Line<'a> {
    Line { at: at((day - 1) * 86_400), model, amount: Some(amount(cost)), ..Line::default() }
}

#[test]
fn usage_stands_for_as_many_requests_as_it_says() {
    let done = Case::new().usage(used(1, "gpt-4o", 7, 100, 10)).usage(used(1, "gpt-4o", 5, 50, 5)).run();
    let total = summary(&done, &by(&[])).total;
    assert_eq!((total.requests, total.tokens.total, total.bill_lines), (12, 165, 2));
    assert_eq!((total.entries_of_requests, total.estimated_requests), (0, 0));
}

#[test]
fn usage_beside_its_costs_counts_once_and_not_again_in_the_ledger() {
    let entry = |second, input| Line { user: "ann", ..request("", second, input, 0, "0.5") };
    let done = Case::new()
        .cost(billed(1, "", "1"))
        .cost(billed(2, "", "1"))
        .cost(billed(3, "", "1"))
        .usage(used(1, "gpt-4o", 3, 300, 0))
        .usage(used(3, "gpt-4o", 4, 400, 0))
        // Two of the three requests of the first day were recorded, and on the
        // second the ledger is all there is.
        .ledger(entry(10, 100))
        .ledger(entry(20, 100))
        .ledger(entry(86_410, 50))
        .run();
    let found = summary(&done, &by(&[Dimension::Day]));
    assert_eq!(
        shown(&found),
        ["2026-01-01: 2 3 300 1 1 0", "2026-01-02: 1 1 50 1 0.5 0.5", "2026-01-03: 2 4 400 1 0 1"]
    );
}

#[test]
fn where_models_are_told_apart_each_has_its_own_evidence() {
    let of = |model, second| Line { model, ..request("", second, 100, 0, "1") };
    let done = Case::new()
        .cost(billed(1, "gpt-4o-2024-08-06", "1"))
        .cost(billed(1, "gpt-5", "1"))
        .usage(used(1, "gpt-4o", 2, 150, 0))
        .ledger(of("gpt-4o", 10))
        .ledger(of("gpt-5", 20))
        .run();
    let found = summary(&done, &by(&[Dimension::Model]));
    assert_eq!(shown(&found), ["gpt-4o: 2 2 150 1 1 0", "gpt-5: 1 1 100 1 1 0"]);
}

#[test]
fn usage_beside_its_costs_is_never_estimated() {
    let rules = [Category { fallback_per_request: Some(amount("5")), ..category("all") }];
    let done = Case::new().cost(billed(1, "", "1")).usage(used(1, "gpt-4o", 3, 300, 0)).run();
    let total = summary(&done, &Ask { categories: &rules, ..by(&[]) }).total;
    assert_eq!((total.estimated_requests, total.estimated, total.requests), (0, amount("0"), 3));
}

#[test]
fn several_calls_together_are_of_all_their_models() {
    let run = Line { item_text: "gpt-5 + gpt-image-1", ..used(1, "", 0, 80, 20) };
    let done = Case::new().run_of_calls(Line { amount: Some(amount("2")), requests: None, ..run }).run();
    assert_eq!(shown(&summary(&done, &by(&[Dimension::Model]))), ["gpt-5 + gpt-image-1: 1 0 100 0 2 -2"]);
}

/// A month whose ledger entries belong to these teams.
fn teams(entries: &[(&str, &str)]) -> Case {
    let mut case = Case::new().bill(request("a", 0, 1, 1, "5"));
    for (id, team) in entries {
        case = case.ledger(request(id, 0, 1, 1, "1"));
        case.ledger.set_extra(&mut case.names, 0, team);
    }
    case
}

#[test]
fn metadata_groups_like_any_dimension_and_the_bill_follows_the_ledger() {
    let team = Dimension::Meta("team".into());
    let keep = [Extra::Meta("team".into())];
    let ask = Ask { keep: &keep, by: std::slice::from_ref(&team), ..Ask::default() };
    let done = teams(&[("a", "red"), ("b", "blue"), ("c", "")]).run();
    assert_eq!(shown(&summary(&done, &ask)), ["blue: 1 1 2 0 1 -1", "red: 1 1 2 5 1 4", "(none): 1 1 2 0 1 -1"]);
    assert_eq!(shown(&summary(&done, &Ask { keep: &[], ..ask })), ["(none): 3 3 6 5 3 2"], "not kept, not known");
}

#[test]
fn entries_alike_but_for_their_metadata_group_alike_in_any_order() {
    let team = Dimension::Meta("team".into());
    let keep = [Extra::Meta("team".into())];
    let ask = Ask { keep: &keep, by: std::slice::from_ref(&team), ..Ask::default() };
    let one = shown(&summary(&teams(&[("d", "red"), ("d", "blue")]).run(), &ask));
    let other = shown(&summary(&teams(&[("d", "blue"), ("d", "red")]).run(), &ask));
    assert_eq!(one, ["blue: 1 1 2 0 1 -1", "red: 0 1 2 0 1 -1", "(none): 1 1 2 5 0 5"]);
    assert_eq!(one, other);
}

fn category(name: &str) -> Category {
    Category {
        name: name.into(),
        tokens_over: None,
        tokens_under: None,
        action: None,
        model: None,
        endpoint: None,
        fallback_per_request: None,
    }
}

#[test]
fn the_first_rule_that_holds_names_the_category() {
    let rules = [
        Category { tokens_over: Some(100), ..category("long") },
        Category { action: Some(Pattern::wildcard("code*")), ..category("code") },
        Category { endpoint: Some(Pattern::wildcard("*/embeddings")), ..category("embeddings") },
        Category { model: Some(Pattern::literal("gpt-4o")), tokens_under: Some(10), ..category("short") },
    ];
    let acting = |id, action| Line { action, ..request(id, 0, 20, 20, "1") };
    let done = Case::new()
        .bill(Line { model: "gpt-4o-2024-08-06", ..request("short", 0, 2, 2, "1") })
        .bill(request("exactly", 0, 50, 50, "1"))
        .bill(request("long", 0, 51, 50, "1"))
        .bill(acting("embeddings", "/v1/embeddings"))
        // An endpoint is no action.
        .bill(acting("endpoint", "code"))
        .bill(Line { input: None, output: None, ..request("unknown", 0, 0, 0, "1") })
        .ledger(acting("code", "Code_review"))
        .run();
    let ask = Ask { categories: &rules, ..by(&[Dimension::Category]) };
    assert_eq!(
        shown(&summary(&done, &ask)),
        [
            "long: 1 1 101 1 0 1",
            "code: 1 1 40 0 1 -1",
            "embeddings: 1 1 40 1 0 1",
            "short: 1 1 4 1 0 1",
            "(none): 3 3 140 3 0 3"
        ]
    );
}

#[test]
fn an_estimate_stands_in_for_an_unknown_cost_and_in_no_amount() {
    let rules = [Category { fallback_per_request: Some(amount("0.02")), ..category("sound") }];
    let unknown = |id| Line { model: "whisper-9", ..request(id, 0, 10, 0, "") };
    let failed = Line { not_applicable: Some(NotApplicable::Failed), ..unknown("f") };
    let done = Case::new()
        .ledger(unknown("a"))
        .ledger(unknown("b"))
        .ledger(failed)
        // The bill knows what it costs.
        .ledger(unknown("c"))
        .bill(request("c", 0, 10, 0, "1"))
        .run();
    let ask = Ask { categories: &rules, margin: Margin::from_percent(amount("10")), ..by(&[]) };
    let found = summary(&done, &ask);
    assert_eq!((found.total.estimated_requests, found.total.estimated), (2, amount("0.04")));
    assert_eq!((found.total.billed, found.total.recorded, found.total.unpriced), (amount("1"), amount("0"), 3));
    assert_eq!((found.base, found.total.with_margin()), (Some(Side::Bill), amount("1.1")));
}

#[test]
fn without_a_bill_the_margin_is_on_what_was_recorded() {
    let done = Case::new().ledger(request("a", 0, 1, 1, "8")).run();
    let found = summary(&done, &Ask { margin: Margin::from_percent(amount("25")), ..by(&[]) });
    assert_eq!(
        (found.base, found.total.margin, found.total.with_margin()),
        (Some(Side::Ledger), amount("2"), amount("10"))
    );
}

#[derive(Debug, Clone)]
struct Row {
    id: Option<u8>,
    second: i64,
    model: usize,
    user: usize,
    action: usize,
    input: Option<i64>,
    cost: Option<i64>,
    credit: bool,
    failed: bool,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let names = (0usize..4, 0usize..3, 0usize..3);
    let worth = (proptest::option::weighted(0.8, 0i64..9), proptest::option::weighted(0.7, -5i64..50));
    let row = (
        proptest::option::weighted(0.7, 0u8..8),
        0i64..200_000,
        names,
        worth,
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
    );
    let row = row.prop_map(|(id, second, (model, user, action), (input, cost), credit, failed)| Row {
        id,
        second,
        model,
        user,
        action,
        input,
        cost,
        credit,
        failed,
    });
    proptest::collection::vec(row, 0..16)
}

fn month(bill: &[Row], ledger: &[Row]) -> Done {
    let ids: Vec<String> = (0..8).map(|n| format!("r{n}")).collect();
    let line = |row: &Row, of_ledger: bool| {
        let model = ["gpt-4o", "gpt-4o-2024-08-06", "mystery", ""][row.model];
        let action = ["", "chat", "code"][row.action];
        let amount = row.cost.map(|n| Amount::from_units(i128::from(n) * 10i128.pow(13)));
        if row.credit {
            let user = ["ann", "bob", "cy"][row.user];
            return Line { amount: None, ..credits(row.second / 86_400 + 1, user, "codex", "3") };
        }
        Line {
            id: row.id.map_or("", |n| &ids[usize::from(n)]),
            at: at(row.second),
            model,
            user: ["", "ann", "bob"][row.user],
            project: ["", "p1", "p2"][row.action],
            action,
            input: row.input,
            amount,
            not_applicable: (row.failed && of_ledger).then_some(NotApplicable::Failed),
            ..Line::default()
        }
    };
    let mut case = Case::new();
    for row in bill {
        case = case.bill(line(row, false));
    }
    for row in ledger {
        case = case.ledger(line(row, true));
    }
    case.run()
}

fn rules() -> [Category; 2] {
    [
        Category { model: Some(Pattern::wildcard("gpt*")), ..category("known") },
        Category { fallback_per_request: Some(amount("0.01")), ..category("rest") },
    ]
}

proptest! {
    #[test]
    fn the_groups_add_up_to_the_reconciliation_whatever_they_are_by(
        bill in rows(), ledger in rows(), dimensions in proptest::sample::subsequence(&Dimension::ALL[..], 0..=8)
    ) {
        let done = month(&bill, &ledger);
        let rules = rules();
        let margin = Margin::from_percent(amount("12.5"));
        let ask = Ask { by: &dimensions, categories: &rules, margin, ..Ask::default() };
        let found = summary(&done, &ask);
        let whole = summary(&done, &Ask { by: &[], ..ask });
        prop_assert_eq!(found.total, whole.total);
        let mut total = Figures::default();
        found.groups.iter().for_each(|group| total += &group.figures);
        if !dimensions.is_empty() {
            prop_assert_eq!(total, found.total);
        }
        let known = reconciled(&done.case.sides(), &done.case.rules, done.items());
        prop_assert_eq!((total_lines(&whole), whole.total.items), ((known.bill_lines, known.ledger_entries), known.items()));
        prop_assert_eq!((whole.total.billed, whole.total.recorded), (known.bill_total, known.ledger_total));
        prop_assert_eq!(whole.total.difference, known.variance_total);
    }

    #[test]
    fn every_item_is_a_member_of_the_groups_that_it_is_counted_in(
        bill in rows(), ledger in rows(), dimensions in proptest::sample::subsequence(&Dimension::ALL[..], 1..=3)
    ) {
        let (rules, done) = (rules(), month(&bill, &ledger));
        let ask = Ask { by: &dimensions, categories: &rules, ..Ask::default() };
        let whole = summary(&done, &ask);
        let mut seen = std::collections::BTreeSet::new();
        for group in &whole.groups {
            let found = members(&done.case.sides(), done.items(), None, &ask, &group.key);
            prop_assert!(found.is_sorted() && found.len() as u64 >= group.figures.items, "{:?}", group.key);
            seen.extend(found);
        }
        prop_assert_eq!(seen.len() as u64, whole.total.items);
    }

    #[test]
    fn shuffled_rows_give_the_same_summary(
        (bill, ledger, other_bill, other_ledger) in (rows(), rows()).prop_flat_map(|(bill, ledger)| {
            let shuffled = (Just(bill.clone()).prop_shuffle(), Just(ledger.clone()).prop_shuffle());
            (Just(bill), Just(ledger), shuffled.0, shuffled.1)
        }),
        dimensions in proptest::sample::subsequence(&Dimension::ALL[..], 1..=8)
    ) {
        let rules = rules();
        let ask = Ask { by: &dimensions, categories: &rules, ..Ask::default() };
        prop_assert_eq!(summary(&month(&bill, &ledger), &ask), summary(&month(&other_bill, &other_ledger), &ask));
    }
}

fn total_lines(summary: &Summary) -> (u64, u64) {
    (summary.total.bill_lines, summary.total.ledger_entries)
}

/// Ten million lines, for looking at the clock by hand:
/// `cargo test --release --lib report::tests::ten_million -- --ignored --nocapture`.
#[test]
#[ignore = "looks at the clock"]
fn ten_million_lines() {
    let rows: usize = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(5_000_000);
    let users: Vec<String> = (0..5_000).map(|n| format!("user-{n}@example.org")).collect();
    let mut case = Case::new();
    for n in 0..rows {
        let id = format!("chatcmpl-{n:020}");
        let user = users[n.wrapping_mul(7_919) % users.len()].as_str();
        let second = (n * 2_678_400 / rows) as i64;
        case = case.bill(request(&id, second, 500 + n as i64 % 4_096, 200, "0.004"));
        case = case.ledger(Line {
            user,
            action: "chat",
            ..request(&id, second + 2, 500 + n as i64 % 4_096, 200, "0.004")
        });
    }
    let result = crate::reconcile::reconcile(&case.sides(), &case.rules, &[]);
    for dimensions in
        [&[Dimension::Model][..], &[Dimension::User], &[Dimension::Day, Dimension::User, Dimension::Model]]
    {
        let start = std::time::Instant::now();
        let found = summarize(&case.sides(), &result.items, None, &by(dimensions));
        println!("{rows} x 2 by {dimensions:?}: {:?}, {} groups", start.elapsed(), found.groups.len());
    }
}

#[test]
fn groups_are_put_in_order_by_a_column_and_what_has_no_figure_comes_last() {
    let with_id = |id, cost, user| Line { user, ..request(id, 0, 1, 1, cost) };
    let done = Case::new()
        .bill(with_id("a", "3", "ann"))
        .bill(with_id("b", "1", "bob"))
        .bill(with_id("c", "2", "cid"))
        .ledger(with_id("b", "1", "bob"))
        .ledger(with_id("c", "1", "cid"))
        .run();
    let found = summary(&done, &by(&[Dimension::User]));
    let order = |column, descending| -> Vec<&str> {
        found.order(column, descending).iter().map(|at| found.groups[*at as usize].key[0].label()).collect()
    };
    assert_eq!(order(None, false), ["ann", "bob", "cid"]);
    assert_eq!(order(None, true), ["cid", "bob", "ann"]);
    assert_eq!(order(Some("billed"), true), ["ann", "cid", "bob"]);
    assert_eq!(order(Some("billed"), false), ["bob", "cid", "ann"]);
    // Nothing of ann is in the ledger, so she has no share with an id.
    for descending in [false, true] {
        assert_eq!(order(Some("request_id_share"), descending), ["bob", "cid", "ann"], "equal ones keep their order");
    }
    assert_eq!(order(Some("no such column"), false), ["ann", "bob", "cid"]);
}

#[test]
fn columns_that_say_nothing_are_for_files_only() {
    let done = Case::new().bill(credits(1, "ann", "codex", "20")).run();
    let found = summary(&done, &by(&[Dimension::User]));
    let names = |columns: Vec<&Column>| columns.iter().map(|column| column.name).collect::<Vec<_>>();
    assert_eq!(names(found.columns_shown()), ["items", "bill_lines", "requests", "recorded", "billed", "difference"]);
    assert_eq!(found.columns().count(), 16);
    assert!(column_named("final").is_some() && column_named("recorded").is_some_and(|c| c.heading == "recorded"));
}
