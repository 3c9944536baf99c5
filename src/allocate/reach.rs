//! How far back refunds reach: of the charges that earlier months wrote, those
//! that some refund of a month may take back. There may be millions of the
//! others, and only what they brought to the caps is kept of them.
//!
//! Months come latest first, since a charge that has enough left for all
//! refunds together hides every earlier one of its user or project.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::earlier::DaySum;
use super::{Charge, Chosen, Earlier, EarlierCharge, EarlierMonth, Projects, SharedText};
use crate::amount::Amount;
use crate::calendar::{Day, Month};

/// Service, user and usage type.
type Use = (&'static str, SharedText, SharedText);

/// What refunds may take back, by all that they are looked up with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// What lines share with the refund's own, as a request its id.
    bases: BTreeSet<String>,
    uses: FxHashSet<Use>,
    /// By id.
    projects: BTreeSet<String>,
    /// Charges that somebody named, as [`Charge::key`].
    keys: BTreeSet<String>,
    /// What all refunds together take back, at most.
    most: Amount,
}

impl Reach {
    /// That of the refunds among these charges. `chosen` are those that somebody
    /// named a charge for.
    pub fn of(charges: &[Charge], projects: &Projects, chosen: &Chosen) -> Self {
        let mut reach = Self::default();
        for charge in charges.iter().filter(|charge| charge.amount.is_negative()) {
            reach.bases.insert(charge.stem().text().into_owned());
            // Two charges of nobody have nothing in common.
            if !charge.user.is_empty() {
                reach.uses.insert((charge.service, charge.user.clone(), charge.what.clone()));
            }
            let project = charge.project.and_then(|at| projects.list.get(at as usize));
            reach.projects.extend(project.map(|project| project.id.clone()));
            reach.most = reach.most.minus(charge.amount);
        }
        if !reach.is_empty() {
            reach.keys.extend(chosen.values().map(|(_, key)| key.clone()));
        }
        reach
    }

    /// That of whoever asks for a charge by its key, in whatever month.
    pub fn of_key(key: &str) -> Self {
        Self { keys: BTreeSet::from([key.to_owned()]), ..Self::default() }
    }

    /// Nothing can be reached, so that nothing need be read.
    pub fn is_empty(&self) -> bool {
        self.bases.is_empty() && self.keys.is_empty()
    }

    /// Whether everything that the other may take back is within this one.
    pub fn covers(&self, other: &Self) -> bool {
        self.bases.is_superset(&other.bases)
            && self.uses.is_superset(&other.uses)
            && self.projects.is_superset(&other.projects)
            && self.keys.is_superset(&other.keys)
            && self.most >= other.most
    }

    /// What either may take back.
    #[must_use]
    pub fn joined(mut self, other: &Self) -> Self {
        self.bases.extend(other.bases.iter().cloned());
        self.uses.extend(other.uses.iter().cloned());
        self.projects.extend(other.projects.iter().cloned());
        self.keys.extend(other.keys.iter().cloned());
        self.most = self.most.max(other.most);
        self
    }
}

/// What charges are hidden by: a use, or a project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Rung {
    Use(Use),
    Project(SharedText),
}

/// Earlier months on their way into an [`Earlier`].
pub struct Gathering<'a> {
    /// `None` reaches everything.
    reach: Option<&'a Reach>,
    /// Charges of the month at hand may be taken back.
    open: bool,
    earlier: Earlier,
    /// What refunds took back, by month and key of the charge.
    taken: FxHashMap<(Month, String), Amount>,
    /// Of the month at hand, then of each month that is done, the latest first.
    charges: Vec<EarlierCharge>,
    done: Vec<Vec<EarlierCharge>>,
    /// Those of which a month that is done has a charge with enough left.
    hidden: FxHashSet<Rung>,
}

impl<'a> Gathering<'a> {
    pub fn new(reach: Option<&'a Reach>) -> Self {
        let (earlier, taken, hidden) = (Earlier::default(), FxHashMap::default(), FxHashSet::default());
        Self { reach, open: true, earlier, taken, charges: Vec::new(), done: Vec::new(), hidden }
    }

