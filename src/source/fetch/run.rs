//! Fetching one report: asks for page after page, waits and asks again where
//! that helps, and keeps each page before it asks for the next.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::page::{NotAPage, Page};
use super::pages::{Next, Pages};
use super::partial::Partial;
use super::plan::{Endpoint, Job};
use super::refusal::{Asked, FetchError, is_passing};
use super::retry::{Backoff, retry_after};
use super::transport::{Lost, Transport};
use crate::calendar::Instant;

/// What a fetch needs of the world around it.
pub trait World {
    fn now(&self) -> Instant;
    fn wait(&self, time: Duration);
    fn tell(&self, event: Event<'_>);
}

/// What happens, for who watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// So much of a report is kept: whole pages, rows, and the end of the
    /// last bucket in unix seconds.
    Kept { job: &'a Job, pages: u32, rows: u64, reached: Option<i64> },
    /// A request failed for this reason and is made again.
    Waiting { job: &'a Job, time: Duration, why: &'a str },
}

/// A report, whole, in a file of its own.
#[derive(Debug)]
pub struct Fetched {
    /// The pages exactly as they came, one behind the other. To be moved to
    /// its place and imported.
    pub file: PathBuf,
    /// The name it should have there.
    pub name: String,
    pub pages: u32,
    /// Of these pages, those an interrupted fetch had kept.
    pub resumed: u32,
    pub rows: u64,
    pub bytes: u64,
    /// What the operator should know about the answer, in sentences.
    pub notices: Vec<String>,
}

/// Everything the fetching of several reports shares.
pub struct Fetch<'a> {
    pub transport: &'a dyn Transport,
    pub asked: Asked<'a>,
    /// The base address; a beginning from another one is not gone on with.
    pub base: &'a str,
    /// Where files are gathered.
    pub folder: &'a Path,
    pub world: &'a dyn World,
    pub backoff: Backoff,
}

