//! The beginning of a file: what it is known as, which of its columns are
//! read, and how its first rows are understood. For looking before loading.

use super::block::{Blocks, Part, Sizes};
use super::detect::{find, is_user_report};
use super::file::{About, Whole, source_file};
use super::format::{Kind, Layout, Nested};
use super::fragment::{Fragment, Maps, Plan, Scratch};
use super::{BadRow, Input, Quiet, ReadError, Terms};
use crate::place::PlacedError;
use crate::usage::{Lines, Names};

/// What a file looks like.
#[derive(Debug)]
pub struct Inspected {
    /// The format it is read as, and what that is.
    pub format: &'static str,
    pub title: &'static str,
    /// Its columns or keys in their order, and whether they are read.
    pub columns: Vec<(String, bool)>,
    /// The lines and bad rows of its first block, and how many rows there are
    /// blank: days on which nothing was used, most often.
    pub lines: Lines,
    pub names: Names,
    pub bad_rows: Vec<BadRow>,
    pub blank_rows: u32,
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Unknown {
    pub error: ReadError,
    /// Its columns or keys, as far as they are known.
    pub columns: Vec<String>,
}

impl<E: Into<ReadError>> From<E> for Unknown {
    fn from(error: E) -> Self {
        Self { error: error.into(), columns: Vec::new() }
    }
}

/// Reads no more of a file than its beginning.
///
/// # Errors
/// As for [`super::read`], with the columns for whoever makes a map of them.
pub fn inspect(input: Input, terms: Terms<'_>) -> Result<Inspected, Unknown> {
    let mut names = Names::default();
    let mut whole = Whole::new(&mut names, terms);
    let mut blocks = Blocks::new(input.content, Sizes::default(), false);
    let about = About { path: input.path.clone(), side: input.side };
    let first = about.start(&mut blocks, &mut whole, &Quiet)?;
    let header = first.header;
    let refuse = |what: String| Unknown {
        error: PlacedError {
            line: (header.kind == Kind::Csv).then_some(header.line),
            ..PlacedError::new(&input.path, what)
        }
        .into(),
        // A map would not make a bill of what has no money.
        columns: if is_user_report(&header.columns) { Vec::new() } else { header.columns.clone() },
    };
    let format = find(input.side, input.format.as_deref(), &header, &terms).map_err(refuse)?;
    let by_key = header.kind != Kind::Csv;
    let layout = if by_key { Ok(Layout::by_key()) } else { Layout::new(format, header.columns.clone()) };
    let layout = layout.map_err(refuse)?;
    let is_read = |(at, name): (usize, &String)| {
        // What is read only for those who ask is not, here.
        let always = |(field, _): (usize, usize)| format.fields.get(field).is_some_and(|field| !field.asked);
        let read = if by_key { format.field_of(name).is_some_and(always) } else { layout.field(at).is_some() };
        (name.trim().to_owned(), read)
    };
    // Where a format does not look into objects, what is inside them is the
    // business of the key they stand under; where it does, that key is none.
    let whole = by_key && format.nested == Nested::No;
    let is_inside = |name: &str, outer: &str| name.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    let shown = |name: &str| {
        !by_key
            || !header.columns.iter().any(|other| if whole { is_inside(name, other) } else { is_inside(other, name) })
    };
    let columns = header.columns.iter().enumerate().filter(|(_, name)| shown(name)).map(is_read).collect();
    let mut lines = Lines::default();
    let file = lines.add_file(source_file(&about.path, format, input.added, input.append));
    let plan = Plan::new(&about, file, format, layout, header.kind, &Terms { keep: &[], ..terms });
    let (mut rollout, mut scratch, mut maps) = (plan.rollout(), Scratch::new(0), Maps::default());
    let (mut bad_rows, mut blank_rows) = (Vec::new(), 0);
    let mut looked_at = first.rows.into_iter();
    loop {
        let part = match looked_at.next() {
            Some(block) => Part::Block(block),
            None if first.ended => break,
            None => about.wait(&mut blocks, &Quiet)?,
        };
        if matches!(part, Part::End) {
            break;
        }
        let read = match &mut rollout {
            None => Fragment::of(&plan, &part, &mut scratch),
            Some(rollout) => Fragment::of_rollout(&plan, &part, &mut scratch, rollout),
        };
        lines.append(&read.lines, maps.of(&read, &mut names));
        bad_rows.extend(read.bad_rows);
        blank_rows += read.blank_rows;
        if !lines.is_empty() || !bad_rows.is_empty() {
            break;
        }
    }
    let (format, title) = (format.info.name, format.info.title);
    Ok(Inspected { format, title, columns, lines, names, bad_rows, blank_rows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tests::input;
    use crate::usage::Side;

    #[test]
    fn a_file_shows_what_it_is_and_its_first_rows() {
        let csv = "id,timestamp,model,note,total_tokens,cost\nr1,2026-01-05,m,x,5,0.1\nr2,nonsense,m,x,5,0.1\n";
        let found = inspect(input(Side::Bill, "b.csv", csv.as_bytes()), Terms::default()).unwrap();
        assert_eq!((found.format, found.lines.len(), found.bad_rows.len()), ("requests", 1, 1));
        let unread: Vec<_> = found.columns.iter().filter(|(_, read)| !read).map(|(name, _)| name.as_str()).collect();
        assert_eq!(unread, ["note"]);
        assert_eq!(found.lines.origin_text(0), "b.csv:2");
    }

    #[test]
    fn an_unknown_file_gives_its_columns_for_a_map() {
        let unknown = inspect(input(Side::Ledger, "b.csv", b"when,what\n1,2\n"), Terms::default()).unwrap_err();
        assert_eq!(unknown.columns, ["when", "what"]);
        assert!(unknown.to_string().starts_with("b.csv:1: is no ledger"), "{unknown}");
        assert_eq!(inspect(input(Side::Ledger, "b.csv", b""), Terms::default()).unwrap_err().columns, [""; 0]);
    }

    #[test]
    fn what_is_inside_an_object_is_shown_where_the_format_looks_there() {
        let row = r#"{"created_at":"2026-01-05","model_used":"m","tokens_used":5,"calculated_cost_cents":1,"metadata":{"a":1}}"#;
        let found = inspect(input(Side::Ledger, "l.jsonl", row.as_bytes()), Terms::default()).unwrap();
        assert_eq!(found.columns.iter().filter(|(_, read)| !read).count(), 1, "{:?}", found.columns);
        let page = r#"{"data":[{"start_time":1781395200,"end_time":1781481600,"results":[{"amount":{"value":1.5,"currency":"usd"},"line_item":"m, input"}]}],"has_more":false}"#;
        let found = inspect(input(Side::Bill, "p.json", page.as_bytes()), Terms::default()).unwrap();
        assert_eq!((found.format, found.lines.len()), ("platform-cost", 1));
        assert!(found.columns.contains(&("amount.value".to_owned(), true)), "{:?}", found.columns);
        assert!(!found.columns.iter().any(|(name, _)| name == "amount"), "what is inside says it");
    }

    #[test]
    fn a_report_that_is_no_bill_is_offered_no_map() {
        let report = "cadence,period_start,period_end,messages\nWeekly,2025-05-01,2025-05-07,50\n";
        let unknown = inspect(input(Side::Bill, "w.csv", report.as_bytes()), Terms::default()).unwrap_err();
        assert_eq!(unknown.columns, [""; 0]);
    }

    #[test]
    fn days_without_usage_are_counted() {
        let csv = "start_time,end_time,start_time_iso,end_time_iso\n1783814400,1783900800,x,y\n";
        let found = inspect(input(Side::Bill, "b.csv", csv.as_bytes()), Terms::default()).unwrap();
        assert_eq!((found.lines.len(), found.blank_rows), (0, 1));
    }

    #[test]
    fn a_header_alone_has_no_rows_to_show() {
        let found = inspect(input(Side::Bill, "b.csv", b"id,date,model,total_tokens,cost"), Terms::default()).unwrap();
        assert_eq!((found.lines.len(), found.columns.len()), (0, 5));
    }
}
