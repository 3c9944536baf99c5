//! One request a row, with its id, time, model, tokens and cost: what gateways
//! and proxies export. It may stand on either side.

use super::FormatInfo;
use super::cells::{Cells, Problem, Room, beyond_sum};
use super::format::{Field, Format, Need, Row};
use super::usual::Usual;
use crate::usage::{Line, NotApplicable, Shape, Side};

const ID: usize = 0;
const TIME: usize = 1;
const MODEL: usize = 2;
const INPUT: usize = 3;
const OUTPUT: usize = 4;
const TOTAL: usize = 5;
const COST: usize = 6;
const EMAIL: usize = 7;
const USER: usize = 8;
const USER_ID: usize = 9;
const PROJECT: usize = 10;
const API_KEY: usize = 11;
const ENDPOINT: usize = 12;
const STATUS: usize = 13;
const CACHED: usize = 14;
const ACCOUNT: usize = 15;
const METADATA: usize = 16;
const JOB: usize = 17;
const CURRENCY: usize = 18;

pub(super) const INFO: FormatInfo = FormatInfo {
    name: "requests",
    title: "one request a row",
    columns: "request_id (or id), timestamp (or created, date), model, prompt_tokens (or input_tokens) and \
              completion_tokens (or output_tokens), or total_tokens, cost (or amount, cost_usd); also \
              cached_tokens (or input_cached_tokens), email, user, user_id, project_id, api_key_id, endpoint, \
              status, account_id, currency, metadata, job_id (or job, run_id, batch_id, session_id)",
};

static FIELDS: [Field; 19] = [
    Field::needed(&["request_id", "id"]),
    Field::needed(&["timestamp", "created", "date"]),
    Field::needed(&["model"]),
    Field::optional(&["prompt_tokens", "input_tokens"]),
    Field::optional(&["completion_tokens", "output_tokens"]),
    Field::optional(&["total_tokens"]),
    Field::money(&["cost", "amount", "cost_usd"], Need::OnBill),
    Field::optional(&["email"]),
    Field::optional(&["user"]),
    Field::optional(&["user_id"]),
    Field::optional(&["project_id"]),
    Field::optional(&["api_key_id"]),
    Field::optional(&["endpoint"]),
    Field::optional(&["status"]),
    Field::optional(&["cached_tokens", "input_cached_tokens"]),
    Field::optional(&["account_id"]),
    Field::when_asked(&["metadata"]),
    Field::when_asked(&["job_id", "job", "run_id", "batch_id", "session_id"]),
    Field::optional(&["currency"]),
];

pub(super) static FORMAT: Format = Format {
    one_of: &[&[INPUT, OUTPUT], &[TOTAL]],
    metadata: Some(METADATA),
    job: Some(|cells, _| cells.text(JOB)),
    usual: Some(&USUAL),
    ..Format::csv(INFO, &[Side::Bill, Side::Ledger], Shape::Request, &FIELDS, row)
};

/// What [`row`] makes of usual cells. A status that speaks of a failure is odd:
/// what it means depends on the cost.
static USUAL: Usual = Usual {
    id: Some(ID),
    time: &[TIME],
    account: Some(ACCOUNT),
    model: Some(MODEL),
    user: &[EMAIL, USER, USER_ID],
    project: Some(PROJECT),
    api_key: Some(API_KEY),
    action: Some(ENDPOINT),
    input: Some(INPUT),
    cached: Some(CACHED),
    output: Some(OUTPUT),
    total: Some(TOTAL),
    amount: Some(COST),
    currency: Some(CURRENCY),
    words: &[(STATUS, &["success", "succeeded", "ok", "completed", "200", "stop"])],
    ..Usual::NONE
};

fn row<'a>(cells: &Cells<'a>, room: &'a mut Room) -> Result<Row<'a>, Problem> {
    let at = cells.time(TIME)?;
    let (input, output) = (cells.tokens(INPUT)?, cells.tokens(OUTPUT)?);
    let (total, cached) = (cells.tokens(TOTAL)?, cells.tokens(CACHED)?);
    let amount = cells.number(COST)?;
    let free = amount.is_none_or(|amount| amount.is_zero());
    let failed = free && !succeeded(cells.text(STATUS));
    Ok(Row::Line(Line {
        id: cells.text(ID),
        at: Some(at),
        account: cells.text(ACCOUNT),
        model: cells.text(MODEL),
        // Projects list people by email first, so that is who it is.
        user: cells.user(&[EMAIL, USER, USER_ID], &mut room.user),
        project: cells.text(PROJECT),
        api_key: cells.text(API_KEY),
        action: cells.text(ENDPOINT),
        input,
        cached,
        output,
        total: beyond_sum(total, input, output),
        amount,
        currency: cells.currency(CURRENCY, &mut room.currency),
        not_applicable: failed.then_some(NotApplicable::Failed),
        ..Line::default()
    }))
}

