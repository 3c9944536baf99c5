//! The output file of a batch: one answered request a line, with its id and
//! its tokens, and without money. Each file holds requests of its own, so two
//! files of one day are no two downloads of it.

use super::FormatInfo;
use super::cells::{AGAIN, Cells, Problem, Room, beyond_sum};
use super::format::{Field, Format, Kind, Nested, Row, Same};
use crate::usage::{Line, NotApplicable, Shape, Side};

const RESPONSE: usize = 1;
const ID: usize = 2;
const BODY_ID: usize = 3;
const MODEL: usize = 4;
const CREATED: usize = 5;
const INPUT: usize = 6;
const OUTPUT: usize = 7;
const TOTAL: usize = 8;
const CACHED: usize = 9;
const REASONING: usize = 10;
const STATUS: usize = 11;
const CACHE_WRITE: usize = 12;

pub(super) const INFO: FormatInfo = FormatInfo {
    name: "batch-output",
    title: "output of a batch (one JSON object a line)",
    columns: "custom_id, response; also id, response.body.id, response.body.model, response.body.created (or \
              response.body.created_at), response.body.usage.prompt_tokens (or response.body.usage.input_tokens), \
              response.body.usage.completion_tokens (or response.body.usage.output_tokens), \
              response.body.usage.total_tokens, response.body.usage.prompt_tokens_details.cached_tokens (or \
              response.body.usage.input_tokens_details.cached_tokens), \
              response.body.usage.completion_tokens_details.reasoning_tokens (or \
              response.body.usage.output_tokens_details.reasoning_tokens), \
              response.body.usage.prompt_tokens_details.cache_write_tokens (or \
              response.body.usage.input_tokens_details.cache_write_tokens), response.status_code",
};

static FIELDS: [Field; 13] = [
    Field::needed(&["custom_id"]),
    Field::needed(&["response"]),
    Field::optional(&["id"]),
    Field::optional(&["response.body.id"]),
    Field::optional(&["response.body.model"]),
    Field::optional(&["response.body.created", "response.body.created_at"]),
    Field::optional(&["response.body.usage.prompt_tokens", "response.body.usage.input_tokens"]),
    Field::optional(&["response.body.usage.completion_tokens", "response.body.usage.output_tokens"]),
    Field::optional(&["response.body.usage.total_tokens"]),
    Field::optional(&[
        "response.body.usage.prompt_tokens_details.cached_tokens",
        "response.body.usage.input_tokens_details.cached_tokens",
    ]),
    Field::optional(&[
        "response.body.usage.completion_tokens_details.reasoning_tokens",
        "response.body.usage.output_tokens_details.reasoning_tokens",
    ]),
    Field::optional(&["response.status_code"]),
    Field::optional(&[
        "response.body.usage.prompt_tokens_details.cache_write_tokens",
        "response.body.usage.input_tokens_details.cache_write_tokens",
    ]),
];

pub(super) static FORMAT: Format = Format {
    kinds: &[Kind::JsonLines],
    nested: Nested::Yes,
    same: Same::Id,
    ..Format::csv(INFO, &[Side::Bill, Side::Ledger], Shape::Request, &FIELDS, row)
};

fn row<'a>(cells: &Cells<'a>, _: &'a mut Room) -> Result<Row<'a>, Problem> {
    // A request that failed has no response, or one that says so.
    let failed = cells.is_blank(RESPONSE) || cells.count(STATUS)?.is_some_and(|status| !(200..300).contains(&status));
    let (input, output, total) = (cells.tokens(INPUT)?, cells.tokens(OUTPUT)?, cells.tokens(TOTAL)?);
    if !failed && [input, output, total].iter().all(Option::is_none) {
        return Err(Problem::cell(INPUT, "is missing in an answer, and so are all counts of tokens", AGAIN));
    }
    let at = if cells.is_blank(CREATED) { None } else { Some(cells.time(CREATED)?) };
    Ok(Row::Line(Line {
        id: cells.first(&[BODY_ID, ID]),
        at,
        model: cells.text(MODEL),
        tier: "batch",
        input,
        cached: cells.tokens(CACHED)?,
        cache_write: cells.tokens(CACHE_WRITE)?,
        output,
        reasoning: cells.tokens(REASONING)?,
        total: beyond_sum(total, input, output),
        not_applicable: failed.then_some(NotApplicable::Failed),
        ..Line::default()
    }))
}