    /// Begins a month. Of one whose charges are not `open` to be taken back, only
    /// what it took back itself counts, and what it brought to the caps.
    pub fn month(&mut self, open: bool) {
        self.open = open;
    }

    /// Takes in charges of the month at hand, in their order.
    pub fn add(&mut self, some: EarlierMonth) {
        if !some.terms.is_empty() {
            self.earlier.terms.entry(some.month).or_default().extend(some.terms);
        }
        for charge in some.charges {
            let back = charge.takes_back.as_ref();
            let counts = back.map_or((charge.month, charge.day), |(month, _, day)| (*month, *day));
            for cap in &charge.caps {
                let days = self.earlier.sums.entry(Arc::clone(&cap.scope)).or_default();
                let sum = days.entry(counts).or_default();
                *sum = DaySum { reached: sum.reached.plus(cap.reached), drawn: sum.drawn.plus(cap.drawn) };
            }
            match charge.takes_back {
                Some((month, key, _)) => {
                    let sum = self.taken.entry((month, key)).or_default();
                    *sum = sum.plus(charge.amount);
                }
                None if charge.amount.is_negative() || !self.open => {}
                None if self.is_named(&charge) || !self.rungs(&charge).is_empty() => self.charges.push(charge),
                None => {}
            }
        }
    }

    /// Ends the month at hand: those that come now are before it. `sorted` says
    /// whether its charges came in their order.
    pub fn end_month(&mut self, sorted: bool) {
        let mut charges = std::mem::take(&mut self.charges);
        if !sorted {
            charges.sort_by(|a, b| (a.day, &a.key).cmp(&(b.day, &b.key)));
        }
        if !self.taken.is_empty() {
            for charge in &mut charges {
                if let Some(back) = self.taken.get(&(charge.month, charge.key.clone())) {
                    charge.amount = charge.amount.plus(*back);
                }
            }
        }
        let Some(reach) = self.reach else { return self.done.push(charges) };
        // The last day on which a charge has enough left: those of that day
        // count, since it may matter that they are several.
        let mut enough: FxHashMap<Rung, Day> = FxHashMap::default();
        for charge in charges.iter().rev().filter(|charge| charge.amount >= reach.most) {
            for rung in self.rungs(charge) {
                enough.entry(rung).or_insert(charge.day);
            }
        }
        if !enough.is_empty() {
            let seen = |charge: &EarlierCharge| {
                let of = |rung: &Rung| enough.get(rung).is_none_or(|day| *day <= charge.day);
                self.is_named(charge) || self.rungs(charge).iter().any(of)
            };
            charges.retain(seen);
            charges.shrink_to_fit();
        }
        self.hidden.extend(enough.into_keys());
        self.done.push(charges);
    }

    pub fn end(mut self) -> Earlier {
        // All sums stay: behind a rule that is full whatever is refunded, a refund
        // reaches further ones than its charge did.
        self.earlier.charges = self.done.into_iter().rev().flatten().collect();
        self.earlier
    }

    fn is_named(&self, charge: &EarlierCharge) -> bool {
        self.reach.is_none_or(|reach| reach.keys.contains(&charge.key) || reach.bases.contains(charge.base()))
    }

    /// Those that a refund climbs, of a charge that no later one hides.
    fn rungs(&self, charge: &EarlierCharge) -> Vec<Rung> {
        let Some(reach) = self.reach else { return Vec::new() };
        let mut rungs = Vec::new();
        let used = (charge.service, charge.user.clone(), charge.what.clone());
        if reach.uses.contains(&used) {
            rungs.push(Rung::Use(used));
        }
        if reach.projects.contains(&*charge.project) {
            rungs.push(Rung::Project(charge.project.clone()));
        }
        rungs.retain(|rung| !self.hidden.contains(rung));
        rungs
    }
}

impl Earlier {
    /// All charges of these months, which ascend.
    pub fn of_months(months: impl IntoIterator<Item = EarlierMonth, IntoIter: DoubleEndedIterator>) -> Self {
        let mut gathering = Gathering::new(None);
        for month in months.into_iter().rev() {
            gathering.add(month);
            gathering.end_month(true);
        }
        gathering.end()
    }
}
