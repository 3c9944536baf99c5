//! One item as a table shows it: its cells, where it stands and its badges.

use super::Desk;
use super::payers::Lacking;
use super::rules::Ready;
use super::standing::Code;
use super::view::{Badge, ItemCells, ItemRow, Standing};
use crate::amount::Amount;
use crate::calendar::Instant;
use crate::price::Worth;
use crate::reconcile::{self, Outcome, What};
use crate::review;
use crate::usage::{Lines, Shape, Sym};
use std::borrow::Cow;

impl Desk {
    /// What a table shows of an item.
    pub fn row(&self, item: u32) -> ItemRow<'_> {
        let items = &self.compared.items;
        let (lines, first) = self.lead(item);
        ItemRow {
            item,
            at: match items.dims(item) {
                Some(dims) if dims.period.seconds().is_none() => lines.day(first).map(Instant::start_of),
                Some(_) => reconcile::group_of(&self.sides(), items, item).and_then(|group| group.at),
                None => lines.at(first),
            },
            id: lines.id(first).into(),
            cells: self.cells(item),
            standing: self.standing(item),
            badges: self.badges(item, None),
            carried_days: self.carried_days(item),
            lines: (items.bill_rows(item).len(), items.ledger_rows(item).len()),
        }
    }

    /// What follows from the lines alone, without decisions and badges.
    pub fn cells(&self, item: u32) -> ItemCells<'_> {
        let sides = self.sides();
        let items = &self.compared.items;
        let names = &self.inputs.names;
        let billed = reconcile::billed(&sides, items, item);
        let recorded = reconcile::recorded(&sides, items, item);
        let compared = items.outcome(item) != Outcome::NotApplicable;
        ItemCells {
            outcome: items.outcome(item),
            cause: items.cause(item),
            what: names.text(self.what_of(item)),
            user: names.text(self.user_of(item)),
            project: self.project_text(item),
            billed_tokens: sum_tokens(&self.inputs.bill.lines, items.bill_rows(item)),
            recorded_tokens: sum_tokens(&self.inputs.ledger.lines, items.ledger_rows(item)),
            billed,
            recorded,
            difference: compared.then(|| billed.unwrap_or_default().minus(recorded.unwrap_or_default())),
        }
    }

    /// The line that gives an item its time and names: the first of the bill,
    /// else of the ledger.
    pub(super) fn lead(&self, item: u32) -> (&Lines, u32) {
        let items = &self.compared.items;
        match items.bill_rows(item).next() {
            Some(row) => (&self.inputs.bill.lines, row),
            None => (self.sides().ledger, items.ledger_rows(item).next().unwrap_or(0)),
        }
    }

    /// What was used, as a table names it. Lines of a whole day that are not
    /// compared by their models have no one name, unless there is only one.
    pub(super) fn what_of(&self, item: u32) -> Sym {
        let items = &self.compared.items;
        let (lines, first) = self.lead(item);
        match items.dims(item).map(|dims| dims.what) {
            _ if items.bill_rows(item).len() + items.ledger_rows(item).len() == 1 => lines.what(first),
            Some(What::All) => Sym::NONE,
            Some(What::Model | What::ModelAndClass) => lines.model(first),
            Some(What::UsageType) | None => lines.what(first),
        }
    }

    /// What an item is known by outside the program: the request id, or day,
    /// user and usage type, or what its lines have in common, or else its
    /// identity.
    pub fn item_id(&self, item: u32) -> Cow<'_, str> {
        let (lines, first) = self.lead(item);
        if let Some(group) = reconcile::group_of(&self.sides(), &self.compared.items, item) {
            return group.name().into();
        }
        match lines.shape(first) {
            Shape::Request if lines.has_id(first) => lines.id(first).into(),
            Shape::Request | Shape::Cost | Shape::Usage => {
                reconcile::identity(&self.sides(), &self.compared.items, item).to_string().into()
            }
            Shape::Credits => {
                let names = &self.inputs.names;
                let day = lines.day(first).map(|d| d.to_string()).unwrap_or_default();
                format!("{day}/{}/{}", names.text(lines.user(first)), names.text(lines.action(first))).into()
            }
        }
    }

    /// The same, for who writes those of a million items and keeps none.
    pub fn with_item_id<T>(&self, item: u32, take: impl FnOnce(&str) -> T) -> T {
        let (lines, first) = self.lead(item);
        let of_request = lines.shape(first) == Shape::Request && lines.has_id(first);
        if of_request && reconcile::group_of(&self.sides(), &self.compared.items, item).is_none() {
            return take(&lines.id(first));
        }
        take(&self.item_id(item))
    }

    pub(super) fn user_of(&self, item: u32) -> crate::usage::Sym {
        let items = &self.compared.items;
        let bill = items.bill_rows(item).map(|row| self.inputs.bill.lines.user(row));
        let ledger = items.ledger_rows(item).map(|row| self.sides().ledger.user(row));
        bill.chain(ledger).find(|user| !user.is_none()).unwrap_or_default()
    }

    pub(super) fn standing(&self, item: u32) -> Standing<'_> {
        match self.standing[item as usize] {
            Code::Open => Standing::Open,
            Code::Settled => Standing::Settled,
            Code::Decided(_) | Code::Stale => {
                match self.state.settled(&reconcile::key(&self.sides(), &self.compared.items, item)) {
                    review::Standing::InForce(settled) => Standing::Decided(settled.decision),
                    review::Standing::Stale(settled) => Standing::Stale(settled.decision),
                    review::Standing::Open => Standing::Open,
                }
            }
        }
    }

    /// Its own badges, and whether a rule suggests something for it; `ready`
    /// makes that a look-up for very many items.
    pub(super) fn badges(&self, item: u32, ready: Option<&Ready<'_>>) -> Vec<Badge> {
        let mut badges = self.own_badges(item);
        if self.suggestion(item, ready).is_some() {
            badges.push(Badge::Suggested);
        }
        badges
    }

    /// The badges that follow from the item itself.
    pub(super) fn own_badges(&self, item: u32) -> Vec<Badge> {
        let sides = self.sides();
        let items = &self.compared.items;
        let mut badges = Vec::new();
        if let Some(lacking) = self.lacking(item) {
            badges.push(match lacking {
                Lacking::OneProject => Badge::TwoProjects,
                Lacking::OpenFund => Badge::ClosedFund,
                Lacking::Project => Badge::Unassigned,
            });
        }
        let worth = |row| sides.bill_values.worth(sides.bill, row);
        if items.bill_rows(item).any(|row| worth(row).amount().is_some_and(Amount::is_negative)) {
            badges.push(Badge::Refund);
        }
        if items.bill_rows(item).any(|row| matches!(worth(row), Worth::Lot { overdrawn: true, .. })) {
            badges.push(Badge::Overdrawn);
        }
        let (lines, first) = self.lead(item);
        if lines.shape(first) == Shape::Request
            && !lines.model(first).is_none()
            && items.outcome(item) != Outcome::Unpriced
            && !self.compared.known_models.get(lines.model(first).0 as usize).copied().unwrap_or(false)
        {
            badges.push(Badge::UnknownModel);
        }
        if self.has_odd_fund(item) {
            badges.push(Badge::OddFund);
        }
        if !self.note(item).is_empty() {
            badges.push(Badge::Note);
        }
        if let Some(carried) = self.carried_item(item) {
            badges.push(if carried.cleared.is_some() { Badge::Cleared } else { Badge::Carried });
        }
        badges
    }

    /// The note on an item, or empty.
    pub fn note(&self, item: u32) -> &str {
        if !self.touched.noted {
            return "";
        }
        self.state.note(reconcile::identity(&self.sides(), &self.compared.items, item)).unwrap_or("")
    }
}

pub(super) fn sum_tokens(lines: &Lines, rows: impl Iterator<Item = u32>) -> Option<i64> {
    rows.filter_map(|row| lines.total(row)).reduce(i64::saturating_add)
}
