//! The causes that can be told from the two sides, one file each.
//!
//! A probe reads the evidence and claims dollars of pools; it changes nothing.
//! Those that are about how an amount was made (a tier, a discount, a price)
//! give the [`solve`](super::solve) search their hypotheses, and words for
//! what it found with them; the others look at days, names and lines.

pub(super) mod adjustments;
pub(super) mod batch;
pub(super) mod cache_write;
pub(super) mod cached_counted;
pub(super) mod cached_ignored;
pub(super) mod credits;
pub(super) mod currency;
pub(super) mod day_offset;
pub(super) mod discount;
pub(super) mod duplicates;
pub(super) mod estimated;
pub(super) mod export_cut;
pub(super) mod fees;
pub(super) mod free_tokens;
pub(super) mod grouping;
pub(super) mod ledger_only;
pub(super) mod long_context;
pub(super) mod missing;
pub(super) mod model_name;
pub(super) mod neighbouring_day;
pub(super) mod not_settled;
pub(super) mod price_date;
pub(super) mod price_missing;
pub(super) mod priority;
pub(super) mod project;
pub(super) mod reasoning;
pub(super) mod region;
pub(super) mod rounding;
pub(super) mod unit;
pub(super) mod volume;
pub(super) mod wrong_model;
pub(super) mod zero_usage;

use super::super::Cause;
use super::evidence::{Evidence, Key, Proposal, Sums};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::price::{Multiple, Rates};

/// What found a cause, in the order in which causes are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Probe {
    DayOffset,
    NeighbouringDay,
    NotSettled,
    ExportCut,
    Grouping,
    Batch,
    Priority,
    LongContext,
    CachedIgnored,
    CachedCounted,
    CacheWrite,
    Reasoning,
    PriceDate,
    WrongModel,
    Unit,
    PriceMissing,
    Rounding,
    Region,
    Discount,
    FreeTokens,
    Adjustments,
    Fees,
    Missing,
    ZeroUsage,
    LedgerOnly,
    Duplicates,
    Estimated,
    Volume,
    ClassMix,
    ModelName,
    Project,
    Currency,
    Credits,
}

impl Probe {
    pub const ALL: [Self; 33] = [
        Self::DayOffset,
        Self::NeighbouringDay,
        Self::NotSettled,
        Self::ExportCut,
        Self::Grouping,
        Self::Batch,
        Self::Priority,
        Self::LongContext,
        Self::CachedIgnored,
        Self::CachedCounted,
        Self::CacheWrite,
        Self::Reasoning,
        Self::PriceDate,
        Self::WrongModel,
        Self::Unit,
        Self::PriceMissing,
        Self::Rounding,
        Self::Region,
        Self::Discount,
        Self::FreeTokens,
        Self::Adjustments,
        Self::Fees,
        Self::Missing,
        Self::ZeroUsage,
        Self::LedgerOnly,
        Self::Duplicates,
        Self::Estimated,
        Self::Volume,
        Self::ClassMix,
        Self::ModelName,
        Self::Project,
        Self::Currency,
        Self::Credits,
    ];

    /// As files have it: `day_offset`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DayOffset => "day_offset",
            Self::NeighbouringDay => "neighbouring_day",
            Self::NotSettled => "not_settled",
            Self::ExportCut => "export_cut",
            Self::Grouping => "grouping",
            Self::Batch => "batch",
            Self::Priority => "priority",
            Self::LongContext => "long_context",
            Self::CachedIgnored => "cached_ignored",
            Self::CachedCounted => "cached_counted",
            Self::CacheWrite => "cache_write",
            Self::Reasoning => "reasoning",
            Self::PriceDate => "price_date",
            Self::WrongModel => "wrong_model",
            Self::Unit => "unit",
            Self::PriceMissing => "price_missing",
            Self::Rounding => "rounding",
            Self::Region => "region",
            Self::Discount => "discount",
            Self::FreeTokens => "free_tokens",
            Self::Adjustments => "adjustments",
            Self::Fees => "fees",
            Self::Missing => "missing",
            Self::ZeroUsage => "zero_usage",
            Self::LedgerOnly => "ledger_only",
            Self::Duplicates => "duplicates",
            Self::Estimated => "estimated",
            Self::Volume => "volume",
            Self::ClassMix => "class_mix",
            Self::ModelName => "model_name",
            Self::Project => "project",
            Self::Currency => "currency",
            Self::Credits => "credits",
        }
    }

    /// The part of a variance that its dollars are.
    pub const fn cause(self) -> Cause {
        match self {
            Self::DayOffset | Self::NeighbouringDay | Self::NotSettled => Cause::Timing,
            Self::Batch | Self::Priority | Self::LongContext => Cause::Tier,
            Self::CachedIgnored
            | Self::PriceDate
            | Self::WrongModel
            | Self::Unit
            | Self::Region
            | Self::Discount
            | Self::Currency
            | Self::CacheWrite
            | Self::Credits => Cause::Price,
            Self::CachedCounted | Self::Reasoning | Self::Estimated | Self::Volume => Cause::Volume,
            Self::ClassMix => Cause::ClassMix,
            Self::PriceMissing => Cause::PriceMissing,
            Self::Rounding => Cause::Rounding,
            Self::ZeroUsage => Cause::ZeroUsage,
            // Under the name that it is billed under nothing is recorded.
            Self::Adjustments | Self::Fees | Self::Missing | Self::ModelName | Self::Project => Cause::Missing,
            Self::ExportCut | Self::LedgerOnly | Self::FreeTokens => Cause::Extra,
            Self::Duplicates | Self::Grouping => Cause::Duplicate,
        }
    }

    /// What this probe alone finds. Together they are combined by
    /// [`explain`](super::explain).
    pub fn run(self, evidence: &Evidence<'_>) -> Vec<super::Finding> {
        super::explain::only(evidence, self).findings
    }
}

