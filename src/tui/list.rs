//! Where the operator is in one list: what is asked for, the index that came
//! back, the cursor, the marks and what a search found. The rows themselves
//! stay in the desk; only the visible ones are ever drawn.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::desk::{Desk, Group, GroupBy, ItemRow, ListQuery, Order, Screen, SortKey};
use crate::review::Needle;
use crate::review::filter::{AmountField, Field, TextField};

use super::groups::{Groups, head};
pub use super::marks::Marks;
use super::minimap::OpenMap;
use super::why::Only;

/// A column of the lists.
pub struct ListColumn {
    pub name: &'static str,
    /// The field of the filter language that it shows.
    pub field: Field,
    /// What it can be sorted by; where a list is sorted by one of them, the
    /// column shows it.
    pub sorts: &'static [SortKey],
}

const fn column(name: &'static str, field: Field, sorts: &'static [SortKey]) -> ListColumn {
    ListColumn { name, field, sorts }
}

/// The columns in the table's own order, behind that of the marks.
pub const COLUMNS: [ListColumn; 12] = [
    column("outcome", Field::Outcome, &[SortKey::Outcome]),
    column("time", Field::Day, &[SortKey::Time]),
    column("what", Field::Text(TextField::Model), &[SortKey::Model]),
    column("user", Field::Text(TextField::User), &[SortKey::User]),
    column("project", Field::Text(TextField::Project), &[SortKey::Project]),
    column("tokens", Field::Tokens, &[SortKey::Tokens]),
    column("billed", Field::Amount(AmountField::Billed), &[SortKey::Billed]),
    column("recorded", Field::Amount(AmountField::Recorded), &[SortKey::Recorded]),
    column("difference", Field::Amount(AmountField::Diff), &[SortKey::Difference, SortKey::Size]),
    column("cause", Field::Cause, &[SortKey::Cause]),
    column("decision", Field::Decision, &[SortKey::Decision]),
    column("badges", Field::Text(TextField::Badge), &[SortKey::Badges]),
];

/// A cursor over rows and the first row that is on the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spot {
    pub at: usize,
    pub top: usize,
}

impl Spot {
    /// Moves by a number of rows, staying within `len`.
    pub fn step(&mut self, by: isize, len: usize) {
        self.at = self.at.saturating_add_signed(by).min(len.saturating_sub(1));
    }

    /// Moves the rows on the screen, and the cursor only as far as it has to.
    pub fn scroll(&mut self, by: isize, len: usize, height: usize) {
        let height = height.max(1);
        self.top = self.top.saturating_add_signed(by).min(len.saturating_sub(height));
        self.at = self.at.clamp(self.top, self.top + height - 1).min(len.saturating_sub(1));
    }

    /// Keeps the cursor within the rows and the rows on the screen around it.
    pub fn follow(&mut self, len: usize, height: usize) {
        self.at = self.at.min(len.saturating_sub(1));
        let height = height.max(1);
        if self.at < self.top {
            self.top = self.at;
        } else if self.at >= self.top + height {
            self.top = self.at + 1 - height;
        }
        self.top = self.top.min(len.saturating_sub(height));
    }
}

/// An item by what a person would know it by, for when items are numbered
/// anew and for the next start.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Anchor {
    pub id: String,
    /// Microseconds since 1970.
    pub at: Option<i64>,
    pub what: String,
    pub user: String,
}

impl Anchor {
    pub fn of(row: &ItemRow<'_>) -> Self {
        Self {
            id: (*row.id).into(),
            at: row.at.map(|at| at.micros()),
            what: row.cells.what.into(),
            user: row.cells.user.into(),
        }
    }

    pub fn is(&self, row: &ItemRow<'_>) -> bool {
        *self.id == *row.id
            && self.at == row.at.map(|at| at.micros())
            && self.what == row.cells.what
            && self.user == row.cells.user
    }
}

/// What a search found.
#[derive(Debug, Clone, Default)]
pub struct Search {
    pub needle: Needle,
    /// Positions in the index, ascending; `None` until the answer is there.
    pub hits: Option<Arc<Vec<u32>>>,
    pub generation: u64,
    /// The cursor goes to the first hit once it is known; a search that is
    /// only renewed for other rows moves nothing.
    pub fresh: bool,
}

