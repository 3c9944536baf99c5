//! What came out of allocating a month: every charge with its draws, and every
//! cap with its position.

use std::ops::Index;

use super::{Charge, Opening, Orphan, Scope};
use crate::amount::Amount;
use crate::calendar::{Day, Month};
use crate::memory;

/// What one rule takes over of one charge; negative where a refund is undone,
/// never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// Index into the rules.
    pub rule: u16,
    /// Index into [`Allocation::positions`].
    pub position: u32,
    pub amount: Amount,
}

/// A cap that a charge counts against, whether or not it had anything left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    /// Index into the rules.
    pub rule: u16,
    /// Index into [`Allocation::positions`].
    pub position: u32,
}

/// Lists by charge number: `lists[7]` is that of charge 7, often empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerCharge<T> {
    all: Vec<T>,
    /// Where the list of each charge ends.
    ends: Vec<u32>,
}

/// The draws of all charges, those of a charge in the order of the rules.
pub type Draws = PerCharge<Draw>;

/// A scope's burn-down over a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub scope: Scope,
    /// The cap in force at the end of the month or of the period, whichever
    /// comes first, with what was rolled over into the period.
    pub cap: Amount,
    /// What of `cap` was rolled over from the period before.
    pub rolled_over: Amount,
    /// The greatest cap in force on any day of the month that a charge counts
    /// on: what opening and draws together never exceed, unless the opening
    /// does already.
    pub ceiling: Amount,
    pub opening: Opening,
    /// The month's charges under the rule.
    pub used: Amount,
    /// What of them the rules before this one left to it.
    pub reached: Amount,
    /// What of them the rule takes over.
    pub drawn: Amount,
    /// The month's draws by day, only days with any, ascending.
    pub days: Vec<(Day, Amount)>,
    /// First and last day of the period.
    pub bounds: (Day, Day),
}

impl Position {
    /// What is left of the cap after the month. Below zero when a cap was
    /// lowered beneath what was drawn already.
    pub fn remaining(&self) -> Amount {
        self.cap.minus(self.opening.subsidized.amount()).minus(self.drawn)
    }
}

/// Charges in the order of drawing (day; a day's refunds behind its charges;
/// base and occurrence), each with its draws.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allocation {
    pub charges: Vec<Charge>,
    pub draws: Draws,
    /// The caps that each charge counts against, in the order of the rules:
    /// those of its draws among them. A refund counts against those of the
    /// charge it takes back.
    pub touches: PerCharge<Touch>,
    /// One for each scope with a charge in the month, and for each scope of
    /// the month's periods with an opening or with a subject that an enabled
    /// rule covers; sorted by scope.
    pub positions: Vec<Position>,
    /// Each refund with the earlier charge that it takes back, by charge
    /// number, ascending.
    pub refunds: Vec<(u32, u32)>,
    /// Refunds of what earlier months charged, by their numbers, ascending.
    pub earlier_refunds: Vec<TakenBack>,
    /// Refunds (by charge number) of which it is not known what they take
    /// back. They are open items and unwind nothing.
    pub orphan_refunds: Vec<u32>,
    /// Why, of each of these.
    pub orphans: Vec<Orphan>,
}

/// A charge of an earlier month that a refund takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    pub refund: u32,
    /// The month that wrote the charge, its key in it, and its day.
    pub month: Month,
    pub key: String,
    pub day: Day,
}

impl Allocation {
    /// What the payer's own fund pays of a charge.
    pub fn billable(&self, charge: usize) -> Amount {
        self.draws[charge].iter().fold(self.charges[charge].amount, |left, draw| left.minus(draw.amount))
    }

    /// What a refund takes back of an earlier month.
    pub fn of_earlier(&self, charge: u32) -> Option<&TakenBack> {
        let at = self.earlier_refunds.binary_search_by_key(&charge, |back| back.refund).ok()?;
        self.earlier_refunds.get(at)
    }

    /// What a refund of `month`, which this is the allocation of, takes back:
    /// month, key and day of the charge.
    pub fn taken_back(&self, charge: u32, month: Month) -> Option<(Month, String, Day)> {
        if let Some(back) = self.of_earlier(charge) {
            return Some((back.month, back.key.clone(), back.day));
        }
        let at = self.refunds.binary_search_by_key(&charge, |(refund, _)| *refund).ok()?;
        let original = self.charges.get(self.refunds.get(at)?.1 as usize)?;
        Some((month, original.key(), original.day))
    }

