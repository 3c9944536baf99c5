use super::*;

fn parse(text: &str) -> Result<PriceBook, String> {
    PriceBook::parse(text, Path::new("pricing.json")).map_err(|error| error.to_string())
}

fn stated(book: &PriceBook) -> Vec<String> {
    let list = book.list().into_iter().filter(|r| !r.shipped);
    list.map(|r| {
        let cached = r.cached_input.map_or_else(|| "-".into(), |c| c.amount().to_string());
        let from = r.effective.map_or_else(|| "-".into(), |d| d.to_string());
        format!("{} {from} {} {cached} {}", r.model, r.input.amount(), r.output.amount())
    })
    .collect()
}

#[test]
fn the_documented_file_is_read() {
    let text = "\u{feff}{\r\n  \"currency\": \"USD\",\r\n  \"credit_pools\": [\r\n    {\"pool_id\": \"edu\", \
                \"effective_date\": \"2026-01-01\", \"credits_purchased\": 20000, \"purchase_amount\": 1000}\r\n  ]\r\n}";
    let book = parse(text).unwrap();
    assert_eq!(book.currency, "USD");
    assert_eq!(book.lots.len(), 1);
    assert_eq!((book.lots[0].name.as_str(), book.lots[0].cost.each().unwrap().to_string()), ("edu", "0.05".into()));
    assert_eq!(book.rates, PriceBook::shipped().rates);
}

#[test]
fn lots_come_in_order_of_date_and_then_of_the_file() {
    let text = r#"{"credit_pools": [
        {"name": "c", "effective_date": "2026-02-01", "credits_purchased": "10.5", "purchase_amount": "1"},
        {"name": "b", "credits_purchased": 10, "purchase_amount": 0},
        {"name": "a", "effective_date": null, "credits_purchased": 1e3, "purchase_amount": 469.26},
        {"name": "b", "effective_date": "1/8/2026", "credits_purchased": 10, "purchase_amount": 1}
    ]}"#;
    let book = parse(text).unwrap();
    let labels: Vec<_> = (0..5).map(|at| book.lot_label(at)).collect();
    assert_eq!(labels, ["b", "a", "b@2026-01-08", "c", ""]);
    assert_eq!(book.lots[1].credits.to_string(), "1000");
}

#[test]
fn rates_are_read_per_million_and_per_thousand() {
    let text = r#"{"$comment": "ours", "credit_pools": [], "models": [
        {"_comment": ["contract"], "model": " gpt-4o ", "input_per_1m": 2, "cached_input_per_1m": "1", "output_per_1m": 8.50},
        {"model": "house", "effective_date": "2026-01-08", "input_per_1k": 0.00015, "output_per_1k": 0}
    ]}"#;
    let book = parse(text).unwrap();
    assert_eq!(stated(&book), ["gpt-4o - 2 1 8.5", "house 2026-01-08 0.15 - 0"]);
    let price = book.rates("gpt-4o-2024-08-06", Day::from_number(20_000)).unwrap();
    assert!(!price.shipped, "what is stated for the alias holds for the snapshot");
    assert!(book.rates("gpt-4.1", Day::from_number(20_000)).unwrap().shipped);
}

