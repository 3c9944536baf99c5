//! Where a line belongs on each dimension, as numbers.
//!
//! The lines of an item belong together, so what one line does not say is
//! taken from the others. Only where the lines of one side say different
//! things is each line counted by itself.

use super::category::{Category, Rules, Trait, Traits};
use super::evidence::Evidence;
use super::{Ask, Dimension, Key};
use crate::calendar::Day;
use crate::reconcile::{Items, Models, Outcome, Sides};
use crate::usage::{Lines, NotApplicable, Shape, Side, Sym};

/// Who pays for an item, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paying {
    /// One project, or nobody known, for all its lines.
    One(Option<u32>),
    /// Each line has a project of its own.
    ByLine,
}

/// The projects that pay, by their number.
pub trait Payers: Sync {
    fn of_item(&self, item: u32) -> Paying;
    /// Asked for the lines of items that are [`Paying::ByLine`].
    fn of_line(&self, side: Side, row: u32) -> Option<u32>;
    fn name(&self, project: u32) -> &str;
}

/// The place on one dimension. The numbers of names depend on the order of
/// reading, so groups are sorted by their texts.
pub(super) type Code = u32;
/// Nothing is said.
pub(super) const BLANK: Code = u32::MAX;
/// The lines of the item say different things, and this one none.
pub(super) const SEVERAL: Code = u32::MAX - 1;

/// Marks what stands in for a model, such as the usage type of credits: it is
/// no name of one, and stays as it is spelled.
const AS_SPELLED: Code = 1 << 31;

/// A place on every dimension asked for; those not used are 0.
pub(super) type Place = [Code; MOST];
/// A place that is the same for all lines of an item, so far as it is.
pub(super) type Whole = [Option<Code>; MOST];

/// The most dimensions that can be asked for at once.
pub const MOST: usize = 12;

/// A dimension as it is asked of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    Model,
    Project,
    User,
    Action,
    Category,
    Day,
    Status,
    /// What was kept beside the lines, by its number.
    Extra(usize),
}

impl Axis {
    fn of(dimension: &Dimension, ask: &Ask) -> Self {
        match dimension {
            Dimension::Model => Self::Model,
            Dimension::Project => Self::Project,
            Dimension::User => Self::User,
            Dimension::Action => Self::Action,
            Dimension::Category => Self::Category,
            Dimension::Day => Self::Day,
            Dimension::Status => Self::Status,
            // What was not kept, no line says.
            Dimension::Job | Dimension::Meta(_) => Self::Extra(
                ask.keep.iter().position(|kept| Some(kept) == dimension.extra().as_ref()).unwrap_or(usize::MAX),
            ),
        }
    }
}

/// What the lines of one side of an item say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    One(Code),
    Several,
}

/// Which side an item's requests and tokens are taken from, and what they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage {
    pub side: Side,
    pub requests: u64,
    /// `None` where no line says.
    pub tokens: Option<i128>,
}

pub(super) struct Axes<'a> {
    pub sides: &'a Sides<'a>,
    items: &'a Items,
    by: Vec<Axis>,
    payers: Option<&'a dyn Payers>,
    models: Option<Models>,
    evidence: Evidence,
    categories: &'a [Category],
    rules: Option<Rules<'a>>,
}

impl<'a> Axes<'a> {
    pub fn new(sides: &'a Sides<'a>, items: &'a Items, payers: Option<&'a dyn Payers>, ask: &Ask<'a>) -> Self {
        let by_category = ask.by.contains(&Dimension::Category);
        let estimates = ask.categories.iter().any(|category| category.fallback_per_request.is_some());
        let mut models = ask.by.contains(&Dimension::Model).then(|| Models::of(sides));
        let evidence = Evidence::of(sides, &mut models);
        Self {
            sides,
            items,
            by: ask.by.iter().take(MOST).map(|dimension| Axis::of(dimension, ask)).collect(),
            payers,
            models,
            evidence,
            categories: ask.categories,
            rules: (by_category || estimates).then(|| Rules::prepare(ask.categories, sides)),
        }
    }

