//! The fields whose values are a fixed set of words.

use super::pattern::Pattern;
use super::{Choice, Field};
use crate::journal::Verdict;
use crate::reconcile::{Cause, Outcome};

/// A value with its words, the first being the one that is shown.
pub trait Word: Sized + Copy + PartialEq + 'static {
    const FIELD: Field;
    const VALUES: &'static [Self];

    fn words(&self) -> Vec<&'static str>;

    /// The bit of this value in a [`Choice`].
    fn bit(&self) -> u64 {
        Self::VALUES.iter().position(|value| value == self).map_or(0, |place| 1 << place)
    }
}

impl Word for Outcome {
    const FIELD: Field = Field::Outcome;
    const VALUES: &'static [Self] = &Self::ALL;

    fn words(&self) -> Vec<&'static str> {
        vec![self.name()]
    }
}

impl Word for Cause {
    const FIELD: Field = Field::Cause;
    const VALUES: &'static [Self] = &Self::ALL;

    fn words(&self) -> Vec<&'static str> {
        vec![self.name()]
    }
}

impl Word for Option<Verdict> {
    const FIELD: Field = Field::Decision;
    const VALUES: &'static [Self] = &[
        None,
        Some(Verdict::ApproveBilled),
        Some(Verdict::ApproveRecorded),
        Some(Verdict::WriteOff),
        Some(Verdict::Dispute),
        Some(Verdict::Defer),
        Some(Verdict::Exclude),
    ];

    fn words(&self) -> Vec<&'static str> {
        match self {
            None => vec!["open"],
            Some(Verdict::ApproveBilled) => vec!["approve_as_billed", "approve_billed", "approve", "approved"],
            Some(Verdict::ApproveRecorded) => vec!["approve_as_recorded", "approve_recorded", "approve", "approved"],
            Some(Verdict::WriteOff) => vec!["write_off", "written_off"],
            Some(Verdict::Dispute) => vec!["dispute", "disputed"],
            Some(Verdict::Defer) => vec!["defer", "deferred"],
            Some(Verdict::Exclude) => vec!["exclude", "excluded"],
        }
    }
}

impl Choice {
    pub(super) fn one<W: Word>(value: &W) -> Self {
        let shown = value.words().first().copied().unwrap_or_default();
        Self { patterns: vec![Pattern::literal(shown)], set: value.bit() }
    }

    /// The values that a pattern names, as bits; blanks and hyphens count as
    /// underscores.
    pub(super) fn bits<W: Word>(pattern: &Pattern) -> u64 {
        let fits = |word: &&str| {
            pattern.matches(word)
                || pattern.matches(&word.replace('_', "-"))
                || pattern.matches(&word.replace('_', " "))
        };
        W::VALUES.iter().filter(|value| value.words().iter().any(fits)).map(Word::bit).fold(0, |a, b| a | b)
    }

    pub(super) fn holds<W: Word>(&self, value: &W) -> bool {
        self.set & value.bit() != 0
    }
}

/// What to choose from, in the order of the list.
pub(super) fn shown<W: Word>() -> impl Iterator<Item = &'static str> {
    W::VALUES.iter().filter_map(|value| value.words().first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_differ<W: Word>() {
        let bits: Vec<u64> = W::VALUES.iter().map(Word::bit).collect();
        assert!(bits.iter().all(|bit| bit.count_ones() == 1));
        assert_eq!(bits.iter().fold(0, |a, b| a | b).count_ones() as usize, W::VALUES.len());
        for value in W::VALUES {
            assert_eq!(Choice::bits::<W>(&Choice::one(value).patterns[0]), value.bit(), "{:?}", value.words());
        }
    }

    #[test]
    fn every_value_has_a_word_of_its_own() {
        all_differ::<Outcome>();
        all_differ::<Cause>();
        all_differ::<Option<Verdict>>();
        // The list above grows with its enum.
        assert_eq!(<Option<Verdict>>::VALUES.len(), Verdict::ALL.len() + 1);
    }

    #[test]
    fn approve_means_both_ways_and_spelling_is_free() {
        let bits = |text: &str| Choice::bits::<Option<Verdict>>(&Pattern::literal(text)).count_ones();
        assert_eq!((bits("approve"), bits("Write Off"), bits("write-off"), bits("aprove")), (2, 1, 1, 0));
    }
}