/// What tells findings of one probe apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Detail {
    Nothing,
    /// Minutes added to the ledger's times.
    Minutes(i32),
    Times(Multiple),
    /// A way of counting tokens, by the name of the hypothesis.
    Way(&'static str),
    /// A price, by its number in the search's list of them, and whether it is
    /// the bill's.
    Price(u32, bool),
    /// Two numbers of texts.
    Names(u32, u32),
}

/// Dollars of one pool that a probe explains.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub probe: Probe,
    /// The model, for what is a matter of one; 0 else.
    pub what: u32,
    pub detail: Detail,
    pub pool: u32,
    pub amount: Amount,
    /// To the last digit, or the ledger's own rounding.
    pub exact: bool,
}

/// What a probe has to say of its claims.
pub(super) struct Told {
    pub sentence: String,
    pub proposal: Option<Proposal>,
}

impl Told {
    pub fn only(sentence: String) -> Self {
        Self { sentence, proposal: None }
    }
}

/// Where the claims of one finding stand, for its words.
pub(super) struct Scene<'e, 'a> {
    pub evidence: &'e Evidence<'a>,
    pub what: u32,
    pub detail: Detail,
    pub over: &'e [(Key, Amount)],
    pub prices: &'e [super::solve::Candidate],
}

impl Scene<'_, '_> {
    pub fn model(&self) -> &str {
        match self.evidence.text(self.what) {
            "" => "all models",
            model => model,
        }
    }

    /// The model for a proposal: empty where models are not told apart.
    pub fn name(&self) -> String {
        self.evidence.text(self.what).to_owned()
    }

    /// The first and the last day.
    pub fn days(&self) -> Option<(Day, Day)> {
        let days = || self.over.iter().filter_map(|(key, _)| key.day);
        Some((days().min()?, days().max()?))
    }

    /// `on 2026-01-31` or `from 2026-01-02 to 2026-01-31`.
    pub fn when(&self) -> String {
        match self.days() {
            Some((first, last)) if first == last => format!("on {first}"),
            Some((first, last)) => format!("from {first} to {last}"),
            None => "without a day".into(),
        }
    }

    pub fn multiple(&self) -> Option<Multiple> {
        match self.detail {
            Detail::Times(multiple) => Some(multiple),
            _ => None,
        }
    }

    pub fn price(&self) -> Option<&super::solve::Candidate> {
        match self.detail {
            Detail::Price(at, _) => self.prices.get(at as usize),
            _ => None,
        }
    }
}

/// What a finding says and proposes.
pub(super) fn tell(probe: Probe, scene: &Scene<'_, '_>) -> Told {
    match probe {
        Probe::DayOffset => day_offset::tell(scene),
        Probe::NeighbouringDay => neighbouring_day::tell(scene),
        Probe::NotSettled => not_settled::tell(scene),
        Probe::ExportCut => export_cut::tell(scene),
        Probe::Grouping => grouping::tell(scene),
        Probe::Batch => batch::tell(scene),
        Probe::Priority => priority::tell(scene),
        Probe::LongContext => long_context::tell(scene),
        Probe::CachedIgnored => cached_ignored::tell(scene),
        Probe::CachedCounted => cached_counted::tell(scene),
        Probe::CacheWrite => cache_write::tell(scene),
        Probe::Reasoning => reasoning::tell(scene),
        Probe::PriceDate => price_date::tell(scene),
        Probe::WrongModel => wrong_model::tell(scene),
        Probe::Unit => unit::tell(scene),
        Probe::PriceMissing => price_missing::tell(scene),
        Probe::Rounding => rounding::tell(scene),
        Probe::Region => region::tell(scene),
        Probe::Discount => discount::tell(scene),
        Probe::FreeTokens => free_tokens::tell(scene),
        Probe::Adjustments => adjustments::tell(scene),
        Probe::Fees => fees::tell(scene),
        Probe::Missing => missing::tell(scene),
        Probe::ZeroUsage => zero_usage::tell(scene),
        Probe::LedgerOnly => ledger_only::tell(scene),
        Probe::Duplicates => duplicates::tell(scene),
        Probe::Estimated => estimated::tell(scene),
        Probe::Volume | Probe::ClassMix => volume::tell(scene, probe == Probe::ClassMix),
        Probe::ModelName => model_name::tell(scene),
        Probe::Project => project::tell(scene),
        Probe::Currency => currency::tell(scene),
        Probe::Credits => credits::tell(scene),
    }
}

/// A way in which a ledger may have made its amount out of its tokens, and
/// what these tokens really cost.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub probe: Probe,
    pub name: &'static str,
    /// What the ledger then has.
    pub recorded: fn(&Sums) -> Amount,
    /// What it should have; the provider's own count is there where it is
    /// known.
    pub right: fn(&Sums, Option<&Sums>) -> Amount,
}

/// All of them, in the order in which they are tried.
pub(super) fn ways() -> impl Iterator<Item = Way> {
    [cached_ignored::WAYS, cached_counted::WAYS, cache_write::WAYS, reasoning::WAYS].into_iter().flatten().copied()
}

/// A price for the search: what it is and where it is from.
pub(super) fn prices_of(rates: &Rates) -> (Amount, Amount, Amount) {
    let cached = rates.cached_input.unwrap_or(rates.input);
    (rates.input.amount(), cached.amount(), rates.output.amount())
}
