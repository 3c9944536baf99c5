//! What a row says beyond its fields, for those who ask: the job it belongs
//! to, and what stands in the JSON of its metadata. Read beside the line of a
//! row and never instead of it: metadata that cannot be read makes no bad row
//! where the row's figures can be.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::cells::Cells;
use super::format::Format;
use super::json::{Key, cell_text};
use crate::usage::{Extra, Line};

/// The job of a row where its format has a column for it.
pub(super) type JobOf = for<'a> fn(&Cells<'a>, &Line<'a>) -> &'a str;

/// Keys of the metadata that name a job, the surest first.
const JOBS: [&str; 6] = ["job_id", "job", "run_id", "pipeline_run_id", "batch_id", "session_id"];
/// Objects in which a proxy keeps what its caller said.
const OF_CALLERS: [&str; 2] = ["spend_logs_metadata", "requester_metadata"];

/// Stands for what should be JSON and is not.
const UNREADABLE: &str = "(not readable)";

/// Objects and lists inside each other beyond this are taken as they are
/// written.
const DEEPEST: usize = 16;

/// What the row says of each thing asked, blank where nothing. What the
/// metadata says of a job goes before a column, since somebody meant it.
pub(super) fn texts<'a>(format: &Format, cells: &Cells<'a>, line: &Line<'a>, keep: &[Extra]) -> Vec<Cow<'a, str>> {
    let metadata = format.metadata.map_or("", |field| cells.text(field));
    let metadata = Metadata::of(metadata);
    keep.iter()
        .map(|extra| match extra {
            Extra::Meta(path) => metadata.at(path),
            Extra::Job => metadata.job().unwrap_or_else(|| {
                let own = format.job.map_or("", |job| job(cells, line));
                match &metadata {
                    Metadata::Unreadable if own.is_empty() => Cow::Borrowed(UNREADABLE),
                    _ => Cow::Borrowed(own),
                }
            }),
        })
        .collect()
}

enum Metadata<'a> {
    /// No such column, or an empty cell.
    None,
    Object(Cow<'a, str>),
    Unreadable,
}

impl<'a> Metadata<'a> {
    fn of(text: &'a str) -> Self {
        if matches!(text, "" | "{}" | "null") {
            return Self::None;
        }
        // Some write the object's text as a JSON text again.
        let text = match cell_text(text) {
            Ok(inner) if text.starts_with('"') => inner,
            Ok(_) => Cow::Borrowed(text),
            Err(_) => return Self::Unreadable,
        };
        if Entries::of(&text).is_some() { Self::Object(text) } else { Self::Unreadable }
    }

    fn at(&self, path: &str) -> Cow<'a, str> {
        match self {
            Self::None => Cow::Borrowed(""),
            Self::Unreadable => Cow::Borrowed(UNREADABLE),
            Self::Object(Cow::Borrowed(text)) => find(text, path, 0),
            Self::Object(Cow::Owned(text)) => Cow::Owned(find(text, path, 0).into_owned()),
        }
    }

    fn job(&self) -> Option<Cow<'a, str>> {
        let Self::Object(_) = self else { return None };
        let top = JOBS.iter().map(|key| self.at(key)).find(|job| !job.is_empty());
        top.or_else(|| {
            let nested = OF_CALLERS.iter().flat_map(|outer| JOBS.iter().map(move |key| format!("{outer}.{key}")));
            nested.map(|path| self.at(&path)).find(|job| !job.is_empty())
        })
    }
}

/// What stands under a path, in words; blank where nothing does. A key may
/// have points in its name, and a path goes into each entry of a list.
fn find<'a>(json: &'a str, path: &str, depth: usize) -> Cow<'a, str> {
    if depth > DEEPEST {
        return Cow::Borrowed("");
    }
    if json.starts_with('[') {
        return list(json, |entry| find(entry, path, depth + 1));
    }
    let Some(Entries(entries)) = Entries::of(json) else { return Cow::Borrowed("") };
    // The whole path as one key, else the longest key that begins it.
    let rest = |key: &str| match path.strip_prefix(key) {
        Some("") => Some(""),
        Some(rest) => rest.strip_prefix('.'),
        None => None,
    };
    // Of a key that stands twice the last counts, as databases have it.
    let found = entries.iter().filter_map(|(key, value)| Some((rest(key)?, *value))).rev();
    match found.min_by_key(|(rest, _)| rest.len()) {
        None => Cow::Borrowed(""),
        Some(("", value)) => words(value.get(), 0),
        Some((rest, value)) => find(value.get(), rest, depth + 1),
    }
}

/// A text without its quotes, a number or a choice as it is written, a list as
/// its entries with commas between them, an object as it is written.
fn words(json: &str, depth: usize) -> Cow<'_, str> {
    if json.starts_with('[') && depth == 0 {
        return list(json, |entry| words(entry, depth + 1));
    }
    match cell_text(json) {
        Ok(Cow::Borrowed(text)) => Cow::Borrowed(text.trim()),
        Ok(Cow::Owned(text)) => Cow::Owned(text.trim().to_owned()),
        Err(_) => Cow::Borrowed(UNREADABLE),
    }
}

fn list<'a>(json: &'a str, of: impl Fn(&'a str) -> Cow<'a, str>) -> Cow<'a, str> {
    let Ok(entries) = serde_json::from_str::<Vec<&'a RawValue>>(json) else { return Cow::Borrowed(UNREADABLE) };
    let all: Vec<Cow<'a, str>> = entries.iter().map(|entry| of(entry.get())).filter(|text| !text.is_empty()).collect();
    Cow::Owned(all.join(", "))
}

