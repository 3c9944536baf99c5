//! Where the pages of a file end: before everything was said, or in the middle
//! of a day; and whether another file goes on from there.

use super::coverage::{CoverageNote, CutShort, File, NoteKind, name};
use super::seen::day_of;
use crate::calendar::{Day, Instant};

impl File<'_> {
    /// Whether pages are missing at its end, and no other file has them.
    pub fn cut_short(&self, files: &[File<'_>], notes: &mut Vec<CoverageNote>) -> Option<CutShort> {
        let goes_on = |second: i64| {
            let others = files.iter().filter(|file| self.is_more_of_the_same(file));
            others.flat_map(|file| file.seen.spans()).any(|span| span.0 <= second && second < span.1)
        };
        let end = self.seen.spans().last().map(|span| span.1);
        let mut breaks = self.seen.breaks();
        if self.seen.unfinished && breaks.is_empty() {
            breaks.push(end);
        }
        let open = breaks.iter().find(|second| second.is_none_or(|second| !goes_on(second)));
        let (text, second, certain) = match (open, self.default_limit()) {
            (Some(second), _) if self.seen.unfinished => {
                ("ends in the middle of a page: the file is cut short. Download it again.".to_owned(), *second, true)
            }
            (Some(second), _) => {
                let from = second.map(|second| format!(" at {}", Instant::from_seconds(second))).unwrap_or_default();
                (
                    format!("ends{from} where there is more: its last page says that others follow. Fetch them too."),
                    *second,
                    true,
                )
            }
            (None, Some((buckets, what))) if end.is_some_and(|end| !goes_on(end)) => (
                format!(
                    "holds exactly {buckets} {what}, which is what the API gives when no limit is asked for, and does not say whether there is more; compare its days with those you asked for, and fetch the rest or all of it with a limit."
                ),
                end,
                false,
            ),
            _ => return None,
        };
        notes.push(CoverageNote::of(NoteKind::CutShort, self.source, text));
        Some(CutShort { from: second.map(day_of), certain })
    }

    /// Whether another file may hold what this one leaves out: it is of the
    /// same family and, of usage, of the same endpoint.
    fn is_more_of_the_same(&self, other: &File<'_>) -> bool {
        let (ours, theirs) = (&self.content.actions, &other.content.actions);
        !std::ptr::eq(self.source, other.source)
            && self.format.family == other.format.family
            && (ours.is_empty() || theirs.is_empty() || ours.iter().any(|action| theirs.contains(action)))
    }

    /// Days of which pages list but a part, as of the last ten minutes.
    pub fn parts(&self, files: &[File<'_>], notes: &mut Vec<CoverageNote>) {
        if self.seen.buckets == 0 || self.source.rows == 0 {
            return;
        }
        let days = self.days.iter().flat_map(|(first, last)| (first.number()..=last.number()).map(Day::from_number));
        for day in days.filter(|day| !self.seen.covers(*day)) {
            let whole = files.iter().find(|file| self.is_more_of_the_same(file) && file.seen.covers(day));
            let text = match whole {
                Some(whole) => {
                    format!(
                        "holds a part of {day} only. {} holds all of it and counts instead.",
                        name(&whole.source.path)
                    )
                }
                None => format!("holds a part of {day} only. It counts until a download holds the whole day."),
            };
            notes.push(CoverageNote::of(NoteKind::Part, self.source, text));
        }
    }

    /// The limit that the API applies unasked, if the file holds just so many
    /// buckets and does not say that these were all.
    fn default_limit(&self) -> Option<(u32, &'static str)> {
        if self.seen.says_its_end() || self.seen.uneven {
            return None;
        }
        let default = match self.seen.width? {
            86_400 => (7, "days"),
            3_600 => (24, "hours"),
            60 => (60, "minutes"),
            _ => return None,
        };
        (self.seen.buckets == default.0).then_some(default)
    }
}