    /// The caps that a charge counts against, by position, each with what the
    /// rules before it left to it and what it took over. `rules` is how many the
    /// allocation was made with.
    pub(super) fn counted(&self, charge: u32, rules: usize) -> impl Iterator<Item = (u32, Amount, Amount)> {
        let draws = &self.draws[charge as usize];
        let mut reached = self.charges.get(charge as usize).map_or(Amount::ZERO, |charge| charge.amount);
        let touches = self.touches[charge as usize].iter().filter(move |touch| usize::from(touch.rule) < rules);
        touches.map(move |touch| {
            let drawn = draws.iter().filter(|draw| (draw.rule, draw.position) == (touch.rule, touch.position));
            let drawn = drawn.map(|draw| draw.amount).sum();
            let counted = (touch.position, reached, drawn);
            reached = reached.minus(drawn);
            counted
        })
    }

    /// The position of a scope.
    pub fn position(&self, scope: &Scope) -> Option<&Position> {
        self.positions.binary_search_by(|p| p.scope.cmp(scope)).ok().and_then(|at| self.positions.get(at))
    }
}

impl<T> Default for PerCharge<T> {
    fn default() -> Self {
        Self { all: Vec::new(), ends: Vec::new() }
    }
}

impl<T> PerCharge<T> {
    pub(super) fn with_capacity(charges: usize) -> Self {
        Self { all: Vec::new(), ends: Vec::with_capacity(charges) }
    }

    /// The lists of several runs of charges as those of one.
    pub(super) fn joined(pieces: Vec<Self>) -> Self
    where
        T: Copy + Send + Sync,
    {
        let (mut all, mut ends, mut before) = (Vec::new(), Vec::new(), 0);
        for mut piece in pieces {
            piece.ends.iter_mut().for_each(|end| *end += before);
            before += piece.all.len() as u32;
            all.push(piece.all);
            ends.push(piece.ends);
        }
        Self { all: memory::joined(all), ends: memory::joined(ends) }
    }

    /// Adds the list of the next charge.
    pub(super) fn push(&mut self, list: impl IntoIterator<Item = T>) {
        self.all.extend(list);
        self.ends.push(self.all.len() as u32);
    }

    /// Number of charges.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many there are of all charges and all that stands in their lists.
    pub fn charges_and_lists(&self) -> usize {
        self.ends.len() + self.all.len()
    }

    /// Where each charge is followed by its list, what stands in this place: a
    /// charge, or with it the place in its list. Less than
    /// [`Self::charges_and_lists`].
    pub fn charge_and_list(&self, at: usize) -> (usize, Option<usize>) {
        // Charges before the one that is looked for end before the place.
        let end = |charge: usize| charge + 1 + self.ends.get(charge).map_or(0, |end| *end as usize);
        let (mut from, mut to) = (0, self.ends.len());
        while from < to {
            let middle = from + (to - from) / 2;
            if end(middle) <= at {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        let start = from.checked_sub(1).map_or(0, end);
        (from, (at - start).checked_sub(1))
    }

    /// The list of each charge.
    pub fn iter(&self) -> impl Iterator<Item = &[T]> {
        (0..self.len()).map(|charge| &self[charge])
    }
}

impl<T> Index<usize> for PerCharge<T> {
    type Output = [T];
    fn index(&self, charge: usize) -> &[T] {
        let start = if charge == 0 { 0 } else { self.ends[charge - 1] };
        &self.all[start as usize..self.ends[charge] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_place_is_a_charge_or_stands_in_its_list(lists in proptest::collection::vec(0usize..4, 0..20)) {
            let mut per_charge = PerCharge::default();
            lists.iter().for_each(|length| per_charge.push(0..*length));
            let behind = |(charge, length): (usize, &usize)| {
                std::iter::once((charge, None)).chain((0..*length).map(move |at| (charge, Some(at))))
            };
            let expect: Vec<_> = lists.iter().enumerate().flat_map(behind).collect();
            let parts = lists.chunks(3).map(|lists| {
                let mut part = PerCharge::with_capacity(lists.len());
                lists.iter().for_each(|length| part.push(0..*length));
                part
            });
            prop_assert_eq!(&PerCharge::joined(parts.collect()), &per_charge);
            let told: Vec<_> = (0..per_charge.charges_and_lists()).map(|at| per_charge.charge_and_list(at)).collect();
            prop_assert_eq!(told, expect);
        }
    }
}
