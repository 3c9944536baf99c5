//! The log of credit costs that the compliance API gives: events of an hour,
//! one JSON object a line, each with a list of what was billed. Events may be
//! delivered more than once; their ids tell.

use super::FormatInfo;
use super::cells::{AGAIN, Cells, Problem, Room, kept, quoted};
use super::credit_type;
use super::format::{Field, Format, Kind, Need, Nested, Row, Same};
use crate::calendar::{Day, Instant};
use crate::usage::{Line, Shape, Side};

const EVENT: usize = 0;
const TYPE: usize = 1;
const DAY: usize = 2;
const HOUR: usize = 3;
const EMAIL: usize = 4;
const USER: usize = 5;
const MODEL: usize = 6;
const SKU: usize = 8;
const COST: usize = 9;
const COST_UNIT: usize = 10;
const QUANTITY: usize = 11;
const UNIT: usize = 12;
const IDENTITY: usize = 13;

const BILLING: &str = "payload.measures.billing";

pub(super) const INFO: FormatInfo = FormatInfo {
    name: "chatgpt-credit-log",
    title: "log of credit costs (one JSON object a line)",
    columns: "event_id, type, payload.day, payload.measures.billing; also payload.hour, payload.identity, payload.identity.email, \
              payload.identity.user_id, payload.model, payload.measures.billing[].sku, \
              payload.measures.billing[].cost.value, payload.measures.billing[].cost.unit, \
              payload.measures.billing[].quantity.value, payload.measures.billing[].quantity.unit",
};

static FIELDS: [Field; 14] = [
    Field::needed(&["event_id"]),
    Field::needed(&["type"]),
    Field::needed(&["payload.day"]),
    Field::optional(&["payload.hour"]),
    Field::optional(&["payload.identity.email"]),
    Field::optional(&["payload.identity.user_id"]),
    Field::optional(&["payload.model"]),
    Field::needed(&[BILLING]),
    Field::optional(&["payload.measures.billing[].sku"]),
    Field::money(&["payload.measures.billing[].cost.value"], Need::Never),
    Field::optional(&["payload.measures.billing[].cost.unit"]),
    Field::optional(&["payload.measures.billing[].quantity.value"]),
    Field::optional(&["payload.measures.billing[].quantity.unit"]),
    Field::when_asked(&["payload.identity"]),
];

pub(super) static FORMAT: Format = Format {
    kinds: &[Kind::JsonLines],
    nested: Nested::List(BILLING),
    same: Same::Id,
    // Who it was, and the groups they are in.
    metadata: Some(IDENTITY),
    ..Format::csv(INFO, &[Side::Bill], Shape::Credits, &FIELDS, row)
};

fn row<'a>(cells: &Cells<'a>, room: &'a mut Room) -> Result<Row<'a>, Problem> {
    if !cells.text(TYPE).eq_ignore_ascii_case("costs") {
        return Ok(Row::Other);
    }
    if cells.is_blank(EVENT) {
        return Err(Problem::cell(EVENT, "is empty, so that a second delivery of the event could not be told", AGAIN));
    }
    let value = cells.number::<crate::amount::Units>(COST)?;
    if value.is_none() {
        return Err(Problem::cell(
            COST,
            "is missing: the event says neither that it cost something nor that it did not",
            AGAIN,
        ));
    }
    let unit = cells.text(COST_UNIT);
    let in_credits = unit.eq_ignore_ascii_case("credits");
    // A currency is three letters; anything else is no money either.
    let is_currency = unit.len() == 3 && unit.bytes().all(|b| b.is_ascii_alphabetic());
    if !in_credits && !is_currency {
        return Err(Problem::cell(
            COST_UNIT,
            format_args!("{} is neither credits nor a currency", quoted(unit)),
            AGAIN,
        ));
    }
    let (at, span) = time(cells)?;
    let sku = cells.text(SKU);
    let parsed = credit_type::parse(sku);
    let class = parsed.as_ref().map(|parsed| parsed.class);
    let tier = parsed.as_ref().map_or("", |parsed| parsed.tier);
    let model = cells.text(MODEL);
    Ok(Row::Line(Line {
        id: cells.text(EVENT),
        at: Some(at),
        span,
        model: if model.is_empty() { kept(parsed.map(|parsed| parsed.model), &mut room.model) } else { model },
        user: cells.user(&[EMAIL, USER], &mut room.user),
        action: sku,
        tier,
        class,
        quantity: cells.number(QUANTITY)?,
        unit: cells.text(UNIT),
        credits: value.filter(|_| in_credits),
        amount: value.filter(|_| !in_credits).map(|value| value.retag()),
        currency: if in_credits { "" } else { cells.currency(COST_UNIT, &mut room.currency) },
        ..Line::default()
    }))
}

/// The hour of the day, or the day where no hour is given.
fn time(cells: &Cells<'_>) -> Result<(Instant, u32), Problem> {
    let day: Day = cells.day(DAY)?.day();
    let Some(hour) = cells.tokens(HOUR)? else { return Ok((Instant::start_of(day), 0)) };
    if hour > 23 {
        return Err(Problem::cell(HOUR, format_args!("{hour} is no hour of a day, which are 0 to 23"), AGAIN));
    }
    let start = Instant::start_of(day).micros();
    Ok((Instant::from_micros(start + hour * 3_600_000_000), 3_600))
}

#[cfg(test)]
mod tests {
    use crate::read::tests::{all, bill, input, text_of};
    use crate::usage::{Side, TokenClass};

