//! What the platform counted: tokens, or images, seconds and calls, by spans
//! of a minute, an hour or a day, and by project, user, key, model and tier as
//! far as the export is grouped by them. No money. It comes as the dashboard's
//! CSV and as pages of the admin API, of ten endpoints.

use super::FormatInfo;
use super::cells::{AGAIN, Cells, Problem, Room};
use super::format::{Field, Format, Kind, Nested, Row};
use super::platform_cost::DAY;
use crate::amount::Quantity;
use crate::usage::{Line, Modalities, Shape, Side};

const START: usize = 0;
const END: usize = 1;
const OBJECT: usize = 2;
const PROJECT: usize = 3;
const USER: usize = 4;
const API_KEY: usize = 5;
const MODEL: usize = 6;
const BATCH: usize = 7;
const TIER: usize = 8;
const REQUESTS: usize = 9;
const INPUT: usize = 10;
const OUTPUT: usize = 11;
const CACHED: usize = 12;
const CACHE_WRITE: usize = 13;
const UNCACHED: usize = 14;
/// Six counts, in the order of [`Modalities`].
const MODALITIES: usize = 15;
/// Six counts that are no tokens, in the order of [`COUNTED`].
const COUNTS: usize = 21;

/// What an endpoint counts that is no tokens: the unit, and the endpoint.
const COUNTED: [(&str, &str); 6] = [
    ("images", "images"),
    ("characters", "audio_speeches"),
    ("seconds", "audio_transcriptions"),
    ("bytes", "vector_stores"),
    ("sessions", "code_interpreter_sessions"),
    // Of files or of the web: which of the two, only a page says.
    ("calls", ""),
];

pub(super) const INFO: FormatInfo = FormatInfo {
    name: "platform-usage",
    title: "platform usage (dashboard CSV, or pages of the admin API)",
    columns: "start_time, end_time, and one of input_tokens, input_uncached_tokens, images, characters, seconds, \
              usage_bytes, num_sessions, num_requests; also object, project_id, user_id, api_key_id, model, batch, \
              service_tier, num_model_requests, output_tokens, input_cached_tokens, input_cache_write_tokens, \
              input_audio_tokens, input_cached_audio_tokens, output_audio_tokens, input_image_tokens, \
              input_cached_image_tokens, output_image_tokens",
};

static FIELDS: [Field; 27] = [
    Field::needed(&["start_time"]),
    Field::needed(&["end_time"]),
    Field::optional(&["object"]),
    Field::optional(&["project_id"]),
    Field::optional(&["user_id"]),
    Field::optional(&["api_key_id"]),
    Field::optional(&["model"]),
    Field::optional(&["batch"]),
    Field::optional(&["service_tier"]),
    Field::optional(&["num_model_requests"]),
    Field::optional(&["input_tokens"]),
    Field::optional(&["output_tokens"]),
    Field::optional(&["input_cached_tokens"]),
    Field::optional(&["input_cache_write_tokens"]),
    Field::optional(&["input_uncached_tokens"]),
    Field::optional(&["input_audio_tokens"]),
    Field::optional(&["input_cached_audio_tokens"]),
    Field::optional(&["output_audio_tokens"]),
    Field::optional(&["input_image_tokens"]),
    Field::optional(&["input_cached_image_tokens"]),
    Field::optional(&["output_image_tokens"]),
    Field::optional(&["images"]),
    Field::optional(&["characters"]),
    Field::optional(&["seconds"]),
    Field::optional(&["usage_bytes"]),
    Field::optional(&["num_sessions"]),
    Field::optional(&["num_requests"]),
];

pub(super) static FORMAT: Format = Format {
    one_of: &[
        &[INPUT],
        &[UNCACHED],
        &[COUNTS],
        &[COUNTS + 1],
        &[COUNTS + 2],
        &[COUNTS + 3],
        &[COUNTS + 4],
        &[COUNTS + 5],
    ],
    kinds: &[Kind::Csv, Kind::Pages],
    nested: Nested::Yes,
    buckets: true,
    ..Format::csv(INFO, &[Side::Bill], Shape::Usage, &FIELDS, row)
};

