//! What a file lists, whether or not anything was used: the spans of time its
//! rows and buckets stand for, and how its pages end. What is and is not
//! covered is made of this.

use crate::calendar::{Day, Instant};

const DAY: i64 = 86_400;

/// Spans kept before they are put in order and joined.
const ROUGH: usize = 4_096;

/// Seconds since 1970: from the first to before the second.
pub(super) type Span = (i64, i64);

#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    spans: Vec<Span>,
    /// Rows that are neither usage nor money.
    pub passed_over: u32,
    /// Buckets in pages, and the length that all of them have.
    pub buckets: u32,
    pub width: Option<u32>,
    pub uneven: bool,
    pages: Vec<Page>,
    /// The page that has not ended yet.
    open: Page,
    /// Lists of pages that were begun and not ended.
    lists: i32,
    /// The file ends before its last page, or its list of pages, does.
    pub unfinished: bool,
}

/// A page, or the part of one that a block holds.
#[derive(Debug, Clone, Copy, Default)]
struct Page {
    span: Option<Span>,
    has_more: Option<bool>,
}

impl Page {
    /// With what comes next of the same page.
    fn and(self, next: Self) -> Self {
        let span = match (self.span, next.span) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (span, None) | (None, span) => span,
        };
        Self { span, has_more: next.has_more.or(self.has_more) }
    }
}

impl Seen {
    /// Something that lasts so many seconds.
    pub fn span(&mut self, at: Instant, seconds: u32) {
        let start = at.micros().div_euclid(1_000_000);
        self.add((start, start.saturating_add(i64::from(seconds))));
    }

    fn add(&mut self, span: Span) {
        if span.0 >= span.1 {
            return;
        }
        match self.spans.last_mut() {
            Some(last) if last.0 <= span.0 && span.0 <= last.1 => last.1 = last.1.max(span.1),
            _ => self.spans.push(span),
        }
        if self.spans.len() >= ROUGH && self.spans.len().is_power_of_two() {
            self.spans = joined(std::mem::take(&mut self.spans));
        }
    }

    pub fn bucket(&mut self, at: Instant, seconds: u32) {
        self.span(at, seconds);
        self.buckets = self.buckets.saturating_add(1);
        self.uneven |= self.width.is_some_and(|width| width != seconds);
        self.width = Some(seconds);
        let start = at.micros().div_euclid(1_000_000);
        let end = start.saturating_add(i64::from(seconds));
        self.open = self.open.and(Page { span: Some((start, end)), has_more: None });
    }

    pub fn has_more(&mut self, more: bool) {
        self.open.has_more = Some(more);
    }

    /// A list of pages begins, or ends.
    pub fn list(&mut self, begins: bool) {
        self.lists = self.lists.saturating_add(if begins { 1 } else { -1 });
    }

    pub fn page_end(&mut self) {
        self.pages.push(std::mem::take(&mut self.open));
    }

    /// What comes next in the same file.
    pub fn merge(&mut self, next: Self) {
        next.spans.into_iter().for_each(|span| self.add(span));
        self.passed_over = self.passed_over.saturating_add(next.passed_over);
        self.buckets = self.buckets.saturating_add(next.buckets);
        self.uneven |= next.uneven || self.width.zip(next.width).is_some_and(|(a, b)| a != b);
        self.width = next.width.or(self.width);
        self.lists = self.lists.saturating_add(next.lists);
        for page in next.pages {
            self.open = self.open.and(page);
            self.page_end();
        }
        self.open = self.open.and(next.open);
    }

    pub fn finished(mut self) -> Self {
        if self.open.span.is_some() || self.open.has_more.is_some() {
            self.unfinished = true;
            self.page_end();
        }
        self.unfinished |= self.lists != 0;
        self.spans = joined(self.spans);
        self
    }

    /// All that is covered, in order and apart; only of a [`Seen::finished`].
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Whether a whole day is covered.
    pub fn covers(&self, day: Day) -> bool {
        let (start, end) = day_span(day);
        self.spans.iter().any(|span| span.0 <= start && end <= span.1)
    }

