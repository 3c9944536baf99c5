//! Tables, as CSV: what spreadsheets, databases and other years make of them.

use serde_json::Value;

use super::*;

/// A table as its cells, header first.
type Cells = Vec<Vec<String>>;

fn cells(text: &str) -> Cells {
    let text = text.trim_start_matches('\u{FEFF}');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn written(cells: &Cells, quotes: csv::QuoteStyle, end: &'static [u8]) -> String {
    let terminator = if end == b"\r\n" { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let mut writer =
        csv::WriterBuilder::new().quote_style(quotes).terminator(terminator).flexible(true).from_writer(Vec::new());
    cells.iter().for_each(|row| writer.write_record(row).unwrap());
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn plain(cells: &Cells) -> String {
    written(cells, csv::QuoteStyle::Necessary, b"\n")
}

/// The cells of the columns for whose names `which` says so, changed.
fn changed(cells: &Cells, which: impl Fn(&str) -> bool, change: impl Fn(&str) -> String) -> Cells {
    let header = &cells[0];
    let cell = |(at, cell): (usize, &String)| {
        let ours = header.get(at).is_some_and(|name| which(&name.to_lowercase()));
        if ours && !cell.is_empty() { change(cell) } else { cell.clone() }
    };
    let rows = cells[1..].iter().map(|row| row.iter().enumerate().map(cell).collect());
    std::iter::once(header.clone()).chain(rows).collect()
}

fn is_exact(column: &str) -> bool {
    const NAMES: [&str; 11] = [
        "amount_value",
        "cost_in_major",
        "cost",
        "cost_total",
        "usage_credits",
        "usage_quantity",
        "credits",
        "quantity",
        "calculated_cost_cents",
        "total_cost_usd",
        "price (cents)",
    ];
    NAMES.contains(&column)
}

fn is_count(column: &str) -> bool {
    (column.contains("tokens") && !column.contains("cost"))
        || ["num_model_requests", "in", "out", "cached"].contains(&column)
}

fn with_blank_rows(cells: &Cells) -> String {
    let blank = vec![String::new(); cells[0].len()];
    let mut rows = cells.clone();
    rows.insert(1, blank.clone());
    rows.push(blank);
    plain(&rows).replacen('\n', "\n\n", 1) + "\n  \n"
}

/// All other ways to write the same table, each with its name.
fn variants(cells: &Cells) -> Vec<(&'static str, String)> {
    let reversed: Cells = cells.iter().map(|row| row.iter().rev().cloned().collect()).collect();
    let shouted = {
        let mut rows = cells.clone();
        rows[0].iter_mut().for_each(|name| *name = format!(" {} ", name.to_uppercase()));
        rows
    };
    let wider = |(at, row): (usize, &Vec<String>)| {
        let between = if at == 0 { "an unknown column" } else { "x, \"y\"\nz" };
        row.iter().flat_map(|cell| [cell.clone(), between.to_owned()]).collect::<Vec<_>>()
    };
    let mut wider: Cells = cells.iter().enumerate().map(wider).collect();
    wider[0].iter_mut().enumerate().filter(|(at, _)| at % 2 == 1).for_each(|(at, name)| *name = format!("{name} {at}"));
    let flag = |to: fn(&str) -> String| {
        changed(cells, |name| ["batch", "success", "cancelled", "cache_hit"].contains(&name), to)
    };
    let or_t = |text: &str| match text.to_lowercase().as_str() {
        "true" => "t".to_owned(),
        "false" => "f".to_owned(),
        other => other.to_owned(),
    };
    let email = |to: fn(&str) -> String| changed(cells, |name| name.contains("email") || name == "who", to);
    let whole = |text: &str| if text.contains('.') { text.to_owned() } else { format!("{text}.0") };
    let iso = |text: &str| text.split_once("+00:00").map_or(text, |(time, _)| time).to_owned();
    let mut variants = vec![
        ("BOM and CRLF", format!("\u{FEFF}{}", written(cells, csv::QuoteStyle::Necessary, b"\r\n"))),
        ("quoted cells", written(cells, csv::QuoteStyle::Always, b"\n")),
        ("no line end at the end", plain(cells).trim_end().to_owned()),
        ("blank rows", with_blank_rows(cells)),
        ("reordered columns", plain(&reversed)),
        ("header in upper case", plain(&shouted)),
        ("forty digits", plain(&changed(cells, is_exact, forty_digits))),
        ("4.0 for 4", plain(&changed(cells, is_count, whole))),
        ("FALSE", plain(&flag(str::to_uppercase))),
        (
            "False as f",
            plain(&changed(&flag(str::to_lowercase), |name| name == "success" || name == "cancelled", or_t)),
        ),
        ("emails in upper case", plain(&email(str::to_uppercase))),
        ("blanks around emails", plain(&email(|text| format!("  {text} ")))),
        ("times without an offset", plain(&changed(cells, |name| name.ends_with("_iso"), iso))),
    ];
    // An export of nothing has no other columns, that is how it is known.
    if cells[0].len() > 4 {
        variants.push(("columns between", plain(&wider)));
    }
    variants
}

#[test]
fn a_table_is_understood_alike_however_it_is_written() {
    for sample in &TABLES {
        let expect = told(&read(sample, sample.text).unwrap());
        for (variant, text) in variants(&cells(sample.text)) {
            let found = read(sample, &text).unwrap_or_else(|error| panic!("{}, {variant}: {error}", sample.name));
            assert_eq!(found.0.bad_rows, [], "{}, {variant}", sample.name);
            assert_eq!(told(&found), expect, "{}, {variant}", sample.name);
        }
    }
}

fn money(side: &SideRead) -> (Amount, Quantity, Amount) {
    let (lines, rows) = (&side.lines, 0..side.lines.len() as u32);
    (
        rows.clone().filter_map(|row| lines.amount(row)).sum(),
        rows.clone().filter_map(|row| lines.credits(row)).sum(),
        rows.filter_map(|row| lines.foreign(row)).sum(),
    )
}

#[test]
fn a_column_that_is_missing_is_asked_for_or_changes_no_money() {
    for sample in &TABLES {
        let (whole, _) = read(sample, sample.text).unwrap();
        let all = cells(sample.text);
        for (at, name) in all[0].iter().enumerate() {
            let without: Cells = all
                .iter()
                .map(|row| {
                    row.iter().enumerate().filter(|(column, _)| *column != at).map(|(_, cell)| cell.clone()).collect()
                })
                .collect();
            let place = format!("{} without {name}", sample.name);
            match read(sample, &plain(&without)) {
                Err(error) => assert!(error.to_lowercase().contains(&name.to_lowercase()), "{place}: {error}"),
                // What a file does not say of the currency, nobody can know.
                Ok(_) if name.to_lowercase().contains("currency") => {}
                Ok((side, _)) if side.bad_rows.is_empty() && side.lines.files()[0].format == sample.format => {
                    let is_money = ["cost", "credits", "spend"].contains(&name.as_str());
                    if !is_money {
                        assert_eq!(money(&side), money(&whole), "{place}");
                        assert_eq!(side.lines.len(), whole.lines.len(), "{place}");
                    }
                }
                Ok((side, _)) => {
                    let file = &side.lines.files()[0];
                    let seen = file.rows as usize + file.blank_rows as usize + side.bad_rows.len();
                    assert_eq!(seen, all.len() - 1, "{place}");
                }
            }
        }
    }
}

#[test]
fn an_email_in_two_cases_is_one_user_and_a_name_with_a_comma_is_one_cell() {
    let business = &TABLES[1];
    let (side, names) = read(business, business.text).unwrap();
    let users: std::collections::BTreeSet<&str> =
        (0..side.lines.len() as u32).map(|row| names.text(side.lines.user(row))).collect();
    assert_eq!(users.into_iter().collect::<Vec<_>>(), ["alex.morgan@example.com", "jo@example.com"]);
}

/// Tables of a database come as CSV or as JSON lines, and mean the same.
#[test]
fn a_ledger_is_understood_alike_as_a_table_and_as_lines_of_json() {
    for sample in TABLES.iter().filter(|sample| sample.side == Side::Ledger && sample.format != "credit-ledger") {
        let expect = told(&read(sample, sample.text).unwrap());
        let table = cells(sample.text);
        let value = |cell: &String| match cell.as_str() {
            "" => Value::Null,
            "true" | "false" => Value::Bool(cell == "true"),
            text if Amount::parse(text).is_ok() => serde_json::from_str(text).unwrap(),
            text => Value::String(text.to_owned()),
        };
        let object = |row: &Vec<String>| {
            let pairs = table[0].iter().zip(row).map(|(name, cell)| (name.clone(), value(cell)));
            Value::Object(pairs.collect()).to_string()
        };
        let text = table[1..].iter().map(object).collect::<Vec<_>>().join("\n");
        let jsonl = Sample { name: "ledger.jsonl", ..*sample };
        let found = read(&jsonl, &text).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        assert_eq!(found.0.bad_rows, [], "{}", sample.name);
        assert_eq!(told(&found), expect, "{}", sample.name);
    }
}