#[test]
fn shipped_prices_are_no_prices_in_another_currency() {
    let book =
        parse(r#"{"currency": "eur", "credit_pools": [{"name": "a", "credits_purchased": 1, "purchase_amount": 1}]}"#);
    let book = book.unwrap();
    assert_eq!((book.currency.as_str(), book.lots[0].currency.as_str()), ("EUR", "EUR"));
    assert!(book.rates.is_empty());
}

#[test]
fn without_a_file_the_shipped_prices_stand() {
    assert_eq!(PriceBook::parse_or_shipped(None, Path::new("x")).unwrap().rates, PriceBook::shipped().rates);
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let pool = |inner: &str| format!("{{\n  \"credit_pools\": [\n    {{{inner}}}\n  ]\n}}");
    let good = r#""name": "a", "credits_purchased": 1, "purchase_amount": 1"#;
    let two = |second: &str| pool(&format!("{good}}},\n    {{{second}"));
    let model = |inner: &str| format!("{{\n  \"models\": [\n    {{{inner}}}\n  ]\n}}");
    let cases = [
        (String::new(), "pricing.json: is empty; write {\"credit_pools\": []} for a book without credit pools"),
        (
            "{\n  \"credit_pools\": [\n".into(),
            "pricing.json:3:1: is not JSON: the file ends too soon: a closing bracket or quote is missing",
        ),
        (
            "{\n  \"credit_pools\": [5]\n}".into(),
            "pricing.json:2:20: credit_pools[0] must be an object in braces, not 5",
        ),
        ("[]".into(), "pricing.json:1:1: the file must be an object in braces, not []"),
        (
            "{\n  \"curency\": \"USD\"\n}".into(),
            "pricing.json:2:3: there is no key `curency`; the keys here are currency, credit_pools, models",
        ),
        (
            "{\n  \"currency\": \"dollars\"\n}".into(),
            "pricing.json:2:15: currency must be a code of three letters such as USD, not \"dollars\"",
        ),
        (
            "{\n  \"currency\": \"USD\",\n  \"currency\": \"USD\"\n}".into(),
            "pricing.json:3:3: the key `currency` stands here twice; keep one",
        ),
        ("{\n  \"credit_pools\": {}\n}".into(), "pricing.json:2:19: credit_pools must be a list in brackets, not {}"),
        (
            pool(r#""näme": "ä", "credits": 5"#),
            "pricing.json:3:6: credit_pools[0]: there is no key `näme`; the keys here are pool_id, name, effective_date, expires, \
             credits_purchased, purchase_amount, currency",
        ),
        (
            two(r#""name": "ä", "credits": 5"#),
            "pricing.json:4:19: credit_pools[1]: there is no key `credits`; the keys here are pool_id, name, \
             effective_date, expires, credits_purchased, purchase_amount, currency",
        ),
        (pool(r#""credits_purchased": 1"#), "pricing.json:3:5: credit_pools[0] needs a `pool_id` (or `name`)"),
        (
            pool(r#""pool_id": "a", "name": "b""#),
            "pricing.json:3:30: credit_pools[0] has `pool_id` and `name`, which mean the same; keep one",
        ),
        (pool(r#""name": " ""#), "pricing.json:3:14: credit_pools[0].name is empty"),
        (
            pool(r#""name": "a\u001b[31m""#),
            "pricing.json:3:14: credit_pools[0].name has a control character in it: \"a\\u001b[31m\"",
        ),
        (
            "{\n  \"a\\u001bb\": 1\n}".into(),
            "pricing.json:2:12: there is no key `a\\u{1b}b`; the keys here are currency, credit_pools, models",
        ),
        (pool(r#""name": 7"#), "pricing.json:3:14: credit_pools[0].name must be a text in quotes, not 7"),
        (pool(r#""name": "a", "purchase_amount": 1"#), "pricing.json:3:5: credit_pools[0] needs `credits_purchased`"),
        (pool(r#""name": "a", "credits_purchased": 1"#), "pricing.json:3:5: credit_pools[0] needs `purchase_amount`"),
        (
            two(r#""name": "b", "credits_purchased": 0, "purchase_amount": 1"#),
            "pricing.json:4:40: credit_pools[1].credits_purchased must be above zero; it is 0",
        ),
        (
            two(r#""name": "b", "credits_purchased": -5, "purchase_amount": 1"#),
            "pricing.json:4:40: credit_pools[1].credits_purchased must be above zero; it is -5",
        ),
        (
            pool(r#""name": "a", "credits_purchased": 1, "purchase_amount": "-1.50""#),
            "pricing.json:3:62: credit_pools[0].purchase_amount must not be negative; it is -1.5",
        ),
        (
            pool(r#""name": "a", "credits_purchased": "20,000", "purchase_amount": 1"#),
            "pricing.json:3:40: credit_pools[0].credits_purchased: \"20,000\" is not a plain decimal number (write it like \
             1234.56, without separators or signs of currency)",
        ),
        (
            pool(r#""name": "a", "credits_purchased": [1], "purchase_amount": 1"#),
            "pricing.json:3:40: credit_pools[0].credits_purchased: [1] is not a plain decimal number (write it like \
             1234.56, without separators or signs of currency)",
        ),
        (
            pool(r#""name": "a", "effective_date": "2026-02-30", "credits_purchased": 1, "purchase_amount": 1"#),
            "pricing.json:3:37: credit_pools[0].effective_date: “2026-02-30” names a day that does not exist",
        ),
        (
            pool(r#""name": "a", "credits_purchased": 1, "purchase_amount": 1, "currency": "EUR""#),
            "pricing.json:3:77: credit_pools[0].currency is EUR, but this book is in USD, and nothing is converted",
        ),
        (
            two(good),
            "pricing.json:4:5: credit_pools[1] is “a” without a date again, like credit_pools[0]; give each purchase its \
             own name or date",
        ),
        (model(r#""input_per_1m": 1"#), "pricing.json:3:5: models[0] needs `model`"),
        (
            model(r#""model": "m", "input_per_1m": 1"#),
            "pricing.json:3:5: models[0] needs `output_per_1m` (or `output_per_1k`); write 0 for what is free",
        ),
        (
            model(r#""model": "m", "input_per_1m": 1, "input_per_1k": 1, "output_per_1m": 1"#),
            "pricing.json:3:55: models[0] has `input_per_1m` and `input_per_1k`; keep one",
        ),
        (
            model(r#""model": "m", "input_per_1m": 1, "output_per_1m": -1"#),
            "pricing.json:3:56: models[0].output_per_1m must not be negative; it is -1",
        ),
        (
            model(r#""model": "m", "input_per_1m": 1e-13, "output_per_1m": 1"#),
            "pricing.json:3:36: models[0].input_per_1m: 0.0000000000001 is so fine that a single token needs more than 18 \
             decimal places",
        ),
        (
            model(
                "\"model\": \"m\", \"input_per_1m\": 1, \"output_per_1m\": 1},\n    {\"model\": \"M\", \"input_per_1k\": 1, \"output_per_1m\": 1",
            ),
            "pricing.json:4:5: models[1] states M without a date again, like models[0]; keep one",
        ),
        (
            model(r#""model": "m", "price": 1"#),
            "pricing.json:3:20: models[0]: there is no key `price`; the keys here are model, effective_date, input_per_1m, \
             input_per_1k, cached_input_per_1m, cached_input_per_1k, output_per_1m, output_per_1k",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(parse(&text).unwrap_err(), message, "{text}");
        let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        assert_eq!(parse(&windows).unwrap_err(), message, "the same with BOM and CRLF");
    }
}

#[test]
fn no_text_is_too_odd() {
    use proptest::prelude::*;
    let good =
        r#"{"currency":"USD","credit_pools":[{"name":"ä","credits_purchased":"1","purchase_amount":1}],"models":[]}"#;
    proptest!(|(at in 0usize..100, junk in "[\\PC\n]{0,3}")| {
        let mut text: Vec<char> = good.chars().collect();
        text.splice(at..(at + 1).min(text.len()), junk.chars());
        let _ = parse(&text.into_iter().collect::<String>());
    });
}
