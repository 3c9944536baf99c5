//! The month added up for who asks, with the book's categories and margin, and
//! the way from a group of it to its items.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::compared::{ItemPayer, PayerCache};
use super::{Desk, ListQuery, Refusal, Screen, TakenOut, text};
use crate::allocate::Payer;
use crate::calendar::Day;
use crate::report::{Ask, Dimension, Key, MOST, Payers, Paying, Summary, members, summarize};
use crate::review::filter::{Pattern, TextField};
use crate::usage::Side;

/// More values than this make a filter that nobody can read.
const MOST_VALUES: usize = 24;

/// Items as the lists can show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// In the filter language.
    pub filter: String,
    /// How many items of each list pass it.
    pub counts: [(Screen, usize); 3],
    /// Items of a group that do not pass: they are in it with some of their
    /// lines only, or the lists name no payer for what nobody pays.
    pub left_out: usize,
}

impl Desk {
    /// The lines of the month, or of some of its days, added up.
    ///
    /// # Errors
    /// [`Refusal`] when the days are not in the month, in the wrong order, a
    /// dimension is named twice or was not kept when the month was read, or
    /// there are too many.
    pub fn summary(&self, by: &[Dimension], from: Option<Day>, to: Option<Day>) -> Result<Summary, Refusal> {
        if let Some((at, twice)) = by.iter().enumerate().find(|(at, dimension)| by[..*at].contains(dimension)) {
            return Err(Refusal(format!("“{twice}” is named twice (place {}); name it once.", at + 1)));
        }
        if by.len() > MOST {
            return Err(Refusal(format!("{} dimensions are too many; name {MOST} at most.", by.len())));
        }
        if let Some(dimension) = by.iter().find(|dimension| !self.is_kept(dimension)) {
            return Err(Refusal(format!(
                "“{dimension}” was not kept when the month was read; read it again for that."
            )));
        }
        if let Some(day) = [from, to].into_iter().flatten().find(|day| !self.month.contains(*day)) {
            return Err(Refusal(format!("{day} is not in {}; take --month out, or name days in it.", self.month)));
        }
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            return Err(Refusal(format!("{to} is before {from}; name the earlier day first.")));
        }
        let payers = self.month_payers(by);
        let payers = payers.as_ref().map(|payers| payers as &dyn Payers);
        // What was carried in is usage of the months it came from.
        Ok(summarize(&self.sides(), self.compared.own_items(), payers, &self.ask(by, from, to)))
    }

    fn month_payers(&self, by: &[Dimension]) -> Option<MonthPayers<'_>> {
        let asked = by.contains(&Dimension::Project) && !self.config.projects.list.is_empty();
        asked.then(|| MonthPayers::of(self))
    }

    /// Whether what this asks for was kept when the month was read.
    fn is_kept(&self, dimension: &Dimension) -> bool {
        dimension.extra().is_none_or(|extra| self.inputs.keep.contains(&extra))
    }

    /// What the month can be added up by.
    pub fn dimensions(&self) -> Vec<Dimension> {
        let metadata = self.inputs.keep.iter().filter_map(|extra| extra.name().parse::<Dimension>().ok());
        let mut all: Vec<Dimension> = Dimension::ALL.into_iter().filter(|dimension| self.is_kept(dimension)).collect();
        for dimension in metadata {
            if !all.contains(&dimension) {
                all.push(dimension);
            }
        }
        all
    }

    /// What the figures of a summary of this month leave out, and what they are
    /// made of.
    pub fn summary_notes(&self, summary: &Summary) -> Vec<String> {
        let bad = self.inputs.bill.bad_rows.len() + self.inputs.ledger.bad_rows.len();
        notes_of(summary, bad, &self.margins_taken_out())
    }

    /// The items of a group as a filter shows them, and none of another. What
    /// belongs to several groups with its lines is left out where a filter
    /// cannot tell it apart.
    ///
    /// # Errors
    /// [`Refusal`] where the filter language cannot ask for such items.
    pub fn shown_group(&self, by: &[Dimension], key: &[Key]) -> Result<Shown, Refusal> {
        let payers = self.month_payers(by);
        let payers = payers.as_ref().map(|payers| payers as &dyn Payers);
        let of = |by: &[Dimension], key: &[Key]| {
            let ask = self.ask(by, None, None);
            let own = members(&self.sides(), self.compared.own_items(), payers, &ask, key);
            own.into_iter().map(|item| item + self.compared.before_own()).collect::<Vec<u32>>()
        };
        let wanted = of(by, key);
        if wanted.is_empty() {
            return Err(Refusal("No item is in this group any more; it is being added up again.".into()));
        }
        let mut terms = Vec::with_capacity(by.len());
        for (dimension, key) in by.iter().zip(key) {
            let alone = of(std::slice::from_ref(dimension), std::slice::from_ref(key));
            let Some(term) = self.term(dimension, &alone) else {
                return Err(Refusal(format!(
                    "A filter cannot ask for a {dimension} like “{}”; the group has {}.",
                    key.label(),
                    text::items(wanted.len())
                )));
            };
            terms.push(term);
        }
        let filter = terms.join(" ");
        let found = self.list(&ListQuery { filter: filter.clone(), ..ListQuery::default() });
        let inside = found.iter().all(|item| wanted.binary_search(item).is_ok());
        // What shows the smaller part of a group would pass for all of it.
        if !inside || found.len() * 2 < wanted.len() {
            let [has, shows] = [wanted.len(), found.len()].map(text::items);
            return Err(Refusal(format!(
                "A filter cannot ask for this group alone: it would show {shows}, the group has {has}."
            )));
        }
        Ok(Shown { left_out: wanted.len() - found.len(), ..self.counted(filter) })
    }

    /// How many items of each list pass a filter.
    pub fn counted(&self, filter: String) -> Shown {
        let counts = Screen::ALL.map(|screen| {
            let query = ListQuery { screen: Some(screen), filter: filter.clone(), ..ListQuery::default() };
            (screen, self.list(&query).len())
        });
        Shown { filter, counts, left_out: 0 }
    }

    /// A term that items of this group pass and no other item does, by what the
    /// lists know them by; `None` where there is none.
    fn term(&self, dimension: &Dimension, group: &[u32]) -> Option<String> {
        let field = match dimension {
            Dimension::Model => TextField::Model,
            Dimension::Project => TextField::Project,
            Dimension::User => TextField::User,
            Dimension::Action => TextField::Action,
            Dimension::Day => {
                let day = self.compared.items.day(&self.sides(), *group.first()?)?;
                return Some(format!("day:{day}"));
            }
            Dimension::Status => {
                return Some(format!("outcome:{}", self.compared.items.outcome(*group.first()?).name()));
            }
            Dimension::Category | Dimension::Job | Dimension::Meta(_) => return None,
        };
        let mut values: BTreeSet<Cow<'_, str>> = BTreeSet::new();
        for item in group {
            values.insert(self.filter_text(*item, field));
            if values.len() > MOST_VALUES {
                return None;
            }
        }
        let outside: FxHashSet<Cow<'_, str>> = (0..self.items())
            .into_par_iter()
            .filter(|item| group.binary_search(item).is_err())
            .map(|item| self.filter_text(item, field))
            .filter(|value| values.contains(value))
            .fold(FxHashSet::default, |mut set, value| {
                set.insert(value);
                set
            })
            .reduce(FxHashSet::default, |mut one, two| {
                one.extend(two);
                one
            });
        let own = values.iter().filter(|value| !outside.contains(*value));
        let own: Vec<String> = own.map(|value| Pattern::literal(value).to_string()).collect();
        (!own.is_empty()).then(|| format!("{}:{}", field.name(), own.join(",")))
    }

    /// Two summaries of months of this book together, asked for alike.
    pub fn together(&self, one: Summary, other: Summary) -> Summary {
        let by = one.by.clone();
        one.and(other, &self.ask(&by, None, None))
    }

    fn ask<'a>(&'a self, by: &'a [Dimension], from: Option<Day>, to: Option<Day>) -> Ask<'a> {
        let settings = &self.config.settings;
        Ask { by, keep: &self.inputs.keep, from, to, categories: &settings.categories, margin: settings.margin }
    }
}

