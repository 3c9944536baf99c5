//! A list in groups: items that have a model, a project, a cause, a day or a
//! user in common stand together under a subtotal. The order within a group is
//! the list's own.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::Desk;
use super::order::{Order, SortKey};
use super::sort::sort_groups;
use crate::amount::Amount;
use crate::reconcile::Cause;
use crate::review::{natural, natural_ranks};
use crate::usage::Sym;

/// What the items of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupBy {
    Model,
    Project,
    Cause,
    Day,
    User,
}

impl GroupBy {
    pub const ALL: [Self; 5] = [Self::Model, Self::Project, Self::Cause, Self::Day, Self::User];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Model => "model or usage type",
            Self::Project => "project",
            Self::Cause => "cause",
            Self::Day => "day",
            Self::User => "user",
        }
    }

    /// The sort key that asks for the order of these groups.
    pub(super) const fn key(self) -> SortKey {
        match self {
            Self::Model => SortKey::Model,
            Self::Project => SortKey::Project,
            Self::Cause => SortKey::Cause,
            Self::Day => SortKey::Time,
            Self::User => SortKey::User,
        }
    }
}

/// What a group comes to, in the book's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Subtotal {
    pub items: u64,
    pub open: u64,
    /// Of all items, compared or not.
    pub billed: Amount,
    pub recorded: Amount,
    /// Billed minus recorded of the items that were compared.
    pub difference: Amount,
}

impl Subtotal {
    fn plus(self, other: Self) -> Self {
        Self {
            items: self.items + other.items,
            open: self.open + other.open,
            billed: self.billed.plus(other.billed),
            recorded: self.recorded.plus(other.recorded),
            difference: self.difference.plus(other.difference),
        }
    }
}

/// Items that stand together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What they have in common; empty where they have nothing there.
    pub label: String,
    pub items: Vec<u32>,
    pub subtotal: Subtotal,
}

impl Desk {
    /// What these items come to together.
    pub fn subtotal(&self, items: &[u32]) -> Subtotal {
        let one = |item: &u32| {
            let row = self.cells(*item);
            Subtotal {
                items: 1,
                open: u64::from(self.is_open(*item)),
                billed: row.billed.unwrap_or_default(),
                recorded: row.recorded.unwrap_or_default(),
                difference: row.difference.unwrap_or_default(),
            }
        };
        items.par_iter().map(one).reduce(Subtotal::default, Subtotal::plus)
    }

    /// The items in groups, each in the order given. Groups stand in the order
    /// of their names, or of their subtotals where the list is sorted by an
    /// amount.
    pub fn grouped(&self, items: &[u32], by: GroupBy, order: &Order) -> Vec<Group> {
        let mut groups = self.groups_by_name(items, by);
        sort_groups(&mut groups, by, order);
        groups
    }

    fn groups_by_name(&self, items: &[u32], by: GroupBy) -> Vec<Group> {
        match by {
            GroupBy::Model => self.groups_of_names(items, |item| self.what_of(item)),
            GroupBy::User => self.groups_of_names(items, |item| self.user_of(item)),
            GroupBy::Cause => {
                let table = &self.compared.items;
                self.groups_of(
                    items,
                    |item| table.cause(item),
                    |cause: Cause| match cause {
                        Cause::None => String::new(),
                        cause => cause.label().to_owned(),
                    },
                )
            }
            GroupBy::Day => {
                let day = |item| {
                    let (lines, first) = self.lead(item);
                    // What has no day comes last.
                    let day = lines.day(first);
                    (day.is_none(), day)
                };
                self.groups_of(items, day, |(_, day)| day.map(|day| day.to_string()).unwrap_or_default())
            }
            GroupBy::Project => {
                let mut places: FxHashMap<String, u32> = FxHashMap::default();
                let mut names: Vec<String> = Vec::new();
                let keys: Vec<u32> = items
                    .iter()
                    .map(|item| {
                        let project = self.project_text(*item);
                        if let Some(place) = places.get(&*project) {
                            return *place;
                        }
                        let place = names.len() as u32;
                        names.push(project.to_string());
                        places.insert(project.into_owned(), place);
                        place
                    })
                    .collect();
                let mut order: Vec<u32> = (0..names.len() as u32).collect();
                let name = |place: u32| names.get(place as usize).map_or("", String::as_str);
                order.sort_by(|a, b| {
                    name(*a).is_empty().cmp(&name(*b).is_empty()).then_with(|| natural(name(*a), name(*b)))
                });
                let mut groups: Vec<Vec<u32>> = vec![Vec::new(); names.len()];
                for (item, key) in items.iter().zip(keys) {
                    if let Some(group) = groups.get_mut(key as usize) {
                        group.push(*item);
                    }
                }
                let groups = order.into_iter().filter_map(|place| {
                    let items = groups.get_mut(place as usize).map(std::mem::take)?;
                    Some((name(place).to_owned(), items))
                });
                self.added_up(groups.collect())
            }
        }
    }

    fn groups_of_names(&self, items: &[u32], name: impl Fn(u32) -> Sym + Sync) -> Vec<Group> {
        let names = &self.inputs.names;
        let ranks = natural_ranks(names);
        let key = |item| {
            let name = name(item);
            (name.is_none(), ranks.get(name.0 as usize).copied().unwrap_or(u32::MAX), name.0)
        };
        self.groups_of(
            items,
            key,
            |(none, _, name)| if none { String::new() } else { names.text(Sym(name)).to_owned() },
        )
    }

    /// Groups in the order of a key.
    fn groups_of<K: Ord + Copy + Send>(
        &self,
        items: &[u32],
        key: impl Fn(u32) -> K + Sync,
        label: impl Fn(K) -> String,
    ) -> Vec<Group> {
        let mut keyed: Vec<(K, u32, u32)> =
            items.par_iter().enumerate().map(|(at, item)| (key(*item), at as u32, *item)).collect();
        keyed.par_sort_unstable_by_key(|(key, at, _)| (*key, *at));
        let mut groups: Vec<(String, Vec<u32>)> = Vec::new();
        for run in keyed.chunk_by(|a, b| a.0 == b.0) {
            if let Some((first, ..)) = run.first() {
                groups.push((label(*first), run.iter().map(|(.., item)| *item).collect()));
            }
        }
        self.added_up(groups)
    }

    fn added_up(&self, groups: Vec<(String, Vec<u32>)>) -> Vec<Group> {
        groups
            .into_par_iter()
            .map(|(label, items)| {
                let subtotal = self.subtotal(&items);
                Group { label, items, subtotal }
            })
            .collect()
    }
}
