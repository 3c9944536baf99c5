//! `trueup fetch`: the provider's own reports, saved in the book as they came.

use std::cell::Cell;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{IsTerminal, Write};
use std::time::Duration;

use super::fetch_args::Fetch as Args;
use super::{Ended, Failure, output};
use crate::book::{self, Access, Book, INPUTS, Imported};
use crate::calendar::Instant;
use crate::source::fetch::{
    AdminKey, Asked, Backoff, Base, BucketWidth, Endpoint, Event, Fetch, Fetched, Http, Job, Range, World, sweep,
};
use crate::usage::Side;

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let now = book::now();
    let (range, jobs) = plan(args, now)?;
    let base = Base::parse(&args.base_url)?;
    let organization = args.org.as_deref();
    if organization.is_some_and(|id| id.is_empty() || !id.bytes().all(|b| b.is_ascii_graphic())) {
        return Err(Failure("--org is no organization; write its id, such as org-AbC123.".into()));
    }
    let key = key_from(&args.key_env)?;
    // The lock of the book also keeps two fetches from writing one file.
    let mut book = Book::open(&args.book, Access::Write).map_err(|e| Failure(e.to_string()))?;
    let folder = book.dir().join(INPUTS);
    std::fs::create_dir_all(&folder)
        .and_then(|()| sweep(&folder, now))
        .map_err(|e| Failure(format!("{} cannot be written: {e}.", folder.display())))?;

    let terminal = Terminal::new(jobs.len());
    let mut fetch = Fetch {
        transport: &Http::new(&base, &key, organization),
        asked: Asked { host: base.host(), key_from: &args.key_env, organization, key: &key },
        base: base.address(),
        folder: &folder,
        world: &terminal,
        backoff: Backoff::new(RandomState::new().build_hasher().finish()),
    };
    let mut failures = Vec::new();
    for (number, job) in (1..).zip(&jobs) {
        terminal.number.set(number);
        let fetched = fetch.run(job);
        terminal.clear();
        match fetched {
            Ok(fetched) => {
                output::page(&keep(&mut book, job, &fetched)?)?;
                for notice in &fetched.notices {
                    output::to_stderr(&format!("{notice}."));
                }
            }
            Err(error) => {
                failures.push(error.text);
                if error.stops_all {
                    break;
                }
            }
        }
    }
    if failures.is_empty() {
        say_unsettled(range, now);
        return Ok(Ended::Well);
    }
    Err(Failure(failures.join(".\ntrueup: ") + "."))
}

/// What to fetch, in order.
fn plan(args: &Args, now: Instant) -> Result<(Range, Vec<Job>), Failure> {
    let (range, width) = match (args.from, args.to, args.since) {
        (_, _, Some(minutes)) => (Range::last(minutes, now), BucketWidth::Minute),
        (Some(from), Some(to), None) => (Range::days(from, to, now).map_err(|e| Failure(e + "."))?, args.bucket_width),
        _ => return Err(Failure("Give --from and --to, or --since.".into())),
    };
    let wanted = |endpoint: &Endpoint| args.only.is_empty() || args.only.contains(endpoint);
    let by_day_only = |endpoint: &Endpoint| range.provisional && *endpoint == Endpoint::Costs;
    if args.only.iter().any(by_day_only) {
        return Err(Failure("Costs come by the day; fetch them with --from and --to instead of --since.".into()));
    }
    let endpoints = Endpoint::ALL.into_iter().filter(|endpoint| wanted(endpoint) && !by_day_only(endpoint));
    Ok((range, endpoints.map(|endpoint| Job::new(endpoint, range, width)).collect()))
}

fn key_from(name: &str) -> Result<AdminKey, Failure> {
    let how = "Put the organization's admin key into it, or name another variable with --key-env";
    let text = std::env::var(name).map_err(|error| match error {
        std::env::VarError::NotPresent => Failure(format!("The environment has no {name}. {how}.")),
        std::env::VarError::NotUnicode(_) => Failure(format!("{name} is not text. {how}.")),
    })?;
    AdminKey::new(&text).map_err(|why| Failure(format!("{name} {why}. {how}.")))
}

/// Takes a report into the book; says what it came to, and where it is now. A
/// report without a row is no bill, and pages without rows do not even say of
/// what they are; so it is said and not kept.
fn keep(book: &mut Book, job: &Job, fetched: &Fetched) -> Result<String, Failure> {
    let count = |n: u64, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let Fetched { file, name, pages, resumed, rows, bytes, .. } = fetched;
    if *rows == 0 {
        std::fs::remove_file(file).map_err(|e| Failure(format!("{} cannot be removed: {e}.", file.display())))?;
        return Ok(format!("{}: no rows in {}\n", job.endpoint, count((*pages).into(), "page")));
    }
    let Imported { record, entry } =
        book.import_made(file, name, Side::Bill, book::now()).map_err(|e| Failure(e.to_string()))?;
    let resumed = if *resumed > 0 { format!(" ({resumed} of them kept from before)") } else { String::new() };
    let provisional = if job.range.provisional { ", provisional" } else { "" };
    let known = if entry.is_none() { ", as it was" } else { "" };
    Ok(format!(
        "{}: {}, {}{resumed}, {}{provisional}{known}\n  {}\n  sha256 {}\n",
        job.endpoint,
        count(*rows, "row"),
        count((*pages).into(), "page"),
        count(*bytes, "byte"),
        record.stored.strip_prefix(book.dir()).unwrap_or(&record.stored).display(),
        record.sha256,
    ))
}

fn say_unsettled(range: Range, now: Instant) {
    if range.provisional {
        output::to_stderr(
            "these minutes are provisional: they count until their whole day is fetched with --from and --to.",
        );
    } else if let Some(first) = range.unsettled_from(now) {
        output::to_stderr(&format!(
            "{first} and later are not settled yet and may grow; fetch them again in a few days."
        ));
    }
}

/// A line on standard error while pages come, if somebody is looking.
struct Terminal {
    shown: bool,
    number: Cell<usize>,
    of: usize,
}

impl Terminal {
    fn new(of: usize) -> Self {
        Self { shown: std::io::stderr().is_terminal(), number: Cell::new(0), of }
    }

    fn clear(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}

impl World for Terminal {
    fn now(&self) -> Instant {
        book::now()
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn tell(&self, event: Event<'_>) {
        if !self.shown {
            return;
        }
        let place = format!("{} of {}", self.number.get(), self.of);
        match event {
            Event::Kept { job, pages, rows, reached } => {
                let to = reached.map(|at| format!(", to {}", Instant::from_seconds(at))).unwrap_or_default();
                eprint!("\r\x1b[K{} ({place}): page {pages}, {rows} rows{to}", job.endpoint);
            }
            Event::Waiting { job, time, why } => {
                let seconds = time.as_millis().div_ceil(1_000);
                eprint!("\r\x1b[K{} ({place}): {why}; waiting {seconds} s", job.endpoint);
            }
        }
        let _ = std::io::stderr().flush();
    }
}
