//! What was last said about each item, with what was said before it
//! underneath, so that taking one entry back shows the earlier one again.
//!
//! An entry over a million items costs one slot per item here; what it says
//! stands once, in its [`Mark`].

use rustc_hash::FxHashMap;

use crate::journal::{Decision, ItemKey};
use crate::usage::Digest;

/// A decision in force, as the journal has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled<'a> {
    /// The content of the item when it was decided on.
    pub content: Digest,
    pub decision: &'a Decision,
    /// The journal entry, which says who and when.
    pub seq: u64,
}

/// How an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    Open,
    InForce(Settled<'a>),
    /// Decided when its lines or amounts were others: open again, and the old
    /// decision is shown.
    Stale(Settled<'a>),
}

impl<'a> Standing<'a> {
    /// The decision that counts; `None` while the item is open.
    pub fn in_force(self) -> Option<Settled<'a>> {
        match self {
            Self::InForce(settled) => Some(settled),
            Self::Open | Self::Stale(_) => None,
        }
    }
}

/// Entries up to this many items keep their list, so that taking one back
/// touches only them. For larger ones a pass over all slots costs no more than
/// the entry itself did, and no memory.
const FEW: usize = 256;

/// End of a chain of slots.
const NONE: u32 = u32::MAX;

/// What one entry said about all its items; `None` clears.
#[derive(Debug, Clone)]
struct Mark<T> {
    seq: u64,
    value: Option<T>,
    few: Option<Box<[Digest]>>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    content: Digest,
    /// Index into `marks`: later entries have greater ones.
    mark: u32,
    /// Index into `below`, or `NONE`.
    next: u32,
}

/// Values by item identity, layer upon layer in the order of the journal.
#[derive(Debug, Clone)]
pub(super) struct Layers<T> {
    marks: Vec<Mark<T>>,
    top: FxHashMap<Digest, Slot>,
    below: Vec<Slot>,
    /// Places in `below` that are free again.
    free: Vec<u32>,
    /// What entries taken back would put in force again, by mark.
    aside: FxHashMap<u32, Vec<(Digest, Digest)>>,
}

impl<T> Default for Layers<T> {
    fn default() -> Self {
        Self {
            marks: Vec::new(),
            top: FxHashMap::default(),
            below: Vec::new(),
            free: Vec::new(),
            aside: FxHashMap::default(),
        }
    }
}

impl<T> Layers<T> {
    /// Lays an entry over everything before it. Where it names an identity
    /// twice, the later content counts.
    pub(super) fn push(&mut self, seq: u64, items: &[ItemKey], value: Option<T>) {
        let few = (items.len() <= FEW).then(|| items.iter().map(|key| key.identity).collect());
        let mark = self.marks.len() as u32;
        self.marks.push(Mark { seq, value, few });
        if self.top.is_empty() {
            self.top.reserve(items.len());
        }
        for key in items {
            self.insert(key.identity, key.content, mark);
        }
    }

    /// The content, value and entry on top for an identity.
    pub(super) fn get(&self, identity: Digest) -> Option<(Digest, &T, u64)> {
        let slot = self.top.get(&identity)?;
        let mark = self.marks.get(slot.mark as usize)?;
        Some((slot.content, mark.value.as_ref()?, mark.seq))
    }

    /// Every identity with the content and value on top; in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = (Digest, Digest, &T)> {
        self.top.iter().filter_map(|(identity, slot)| {
            let mark = self.marks.get(slot.mark as usize)?;
            Some((*identity, slot.content, mark.value.as_ref()?))
        })
    }

    /// Takes an entry's effect back; what lay under it shows again.
    pub(super) fn undo(&mut self, seq: u64) {
        let Some(mark) = self.mark(seq) else { return };
        let mut taken = Vec::new();
        match self.marks.get(mark as usize).and_then(|m| m.few.clone()) {
            Some(few) => {
                for identity in few {
                    taken.extend(self.remove(identity, mark).map(|content| (identity, content)));
                }
            }
            None => self.remove_everywhere(mark, &mut taken),
        }
        self.aside.insert(mark, taken);
    }

    /// Puts an entry taken back into force again, at its place in the order.
    pub(super) fn redo(&mut self, seq: u64) {
        let Some(mark) = self.mark(seq) else { return };
        for (identity, content) in self.aside.remove(&mark).unwrap_or_default() {
            self.insert(identity, content, mark);
        }
    }

    /// Forgets what was taken back: it can no longer be redone.
    pub(super) fn forget_undone(&mut self) {
        self.aside = FxHashMap::default();
    }

    fn mark(&self, seq: u64) -> Option<u32> {
        self.marks.binary_search_by_key(&seq, |mark| mark.seq).ok().map(|at| at as u32)
    }

    fn insert(&mut self, identity: Digest, content: Digest, mark: u32) {
        use std::collections::hash_map::Entry;
        let top = match self.top.entry(identity) {
            Entry::Vacant(place) => {
                place.insert(Slot { content, mark, next: NONE });
                return;
            }
            Entry::Occupied(place) => place.into_mut(),
        };
        if top.mark == mark {
            top.content = content;
        } else if top.mark < mark {
            let next = store(&mut self.below, &mut self.free, *top);
            *top = Slot { content, mark, next };
        } else {
            // A redo under a later entry: down to where it belongs.
            let mut above = NONE;
            let mut next = top.next;
            while let Some(slot) = self.below.get(next as usize).copied().filter(|slot| slot.mark > mark) {
                above = next;
                next = slot.next;
            }
            let place = store(&mut self.below, &mut self.free, Slot { content, mark, next });
            match self.below.get_mut(above as usize) {
                Some(slot) => slot.next = place,
                None => top.next = place,
            }
        }
    }

    fn remove(&mut self, identity: Digest, mark: u32) -> Option<Digest> {
        let top = self.top.get_mut(&identity)?;
        if top.mark != mark {
            return unlink(&mut self.below, &mut self.free, top, mark);
        }
        let content = top.content;
        match release(&mut self.below, &mut self.free, top.next) {
            Some(under) => *top = under,
            None => {
                self.top.remove(&identity);
            }
        }
        Some(content)
    }

    fn remove_everywhere(&mut self, mark: u32, taken: &mut Vec<(Digest, Digest)>) {
        let Self { top, below, free, .. } = self;
        top.retain(|identity, slot| {
            if slot.mark != mark {
                taken.extend(unlink(below, free, slot, mark).map(|content| (*identity, content)));
                return true;
            }
            taken.push((*identity, slot.content));
            release(below, free, slot.next).map(|under| *slot = under).is_some()
        });
    }
}

