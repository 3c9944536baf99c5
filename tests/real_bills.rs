//! Days that were really billed: what is read of their exports, and that tokens
//! at list price give the bill to the last digit.

use std::collections::BTreeMap;

use trueup::amount::Amount;
use trueup::book::Settings;
use trueup::price::{LotOpening, PriceBook, Values, cost, tokens_of, value};
use trueup::read::{Content, Input, Quiet, SideRead, read};
use trueup::reconcile::infer::{Held, infer_all};
use trueup::reconcile::{Evidence, Explanation, Sides, UsageCheck, UsageSides, explain, reconcile, summarize};
use trueup::usage::{Lines, Names, Shape, Side};

const COSTS: &str = "\
start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,organization_id,organization_name
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,0.8958740000000000,usd,,,org-EXAMPLE,Personal
1759708800,1759795200,2025-10-06T00:00:00+00:00,2025-10-07T00:00:00+00:00,0.5617712500000000,usd,,,org-EXAMPLE,Personal
1759795200,1759881600,2025-10-07T00:00:00+00:00,2025-10-08T00:00:00+00:00,0.569788,usd,,,org-EXAMPLE,Personal
1759881600,1759968000,2025-10-08T00:00:00+00:00,2025-10-09T00:00:00+00:00,0.5455665000000000,usd,,,org-EXAMPLE,Personal
1759968000,1760054400,2025-10-09T00:00:00+00:00,2025-10-10T00:00:00+00:00,,,,,,
1760054400,1760140800,2025-10-10T00:00:00+00:00,2025-10-11T00:00:00+00:00,0.34090000000000000,usd,,,org-EXAMPLE,Personal
1760140800,1760227200,2025-10-11T00:00:00+00:00,2025-10-12T00:00:00+00:00,0.072054,usd,,,org-EXAMPLE,Personal
1760227200,1760313600,2025-10-12T00:00:00+00:00,2025-10-13T00:00:00+00:00,,,,,,
";

const USAGE: &str = "\
start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens,input_text_tokens,output_text_tokens,input_cached_text_tokens,input_audio_tokens,input_cached_audio_tokens,output_audio_tokens,input_image_tokens,input_cached_image_tokens,output_image_tokens
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,proj_A,10.0,user-A,key_A,gpt-4o-2024-08-06,FALSE,default,59200.0,10646.0,5760.0,53440.0,53440.0,10646.0,5760.0,0.0,0.0,0.0,0.0,0.0,0.0
1759708800,1759795200,2025-10-06T00:00:00+00:00,2025-10-07T00:00:00+00:00,proj_A,8.0,user-A,key_A,gpt-5-2025-08-07,FALSE,default,46264.0,60000.0,8192.0,38072.0,38072.0,60000.0,8192.0,0.0,0.0,0.0,0.0,0.0,0.0
1759708800,1759795200,2025-10-06T00:00:00+00:00,2025-10-07T00:00:00+00:00,proj_A,1.0,user-A,key_A,gpt-5-2025-08-07,FALSE,default,5783.0,16000.0,0.0,5783.0,5783.0,16000.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0
1759795200,1759881600,2025-10-07T00:00:00+00:00,2025-10-08T00:00:00+00:00,proj_A,21.0,user-A,key_A,gpt-5-mini-2025-08-07,FALSE,default,80992.0,274770.0,0.0,80992.0,80992.0,274770.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0
1759881600,1759968000,2025-10-08T00:00:00+00:00,2025-10-09T00:00:00+00:00,,,,,,,,,,,,,,,,,,,,
1760054400,1760140800,2025-10-10T00:00:00+00:00,2025-10-11T00:00:00+00:00,proj_A,11.0,user-A,key_A,gpt-5-mini-2025-08-07,FALSE,default,124784.0,154852.0,0.0,124784.0,124784.0,154852.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0
1760140800,1760227200,2025-10-11T00:00:00+00:00,2025-10-12T00:00:00+00:00,proj_A,2.0,user-A,key_A,gpt-5-mini-2025-08-07,FALSE,default,22688.0,33191.0,0.0,22688.0,22688.0,33191.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0
";

