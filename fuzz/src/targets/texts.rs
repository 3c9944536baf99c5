//! What people write by hand: the files of a book, the filter line, a table of
//! prices. What was understood and is written again, as it is or with a change
//! made by the program, must be understood again, and as the same.

use std::path::Path;
use std::str::from_utf8;

use trueup::allocate::{
    Projects, Who, add_user, parse_state, parse_state_entries, parse_subsidies, state_text, unknown_projects,
};
use trueup::amount::{Cents, PerMillion, Share};
use trueup::book::{Settings, set_tolerance};
use trueup::calendar::Day;
use trueup::price::{PriceBook, PriceEdit, PriceTable, edit};
use trueup::review::Filter;
use trueup::review::filter::{Pattern, complete};

/// Some day.
const DAY: Day = Day::from_number(20_000);

/// `pricing.json`: a rate set on the screen changes that rate alone.
pub fn pricing(bytes: &[u8]) {
    let (Ok(text), file) = (from_utf8(bytes), Path::new("pricing.json")) else { return };
    let Ok(before) = PriceBook::parse(text, file) else { return };
    let price = PerMillion::new(Cents(250).amount()).expect("a price");
    let model = "gpt-of-nobody".to_owned();
    let stated = before.rates.iter().any(|rates| rates.model.eq_ignore_ascii_case(&model));
    let change =
        PriceEdit::SetRate { model: model.clone(), effective: None, input: price, cached_input: None, output: price };
    let after = edit(text, &change).unwrap_or_else(|error| panic!("a good file cannot be edited: {error}"));
    let after = PriceBook::parse(&after, file).unwrap_or_else(|error| panic!("an edit broke the file: {error}"));
    assert_eq!((&before.lots, &before.currency), (&after.lots, &after.currency));
    let others = |book: &PriceBook| book.rates.iter().filter(|rates| rates.model != model).cloned().collect::<Vec<_>>();
    assert!(stated || others(&before) == others(&after), "another rate changed");
    assert!(after.rates(&model, DAY).is_some());
}

/// `projects.json`: a user added on the screen is found, all others stay.
pub fn projects(bytes: &[u8]) {
    let (Ok(text), file) = (from_utf8(bytes), Path::new("projects.json")) else { return };
    let Ok(before) = Projects::parse(text, file) else { return };
    for project in &before.list {
        for user in &project.users {
            before.payer(Who { user: &user.email, ..Who::default() }, DAY);
        }
    }
    let Some(first) = before.list.first() else { return };
    let new = "nobody@fuzz.example";
    if text.contains("nobody@") {
        return;
    }
    let after = add_user(text, &first.id, new).unwrap_or_else(|error| panic!("a good file cannot be edited: {error}"));
    let after = Projects::parse(&after, file).unwrap_or_else(|error| panic!("an edit broke the file: {error}"));
    let users = |projects: &Projects| projects.list.iter().map(|project| project.users.len()).sum::<usize>();
    assert_eq!((after.list.len(), users(&after)), (before.list.len(), users(&before) + 1));
}

/// `subsidies.json`.
pub fn subsidies(bytes: &[u8]) {
    let Ok(text) = from_utf8(bytes) else { return };
    let Ok(rules) = parse_subsidies(text, Path::new("subsidies.json")) else { return };
    for rule in &rules {
        let (first, last) = rule.period.bounds(DAY);
        assert!((first..=last).contains(&DAY), "a period without its own day");
        assert_eq!(rule.period.key(first), rule.period.key(last));
    }
    unknown_projects(&rules, &Projects::default());
}

/// `config.toml`: a tolerance set on the screen changes that alone.
pub fn config(bytes: &[u8]) {
    let (Ok(text), file) = (from_utf8(bytes), Path::new("config.toml")) else { return };
    let Ok(before) = Settings::parse(text, file) else { return };
    let (absolute, relative) = (Cents(7).amount(), Share::from_percent(3));
    let after =
        set_tolerance(text, absolute, relative).unwrap_or_else(|error| panic!("a good file cannot be edited: {error}"));
    let after = Settings::parse(&after, file).unwrap_or_else(|error| panic!("an edit broke the file: {error}"));
    assert_eq!((after.rules.absolute, after.rules.relative), (absolute, relative));
    assert_eq!((after.keys, after.columns, after.categories), (before.keys, before.columns, before.categories));
}

/// `subsidy_state.json`: what is written is read again.
pub fn subsidy_state(bytes: &[u8]) {
    let (Ok(text), file) = (from_utf8(bytes), Path::new("subsidy_state.json")) else { return };
    let read = parse_state_entries(text, file);
    assert_eq!(read.is_ok(), parse_state(text, file).is_ok());
    let Ok(state) = read else { return };
    let written = state_text(&state, &[], "2026-01-31T00:00:00Z");
    let again = parse_state_entries(&written, file).unwrap_or_else(|error| panic!("{error} in {written}"));
    assert_eq!(again, state, "{written}");
}

/// The filter language: a filter in its plain form is the same filter, and what
/// is offered at the cursor stands where it says.
pub fn filter(bytes: &[u8]) {
    let Ok(text) = from_utf8(bytes) else { return };
    let length = text.chars().count();
    for cursor in [0, length / 2, length, length + 1] {
        for offer in complete(text, cursor, |_| vec!["gpt-4o mini".into(), "Ä\"\\".into(), String::new()]) {
            assert!(offer.from <= offer.to && offer.to <= cursor.min(length), "{offer:?}");
        }
    }
    let pattern = Pattern::wildcard(text);
    assert_eq!(pattern.matches(""), text.chars().all(|c| c == '*'));
    pattern.is_in("a row of a bill for gpt-4o-mini aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    match Filter::parse(text) {
        Ok(filter) => assert_eq!(Filter::parse(&filter.to_text()), Ok(filter)),
        Err(error) => assert!(error.at <= length && !error.what.is_empty(), "{error:?}"),
    }
}

/// A table of model prices: taken in twice is taken in once.
pub fn price_table(bytes: &[u8]) {
    let (Ok(text), providers) = (from_utf8(bytes), ["openai".to_owned()]) else { return };
    let Ok(table) = PriceTable::from_csv(text, Path::new("prices.csv")) else { return };
    let Ok(first) = table.import("", &providers) else { return };
    let second = table.import(&first.text, &providers).unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_eq!((&second.text, second.stated), (&first.text, 0), "taken in again");
}