    const LOG: &str = r#"{"event_id":"evt-1","type":"COSTS","timestamp":"2026-06-10T13:59:59Z","payload":{"day":"2026-06-10","hour":13,"identity":{"user_id":"user-1","email":"Ada@example.com","name":"Ada","groups":[{"id":"g1","name":"Research"}]},"product":"chatgpt","model":"gpt-5.5","measures":{"billing":[{"sku":"chat.completion.5.reasoning","cost":{"value":5,"unit":"CREDITS"}}]}}}
{"event_id":"evt-2","type":"COSTS","payload":{"day":"2026-07-13","hour":19,"identity":{"email":"dev@example.com"},"product":"Work","measures":{"billing":[{"sku":"GPT-5.6 Sol - Cached Input","quantity":{"value":267264,"unit":"tokens"},"cost":{"value":3.3408,"unit":"CREDITS"}}]}}}
{"event_id":"evt-2","type":"COSTS","payload":{"day":"2026-07-13","hour":19,"identity":{"email":"dev@example.com"},"product":"Work","measures":{"billing":[{"sku":"GPT-5.6 Sol - Cached Input","quantity":{"value":267264,"unit":"tokens"},"cost":{"value":3.3408,"unit":"CREDITS"}}]}}}
"#;

    #[test]
    fn an_event_delivered_twice_counts_once() {
        let (side, names) = bill(LOG).unwrap();
        let lines = &side.lines;
        assert_eq!((lines.files()[0].format, side.bad_rows.len()), ("chatgpt-credit-log", 0));
        assert_eq!((lines.len(), side.repeated_rows, side.superseded.len()), (2, 1, 0));
        assert_eq!([0, 1].map(|row| text_of(lines.credits(row))), ["5", "3.3408"]);
        assert_eq!([0, 1].map(|row| names.text(lines.user(row))), ["ada@example.com", "dev@example.com"]);
        assert_eq!([0, 1].map(|row| names.text(lines.model(row))), ["gpt-5.5", "gpt-5.6-sol"]);
        assert_eq!((lines.class(1), text_of(lines.quantity(1))), (Some(TokenClass::CachedInput), "267264".to_owned()));
        assert_eq!(lines.at(1).unwrap().to_string(), "2026-07-13T19:00:00Z");
        assert_eq!((names.text(lines.action(1)), lines.amount(1)), ("GPT-5.6 Sol - Cached Input", None));
    }

    #[test]
    fn an_event_is_known_again_in_another_file() {
        let inputs = || vec![input(Side::Bill, "a", LOG.as_bytes()), input(Side::Bill, "b", LOG.as_bytes())];
        let (side, _) = all(inputs(), 1 << 16).unwrap();
        assert_eq!((side.lines.len(), side.repeated_rows), (2, 4));
        assert_eq!([0, 1].map(|row| side.lines.origin_text(row)), ["a:1", "a:2"]);
    }

    #[test]
    fn each_thing_billed_is_a_row_of_its_own() {
        let event = |id: &str, billing: &str| {
            format!(
                r#"{{"event_id":"{id}","type":"COSTS","payload":{{"day":"2026-07-13","hour":1,"identity":{{"user_id":"U1"}},"measures":{{"billing":[{billing}]}}}}}}"#
            )
        };
        let two = r#"{"sku":"a","cost":{"value":"1.5","unit":"CREDITS"}},{"sku":"b","cost":{"value":2,"unit":"eur"}}"#;
        let bad = r#"{"sku":"a","cost":{"value":1,"unit":"CREDITS"}},{"sku":"b"},{"sku":"c"},7"#;
        let file = [event("e1", two), event("e2", bad), event("e3", ""), event("e1", two)].join("\n");
        let (side, names) = bill(&file).unwrap();
        let lines = &side.lines;
        assert_eq!((lines.len(), side.repeated_rows, lines.files()[0].blank_rows), (3, 2, 1));
        assert_eq!(text_of(lines.credits(0)), "1.5");
        assert_eq!((text_of(lines.foreign(1)), names.text(lines.currency(1))), ("2".to_owned(), "EUR"));
        let found: Vec<_> = side.bad_rows.iter().map(|bad| (bad.line, bad.column.as_str())).collect();
        let cost = "payload.measures.billing[].cost.value";
        assert_eq!(found, [(2, cost), (2, cost), (2, "row")]);
        assert_ne!(side.bad_rows[0].key, side.bad_rows[1].key, "two bad rows in one line are two");
    }

    #[test]
    fn an_event_with_a_text_too_long_to_be_one_is_one_bad_row() {
        let file = LOG.replacen("evt-1", &"e".repeat(1_025), 1);
        let (side, _) = bill(&file).unwrap();
        let bad: Vec<_> = side.bad_rows.iter().map(|bad| (bad.line, bad.column.as_str())).collect();
        assert_eq!((bad, side.lines.len()), (vec![(1, "event_id")], 1));
    }

    #[test]
    fn an_event_that_came_again_with_other_figures_is_told() {
        let later = LOG.replace("3.3408", "4");
        let inputs = vec![input(Side::Bill, "a", LOG.as_bytes()), input(Side::Bill, "b", later.as_bytes())];
        let (side, _) = all(inputs, 1 << 16).unwrap();
        assert_eq!(side.lines.len(), 2);
        assert_eq!([0, 1].map(|row| text_of(side.lines.credits(row))), ["5", "4"]);
        assert_eq!((side.superseded.len(), side.superseded_lines.len()), (2, 2));
        assert!(!side.superseded[0].shrunk);
    }

    #[test]
    fn other_events_of_the_log_are_passed_over_and_counted() {
        let other = r#"{"event_id":"x","type":"MESSAGES","payload":{"day":"2026-07-13"}}"#;
        let (side, _) = bill(&format!("{LOG}{other}\n")).unwrap();
        assert_eq!((side.lines.len(), side.bad_rows.len()), (2, 0));
        assert!(side.coverage_notes.iter().any(|note| note.text.contains("1 row")), "{:?}", side.coverage_notes);
    }
}