pub struct ListState {
    pub screen: Screen,
    pub filter: String,
    pub order: Order,
    pub open_only: bool,
    /// Only these of the items are shown.
    pub only: Option<Arc<Only>>,
    /// The items that are asked for, in order.
    pub items: Arc<Vec<u32>>,
    /// The rows of the screen: those items, or groups with the items of the
    /// open ones.
    pub index: Arc<Vec<u32>>,
    pub group_by: Option<GroupBy>,
    pub groups: Option<Arc<Groups>>,
    /// The groups that are open, by their names.
    pub opened: BTreeSet<String>,
    pub spot: Spot,
    pub marks: Marks,
    /// Marked items that the filter hides.
    pub hidden: usize,
    /// Where a range was started.
    pub range: Option<u32>,
    pub search: Option<Search>,
    /// The question that is under way; answers to older ones are dropped.
    pub asked: u64,
    /// Whether an answer is still to come.
    pub waiting: bool,
    /// Whether the index no longer fits the desk.
    pub stale: bool,
    /// Where the cursor belongs once the next answer is there.
    pub anchor: Option<Anchor>,
    /// Goes up with every other index.
    pub rows: u64,
    /// Where on the list the open items are.
    pub map: Arc<OpenMap>,
    /// The rows and the version of the desk it is of, or asked for.
    pub mapped: Option<(u64, u64)>,
}

/// The order of a list at first: matched items are many and alike, the others
/// are worked through by the size of what is wrong.
pub fn own_order(screen: Screen) -> Order {
    match screen {
        Screen::Matched => Order::by(SortKey::Time, false),
        Screen::Discrepancies | Screen::NotFound => Order::by(SortKey::Size, true),
    }
}

impl ListState {
    pub fn new(screen: Screen) -> Self {
        Self {
            screen,
            filter: String::new(),
            order: own_order(screen),
            open_only: false,
            only: None,
            items: Arc::default(),
            index: Arc::default(),
            group_by: None,
            groups: None,
            opened: BTreeSet::new(),
            spot: Spot::default(),
            marks: Marks::default(),
            hidden: 0,
            range: None,
            search: None,
            asked: 0,
            waiting: false,
            stale: true,
            anchor: None,
            rows: 0,
            map: Arc::default(),
            mapped: None,
        }
    }

    pub fn query(&self) -> ListQuery {
        ListQuery {
            screen: Some(self.screen),
            filter: self.filter.clone(),
            order: self.order.clone(),
            open_only: self.open_only,
        }
    }

    /// Whether a decision can change which items are shown, or their order.
    pub fn depends_on_decisions(&self) -> bool {
        let by_decision = self.order.place(SortKey::Decision).is_some();
        self.open_only || !self.filter.is_empty() || by_decision || self.group_by.is_some()
    }

    /// The item under the cursor; none where a group's head is.
    pub fn current(&self) -> Option<u32> {
        self.index.get(self.spot.at).copied().filter(|row| head(*row).is_none())
    }

    /// The group whose head is under the cursor.
    pub fn group(&self) -> Option<&Group> {
        self.groups.as_ref()?.of_row(*self.index.get(self.spot.at)?)
    }

    /// What a verb acts on: the marked items, or the one under the cursor, or
    /// the group's.
    pub fn targets(&self) -> Vec<u32> {
        match (self.marks.is_empty(), self.group()) {
            (false, _) => self.marks.items(),
            (true, Some(group)) => group.items.clone(),
            (true, None) => self.current().into_iter().collect(),
        }
    }

    /// Forgets the rows: the items have other numbers now.
    pub fn forget(&mut self) {
        self.items = Arc::default();
        self.index = Arc::default();
        self.rows += 1;
        self.groups = None;
        self.search = None;
    }

    /// Opens the group under the cursor, or closes it.
    pub fn fold(&mut self, height: usize) {
        let Some(label) = self.group().map(|group| group.label.clone()) else { return };
        if !self.opened.remove(&label) {
            self.opened.insert(label);
        }
        if let Some(groups) = &self.groups {
            // The rows above the head stay, and so does the cursor.
            self.index = Arc::new(groups.rows(&self.opened));
            self.rows += 1;
        }
        self.spot.follow(self.index.len(), height);
    }

