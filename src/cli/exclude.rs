//! `trueup exclude`: rows that could not be read, and leaving some of them out
//! with a reason; `trueup undo` takes it back.

use super::list_args::Exclude as Args;
use super::month::load;
use super::settle::settle;
use super::{Ended, Failure, output, table};
use crate::desk::{BadRowView, Command, Refusal, text};

pub fn run(args: &Args) -> Result<Ended, Failure> {
    if args.places.is_empty() {
        return list(args);
    }
    let why = args.why.clone().unwrap_or_default();
    if why.trim().is_empty() {
        return Err(Failure("Say why these rows are left out, with --why; the journal keeps it.".into()));
    }
    settle(&args.files, args.answer, &|desk| {
        let rows = desk.bad_rows_at(&args.places).map_err(|Refusal(why)| Failure(why))?;
        Ok(Command::ExcludeBadRows { rows, reason: why.clone() })
    })
}

/// All of them, in the order of the review's screen.
fn list(args: &Args) -> Result<Ended, Failure> {
    let (_, desk) = load(&args.files, true)?;
    let bad = desk.bad_rows();
    if bad.is_empty() {
        return output::to_stdout(b"Every row could be read.\n");
    }
    let open = bad.iter().filter(|row| row.excluded.is_none()).count();
    let cells = |row: &BadRowView| {
        let excluded = row.excluded.as_ref().map_or_else(String::new, |why| format!("left out: {why}"));
        vec![row.side.to_owned(), row.place.clone(), row.column.clone(), row.reason.clone(), excluded]
    };
    let rows: Vec<Vec<String>> = bad.iter().map(cells).collect();
    let header = ["side", "place", "column", "what is wrong", ""].map(str::to_owned);
    let mut out = table::columns(5, &header, &rows);
    out.push_str(&format!("{} to be left out or mended.\n", text::counted(open as u64, "row")));
    output::page(&out)
}
