//! What somebody joined by hand with an item carried in: items of the month
//! found again by their lines.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Cleared, Join, Way};
use crate::reconcile::Items;
use crate::usage::Digest;

/// An item that waits, the month's own items that clear it, and how.
pub(super) type Group = (u32, Vec<u32>, Cleared);

/// The joins that apply, and how many do not. One applies as a whole or not at
/// all: the item it is about waits, and its lines are all those of items of the
/// month that no later join has. An earlier one about the same item is
/// overtaken, which is no fault of it.
pub(super) fn by_hand(own: &Items, ways: &[Way], joins: &[Join]) -> (Vec<Group>, usize) {
    if joins.is_empty() {
        return (Vec::new(), 0);
    }
    let wanted: [FxHashSet<u32>; 2] = [0, 1].map(|side| {
        joins.iter().filter_map(|join| join.rows.as_ref()).flat_map(|rows| rows[side].iter().copied()).collect()
    });
    let mut item_of: [FxHashMap<u32, u32>; 2] = Default::default();
    for item in 0..own.len() as u32 {
        for (side, rows) in own.slices(item).into_iter().enumerate() {
            item_of[side].extend(rows.iter().filter(|row| wanted[side].contains(row)).map(|row| (*row, item)));
        }
    }
    let waits: FxHashMap<Digest, u32> = (0u32..).zip(ways).map(|(at, way)| (way.identity, at)).collect();
    let (mut groups, mut unapplied): (Vec<Group>, usize) = (Vec::new(), 0);
    let mut used: FxHashSet<u32> = FxHashSet::default();
    for join in joins.iter().rev() {
        let from = waits.get(&join.from).copied();
        if from.is_some_and(|from| groups.iter().any(|(other, ..)| *other == from)) {
            continue;
        }
        let members = join.rows.as_ref().and_then(|rows| members(own, rows, &item_of));
        match from.zip(members).filter(|(_, members)| members.iter().all(|member| !used.contains(member))) {
            Some((from, members)) => {
                used.extend(&members);
                groups.push((from, members, Cleared::Hand));
            }
            None => unapplied += 1,
        }
    }
    (groups, unapplied)
}

/// The items whose lines these are, ascending; `None` where one is no item's,
/// or an item has others beside them.
fn members(own: &Items, rows: &[Vec<u32>; 2], item_of: &[FxHashMap<u32, u32>; 2]) -> Option<Vec<u32>> {
    let mut members: Vec<u32> = Vec::new();
    for (rows, item_of) in rows.iter().zip(item_of) {
        for row in rows {
            members.push(*item_of.get(row)?);
        }
    }
    members.sort_unstable();
    members.dedup();
    let given: usize = rows.iter().map(Vec::len).sum();
    let held: usize = members.iter().map(|item| own.slices(*item).iter().map(|rows| rows.len()).sum::<usize>()).sum();
    (given == held && given > 0).then_some(members)
}