const COSTS_OF_AUGUST: &str = "\
start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item,user_id,api_key_id,project_id,organization_id,project_name,organization_name,user_email
1788048000,1788134400,2026-08-30T00:00:00+00:00,2026-08-31T00:00:00+00:00,,,,,,,,,,,,
1788134400,1788220800,2026-08-31T00:00:00,2026-09-01T00:00:00,0.003400000000000000000000000000000000,usd,,,,,,,org-_,,Personal,
";

const USAGE_OF_AUGUST: &str = "\
start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,compute_units,input_tokens,output_tokens,input_cached_tokens,input_cache_write_tokens,input_uncached_tokens,input_text_tokens,output_text_tokens,input_cached_text_tokens,input_audio_tokens,input_cached_audio_tokens,output_audio_tokens,input_image_tokens,input_cached_image_tokens,output_image_tokens
1788048000,1788134400,2026-08-30T00:00:00+00:00,2026-08-31T00:00:00+00:00,,,,,,,,,,,,,,,,,,,,,,
1788134400,1788220800,2026-08-31T00:00:00+00:00,2026-09-01T00:00:00+00:00,proj_,4.0,user-_,key_,gpt-4o-mini-2024-07-18,False,default,,31422.0,29.0,0.0,0.0,31422.0,31422.0,29.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0
";

fn bill(files: &[(&str, &str)]) -> (SideRead, Names) {
    let mut names = Names::default();
    let input = |(at, (name, text)): (usize, &(&str, &str))| Input {
        path: name.into(),
        side: Side::Bill,
        format: None,
        append: false,
        added: at as u32,
        bytes: text.len() as u64,
        hash: true,
        content: Content::in_turn(std::io::Cursor::new(text.as_bytes().to_vec())),
    };
    let side = read(files.iter().enumerate().map(input).collect(), &mut names, &Quiet).unwrap();
    assert_eq!(side.bad_rows, []);
    (side, names)
}