    /// Takes new items; the cursor stays on its item or group, or goes to the
    /// next one behind it that is still shown. `at`: the place among the items
    /// that it belongs to instead.
    pub fn take(&mut self, items: Arc<Vec<u32>>, groups: Option<Arc<Groups>>, at: Option<usize>, height: usize) {
        let wanted = at.and_then(|at| items.get(at).copied()).or_else(|| self.current());
        let group = self.group().map(|group| group.label.clone());
        let rows = groups.as_ref().map_or_else(|| Arc::clone(&items), |groups| Arc::new(groups.rows(&self.opened)));
        let place = |row: u32| rows.iter().position(|other| *other == row);
        let named = |label: String| place(groups.as_ref()?.named(&label)?);
        let holding = |item: u32| place(groups.as_ref()?.holding(item)?);
        let at = match (wanted.filter(|_| at.is_some() || group.is_none()), group) {
            (Some(item), _) => place(item).or_else(|| holding(item)).or_else(|| self.same_place(&rows)),
            (None, Some(label)) => named(label).or(Some(self.spot.at)),
            (None, None) => self.same_place(&rows),
        };
        self.items = items;
        self.index = rows;
        self.rows += 1;
        self.groups = groups;
        self.spot.at = at.unwrap_or(0);
        self.count_hidden();
        self.search = self.search.take().map(|s| Search { hits: None, ..s });
        self.waiting = false;
        self.spot.follow(self.index.len(), height);
    }

    fn same_place(&self, index: &[u32]) -> Option<usize> {
        let behind = self.index.get(self.spot.at..)?;
        let current = *behind.first()?;
        if let Some(at) = index.iter().position(|item| *item == current) {
            return Some(at);
        }
        let mut shown = Marks::default();
        index.iter().filter(|row| head(**row).is_none()).for_each(|item| shown.set(*item));
        let next = behind.iter().find(|item| shown.has(**item));
        match next {
            Some(next) => index.iter().position(|item| item == next),
            None => Some(index.len().saturating_sub(1)),
        }
    }

    pub fn count_hidden(&mut self) {
        self.hidden = if self.marks.is_empty() {
            0
        } else {
            self.marks.len().saturating_sub(self.items.iter().filter(|item| self.marks.has(**item)).count())
        };
    }

    pub fn clear_marks(&mut self) {
        self.marks.clear();
        self.hidden = 0;
        self.range = None;
    }

    /// Marks the row or takes its mark off, with a group's head all of it; the
    /// items are asked for, so the count of hidden marks stays.
    pub fn toggle_mark(&mut self) {
        let items = match self.group() {
            Some(group) => group.items.clone(),
            None => self.current().into_iter().collect(),
        };
        let all = items.iter().all(|item| self.marks.has(*item));
        for item in items {
            if all {
                self.marks.unset(item);
            } else {
                self.marks.set(item);
            }
        }
    }

    /// Marks what stands on the rows from one to another, both included; a
    /// closed group's head stands for all of its items.
    pub fn mark_rows(&mut self, from: usize, to: usize) {
        let index = Arc::clone(&self.index);
        for row in index.iter().take(to + 1).skip(from) {
            match self.groups.as_ref().and_then(|groups| groups.of_row(*row)) {
                Some(group) if !self.opened.contains(&group.label) => {
                    group.items.iter().for_each(|item| self.marks.set(*item));
                }
                Some(_) => {}
                None => self.marks.set(*row),
            }
        }
    }

    /// The position of the next row from the cursor for which `wanted` holds,
    /// round the end of the list.
    pub fn next_where(&self, forward: bool, wanted: impl Fn(u32) -> bool) -> Option<usize> {
        let len = self.index.len();
        (1..=len).find_map(|step| {
            let at = if forward { (self.spot.at + step) % len } else { (self.spot.at + len - step) % len };
            self.index.get(at).is_some_and(|item| wanted(*item)).then_some(at)
        })
    }

    /// The next or previous hit of the search, round the end, and its number
    /// from 1.
    pub fn hit(&self, forward: bool, from_here: bool) -> Option<(usize, usize)> {
        let hits = self.search.as_ref()?.hits.as_ref()?;
        let here = self.spot.at as u32;
        let behind = hits.partition_point(|hit| *hit < here || (*hit == here && !from_here));
        let number = if forward {
            if behind < hits.len() { behind } else { 0 }
        } else {
            hits.partition_point(|hit| *hit < here).checked_sub(1).unwrap_or(hits.len().saturating_sub(1))
        };
        hits.get(number).map(|hit| (*hit as usize, number + 1))
    }

