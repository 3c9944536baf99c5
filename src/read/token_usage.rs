//! The `token_usage` table that a proxy records its calls in, as CSV or as one
//! JSON object a line. Costs are in cents; grants and failed calls stand in it
//! too and have nothing to compare.

use super::FormatInfo;
use super::bundle::{Count, Role};
use super::cells::{Cells, Problem, Room, beyond_sum};
use super::format::{Field, Format, Kind, Need, Row};
use super::usual::Usual;
use crate::usage::{Line, NotApplicable, Shape, Side};

const REQUEST: usize = 0;
const CREATED: usize = 1;
const INSERTED: usize = 2;
const MODEL: usize = 3;
const USER: usize = 4;
const ACTION: usize = 5;
const INPUT: usize = 6;
const OUTPUT: usize = 7;
const TOTAL: usize = 8;
const CENTS: usize = 9;
const SUCCESS: usize = 10;
const CACHE_HIT: usize = 11;
const STATUS: usize = 12;
const KEY: usize = 13;
const METADATA: usize = 14;

/// Actions that give or take tokens and use none.
const GRANTS: [&str; 5] = ["admin_grant", "admin_deduct", "subscription_grant", "trial_grant", "token_pack_purchase"];

pub(super) const INFO: FormatInfo = FormatInfo {
    name: "token-usage",
    title: "token_usage table (CSV, or one JSON object a line)",
    columns: "created_at, model_used, calculated_cost_cents, input_tokens (or prompt_tokens) and output_tokens \
              (or completion_tokens), or tokens_used; also id, openai_request_id, openai_created, \
              user_id, action_type, success, cache_hit, reconciliation_status, metadata",
};

static FIELDS: [Field; 15] = [
    Field::optional(&["openai_request_id"]),
    Field::optional(&["openai_created"]),
    Field::needed(&["created_at"]),
    Field::needed(&["model_used"]),
    Field::optional(&["user_id"]),
    Field::optional(&["action_type"]),
    Field::optional(&["input_tokens", "prompt_tokens"]),
    Field::optional(&["output_tokens", "completion_tokens"]),
    Field::optional(&["tokens_used"]),
    Field::money(&["calculated_cost_cents"], Need::Always),
    Field::optional(&["success"]),
    Field::optional(&["cache_hit"]),
    Field::optional(&["reconciliation_status"]),
    Field::optional(&["id"]),
    Field::when_asked(&["metadata"]),
];

/// By field, in the order of [`FIELDS`].
static ROLES: [Role; 15] = [
    Role::Id,
    Role::CallTime,
    Role::Time,
    Role::Model,
    Role::Name,
    Role::Name,
    Role::Tokens(Count::Input),
    Role::Tokens(Count::Output),
    Role::Tokens(Count::Total),
    Role::Cents,
    Role::Flag,
    Role::Flag,
    Role::Status,
    Role::Key,
    // Read only where rows are read one by one.
    Role::Key,
];

pub(super) static FORMAT: Format = Format {
    roles: &ROLES,
    one_of: &[&[INPUT, OUTPUT], &[TOTAL]],
    kinds: &[Kind::Csv, Kind::JsonLines],
    metadata: Some(METADATA),
    usual: Some(&USUAL),
    ..Format::csv(INFO, &[Side::Ledger], Shape::Request, &FIELDS, row)
};

/// What [`row`] makes of usual cells: those of a call that succeeded.
static USUAL: Usual = Usual {
    id: Some(REQUEST),
    time: &[CREATED, INSERTED],
    model: Some(MODEL),
    user: &[USER],
    action: Some(ACTION),
    odd_actions: &GRANTS,
    input: Some(INPUT),
    output: Some(OUTPUT),
    total: Some(TOTAL),
    amount: Some(CENTS),
    cents: true,
    row_key: Some(KEY),
    words: &[
        (SUCCESS, &["true", "t", "1"]),
        (CACHE_HIT, &["false", "f", "0"]),
        (STATUS, &["pending", "matched", "discrepancy"]),
    ],
    ..Usual::NONE
};

fn row<'a>(cells: &Cells<'a>, room: &'a mut Room) -> Result<Row<'a>, Problem> {
    // created_at is when the row was inserted; the call was before that.
    let at = cells.time(if cells.text(CREATED).is_empty() { INSERTED } else { CREATED })?;
    let action = cells.text(ACTION);
    let grant = GRANTS.iter().any(|grant| action.eq_ignore_ascii_case(grant));
    let (input, output) = (cells.tokens(INPUT)?, cells.tokens(OUTPUT)?);
    // A deduction takes tokens away, so its count is negative.
    let total = if grant { cells.count(TOTAL)? } else { cells.tokens(TOTAL)? };
    let amount = cells.cents(CENTS)?;
    let failed = cells.flag(SUCCESS)? == Some(false);
    let cached = cells.flag(CACHE_HIT)? == Some(true);
    let not_applicable = if grant {
        Some(NotApplicable::Grant)
    } else if failed {
        Some(NotApplicable::Failed)
    } else if cached {
        Some(NotApplicable::CacheHit)
    } else {
        // Whoever keeps the ledger said so: audio, say, billed elsewhere.
        cells.text(STATUS).eq_ignore_ascii_case("not_applicable").then_some(NotApplicable::Marked)
    };
    Ok(Row::Line(Line {
        id: cells.text(REQUEST),
        at: Some(at),
        model: cells.text(MODEL),
        user: cells.user(&[USER], &mut room.user),
        action,
        input,
        output,
        total: beyond_sum(total, input, output),
        amount,
        not_applicable,
        row_key: cells.text(KEY),
        ..Line::default()
    }))
}

