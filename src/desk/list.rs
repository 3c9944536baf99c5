//! Lists of items: which, and in what order.

use std::borrow::Cow;

use rayon::prelude::*;

use super::Screen;
use super::rules::Ready;
use super::standing::Code;
use super::view::ListQuery;
use super::{Badge, Desk, Standing};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::journal::Verdict;
use crate::reconcile::{self, Cause, Outcome};
use crate::review::Filter;
use crate::review::filter::{AmountField, Compare, Days, Field, Fields, Term, Test, TextField};
use crate::usage::Sym;

/// An item as the filter language asks about it.
pub(super) struct FilterRow<'a> {
    pub desk: &'a Desk,
    pub item: u32,
    pub of: AskedFor<'a>,
}

/// Who asks: it decides what the texts are that follow from decisions.
#[derive(Clone, Copy)]
pub(super) enum AskedFor<'a> {
    /// A list, with the rules made ready where it asks for badges.
    List(Option<&'a Ready<'a>>),
    /// A rule: to it an item is what it is, whatever was decided.
    Rule,
}

impl Fields for FilterRow<'_> {
    fn text(&self, field: TextField) -> Cow<'_, str> {
        match (field, self.of) {
            (TextField::Note, AskedFor::Rule) => Cow::Borrowed(self.desk.note(self.item)),
            (TextField::Badge, AskedFor::Rule) => Cow::Owned(words(&self.desk.own_badges(self.item))),
            (TextField::Badge, AskedFor::List(ready)) => Cow::Owned(self.desk.badge_words(self.item, ready)),
            _ => self.desk.filter_text(self.item, field),
        }
    }

    fn symbol(&self, field: TextField) -> Option<Sym> {
        let (lines, first) = self.desk.lead(self.item);
        match field {
            TextField::Model => Some(self.desk.what_of(self.item)),
            TextField::Action => Some(lines.action(first)),
            TextField::User => Some(self.desk.user_of(self.item)),
            TextField::Id | TextField::Project | TextField::Note | TextField::Badge => None,
        }
    }

    fn outcome(&self) -> Outcome {
        self.desk.compared.items.outcome(self.item)
    }

    fn cause(&self) -> Cause {
        self.desk.compared.items.cause(self.item)
    }

    fn decision(&self) -> Option<Verdict> {
        match self.desk.standing[self.item as usize] {
            Code::Decided(verdict) => Some(verdict),
            Code::Open | Code::Stale | Code::Settled => None,
        }
    }

    fn amount(&self, field: AmountField) -> Option<Amount> {
        let sides = self.desk.sides();
        let items = &self.desk.compared.items;
        let billed = reconcile::billed(&sides, items, self.item);
        let recorded = reconcile::recorded(&sides, items, self.item);
        let difference = billed.unwrap_or_default().minus(recorded.unwrap_or_default());
        match field {
            AmountField::Billed => billed,
            AmountField::Recorded => recorded,
            AmountField::Diff => Some(difference),
            AmountField::AbsDiff => Some(difference.abs()),
        }
    }

    fn day(&self) -> Option<Day> {
        let (lines, first) = self.desk.lead(self.item);
        lines.day(first)
    }

    fn tokens(&self) -> Option<i64> {
        let (lines, first) = self.desk.lead(self.item);
        lines.total(first)
    }
}

impl Desk {
    /// Items of a screen that pass the filter, sorted. Runs on all cores; a
    /// million items take tens of milliseconds.
    pub fn list(&self, query: &ListQuery) -> Vec<u32> {
        let filter = self.filter(&query.filter).ok().filter(|filter| !filter.is_empty());
        let badges = |filter: &Filter| {
            filter.terms().iter().any(|term| matches!(term.test, Test::Text { field: TextField::Badge, .. }))
        };
        let ready = filter.as_ref().filter(|filter| badges(filter)).map(|_| Ready::of(self));
        let filter = filter.as_ref().map(|filter| filter.prepare(&self.inputs.names));
        let of = AskedFor::List(ready.as_ref());
        let mut found: Vec<u32> = (0..self.items())
            .into_par_iter()
            .filter(|item| query.screen.is_none_or(|screen| screen.holds(self.compared.items.outcome(*item))))
            .filter(|item| !query.open_only || self.is_open(*item))
            .filter(|item| filter.as_ref().is_none_or(|f| f.matches(&FilterRow { desk: self, item: *item, of })))
            .collect();
        self.sort(&mut found, &query.order);
        found
    }

