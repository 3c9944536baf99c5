//! The pages of one report in order: what was asked for next, what is there
//! so far, and when it is whole. The same machine takes pages from a
//! connection and from the partial file of an interrupted fetch.

use std::collections::BTreeSet;

use super::page::{Named, Page};
use super::plan::{Dimension, Job, Range};

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    First,
    /// The page behind this cursor.
    Behind(String),
    Done,
}

/// Why a page cannot follow those before it. Parts of sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutOfOrder {
    #[error("says that there is more, and gives no cursor to ask for it")]
    NoCursor,
    #[error("gives a cursor that an earlier page gave already, so the pages would never end")]
    CursorAgain,
    #[error("holds a bucket that an earlier page held already, with the same rows, which would count twice")]
    BucketAgain,
    #[error("is one more than the range has buckets, so the pages would never end")]
    TooMany,
}

/// All pages of a report so far.
#[derive(Debug)]
pub struct Pages {
    most: u32,
    next: Next,
    cursors: BTreeSet<String>,
    /// Start and digest of each bucket with rows.
    filled: BTreeSet<(i64, u64)>,
    spans: BTreeSet<(i64, i64)>,
    named: Named,
    pub count: u32,
    pub rows: u64,
}

impl Pages {
    pub fn new(job: &Job) -> Self {
        Self {
            most: job.most_pages(),
            next: Next::First,
            cursors: BTreeSet::new(),
            filled: BTreeSet::new(),
            spans: BTreeSet::new(),
            named: Named::default(),
            count: 0,
            rows: 0,
        }
    }

    pub fn next(&self) -> &Next {
        &self.next
    }

    /// Takes the page that [`Pages::next`] asked for.
    ///
    /// # Errors
    /// [`OutOfOrder`]; nothing of the page is taken then.
    pub fn accept(&mut self, page: &Page) -> Result<(), OutOfOrder> {
        if self.count >= self.most {
            return Err(OutOfOrder::TooMany);
        }
        let next = match (page.has_more, &page.next_page) {
            (false, _) => Next::Done,
            (true, None) => return Err(OutOfOrder::NoCursor),
            (true, Some(cursor)) if self.cursors.contains(cursor) => return Err(OutOfOrder::CursorAgain),
            (true, Some(cursor)) => Next::Behind(cursor.clone()),
        };
        let filled = || page.buckets.iter().filter(|bucket| bucket.rows > 0).map(|b| (b.start, b.digest));
        // Also twice on this one page.
        let mut of_page = BTreeSet::new();
        if filled().any(|bucket| self.filled.contains(&bucket) || !of_page.insert(bucket)) {
            return Err(OutOfOrder::BucketAgain);
        }
        self.filled.append(&mut of_page);
        for bucket in &page.buckets {
            self.spans.insert((bucket.start, bucket.end));
            self.named.join(bucket.named);
            self.rows += bucket.rows;
        }
        if let Next::Behind(cursor) = &next {
            self.cursors.insert(cursor.clone());
        }
        self.next = next;
        self.count += 1;
        Ok(())
    }

    /// The end of the last bucket, in unix seconds.
    pub fn reached(&self) -> Option<i64> {
        self.spans.iter().map(|(_, end)| *end).max()
    }

    /// Dimensions that were asked for and that no row gives; none where there
    /// are no rows.
    pub fn unnamed(&self, asked: &[Dimension]) -> Vec<Dimension> {
        if self.rows == 0 {
            return Vec::new();
        }
        asked.iter().copied().filter(|dimension| !self.named.has(*dimension)).collect()
    }

