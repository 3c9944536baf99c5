//! Which earlier charge a refund takes back: the one that was named for it, the
//! one of the same line (which for a request is its id), the latest of the same
//! user and usage type that has enough left, else the latest of the same
//! project; of this month or of one before.
//!
//! Charges come by in the order of drawing, those of earlier months first.
//! Groups are kept only for lines, users and projects that have refunds, so a
//! month without any costs nothing.

use std::borrow::Cow;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Charge, Chosen, Earlier, EarlierCharge, Projects, Scope, SubsidyRule};
use crate::amount::Amount;
use crate::calendar::{Day, Month};

/// Refunds by charge number, in the order of the charges.
#[derive(Default)]
pub(super) struct Refunds {
    /// Each with the charge it takes back.
    pub found: Vec<(u32, u32)>,
    /// Each with that of an earlier month, by its number in [`Earlier`].
    pub earlier: Vec<(u32, u32)>,
    pub orphans: Vec<(u32, Orphan)>,
}

/// Why it is not known what a refund takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Orphan {
    /// No charge of its user and usage type, nor of its project.
    NoCharge,
    /// None of these has enough left.
    TooLittle(Vec<Candidate>),
    /// These are of one day, and not paid alike.
    Several(Vec<Candidate>),
    /// It was paid by a rule that counts otherwise now, or is gone.
    OtherRule(Candidate, String),
    /// It may be of what this month charged, which is not known.
    Unknown(Month),
    /// The charge that was named for it is not there, or has too little left.
    Named(Month, String),
}

/// A charge that a refund may take back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub month: Month,
    /// As [`Charge::key`].
    pub key: String,
    pub day: Day,
    /// What refunds have left of it.
    pub left: Amount,
}

/// Candidates that are named, at most.
const NAMED: usize = 5;

/// Same service, user and usage type.
type Use<'a> = (&'a str, &'a str, &'a str);

/// What charges are looked up by: line, use, project.
type Keys<'a> = ((Cow<'a, str>, Use<'a>), Option<Use<'a>>, Option<u32>);

/// `charges` must be in the order of drawing.
pub(super) fn match_refunds(
    month: Month,
    charges: &[Charge],
    (projects, rules): (&Projects, &[SubsidyRule]),
    (earlier, chosen): (&Earlier, &Chosen),
) -> Refunds {
    let mut result = Refunds::default();
    if !charges.par_iter().any(|charge| charge.amount.is_negative()) {
        return result;
    }
    let mut ladder = Ladder::new(month, charges, projects, (earlier, chosen));
    for (number, charge) in (0u32..).zip(&earlier.charges) {
        ladder.push(number, charge.amount);
    }
    for (number, charge) in (0u32..).zip(charges) {
        if !charge.amount.is_negative() {
            ladder.push(ladder.first + number, charge.amount);
            continue;
        }
        let wanted = charge.amount.negated();
        let found = ladder.original(charge, wanted).and_then(|(at, left)| {
            let Some(of) = ladder.earlier(at) else { return Ok((at, left)) };
            match (ladder.unknown_since(charge, of.month), of.unlike(rules)) {
                (Some(unknown), _) => Err(Orphan::Unknown(unknown)),
                (None, Some(rule)) => Err(Orphan::OtherRule(ladder.candidate(at, left), rule)),
                (None, None) => Ok((at, left)),
            }
        });
        match found {
            Err(why) => result.orphans.push((number, why)),
            Ok((original, left)) => {
                ladder.take(original, left.minus(wanted));
                match original.checked_sub(ladder.first) {
                    Some(original) => result.found.push((number, original)),
                    None => result.earlier.push((number, original)),
                }
            }
        }
    }
    result
}

impl EarlierCharge {
    /// The name of a rule that paid for it and would count it otherwise now.
    fn unlike(&self, rules: &[SubsidyRule]) -> Option<String> {
        let counts = |scope: &Scope| {
            let mut named = rules.iter().filter(|rule| rule.name == scope.rule);
            named.any(|rule| rule.level == scope.subject.level() && rule.period.key(self.day) == scope.period)
        };
        let mut drawn = self.caps.iter().filter(|cap| !cap.drawn.is_zero());
        drawn.find(|cap| !counts(&cap.scope)).map(|cap| cap.scope.rule.clone())
    }

    /// Whether taking the other back instead would come to the same.
    fn is_paid_like(&self, other: &Self) -> bool {
        let scopes = |of: &Self| of.caps.iter().map(|cap| cap.scope.clone()).collect::<Vec<_>>();
        self.project == other.project && scopes(self) == scopes(other)
    }
}

/// Charges by what refunds find them by. Those of earlier months are numbered
/// before those of this one.
struct Ladder<'a> {
    month: Month,
    charges: &'a [Charge],
    projects: &'a Projects,
    earlier: &'a Earlier,
    chosen: &'a Chosen,
    /// The number of the first charge of this month.
    first: u32,
    by_base: FxHashMap<(Cow<'a, str>, Use<'a>), Group>,
    by_use: FxHashMap<Use<'a>, Group>,
    by_project: FxHashMap<u32, Group>,
    /// Projects of earlier months by their ids.
    ids: FxHashMap<&'a str, Option<u32>>,
    /// Where a charge stands in its groups, once it is in any.
    places: FxHashMap<u32, [Option<usize>; 3]>,
    /// What is left of those that somebody named, by month and key.
    named: FxHashMap<(Month, String), Option<(u32, Amount)>>,
}

