//! Items that an earlier month left unsettled, in the month they come into.
//!
//! What was deferred or disputed at the end of a month stands in the next one
//! beside that month's own items, until it is settled there. Where the other
//! side of it arrived meanwhile, or the credit that was claimed, the two
//! become one item that is compared like any other: it has cleared by itself.
//! Months are gone through in order, so that an item is in one month at a time.

mod joined;
mod pair;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::kinds::Kinds;
use super::order::Order;
use super::outcome::{self, both};
use super::{Items, Judge, Outcome, Rules, Rung, Sides, billed, identity, key, recorded};
use crate::amount::Amount;
use crate::calendar::{Day, Month};
use crate::journal::ItemKey;
use crate::usage::{Digest, Side};

/// What an item waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// The other side of it, on a later bill or in a later ledger.
    OtherSide,
    /// A credit of this amount; of what was billed beyond the recorded where
    /// no amount was claimed.
    Credit(Option<Amount>),
}

/// What one month left unsettled, by decision. A month that left nothing is
/// one as well: what was carried into it ends there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub month: Month,
    /// It is signed: what it left is carried on whatever becomes of its lines.
    pub signed: bool,
    pub items: Vec<(ItemKey, Waits)>,
    /// What was joined by hand with an item that came into it, oldest first.
    pub joins: Vec<Join>,
}

/// Lines of a month that somebody joined with an item carried into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// The identity under which that item was left.
    pub from: Digest,
    /// Bill lines and ledger entries; `None` where one is no longer there.
    pub rows: Option<[Vec<u32>; 2]>,
}

/// How an item cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleared {
    /// The other side of it came in this month.
    OtherSide,
    /// The credit came in this month.
    Credit,
    /// Somebody matched it with lines of this month; what is left apart is
    /// compared like any other.
    Hand,
    /// Its own lines are others now: what was missing was loaded since.
    Itself,
}

/// An item that came from an earlier month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Its number among the items of the month.
    pub item: u32,
    /// The month that left it first.
    pub since: Month,
    /// How many months left it to the next.
    pub times: u32,
    pub waits: Waits,
    /// The identity it was left under; what cleared has another.
    pub left: Digest,
    /// The day of what was carried.
    pub day: Option<Day>,
    pub cleared: Option<Cleared>,
    /// The comparison itself put its lines into an item of this month, by a
    /// request id on a later bill.
    pub moved: bool,
    /// The lines that came from earlier months; the others are the month's own.
    pub rows: [Vec<u32>; 2],
    /// What those are worth, bill first.
    pub worth: [Amount; 2],
}

/// Decisions of earlier months whose items are not to be found as they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Astray {
    pub month: Month,
    /// The month is signed, so nothing can be decided there.
    pub signed: bool,
    /// They changed since, so that they are open again in their month.
    pub changed: u64,
    /// No item is about this usage any more.
    pub gone: u64,
}

/// The items of a month with what was carried into it.
#[derive(Debug, Clone, Default)]
pub struct WithCarried {
    pub items: Items,
    /// By item.
    pub carried: Vec<Carried>,
    /// The month's own items alone, as they were before any cleared; those that
    /// clear one item together are one.
    pub own: Items,
    pub astray: Vec<Astray>,
    /// Matches by hand of the month with what was carried in that no longer
    /// apply.
    pub unapplied: usize,
}

impl WithCarried {
    /// What the month's own bill and ledger come to, without what was carried
    /// in. Taken from the month's own items, so that one that was lost on the
    /// way shows in the tie-out.
    pub fn own_totals(&self, sides: &Sides) -> [Amount; 2] {
        let items = &self.own;
        let sums = (0..items.len() as u32)
            .into_par_iter()
            .map(|item| [billed(sides, items, item), recorded(sides, items, item)].map(Option::unwrap_or_default));
        let zero = || [Amount::ZERO; 2];
        let mut own = sums.reduce(zero, |a, b| [a[0].plus(b[0]), a[1].plus(b[1])]);
        // Lines of earlier months that moved here stand in the month's own
        // items, and were carried in all the same.
        for moved in self.carried.iter().filter(|carried| carried.moved) {
            own = [own[0].minus(moved.worth[0]), own[1].minus(moved.worth[1])];
        }
        own
    }

    /// The worth of all that was carried in, bill first.
    pub fn carried_totals(&self) -> [Amount; 2] {
        self.carried
            .iter()
            .fold([Amount::ZERO; 2], |sum, carried| [sum[0].plus(carried.worth[0]), sum[1].plus(carried.worth[1])])
    }