impl Fetch<'_> {
    /// Fetches a report, going on where an interrupted fetch stopped.
    ///
    /// # Errors
    /// A sentence. Whole pages stay in the file, for the next time.
    pub fn run(&mut self, job: &Job) -> Result<Fetched, FetchError> {
        let query = format!("{} {:?} {}", self.base, self.asked.organization, job.target(None));
        let name = job.file_name();
        let mut pages = Pages::new(job);
        let mut partial = Partial::open(self.folder, &name, &query, &mut pages, self.world.now())
            .map_err(|error| disk(self.folder, &error))?;
        let resumed = match self.gather(job, &mut partial, &mut pages) {
            Ok(resumed) => resumed,
            Err(error) => {
                partial.leave();
                return Err(error);
            }
        };
        let notices = notices(job, &pages, self.world.now());
        let (Pages { count, rows, .. }, bytes) = (pages, partial.bytes);
        Ok(Fetched { file: partial.close(), name, pages: count, resumed, rows, bytes, notices })
    }

    /// Asks until the report is whole; gives how many of its pages were there
    /// before.
    fn gather(&mut self, job: &Job, partial: &mut Partial, pages: &mut Pages) -> Result<u32, FetchError> {
        let mut resumed = pages.count;
        self.tell_kept(job, pages);
        loop {
            let target = match pages.next() {
                Next::Done => return Ok(resumed),
                Next::First => job.target(None),
                Next::Behind(cursor) => job.target(Some(cursor)),
            };
            let (body, page) = match self.page(job, &target) {
                Ok(found) => found,
                // A cursor may be forgotten over night: then from the start.
                Err(Failed::Refused(_)) if resumed > 0 && pages.count == resumed => {
                    partial.clear().map_err(|error| disk(&partial.path, &error))?;
                    (*pages, resumed) = (Pages::new(job), 0);
                    continue;
                }
                Err(Failed::Refused(error) | Failed::Other(error)) => return Err(error),
            };
            pages.accept(&page).map_err(|why| self.bad_page(job, pages.count, &why.to_string()))?;
            partial.add(&body).map_err(|error| disk(&partial.path, &error))?;
            self.tell_kept(job, pages);
        }
    }

    fn tell_kept(&self, job: &Job, pages: &Pages) {
        self.world.tell(Event::Kept { job, pages: pages.count, rows: pages.rows, reached: pages.reached() });
    }

    /// One page, whole and understood, with as many tries as it takes.
    fn page(&mut self, job: &Job, target: &str) -> Result<(Vec<u8>, Page), Failed> {
        let path = target.split('?').next().unwrap_or(target);
        let mut failed = 0;
        loop {
            failed += 1;
            let (why, asked, error) = match self.transport.get(target) {
                Ok(answer) if answer.status == 200 => {
                    if self.asked.key.is_in(&answer.body) {
                        return Err(Failed::Other(self.repeats_key(path)));
                    }
                    match Page::parse(&answer.body) {
                        Ok(page) => return Ok((answer.body, page)),
                        Err(NotAPage::Malformed(what)) => {
                            let what = self.asked.key.hide_in(&what);
                            let text = format!(
                                "{} answers {path} with something else than a page of the admin API ({what}). \
                                 Look at --base-url",
                                self.asked.host
                            );
                            return Err(Failed::Other(FetchError { text, stops_all: false }));
                        }
                        Err(NotAPage::CutShort) => {
                            let error = self.unreachable("stops in the middle of a page");
                            ("the page was cut short".to_owned(), None, error)
                        }
                    }
                }
                Ok(answer) => {
                    let error = self.asked.refused(path, &answer);
                    if !is_passing(answer.status) {
                        return Err(if matches!(answer.status, 400 | 404 | 410 | 422) {
                            Failed::Refused(error)
                        } else {
                            Failed::Other(error)
                        });
                    }
                    let asked = answer.retry_after.as_deref().and_then(|text| retry_after(text, self.world.now()));
                    (format!("the server answers {}", answer.status), asked, error)
                }
                Err(Lost::ForGood(why)) => {
                    let text = format!("{} {}", self.asked.host, self.asked.key.hide_in(&why));
                    return Err(Failed::Other(FetchError { text, stops_all: true }));
                }
                Err(Lost::Connection(why)) => (format!("the server {why}"), None, self.unreachable(&why)),
            };
            let Some(time) = self.backoff.wait(failed, asked) else { return Err(Failed::Other(error)) };
            self.world.tell(Event::Waiting { job, time, why: &why });
            self.world.wait(time);
        }
    }

    fn unreachable(&self, why: &str) -> FetchError {
        let why = self.asked.key.hide_in(why);
        let text = format!("{} {why}. Fetch again later; it goes on where it stopped", self.asked.host);
        FetchError { text, stops_all: true }
    }

    fn repeats_key(&self, path: &str) -> FetchError {
        let host = self.asked.host;
        let text = format!("{host} repeats the admin key in its answer to {path}, so nothing of it is kept");
        FetchError { text, stops_all: true }
    }

    fn bad_page(&self, job: &Job, before: u32, why: &str) -> FetchError {
        let text = format!("{}: page {} from {} {why}. Fetch again later", job.endpoint, before + 1, self.asked.host);
        FetchError { text, stops_all: false }
    }
}

/// Why there is no page.
enum Failed {
    /// The question itself is refused.
    Refused(FetchError),
    Other(FetchError),
}

fn disk(path: &Path, error: &std::io::Error) -> FetchError {
    let text =
        format!("{} cannot be written: {error}. Make room or mend it, then fetch again to go on", path.display());
    FetchError { text, stops_all: true }
}

/// What is true of a whole answer and easily overlooked.
fn notices(job: &Job, pages: &Pages, now: Instant) -> Vec<String> {
    let mut notices = Vec::new();
    let endpoint = job.endpoint;
    for dimension in pages.unnamed(endpoint.group_by()) {
        let name = dimension.name();
        notices.push(format!(
            "{endpoint}: no row names its {name}, although they were asked for by it; nothing can be told apart by {name}"
        ));
    }
    // The bucket that is not over may be there or not.
    for (start, end) in pages.gaps(job.over_at(now)) {
        let text = span(start, end);
        let what = if endpoint == Endpoint::Costs { "cost" } else { "usage" };
        notices.push(format!("{endpoint}: the answer does not cover {text}; no {what} of that time is known"));
    }
    notices
}

fn span(start: i64, end: i64) -> String {
    let at = Instant::from_seconds;
    let (first, last) = (at(start).day(), at(end - 1).day());
    if at(start) != Instant::start_of(first) || at(end) != Instant::start_of(last.plus_days(1)) {
        return format!("{} to {}", at(start), at(end));
    }
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
