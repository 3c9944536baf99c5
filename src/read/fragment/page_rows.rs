//! The rows of a block of pages: the results of their buckets.

use super::{Rows, unreadable};
use crate::read::block::lines_in;
use crate::read::cells::{AGAIN, Cells, Problem};
use crate::read::{json, pages};

/// Bytes of the longest text that could be a time.
const LONGEST_TIME: usize = 64;

impl Rows<'_> {
    /// Buckets of pages, each with its results.
    pub(super) fn pages(&mut self, bytes: &[u8], inside: bool) {
        let (first_line, mut keys) = (self.line, json::Keys::default());
        let (mut counted, mut lines) = (0, 0);
        let mut line_of = |at: usize| {
            lines += lines_in(bytes.get(counted..at).unwrap_or(&[]));
            counted = at;
            first_line + lines
        };
        for step in pages::Walk::new(bytes, inside) {
            match step {
                pages::Step::HasMore(more) => self.out.seen.has_more(more),
                pages::Step::PageEnd => self.out.seen.page_end(),
                pages::Step::List(begins) => self.out.seen.list(begins),
                pages::Step::Broken(at, why) => {
                    self.line = line_of(at);
                    let last = line_of(bytes.len());
                    let lost = if last > self.line {
                        format!(" (lines {} to {last} are not read)", self.line)
                    } else {
                        String::new()
                    };
                    self.bad(bytes.get(at..).unwrap_or(&[]), Problem::row(format_args!("{why}{lost}"), AGAIN));
                }
                pages::Step::Bucket(at, raw) => {
                    self.line = line_of(at);
                    let parse = || pages::Bucket::parse(raw).map_err(|why| Problem::row(why, AGAIN));
                    match unreadable(raw).map_or_else(parse, Err) {
                        Ok(bucket) => self.bucket(raw, &bucket, &mut keys, |part| line_of(at + part)),
                        Err(problem) => self.bad(raw, problem),
                    }
                }
            }
        }
    }

    fn bucket(
        &mut self,
        raw: &[u8],
        bucket: &pages::Bucket<'_>,
        keys: &mut json::Keys,
        mut line_of: impl FnMut(usize) -> u64,
    ) {
        let format = self.plan.format;
        let (start, end) = (bucket.start_time.get(), bucket.end_time.get());
        if start.len().max(end.len()) > LONGEST_TIME {
            // It would be read for each result.
            self.bad(raw, Problem::row("is a bucket whose times are no times", AGAIN));
            return;
        }
        let field = |name| format.field_of(name).map(|(field, _)| field);
        let (Some(start_field), Some(end_field)) = (field("start_time"), field("end_time")) else {
            self.bad(
                raw,
                Problem::row(
                    format_args!("is a bucket, and {} has none", format.info.name),
                    "name the format the file is in",
                ),
            );
            return;
        };
        let mut times = Cells::blank();
        times.set(start_field, start.trim_matches('"'));
        times.set(end_field, end.trim_matches('"'));
        let at = match times.span(start_field, end_field, 0) {
            Ok((at, span)) => {
                self.out.seen.bucket(at, span);
                at
            }
            Err(problem) => return self.bad(raw, problem),
        };
        for (number, result) in (1..).zip(&bucket.results) {
            let text = result.get();
            self.line = line_of(pages::offset(raw, text));
            self.part = Some((at.micros(), number));
            match json::texts(format, text.as_bytes(), keys) {
                Ok(mut texts) => {
                    texts.set(start_field, start.trim_matches('"'));
                    texts.set(end_field, end.trim_matches('"'));
                    self.result(text.as_bytes(), &texts.cells());
                }
                Err(problem) => self.bad(text.as_bytes(), problem),
            }
        }
        self.part = None;
    }

    /// A result of a bucket: it is there because it says something.
    fn result(&mut self, raw: &[u8], cells: &Cells<'_>) {
        let blank = self.out.blank_rows;
        self.row(raw, cells);
        if self.out.blank_rows > blank {
            self.out.blank_rows = blank;
            let name = self.plan.format.info.name;
            self.bad(
                raw,
                Problem::row(
                    format_args!("has none of the figures of {name}"),
                    "if it comes from another endpoint, put its pages in a file of their own",
                ),
            );
        }
    }
}
