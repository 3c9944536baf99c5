//! `trueup inputs`: the files of a book with what rests on each, and taking
//! one out that was given by mistake. No file is read, so one that cannot be
//! read stands in the way of neither.

use std::fmt::Write as _;

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use super::args::{Inputs as Args, InputsCommand, RemoveInput};
use super::settle::confirmed;
use super::shared_args::Format;
use super::{Ended, Failure, output, screen, table};
use crate::book::{Access, Book, BookError, KnownInput, KnownInputs, Removable, now};
use crate::calendar::Month;
use crate::desk::text;

/// Digits of a SHA-256 that tell files of a book apart.
const DIGITS: usize = 12;

pub fn run(args: &Args) -> Result<Ended, Failure> {
    if let Some(InputsCommand::Remove(args)) = &args.command {
        return remove(args);
    }
    let known = Book::open(&args.book, Access::Read).and_then(|book| book.known_inputs()).map_err(failure)?;
    match args.format {
        Format::Text => output::page(&page(&known, output::screen_width())),
        Format::Json => {
            let inputs: Vec<Report> = known.inputs.iter().map(report).collect();
            output::to_stdout(output::json(&Reports { inputs, untold: &untold(&known) })?.as_bytes())
        }
        Format::Csv => {
            let rows: Vec<Vec<String>> = known.inputs.iter().map(|input| cells(input, true).to_vec()).collect();
            let printed = output::to_stdout(&table::csv(&[2, 10], &HEADER.map(str::to_owned), &rows));
            untold(&known).iter().for_each(|sentence| output::to_stderr(sentence));
            printed
        }
    }
}

/// Shows what is taken out, asks, and does it.
fn remove(args: &RemoveInput) -> Result<Ended, Failure> {
    // A look leaves everything as it is, and makes no book of another folder.
    let look = Book::open(&args.book, Access::Read).map_err(failure)?;
    let found = look.removable_input(args.number).map_err(failure)?;
    drop(look);
    output::page(&preview(&found))?;
    if args.answer.dry_run || !confirmed(args.answer)? {
        return output::to_stdout(b"Nothing was changed.\n");
    }
    // What rests on it by now is asked again; its number stays its own.
    let mut book = Book::open(&args.book, Access::Write).map_err(failure)?;
    let entry = book.remove_input(args.number, &args.why, now()).map_err(failure)?;
    output::to_stdout(format!("Done; entry {} of the journal says so.\n", entry.seq).as_bytes())
}

fn failure(error: BookError) -> Failure {
    Failure(error.to_string())
}

const HEADER: [&str; 12] =
    ["number", "side", "file", "sha256", "bytes", "from", "to", "kept", "append", "taken_in", "by", "signed"];

fn cells(input: &KnownInput, whole: bool) -> [String; 12] {
    let record = &input.record;
    let sha256 = if whole { &record.sha256 } else { record.sha256.get(..DIGITS).unwrap_or(&record.sha256) };
    let (from, to) = record.days.map_or_else(<_>::default, |(first, last)| (first.to_string(), last.to_string()));
    let bytes = if whole { record.bytes.to_string() } else { grouped(record.bytes) };
    let taken_in = input.taken_in.as_ref();
    let at = |known: &crate::book::Known| if whole { known.at.to_string() } else { text::minute(known.at) };
    [
        record.added.to_string(),
        record.side.name().to_owned(),
        record.path.display().to_string(),
        sha256.to_owned(),
        bytes,
        from,
        to,
        kept(input).to_owned(),
        if record.append { "append" } else { "" }.to_owned(),
        taken_in.map(at).unwrap_or_default(),
        taken_in.map(|known| known.who.clone()).unwrap_or_default(),
        months(&input.signed),
    ]
}

/// What a narrow screen has room for beside each other, and the rest.
const NARROW: [&str; 8] = ["number", "side", "sha256", "bytes", "from", "to", "kept", "file"];

fn narrow(input: &KnownInput) -> Vec<String> {
    let [number, side, file, sha256, bytes, from, to, kept, append, at, who, signed] = cells(input, false);
    let mut said = file;
    let mut add = |before: &str, text: &str| {
        if !text.is_empty() {
            said.push_str(&format!(", {before}{text}"));
        }
    };
    add("", &append);
    add("taken in ", &at);
    add("by ", &who);
    add("signed in ", &signed);
    vec![number, side, sha256, bytes, from, to, kept, said]
}