    fn lines(&self, side: Side) -> &'a Lines {
        match side {
            Side::Bill => self.sides.bill,
            Side::Ledger => self.sides.ledger,
        }
    }

    /// Bill lines, then ledger entries.
    pub fn rows(&self, item: u32) -> impl Iterator<Item = (Side, u32)> + '_ {
        let bill = self.items.bill_rows(item).map(|row| (Side::Bill, row));
        bill.chain(self.items.ledger_rows(item).map(|row| (Side::Ledger, row)))
    }

    /// The category of an item by its number, where categories are asked for.
    pub fn category(&self, item: u32, usage: Usage) -> Option<usize> {
        self.rules.as_ref()?.find(&ItemTraits { axes: self, item, usage })
    }

    /// Where all lines of an item belong; `None` on a dimension on which each
    /// has to be asked by itself.
    pub fn of_item(&self, item: u32, category: Option<usize>) -> Whole {
        let mut place = [Some(0); MOST];
        for (slot, axis) in place.iter_mut().zip(&self.by) {
            *slot = match axis {
                Axis::Category => Some(category.map_or(BLANK, |number| number as Code)),
                Axis::Day => Some(self.items.day(self.sides, item).map_or(BLANK, day_code)),
                Axis::Status => Some(self.items.outcome(item) as Code),
                Axis::Project if self.payers.is_some() => match self.payers.map(|p| p.of_item(item)) {
                    Some(Paying::One(project)) => Some(project.unwrap_or(BLANK)),
                    _ => self.agreed(*axis, item),
                },
                Axis::Model | Axis::Project | Axis::User | Axis::Action | Axis::Extra(_) => self.agreed(*axis, item),
            };
        }
        place
    }

    /// Whether something that no line is known again by is asked for: then
    /// lines that are alike may still be in different groups.
    pub fn has_extras(&self) -> bool {
        self.by.iter().any(|axis| matches!(axis, Axis::Extra(_)))
    }

    /// Where one line belongs, given where its item does.
    pub fn of_line(&self, item: u32, side: Side, row: u32, whole: &Whole) -> Place {
        let mut place = [0; MOST];
        for (at, slot) in place.iter_mut().enumerate() {
            *slot = match (whole[at], self.by.get(at)) {
                (Some(code), _) => code,
                (None, None) => 0,
                (None, Some(axis)) => match self.code(*axis, side, row) {
                    BLANK => match self.said(*axis, item, other(side)) {
                        Said::One(code) => code,
                        Said::Nothing | Said::Several => SEVERAL,
                    },
                    own => own,
                },
            };
        }
        place
    }

    /// What all lines of an item agree on, the preferred side before the
    /// other; `None` where one side says several things.
    fn agreed(&self, axis: Axis, item: u32) -> Option<Code> {
        let first = match axis {
            // People, their actions and what they were for are known better at
            // home.
            Axis::User | Axis::Action | Axis::Extra(_) => Side::Ledger,
            _ => Side::Bill,
        };
        match (self.said(axis, item, first), self.said(axis, item, other(first))) {
            (Said::Several, _) | (_, Said::Several) => None,
            (Said::One(code), _) | (Said::Nothing, Said::One(code)) => Some(code),
            (Said::Nothing, Said::Nothing) => Some(BLANK),
        }
    }

    fn said(&self, axis: Axis, item: u32, side: Side) -> Said {
        let mut said = Said::Nothing;
        let mut see = |row: u32| match (self.code(axis, side, row), said) {
            (BLANK, _) | (_, Said::Several) => {}
            (code, Said::Nothing) => said = Said::One(code),
            (code, Said::One(before)) if code != before => said = Said::Several,
            _ => {}
        };
        match side {
            Side::Bill => self.items.bill_rows(item).for_each(&mut see),
            Side::Ledger => self.items.ledger_rows(item).for_each(&mut see),
        }
        said
    }

    /// What a line itself says.
    fn code(&self, axis: Axis, side: Side, row: u32) -> Code {
        let lines = self.lines(side);
        let sym = |sym: Sym| if sym.is_none() { BLANK } else { sym.0 };
        let or_as_spelled = |name: Sym| if name.is_none() { BLANK } else { name.0 | AS_SPELLED };
        match (axis, self.payers) {
            (Axis::Project, Some(payers)) => payers.of_line(side, row).unwrap_or(BLANK),
            (Axis::Project, None) => sym(lines.project(row)),
            (Axis::User, _) => sym(lines.user(row)),
            (Axis::Action, _) => sym(lines.action(row)),
            (Axis::Extra(number), _) => sym(lines.extra(row, number)),
            (Axis::Model, _) => match (lines.model(row), &self.models, lines.shape(row)) {
                (Sym::NONE, _, Shape::Credits) => or_as_spelled(lines.action(row)),
                (Sym::NONE, _, Shape::Usage) => or_as_spelled(lines.item_text(row)),
                (Sym::NONE, ..) => BLANK,
                (model, Some(models), _) => models.number(model),
                (model, None, _) => model.0,
            },
            (Axis::Category | Axis::Day | Axis::Status, _) => BLANK,
        }
    }

    /// The texts of a place, on all dimensions.
    pub fn keys(&self, place: &Place) -> Vec<Key> {
        self.by.iter().zip(place).map(|(axis, code)| self.key(*axis, *code)).collect()
    }

    /// The text of a place on a dimension.
    fn key(&self, axis: Axis, code: Code) -> Key {
        let name = |text: &str| Key::Name(text.to_owned());
        match (code, axis, self.payers) {
            (BLANK, ..) => Key::Blank,
            (SEVERAL, ..) => Key::Several,
            (_, Axis::Category, _) => self.categories.get(code as usize).map_or(Key::Blank, |c| name(&c.name)),
            (_, Axis::Day, _) => Key::Name(code_day(code).to_string()),
            (_, Axis::Status, _) => Outcome::ALL.get(code as usize).map_or(Key::Blank, |o| name(o.name())),
            (_, Axis::Project, Some(payers)) => name(payers.name(code)),
            (_, Axis::Model, _) if code & AS_SPELLED != 0 => name(self.sides.names.text(Sym(code & !AS_SPELLED))),
            (_, Axis::Model, _) => name(&self.sides.prices.models.canonical(self.sides.names.text(Sym(code)))),
            _ => name(self.sides.names.text(Sym(code))),
        }
    }

    /// From the bill where it says how many tokens, or where nothing was
    /// recorded; else from the ledger. What the bill's usage says of the same
    /// days counts there, and neither here nor once more in the ledger.
    pub fn usage(&self, item: u32) -> Usage {
        let on = |side: Side| {
            let lines = self.lines(side);
            let mut usage = Usage { side, requests: 0, tokens: None };
            for (_, row) in self.rows(item).filter(|(of, row)| *of == side && counts(lines, *row)) {
                usage.requests += requests(lines, row);
                if let Some(tokens) = lines.total(row) {
                    usage.tokens = Some(usage.tokens.unwrap_or(0) + i128::from(tokens));
                }
            }
            usage
        };
        let bill = on(Side::Bill);
        let counted = bill.tokens.is_some()
            || self.items.first_ledger_row(item).is_none()
            || self.evidence.speaks_for(self.sides, self.items, self.models.as_ref(), item);
        if counted { bill } else { on(Side::Ledger) }
    }
}

