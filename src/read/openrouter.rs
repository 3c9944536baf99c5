//! The activity export of OpenRouter: one request a row, with the dollars it
//! really cost. A bill, or what was recorded beside one.

use super::FormatInfo;
use super::cells::{Cells, Problem, Room};
use super::format::{Field, Format, Need, Row};
use crate::usage::{Line, NotApplicable, Shape, Side};

const ID: usize = 0;
const TIME: usize = 1;
const COST: usize = 2;
const MODEL: usize = 3;
const INPUT: usize = 4;
const OUTPUT: usize = 5;
const REASONING: usize = 6;
const CACHED: usize = 7;
const VARIANT: usize = 8;
const CANCELLED: usize = 9;
const USER: usize = 10;
const KEY_NAME: usize = 11;
const APP: usize = 12;

pub(super) const INFO: FormatInfo = FormatInfo {
    name: "openrouter",
    title: "OpenRouter activity",
    columns: "generation_id, created_at, cost_total, model_permaslug; also tokens_prompt, tokens_completion, \
              tokens_reasoning, tokens_cached, variant, cancelled, user, api_key_name, app_name",
};

static FIELDS: [Field; 13] = [
    Field::needed(&["generation_id"]),
    Field::needed(&["created_at"]),
    Field::money(&["cost_total"], Need::Always),
    Field::needed(&["model_permaslug"]),
    Field::optional(&["tokens_prompt"]),
    Field::optional(&["tokens_completion"]),
    Field::optional(&["tokens_reasoning"]),
    Field::optional(&["tokens_cached"]),
    Field::optional(&["variant"]),
    Field::optional(&["cancelled"]),
    Field::optional(&["user"]),
    Field::optional(&["api_key_name"]),
    Field::optional(&["app_name"]),
];

pub(super) static FORMAT: Format = Format::csv(INFO, &[Side::Bill, Side::Ledger], Shape::Request, &FIELDS, row);

fn row<'a>(cells: &Cells<'a>, room: &'a mut Room) -> Result<Row<'a>, Problem> {
    let amount = cells.number(COST)?;
    let free = amount.is_none_or(|amount| amount.is_zero());
    let cancelled = cells.flag(CANCELLED)? == Some(true);
    Ok(Row::Line(Line {
        id: cells.text(ID),
        at: Some(cells.time(TIME)?),
        model: cells.text(MODEL),
        user: cells.user(&[USER], &mut room.user),
        api_key: cells.text(KEY_NAME),
        action: cells.text(APP),
        tier: match cells.lower(VARIANT, &mut room.tier) {
            "standard" => "default",
            other => other,
        },
        input: cells.tokens(INPUT)?,
        cached: cells.tokens(CACHED)?,
        output: cells.tokens(OUTPUT)?,
        reasoning: cells.tokens(REASONING)?,
        amount,
        not_applicable: (cancelled && free).then_some(NotApplicable::Failed),
        ..Line::default()
    }))
}

#[cfg(test)]
mod tests {
    use crate::read::tests::{bill, ledger, text_of};
    use crate::usage::NotApplicable;

    const HEADER: &str = "generation_id,created_at,cost_total,cost_web_search,cost_cache,cost_file_processing,byok_usage_inference,tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,model_permaslug,provider_name,variant,cancelled,streamed,user,finish_reason_raw,finish_reason_normalized,generation_time_ms,time_to_first_token_ms,api_key_disabled,api_key_name,app_name";
    const ROW: &str = "gen-1782618417-AAA,2026-06-28 03:46:57.713,0.0123,0,-0.001,0,0,10389,137,64,8192,openai/gpt-5.4-2026-03-05,OpenAI,standard,false,true,,stop,stop,2100,430,false,prod,my-app";

    #[test]
    fn a_request_has_its_dollars_and_its_tokens() {
        let file = format!("{HEADER}\n{ROW}\n");
        for (side, names) in [bill(&file).unwrap(), ledger(&file).unwrap()] {
            let lines = &side.lines;
            assert_eq!(lines.files()[0].format, "openrouter");
            assert_eq!((&*lines.id(0), text_of(lines.amount(0)).as_str()), ("gen-1782618417-AAA", "0.0123"));
            assert_eq!(lines.at(0).unwrap().to_string(), "2026-06-28T03:46:57.713Z");
            assert_eq!((lines.input(0), lines.cached(0)), (Some(10_389), Some(8_192)));
            assert_eq!((lines.output(0), lines.reasoning(0)), (Some(137), Some(64)));
            let texts = [lines.model(0), lines.tier(0), lines.api_key(0), lines.action(0)].map(|sym| names.text(sym));
            assert_eq!(texts, ["openai/gpt-5.4-2026-03-05", "default", "prod", "my-app"]);
        }
    }

    #[test]
    fn only_a_cancelled_request_without_cost_has_nothing_to_compare() {
        let head = "generation_id,created_at,cost_total,model_permaslug,cancelled\n";
        let file = format!(
            "{head}a,2026-06-28 03:46:57,0,m,true\nb,2026-06-28 03:46:57,0.1,m,TRUE\nc,2026-06-28 03:46:57,0,m,false\n"
        );
        let (side, _) = bill(&file).unwrap();
        let marks = [0, 1, 2].map(|row| side.lines.not_applicable(row));
        assert_eq!(marks, [Some(NotApplicable::Failed), None, None]);
    }
}
