//! Which items of a month clear which that waited: the one side of something
//! against the other, a shift over the end of a month against its opposite, a
//! claim against its credit. To the last digit or the ledger's own rounding,
//! never by a tolerance, and never one of several that fit equally well.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::joined::Group;
use super::{Cleared, Waits, Way};
use crate::amount::Amount;
use crate::reconcile::cause::Rounding;
use crate::reconcile::outcome::{Counts, both};
use crate::reconcile::{Dims, Items, Outcome, Sides, group_of};
use crate::usage::{Lines, Shape, Sym};

/// By the month's own item: the item that waited, and why they belong
/// together.
pub(super) type Pairs = FxHashMap<u32, (u32, Cleared)>;

/// One item, as far as it may be compared with another.
struct Side<'a> {
    item: u32,
    /// Billed minus recorded.
    gap: Amount,
    /// Twice what the ledger's own rounding may come to, in units.
    rounding: i128,
    what: String,
    /// User, project and key of its first line, where it says.
    who: [&'a str; 3],
    credits: bool,
    dims: Option<Dims>,
    has_id: bool,
    /// Whether it has lines of the bill, and of the ledger.
    has: [bool; 2],
    counts: [Counts; 2],
}

/// Items that belong together otherwise already.
#[derive(Default)]
pub(super) struct Taken {
    pub waiting: FxHashSet<u32>,
    pub own: FxHashSet<u32>,
}

/// The items of a month that clear one that waits, each at most once.
pub(super) fn pairs(sides: &Sides, waiting: &Items, ways: &[Way], own: &Items, taken: &Taken) -> Pairs {
    let mut pairs = Pairs::default();
    if waiting.is_empty() {
        return pairs;
    }
    let waits: Vec<Side> = (0..waiting.len() as u32)
        .filter(|item| differs(waiting, *item) && !taken.waiting.contains(item))
        .map(|item| side(sides, waiting, item))
        .collect();
    let came: Vec<Side> = (0..own.len() as u32)
        .filter(|item| !taken.own.contains(item) && (differs(own, *item) || is_credit(sides, own, *item)))
        .map(|item| side(sides, own, item))
        .collect();
    let claim = |side: &Side| claim(ways, side);
    let of_claim = |a: &Side, b: &Side| {
        let credit = b.has == [true, false] && claim(a).is_some_and(|claim| b.gap == claim.negated());
        credit && a.credits == b.credits && same_who(a, b)
    };
    chosen(&waits, &came, |side| claim(side).map(Amount::negated), of_claim, &mut pairs, Cleared::Credit);
    chosen(&waits, &came, |side| Some(side.gap.negated()), other_side, &mut pairs, Cleared::OtherSide);
    pairs
}

fn claim(ways: &[Way], side: &Side) -> Option<Amount> {
    match ways.get(side.item as usize).map(|way| way.waits) {
        Some(Waits::Credit(claim)) => Some(claim.unwrap_or(side.gap)).filter(|claim| *claim > Amount::ZERO),
        Some(Waits::OtherSide) | None => None,
    }
}

/// Comparisons of what waits with what came, at most: among more than that
/// nothing tells apart which lines belong to which.
const MOST: usize = 4_000_000;