fn row<'a>(cells: &Cells<'a>, room: &'a mut Room) -> Result<Row<'a>, Problem> {
    let (at, span) = cells.span(START, END, DAY)?;
    let requests = cells.tokens(REQUESTS)?;
    let output = cells.tokens(OUTPUT)?;
    let input = input(cells)?;
    let counted = counted(cells)?;
    if [requests, output, input.all].iter().all(Option::is_none) && counted.is_none() {
        return Ok(Row::Empty(at, span));
    }
    let (quantity, unit, endpoint) = counted.unwrap_or((None, "", ""));
    let action = match cells.text(OBJECT) {
        "" if output.is_some() => "completions",
        "" => endpoint,
        object => object.trim_start_matches("organization.usage.").trim_end_matches(".result"),
    };
    let batch = cells.flag(BATCH)? == Some(true);
    Ok(Row::Line(Line {
        at: Some(at),
        span,
        model: cells.text(MODEL),
        user: cells.user(&[USER], &mut room.user),
        project: cells.text(PROJECT),
        api_key: cells.text(API_KEY),
        action,
        tier: if batch { "batch" } else { cells.lower(TIER, &mut room.tier) },
        input: input.all,
        cached: input.cached,
        cache_write: input.cache_write,
        output,
        modalities: modalities(cells)?,
        quantity,
        unit,
        requests,
        ..Line::default()
    }))
}

struct Input {
    all: Option<i64>,
    cached: Option<i64>,
    cache_write: Option<i64>,
}

/// The input and its parts. All input is what was read anew, from the cache
/// and into the cache; where a row says both the sum and all parts and they do
/// not agree, nothing says which of them is billed.
fn input(cells: &Cells<'_>) -> Result<Input, Problem> {
    let (all, uncached) = (cells.tokens(INPUT)?, cells.tokens(UNCACHED)?);
    let (cached, cache_write) = (cells.tokens(CACHED)?, cells.tokens(CACHE_WRITE)?);
    let beside = cached.unwrap_or(0).checked_add(cache_write.unwrap_or(0));
    let sum = |uncached: i64| beside.and_then(|beside| beside.checked_add(uncached));
    match (all, uncached) {
        (Some(all), Some(uncached)) if sum(uncached) != Some(all) => {
            let mut parts = format!("{uncached} uncached");
            for (count, what) in [(cached, "cached"), (cache_write, "written to the cache")] {
                if let Some(count) = count {
                    parts.push_str(&format!(", {count} {what}"));
                }
            }
            Err(Problem::cell(
                INPUT,
                format_args!(
                    "says {all} tokens, which is not the sum of its parts ({parts}), and which of them counts cannot \
                     be guessed"
                ),
                AGAIN,
            ))
        }
        (Some(all), None) if sum(0).is_none_or(|beside| beside > all) => Err(Problem::cell(
            INPUT,
            format_args!("says {all} tokens, and more than that were cached or written to the cache"),
            AGAIN,
        )),
        (None, Some(uncached)) => match sum(uncached) {
            Some(all) => Ok(Input { all: Some(all), cached, cache_write }),
            None => Err(Problem::cell(UNCACHED, "is too large to be held exactly", AGAIN)),
        },
        (None, None) if cached.is_some() || cache_write.is_some() => {
            Err(Problem::cell(INPUT, "is empty, though some of the input was cached", AGAIN))
        }
        (all, _) => Ok(Input { all, cached, cache_write }),
    }
}

fn modalities(cells: &Cells<'_>) -> Result<Option<Modalities>, Problem> {
    let mut counts = [0i64; 6];
    for (field, count) in (MODALITIES..).zip(&mut counts) {
        *count = cells.tokens(field)?.unwrap_or(0);
    }
    let [audio_input, cached_audio_input, audio_output, image_input, cached_image_input, image_output] = counts;
    let modalities =
        Modalities { audio_input, cached_audio_input, audio_output, image_input, cached_image_input, image_output };
    Ok((!modalities.is_text()).then_some(modalities))
}

type Counted = (Option<Quantity>, &'static str, &'static str);

/// What is counted beside tokens: the number, its unit, and the endpoint.
fn counted(cells: &Cells<'_>) -> Result<Option<Counted>, Problem> {
    let mut found = None;
    for (field, (unit, endpoint)) in (COUNTS..).zip(COUNTED) {
        let Some(quantity) = cells.number(field)? else { continue };
        if found.is_some() {
            return Err(Problem::cell(field, "stands beside another count, and a row can hold but one of them", AGAIN));
        }
        found = Some((Some(quantity), unit, endpoint));
    }
    Ok(found)
}

#[cfg(test)]
#[path = "platform_usage_tests.rs"]
mod tests;
