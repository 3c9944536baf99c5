//! Usage at list price against what was billed for it, on real days.

use crate::amount::Amount;
use crate::calendar::{Day, Instant};
use crate::price::{NoPrice, PriceBook};
use crate::reconcile::fixtures::{Case, Done};
use crate::reconcile::{Outcome, UsageCheck, summarize};
use crate::usage::{Line, TokenClass};

fn at(day: &str) -> Option<Instant> {
    Some(Instant::start_of(Day::parse(day).unwrap()))
}

/// Day, model, input read anew, cached input and output.
type Used<'a> = (&'a str, &'a str, i64, i64, i64);

fn usage<'a>((day, model, uncached, cached, output): Used<'a>) -> Line<'a> {
    let input = Some(uncached + cached);
    let (cached, output) = (Some(cached), Some(output));
    Line {
        at: at(day),
        span: 86_400,
        project: "proj_A",
        model,
        tier: "default",
        input,
        cached,
        output,
        ..Line::default()
    }
}

/// A day's cost of an export that is grouped by nothing.
fn billed<'a>(day: &str, amount: &str) -> Line<'a> {
    Line { at: at(day), currency: "USD", amount: Some(amount.parse().unwrap()), ..Line::default() }
}

fn run(usages: &[Used<'_>], costs: &[Line<'_>]) -> Done {
    let mut case = Case::new();
    case.book = PriceBook::shipped();
    let case = usages.iter().fold(case, |case, used| case.usage(usage(*used)));
    costs.iter().fold(case, |case, cost| case.cost(cost.clone())).run()
}

/// `day project model: expected billed difference`.
fn shown(checks: &[UsageCheck]) -> Vec<String> {
    let money = |amount: Option<Amount>| amount.map_or("-".into(), |amount| amount.to_string());
    let each = |check: &UsageCheck| {
        let day = check.day.map(|day| day.to_string()).unwrap_or_default();
        let figures = [check.expected, check.billed, check.difference].map(money);
        format!("{day} {} {}: {}", check.project, check.model, figures.join(" "))
    };
    checks.iter().map(each).collect()
}

/// Real days of one account, October 2025.
#[test]
fn real_days_of_october_come_out_to_the_last_digit() {
    let used = [
        ("2025-10-05", "gpt-4o-2024-08-06", 53_440, 5_760, 10_646),
        ("2025-10-06", "gpt-5-2025-08-07", 38_072, 8_192, 60_000),
        ("2025-10-07", "gpt-5-mini-2025-08-07", 80_992, 0, 274_770),
        ("2025-10-10", "gpt-5-mini-2025-08-07", 124_784, 0, 154_852),
        ("2025-10-11", "gpt-5-mini-2025-08-07", 22_688, 0, 33_191),
    ];
    let costs = [
        billed("2025-10-05", "0.895874"),
        billed("2025-10-07", "0.569788"),
        billed("2025-10-08", "0.5455665"),
        billed("2025-10-10", "0.3409"),
        billed("2025-10-11", "0.072054"),
    ];
    let done = run(&used, &costs);
    let expected = [
        // Short by exactly the row that usage lists a day later.
        "2025-10-05  : 0.24726 0.895874 0.648614",
        "2025-10-06  : 0.648614 - -0.648614",
        "2025-10-07  : 0.569788 0.569788 0",
        "2025-10-08  : - 0.5455665 0.5455665",
        "2025-10-10  : 0.3409 0.3409 0",
        "2025-10-11  : 0.072054 0.072054 0",
    ];
    assert_eq!(shown(&done.result.usage), expected);
    let summary = summarize(&done.case.sides(), &done.case.rules, done.items());
    assert_eq!(summary.bill_total.to_string(), "2.4241825", "the costs alone");
    assert!((0..done.items().len() as u32).all(|item| done.items().outcome(item) == Outcome::NotApplicable));
}

#[test]
fn a_real_day_of_cached_input_comes_out_to_the_last_digit() {
    let used = [("2026-07-07", "gpt-4o-mini-2024-07-18", 5_560_222, 229_120, 106_885)];
    let done = run(&used, &[billed("2026-07-07", "0.9153483")]);
    assert_eq!(shown(&done.result.usage), ["2026-07-07  : 0.9153483 0.9153483 0"]);
}

/// What was billed is speech, and the chat that was used is not billed (yet).
#[test]
fn a_day_that_is_not_settled_is_shown_as_it_stands() {
    let used = [("2026-08-31", "gpt-4o-mini-2024-07-18", 31_422, 0, 29)];
    let done = run(&used, &[billed("2026-08-31", "0.0034")]);
    assert_eq!(shown(&done.result.usage), ["2026-08-31  : 0.0047307 0.0034 -0.0013307"]);
    let speech =
        Line { model: "whisper-1", project: "proj_A", item_text: "whisper-1", ..billed("2026-08-31", "0.0034") };
    let done = run(&used, &[speech]);
    // The two have no model in common, so they are not told apart by it.
    assert_eq!(shown(&done.result.usage), ["2026-08-31 proj_A : 0.0047307 0.0034 -0.0013307"]);
}

#[test]
fn costs_by_model_are_held_against_usage_by_model() {
    let day = "2026-09-28";
    let cost = |model: &'static str, class, amount| Line {
        model,
        project: "proj_A",
        item_text: "line",
        class: Some(class),
        ..billed(day, amount)
    };
    let costs = [
        cost("gpt-4o-mini-2024-07-18", TokenClass::Input, "0.0000045"),
        cost("gpt-4o-mini-2024-07-18", TokenClass::Output, "0.0000342"),
        cost("o3", TokenClass::Output, "1"),
        Line { item_text: "web search tool calls", ..cost("", TokenClass::Tool, "0.25") },
    ];
    let used = [(day, "gpt-4o-mini", 20, 0, 50), (day, "gpt-4o-mini", 10, 0, 7), (day, "mystery", 1, 0, 1)];
    let done = run(&used, &costs);
    let expected = [
        "2026-09-28 proj_A : - 0.25 0.25",
        "2026-09-28 proj_A gpt-4o-mini: 0.0000387 0.0000387 0",
        "2026-09-28 proj_A mystery: - - -",
        "2026-09-28 proj_A o3: - 1 1",
    ];
    assert_eq!(shown(&done.result.usage), expected);
    assert_eq!(done.result.usage[2].no_price, Some(NoPrice::Model));
}

#[test]
fn free_tokens_are_expected_to_cost_nothing() {
    let free = Line { tier: "incentivized-tier", ..usage(("2026-09-28", "gpt-4o", 1_000_000, 0, 0)) };
    let case = Case::new().usage(free).cost(billed("2026-09-28", "0"));
    assert_eq!(shown(&case.run().result.usage), ["2026-09-28  : 0 0 0"]);
}

#[test]
fn costs_beyond_the_days_of_the_usage_are_not_held_against_it() {
    let used = [("2026-09-05", "gpt-4o", 1_000_000, 0, 0)];
    let costs = [billed("2026-09-01", "1"), billed("2026-09-05", "2.5"), billed("2026-09-09", "1")];
    assert_eq!(shown(&run(&used, &costs).result.usage), ["2026-09-05  : 2.5 2.5 0"]);
}