/// What waits and clears by several items of the month together: all there are
/// of its user and usage that nothing else clears, none of which could be
/// another's, and which come to it exactly. As they all have one sign, no
/// other choice of them does.
pub(super) fn sums(sides: &Sides, waiting: &Items, ways: &[Way], own: &Items, taken: &Taken) -> Vec<Group> {
    let waits: Vec<Side> = (0..waiting.len() as u32)
        .filter(|item| differs(waiting, *item) && !taken.waiting.contains(item))
        .map(|item| side(sides, waiting, item))
        .filter(|side| !side.gap.is_zero() && side.has != [true, true])
        .collect();
    if waits.is_empty() {
        return Vec::new();
    }
    let came: Vec<Side> = (0..own.len() as u32)
        .filter(|item| !taken.own.contains(item) && (differs(own, *item) || is_credit(sides, own, *item)))
        .map(|item| side(sides, own, item))
        .filter(|side| side.has != [true, true])
        .collect();
    if waits.len().saturating_mul(came.len()) > MOST {
        return Vec::new();
    }
    let credit =
        |a: &Side, b: &Side| b.has == [true, false] && b.gap.is_negative() && a.credits == b.credits && same_who(a, b);
    let rest = |a: &Side, b: &Side| {
        let opposite = !b.gap.is_zero() && a.gap.is_negative() != b.gap.is_negative();
        let alike = a.credits == b.credits && a.what == b.what && same_who(a, b);
        a.has != b.has && opposite && alike && !(a.has_id && b.has_id)
    };
    let fits = |a: &Side, b: &Side| if claim(ways, a).is_some() { credit(a, b) } else { rest(a, b) };
    let found: Vec<Vec<usize>> = waits
        .iter()
        .map(|a| (0..came.len()).filter(|at| came.get(*at).is_some_and(|b| fits(a, b))).collect())
        .collect();
    let mut wanted = vec![0u32; came.len()];
    for at in found.iter().flatten() {
        if let Some(wanted) = wanted.get_mut(*at) {
            *wanted += 1;
        }
    }
    let mut groups = Vec::new();
    for (a, found) in waits.iter().zip(found) {
        let alone = found.len() > 1 && found.iter().all(|at| wanted.get(*at) == Some(&1));
        let parts: Vec<&Side> = found.iter().filter_map(|at| came.get(*at)).collect();
        let sum: Amount = parts.iter().map(|b| b.gap).sum();
        let (exact, how) = match claim(ways, a) {
            Some(claim) => (sum == claim.negated(), Cleared::Credit),
            None => {
                let rounding = parts.iter().fold(a.rounding, |sum, b| sum.saturating_add(b.rounding)).unsigned_abs();
                let apart = a.gap.plus(sum).units().unsigned_abs().saturating_mul(2);
                (apart <= rounding && agree(a, &parts), Cleared::OtherSide)
            }
        };
        if alone && exact {
            groups.push((a.item, parts.iter().map(|b| b.item).collect(), how));
        }
    }
    groups
}

/// Whether the tokens of both sides may be the same, all parts together.
fn agree(a: &Side, parts: &[&Side]) -> bool {
    let plus = |a: Option<i64>, b: Option<i64>| a?.checked_add(b?);
    let both = |side: usize| {
        parts.iter().fold(a.counts[side], |sum, b| Counts {
            input: plus(sum.input, b.counts[side].input),
            output: plus(sum.output, b.counts[side].output),
            total: plus(sum.total, b.counts[side].total),
        })
    };
    both(0).agree(both(1)) != Some(false)
}

/// Whether the two sides of an item differ in a way that more lines may settle.
fn differs(items: &Items, item: u32) -> bool {
    matches!(items.outcome(item), Outcome::Discrepancy | Outcome::MissingInBill | Outcome::MissingInLedger)
}

fn is_credit(sides: &Sides, items: &Items, item: u32) -> bool {
    items.first_ledger_row(item).is_none()
        && crate::reconcile::billed(sides, items, item).is_some_and(Amount::is_negative)
}

fn side<'a>(sides: &Sides<'a>, items: &Items, item: u32) -> Side<'a> {
    let of_bill = items.first_bill_row(item);
    let (lines, row) = match of_bill {
        Some(row) => (sides.bill, row),
        None => (sides.ledger, items.first_ledger_row(item).unwrap_or(0)),
    };
    let text = |name: fn(&Lines, u32) -> Sym| sides.names.text(name(lines, row));
    let sums = both(sides, items, item);
    let credits = lines.shape(row) == Shape::Credits;
    let what = match group_of(sides, items, item) {
        Some(group) => [group.what.as_ref(), group.class.map_or("", |class| class.label())].join("\0"),
        None => sides.prices.models.canonical(text(Lines::what)).into_owned(),
    };
    let of_credits = credits.then_some(sums[0].lines);
    Side {
        item,
        gap: sums[0].value.unwrap_or_default().minus(sums[1].value.unwrap_or_default()),
        rounding: Rounding::of(sides.ledger, items.ledger_rows(item), of_credits).twice(),
        what,
        who: [text(Lines::user), text(Lines::project), text(Lines::api_key)],
        credits,
        dims: items.dims(item),
        has_id: lines.has_id(row),
        has: [of_bill.is_some(), items.first_ledger_row(item).is_some()],
        counts: [sums[0].counts, sums[1].counts],
    }
}

