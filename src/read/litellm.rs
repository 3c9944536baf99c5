//! `LiteLLM_SpendLogs`, the table a LiteLLM proxy records its calls in, as CSV
//! or as one JSON object a line. Cached tokens and the names of project and
//! team stand in the JSON of its `metadata` column; calls answered from the
//! proxy's cache and calls of other providers stand in it too.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::bundle::{Count, Role};
use super::cells::{Cells, Problem, Room, beyond_sum, kept, quoted};
use super::format::{Field, Format, Kind, Need, ReadRow, Row};
use super::json::cell_text;
use super::{Billed, FormatInfo};
use crate::usage::{Line, NotApplicable, Shape, Side};

const REQUEST: usize = 0;
const START: usize = 1;
const MODEL: usize = 2;
const MODEL_GROUP: usize = 3;
const INPUT: usize = 4;
const OUTPUT: usize = 5;
const TOTAL: usize = 6;
const SPEND: usize = 7;
const API_KEY: usize = 8;
const USER: usize = 9;
const END_USER: usize = 10;
const TEAM: usize = 11;
const ORGANIZATION: usize = 12;
const CALL_TYPE: usize = 13;
const PROVIDER: usize = 14;
const CACHE_HIT: usize = 15;
const STATUS: usize = 16;
const METADATA: usize = 17;
const SESSION: usize = 18;

/// Providers whose calls an OpenAI or Azure bill can hold. A blank one says
/// nothing against it, whosever the bill is.
const OPENAI: [&str; 4] = ["openai", "text-completion-openai", "azure", "azure_text"];

pub(super) const INFO: FormatInfo = FormatInfo {
    name: "litellm",
    title: "LiteLLM_SpendLogs table (CSV, or one JSON object a line)",
    columns: "request_id, starttime, model, spend, prompt_tokens and completion_tokens, or total_tokens; also \
              model_group, api_key, user, end_user, team_id, organization_id, call_type, custom_llm_provider, \
              cache_hit, status, metadata, session_id",
};

static FIELDS: [Field; 19] = [
    Field::needed(&["request_id"]),
    Field::needed(&["starttime"]),
    Field::needed(&["model"]),
    Field::optional(&["model_group"]),
    Field::optional(&["prompt_tokens"]),
    Field::optional(&["completion_tokens"]),
    Field::optional(&["total_tokens"]),
    Field::money(&["spend"], Need::Always),
    Field::optional(&["api_key"]),
    Field::optional(&["user"]),
    Field::optional(&["end_user"]),
    Field::optional(&["team_id"]),
    Field::optional(&["organization_id"]),
    Field::optional(&["call_type"]),
    Field::optional(&["custom_llm_provider"]),
    Field::optional(&["cache_hit"]),
    Field::optional(&["status"]),
    Field::optional(&["metadata"]),
    Field::when_asked(&["session_id"]),
];

/// By field, in the order of [`FIELDS`].
static ROLES: [Role; 19] = [
    Role::ProxyId,
    Role::Time,
    Role::Model,
    Role::Name,
    Role::Tokens(Count::Input),
    Role::Tokens(Count::Output),
    Role::Tokens(Count::Total),
    Role::Spend,
    Role::Name,
    Role::User,
    Role::EndUser,
    Role::Name,
    Role::Name,
    Role::Name,
    Role::Name,
    Role::CacheHit,
    Role::Name,
    Role::Metadata,
    // Read only where rows are read one by one.
    Role::Key,
];

pub(super) static FORMAT: Format = format(|cells, room| row(cells, room, Billed::OpenAi));
static BESIDE_OPENROUTER: Format = format(|cells, room| row(cells, room, Billed::OpenRouter));
static BESIDE_BOTH: Format = format(|cells, room| row(cells, room, Billed::Both));

const fn format(row: ReadRow) -> Format {
    Format {
        roles: &ROLES,
        one_of: &[&[INPUT, OUTPUT], &[TOTAL]],
        kinds: &[Kind::Csv, Kind::JsonLines],
        metadata: Some(METADATA),
        job: Some(job),
        ..Format::csv(INFO, &[Side::Ledger], Shape::Request, &FIELDS, row)
    }
}

