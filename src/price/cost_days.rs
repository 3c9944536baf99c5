//! The days whose money is known from costs, on which usage is evidence and
//! is not billed once more.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::calendar::{Day, Month};
use crate::usage::{Lines, Shape};

/// For each month with costs, the first and the last day that has one.
///
/// A day between them without any cost is a day on which nothing was billed:
/// an export leaves it blank. Days after the last one are not settled yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CostDays {
    months: FxHashMap<Month, (Day, Day)>,
}

impl CostDays {
    /// Of the costs and no other lines; it does not matter which file or
    /// account they are from, since an export of usage names no account.
    pub fn of(lines: &Lines) -> Self {
        Self { months: months(lines, Shape::Cost) }
    }

    /// The same of usage, whose days are those that can be held against costs.
    pub fn of_usage(lines: &Lines) -> Self {
        Self { months: months(lines, Shape::Usage) }
    }

    pub fn holds(&self, day: Day) -> bool {
        self.months.get(&day.month()).is_some_and(|(first, last)| (*first..=*last).contains(&day))
    }

    /// Whether a row is usage whose money stands in the costs of the same days.
    pub fn is_evidence(&self, lines: &Lines, row: u32) -> bool {
        !self.months.is_empty() && lines.shape(row) == Shape::Usage && lines.day(row).is_some_and(|day| self.holds(day))
    }

    pub fn is_empty(&self) -> bool {
        self.months.is_empty()
    }
}

fn months(lines: &Lines, shape: Shape) -> FxHashMap<Month, (Day, Day)> {
    if lines.files().iter().all(|file| file.shape != shape) {
        return FxHashMap::default();
    }
    let wider = |a: (Day, Day), b: (Day, Day)| (a.0.min(b.0), a.1.max(b.1));
    let add = |mut months: FxHashMap<Month, (Day, Day)>, (month, days): (Month, (Day, Day))| {
        months.entry(month).and_modify(|known| *known = wider(*known, days)).or_insert(days);
        months
    };
    (0..lines.len() as u32)
        .into_par_iter()
        .with_min_len(1 << 14)
        .filter(|row| lines.shape(*row) == shape)
        .filter_map(|row| lines.day(row))
        .fold(FxHashMap::default, |months, day| add(months, (day.month(), (day, day))))
        .reduce(FxHashMap::default, |a, b| b.into_iter().fold(a, add))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Instant;
    use crate::usage::{Line, Names, SourceFile};

    fn lines(rows: &[(Shape, &str)]) -> Lines {
        let (mut names, mut lines) = (Names::default(), Lines::default());
        for (shape, day) in rows {
            let file = lines.add_file(SourceFile::of_shape(*shape));
            let at = day.parse().ok().map(Instant::start_of);
            lines.push(&mut names, file, &Line { at, ..Line::default() });
        }
        lines
    }

    #[test]
    fn usage_between_the_first_and_the_last_cost_of_a_month_is_evidence() {
        use Shape::{Cost, Request, Usage};
        let lines = lines(&[
            (Cost, "2026-01-05"),
            (Cost, "2026-01-20"),
            (Cost, "2026-03-02"),
            (Usage, "2026-01-04"),
            (Usage, "2026-01-05"),
            (Usage, "2026-01-12"),
            (Usage, "2026-01-20"),
            (Usage, "2026-01-21"),
            (Usage, "2026-02-10"),
            (Usage, ""),
            (Request, "2026-01-12"),
        ]);
        let days = CostDays::of(&lines);
        let evidence: Vec<u32> = (0..lines.len() as u32).filter(|row| days.is_evidence(&lines, *row)).collect();
        assert_eq!(evidence, [4, 5, 6]);
        let feb = |days: CostDays| days.holds("2026-02-10".parse().unwrap());
        assert!(!feb(days) && feb(CostDays::of_usage(&lines)));
    }
}
