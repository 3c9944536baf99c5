//! `trueup journal`: every entry that passes a filter, newest first, as the
//! journal screen of the review shows them.

use serde::Serialize;

use super::list_args::Journal as Args;
use super::shared_args::Format;
use super::{Ended, Failure, month, output, screen, table};
use crate::desk::{EntryLine, EntryState, text};

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let (_, desk) = month::load(&args.files, true)?;
    let lines = desk.entry_lines(&args.filter).map_err(|error| Failure(format!("--filter: {error}")))?;
    let shown = lines.get(..args.limit.unwrap_or(lines.len()).min(lines.len())).unwrap_or(&lines);
    match args.format {
        Format::Text => output::page(&page(&lines, shown, output::screen_width())),
        Format::Json => {
            let rows: Vec<Row> = shown.iter().map(Row::of).collect();
            output::to_stdout(output::json(&rows)?.as_bytes())
        }
        Format::Csv => {
            let header = ["entry", "at", "who", "month", "kind", "items", "what", "state", "undone_by"];
            let rows: Vec<Vec<String>> = shown.iter().map(|line| Row::of(line).cells()).collect();
            output::to_stdout(&table::csv(&[2, 6], &header.map(str::to_owned), &rows))
        }
    }
}

#[derive(Serialize)]
struct Row {
    entry: u64,
    at: String,
    who: String,
    /// Nothing for what belongs to every month.
    month: Option<String>,
    kind: &'static str,
    items: usize,
    what: String,
    state: &'static str,
    undone_by: Option<u64>,
}

impl Row {
    fn of(line: &EntryLine) -> Self {
        Self {
            entry: line.seq,
            at: line.at.to_string(),
            who: line.who.clone(),
            month: line.month.map(|month| month.to_string()),
            kind: line.kind,
            items: line.items,
            what: line.what.clone(),
            state: line.state.name(),
            undone_by: match line.state {
                EntryState::Undone(by) => by,
                EntryState::InForce | EntryState::Fact => None,
            },
        }
    }

    fn cells(self) -> Vec<String> {
        let (kind, state) = (self.kind.to_owned(), self.state.to_owned());
        let by = self.undone_by.map(|by| by.to_string()).unwrap_or_default();
        let month = self.month.unwrap_or_default();
        vec![self.entry.to_string(), self.at, self.who, month, kind, self.items.to_string(), self.what, state, by]
    }
}

/// `width`: of the screen, where there is one.
fn page(lines: &[EntryLine], shown: &[EntryLine], width: Option<usize>) -> String {
    if lines.is_empty() {
        return "No entry passes.\n".to_owned();
    }
    let header = ["entry", "when", "who", "month", "state", "what"].map(str::to_owned);
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|line| {
            vec![
                line.seq.to_string(),
                text::minute(line.at),
                line.who.clone(),
                line.month.map(|month| month.to_string()).unwrap_or_default(),
                match line.state {
                    EntryState::InForce => String::new(),
                    EntryState::Fact => "fact".to_owned(),
                    EntryState::Undone(Some(by)) => format!("undone by {by}"),
                    EntryState::Undone(None) => "undone".to_owned(),
                },
                line.what.clone(),
            ]
        })
        .collect();
    let mut out = screen::table(6, 5, &header, &rows, width);
    let left = lines.len() - shown.len();
    if left > 0 {
        out.push_str(&format!("… and {} more\n", text::count(left as i64)));
    }
    out
}