    /// What the search found, as it stands beside the cursor: `hit 3 of 17`,
    /// or `17 hits` where the cursor is on none of them.
    pub fn hits(&self) -> Option<String> {
        let hits = self.search.as_ref()?.hits.as_ref()?;
        let count = super::figures::count(hits.len() as u64);
        Some(match hits.binary_search(&(self.spot.at as u32)) {
            Ok(at) => format!("hit {} of {count}", super::figures::count(at as u64 + 1)),
            Err(_) => super::figures::of(hits.len() as u64, "hit", "hits"),
        })
    }

    /// Remembers the item under the cursor by what it is.
    pub fn remember(&mut self, desk: &Desk) {
        if let Some(item) = self.current().filter(|item| *item < desk.items()) {
            self.anchor = Some(Anchor::of(&desk.row(item)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn list(index: &[u32], at: usize) -> ListState {
        let mut list = ListState::new(Screen::Matched);
        list.index = Arc::new(index.to_vec());
        list.items = Arc::clone(&list.index);
        list.spot.at = at;
        list
    }

    #[test]
    fn the_cursor_stays_on_its_item_or_goes_to_the_next_one_left() {
        let mut kept = list(&[5, 3, 9, 1], 1);
        kept.take(Arc::new(vec![1, 3, 5, 9]), None, None, 10);
        assert_eq!(kept.current(), Some(3));
        let mut gone = list(&[5, 3, 9, 1], 1);
        gone.take(Arc::new(vec![1, 5, 9]), None, None, 10);
        assert_eq!(gone.current(), Some(9), "3 left the list; 9 stood behind it");
        let mut last = list(&[5, 3], 1);
        last.take(Arc::new(vec![5]), None, None, 10);
        assert_eq!(last.current(), Some(5));
        last.take(Arc::new(Vec::new()), None, None, 10);
        assert_eq!(last.current(), None);
    }

    #[test]
    fn marks_that_a_filter_hides_are_counted() {
        let mut list = list(&[1, 2, 3], 0);
        [1, 3].iter().for_each(|item| list.marks.set(*item));
        list.take(Arc::new(vec![2, 3]), None, None, 10);
        assert_eq!((list.marks.len(), list.hidden), (2, 1));
        assert_eq!(list.targets(), [1, 3]);
        list.clear_marks();
        assert_eq!((list.hidden, list.targets()), (0, vec![list.current().unwrap()]));
    }

    #[test]
    fn hits_are_visited_round_the_end_with_their_number() {
        let mut list = list(&[10, 11, 12, 13, 14], 1);
        list.search =
            Some(Search { needle: Needle::new("x"), hits: Some(Arc::new(vec![1, 3])), generation: 0, fresh: false });
        assert_eq!(list.hit(true, true), Some((1, 1)));
        assert_eq!(list.hit(true, false), Some((3, 2)));
        assert_eq!(list.hit(false, false), Some((3, 2)));
        list.spot.at = 4;
        assert_eq!(list.hit(true, false), Some((1, 1)));
        list.search = Some(Search { hits: Some(Arc::new(Vec::new())), ..Search::default() });
        assert_eq!(list.hit(true, false), None);
    }

    #[test]
    fn the_next_wanted_row_is_found_round_the_end() {
        let list = list(&[10, 11, 12], 1);
        assert_eq!(list.next_where(true, |item| item == 10), Some(0));
        assert_eq!(list.next_where(false, |item| item == 12), Some(2));
        assert_eq!(list.next_where(true, |_| false), None);
    }

    proptest! {
        #[test]
        fn marks_are_a_set(steps in proptest::collection::vec((0u32..300, any::<bool>()), 0..80)) {
            let (mut marks, mut set) = (Marks::default(), BTreeSet::new());
            for (item, on) in steps {
                if on { marks.set(item); set.insert(item); } else { marks.unset(item); set.remove(&item); }
                prop_assert_eq!(marks.len(), set.len());
            }
            prop_assert_eq!(marks.items(), set.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn the_cursor_is_always_on_the_screen(steps in proptest::collection::vec((-50isize..50, 0usize..100, 1usize..30), 1..40)) {
            let mut spot = Spot::default();
            for (by, len, height) in steps {
                spot.step(by, len);
                spot.follow(len, height);
                prop_assert!(spot.at < len.max(1));
                prop_assert!(spot.top <= spot.at && spot.at < spot.top + height);
                spot.scroll(by, len, height);
                prop_assert!(spot.at < len.max(1));
                prop_assert!(spot.top <= spot.at && spot.at < spot.top + height);
            }
        }
    }
}
