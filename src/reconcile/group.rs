//! What the lines of one item of whole days, minutes or hours have in common,
//! as texts.

use std::borrow::Cow;

use super::grain::who;
use super::{Dims, Items, Period, Sides, What};
use crate::calendar::{Day, Instant};
use crate::usage::{Hasher, TokenClass};

/// Texts are empty where the item is not compared by them, and where its lines
/// do not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<'a> {
    pub dims: Dims,
    /// The first of the month, where a whole month is one item; `None` for
    /// lines without a day.
    pub from: Option<Day>,
    /// When the minute or hour begins, where lines are compared by it.
    pub at: Option<Instant>,
    /// The project, key or user.
    pub who: &'a str,
    /// The model under the name that all its names share, or the usage type of credits.
    pub what: Cow<'a, str>,
    pub class: Option<TokenClass>,
}

/// `None` for an item of other lines than those of whole days.
pub fn group_of<'a>(sides: &Sides<'a>, items: &Items, item: u32) -> Option<Group<'a>> {
    let dims = items.dims(item)?;
    let (lines, row) = match (items.first_bill_row(item), items.first_ledger_row(item)) {
        (Some(row), _) => (sides.bill, row),
        (None, row) => (sides.ledger, row?),
    };
    Some(Group {
        dims,
        from: match dims.period {
            Period::Minute | Period::Hour | Period::Day => lines.day(row),
            Period::Month => lines.day(row).map(|day| day.month().first()),
        },
        at: dims.period.seconds().and_then(|seconds| {
            let length = i64::from(seconds) * 1_000_000;
            lines.at(row).map(|at| Instant::from_micros(at.micros().div_euclid(length) * length))
        }),
        who: dims.who.map_or("", |of| sides.names.text(who(lines, row, of))),
        what: match dims.what {
            What::All => Cow::Borrowed(""),
            What::Model | What::ModelAndClass => sides.prices.models.canonical(sides.names.text(lines.model(row))),
            What::UsageType => Cow::Borrowed(sides.names.text(lines.action(row))),
        },
        class: lines.class(row).filter(|_| dims.what == What::ModelAndClass),
    })
}

impl Group<'_> {
    /// Adds to an identity what tells this group from all others.
    pub(super) fn hash(&self, hasher: Hasher) -> Hasher {
        let hasher = match self.at {
            Some(at) => hasher.number(Some(i128::from(at.micros()))),
            None => hasher,
        };
        hasher
            .number(Some(self.dims.family as i128))
            .text(&self.dims.name())
            .number(self.from.map(|day| i128::from(day.number())))
            .text(self.who)
            .text(&self.what)
            .number(self.class.map(|class| class as i128))
    }

    /// `2026-01-31/proj_A/gpt-4o/output` or `2026-01-31T09:41/key_1/gpt-4o`, as
    /// far as it is told apart.
    pub fn name(&self) -> String {
        let mut parts = Vec::new();
        let from = self.from.map(|day| day.to_string()).unwrap_or_default();
        parts.push(match self.dims.period {
            // As far as the minute, which an hour's is the first.
            Period::Minute | Period::Hour => {
                let at = self.at.map(|at| at.to_string()).unwrap_or_default();
                at.get(..16).unwrap_or_default().to_owned()
            }
            Period::Day => from,
            Period::Month => from.get(..7).unwrap_or_default().to_owned(),
        });
        if self.dims.who.is_some() {
            parts.push(self.who.to_owned());
        }
        if self.dims.what != What::All {
            parts.push(self.what.clone().into_owned());
        }
        if self.dims.what == What::ModelAndClass {
            parts.push(self.class.map_or("", TokenClass::label).to_owned());
        }
        parts.join("/")
    }
}
