//! Two tables of content pipelines, as CSV or as one JSON object a line. A row
//! of `pipeline_run_usages` covers two models and many calls, and how its
//! tokens are split is an estimate, so it can be compared by the day and no
//! finer: it has no model that a bill line could have as well. A row of
//! `agent_scanned_posts` is one post that one model looked at, with that
//! model's own tokens, and is compared as a request is.

use super::FormatInfo;
use super::bundle::{Count, Role};
use super::cells::{Cells, Problem, Room};
use super::format::{Field, Format, Kind, Need, Row};
use crate::usage::{Line, Shape, Side};

pub(super) const RUNS_INFO: FormatInfo = FormatInfo {
    name: "pipeline-runs",
    title: "pipeline_run_usages table: one run of two models a row, comparable by the day",
    columns: "created_at, idea_model, image_model, prompt_tokens, completion_tokens, total_cost_usd; also id, \
              pipeline_run_id, image_tokens, which counts images",
};

pub(super) const RUNS_CAUTION: &str =
    "a run is several calls of two models, and how its tokens are split is an estimate: compared by the day, by cost";

pub(super) const POSTS_INFO: FormatInfo = FormatInfo {
    name: "agent-posts",
    title: "agent_scanned_posts table: one scanned post a row",
    columns: "scanned_at, agent_model, prompt_tokens, completion_tokens, total_cost_usd; also id",
};

static RUNS_FIELDS: [Field; 9] = [
    Field::needed(&["created_at"]),
    Field::needed(&["idea_model"]),
    Field::needed(&["image_model"]),
    Field::needed(&["prompt_tokens"]),
    Field::needed(&["completion_tokens"]),
    Field::money(&["total_cost_usd"], Need::Always),
    Field::optional(&["image_tokens"]),
    Field::optional(&["id"]),
    Field::when_asked(&["pipeline_run_id"]),
];

pub(super) static RUNS: Format = Format {
    kinds: &[Kind::Csv, Kind::JsonLines],
    job: Some(|cells, _| cells.text(RUN)),
    ..Format::csv(RUNS_INFO, &[Side::Ledger], Shape::Usage, &RUNS_FIELDS, run)
};

const RUN: usize = 8;

static POSTS_FIELDS: [Field; 6] = [
    Field::needed(&["scanned_at"]),
    Field::needed(&["agent_model"]),
    Field::needed(&["prompt_tokens"]),
    Field::needed(&["completion_tokens"]),
    Field::money(&["total_cost_usd"], Need::Always),
    Field::optional(&["id"]),
];

/// By field, in the order of [`POSTS_FIELDS`].
static POSTS_ROLES: [Role; 6] =
    [Role::Time, Role::Model, Role::Tokens(Count::Input), Role::Tokens(Count::Output), Role::Dollars, Role::Key];

pub(super) static POSTS: Format = Format {
    roles: &POSTS_ROLES,
    kinds: &[Kind::Csv, Kind::JsonLines],
    ..Format::csv(POSTS_INFO, &[Side::Ledger], Shape::Request, &POSTS_FIELDS, post)
};

fn run<'a>(cells: &Cells<'a>, room: &'a mut Room) -> Result<Row<'a>, Problem> {
    const TIME: usize = 0;
    const IDEA: usize = 1;
    const IMAGE: usize = 2;
    const INPUT: usize = 3;
    const OUTPUT: usize = 4;
    const COST: usize = 5;
    const IMAGES: usize = 6;
    const KEY: usize = 7;
    let (idea, image) = (cells.text(IDEA), cells.text(IMAGE));
    let models = match (idea, image) {
        ("", one) | (one, "") => one,
        (idea, image) if idea == image => idea,
        // The cost is of both together, and nothing says how it is split.
        (idea, image) => {
            room.model = format!("{idea} + {image}");
            &room.model
        }
    };
    let images = cells.number(IMAGES)?;
    Ok(Row::Line(Line {
        at: Some(cells.time(TIME)?),
        item_text: models,
        action: "pipeline run",
        input: cells.tokens(INPUT)?,
        output: cells.tokens(OUTPUT)?,
        quantity: images,
        unit: if images.is_some() { "images" } else { "" },
        amount: cells.number(COST)?,
        row_key: cells.text(KEY),
        ..Line::default()
    }))
}

fn post<'a>(cells: &Cells<'a>, _room: &'a mut Room) -> Result<Row<'a>, Problem> {
    const TIME: usize = 0;
    const MODEL: usize = 1;
    const INPUT: usize = 2;
    const OUTPUT: usize = 3;
    const COST: usize = 4;
    const KEY: usize = 5;
    Ok(Row::Line(Line {
        at: Some(cells.time(TIME)?),
        model: cells.text(MODEL),
        action: "agent scan",
        input: cells.tokens(INPUT)?,
        output: cells.tokens(OUTPUT)?,
        amount: cells.number(COST)?,
        row_key: cells.text(KEY),
        ..Line::default()
    }))
}

#[cfg(test)]
mod tests {
    use crate::read::tests::{ledger, text_of};
    use crate::usage::Shape;

    #[test]
    fn a_run_of_two_models_names_both_as_no_model_and_costs_what_it_says() {
        let file = "id,pipeline_run_id,idea_model,image_model,prompt_tokens,completion_tokens,image_tokens,total_cost_usd,created_at\n\
                    1,run-1,gpt-5,gpt-image-1,800,200,2,0.1234,2026-06-14 09:00:01\n\
                    2,run-2,gpt-5,,800,200,,0.01,2026-06-14T10:00:00Z\n";
        let (side, names) = ledger(file).unwrap();
        assert_eq!((side.lines.files()[0].format, side.bad_rows.len()), ("pipeline-runs", 0));
        let models: Vec<_> = (0..2).map(|row| names.text(side.lines.item_text(row))).collect();
        assert_eq!(models, ["gpt-5 + gpt-image-1", "gpt-5"]);
        assert!((0..2).all(|row| side.lines.model(row).is_none() && side.lines.shape(row) == Shape::Usage));
        assert_eq!((text_of(side.lines.amount(0)), text_of(side.lines.quantity(0))), ("0.1234".into(), "2".into()));
        assert_eq!((side.lines.quantity(1), side.lines.unit(1).is_none()), (None, true));
        assert_eq!((side.lines.row_key(1), &*side.lines.id(1)), ("2".to_owned(), ""));
    }

    #[test]
    fn a_scanned_post_is_one_row_of_its_model() {
        let file = r#"{"id":7,"post":"x","scanned_at":"2026-06-14 09:00:01","agent_model":"gpt-5-mini","prompt_tokens":10,"completion_tokens":2,"total_cost_usd":0.0021}"#;
        let (side, names) = ledger(file).unwrap();
        assert_eq!(side.lines.files()[0].format, "agent-posts");
        assert_eq!(names.text(side.lines.model(0)), "gpt-5-mini");
        assert_eq!((side.lines.input(0), side.lines.output(0), side.lines.row_key(0)), (Some(10), Some(2), "7".into()));
        assert_eq!(text_of(side.lines.amount(0)), "0.0021");
    }
}