fn kept(input: &KnownInput) -> &'static str {
    if input.record.linked { "linked" } else { "copied" }
}

fn grouped(number: u64) -> String {
    text::count(i64::try_from(number).unwrap_or(i64::MAX))
}

fn months(months: &[Month]) -> String {
    months.iter().map(Month::to_string).collect::<Vec<_>>().join(" ")
}

/// `width`: of the screen, where there is one. On one that is too narrow for
/// the whole table, the file and what is known of its taking in stand below the
/// figures.
fn page(known: &KnownInputs, width: Option<usize>) -> String {
    if known.inputs.is_empty() {
        return "The book holds no file.\n".to_owned();
    }
    let rows: Vec<Vec<String>> = known.inputs.iter().map(|input| cells(input, false).to_vec()).collect();
    let mut header = HEADER.map(str::to_owned);
    header.iter_mut().for_each(|name| *name = name.replace('_', " "));
    let mut out = table::columns(HEADER.len(), &header, &rows);
    if width.is_some_and(|width| out.lines().any(|line| line.width() > width)) {
        let header = NARROW.map(str::to_owned);
        let rows: Vec<Vec<String>> = known.inputs.iter().map(narrow).collect();
        out = screen::table(header.len(), header.len() - 1, &header, &rows, width);
    }
    let total: u64 = known.inputs.iter().fold(0, |sum, input| sum.saturating_add(input.record.bytes));
    let _ = writeln!(out, "{}, {} bytes.", text::counted(known.inputs.len() as u64, "file"), grouped(total));
    for sentence in untold(known) {
        let _ = writeln!(out, "{sentence}");
    }
    out
}

/// A sentence for each signed month whose version cannot be read.
fn untold(known: &KnownInputs) -> Vec<String> {
    let sentence =
        |(month, why): &(Month, String)| format!("What {month}, which is signed, rests on cannot be told: {why}");
    known.untold.iter().map(sentence).collect()
}

fn preview(found: &Removable) -> String {
    let Removable { input, written } = found;
    let record = &input.record;
    let mut out = format!(
        "Take input {} out of the reading: {} ({}, SHA-256 {})\n",
        record.added,
        record.path.display(),
        record.side.name(),
        record.sha256
    );
    let days = record.days.map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
    let _ = writeln!(out, "  {} bytes{days}, {}", grouped(record.bytes), kept(input));
    if let Some(known) = &input.taken_in {
        let _ = writeln!(out, "  taken in by {} at {} (entry {})", known.who, text::minute(known.at), known.seq);
    }
    let _ = writeln!(out, "  No signed month rests on it. What was decided about its rows stays in the journal.");
    let kept = if record.linked { "The file stays where it is" } else { "The copy stays in the book" };
    let _ = writeln!(out, "  {kept}; giving the file again brings it back, as added then.");
    if !written.is_empty() {
        let _ = writeln!(
            out,
            "  What was written may hold its rows and what they drew from subsidies: write {} again.",
            months(written)
        );
    }
    out
}

#[derive(Serialize)]
struct Reports<'a> {
    inputs: Vec<Report<'a>>,
    /// Sentences on signed months of which nothing can be told.
    untold: &'a [String],
}

#[derive(Serialize)]
struct Report<'a> {
    number: u32,
    side: &'static str,
    file: String,
    sha256: &'a str,
    bytes: u64,
    /// The days of its rows; null until it was read.
    from: Option<String>,
    to: Option<String>,
    linked: bool,
    append: bool,
    format: Option<&'a str>,
    taken_in: Option<TakenIn<'a>>,
    signed: Vec<String>,
}

#[derive(Serialize)]
struct TakenIn<'a> {
    entry: u64,
    at: String,
    who: &'a str,
}

fn report(input: &KnownInput) -> Report<'_> {
    let record = &input.record;
    Report {
        number: record.added,
        side: record.side.name(),
        file: record.path.display().to_string(),
        sha256: &record.sha256,
        bytes: record.bytes,
        from: record.days.map(|(first, _)| first.to_string()),
        to: record.days.map(|(_, last)| last.to_string()),
        linked: record.linked,
        append: record.append,
        format: record.format.as_deref(),
        taken_in: input.taken_in.as_ref().map(|known| TakenIn {
            entry: known.seq,
            at: known.at.to_string(),
            who: &known.who,
        }),
        signed: input.signed.iter().map(Month::to_string).collect(),
    }
}