/// Whether a status speaks of a call that was answered. A blank one says
/// nothing against it.
pub(super) fn succeeded(status: &str) -> bool {
    const WORDS: [&str; 17] = [
        "success",
        "succeeded",
        "successful",
        "ok",
        "completed",
        "complete",
        "done",
        "finished",
        "processed",
        "cached",
        "streamed",
        "stop",
        "length",
        "true",
        "t",
        "1",
        "yes",
    ];
    let of_http = status.len() == 3 && status.starts_with('2') && status.bytes().all(|b| b.is_ascii_digit());
    status.is_empty() || of_http || WORDS.iter().any(|word| status.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use crate::read::tests::{bill, text_of};
    use crate::usage::NotApplicable;

    #[test]
    fn the_documented_columns_and_their_other_names_mean_the_same() {
        let first = "request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost,user_id,project_id,api_key_id,endpoint,status\n\
                     r1,2026-01-05T10:00:00Z,gpt-4o,10,5,15,0.00015,U-1,proj,key,/v1/chat,success\n";
        let second = "STATUS,Endpoint,api_key_id,project_id,user,Cost_USD,output_tokens,input_tokens,model,created,id\n\
                      ok,/v1/chat,key,proj,u-1,1.5e-4,5,10.0,gpt-4o,1767607200,r1\n";
        let ((one, names), (other, other_names)) = (bill(first).unwrap(), bill(second).unwrap());
        assert_eq!(one.lines.content(&names, 0), other.lines.content(&other_names, 0));
        assert_eq!(one.lines.total(0), Some(15));
        assert_eq!(text_of(one.lines.amount(0)), "0.00015");
        assert_eq!(names.text(one.lines.action(0)), "/v1/chat");
    }

    #[test]
    fn only_a_failure_without_cost_has_nothing_to_compare() {
        let file = "id,date,model,total_tokens,amount,status\n\
                    a,2026-01-05,m,1,,failed\n\
                    b,2026-01-05,m,1,0.1,failed\n\
                    c,2026-01-05,m,1,,200\n\
                    d,2026-01-05,m,1,0,429\n\
                    e,2026-01-05,m,1,,\n";
        let (side, _) = bill(file).unwrap();
        let marks: Vec<_> = (0..5).map(|row| side.lines.not_applicable(row)).collect();
        let failed = Some(NotApplicable::Failed);
        assert_eq!(marks, [failed, None, None, failed, None]);
        assert_eq!(side.lines.amount(2), None, "a blank amount is no amount, not zero");
        assert_eq!(side.lines.total(0), Some(1));
    }

    #[test]
    fn a_cell_that_cannot_be_read_is_named_as_the_header_spells_it() {
        let file = "ID,Date,Model,Total_Tokens,Cost\n\
                    a,,m,1,1\n\
                    b,2026-02-30,m,1,1\n\
                    c,2026-01-05,m,-1,1\n\
                    d,2026-01-05,m,1.5,1\n\
                    e,2026-01-05,m,1,$1\n\
                    f,2026-01-05,m,1,\"1,000\"\n";
        let (side, _) = bill(file).unwrap();
        let found: Vec<_> = side.bad_rows.iter().map(|bad| (bad.line, bad.column.as_str())).collect();
        let expect = [(2, "Date"), (3, "Date"), (4, "Total_Tokens"), (5, "Total_Tokens"), (6, "Cost"), (7, "Cost")];
        assert_eq!(found, expect);
        assert_eq!(
            side.bad_rows[0].reason,
            "is empty where a date is needed; mend the cell and give the file again, or leave the row out with a reason"
        );
        assert!(side.bad_rows[5].reason.starts_with("“1,000” is not a plain decimal number"));
        assert_eq!(side.bad_rows[5].raw, "f,2026-01-05,m,1,\"1,000\"");
    }
}