#[cfg(test)]
mod tests {
    use crate::read::tests::{ledger, text_of};
    use crate::usage::NotApplicable;

    const CSV: &str = "id,user_id,action_type,model_used,tokens_used,input_tokens,output_tokens,success,error_message,metadata,created_at,calculated_cost_cents,audio_seconds,audio_duration_formatted,openai_request_id,openai_created,system_fingerprint,actual_cost_cents,reconciled_at,reconciliation_status
3f-1,7A-1,chat_conversation,gpt-4o-mini,225,150,75,true,,{},2025-12-01T10:30:46.120Z,0.0068,,,chatcmpl-abc123,1764585045,fp_44709d6fcb,,,pending
3f-2,7a-1,chat_conversation,gpt-4o,3828,0,0,true,,\"{\"\"streamed\"\":true}\",2025-12-01T10:31:12.000Z,0.0000,,,chatcmpl-def456,1764585071,,,,pending
3f-3,7a-2,transcription,whisper-1,60,0,0,FALSE,,{},2025-12-01T23:59:58.000Z,,34.00,0:34,,,,,,not_applicable
3f-4,7a-2,admin_deduct,,-50000,0,0,true,,{},2025-12-02T08:00:00.000Z,,,,,,,,,not_applicable
";
    const JSONL: &str = r#"{"id":"3f-1","user_id":"7A-1","action_type":"chat_conversation","model_used":"gpt-4o-mini","tokens_used":225,"input_tokens":150,"output_tokens":75,"success":true,"metadata":{},"created_at":"2025-12-01T10:30:46.120Z","calculated_cost_cents":0.0068,"openai_request_id":"chatcmpl-abc123","openai_created":1764585045}
{"metadata":{"a":[1,{"created_at":3}]},"OPENAI_CREATED":"1764585071","openai_request_id":"chatcmpl-\u0064ef456","calculated_cost_cents":"0.0000","created_at":"2025-12-01 10:31:12+00","prompt_tokens":0,"completion_tokens":0,"tokens_used":3828,"success":"t","model_used":"gpt-4o","action_type":"chat_conversation","user_id":"7a-1"}

{"user_id":"7a-2","action_type":"transcription","model_used":"whisper-1","tokens_used":60,"input_tokens":0,"output_tokens":0,"success":false,"created_at":"2025-12-01T23:59:58.000Z","calculated_cost_cents":null,"openai_request_id":null}
{"user_id":"7a-2","action_type":"admin_deduct","model_used":null,"tokens_used":-50000,"input_tokens":0,"output_tokens":0,"success":true,"created_at":"2025-12-02T08:00:00.000Z"}
"#;

    #[test]
    fn the_table_is_read_alike_as_csv_and_as_json_lines() {
        let ((csv, csv_names), (json, json_names)) = (ledger(CSV).unwrap(), ledger(JSONL).unwrap());
        assert_eq!((csv.bad_rows, json.bad_rows), (vec![], vec![]));
        assert_eq!((csv.lines.len(), json.lines.len()), (4, 4));
        for row in 0..4 {
            assert_eq!(csv.lines.content(&csv_names, row), json.lines.content(&json_names, row), "row {row}");
            assert_eq!(csv.lines.not_applicable(row), json.lines.not_applicable(row));
        }
        assert_eq!(json.lines.files()[0].blank_rows, 1);
        assert_eq!(json.lines.origin(2).line, 4);
    }

    #[test]
    fn cents_are_dollars_and_the_time_is_that_of_the_call() {
        let (side, names) = ledger(CSV).unwrap();
        assert_eq!(text_of(side.lines.amount(0)), "0.000068");
        assert_eq!(side.lines.at(0).unwrap().to_string(), "2025-12-01T10:30:45Z");
        assert_eq!(side.lines.at(2).unwrap().to_string(), "2025-12-01T23:59:58Z");
        assert_eq!(names.text(side.lines.user(0)), "7a-1");
        assert_eq!((side.lines.row_key(0), side.lines.row_key(3)), ("3f-1".to_owned(), "3f-4".to_owned()));
        assert_eq!((&*side.lines.id(0), &*side.lines.id(2)), ("chatcmpl-abc123", ""));
        assert_eq!(text_of(side.lines.amount(1)), "0", "a recorded zero is not a missing cost");
        assert_eq!(side.lines.amount(2), None);
        assert_eq!((side.lines.input(1), side.lines.total(1)), (Some(0), Some(3828)));
    }

    #[test]
    fn failed_calls_and_grants_have_nothing_to_compare() {
        let (side, _) = ledger(CSV).unwrap();
        assert_eq!(side.lines.not_applicable(0), None);
        assert_eq!(side.lines.not_applicable(2), Some(NotApplicable::Failed));
        assert_eq!(side.lines.not_applicable(3), Some(NotApplicable::Grant));
        assert_eq!(side.lines.total(3), Some(-50_000));
    }

    #[test]
    fn a_line_that_is_no_object_is_a_bad_row() {
        let first = JSONL.lines().next().unwrap();
        let file = format!(
            "{first}\n[1]\n{{\"a\":\n{}\n{}\n",
            first.replace("\"success\":true", "\"success\":true,\"success\":false"),
            first.replace("225", "-225")
        );
        let (side, _) = ledger(&file).unwrap();
        let found: Vec<_> = side.bad_rows.iter().map(|bad| (bad.line, bad.column.as_str())).collect();
        assert_eq!(found, [(2, "row"), (3, "row"), (4, "success"), (5, "tokens_used")]);
        assert!(side.bad_rows[0].reason.contains("JSON object"), "{}", side.bad_rows[0].reason);
    }
}
