//! Rollouts of the Codex command line: one JSON object a line, one file a
//! session. Their token counts are totals so far, so a request is the
//! difference to the count before it, of the model named last; what a line
//! means therefore depends on the lines above it. Lines that count nothing
//! are passed over as blank.

use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::FormatInfo;
use super::cells::{AGAIN, Cells, MEND, Problem, Room, beyond_sum, quoted};
use super::format::{Field, Format, Kind, Row};
use crate::calendar::Instant;
use crate::usage::{Line, Shape, Side};

const TIME: usize = 0;
const TYPE: usize = 1;
const PAYLOAD: usize = 2;

pub(super) const INFO: FormatInfo = FormatInfo {
    name: "codex-rollout",
    title: "Codex rollout: one session a file (JSON, one object a line)",
    columns: "timestamp, type, payload, where the payload of type token_count counts tokens so far",
};

static FIELDS: [Field; 3] = [Field::needed(&["timestamp"]), Field::needed(&["type"]), Field::needed(&["payload"])];

pub(super) static FORMAT: Format = Format {
    kinds: &[Kind::JsonLines],
    // The session.
    job: Some(|_, line| line.account),
    ..Format::csv(INFO, &[Side::Ledger], Shape::Request, &FIELDS, row)
};

/// Never asked: a row alone says too little.
fn row<'a>(_: &Cells<'a>, _: &'a mut Room) -> Result<Row<'a>, Problem> {
    Err(Problem::row("cannot be read without the lines above it", "give the whole file"))
}

/// What the lines of a file so far say.
#[derive(Debug)]
pub(super) struct Rollout {
    /// Stands as the account, so that files of one day are not taken for
    /// downloads of the same, and a session that was copied counts once.
    session: String,
    model: String,
    counted: Counts,
}

/// Tokens of a session so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
struct Counts {
    /// Cached ones included.
    #[serde(default)]
    input_tokens: i64,
    #[serde(default)]
    cached_input_tokens: i64,
    /// Reasoning included.
    #[serde(default)]
    output_tokens: i64,
    #[serde(default)]
    total_tokens: i64,
}

impl Counts {
    /// What came to `before`; `None` where a count went back.
    fn since(self, before: Self) -> Option<Self> {
        let more = |now: i64, then: i64| now.checked_sub(then).filter(|more| *more >= 0);
        Some(Self {
            input_tokens: more(self.input_tokens, before.input_tokens)?,
            cached_input_tokens: more(self.cached_input_tokens, before.cached_input_tokens)?,
            output_tokens: more(self.output_tokens, before.output_tokens)?,
            total_tokens: more(self.total_tokens, before.total_tokens)?,
        })
    }
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type", default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    info: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Info {
    total_token_usage: Option<Counts>,
}

#[derive(Deserialize)]
struct Session {
    id: Option<String>,
}

#[derive(Deserialize)]
struct Turn {
    model: Option<String>,
}

impl Rollout {
    /// The session of a file that does not say which it is, has its name.
    pub fn of(file: &Path) -> Self {
        let session = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self { session, model: String::new(), counted: Counts::default() }
    }

    /// The request that a line counts, if it counts one. `room` is for its
    /// names.
    pub fn row<'a>(&mut self, cells: &Cells<'a>, room: &'a mut Room) -> Result<Row<'a>, Problem> {
        let payload = cells.text(PAYLOAD);
        match cells.text(TYPE) {
            "session_meta" => {
                let session: Session = parsed(payload)?;
                let id = session.id.filter(|id| !id.is_empty());
                self.session = id.map(named).transpose()?.unwrap_or(std::mem::take(&mut self.session));
                Ok(Row::Blank)
            }
            "turn_context" => {
                // A model that cannot be read is not the one before.
                self.model.clear();
                let turn: Turn = parsed(payload)?;
                self.model = turn.model.map(named).transpose()?.unwrap_or_default();
                Ok(Row::Blank)
            }
            "event_msg" => self.event(cells.text(TIME), payload, room),
            "COSTS" => Err(Problem::cell(TYPE, "is that of a credit costs log, which is a bill", "give it as one")),
            _ => Ok(Row::Blank),
        }
    }

    fn event<'a>(&mut self, time: &str, payload: &str, room: &'a mut Room) -> Result<Row<'a>, Problem> {
        let event: Event = parsed(payload)?;
        if event.name.map(RawValue::get) != Some("\"token_count\"") {
            return Ok(Row::Blank);
        }
        // Without counts the event is about limits of the plan.
        let Some(info) = event.info.map(RawValue::get).filter(|info| *info != "null") else { return Ok(Row::Blank) };
        let Some(total) = parsed::<Info>(info)?.total_token_usage else { return Ok(Row::Blank) };
        let Some(more) = total.since(self.counted) else {
            let before = self.counted.total_tokens;
            self.counted = total;
            return Err(Problem::cell(
                PAYLOAD,
                format_args!("counts {} tokens so far where {before} were counted before", total.total_tokens),
                "check whether the file was put together from several",
            ));
        };
        self.counted = total;
        // The same count is often said again.
        if more == Counts::default() {
            return Ok(Row::Blank);
        }
        let at = Instant::parse(time)
            .map_err(|error| Problem::cell(TIME, format_args!("{} {error}", quoted(time)), MEND))?;
        room.account.clone_from(&self.session);
        room.model.clone_from(&self.model);
        let (input, output) = (Some(more.input_tokens), Some(more.output_tokens));
        Ok(Row::Line(Line {
            at: Some(at),
            account: room.account.trim(),
            model: room.model.trim(),
            action: "codex",
            input,
            cached: Some(more.cached_input_tokens),
            output,
            total: beyond_sum(Some(more.total_tokens), input, output),
            ..Line::default()
        }))
    }
}