/// The same format, in which calls are another provider's as seen from the
/// bill there is; any other format as it is.
pub(super) fn as_billed(known: &'static Format, billed: Billed) -> &'static Format {
    match billed {
        _ if known.info.name != INFO.name => known,
        Billed::OpenAi => &FORMAT,
        Billed::OpenRouter => &BESIDE_OPENROUTER,
        Billed::Both => &BESIDE_BOTH,
    }
}

/// Whether the bill can hold calls of a provider.
fn may_bill(billed: Billed, provider: &str) -> bool {
    let openai = || OPENAI.iter().any(|own| provider.eq_ignore_ascii_case(own));
    let openrouter = || provider.eq_ignore_ascii_case("openrouter");
    provider.is_empty()
        || match billed {
            Billed::OpenAi => openai(),
            Billed::OpenRouter => openrouter(),
            Billed::Both => openai() || openrouter(),
        }
}

fn row<'a>(cells: &Cells<'a>, room: &'a mut Room, billed: Billed) -> Result<Row<'a>, Problem> {
    let request = cells.text(REQUEST);
    let id = Id::of(request);
    let metadata = Metadata::of(cells.text(METADATA))?;
    let (input, output) = (cells.tokens(INPUT)?, cells.tokens(OUTPUT)?);
    let total = cells.tokens(TOTAL)?;
    let at = cells.time(START)?;
    let amount = cells.float(SPEND)?;
    let status = cells.text(STATUS);
    let provider = cells.text(PROVIDER);
    let is = |text: &str, word: &str| text.eq_ignore_ascii_case(word);
    let not_applicable = if id.from_cache || is(cells.text(CACHE_HIT), "true") {
        Some(NotApplicable::CacheHit)
    } else if !status.is_empty() && !is(status, "success") {
        Some(NotApplicable::Failed)
    } else if !may_bill(billed, provider) {
        Some(NotApplicable::OtherProvider)
    } else {
        None
    };
    let cached = metadata.cached_tokens()?;
    // Projects list people by email first.
    let user = Metadata::text(metadata.user_api_key_user_email);
    let user = if user.is_empty() { Cow::Borrowed(cells.first(&[USER, END_USER])) } else { user };
    let mut project = Metadata::text(metadata.user_api_key_project_alias);
    for next in [metadata.user_api_key_project_id, metadata.user_api_key_team_alias] {
        if project.is_empty() {
            project = Metadata::text(next);
        }
    }
    if project.is_empty() {
        project = Cow::Borrowed(cells.text(TEAM));
    }
    room.user = user.to_lowercase();
    Ok(Row::Line(Line {
        id: id.text,
        at: Some(at),
        account: cells.text(ORGANIZATION),
        model: cells.first(&[MODEL, MODEL_GROUP]),
        user: &room.user,
        project: kept(Some(project), &mut room.project),
        api_key: cells.text(API_KEY),
        action: cells.text(CALL_TYPE),
        input,
        cached,
        output,
        total: beyond_sum(total, input, output),
        amount,
        not_applicable,
        // The request id is the key, and is kept once.
        row_key: if id.text == request { "" } else { request },
        ..Line::default()
    }))
}

/// The batch, where the row is what one cost, else the session.
fn job<'a>(cells: &Cells<'a>, line: &Line<'a>) -> &'a str {
    let of_batch = cells.text(REQUEST).ends_with("_batch_cost");
    if of_batch { line.id } else { cells.text(SESSION) }
}

/// The provider's id without what the proxy put behind it.
struct Id<'a> {
    text: &'a str,
    /// A call the proxy answered itself; its id stays whole, since the one
    /// before the suffix is that of the call whose answer was kept.
    from_cache: bool,
}

impl<'a> Id<'a> {
    fn of(request: &'a str) -> Self {
        let from_cache = request.rsplit_once("_cache_hit").is_some_and(|(_, time)| {
            time.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':' | b' '))
        });
        let cost_of = |suffix: &str| request.strip_suffix(suffix).filter(|id| !id.is_empty());
        let text = cost_of("_batch_cost").or_else(|| cost_of("_background_cost")).unwrap_or(request);
        Self { text, from_cache }
    }
}

/// What is asked of the metadata. Values are kept raw, since a field that is
/// not asked about may be of any kind.
#[derive(Default, Deserialize)]
struct Metadata<'a> {
    #[serde(borrow, default)]
    user_api_key_user_email: Option<&'a RawValue>,
    #[serde(borrow, default)]
    user_api_key_project_alias: Option<&'a RawValue>,
    #[serde(borrow, default)]
    user_api_key_project_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    user_api_key_team_alias: Option<&'a RawValue>,
    #[serde(borrow, default)]
    additional_usage_values: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct UsageValues<'a> {
    #[serde(borrow, default)]
    prompt_tokens_details: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct TokenDetails<'a> {
    #[serde(borrow, default)]
    cached_tokens: Option<&'a RawValue>,
}

impl<'a> Metadata<'a> {
    fn of(text: &'a str) -> Result<Self, Problem> {
        if text.is_empty() || text == "{}" {
            return Ok(Self::default());
        }
        object(text)
    }

