//! How outcomes, causes and rungs are called on screens and in files.

use super::{Cause, Outcome, Rung};

impl Outcome {
    pub const ALL: [Self; 8] = [
        Self::Matched,
        Self::Discrepancy,
        Self::MissingInLedger,
        Self::MissingInBill,
        Self::Ambiguous,
        Self::Duplicate,
        Self::Unpriced,
        Self::NotApplicable,
    ];

    /// As files have it: `missing_in_ledger`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Discrepancy => "discrepancy",
            Self::MissingInLedger => "missing_in_ledger",
            Self::MissingInBill => "missing_in_bill",
            Self::Ambiguous => "ambiguous",
            Self::Duplicate => "duplicate",
            Self::Unpriced => "unpriced",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// In words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::MissingInLedger => "missing in ledger",
            Self::MissingInBill => "missing in bill",
            Self::NotApplicable => "not applicable",
            _ => self.name(),
        }
    }

    /// One cell wide; it stands beside the colour, which never speaks alone.
    pub const fn glyph(self) -> char {
        match self {
            Self::Matched => '✓',
            Self::Discrepancy => '≠',
            Self::MissingInLedger => '+',
            Self::MissingInBill => '-',
            Self::Ambiguous => '?',
            Self::Duplicate => '=',
            Self::Unpriced => '$',
            Self::NotApplicable => '·',
        }
    }
}

impl Cause {
    pub const ALL: [Self; 13] = [
        Self::None,
        Self::Volume,
        Self::ClassMix,
        Self::Price,
        Self::Tier,
        Self::Timing,
        Self::PriceMissing,
        Self::ZeroUsage,
        Self::Missing,
        Self::Extra,
        Self::Duplicate,
        Self::Rounding,
        Self::Unexplained,
    ];

    /// As files have it: `price_missing`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Volume => "volume",
            Self::ClassMix => "class_mix",
            Self::Price => "price",
            Self::Tier => "tier",
            Self::Timing => "timing",
            Self::PriceMissing => "price_missing",
            Self::ZeroUsage => "zero_usage",
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Duplicate => "duplicate",
            Self::Rounding => "rounding",
            Self::Unexplained => "unexplained",
        }
    }

    /// In words, for a column or a detail pane.
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "no difference",
            Self::Volume => "other quantities",
            Self::ClassMix => "another class mix",
            Self::Price => "another price",
            Self::Tier => "price of a tier",
            Self::Timing => "another day",
            Self::PriceMissing => "price missing",
            Self::ZeroUsage => "recorded without usage",
            Self::Missing => "not recorded",
            Self::Extra => "not billed",
            Self::Duplicate => "duplicate",
            Self::Rounding => "ledger rounding",
            Self::Unexplained => "unexplained",
        }
    }
}

impl Rung {
    /// As files have it; empty for one side alone.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Id => "id",
            Self::Key => "key",
            Self::Unique => "unique",
            Self::Sole => "sole",
            Self::Sum => "sum",
            Self::Group => "group",
            Self::Hand => "hand",
            Self::Carried => "carried",
        }
    }

    /// How the two sides found each other, in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "one side only",
            Self::Id => "request id",
            Self::Key => "day, user and usage type",
            Self::Unique => "model, time and tokens",
            Self::Sole => "the only request of its minute on both sides, with the same tokens",
            Self::Sum => "the sum of requests, in tokens and amount",
            Self::Group => "all lines of a time that belong together",
            Self::Hand => "by hand",
            Self::Carried => "what an earlier month left, with what came for it since",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_name_and_glyph_is_used_once() {
        let names: BTreeSet<_> = Outcome::ALL.iter().map(|o| o.name()).collect();
        let glyphs: BTreeSet<_> = Outcome::ALL.iter().map(|o| o.glyph()).collect();
        let causes: BTreeSet<_> = Cause::ALL.iter().map(|c| c.name()).collect();
        assert_eq!((names.len(), glyphs.len(), causes.len()), (8, 8, 13));
    }

    #[test]
    fn an_outcome_is_found_in_tables_by_its_number() {
        for (at, outcome) in Outcome::ALL.iter().enumerate() {
            assert_eq!(*outcome as usize, at);
        }
        for (at, cause) in Cause::ALL.iter().enumerate() {
            assert_eq!(*cause as usize, at);
        }
    }
}