#[cfg(test)]
mod tests {
    use crate::read::tests::{all, bill, input};
    use crate::usage::{NotApplicable, Side};

    const ANSWERED: &str = r#"{"id":"batch_req_123","custom_id":"req-1","response":{"status_code":200,"request_id":"req_abc","body":{"id":"chatcmpl-B1","object":"chat.completion","created":1781395200,"model":"gpt-4o-2024-08-06","usage":{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500,"prompt_tokens_details":{"cached_tokens":0}}}},"error":null}"#;

    #[test]
    fn an_answered_request_has_its_id_and_tokens_and_no_money() {
        let (side, names) = bill(ANSWERED).unwrap();
        let lines = &side.lines;
        assert_eq!((lines.files()[0].format, side.bad_rows.len()), ("batch-output", 0));
        assert_eq!((&*lines.id(0), names.text(lines.model(0))), ("chatcmpl-B1", "gpt-4o-2024-08-06"));
        assert_eq!((lines.input(0), lines.cached(0), lines.output(0)), (Some(1_000), Some(0), Some(500)));
        assert_eq!((lines.amount(0), names.text(lines.tier(0))), (None, "batch"));
        assert_eq!(lines.at(0).unwrap().to_string(), "2026-06-14T00:00:00Z");
    }

    #[test]
    fn answers_of_the_other_endpoint_name_their_tokens_otherwise() {
        let line = r#"{"id":"b1","custom_id":"r","response":{"status_code":200,"body":{"id":"resp_1","created_at":1781395200,"model":"gpt-5","usage":{"input_tokens":20,"input_tokens_details":{"cached_tokens":8},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":29}}},"error":null}"#;
        let (side, _) = bill(line).unwrap();
        let lines = &side.lines;
        assert_eq!((lines.input(0), lines.cached(0)), (Some(20), Some(8)));
        assert_eq!((lines.output(0), lines.reasoning(0), lines.total(0)), (Some(9), Some(4), Some(29)));
    }

    #[test]
    fn a_request_that_failed_has_nothing_to_compare() {
        let file = r#"{"id":"b1","custom_id":"r1","response":null,"error":{"code":"batch_expired","message":"too late"}}
{"id":"b2","custom_id":"r2","response":{"status_code":429,"request_id":"x","body":{"error":{"message":"slow"}}},"error":null}
{"id":"b3","custom_id":"r3","response":{"status_code":200,"body":{"id":"chatcmpl-1"}},"error":null}
"#;
        let (side, _) = bill(file).unwrap();
        assert_eq!([0, 1].map(|row| side.lines.not_applicable(row)), [Some(NotApplicable::Failed); 2]);
        assert_eq!([0, 1].map(|row| side.lines.id(row).to_owned()), ["b1", "b2"]);
        let bad = &side.bad_rows[0];
        assert_eq!((bad.line, bad.column.as_str()), (3, "response.body.usage.prompt_tokens"));
    }

    #[test]
    fn answers_without_an_id_are_known_again_by_what_they_say() {
        let line =
            r#"{"custom_id":"r","response":{"body":{"created":1781395200,"model":"m","usage":{"total_tokens":5}}}}"#;
        let (once, twice) = (line.to_owned(), format!("{line}\n{line}"));
        let files = [&once, &twice, &once];
        let inputs = files.iter().enumerate().map(|(at, text)| input(Side::Bill, &at.to_string(), text.as_bytes()));
        let (side, _) = all(inputs.collect(), 1 << 16).unwrap();
        let origins: Vec<_> = (0..side.lines.len() as u32).map(|row| side.lines.origin_text(row)).collect();
        assert_eq!((origins, side.repeated_rows), (vec!["1:1".to_owned(), "1:2".to_owned()], 2));
    }

    #[test]
    fn files_of_one_day_hold_requests_of_their_own() {
        let other = ANSWERED.replace("chatcmpl-B1", "chatcmpl-B2");
        let files = [ANSWERED, &other, ANSWERED];
        let inputs = files.iter().enumerate().map(|(at, text)| input(Side::Bill, &at.to_string(), text.as_bytes()));
        let (side, _) = all(inputs.collect(), 1 << 16).unwrap();
        let ids: Vec<_> = (0..side.lines.len() as u32).map(|row| side.lines.id(row).to_owned()).collect();
        assert_eq!(
            (ids, side.repeated_rows, side.superseded.len()),
            (vec!["chatcmpl-B1".to_owned(), "chatcmpl-B2".to_owned()], 1, 0)
        );
    }
}
