//! The finest dimensions that two sides share, for each day.

use std::collections::BTreeMap;

use super::seen::{Counts, Dim, NO_DAY, Seen};
use super::{Dims, Family, Finest, Period, What, Who};

/// Which dimensions lines are compared by. Days on which the bill is grouped
/// by the same dimensions are one part, and have one grain: a month whose
/// first half was exported by project and whose second half was not has two.
pub(in crate::reconcile) struct Choice {
    /// First day and part, ascending: a day of the ledger that the bill does
    /// not have is compared as the one before it.
    days: Vec<(i32, u32)>,
    parts: Vec<Part>,
}

struct Part {
    dims: Dims,
    why: String,
}

impl Choice {
    /// For lines of `bill` against those of `ledger`, which may also be two
    /// kinds of line of one side. `names` are what sentences call the two.
    pub fn of(family: Family, finest: Finest, bill: &Seen, ledger: &Seen, names: [&str; 2]) -> Self {
        // Which dimensions a day's bill is grouped by; a day with none to be
        // asked, such as one with a promotion only, is as the one before it.
        let of = |seen: &Seen, day: i32| seen.days.get(&day).copied().unwrap_or_default();
        let mask = |day: i32, counts: &Counts| Mask { dims: counts.some(), period: period(counts, &of(ledger, day)) };
        let mut masks: Vec<(i32, Option<Mask>)> =
            bill.days.iter().map(|(day, counts)| (*day, (!counts.is_empty()).then(|| mask(*day, counts)))).collect();
        masks.sort_unstable();
        let mut last = masks.iter().find_map(|(_, mask)| *mask).unwrap_or(Mask { dims: 0, period: Period::Day });
        // Days on which the ledger cannot be told apart are a part of their own.
        type Alike = (Mask, u8);
        let mut by_mask: BTreeMap<Alike, (Counts, Counts)> = BTreeMap::new();
        let days: Vec<(i32, Alike)> = masks
            .into_iter()
            .map(|(day, mask)| {
                last = mask.unwrap_or(last);
                let of = |seen: &Seen| of(seen, day);
                let alike = (last, of(ledger).mixed());
                let sum = by_mask.entry(alike).or_default();
                *sum = (sum.0.plus(of(bill)), sum.1.plus(of(ledger)));
                (day, alike)
            })
            .collect();
        let everything = ledger.total().told_apart();
        let parts: Vec<(Alike, Part)> = by_mask
            .into_iter()
            .map(|(mask, (left, right))| {
                // With nothing on these days, the rest says what such lines carry;
                // that none of their names is on the bill then says nothing.
                let (right, meet) = if right.is_empty() { (everything, false) } else { (right, true) };
                let sides = Sides { counts: [left, right], meet, seen: [bill, ledger], names };
                (mask, sides.part(family, finest, mask.0.period))
            })
            .collect();
        let number = |mask: Alike| parts.iter().position(|(of, _)| *of == mask).unwrap_or(0) as u32;
        Self {
            days: days.into_iter().map(|(day, mask)| (day, number(mask))).collect(),
            parts: parts.into_iter().map(|(_, part)| part).collect(),
        }
    }

    /// One grain whatever the lines say.
    pub fn fixed(dims: Dims, why: String) -> Self {
        Self { days: vec![(NO_DAY, 0)], parts: vec![Part { dims, why }] }
    }

    /// The dimensions of a day; `None` where nothing was to be compared.
    pub fn dims(&self, day: i32) -> Option<Dims> {
        let at = self.days.partition_point(|(from, _)| *from <= day).saturating_sub(1);
        let (_, part) = self.days.get(at)?;
        self.parts.get(*part as usize).map(|part| part.dims)
    }

    /// The same dimensions by another period.
    pub fn by(&self, period: Period) -> Self {
        let part = |part: &Part| Part { dims: Dims { period, ..part.dims }, why: part.why.clone() };
        Self { days: self.days.clone(), parts: self.parts.iter().map(part).collect() }
    }

    /// Whether some day is compared by its minutes or hours.
    pub fn is_within_a_day(&self) -> bool {
        self.parts.iter().any(|part| part.dims.period.seconds().is_some())
    }

    /// Each grain that occurs, with why it is not finer, by its first day.
    pub fn grains(&self) -> Vec<(Dims, String)> {
        let mut found: Vec<(Dims, String)> = Vec::new();
        for part in self.days.iter().filter_map(|(_, part)| self.parts.get(*part as usize)) {
            if !found.iter().any(|(dims, why)| *dims == part.dims && *why == part.why) {
                found.push((part.dims, part.why.clone()));
            }
        }
        found
    }
}

/// What days of one part have in common: the dimensions that some line of the
/// bill carries, as bits, and the time that both sides tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Mask {
    dims: u8,
    period: Period,
}