impl<'a> Ladder<'a> {
    fn new(
        month: Month,
        charges: &'a [Charge],
        projects: &'a Projects,
        (earlier, chosen): (&'a Earlier, &'a Chosen),
    ) -> Self {
        let named = chosen.values().map(|named| (named.clone(), None)).collect();
        let mut ladder = Self {
            month,
            charges,
            projects,
            earlier,
            chosen,
            first: earlier.charges.len() as u32,
            by_base: FxHashMap::default(),
            by_use: FxHashMap::default(),
            by_project: FxHashMap::default(),
            ids: FxHashMap::default(),
            places: FxHashMap::default(),
            named,
        };
        let refunds: FxHashSet<Keys<'a>> =
            charges.iter().filter(|c| c.amount.is_negative()).map(|c| ladder.keys_of(c)).collect();
        for (base, used, project) in refunds {
            ladder.by_base.insert(base, Group::default());
            used.map(|used| ladder.by_use.insert(used, Group::default()));
            project.map(|project| ladder.by_project.insert(project, Group::default()));
        }
        ladder
    }

    fn earlier(&self, number: u32) -> Option<&'a EarlierCharge> {
        self.earlier.charges.get(number as usize)
    }

    fn here(&self, number: u32) -> Option<&'a Charge> {
        self.charges.get(number.checked_sub(self.first)? as usize)
    }

    /// A project stays the same when its fund or PI changes.
    fn keys_of(&self, charge: &'a Charge) -> Keys<'a> {
        let project = charge.project.map(|project| self.projects.first(project));
        let all = (charge.service, &*charge.user, &*charge.what);
        ((charge.stem().text(), all), used(all), project)
    }

    fn keys(&mut self, number: u32) -> Option<Keys<'a>> {
        if let Some(charge) = self.here(number) {
            return Some(self.keys_of(charge));
        }
        let charge = self.earlier(number)?;
        let projects = self.projects;
        let project = *self.ids.entry(&charge.project).or_insert_with(|| projects.find(&charge.project));
        let all = (charge.service, &*charge.user, &*charge.what);
        Some(((charge.base().into(), all), used(all), project))
    }

    /// Month and key, and what else is known of a charge by its number.
    fn candidate(&self, number: u32, left: Amount) -> Candidate {
        let here = || self.here(number).map(|charge| (self.month, charge.key(), charge.day));
        let (month, key, day) = match self.earlier(number) {
            Some(charge) => (charge.month, charge.key.clone(), charge.day),
            None => here().unwrap_or((self.month, String::new(), self.month.first())),
        };
        Candidate { month, key, day, left }
    }

    fn push(&mut self, number: u32, left: Amount) {
        let Some((base, used, project)) = self.keys(number) else { return };
        let places = [
            self.by_base.get_mut(&base).map(|group| group.push(number, left)),
            used.and_then(|key| self.by_use.get_mut(&key)).map(|group| group.push(number, left)),
            project.and_then(|key| self.by_project.get_mut(&key)).map(|group| group.push(number, left)),
        ];
        if places.iter().any(Option::is_some) {
            self.places.insert(number, places);
        }
        if !self.named.is_empty() {
            let Candidate { month, key, .. } = self.candidate(number, left);
            if let Some(known) = self.named.get_mut(&(month, key)) {
                *known = Some((number, left));
            }
        }
    }

    /// The charge that a refund takes back, and what is left of it.
    fn original(&self, refund: &'a Charge, wanted: Amount) -> Result<(u32, Amount), Orphan> {
        if let Some(chosen) = self.chosen(refund) {
            let known = self.named.get(chosen).copied().flatten();
            let (month, key) = chosen;
            return known.filter(|(_, left)| *left >= wanted).ok_or_else(|| Orphan::Named(*month, key.clone()));
        }
        let (base, used, project) = self.keys_of(refund);
        let rungs = [
            self.by_base.get(&base),
            used.and_then(|key| self.by_use.get(&key)),
            project.and_then(|key| self.by_project.get(&key)),
        ];
        let Some((group, at)) = rungs.iter().flatten().find_map(|group| Some((*group, group.latest_with(wanted)?)))
        else {
            // The nearest rung with anything left is told of.
            let left = rungs.iter().flatten().map(|group| self.candidates(group)).find(|left| !left.is_empty());
            return Err(left.map_or(Orphan::NoCharge, Orphan::TooLittle));
        };
        let found = group.at(at);
        let unlike = self.unlike_of_the_day(group, at, wanted);
        if unlike.is_empty() { Ok(found) } else { Err(Orphan::Several(unlike)) }
    }

    fn chosen(&self, refund: &Charge) -> Option<&'a (Month, String)> {
        if self.chosen.is_empty() { None } else { self.chosen.get(&refund.key()) }
    }

    /// The last month from this one on that a refund may be of as well, unless
    /// somebody named its charge.
    fn unknown_since(&self, refund: &Charge, month: Month) -> Option<Month> {
        let unknown = self.earlier.unknown.range(month..).next_back().copied();
        unknown.filter(|_| self.chosen(refund).is_none())
    }

    /// All charges of the same month and day that have enough left, where an
    /// earlier month has them and they are not all paid alike: then nothing
    /// says which of them is meant.
    fn unlike_of_the_day(&self, group: &Group, at: usize, wanted: Amount) -> Vec<Candidate> {
        let (number, _) = group.at(at);
        let Some(found) = self.earlier(number) else { return Vec::new() };
        let of_the_day = (0..=at).rev().map(|at| group.at(at)).take_while(|(number, _)| {
            self.earlier(*number).is_some_and(|other| (other.month, other.day) == (found.month, found.day))
        });
        let enough: Vec<(u32, Amount)> = of_the_day.filter(|(_, left)| *left >= wanted).collect();
        let alike = |(number, _): &(u32, Amount)| self.earlier(*number).is_some_and(|other| other.is_paid_like(found));
        if enough.iter().all(alike) {
            return Vec::new();
        }
        enough.into_iter().take(NAMED).map(|(number, left)| self.candidate(number, left)).collect()
    }

    /// The latest that have anything left.
    fn candidates(&self, group: &Group) -> Vec<Candidate> {
        let all = (0..group.charges.len()).rev().map(|at| group.at(at));
        let left = all.filter(|(_, left)| *left > Amount::ZERO);
        left.take(NAMED).map(|(number, left)| self.candidate(number, left)).collect()
    }

    fn take(&mut self, number: u32, left: Amount) {
        let places = self.places.get(&number).copied().unwrap_or_default();
        if let Some((base, used, project)) = self.keys(number) {
            let groups = [
                self.by_base.get_mut(&base),
                used.and_then(|key| self.by_use.get_mut(&key)),
                project.and_then(|key| self.by_project.get_mut(&key)),
            ];
            for (group, at) in groups.into_iter().zip(places) {
                if let (Some(group), Some(at)) = (group, at) {
                    group.set(at, left);
                }
            }
        }
        for known in self.named.values_mut().flatten().filter(|(named, _)| *named == number) {
            known.1 = left;
        }
    }
}