    /// The days that are covered, in part at least, in order and apart.
    pub fn days(&self) -> Vec<(Day, Day)> {
        let mut days: Vec<(Day, Day)> = Vec::new();
        for span in &self.spans {
            let (first, last) = (day_of(span.0), day_of(span.1 - 1));
            match days.last_mut() {
                Some(before) if first <= before.1.plus_days(1) => before.1 = before.1.max(last),
                _ => days.push((first, last)),
            }
        }
        days
    }

    /// Where pages break off: one says that there are more, and the next does
    /// not go on where it ends. The second from which on something is missing;
    /// `None` for a page that lists no time.
    pub fn breaks(&self) -> Vec<Option<i64>> {
        let goes_on = |page: &Page, next: Option<&Page>| match (page.span, next.and_then(|next| next.span)) {
            (Some(span), Some(next)) => next.0 >= span.1,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        let more = |(at, page): &(usize, &Page)| page.has_more == Some(true) && !goes_on(page, self.pages.get(at + 1));
        self.pages.iter().enumerate().filter(more).map(|(_, page)| page.span.map(|span| span.1)).collect()
    }

    /// Whether the last page says how it ends.
    pub fn says_its_end(&self) -> bool {
        self.pages.last().is_some_and(|page| page.has_more.is_some())
    }
}

/// In order, and joined where they touch.
pub(super) fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match out.last_mut() {
            Some(last) if span.0 <= last.1 => last.1 = last.1.max(span.1),
            _ => out.push(span),
        }
    }
    out
}

pub(super) fn day_span(day: Day) -> Span {
    let start = i64::from(day.number()) * DAY;
    (start, start + DAY)
}

/// The day of a second. Days are counted in 32 bits, which seconds that come
/// from an [`Instant`] never leave.
pub(super) fn day_of(second: i64) -> Day {
    Day::from_number(second.div_euclid(DAY).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_seconds(seconds)
    }

    #[test]
    fn days_are_covered_whole_or_in_part() {
        let mut seen = Seen::default();
        seen.span(at(0), 86_400);
        seen.span(at(86_400), 3_600);
        seen.span(at(3 * 86_400), 86_400);
        let seen = seen.finished();
        let day = Day::from_number;
        assert_eq!(seen.days(), [(day(0), day(1)), (day(3), day(3))]);
        assert_eq!([0, 1, 2, 3].map(|n| seen.covers(day(n))), [true, false, false, true]);
    }

    #[test]
    fn pages_that_go_on_do_not_break_off() {
        let page = |seen: &mut Seen, from: i64, more: bool| {
            seen.bucket(at(from), 10);
            seen.has_more(more);
            seen.page_end();
        };
        let broken = |pages: &[(i64, bool)]| {
            let mut seen = Seen::default();
            pages.iter().for_each(|(from, more)| page(&mut seen, *from, *more));
            seen.breaks()
        };
        assert_eq!(broken(&[(0, true), (10, true), (20, false)]), []);
        assert_eq!(broken(&[(0, true), (10, true)]), [Some(20)]);
        // Pages of two endpoints, the first cut short.
        assert_eq!(broken(&[(0, true), (0, false)]), [Some(10)]);
    }

    proptest! {
        #[test]
        fn blocks_put_together_are_the_whole(spans in proptest::collection::vec((0i64..50, 1u32..5), 0..20), cut in 0usize..20) {
            let seen = |spans: &[(i64, u32)]| {
                let mut seen = Seen::default();
                spans.iter().for_each(|(from, length)| seen.bucket(at(*from), *length));
                seen
            };
            let (first, second) = spans.split_at(cut.min(spans.len()));
            let mut merged = seen(first);
            merged.merge(seen(second));
            let (merged, whole) = (merged.finished(), seen(&spans).finished());
            prop_assert_eq!(merged.spans(), whole.spans());
            prop_assert_eq!((merged.buckets, merged.uneven), (whole.buckets, whole.uneven));
            let covered = (0..60).filter(|second| spans.iter().any(|(from, length)| (*from..*from + i64::from(*length)).contains(second))).count();
            prop_assert_eq!(whole.spans().iter().map(|span| (span.1 - span.0) as usize).sum::<usize>(), covered);
        }
    }
}