/// Names that both say are the same. A bill may know the project and the
/// ledger the user.
fn same_who(a: &Side, b: &Side) -> bool {
    a.who.iter().zip(b.who).all(|(a, b)| a.is_empty() || b.is_empty() || *a == b)
}

/// Whether what came is the rest of what waits.
fn other_side(a: &Side, b: &Side) -> bool {
    let one_each = a.has != b.has && a.has != [true, true] && b.has != [true, true];
    let groups = a.dims.is_some() && a.dims == b.dims;
    // Requests with ids find each other by these, or they are others.
    if !(one_each || groups) || a.has_id && b.has_id || a.gap.is_zero() {
        return false;
    }
    let plus = |a: Option<i64>, b: Option<i64>| a?.checked_add(b?);
    let both = |side: usize| Counts {
        input: plus(a.counts[side].input, b.counts[side].input),
        output: plus(a.counts[side].output, b.counts[side].output),
        total: plus(a.counts[side].total, b.counts[side].total),
    };
    let covered = a.gap.plus(b.gap).units().unsigned_abs().saturating_mul(2)
        <= a.rounding.saturating_add(b.rounding).unsigned_abs();
    covered && a.credits == b.credits && a.what == b.what && same_who(a, b) && both(0).agree(both(1)) != Some(false)
}

/// Takes the pairs that fit each other and nothing else, and as many of a kind
/// as there are of the other.
fn chosen(
    waits: &[Side],
    came: &[Side],
    wanted: impl Fn(&Side) -> Option<Amount>,
    fits: impl Fn(&Side, &Side) -> bool,
    pairs: &mut Pairs,
    how: Cleared,
) {
    let taken: rustc_hash::FxHashSet<u32> = pairs.values().map(|(from, _)| *from).collect();
    let mut by_gap: BTreeMap<i128, Vec<usize>> = BTreeMap::new();
    let mut widest = 0;
    for (at, side) in came.iter().enumerate().filter(|(_, side)| !pairs.contains_key(&side.item)) {
        by_gap.entry(side.gap.units()).or_default().push(at);
        widest = widest.max(side.rounding);
    }
    let mut fitting: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut wanted_by: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for (at, side) in waits.iter().enumerate().filter(|(_, side)| !taken.contains(&side.item)) {
        let Some(gap) = wanted(side) else { continue };
        let reach = side.rounding.saturating_add(widest) / 2 + 1;
        let range = gap.units().saturating_sub(reach)..=gap.units().saturating_add(reach);
        let found: Vec<usize> = by_gap
            .range(range)
            .flat_map(|(_, places)| places.iter().copied())
            .filter(|other| came.get(*other).is_some_and(|other| fits(side, other)))
            .collect();
        found.iter().for_each(|other| wanted_by.entry(*other).or_default().push(at));
        if !found.is_empty() {
            fitting.push((at, found));
        }
    }
    for (at, found) in &fitting {
        let Some(first) = found.first() else { continue };
        let rivals = wanted_by.get(first).map_or(&[][..], Vec::as_slice);
        let alone = rivals.len() == found.len()
            && found.iter().all(|other| wanted_by.get(other).is_some_and(|of| of == rivals))
            && alike(rivals.iter().filter_map(|at| waits.get(*at)))
            && alike(found.iter().filter_map(|at| came.get(*at)));
        let place = rivals.iter().position(|rival| rival == at);
        let other = place.filter(|_| alone).and_then(|place| found.get(place)).and_then(|other| came.get(*other));
        if let (Some(other), Some(side)) = (other, waits.get(*at)) {
            pairs.insert(other.item, (side.item, how));
        }
    }
}

/// Whether nothing but their times tells some items apart: then it does not
/// matter which of them clears which.
fn alike<'a>(mut sides: impl Iterator<Item = &'a Side<'a>>) -> bool {
    let Some(first) = sides.next() else { return true };
    sides.all(|side| {
        side.gap == first.gap && side.who == first.who && side.what == first.what && side.counts == first.counts
    })
}