/// `None` where no user is named: two charges of nobody have nothing in common.
fn used(all: Use<'_>) -> Option<Use<'_>> {
    (!all.1.is_empty()).then_some(all)
}

/// Charges in order with what refunds have left of each, and above them the
/// greatest of every two, of every four and so on: the latest with enough left
/// is found without walking over those that have too little.
#[derive(Default)]
struct Group {
    charges: Vec<u32>,
    levels: Vec<Vec<Amount>>,
}

impl Group {
    fn push(&mut self, charge: u32, left: Amount) -> usize {
        let at = self.charges.len();
        self.charges.push(charge);
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        self.set(at, left);
        at
    }

    fn set(&mut self, at: usize, left: Amount) {
        let (mut at, mut greatest, mut level) = (at, left, 0);
        loop {
            let values = &mut self.levels[level];
            if at == values.len() {
                values.push(greatest);
            } else {
                values[at] = greatest;
            }
            if values.len() == 1 {
                return;
            }
            let pair = at & !1;
            greatest = values.get(pair + 1).map_or(values[pair], |second| values[pair].max(*second));
            at /= 2;
            level += 1;
            if level == self.levels.len() {
                // The second value of a level opens the one above it, with
                // the pair of the first.
                self.levels.push(Vec::new());
            }
        }
    }

    /// The charge at a place, and what is left of it.
    fn at(&self, at: usize) -> (u32, Amount) {
        (self.charges[at], self.levels[0][at])
    }

    /// The place of the latest charge with that much left.
    fn latest_with(&self, wanted: Amount) -> Option<usize> {
        let top = self.levels.last()?;
        let mut at = top.iter().rposition(|left| *left >= wanted)?;
        for values in self.levels.iter().rev().skip(1) {
            let pair = at * 2;
            at = if values.get(pair + 1).is_some_and(|left| *left >= wanted) { pair + 1 } else { pair };
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_latest_with_enough_left_is_the_one_a_walk_finds(
            steps in proptest::collection::vec((any::<bool>(), 0i64..20, any::<proptest::sample::Index>()), 1..80),
        ) {
            let (mut group, mut plain) = (Group::default(), Vec::new());
            for (push, value, which) in steps {
                let value = Amount::from_int(value);
                if push || plain.is_empty() {
                    group.push(plain.len() as u32, value);
                    plain.push(value);
                } else {
                    let at = which.index(plain.len());
                    group.set(at, value);
                    plain[at] = value;
                }
                for wanted in (0..21).map(Amount::from_int) {
                    let walk = plain.iter().rposition(|left| *left >= wanted).map(|at| (at as u32, plain[at]));
                    prop_assert_eq!(group.latest_with(wanted).map(|at| group.at(at)), walk);
                }
            }
        }
    }
}
