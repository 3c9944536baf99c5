//! Items that are like one: in which of a few fields, how many they are and
//! how many dollars. One look at the items answers for every combination of
//! the fields; a batch over them settles what is open and says what is not.

use rayon::prelude::*;

use super::command::{Change, Command, Refusal};
use super::standing::Code;
use super::{Desk, text};
use crate::amount::Amount;
use crate::journal::Decision;
use crate::reconcile;

/// A field in which items can be alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    Outcome,
    Cause,
    /// The model, or the usage type where there is none.
    What,
    Project,
    User,
}

impl Shared {
    pub const ALL: [Self; 5] = [Self::Outcome, Self::Cause, Self::What, Self::Project, Self::User];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Cause => "cause",
            Self::What => "model",
            Self::Project => "project",
            Self::User => "user",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The fields that items must share to be alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Alike(u8);

impl Alike {
    pub fn of(fields: &[Shared]) -> Self {
        Self(fields.iter().fold(0, |set, field| set | field.bit()))
    }

    pub const fn has(self, field: Shared) -> bool {
        self.0 & field.bit() != 0
    }

    pub const fn toggle(&mut self, field: Shared) {
        self.0 ^= field.bit();
    }

    /// Without a field every item is like every other.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    const fn within(self, shared: u8) -> bool {
        shared & self.0 == self.0
    }
}

/// What a combination of fields holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Likes {
    pub items: u64,
    pub open: u64,
    /// Dollars of the open ones: billed, or recorded where only that is there.
    pub amount: Amount,
}

impl Likes {
    fn plus(self, other: Self) -> Self {
        Self { items: self.items + other.items, open: self.open + other.open, amount: self.amount.plus(other.amount) }
    }
}

/// Combinations of the fields.
const SETS: usize = 1 << Shared::ALL.len();

/// What each combination holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Likenesses {
    /// By exactly the fields that are shared.
    exactly: [Likes; SETS],
}

impl Likenesses {
    pub fn of(&self, alike: Alike) -> Likes {
        let fits = self.exactly.iter().enumerate().filter(|(shared, _)| alike.within(*shared as u8));
        fits.fold(Likes::default(), |sum, (_, likes)| sum.plus(*likes))
    }

    fn merge(mut self, other: &Self) -> Self {
        self.exactly.iter_mut().zip(other.exactly).for_each(|(into, from)| *into = into.plus(from));
        self
    }
}

/// What is compared of the item that the others are held against.
struct Pattern<'a> {
    desk: &'a Desk,
    item: u32,
    project: String,
}

impl<'a> Pattern<'a> {
    fn new(desk: &'a Desk, item: u32) -> Self {
        Self { desk, item, project: desk.project_text(item).into_owned() }
    }

    /// The fields that another item has in common with it, as bits.
    fn shared(&self, other: u32) -> u8 {
        let items = &self.desk.compared.items;
        let same = |field| match field {
            Shared::Outcome => items.outcome(other) == items.outcome(self.item),
            Shared::Cause => items.cause(other) == items.cause(self.item),
            Shared::What => self.desk.what_of(other) == self.desk.what_of(self.item),
            Shared::Project => *self.desk.project_text(other) == *self.project,
            Shared::User => self.desk.user_of(other) == self.desk.user_of(self.item),
        };
        Shared::ALL.into_iter().filter(|field| same(*field)).fold(0, |set, field| set | field.bit())
    }
}

impl Desk {
    /// What every combination of fields holds of the items that are like this
    /// one, among these, or of the whole month.
    pub fn likenesses(&self, item: u32, among: Option<&[u32]>) -> Likenesses {
        let pattern = Pattern::new(self, item);
        let (sides, items) = (self.sides(), &self.compared.items);
        let count = |mut counts: Likenesses, other: u32| {
            let open = self.is_open(other);
            let value = || {
                let billed = reconcile::billed(&sides, items, other);
                billed.or_else(|| reconcile::recorded(&sides, items, other)).unwrap_or_default()
            };
            let likes =
                Likes { items: 1, open: u64::from(open), amount: if open { value() } else { Amount::default() } };
            if let Some(into) = counts.exactly.get_mut(usize::from(pattern.shared(other))) {
                *into = into.plus(likes);
            }
            counts
        };
        let merge = |a: Likenesses, b: Likenesses| a.merge(&b);
        match among {
            Some(among) => {
                among.par_iter().copied().fold(Likenesses::default, count).reduce(Likenesses::default, merge)
            }
            None => {
                (0..self.items()).into_par_iter().fold(Likenesses::default, count).reduce(Likenesses::default, merge)
            }
        }
    }

    /// Items that are like this one, among these in their order, or of the
    /// whole month. Without a field to share there are none.
    pub fn alike(&self, item: u32, alike: Alike, among: Option<&[u32]>) -> Vec<u32> {
        if alike.is_empty() {
            return Vec::new();
        }
        let pattern = Pattern::new(self, item);
        let fits = |other: &u32| alike.within(pattern.shared(*other));
        match among {
            Some(among) => among.par_iter().copied().filter(fits).collect(),
            None => (0..self.items()).into_par_iter().filter(fits).collect(),
        }
    }

    /// A batch never replaces what was settled one by one: it takes the open
    /// items and says how many it left.
    pub(super) fn plan_decide_open(
        &self,
        command: &Command,
        items: &[u32],
        decision: &Decision,
    ) -> Result<Change, Refusal> {
        let items = self.some(items)?;
        let decided = |item: &u32| matches!(self.standing.get(*item as usize), Some(Code::Decided(_)));
        let (settled, open): (Vec<u32>, Vec<u32>) = items.into_iter().partition(decided);
        if open.is_empty() {
            return Err(Refusal(format!(
                "Nothing was done: {} settled already. Mark items to decide them anew.",
                match settled.len() {
                    1 => "the item is".to_owned(),
                    many => format!("all {} are", text::items(many)),
                }
            )));
        }
        let mut change = self.plan_decide(command, &open, decision, true)?;
        if !settled.is_empty() {
            change.preview.left_out.push(("settled already; that decision stands".to_owned(), settled.len()));
        }
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_combination_holds_what_shares_at_least_its_fields() {
        let mut counts = Likenesses::default();
        let one = |shared: &[Shared]| usize::from(Alike::of(shared).0);
        let likes = |items| Likes { items, open: items, amount: Amount::default() };
        counts.exactly[one(&[Shared::Outcome, Shared::User])] = likes(2);
        counts.exactly[one(&[Shared::Outcome])] = likes(3);
        counts.exactly[one(&[])] = likes(5);
        assert_eq!(counts.of(Alike::of(&[Shared::Outcome])).items, 5);
        assert_eq!(counts.of(Alike::of(&[Shared::User])).items, 2);
        assert_eq!(counts.of(Alike::of(&[Shared::Cause])).items, 0);
        assert_eq!(counts.of(Alike::default()).items, 10);
    }

    proptest! {
        #[test]
        fn one_more_field_never_holds_more(exactly in proptest::collection::vec(0u64..9, SETS), set in 0u8..32, field in 0usize..5) {
            let mut counts = Likenesses::default();
            for (into, items) in counts.exactly.iter_mut().zip(exactly) {
                into.items = items;
            }
            let (few, field) = (Alike(set), Shared::ALL[field]);
            let mut more = few;
            if !more.has(field) {
                more.toggle(field);
            }
            prop_assert!(counts.of(more).items <= counts.of(few).items);
        }
    }
}
