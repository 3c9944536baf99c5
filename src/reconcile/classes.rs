//! The kinds of token of one item, side by side. An entry of a ledger is about
//! several of them, so an item is not split by kind; what is shown here is
//! derived from its tokens at exact rates, and no billed amount is spread.

use std::collections::BTreeMap;

use super::tokens::{Classes, classes, of_class};
use super::{Items, Judge};
use crate::amount::Amount;
use crate::price::{Rates, at_list, tokens_of};
use crate::usage::{Lines, TokenClass};

/// One kind of token in an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassSplit {
    pub class: TokenClass,
    /// As the bill has it; `None` where it has no line of the class.
    pub billed: Option<Amount>,
    /// `None` where the bill does not count them.
    pub billed_tokens: Option<i64>,
    pub recorded_tokens: i64,
    /// What the recorded tokens cost by the price book: derived, and not what
    /// the ledger recorded. `None` without a rate.
    pub derived: Option<Amount>,
}

/// What one class of token adds to an item's volume and class mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassPart {
    pub class: TokenClass,
    pub billed: i64,
    pub recorded: i64,
    /// Billed minus recorded tokens at the rate in force. Over all classes it
    /// adds up to the item's volume and class mix.
    pub amount: Amount,
}

#[derive(Default)]
struct Sums {
    billed: Option<Amount>,
    /// Tokens, and whether every line counts them.
    billed_tokens: Option<Option<i64>>,
    recorded: i64,
    derived: Option<Option<Amount>>,
}

impl Judge<'_> {
    /// The item's token classes, in the order of [`TokenClass::ALL`]. Empty
    /// where the bill's lines are not about one class each, and where an entry
    /// of the ledger does not say its tokens.
    pub fn classes(&self, items: &Items, item: u32) -> Vec<ClassSplit> {
        self.class_sums(items, item).unwrap_or_default()
    }

    /// The token classes of both sides, in the order of [`TokenClass::ALL`];
    /// empty where a side does not say them, and where there is no one rate.
    pub fn class_parts(&self, items: &Items, item: u32) -> Vec<ClassPart> {
        self.parts_by_class(items, item).unwrap_or_default()
    }

    fn parts_by_class(&self, items: &Items, item: u32) -> Option<Vec<ClassPart>> {
        let rates = self.bill_rates(items, item)?;
        let sum = |lines: &Lines, mut rows: Box<dyn Iterator<Item = u32> + '_>| {
            rows.try_fold(Classes::default(), |sum, row| sum.plus(classes(lines, row)?))
        };
        let billed = sum(self.sides.bill, Box::new(items.bill_rows(item)))?;
        let recorded = sum(self.sides.ledger, Box::new(items.ledger_rows(item)))?;
        let of = |class: TokenClass, billed: i64, recorded: i64, one: Classes| {
            let amount = one.cost(rates)?.times(billed.checked_sub(recorded)?).ok()?;
            Some(ClassPart { class, billed, recorded, amount })
        };
        let none = Classes::default();
        let mut parts = Vec::with_capacity(4);
        for (class, billed, recorded, one) in [
            (TokenClass::Input, billed.uncached, recorded.uncached, Classes { uncached: 1, ..none }),
            (TokenClass::CachedInput, billed.cached, recorded.cached, Classes { cached: 1, ..none }),
            (TokenClass::CacheWrite, billed.written, recorded.written, Classes { written: 1, ..none }),
            (TokenClass::Output, billed.output, recorded.output, Classes { output: 1, ..none }),
        ] {
            if billed != 0 || recorded != 0 {
                parts.push(of(class, billed, recorded, one)?);
            }
        }
        Some(parts)
    }

    fn class_sums(&self, items: &Items, item: u32) -> Option<Vec<ClassSplit>> {
        let (bill, ledger) = (self.sides.bill, self.sides.ledger);
        let mut sums: BTreeMap<TokenClass, Sums> = BTreeMap::new();
        for row in items.bill_rows(item) {
            let class = bill.class(row)?;
            let sum = sums.entry(class).or_default();
            if let Some(amount) = self.sides.bill_values.amount(bill, row) {
                sum.billed = Some(sum.billed.unwrap_or_default().plus(amount));
            }
            let count = of_class(bill, row).map(|(_, count)| count);
            sum.billed_tokens = Some(match sum.billed_tokens {
                None => count,
                Some(before) => before.and_then(|before| before.checked_add(count?)),
            });
        }
        if sums.is_empty() {
            return None;
        }
        for row in items.ledger_rows(item) {
            let rates = self.listed_rates(ledger, row);
            for (class, count, cost) in of_entry(ledger, row, rates)? {
                let sum = sums.entry(class).or_default();
                sum.recorded = sum.recorded.checked_add(count)?;
                sum.derived = Some(match sum.derived {
                    None => cost,
                    Some(before) => before.and_then(|before| before.checked_add(cost?).ok()),
                });
            }
        }
        let split = |(class, sum): (TokenClass, Sums)| ClassSplit {
            class,
            billed: sum.billed,
            billed_tokens: sum.billed_tokens.flatten(),
            recorded_tokens: sum.recorded,
            derived: sum.derived.flatten(),
        };
        Some(sums.into_iter().map(split).collect())
    }

    /// The rates of a row that costs what the list says.
    fn listed_rates(&self, lines: &Lines, row: u32) -> Option<&Rates> {
        let rates = self.rates.rates(lines.model(row), lines.day(row)?)?;
        at_list(self.sides.names, lines, row).then_some(rates)
    }
}

/// What an entry has of each class, and what it costs. `None` where it does
/// not say.
fn of_entry(
    lines: &Lines,
    row: u32,
    rates: Option<&Rates>,
) -> Option<impl Iterator<Item = (TokenClass, i64, Option<Amount>)>> {
    let (tokens, written) = match of_class(lines, row) {
        Some((class, count)) => return Some(vec![(class, count, None)].into_iter()),
        None => (tokens_of(lines, row)?, lines.cache_write(row).unwrap_or(0)),
    };
    let uncached = tokens.uncached.checked_sub(written).filter(|rest| *rest >= 0)?;
    let price = |of: fn(&Rates) -> crate::amount::PerMillion, count: i64| of(rates?).cost_of(count).ok();
    let all = vec![
        (TokenClass::Input, uncached, price(|r| r.input, uncached)),
        (TokenClass::CachedInput, tokens.cached, price(|r| r.cached_input.unwrap_or(r.input), tokens.cached)),
        (TokenClass::CacheWrite, written, None),
        (TokenClass::Output, tokens.output, price(|r| r.output, tokens.output)),
    ];
    Some(all.into_iter().filter(|(_, count, _)| *count != 0).collect::<Vec<_>>().into_iter())
}