    /// What the filter language looks at in a field of an item.
    pub(super) fn filter_text(&self, item: u32, field: TextField) -> Cow<'_, str> {
        let (lines, first) = self.lead(item);
        let named = |sym: Sym| Cow::Borrowed(self.inputs.names.text(sym));
        match field {
            TextField::Id => lines.id(first).into(),
            TextField::Project => self.project_text(item),
            TextField::Note => Cow::Owned(self.note_texts(item)),
            TextField::Badge => Cow::Owned(self.badge_words(item, None)),
            TextField::Model => named(self.what_of(item)),
            TextField::User => named(self.user_of(item)),
            TextField::Action => named(lines.action(first)),
        }
    }

    /// The terms of a filter that ask for what this item has in a field; it
    /// passes them itself.
    ///
    /// # Errors
    /// A sentence where the item has nothing there that could be asked for.
    pub fn terms_like(&self, item: u32, field: Field) -> Result<Vec<Term>, String> {
        let row = FilterRow { desk: self, item, of: AskedFor::List(None) };
        let nothing = || format!("the item has no {} to filter by.", field.name());
        let term = |test| vec![Term { negated: false, test }];
        Ok(match field {
            Field::Outcome => vec![Term::outcome(row.outcome())],
            Field::Cause => vec![Term::cause(row.cause())],
            Field::Decision => vec![Term::decision(row.decision())],
            Field::Text(TextField::Badge) => {
                let words = row.text(TextField::Badge);
                let terms: Vec<Term> = words.split_whitespace().map(|word| Term::is(TextField::Badge, word)).collect();
                if terms.is_empty() { vec![Term::is(TextField::Badge, "")] } else { terms }
            }
            Field::Text(field) => vec![Term::is(field, &row.text(field))],
            Field::Day => {
                let day = row.day().ok_or_else(nothing)?;
                term(Test::Day(vec![Days { from: Some(day), to: Some(day) }]))
            }
            Field::Amount(field) => {
                let value = row.amount(field).ok_or_else(nothing)?;
                term(Test::Amount { field, compare: Compare::Equal, value })
            }
            Field::Tokens => {
                let value = row.tokens().ok_or_else(nothing)?;
                term(Test::Tokens { compare: Compare::Equal, value })
            }
        })
    }

    /// Items of each screen, and how many of them are open.
    pub fn counts(&self, screen: Screen) -> (u32, u32) {
        let at = screen as usize;
        (self.tally.items[at], self.tally.open[at])
    }

    fn note_texts(&self, item: u32) -> String {
        let mut text = match self.standing(item) {
            Standing::Decided(d) | Standing::Stale(d) => format!("{} {}", d.reason, d.note),
            Standing::Open | Standing::Settled => String::new(),
        };
        if let Some(rule) = self.decided_by(item) {
            text.push_str(&format!(" {rule}"));
        }
        text.push(' ');
        text.push_str(self.note(item));
        text
    }

    fn badge_words(&self, item: u32, ready: Option<&Ready<'_>>) -> String {
        let mut words = words(&self.badges(item, ready));
        if self.standing[item as usize] == Code::Stale {
            words.push_str(" stale");
        }
        words
    }
}

fn words(badges: &[Badge]) -> String {
    badges.iter().map(|badge| badge.word()).collect::<Vec<_>>().join(" ")
}

/// Items and open items of each screen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub items: [u32; 3],
    pub open: [u32; 3],
}

impl Tally {
    /// Of all items, by how each stands.
    pub fn of(outcome: impl Fn(u32) -> Outcome + Sync, standing: &[Code]) -> Self {
        let add = |mut tally: Self, (item, code): (usize, &Code)| {
            let outcome = outcome(item as u32);
            for screen in [Screen::Matched, Screen::Discrepancies, Screen::NotFound] {
                if screen.holds(outcome) {
                    tally.items[screen as usize] += 1;
                    tally.open[screen as usize] += u32::from(matches!(code, Code::Open | Code::Stale));
                }
            }
            tally
        };
        let both = |mut a: Self, b: Self| {
            a.items.iter_mut().zip(b.items).for_each(|(sum, more)| *sum += more);
            a.open.iter_mut().zip(b.open).for_each(|(sum, more)| *sum += more);
            a
        };
        let items = standing.par_iter().enumerate().with_min_len(1 << 14);
        items.fold(Self::default, add).reduce(Self::default, both)
    }
}

/// The causes that may stand in a filter, for completion.
pub fn cause_names() -> Vec<&'static str> {
    Cause::ALL.into_iter().filter(|cause| *cause != Cause::None).map(Cause::name).collect()
}
