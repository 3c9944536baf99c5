//! Dated prices per model, and credit pools: what a line without an amount is
//! worth.
//!
//! `pricing.json` over the shipped prices makes a [`PriceBook`]; [`value`] takes
//! the lines of one side through it and gives their [`Values`].

mod book;
mod cost_days;
mod diff;
mod edit;
mod file;
mod known;
mod lots;
mod margin;
mod model_names;
mod models;
mod multiple;
mod newer;
mod paid;
mod places;
mod roll_forward;
mod scaled;
mod shipped;
mod table;
mod tier;
mod tokens;
mod value;

pub use book::{RateIndex, RateTable};
pub use cost_days::CostDays;
pub use diff::{RateChange, diff};
pub use edit::{LotKey, PriceEdit, edit};
pub use known::{KnownPrice, KnownTier};
pub use lots::positions;
pub use margin::{IncludedMargin, IncludedMargins};
pub use model_names::{ModelNames, NameRefused};
pub use models::{canonical, normal};
pub use multiple::Multiple;
pub use places::{PricePlaces, shipped_on};
pub use roll_forward::{PoolEntered, PoolMonth, roll_forward};
pub use scaled::Scale;
pub use shipped::{cache_write, multiples};
pub use table::{Imported, LeftOut, PriceTable};
pub use tier::{NoPrice, at_list, price_of};
pub use tokens::{cost, tokens_of};
pub use value::{value, value_ledger};

use std::collections::BTreeMap;

use crate::amount::{Amount, FixedColumn, Money, PerMillion, Quantity, UnitCost};
use crate::calendar::Day;

/// A whole `pricing.json` with one purchase of credits, for sentences that ask
/// for one: 20,000 credits for $1,000. Taken over as it is, it parses.
pub const EXAMPLE_PURCHASE: &str = "{\"credit_pools\": [{\"pool_id\": \"edu-2026\", \"effective_date\": \"2026-01-01\", \
                                    \"credits_purchased\": 20000, \"purchase_amount\": 1000}]}";

/// Rates of one model from a day on, in currency per million tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// The model's name as the price list has it.
    pub model: String,
    /// `None`: from the beginning.
    pub effective: Option<Day>,
    pub input: PerMillion,
    /// `None`: cached input costs what input costs.
    pub cached_input: Option<PerMillion>,
    pub output: PerMillion,
    /// Shipped with the program rather than stated in `pricing.json`.
    pub shipped: bool,
}

/// A purchase of credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// `pool_id`, or `name` where that is what the file has.
    pub name: String,
    pub effective: Option<Day>,
    /// The last day on which it is drawn from; what is left then is lost.
    pub expires: Option<Day>,
    pub credits: Quantity,
    pub cost: UnitCost,
    pub amount: Amount,
    pub currency: String,
}

/// What `pricing.json` says, over the shipped prices.
#[derive(Debug, Clone, Default)]
pub struct PriceBook {
    /// In order of effective date, then as in the file.
    pub lots: Vec<Lot>,
    pub rates: Vec<Rates>,
    pub currency: String,
    /// Names that the book adds to those the program knows.
    pub models: ModelNames,
}

/// Token classes of a line, disjoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    pub uncached: i64,
    pub cached: i64,
    pub output: i64,
}

/// Where a line's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// The file states it; a margin that its costs hold is taken out.
    Stated(Amount),
    /// From the price book.
    Priced(Amount),
    /// From credits of this lot (index into [`PriceBook::lots`]); the first
    /// one where it was split.
    Lot { amount: Amount, lot: u16, overdrawn: bool },
    /// It needs a price and there is none. Not zero.
    Unpriced,
    /// There is nothing to price: no amount, tokens or credits.
    Nothing,
}

impl Worth {
    pub fn amount(self) -> Option<Amount> {
        match self {
            Self::Stated(amount) | Self::Priced(amount) | Self::Lot { amount, .. } => Some(amount),
            Self::Unpriced | Self::Nothing => None,
        }
    }
}

/// The value of each line of one side, by row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Values {
    /// What the price book says where a row states nothing, and what is left
    /// of a stated amount where a margin was taken out.
    pub(crate) computed: FixedColumn<Money>,
    /// Empty where no line needed a price; else a code a row, private to this
    /// room.
    pub(crate) kind: Vec<u16>,
    /// On days on which it matters in which order the lines draw: one draw for
    /// each lot a line drew from, in the order of drawing.
    pub(crate) in_turn: Vec<LotDraw>,
    /// All other days, ascending, with what their lines drew together.
    pub(crate) at_once: Vec<DayDraw>,
}

/// What lines of one day drew from one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayDraw {
    pub day: Day,
    /// Index into [`PriceBook::lots`].
    pub lot: u16,
    /// Less what refunds among the lines put back.
    pub credits: Quantity,
    pub amount: Amount,
    /// Beyond the last lot's credits, at its unit cost.
    pub overdrawn: bool,
    /// Lines that drew.
    pub lines: u64,
}

/// Part of a line's credits taken from one lot; negative where a refund gives
/// them back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LotDraw {
    pub row: u32,
    /// Index into [`PriceBook::lots`].
    pub lot: u16,
    pub credits: Quantity,
    pub amount: Amount,
    /// Beyond the last lot's credits, at its unit cost.
    pub overdrawn: bool,
}

/// Credits (and their money) that earlier months drew from each lot, by the
/// lot's label ([`PriceBook::lot_label`], the name in [`LotPosition`]), for
/// months whose lines are not loaded. What was overdrawn counts as drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LotOpening {
    pub drawn: BTreeMap<String, (Quantity, Amount)>,
}

/// A lot's position over a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotPosition {
    /// The lot's label, unique in its book.
    pub name: String,
    pub purchased: Quantity,
    /// Left before the month.
    pub opening: Quantity,
    /// Drawn in the month, what was given back taken off.
    pub drawn: Quantity,
    pub drawn_amount: Amount,
    /// Used in the month beyond the lot, at its unit cost.
    pub overdrawn: Quantity,
    pub overdrawn_amount: Amount,
    /// Left after the month.
    pub remaining: Quantity,
}