fn store(below: &mut Vec<Slot>, free: &mut Vec<u32>, slot: Slot) -> u32 {
    if let Some(place) = free.pop()
        && let Some(old) = below.get_mut(place as usize)
    {
        *old = slot;
        return place;
    }
    below.push(slot);
    (below.len() - 1) as u32
}

/// Takes a slot out of `below`; `None` at the end of a chain.
fn release(below: &mut [Slot], free: &mut Vec<u32>, place: u32) -> Option<Slot> {
    let slot = below.get(place as usize).copied()?;
    free.push(place);
    Some(slot)
}

/// Takes the slot of an entry out of the chain under `top`.
fn unlink(below: &mut [Slot], free: &mut Vec<u32>, top: &mut Slot, mark: u32) -> Option<Digest> {
    let mut above = NONE;
    let mut place = top.next;
    loop {
        let slot = below.get(place as usize).copied()?;
        if slot.mark == mark {
            match below.get_mut(above as usize) {
                Some(upper) => upper.next = slot.next,
                None => top.next = slot.next,
            }
            free.push(place);
            return Some(slot.content);
        }
        above = place;
        place = slot.next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(identities: impl IntoIterator<Item = u128>, content: u128) -> Vec<ItemKey> {
        identities.into_iter().map(|i| ItemKey { identity: Digest(i), content: Digest(content) }).collect()
    }

    #[test]
    fn taking_the_middle_entry_back_leaves_the_others() {
        let mut layers = Layers::default();
        for (seq, value) in [(1, "first"), (2, "second"), (3, "third")] {
            layers.push(seq, &keys([7], 0), Some(value));
        }
        layers.undo(2);
        assert_eq!(layers.get(Digest(7)).unwrap().1, &"third");
        layers.undo(3);
        assert_eq!(layers.get(Digest(7)).unwrap().1, &"first");
        layers.redo(2);
        assert_eq!(layers.get(Digest(7)).unwrap().1, &"second");
    }

    proptest! {
        /// Small and large entries take different ways back.
        #[test]
        fn large_entries_come_back_like_small_ones(
            steps in proptest::collection::vec((0u64..6, any::<bool>()), 0..30),
        ) {
            let sets = [0..3u128, 1..300, 2..400, 0..1, 250..260, 0..500];
            let mut layers = Layers::default();
            for (seq, set) in sets.iter().enumerate() {
                layers.push(seq as u64, &keys(set.clone(), seq as u128), Some(seq));
            }
            let mut in_force = [true; 6];
            for (seq, redo) in steps {
                if in_force[seq as usize] != redo {
                    if redo { layers.redo(seq) } else { layers.undo(seq) }
                    in_force[seq as usize] = redo;
                }
                for identity in [0, 1, 2, 5, 255, 299, 399, 499, 500] {
                    let expect = (0..6).rev().find(|seq| in_force[*seq] && sets[*seq].contains(&identity));
                    let found = layers.get(Digest(identity)).map(|(content, seq, _)| (content, *seq));
                    prop_assert_eq!(found, expect.map(|seq| (Digest(seq as u128), seq)));
                }
            }
            let used: usize = layers.below.len() - layers.free.len();
            let layered: usize = (0..6).filter(|seq| in_force[*seq]).map(|seq| sets[seq].clone().count()).sum();
            prop_assert_eq!(used + layers.top.len(), layered);
        }
    }
}