    /// The lines that belong to the documents of earlier months.
    pub fn carried_rows(&self) -> FxHashSet<(Side, u32)> {
        let of = |carried: &Carried| {
            let [bill, ledger] = carried.rows.clone();
            bill.into_iter().map(|row| (Side::Bill, row)).chain(ledger.into_iter().map(|row| (Side::Ledger, row)))
        };
        self.carried.iter().flat_map(of).collect()
    }
}

/// What is known of an item on its way.
#[derive(Debug, Clone, Copy)]
struct Way {
    since: Month,
    times: u32,
    waits: Waits,
    identity: Digest,
    /// Of what it said when it was left.
    content: Digest,
}

/// Items on their way, each with what is known of it.
#[derive(Default)]
struct Waiting {
    items: Items,
    ways: Vec<Way>,
}

/// A month's table while it is made, with what came into it.
#[derive(Default)]
struct Table {
    items: Items,
    /// By item.
    carried: Vec<Carried>,
    /// As [`WithCarried::own`] and [`WithCarried::unapplied`].
    own: Items,
    unapplied: usize,
}

/// The items of `month` and what the months before left to it; `left` has
/// those in order, without gaps where a month has items or decisions. `all` is
/// the reconciliation of all of them.
///
/// What is joined by hand counts before what clears by itself, and of two
/// matches about one item the later.
pub fn carry(
    sides: &Sides,
    rules: &Rules,
    all: &Items,
    (left, joins): (&[Left], &[Join]),
    month: Month,
) -> WithCarried {
    let carrying = Carrying { sides, rules, kinds: Kinds::of(sides, rules.finest), judge: Judge::new(sides) };
    let (mut waiting, mut pending) = (Waiting::default(), FxHashMap::default());
    let mut astray: Vec<Astray> = Vec::new();
    for left in left.iter().filter(|left| left.month < month) {
        let nothing = left.items.is_empty();
        if nothing && pending.is_empty() {
            waiting = Waiting::default();
            continue;
        }
        let own = all.of_month(sides, left.month);
        let table = carrying.step(own, &waiting, &left.joins, &mut pending, left.month);
        let changed;
        (waiting, changed) = carrying.leave(&table, left, &mut pending);
        astray.push(Astray { month: left.month, signed: left.signed, changed, gone: 0 });
    }
    let own = all.of_month(sides, month);
    let Table { items, carried, own, unapplied } = carrying.step(own, &waiting, joins, &mut pending, month);
    for (_, way) in pending {
        if let Some(of) = astray.iter_mut().find(|of| of.month == way.since) {
            of.gone += 1;
        }
    }
    astray.retain(|of| of.changed + of.gone > 0);
    WithCarried { items, carried, own, astray, unapplied }
}

struct Carrying<'s, 'a> {
    sides: &'s Sides<'a>,
    rules: &'s Rules,
    kinds: Kinds,
    judge: Judge<'a>,
}

impl Carrying<'_, '_> {
    /// The items of one month: what waits, then its own, those that clear each
    /// other as one at the place of the month's own.
    fn step(
        &self,
        own: Items,
        waiting: &Waiting,
        joins: &[Join],
        pending: &mut FxHashMap<Digest, Way>,
        month: Month,
    ) -> Table {
        let (own, pairs, unapplied) = self.together(own, waiting, joins);
        let own = &own;
        let mut table = Table { unapplied, ..Table::default() };
        let gone: FxHashSet<u32> = pairs.values().map(|(from, _)| *from).collect();
        for item in (0..waiting.items.len() as u32).filter(|item| !gone.contains(item)) {
            waiting.items.copy_to(item, &mut table.items);
            self.came(&mut table, waiting, item, None);
        }
        let before = table.items.len() as u32;
        for item in 0..own.len() as u32 {
            match pairs.get(&item) {
                Some((from, how)) => {
                    self.join(&waiting.items, *from, own, item, &mut table.items);
                    self.came(&mut table, waiting, *from, Some(*how));
                }
                None => own.copy_to(item, &mut table.items),
            }
        }
        self.moved(own, &pairs, before, pending, month, &mut table);
        table.own = own.clone();
        table
    }

