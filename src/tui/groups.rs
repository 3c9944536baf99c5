//! A list in groups, as rows: a head for each group, and below it its items
//! where it is open. Rows are numbers like the items themselves, so that a
//! million of them cost four bytes each.

use std::collections::BTreeSet;

use crate::desk::{Group, GroupBy};

/// Rows from here on are heads of groups. No month has so many items.
const HEAD: u32 = 1 << 31;

#[derive(Debug, PartialEq, Eq)]
pub struct Groups {
    pub by: GroupBy,
    pub groups: Vec<Group>,
}

/// Whether a row is the head of a group, and of which.
pub const fn head(row: u32) -> Option<usize> {
    if row >= HEAD { Some((row - HEAD) as usize) } else { None }
}

impl Groups {
    /// The group whose head a row is.
    pub fn of_row(&self, row: u32) -> Option<&Group> {
        self.groups.get(head(row)?)
    }

    /// All rows, with the items of the groups that are open.
    pub fn rows(&self, open: &BTreeSet<String>) -> Vec<u32> {
        let mut rows = Vec::with_capacity(self.groups.len());
        for (at, group) in self.groups.iter().enumerate() {
            rows.push(HEAD + at as u32);
            if open.contains(&group.label) {
                rows.extend_from_slice(&group.items);
            }
        }
        rows
    }

    /// The row of the group of this name.
    pub fn named(&self, label: &str) -> Option<u32> {
        self.groups.iter().position(|group| group.label == label).map(|at| HEAD + at as u32)
    }

    /// The row of the group that holds an item.
    pub fn holding(&self, item: u32) -> Option<u32> {
        self.groups.iter().position(|group| group.items.contains(&item)).map(|at| HEAD + at as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Subtotal;

    #[test]
    fn only_open_groups_show_their_items() {
        let group = |label: &str, items: &[u32]| Group {
            label: label.into(),
            items: items.to_vec(),
            subtotal: Subtotal::default(),
        };
        let groups = Groups { by: GroupBy::User, groups: vec![group("ada", &[4, 2]), group("", &[7])] };
        assert_eq!(groups.rows(&BTreeSet::new()), [HEAD, HEAD + 1]);
        assert_eq!(groups.rows(&BTreeSet::from(["ada".to_owned()])), [HEAD, 4, 2, HEAD + 1]);
        assert_eq!((head(4), head(HEAD + 1)), (None, Some(1)));
        assert_eq!((groups.holding(7), groups.named("ada"), groups.holding(9)), (Some(HEAD + 1), Some(HEAD), None));
    }
}