/// A name that all rows below it will have.
fn named(name: String) -> Result<String, Problem> {
    const LONGEST: usize = 256;
    if name.len() <= LONGEST {
        return Ok(name);
    }
    Err(Problem::cell(
        PAYLOAD,
        format_args!("holds a name of {} bytes ({}), so the file may be damaged", name.len(), quoted(&name)),
        AGAIN,
    ))
}

fn parsed<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|error| {
        Problem::cell(PAYLOAD, format_args!("is not what a rollout has there ({error}): {}", quoted(text)), AGAIN)
    })
}

#[cfg(test)]
mod tests {
    use crate::read::tests::{all, input, ledger};
    use crate::usage::Side;

    fn count(second: u32, input: i64, cached: i64, output: i64) -> String {
        format!(
            r#"{{"timestamp":"2026-07-28T00:00:{second:02}Z","type":"event_msg","payload":{{"type":"token_count","info":{{"total_token_usage":{{"input_tokens":{input},"cached_input_tokens":{cached},"output_tokens":{output},"reasoning_output_tokens":1,"total_tokens":{}}}}}}}}}"#,
            input + output
        )
    }

    fn turn(model: &str) -> String {
        format!(
            r#"{{"timestamp":"2026-07-28T00:00:00Z","type":"turn_context","payload":{{"turn_id":"1","model":"{model}"}}}}"#
        )
    }

    fn session() -> String {
        [
            r#"{"timestamp":"2026-07-28T00:00:00Z","type":"session_meta","payload":{"id":"s"}}"#.to_owned(),
            turn("gpt-5.4"),
            r#"{"timestamp":"2026-07-28T00:00:01Z","type":"event_msg","payload":{"type":"token_count","info":null}}"#
                .into(),
            count(5, 100, 60, 10),
            count(6, 100, 60, 10),
            turn("gpt-5.4-mini"),
            count(9, 180, 120, 25),
        ]
        .join("\n")
    }

    #[test]
    fn requests_are_the_differences_of_the_counts_wherever_blocks_end() {
        for block in [1, 50, 300, 1 << 20] {
            let file = vec![input(Side::Ledger, "rollout.jsonl", session().as_bytes())];
            let (side, names) = all(file, block).unwrap();
            assert_eq!(side.bad_rows, []);
            let found: Vec<_> = (0..side.lines.len() as u32)
                .map(|row| {
                    let lines = &side.lines;
                    let tokens = (lines.input(row), lines.cached(row), lines.output(row), lines.total(row));
                    (lines.origin(row).line, names.text(lines.model(row)), tokens)
                })
                .collect();
            let expect = [
                (4, "gpt-5.4", (Some(100), Some(60), Some(10), Some(110))),
                (7, "gpt-5.4-mini", (Some(80), Some(60), Some(15), Some(95))),
            ];
            assert_eq!(found, expect, "blocks of {block}");
            assert_eq!(side.lines.files()[0].blank_rows, 5);
        }
    }

    #[test]
    fn every_session_counts_from_zero_and_once() {
        let file = |name: &str, text: &str| input(Side::Ledger, name, text.as_bytes());
        let text = [turn("m"), count(1, 5, 0, 1)].join("\n");
        let (side, names) = all(vec![file("x/a.jsonl", &text), file("x/b.jsonl", &text)], 1 << 20).unwrap();
        assert_eq!((side.lines.len(), side.lines.input(1)), (2, Some(5)));
        assert_eq!(names.text(side.lines.account(1)), "b");
        // The same session in a copy of its file is the same.
        let (side, names) = all(vec![file("a", &session()), file("b", &session())], 1 << 20).unwrap();
        assert_eq!((side.lines.len(), names.text(side.lines.account(0))), (2, "s"));
    }

    #[test]
    fn a_count_that_goes_back_is_a_bad_row_and_no_usage() {
        let file = [turn("m"), count(1, 50, 0, 5), count(2, 20, 0, 2), count(3, 30, 0, 3)].join("\n");
        let (side, _) = ledger(&file).unwrap();
        assert_eq!((side.bad_rows.len(), side.bad_rows[0].line, side.bad_rows[0].column.as_str()), (1, 3, "payload"));
        assert!(side.bad_rows[0].reason.starts_with("counts 22 tokens so far where 55"), "{}", side.bad_rows[0].reason);
        assert_eq!((0..2).map(|row| side.lines.input(row)).collect::<Vec<_>>(), [Some(50), Some(10)]);
    }

    #[test]
    fn a_model_too_long_to_be_one_is_a_bad_row_and_not_the_model_before() {
        let file = [turn("m"), turn(&"m".repeat(257)), count(1, 50, 0, 5)].join("\n");
        let (side, names) = ledger(&file).unwrap();
        assert_eq!((side.bad_rows.len(), side.bad_rows[0].line), (1, 2));
        assert_eq!(names.text(side.lines.model(0)), "");
    }

    #[test]
    fn a_costs_log_is_not_taken_for_a_rollout_without_usage() {
        let (side, _) =
            ledger(r#"{"event_id":"e","type":"COSTS","timestamp":"2026-07-28T00:00:00Z","payload":{}}"#).unwrap();
        assert!(side.bad_rows[0].reason.contains("credit costs log"));
    }
}
