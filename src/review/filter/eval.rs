//! A filter asked of rows, millions of them.
//!
//! Names are interned, so a text term is answered once for each name before
//! the first row is looked at; a row then costs a look-up of one bit.

use rayon::prelude::*;

use super::{Fields, Filter, Pattern, Term, Test, TextField};
use crate::amount::Amount;
use crate::usage::{Names, Sym};

/// A filter made ready for the rows of one set of names.
#[derive(Debug, Clone)]
pub struct Prepared<'a> {
    /// The cheapest to answer first.
    terms: Vec<(&'a Term, Option<Bits>)>,
}

/// The answer for each name.
#[derive(Debug, Clone)]
struct Bits(Vec<u64>);

impl Bits {
    fn over(names: &Names, fits: impl Fn(&str) -> bool + Sync) -> Self {
        let blocks = names.len().div_ceil(64) as u32;
        let block = |block: u32| {
            (0..64).filter(|bit| fits(names.text(Sym(block * 64 + bit)))).fold(0, |bits, bit| bits | 1 << bit)
        };
        Self((0..blocks).into_par_iter().with_min_len(16).map(block).collect())
    }

    /// `None` for a name that came after.
    fn get(&self, sym: Sym) -> Option<bool> {
        self.0.get(sym.0 as usize / 64).map(|block| block >> (sym.0 % 64) & 1 == 1)
    }
}

impl Filter {
    /// Whether a row passes. For many rows, [prepare](Self::prepare) first.
    pub fn matches(&self, row: &dyn Fields) -> bool {
        self.terms.iter().all(|term| holds(term, None, row))
    }

    /// Answers the text terms for all names that [`Fields::symbol`] speaks of.
    /// Must be made anew when names were added.
    pub fn prepare(&self, names: &Names) -> Prepared<'_> {
        let mut terms: Vec<_> = self.terms.iter().map(|term| (term, bits(term, names))).collect();
        terms.sort_by_key(|(term, _)| cost(&term.test));
        Prepared { terms }
    }
}

impl Prepared<'_> {
    /// As [`Filter::matches`], with the same answer.
    pub fn matches<F: Fields + ?Sized>(&self, row: &F) -> bool {
        self.terms.iter().all(|(term, bits)| holds(term, bits.as_ref(), row))
    }
}

fn bits(term: &Term, names: &Names) -> Option<Bits> {
    match &term.test {
        // Ids are one of a kind and never interned.
        Test::Text { field: TextField::Id, .. } => None,
        Test::Text { field, any } => Some(Bits::over(names, |text| any.iter().any(|p| fits(*field, p, text)))),
        Test::Free(pattern) => Some(Bits::over(names, |text| pattern.is_in(text))),
        _ => None,
    }
}

fn cost(test: &Test) -> u8 {
    match test {
        Test::Outcome(_) | Test::Cause(_) | Test::Decision(_) => 0,
        Test::Day(_) | Test::Amount { .. } | Test::Tokens { .. } => 1,
        Test::Text { field: TextField::Id | TextField::Note | TextField::Badge, .. } => 3,
        Test::Text { .. } => 2,
        Test::Free(_) => 4,
    }
}

/// Whether one value fits the text of a field.
fn fits(field: TextField, pattern: &Pattern, text: &str) -> bool {
    match field {
        TextField::Note => pattern.is_in(text),
        TextField::Badge if !pattern.is_empty() => text.split_whitespace().any(|word| pattern.matches(word)),
        _ => pattern.matches(text),
    }
}

fn holds<F: Fields + ?Sized>(term: &Term, bits: Option<&Bits>, row: &F) -> bool {
    let known = |field| bits.and_then(|bits| bits.get(row.symbol(field)?));
    let found = match &term.test {
        Test::Text { field, any } => known(*field).unwrap_or_else(|| {
            let text = row.text(*field);
            any.iter().any(|pattern| fits(*field, pattern, &text))
        }),
        Test::Free(pattern) => {
            TextField::FREE.into_iter().any(|field| known(field).unwrap_or_else(|| pattern.is_in(&row.text(field))))
        }
        Test::Outcome(choice) => choice.holds(&row.outcome()),
        Test::Cause(choice) => choice.holds(&row.cause()),
        Test::Decision(choice) => choice.holds(&row.decision()),
        Test::Day(ranges) => row.day().is_some_and(|day| ranges.iter().any(|range| range.contains(day))),
        Test::Amount { field, compare, value } => {
            row.amount(*field).is_some_and(|amount: Amount| compare.holds(&amount, value))
        }
        Test::Tokens { compare, value } => row.tokens().is_some_and(|tokens| compare.holds(&tokens, value)),
    };
    found != term.negated
}