    /// Which of the month's own items clear which that wait: by hand, one each,
    /// or several together, which become one. Also how many matches by hand do
    /// not apply.
    fn together(&self, own: Items, waiting: &Waiting, joins: &[Join]) -> (Items, pair::Pairs, usize) {
        let Waiting { items, ways } = waiting;
        let (mut groups, unapplied) = joined::by_hand(&own, ways, joins);
        let mut taken = pair::Taken::default();
        for (from, members, _) in &groups {
            taken.waiting.insert(*from);
            taken.own.extend(members);
        }
        let pairs = pair::pairs(self.sides, items, ways, &own, &taken);
        for (item, (from, _)) in &pairs {
            taken.waiting.insert(*from);
            taken.own.insert(*item);
        }
        groups.extend(pair::sums(self.sides, items, ways, &own, &taken));
        if groups.is_empty() {
            return (own, pairs, unapplied);
        }
        let (merged, numbers) = self.merged(&own, &groups);
        let number = |item: u32| numbers.get(item as usize).copied().unwrap_or(item);
        let mut all: pair::Pairs = pairs.into_iter().map(|(item, pair)| (number(item), pair)).collect();
        for (from, members, how) in groups {
            if let Some(first) = members.first() {
                all.insert(number(*first), (from, how));
            }
        }
        (merged, all, unapplied)
    }

    /// The items with those of each group as one, at the place of its first;
    /// and the new number of each.
    fn merged(&self, own: &Items, groups: &[joined::Group]) -> (Items, Vec<u32>) {
        let of: FxHashMap<u32, &[u32]> = groups
            .iter()
            .flat_map(|(_, members, _)| members.iter().map(move |member| (*member, members.as_slice())))
            .collect();
        let (mut merged, mut numbers) = (Items::default(), Vec::with_capacity(own.len()));
        let mut places: FxHashMap<u32, u32> = FxHashMap::default();
        for item in 0..own.len() as u32 {
            let first = of.get(&item).and_then(|members| members.first()).copied().unwrap_or(item);
            if let Some(place) = places.get(&first) {
                numbers.push(*place);
                continue;
            }
            let place = merged.len() as u32;
            match of.get(&item).filter(|members| members.len() > 1) {
                Some(members) => {
                    let parts: Vec<(&Items, u32)> = members.iter().map(|member| (own, *member)).collect();
                    self.one(&parts, &mut merged);
                }
                None => own.copy_to(item, &mut merged),
            }
            places.insert(first, place);
            numbers.push(place);
        }
        (merged, numbers)
    }

    /// Notes the item that was just put into the table as one that came from
    /// `waiting`.
    fn came(&self, table: &mut Table, waiting: &Waiting, from: u32, how: Option<Cleared>) {
        let Some(way) = waiting.ways.get(from as usize) else { return };
        let item = table.items.len() as u32 - 1;
        let rows = waiting.items.slices(from).map(<[u32]>::to_vec);
        let of = |items: &Items, item: u32| {
            [billed(self.sides, items, item), recorded(self.sides, items, item)].map(Option::unwrap_or_default)
        };
        let content = key(self.sides, &table.items, item).content;
        let itself = how.is_none() && content != way.content && table.items.outcome(item) == Outcome::Matched;
        table.carried.push(Carried {
            item,
            since: way.since,
            times: way.times,
            waits: way.waits,
            left: way.identity,
            day: waiting.items.day(self.sides, from),
            cleared: how.or(itself.then_some(Cleared::Itself)),
            moved: false,
            rows,
            worth: of(&waiting.items, from),
        });
    }

    /// One item of what waited and of what came, compared.
    fn join(&self, waiting: &Items, from: u32, own: &Items, item: u32, out: &mut Items) {
        self.one(&[(waiting, from), (own, item)], out);
    }

    /// One item of several, with the place of the first among like ones.
    fn one(&self, parts: &[(&Items, u32)], out: &mut Items) {
        let names = self.sides.names;
        let lines = [self.sides.bill, self.sides.ledger];
        let rows: Vec<Vec<u32>> = (0..2)
            .map(|side| {
                let mut rows = parts.iter().map(|(items, item)| items.slices(*item)[side]).collect::<Vec<_>>().concat();
                Order { names, lines: lines[side], ranks: &[] }.sort(&mut rows);
                rows
            })
            .collect();
        let number = out.len() as u32;
        let mut all = parts.iter().map(|(items, item)| items.dims(*item));
        let first = all.next().flatten();
        let dims = first.filter(|first| all.all(|dims| dims == Some(*first)));
        let occurrence = parts.first().map_or(0, |(items, item)| items.occurrence(*item));
        out.push([&rows[0], &rows[1]], Rung::Carried, occurrence, dims);
        let sums = both(self.sides, out, number);
        let found = match outcome::decide(self.sides, self.rules, &self.kinds, out, number, &sums) {
            // A credit that takes all of it back leaves nothing to record.
            Outcome::MissingInLedger | Outcome::NotApplicable if sums[0].value.is_some_and(Amount::is_zero) => {
                Outcome::Matched
            }
            other => other,
        };
        out.outcome[number as usize] = found;
        out.cause[number as usize] = self.judge.parts_of(out, number, found, &sums).main_cause();
    }