    /// The spans of the range, in unix seconds, that no bucket covers.
    pub fn gaps(&self, range: Range) -> Vec<(i64, i64)> {
        let mut gaps = Vec::new();
        let mut covered = range.start;
        for (start, end) in &self.spans {
            if *start > covered && covered < range.end {
                gaps.push((covered, (*start).min(range.end)));
            }
            covered = covered.max(*end);
        }
        if covered < range.end {
            gaps.push((covered, range.end));
        }
        gaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::fetch::plan::{BucketWidth, Endpoint};
    use proptest::prelude::*;

    const DAY: i64 = 86_400;

    fn job(days: i64) -> Job {
        let range = Range { start: 0, end: days * DAY, provisional: false };
        Job::new(Endpoint::Costs, range, BucketWidth::Day)
    }

    fn page(days: std::ops::Range<i64>, rows: &str, next: &str) -> Page {
        let buckets: Vec<String> = days
            .map(|d| format!(r#"{{"start_time":{},"end_time":{},"results":[{rows}]}}"#, d * DAY, (d + 1) * DAY))
            .collect();
        let text = format!(
            r#"{{"object":"page","data":[{}],"has_more":{},"next_page":{next}}}"#,
            buckets.join(","),
            next != "null"
        );
        Page::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn pages_follow_each_other_until_there_is_no_more() {
        let mut pages = Pages::new(&job(3));
        assert_eq!(pages.next(), &Next::First);
        pages.accept(&page(0..2, r#"{"project_id":"p"}"#, r#""a""#)).unwrap();
        assert_eq!(pages.next(), &Next::Behind("a".into()));
        pages.accept(&page(2..3, "", "null")).unwrap();
        assert_eq!((pages.next(), pages.count, pages.rows), (&Next::Done, 2, 2));
        assert_eq!(pages.reached(), Some(3 * DAY));
        assert_eq!(pages.unnamed(&[Dimension::Project, Dimension::ApiKey]), [Dimension::ApiKey]);
        assert!(pages.gaps(job(3).range).is_empty());
    }

    #[test]
    fn pages_that_would_never_end_are_refused() {
        let mut pages = Pages::new(&job(1));
        pages.accept(&page(0..0, "", r#""a""#)).unwrap();
        assert_eq!(pages.accept(&page(0..0, "", r#""a""#)), Err(OutOfOrder::CursorAgain));
        pages.accept(&page(0..0, "", r#""b""#)).unwrap();
        pages.accept(&page(0..0, "", r#""c""#)).unwrap();
        assert_eq!(pages.accept(&page(0..0, "", r#""d""#)), Err(OutOfOrder::TooMany));
        let mut pages = Pages::new(&job(1));
        let mut lost = page(0..1, "", r#""a""#);
        lost.next_page = None;
        assert_eq!(pages.accept(&lost), Err(OutOfOrder::NoCursor));
        assert_eq!((pages.next(), pages.count), (&Next::First, 0));
    }

    #[test]
    fn a_page_that_comes_again_under_another_cursor_is_refused() {
        let mut pages = Pages::new(&job(4));
        pages.accept(&page(0..2, r#"{"line_item":"x"}"#, r#""a""#)).unwrap();
        assert_eq!(pages.accept(&page(1..3, r#"{"line_item":"x"}"#, "null")), Err(OutOfOrder::BucketAgain));
        assert_eq!(pages.rows, 2, "nothing of a refused page counts");
        // The same days without rows, or with others, add nothing twice.
        pages.accept(&page(1..2, r#"{"line_item":"y"}"#, r#""b""#)).unwrap();
        pages.accept(&page(0..4, "", "null")).unwrap();
    }

    #[test]
    fn days_without_a_bucket_are_gaps() {
        let mut pages = Pages::new(&job(7));
        pages.accept(&page(1..3, "", r#""a""#)).unwrap();
        pages.accept(&page(4..5, "", "null")).unwrap();
        assert_eq!(pages.gaps(job(7).range), [(0, DAY), (3 * DAY, 4 * DAY), (5 * DAY, 7 * DAY)]);
        assert_eq!(Pages::new(&job(2)).gaps(job(2).range), [(0, 2 * DAY)]);
    }

    proptest! {
        /// However the buckets are cut into pages, the sum is the same.
        #[test]
        fn the_size_of_a_page_changes_nothing(days in 1i64..60, size in 1i64..60) {
            let mut pages = Pages::new(&job(days));
            let mut at = 0;
            while at < days {
                let end = (at + size).min(days);
                let next = if end == days { "null".into() } else { format!("\"{end}\"") };
                pages.accept(&page(at..end, r#"{"line_item":"x"}"#, &next)).unwrap();
                at = end;
            }
            prop_assert_eq!((pages.next(), pages.rows), (&Next::Done, days as u64));
            prop_assert!(pages.gaps(job(days).range).is_empty());
        }
    }
}
