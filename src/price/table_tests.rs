//! Tables of model prices into `pricing.json`.

use std::path::Path;

use super::*;

const HEADER: &str = "id,model_name,provider,input_price_per_1m,output_price_per_1m,price_per_unit,unit_type,is_active,effective_date,notes\n";

fn import(header: &str, rows: &str) -> Result<Imported, Vec<String>> {
    let table =
        PriceTable::from_csv(&format!("{header}{rows}"), Path::new("prices.csv")).map_err(|e| vec![e.to_string()])?;
    table.import("", &["openai".into()]).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn rates(imported: &Imported, model: &str, day: &str) -> [String; 3] {
    let book = PriceBook::parse(&imported.text, Path::new("pricing.json")).unwrap();
    let found = book.rates(model, day.parse().unwrap()).unwrap();
    [found.input, found.cached_input.unwrap_or(found.input), found.output].map(|price| price.amount().to_string())
}

#[test]
fn dated_rows_become_stated_rates() {
    let rows = "1,house-1,openai,3.00,12.00,,tokens,true,2026-01-01,\n2,house-1,OpenAI,2,8,,tokens,t,2026-03-01 00:00:00+00,cheaper\n";
    let done = import(HEADER, rows).unwrap();
    assert_eq!((done.stated, done.unchanged, done.left_out.len()), (2, 0, 0));
    assert_eq!(rates(&done, "house-1", "2026-02-28"), ["3", "3", "12"]);
    assert_eq!(rates(&done, "house-1", "2026-03-01"), ["2", "2", "8"]);
    let reversed: String = rows.lines().rev().map(|line| format!("{line}\n")).collect();
    assert_eq!(import(HEADER, &reversed).unwrap().text, done.text, "the order of rows says nothing");
}

#[test]
fn older_tables_have_prices_per_thousand() {
    let header = "MODEL_NAME,Input_Price_Per_1K,output_price_per_1k\n";
    let done = import(header, "house-1,0.0025,0.01\n").unwrap();
    assert_eq!(rates(&done, "house-1", "2026-01-01"), ["2.5", "2.5", "10"]);
}

#[test]
fn what_is_in_force_already_is_not_stated_and_cached_prices_stay() {
    let done = import(HEADER, "1,gpt-4o,openai,2.50,10.00,,tokens,true,,\n").unwrap();
    assert_eq!((done.stated, done.unchanged, done.text.as_str()), (0, 1, ""));
    let done = import(HEADER, "1,gpt-4o,openai,2.50,11,,tokens,true,2026-01-01,\n").unwrap();
    assert_eq!(
        (rates(&done, "gpt-4o", "2026-01-01"), done.remarks.len()),
        (["2.5", "1.25", "11"].map(String::from), 0)
    );
    let done = import(HEADER, "1,gpt-4o,openai,3,11,,tokens,true,2026-01-01,\n").unwrap();
    assert_eq!(rates(&done, "gpt-4o", "2026-01-01"), ["3", "3", "11"]);
    assert!(done.remarks[0].contains("gpt-4o has no price for cached input"), "{:?}", done.remarks);
}

#[test]
fn a_later_row_that_the_shipped_list_has_is_stated_behind_an_earlier_one_that_it_has_not() {
    // The stated rate of January would otherwise hold for ever.
    let rows = "1,gpt-4o,openai,9,9,,,true,2026-01-01,\n2,gpt-4o,openai,2.50,10,,,true,2026-02-01,\n";
    let done = import(HEADER, rows).unwrap();
    assert_eq!(done.stated, 2);
    assert_eq!(rates(&done, "gpt-4o", "2026-02-01")[0], "2.5");
}

#[test]
fn rows_that_are_no_token_prices_are_left_out_by_reason() {
    let rows = "1,claude,anthropic,3,15,,,true,,\n2,old,openai,1,1,,,false,,\n3,whisper-1,openai,0,0,0.006,minute,true,,\n\
                4,dall-e-3,openai,,,0.04,image,true,,\n,,,,,,,,,\n";
    let done = import(HEADER, rows).unwrap();
    let why: Vec<(u64, &str)> = done.left_out.iter().map(|left| (left.line, left.why.as_str())).collect();
    assert_eq!(
        why,
        [
            (2, "of the provider anthropic"),
            (3, "not active"),
            (4, "priced by the minute, not by tokens"),
            (5, "priced by the image, not by tokens")
        ]
    );
    assert_eq!(done.stated, 0);
}

#[test]
fn everything_wrong_is_named_with_its_line_and_nothing_is_imported() {
    let rows = "1,a,openai,cheap,1,,,true,,\n2,b,openai,1,,,,true,,\n3,c,openai,1,1,,,maybe,,\n4,d,openai,1,1,,,true,soon,\n\
                5,,openai,1,1,,,true,,\n6,e,openai,1,1,,,true,,\n7,E,openai,2,1,,,true,,\n8,f,openai,-1,1,,,true,,\n";
    let errors = import(HEADER, rows).unwrap_err();
    for (line, word) in
        [(2, "cheap"), (3, "no output price"), (4, "maybe"), (5, "soon"), (6, "model name"), (9, "-1"), (8, "again")]
    {
        let found =
            errors.iter().any(|error| error.starts_with(&format!("prices.csv:{line}: ")) && error.contains(word));
        assert!(found, "{line} {word}: {errors:#?}");
    }
    let both =
        import("model_name,input_price_per_1m,input_price_per_1k,output_price_per_1m\n", "a,1,1,1\n").unwrap_err();
    assert!(both[0].contains("two input prices: 1 and 1000"), "{both:?}");
    let other = import("name,cost\n", "a,1\n").unwrap_err();
    assert!(other[0].contains("lacks model_name") && other[0].contains("it has name, cost"), "{other:?}");
    let short = import(HEADER, "1,a\n").unwrap_err();
    assert!(short[0].starts_with("prices.csv:2: has 2 cells"), "{short:?}");
}

#[test]
fn a_table_taken_in_row_by_row_makes_the_same_file() {
    let rows = ["1,gpt-4o,openai,2.50,11,,,true,2026-01-01,", "2,gpt-4o,openai,2.50,12,,,true,2026-02-01,"];
    let more = ["3,gpt-4o-2024-08-06,openai,2.50,10,,,true,2026-01-01,", "4,house-1,openai,3,12,,,true,,"];
    let (mut text, mut stated) = (String::new(), 0);
    for row in rows.iter().chain(&more) {
        let table = PriceTable::from_csv(&format!("{HEADER}{row}\n"), Path::new("prices.csv")).unwrap();
        let done = table.import(&text, &["openai".into()]).unwrap();
        (text, stated) = (done.text, stated + done.stated);
    }
    let all = [rows, more].concat().join("\n");
    let whole = import(HEADER, &all).unwrap();
    assert_eq!((whole.text, whole.stated), (text, stated));
}

#[test]
fn importing_twice_changes_nothing_more() {
    let csv = format!("{HEADER}1,house-1,openai,3.00,12.00,,tokens,true,2026-01-01,\n2,gpt-4o,openai,3,9,,,true,,\n");
    let table = PriceTable::from_csv(&csv, Path::new("prices.csv")).unwrap();
    let once = table.import("", &["openai".into()]).unwrap();
    let twice = table.import(&once.text, &["openai".into()]).unwrap();
    assert_eq!((twice.stated, twice.unchanged, &twice.text), (0, 2, &once.text));
}