    /// Finds items of the month that are about usage an earlier month left:
    /// the other side came with an id that says so, and the comparison put
    /// both together on the day of the bill.
    fn moved(
        &self,
        own: &Items,
        pairs: &pair::Pairs,
        before: u32,
        pending: &mut FxHashMap<Digest, Way>,
        month: Month,
        table: &mut Table,
    ) {
        if pending.is_empty() {
            return;
        }
        let found: Vec<(u32, Digest)> = (0..own.len() as u32)
            .into_par_iter()
            .filter(|item| !pairs.contains_key(item))
            .map(|item| (item, identity(self.sides, own, item)))
            .filter(|(_, identity)| pending.contains_key(identity))
            .collect();
        for (item, identity) in found {
            let Some(way) = pending.remove(&identity) else { continue };
            let earlier = |day: Option<Day>| day.is_some_and(|day| day < month.first());
            let [bill, ledger] = own.slices(item);
            let rows = [
                bill.iter().copied().filter(|row| earlier(self.sides.bill.day(*row))).collect::<Vec<_>>(),
                ledger.iter().copied().filter(|row| earlier(self.sides.ledger.day(*row))).collect(),
            ];
            let worth = [
                outcome::sum(self.sides.bill, self.sides.bill_values, &rows[0]).unwrap_or_default(),
                outcome::sum(self.sides.ledger, self.sides.ledger_values, &rows[1]).unwrap_or_default(),
            ];
            let day = rows[0].first().map_or_else(
                || rows[1].first().and_then(|row| self.sides.ledger.day(*row)),
                |row| self.sides.bill.day(*row),
            );
            let at = before + item;
            let matched = table.items.outcome(at) == Outcome::Matched;
            table.carried.push(Carried {
                item: at,
                since: way.since,
                times: way.times,
                waits: way.waits,
                left: way.identity,
                day,
                cleared: matched.then_some(Cleared::Itself),
                moved: true,
                rows,
                worth,
            });
        }
        table.carried.sort_unstable_by_key(|carried| carried.item);
    }

    /// What a month left of its items, and how many decisions no longer hold,
    /// since their items changed. Those of which there is no item are added to
    /// `pending`.
    fn leave(&self, table: &Table, left: &Left, pending: &mut FxHashMap<Digest, Way>) -> (Waiting, u64) {
        let wanted: FxHashMap<Digest, (Digest, Waits)> =
            left.items.iter().map(|(key, waits)| (key.identity, (key.content, *waits))).collect();
        let found: Vec<(u32, Digest)> = (0..table.items.len() as u32)
            .into_par_iter()
            .map(|item| (item, identity(self.sides, &table.items, item)))
            .filter(|(_, identity)| wanted.contains_key(identity))
            .collect();
        let (mut waiting, mut changed) = (Waiting::default(), 0);
        let mut seen = FxHashSet::default();
        for (item, identity) in found {
            seen.insert(identity);
            let Some((content, waits)) = wanted.get(&identity).copied() else { continue };
            let now = key(self.sides, &table.items, item).content;
            if now != content && !left.signed {
                changed += 1;
                continue;
            }
            let known = table.carried.binary_search_by_key(&item, |carried| carried.item);
            let known = known.ok().and_then(|at| table.carried.get(at));
            let (since, times) = known.map_or((left.month, 0), |known| (known.since, known.times));
            table.items.copy_to(item, &mut waiting.items);
            waiting.ways.push(Way { since, times: times + 1, waits, identity, content });
        }
        for (identity, (content, waits)) in wanted.into_iter().filter(|(identity, _)| !seen.contains(identity)) {
            pending.insert(identity, Way { since: left.month, times: 1, waits, identity, content });
        }
        (waiting, changed)
    }
}