/// What the figures of a summary leave out, and what they are made of: rows
/// that could not be read, and margins that were taken out.
pub fn notes_of(summary: &Summary, bad_rows: usize, taken_out: &[TakenOut]) -> Vec<String> {
    let mut notes = Vec::new();
    if bad_rows > 0 {
        let rows = text::of(
            bad_rows as u64,
            "row could not be read and is in no figure; trueup reconcile lists it",
            "rows could not be read and are in no figure; trueup reconcile lists them",
        );
        notes.push(format!("{rows}."));
    }
    if summary.undated > 0 {
        let items = text::of(
            summary.undated,
            "item has no date, so it is in no range of days",
            "items have no date, so they are in no range of days",
        );
        notes.push(format!("{items}."));
    }
    let total = &summary.total;
    if total.unpriced > 0 {
        let lines = text::of(
            total.unpriced,
            "line has no price: it is in no amount, and not worth zero",
            "lines have no price: they are in no amount, and not worth zero",
        );
        notes.push(format!("{lines}."));
    }
    if total.estimated_requests > 0 {
        notes.push(format!(
            "~ marks an estimate: {} category ({} in all), in no other amount.",
            text::of(
                total.estimated_requests,
                "request without a known cost at the fallback price of its",
                "requests without a known cost at the fallback price of their",
            ),
            text::money(total.estimated)
        ));
    }
    for taken in taken_out {
        notes.push(format!(
            "The costs in {} hold a margin of {}%, which is taken out: {} stated, {} recorded.",
            taken.ledger,
            taken.percent,
            text::money(taken.stated),
            text::money(taken.recorded)
        ));
    }
    if let Some(margin) = summary.margin {
        let what = match summary.base {
            Some(Side::Bill) => "what was billed",
            Some(Side::Ledger) => "what was recorded, since there is no bill",
            None => "what was billed, or recorded in months without a bill",
        };
        notes.push(format!("The margin is {}% on {what}; it changes no comparison and no charge.", margin.percent()));
    }
    notes
}

