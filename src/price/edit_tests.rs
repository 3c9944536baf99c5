use super::*;

const FILE: &str = r#"{
  "$comment": "prices of our contract",
  "models": [
    {
      "model": "gpt-4o",
      "output_per_1m": 10.00,
      "input_per_1m": "2.50",
      "_comment": "ours"
    },
    {
      "model": "house",
      "effective_date": "2026-01-08",
      "input_per_1k": 0.002,
      "output_per_1k": 0.01
    }
  ],
  "credit_pools": [
    {
      "name": "edu",
      "credits_purchased": 20000,
      "purchase_amount": 1000.00
    }
  ],
  "currency": "USD"
}
"#;

fn per(text: &str) -> PerMillion {
    PerMillion::new(Amount::parse(text).unwrap()).unwrap()
}

fn day(text: &str) -> Option<Day> {
    Some(text.parse().unwrap())
}

fn set_rate(model: &str, effective: Option<Day>, input: &str, cached: Option<&str>, output: &str) -> PriceEdit {
    PriceEdit::SetRate {
        model: model.into(),
        effective,
        input: per(input),
        cached_input: cached.map(per),
        output: per(output),
    }
}

fn lot(name: &str, effective: Option<Day>) -> LotKey {
    LotKey { name: name.into(), effective }
}

fn set_lot(key: Option<LotKey>, name: &str, effective: Option<Day>, credits: &str, amount: &str) -> PriceEdit {
    PriceEdit::SetLot {
        lot: key,
        name: name.into(),
        effective,
        credits: Quantity::parse(credits).unwrap(),
        amount: Amount::parse(amount).unwrap(),
    }
}

#[test]
fn what_is_set_to_what_it_is_leaves_the_file_as_it_is() {
    for change in [
        set_rate("GPT-4o", None, "2.5", None, "10"),
        set_rate("house", day("2026-01-08"), "2", None, "10"),
        set_lot(Some(lot("edu", None)), "edu", None, "20000", "1000"),
    ] {
        assert_eq!(edit(FILE, &change).unwrap(), FILE, "{change}");
        let windows = format!("\u{feff}{}", FILE.replace('\n', "\r\n"));
        assert_eq!(edit(&windows, &change).unwrap(), windows, "{change}");
    }
}

#[test]
fn only_what_is_edited_changes() {
    let out = edit(FILE, &set_rate("gpt-4o", None, "2.75", Some("1.25"), "10")).unwrap();
    let expect = FILE.replace("\"2.50\",", "2.75,\n      \"cached_input_per_1m\": 1.25,");
    assert_eq!(out, expect);
    let back = edit(&out, &set_rate("gpt-4o", None, "2.5", None, "10")).unwrap();
    assert_eq!(back, FILE.replace("\"2.50\"", "2.5"));

    let out = edit(FILE, &set_rate("house", day("2026-01-08"), "3", None, "10")).unwrap();
    assert_eq!(out, FILE.replace("0.002", "0.003"), "a price per thousand stays one");

    let out = edit(FILE, &set_lot(Some(lot("edu", None)), "edu-2", day("2026-02-01"), "20000", "1200.5")).unwrap();
    let expect = FILE
        .replace("\"name\": \"edu\",", "\"name\": \"edu-2\",\n      \"effective_date\": \"2026-02-01\",")
        .replace("1000.00", "1200.5");
    assert_eq!(out, expect);
}

#[test]
fn a_new_rate_and_a_new_pool_start_a_file() {
    let out = edit("", &set_lot(None, "edu", day("2026-01-01"), "20000", "1000")).unwrap();
    let out = edit(&out, &set_rate("o3", day("2026-01-08"), "2", Some("0.5"), "8")).unwrap();
    let expect = r#"{
  "currency": "USD",
  "credit_pools": [
    {
      "pool_id": "edu",
      "effective_date": "2026-01-01",
      "credits_purchased": 20000,
      "purchase_amount": 1000
    }
  ],
  "models": [
    {
      "model": "o3",
      "effective_date": "2026-01-08",
      "input_per_1m": 2,
      "cached_input_per_1m": 0.5,
      "output_per_1m": 8
    }
  ]
}
"#;
    assert_eq!(out, expect);
}

#[test]
fn what_was_added_can_be_removed() {
    let added = edit(FILE, &set_rate("o3", None, "1", None, "2")).unwrap();
    assert_ne!(added, FILE);
    assert_eq!(edit(&added, &PriceEdit::RemoveRate { model: "O3".into(), effective: None }).unwrap(), FILE);
    let added = edit(FILE, &set_lot(None, "edu", day("2026-02-01"), "5", "1")).unwrap();
    assert_eq!(edit(&added, &PriceEdit::RemoveLot { lot: lot("edu", day("2026-02-01")) }).unwrap(), FILE);
}

#[test]
fn an_edit_that_cannot_be_is_refused_with_a_reason() {
    let cases = [
        (
            PriceEdit::RemoveRate { model: "gpt-4.1".into(), effective: None },
            "pricing.json states no rate for gpt-4.1; shipped prices cannot be removed",
        ),
        (
            PriceEdit::RemoveLot { lot: lot("edu", day("2026-01-01")) },
            "pricing.json has no credit pool “edu” from 2026-01-01",
        ),
        (
            set_lot(None, "edu", None, "1", "1"),
            "credit_pools[1] is “edu” without a date again, like credit_pools[0]; give each purchase its own name or date",
        ),
        (
            set_lot(Some(lot("edu", None)), "edu", None, "0", "1"),
            "credit_pools[0].credits_purchased must be above zero; it is 0",
        ),
        (set_lot(None, " ", None, "1", "1"), "credit_pools[1].pool_id is empty"),
    ];
    for (change, message) in cases {
        assert_eq!(edit(FILE, &change).unwrap_err(), message, "{change}");
    }
    assert_eq!(
        edit("{\"x\": 1}", &PriceEdit::RemoveLot { lot: lot("edu", None) }).unwrap_err(),
        "pricing.json:1:2: there is no key `x`; the keys here are currency, credit_pools, models"
    );
}

#[test]
fn an_edit_is_told_in_one_line() {
    let edit = set_rate("gpt-4o", day("2026-01-08"), "2.5", Some("1.25"), "10");
    assert_eq!(edit.to_string(), "gpt-4o from 2026-01-08: input 2.5, cached input 1.25, output 10 per 1M tokens");
    assert_eq!(set_lot(None, "edu", None, "5", "1.5").to_string(), "credit pool edu: 5 credits for 1.5");
}