/// A bill without a ledger, at the prices that are shipped.
fn at_shipped_prices<T>(side: &SideRead, names: &Names, then: impl FnOnce(&Sides<'_>) -> T) -> T {
    let (prices, ledger) = (PriceBook::shipped(), Lines::default());
    let bill_values = value(&prices, names, &side.lines, &LotOpening::default());
    then(&Sides {
        names,
        bill: &side.lines,
        ledger: &ledger,
        bill_values: &bill_values,
        ledger_values: &Values::default(),
        prices: &prices,
    })
}

/// By day: what was billed.
fn billed(side: &SideRead) -> BTreeMap<String, Amount> {
    let mut days = BTreeMap::new();
    let lines = &side.lines;
    for row in (0..lines.len() as u32).filter(|row| lines.shape(*row) == Shape::Cost) {
        let sum: &mut Amount = days.entry(lines.day(row).unwrap().to_string()).or_default();
        *sum = sum.plus(lines.amount(row).unwrap());
    }
    days
}

/// By day and model: uncached, cached and output tokens, and their cost at the
/// shipped list prices.
fn used(side: &SideRead, names: &Names) -> BTreeMap<(String, String), ([i64; 3], Amount)> {
    let (prices, lines) = (PriceBook::shipped(), &side.lines);
    let mut days = BTreeMap::new();
    for row in (0..lines.len() as u32).filter(|row| lines.shape(*row) == Shape::Usage) {
        let (day, model) = (lines.day(row).unwrap(), names.text(lines.model(row)));
        let tokens = tokens_of(lines, row).unwrap();
        let cost = cost(prices.rates(model, day).unwrap(), tokens).unwrap();
        let entry = days.entry((day.to_string(), model.to_owned())).or_insert(([0; 3], Amount::ZERO));
        let counts = [tokens.uncached, tokens.cached, tokens.output];
        entry.0.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        entry.1 = entry.1.plus(cost);
    }
    days
}

fn texts(days: &BTreeMap<String, Amount>) -> Vec<(&str, String)> {
    days.iter().map(|(day, amount)| (day.as_str(), amount.to_string())).collect()
}

#[test]
fn the_days_of_october_read_exactly() {
    let (side, names) = bill(&[("costs.csv", COSTS), ("usage.csv", USAGE)]);
    let expect = [
        ("2025-10-05", "0.895874"),
        ("2025-10-06", "0.56177125"),
        ("2025-10-07", "0.569788"),
        ("2025-10-08", "0.5455665"),
        ("2025-10-10", "0.3409"),
        ("2025-10-11", "0.072054"),
    ];
    assert_eq!(texts(&billed(&side)), expect.map(|(day, amount)| (day, amount.to_owned())));

    let found: Vec<_> = used(&side, &names)
        .into_iter()
        .map(|((day, model), (tokens, cost))| (day, model, tokens, cost.to_string()))
        .collect();
    let expect = [
        ("2025-10-05", "gpt-4o-2024-08-06", [53_440, 5_760, 10_646], "0.24726"),
        ("2025-10-06", "gpt-5-2025-08-07", [38_072 + 5_783, 8_192, 76_000], "0.81584275"),
        ("2025-10-07", "gpt-5-mini-2025-08-07", [80_992, 0, 274_770], "0.569788"),
        ("2025-10-10", "gpt-5-mini-2025-08-07", [124_784, 0, 154_852], "0.3409"),
        ("2025-10-11", "gpt-5-mini-2025-08-07", [22_688, 0, 33_191], "0.072054"),
    ];
    let expect = expect.map(|(day, model, tokens, cost)| (day.to_owned(), model.to_owned(), tokens, cost.to_owned()));
    assert_eq!(found, expect);

    // The first row of the 6th was billed on the 5th, to the last digit.
    let rates = PriceBook::shipped();
    let lines = &side.lines;
    let moved = (0..lines.len() as u32).find(|row| lines.input(*row) == Some(46_264)).unwrap();
    let day = lines.day(moved).unwrap();
    let moved = cost(rates.rates("gpt-5-2025-08-07", day).unwrap(), tokens_of(lines, moved).unwrap()).unwrap();
    assert_eq!(moved.to_string(), "0.648614");
    assert_eq!(billed(&side)["2025-10-05"].minus(moved).to_string(), "0.24726");
}

#[test]
fn the_days_of_october_are_covered_whole() {
    let (side, _) = bill(&[("costs.csv", COSTS), ("usage.csv", USAGE)]);
    let days: Vec<Vec<String>> = side
        .coverage
        .iter()
        .map(|file| file.days.iter().map(|(first, last)| format!("{first} to {last}")).collect())
        .collect();
    // The usage export has no row for the 9th, blank or not.
    assert_eq!(days, [vec!["2025-10-05 to 2025-10-12"], vec!["2025-10-05 to 2025-10-08", "2025-10-10 to 2025-10-11"]]);
}

#[test]
fn the_last_day_of_august_reads_exactly() {
    let (side, names) = bill(&[("costs.csv", COSTS_OF_AUGUST), ("usage.csv", USAGE_OF_AUGUST)]);
    assert_eq!(texts(&billed(&side)), [("2026-08-31", "0.0034".to_owned())]);
    let day = ("2026-08-31".to_owned(), "gpt-4o-mini-2024-07-18".to_owned());
    assert_eq!(used(&side, &names)[&day], ([31_422, 0, 29], Amount::parse("0.0047307").unwrap()));
}

#[test]
fn usage_at_shipped_prices_is_held_against_the_costs_of_its_days() {
    let checks = |costs: &str, usage: &str| {
        let (side, names) = bill(&[("costs.csv", costs), ("usage.csv", usage)]);
        at_shipped_prices(&side, &names, |sides| {
            let rules = Settings::default().rules;
            let result = reconcile(sides, &rules, &[]);
            let total = summarize(sides, &rules, &result.items).bill_total;
            assert_eq!(total, billed(&side).into_values().sum(), "the costs alone are the bill");
            let text = |amount: Option<Amount>| amount.map_or("-".to_owned(), |amount| amount.to_string());
            let each = |check: &UsageCheck| {
                let day = check.day.unwrap();
                format!("{day} {} {} {}", text(check.expected), text(check.billed), text(check.difference))
            };
            result.usage.iter().map(each).collect::<Vec<_>>()
        })
    };
    let october = [
        "2025-10-05 0.24726 0.895874 0.648614",
        "2025-10-06 0.81584275 0.56177125 -0.2540715",
        "2025-10-07 0.569788 0.569788 0",
        "2025-10-08 - 0.5455665 0.5455665",
        "2025-10-10 0.3409 0.3409 0",
        "2025-10-11 0.072054 0.072054 0",
    ];
    assert_eq!(checks(COSTS, USAGE), october);
    assert_eq!(checks(COSTS_OF_AUGUST, USAGE_OF_AUGUST), ["2026-08-31 0.0047307 0.0034 -0.0013307"]);
}

#[test]
fn the_price_of_three_real_days_is_found_without_a_ledger() {
    let (side, names) = bill(&[("costs.csv", COSTS), ("usage.csv", USAGE)]);
    let found = at_shipped_prices(&side, &names, |sides| {
        let rules = Settings::default().rules;
        let items = reconcile(sides, &rules, &[]).items;
        infer_all(sides, &rules, &items, &sides.prices.known(), &|_| true, Held::All)
    });
    // What was billed in the bucket before makes no price of its own.
    let sentences: Vec<String> = found.iter().map(|inference| inference.sentence()).collect();
    assert_eq!(
        sentences,
        [
            "gpt-4o-2024-08-06: no price explains its only line.",
            "gpt-5-2025-08-07: no price explains its only line.",
            "gpt-5-mini-2025-08-07: input 0.25, output 2 per million tokens, which fits 3 of 3 lines to the last digit; \
             it is the list price of gpt-5-mini.",
        ]
    );
}

/// Why the costs of a month differ from its usage at shipped prices.
fn why(costs: &str, usage: &str, month: &str) -> Explanation {
    let (side, names) = bill(&[("costs.csv", costs), ("usage.csv", usage)]);
    let (prices, ledger, values) = (PriceBook::shipped(), Lines::default(), Values::default());
    let sides = Sides {
        names: &names,
        bill: &side.lines,
        ledger: &ledger,
        bill_values: &values,
        ledger_values: &values,
        prices: &prices,
    };
    let costs_against_usage = UsageSides::of(&sides).unwrap();
    let sides = costs_against_usage.sides(&sides);
    let month = month.parse().unwrap();
    let items = reconcile(&sides, &Settings::default().rules, &[]).items.of_month(&sides, month);
    explain(&Evidence::of_month(&sides, &items, month))
}

fn findings(why: &Explanation) -> Vec<String> {
    let mut shown = Vec::new();
    for finding in &why.findings {
        for (place, amount) in &finding.over {
            shown.push(format!("{} {} {amount}", finding.probe.name(), place.day.unwrap()));
        }
    }
    shown
}

#[test]
fn the_row_in_the_neighbouring_bucket_and_the_day_without_usage_are_found() {
    let why = why(COSTS, USAGE, "2025-10");
    let expect = [
        // 38,072, 8,192 and 60,000 tokens of gpt-5, listed on the 6th.
        "neighbouring_day 2025-10-05 0.648614",
        "neighbouring_day 2025-10-06 -0.648614",
        "missing 2025-10-08 0.5455665",
    ];
    assert_eq!(findings(&why), expect);
    assert_eq!(why.findings[1].sentence, "Billed on 2025-10-08 and not recorded: all models.");
    // What else was billed on the 6th nobody knows, and it is said.
    let left: Vec<String> =
        why.unexplained.iter().map(|(place, amount)| format!("{} {amount}", place.day.unwrap())).collect();
    assert_eq!(left, ["2025-10-06 0.3945425"]);
    assert_eq!(why.residual, "0.3945425".parse().unwrap());
}

#[test]
fn the_last_day_of_august_is_not_settled() {
    let why = why(COSTS_OF_AUGUST, USAGE_OF_AUGUST, "2026-08");
    assert_eq!(findings(&why), ["not_settled 2026-08-31 -0.0013307"]);
    assert!(!why.findings[0].exact);
}