/// The entries of an object, their values as they are written.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Entries<'a> {
    fn of(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

impl<'a> Deserialize<'a> for Entries<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'a> Visitor<'a> for Object {
            type Value = Entries<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<Entries<'a>, M::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<Key<'a>, &'a RawValue>()? {
                    entries.push((key.0, value));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tests::input;
    use crate::read::{Quiet, SideRead, Terms, read_on};
    use crate::usage::{Names, Side};

    fn meta(json: &str, path: &str) -> String {
        Metadata::of(json).at(path).into_owned()
    }

    #[test]
    fn a_path_goes_into_objects_and_lists_and_keys_may_have_points() {
        let json = r#"{"team":" Alpha ","n":1.50,"on":true,"no":null,"tags":["a","b",7],"a.b":"whole",
                       "a":{"b":"inner","c":{"d":"deep"}},"groups":[{"name":"R"},{"name":"O"},{}],"é":"\u00e9"}"#;
        let found = ["team", "n", "on", "no", "tags", "a.b", "a.c.d", "groups.name", "é", "none", "a.x"];
        let texts = found.map(|path| meta(json, path));
        assert_eq!(texts, ["Alpha", "1.50", "true", "", "a, b, 7", "whole", "deep", "R, O", "é", "", ""]);
        assert_eq!(meta(json, "a.c"), r#"{"d":"deep"}"#);
        assert_eq!(meta(r#"{"a":1,"a":2}"#, "a"), "2", "the last of a key that stands twice");
        assert_eq!(meta(r#""{\"team\":\"x\"}""#, "team"), "x", "an object in a text");
    }

    #[test]
    fn what_is_no_object_is_said_and_nothing_is_nothing() {
        for json in ["{'a': 1}", "[1]", "7", "{", r#""{""#] {
            assert_eq!(meta(json, "a"), UNREADABLE, "{json}");
        }
        for json in ["", "{}", "null"] {
            assert_eq!(meta(json, "a"), "", "{json}");
        }
    }

    #[test]
    fn endless_nesting_ends() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        let _ = (meta(&deep, "a"), meta(&deep, "a.b"));
        let deep = "{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000);
        let _ = meta(&deep, &"a.".repeat(50_000));
    }

    fn read(text: &str, keep: &[Extra]) -> (SideRead, Names) {
        let mut names = Names::default();
        let file = input(Side::Ledger, "ledger.csv", text.as_bytes());
        let read = read_on(vec![file], Terms { keep, ..Terms::default() }, &mut names, &Quiet).unwrap();
        (read, names)
    }

    fn kept(text: &str, keep: &[Extra]) -> Vec<Vec<String>> {
        let (read, names) = read(text, keep);
        assert_eq!(read.bad_rows, []);
        let of = |row| (0..keep.len()).map(|at| names.text(read.lines.extra(row, at)).to_owned()).collect();
        (0..read.lines.len() as u32).map(of).collect()
    }

    fn team() -> Extra {
        Extra::Meta("team".into())
    }

    const USAGE: &str = "created_at,model_used,tokens_used,calculated_cost_cents,metadata\n\
        2026-01-05,m,5,1,\"{\"\"team\"\":\"\"a\"\",\"\"job_id\"\":\"\"j1\"\"}\"\n\
        2026-01-05,m,6,1,\n\
        2026-01-05,m,7,1,{broken\n";

    #[test]
    fn metadata_is_kept_only_when_asked_for_and_makes_no_bad_row() {
        let keep = [team(), Extra::Job];
        assert_eq!(kept(USAGE, &keep), [["a", "j1"], ["", ""], [UNREADABLE, UNREADABLE]]);
        let json = "{\"created_at\":\"2026-01-05\",\"model_used\":\"m\",\"tokens_used\":5,\
                    \"calculated_cost_cents\":1,\"metadata\":{\"team\":\"a\"}}\n";
        assert_eq!(kept(json, &keep), [["a", ""]]);
        let ((plain, names), (asked, asked_names)) = (read(USAGE, &[]), read(USAGE, &keep));
        for row in 0..3 {
            assert_eq!(plain.lines.content(&names, row), asked.lines.content(&asked_names, row));
        }
        assert!(plain.lines.bytes() < asked.lines.bytes());
    }

    #[test]
    fn the_job_is_what_a_format_has_for_one() {
        let lite = "request_id,startTime,model,spend,total_tokens,session_id,metadata\n\
                    a,2026-06-14,m,1,2,s1,{}\n\
                    batch_7_batch_cost,2026-06-14,m,1,2,s1,{}\n\
                    c,2026-06-14,m,1,2,s1,\"{\"\"spend_logs_metadata\"\":{\"\"job\"\":\"\"nightly\"\"}}\"\n";
        assert_eq!(kept(lite, &[Extra::Job]), [["s1"], ["batch_7"], ["nightly"]]);
        let runs = "pipeline_run_id,idea_model,image_model,prompt_tokens,completion_tokens,total_cost_usd,created_at\n\
                    run-9,m,,1,1,1,2026-06-14\n";
        assert_eq!(kept(runs, &[Extra::Job]), [["run-9"]]);
        let rollout = "{\"timestamp\":\"2026-06-14T09:00:00Z\",\"type\":\"session_meta\",\"payload\":{\"id\":\"sess\"}}\n\
                       {\"timestamp\":\"2026-06-14T09:00:01Z\",\"type\":\"event_msg\",\"payload\":{\"type\":\"token_count\",\
                       \"info\":{\"total_token_usage\":{\"input_tokens\":1,\"output_tokens\":1,\"total_tokens\":2}}}}\n";
        assert_eq!(kept(rollout, &[Extra::Job]), [["sess"]]);
    }
}