/// The time that lines of both sides can be told apart by on one day. Days
/// without an entry are as fine as the bill is.
fn period(bill: &Counts, ledger: &Counts) -> Period {
    let bill = bill.period().unwrap_or(Period::Day);
    if ledger.is_empty() { bill } else { bill.max(ledger.period().unwrap_or(Period::Day)) }
}

/// Both sides of one part.
struct Sides<'a> {
    counts: [Counts; 2],
    /// Both have lines on the same days.
    meet: bool,
    seen: [&'a Seen; 2],
    names: [&'a str; 2],
}

/// Why a dimension is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lack {
    Bill,
    Ledger,
    /// The ledger carries it but for lines that each stand for several calls.
    Mixed,
    /// Both carry it, and no name stands on both.
    NotAlike,
}

impl Sides<'_> {
    fn lack(&self, dim: Dim) -> Option<Lack> {
        let [bill, ledger] = &self.counts;
        if !bill.carries(dim) {
            Some(Lack::Bill)
        } else if ledger.is_empty() {
            // Nothing on the other side that could contradict.
            None
        } else if ledger.mixes(dim) {
            Some(Lack::Mixed)
        } else if !ledger.carries(dim) {
            Some(Lack::Ledger)
        } else {
            (self.meet && !self.seen[0].alike(self.seen[1], dim)).then_some(Lack::NotAlike)
        }
    }

    fn part(&self, family: Family, finest: Finest, period: Period) -> Part {
        let period = if family == Family::Evidence { Period::Day } else { period };
        let order = Who::by(period.max(finest.period()));
        let who = order.into_iter().find(|who| self.lack(Dim::Who(*who)).is_none());
        let what = match (self.lack(Dim::Model), self.lack(Dim::Class)) {
            (Some(_), _) => What::All,
            (None, Some(_)) => What::Model,
            (None, None) => What::ModelAndClass,
        };
        let found = Dims { family, period, who, what };
        let dims = found.limited(finest);
        let mut why = Vec::new();
        if dims != found {
            why.push(finest.sentence());
        }
        why.extend(self.counted(found.period, dims.period));
        if finest <= Finest::Project && who.is_none() {
            let lacks = Who::ALL.map(|who| (who.name(), self.lack(Dim::Who(who))));
            why.extend(self.sentences(&lacks));
        }
        if finest <= Finest::Model {
            why.extend(self.sentences(&[("model", self.lack(Dim::Model))]));
        }
        if finest <= Finest::Class && what == What::Model && dims.period.seconds().is_none() {
            why.push(match self.lack(Dim::Class) {
                Some(Lack::Bill) => format!("{} does not tell kinds of token apart.", capital(self.names[0])),
                _ => format!(
                    "A row of {} is about several kinds of token, so these are compared inside an item.",
                    self.names[1]
                ),
            });
        }
        Part { dims, why: why.join(" ") }
    }

    /// What is to be known about a grain within a day, or about a bill that
    /// tells the minute and a ledger that does not.
    fn counted(&self, found: Period, period: Period) -> Option<String> {
        let word = |period: Period| if period == Period::Minute { "minute" } else { "hour" };
        match (found.seconds(), period.seconds(), self.counts[0].buckets()) {
            (Some(_), Some(_), _) => {
                Some(format!("Both tell the {}; a line without tokens is compared by its day.", word(period)))
            }
            (None, None, Some(of_bill)) if self.meet => {
                let [bill, ledger] = self.names;
                Some(format!("{} counts by the {}, which {ledger} does not tell.", capital(bill), word(of_bill)))
            }
            _ => None,
        }
    }

    /// One sentence for each reason, with the dimensions it took away.
    fn sentences(&self, lacks: &[(&str, Option<Lack>)]) -> Vec<String> {
        [Lack::Bill, Lack::Ledger, Lack::Mixed, Lack::NotAlike]
            .into_iter()
            .filter_map(|reason| {
                let names: Vec<&str> =
                    lacks.iter().filter(|(_, lack)| *lack == Some(reason)).map(|(name, _)| *name).collect();
                let (last, first) = names.split_last()?;
                let list = if first.is_empty() { (*last).into() } else { format!("{} or {last}", first.join(", ")) };
                Some(match reason {
                    Lack::Bill => format!("{} names no {list}.", capital(self.names[0])),
                    Lack::Ledger => format!("{} names no {list}.", capital(self.names[1])),
                    Lack::Mixed => {
                        format!(
                            "{} has rows that each stand for several calls, and these name no {list}.",
                            capital(self.names[1])
                        )
                    }
                    Lack::NotAlike => {
                        format!("{} and {} have no {list} in common.", capital(self.names[0]), self.names[1])
                    }
                })
            })
            .collect()
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