const fn other(side: Side) -> Side {
    match side {
        Side::Bill => Side::Ledger,
        Side::Ledger => Side::Bill,
    }
}

/// How many requests a line stands for: credits and costs do not say, and
/// usage does where it counts requests.
pub(super) fn requests(lines: &Lines, row: u32) -> u64 {
    match lines.shape(row) {
        Shape::Request => u64::from(lines.entries(row)),
        Shape::Usage => lines.requests(row).and_then(|count| u64::try_from(count).ok()).unwrap_or(0),
        Shape::Credits | Shape::Cost => 0,
    }
}

/// Whether a line is usage at all: a grant or purchase of tokens is not.
pub(super) fn counts(lines: &Lines, row: u32) -> bool {
    lines.not_applicable(row) != Some(NotApplicable::Grant)
}

/// Days in their order.
fn day_code(day: Day) -> Code {
    day.number().cast_unsigned() ^ (1 << 31)
}

fn code_day(code: Code) -> Day {
    Day::from_number((code ^ (1 << 31)).cast_signed())
}

/// An item as the rules of categories ask about it.
struct ItemTraits<'a> {
    axes: &'a Axes<'a>,
    item: u32,
    usage: Usage,
}

impl Traits for ItemTraits<'_> {
    fn any(&self, of: Trait, wanted: impl Fn(Sym) -> bool) -> bool {
        self.axes.rows(self.item).any(|(side, row)| {
            let lines = self.axes.lines(side);
            // What a bill of anything but credits has there is an endpoint.
            let endpoint = side == Side::Bill && lines.shape(row) != Shape::Credits;
            let name = match of {
                Trait::Model => lines.model(row),
                Trait::Action if !endpoint => lines.action(row),
                Trait::Endpoint if endpoint => lines.action(row),
                Trait::Action | Trait::Endpoint => Sym::NONE,
            };
            !name.is_none() && wanted(name)
        })
    }

    fn tokens(&self) -> Option<(i128, u64)> {
        self.usage.tokens.map(|tokens| (tokens, self.usage.requests))
    }
}