    fn cached_tokens(&self) -> Result<Option<i64>, Problem> {
        let Some(usage) = given(self.additional_usage_values) else { return Ok(None) };
        let Some(details) = given(object::<UsageValues>(usage)?.prompt_tokens_details) else { return Ok(None) };
        let Some(cached) = given(object::<TokenDetails>(details)?.cached_tokens) else { return Ok(None) };
        let mut cell = Cells::blank();
        cell.set(METADATA, cached);
        cell.tokens(METADATA)
    }

    /// A text, or nothing where it is missing or no text.
    fn text(value: Option<&'a RawValue>) -> Cow<'a, str> {
        let raw = value.map_or("", RawValue::get);
        if !raw.starts_with('"') {
            return Cow::Borrowed("");
        }
        match cell_text(raw) {
            Ok(Cow::Borrowed(text)) => Cow::Borrowed(text.trim()),
            Ok(Cow::Owned(text)) => Cow::Owned(text.trim().to_owned()),
            Err(_) => Cow::Borrowed(""),
        }
    }
}

fn given(value: Option<&RawValue>) -> Option<&str> {
    value.map(RawValue::get).filter(|raw| *raw != "null")
}

fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|_| {
        Problem::cell(
            METADATA,
            format_args!("{} is not the JSON object it should be", quoted(text)),
            "export the column as JSON",
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::read::tests::{input, ledger, text_of};
    use crate::read::{Billed, Quiet, Terms, read_on};
    use crate::usage::{Names, NotApplicable, Side};

    const HEADER: &str = "request_id,call_type,api_key,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime,model,model_group,custom_llm_provider,user,metadata,cache_hit,team_id,organization_id,end_user,status";

    fn with(rows: &[&str]) -> String {
        format!("{HEADER}\n{}\n", rows.join("\n"))
    }

    #[test]
    fn the_table_is_read_alike_as_csv_and_as_json_lines() {
        let csv = with(&[
            r#"chatcmpl-A,acompletion,88dc,0.000387,69,30,39,2026-06-14 09:00:01.120,2026-06-14 09:00:02.340,gpt-4o-mini-2024-07-18,gpt-4o-mini,openai,U1,"{""user_api_key_alias"":""app"",""user_api_key_project_id"":""p1"",""additional_usage_values"":{""prompt_tokens_details"":{""cached_tokens"":12}}}",False,team-1,org,,success"#,
        ]);
        let json = r#"{"request_id":"chatcmpl-A","call_type":"acompletion","api_key":"88dc","spend":3.87e-4,"total_tokens":69,"prompt_tokens":30,"completion_tokens":39,"startTime":"2026-06-14T09:00:01.120Z","model":"gpt-4o-mini-2024-07-18","custom_llm_provider":"openai","user":"u1","metadata":{"user_api_key_project_id":"p\u0031","additional_usage_values":{"prompt_tokens_details":{"cached_tokens":12}}},"cache_hit":"False","team_id":"team-1","organization_id":"org","status":"success"}"#;
        let ((csv, names), (json, json_names)) = (ledger(&csv).unwrap(), ledger(json).unwrap());
        assert_eq!((&csv.bad_rows, &json.bad_rows), (&vec![], &vec![]));
        assert_eq!(csv.lines.files()[0].format, "litellm");
        assert_eq!(csv.lines.content(&names, 0), json.lines.content(&json_names, 0));
        assert_eq!((csv.lines.input(0), csv.lines.cached(0), csv.lines.output(0)), (Some(30), Some(12), Some(39)));
        assert_eq!(text_of(csv.lines.amount(0)), "0.000387");
        assert_eq!(names.text(csv.lines.user(0)), "u1");
        assert_eq!(names.text(csv.lines.project(0)), "p1");
        assert_eq!(names.text(csv.lines.api_key(0)), "88dc");
        assert_eq!((&*csv.lines.id(0), csv.lines.row_key(0)), ("chatcmpl-A", String::new()));
    }

    #[test]
    fn what_the_proxy_put_behind_an_id_is_taken_off_and_said() {
        let row = |id: &str| format!("{id},a,k,0,2,1,1,2026-06-14 09:00:01,,m,,openai,u,{{}},False,,,,success");
        let rows = [
            row("chatcmpl-A_cache_hit1781427602.1"),
            row("batch_abc_batch_cost"),
            row("resp_1_background_cost"),
            row("my_cache_hits"),
        ];
        let (side, _) = ledger(&with(&rows.each_ref().map(String::as_str))).unwrap();
        let ids: Vec<_> = (0..4).map(|row| side.lines.id(row).to_owned()).collect();
        assert_eq!(ids, ["chatcmpl-A_cache_hit1781427602.1", "batch_abc", "resp_1", "my_cache_hits"]);
        let marks: Vec<_> = (0..4).map(|row| side.lines.not_applicable(row)).collect();
        assert_eq!(marks, [Some(NotApplicable::CacheHit), None, None, None]);
        assert_eq!(side.lines.row_key(1), "batch_abc_batch_cost");
    }

    #[test]
    fn other_providers_failures_and_cache_hits_have_nothing_to_compare() {
        let row = |provider: &str, hit: &str, status: &str| {
            format!("r,a,k,0.1,2,1,1,2026-06-14 09:00:01,,m,,{provider},u,,{hit},,,,{status}")
        };
        let rows = [
            row("anthropic", "False", "success"),
            row("azure", "None", "success"),
            row("", "", ""),
            row("openai", "True", "success"),
            row("OpenAI", "", "failure"),
        ];
        let (side, _) = ledger(&with(&rows.each_ref().map(String::as_str))).unwrap();
        let marks: Vec<_> = (0..5).map(|row| side.lines.not_applicable(row)).collect();
        use NotApplicable::{CacheHit, Failed, OtherProvider};
        assert_eq!(marks, [Some(OtherProvider), None, None, Some(CacheHit), Some(Failed)]);
    }

    #[test]
    fn whose_bill_it_is_decides_whose_calls_are_compared() {
        let row = |provider: &str| format!("r,a,k,0.1,2,1,1,2026-06-14 09:00:01,,m,,{provider},u,,,,,,success");
        let rows = ["openai", "OpenRouter", "anthropic", ""].map(row);
        let text = with(&rows.each_ref().map(String::as_str));
        let compared = |billed: Billed| {
            let terms = Terms { billed, ..Terms::default() };
            let input = input(Side::Ledger, "l.csv", text.as_bytes());
            let side = read_on(vec![input], terms, &mut Names::default(), &Quiet).unwrap();
            [0, 1, 2, 3].map(|row| side.lines.not_applicable(row).is_none())
        };
        assert_eq!(compared(Billed::OpenAi), [true, false, false, true]);
        assert_eq!(compared(Billed::OpenRouter), [false, true, false, true]);
        assert_eq!(compared(Billed::Both), [true, true, false, true]);
    }

    #[test]
    fn names_come_from_the_metadata_first() {
        let row = |metadata: &str, user: &str, end: &str| {
            format!(
                "r,a,k,0.1,2,1,1,2026-06-14 09:00:01,,m,,openai,{user},\"{}\",,team-1,,{end},success",
                metadata.replace('"', "\"\"")
            )
        };
        let rows = [
            row(r#"{"user_api_key_user_email":"Ann@X.edu","user_api_key_project_alias":"Caf\u00e9"}"#, "u1", ""),
            row(r#"{"user_api_key_user_email":null,"user_api_key_team_alias":"Team A"}"#, "", "E1"),
            row(r#"{"user_api_key_project_alias":7,"additional_usage_values":null}"#, "u1", "e1"),
        ];
        let (side, names) = ledger(&with(&rows.each_ref().map(String::as_str))).unwrap();
        assert_eq!(side.bad_rows, []);
        let found: Vec<_> =
            (0..3).map(|row| (names.text(side.lines.user(row)), names.text(side.lines.project(row)))).collect();
        assert_eq!(found, [("ann@x.edu", "Café"), ("e1", "Team A"), ("u1", "team-1")]);
    }

    #[test]
    fn the_noise_of_a_float_is_no_bad_row_but_broken_metadata_is() {
        let rows = [
            "a,a,k,2.7900000000000004e-05,2,1,1,2026-06-14 09:00:01,,m,,openai,u,{},,,,,success",
            "b,a,k,0.1,2,1,1,2026-06-14 09:00:01,,m,,openai,u,{'a': None},,,,,success",
            "c,a,k,0.1,2,1,1,2026-06-14 09:00:01,,m,,openai,u,\"{\"\"additional_usage_values\"\":{\"\"prompt_tokens_details\"\":{\"\"cached_tokens\"\":-1}}}\",,,,,success",
        ];
        let (side, _) = ledger(&with(&rows)).unwrap();
        assert_eq!((side.lines.len(), text_of(side.lines.amount(0))), (1, "0.0000279".to_owned()));
        let bad: Vec<_> = side.bad_rows.iter().map(|bad| (bad.line, bad.column.as_str())).collect();
        assert_eq!(bad, [(3, "metadata"), (4, "metadata")]);
        assert!(side.bad_rows[0].reason.contains("is not the JSON object"), "{}", side.bad_rows[0].reason);
    }
}