/// Who pays, by item, and by line where that is not one for all its lines.
struct MonthPayers<'a> {
    desk: &'a Desk,
    by_line: FxHashMap<(Side, u32), u32>,
}

impl<'a> MonthPayers<'a> {
    fn of(desk: &'a Desk) -> Self {
        let all: Vec<u32> = (0..desk.items()).filter(|item| Self::is_by_line(desk, *item)).collect();
        let (items, inputs, sides) = (&desk.compared.items, &desk.inputs, desk.sides());
        let found = all.par_chunks(4_096).flat_map_iter(|chunk| {
            let mut cache = PayerCache::new(&desk.config.projects, &inputs.names);
            let mut found = Vec::new();
            for item in chunk {
                let named = desk.assigned_project(*item);
                let bill = items.bill_rows(*item).map(|row| (Side::Bill, &inputs.bill.lines, row));
                let ledger = items.ledger_rows(*item).map(|row| (Side::Ledger, sides.ledger, row));
                for (side, lines, row) in bill.chain(ledger) {
                    let project = match cache.of(lines, row) {
                        Payer::Project(project) => Some(*project),
                        Payer::Unassigned(_) => named,
                    };
                    found.extend(project.map(|project| ((side, row), project)));
                }
            }
            found
        });
        Self { desk, by_line: found.collect() }
    }

    /// Several projects, or nothing to pay, which does not say whose it is.
    fn is_by_line(desk: &Desk, item: u32) -> bool {
        matches!(desk.compared.payers[item as usize], ItemPayer::Split | ItemPayer::Nobody)
    }
}

impl Payers for MonthPayers<'_> {
    fn of_item(&self, item: u32) -> Paying {
        let item = item + self.desk.compared.before_own();
        match self.desk.compared.payers[item as usize] {
            ItemPayer::Project(project) => Paying::One(Some(project)),
            ItemPayer::Unknown | ItemPayer::Claimed | ItemPayer::Closed(_) => {
                Paying::One(self.desk.assigned_project(item))
            }
            ItemPayer::Split | ItemPayer::Nobody => Paying::ByLine,
        }
    }

    fn of_line(&self, side: Side, row: u32) -> Option<u32> {
        self.by_line.get(&(side, row)).copied()
    }

    fn name(&self, project: u32) -> &str {
        self.desk.config.projects.list.get(project as usize).map_or("", |project| &project.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Figures;

    #[test]
    fn one_row_is_not_said_as_several() {
        let of = |count: u64| {
            let total = Figures { unpriced: count, estimated_requests: count, ..Figures::default() };
            let (by, groups) = (Vec::new(), Vec::new());
            let summary = Summary { by, groups, total, margin: None, base: None, undated: count };
            notes_of(&summary, count as usize, &[])
        };
        assert_eq!(
            of(1),
            [
                "1 row could not be read and is in no figure; trueup reconcile lists it.",
                "1 item has no date, so it is in no range of days.",
                "1 line has no price: it is in no amount, and not worth zero.",
                "~ marks an estimate: 1 request without a known cost at the fallback price of its category ($0.00 in \
                 all), in no other amount.",
            ]
        );
        let several = of(1_200);
        assert_eq!(several.len(), 4);
        assert!(several[2].starts_with("1,200 lines have no price: they are in"), "{several:?}");
    }
}
