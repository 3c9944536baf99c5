//! Why the two sides differ: the variance of a month, or of some of its items,
//! taken apart by the probes and ranked by dollars. Nothing is changed here;
//! what a finding proposes is given to [`Desk::plan`] as
//! [`super::Command::Adopt`].

use super::{Desk, InferredPrice};
use crate::amount::Amount;
use crate::calendar::Month;
use crate::price::{PriceEdit, Rates};
use crate::reconcile::infer::Held;
use crate::reconcile::{Cause, Evidence, Explanation, Finding, Items, Proposal, Sides, explain_with};

/// What is to be explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    Month,
    /// Items of the month, by their number; in any order.
    Items(Vec<u32>),
}

/// A variance taken apart: the findings and what is unexplained add up to it,
/// to the last digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// Billed minus recorded of the scope.
    pub total: Amount,
    /// The most dollars first; of equal ones in the order in which causes are
    /// tried.
    pub findings: Vec<WhyFinding>,
    /// What no finding explains, with its sign.
    pub unexplained: Amount,
    /// The same without regard to signs, over days, models and projects: what
    /// stands against each other is unexplained all the same.
    pub apart: Amount,
}

/// Dollars with a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyFinding {
    /// The part of the variance that this is.
    pub cause: Cause,
    /// What found it, as files have it: `day_offset`.
    pub probe: &'static str,
    /// Of billed minus recorded.
    pub explained: Amount,
    /// The same without regard to signs: what moves from one day to the next
    /// explains nothing of a month as a whole, and all of its days.
    pub moved: Amount,
    /// The items it is about, in their order.
    pub items: Vec<u32>,
    /// To the last digit, or within the ledger's own rounding.
    pub exact: bool,
    pub sentence: String,
    /// What would settle it, for [`super::Command::Adopt`].
    pub proposal: Option<Proposal>,
}

impl Desk {
    /// Why the two sides of a month, or of some items of it, differ. Takes all
    /// cores, and of millions of lines about a second: call it on a worker
    /// thread. Prices that the month's bill shows are among the hypotheses.
    pub fn why(&self, scope: &Scope) -> Why {
        let (sides, all) = (self.sides(), &self.compared.items);
        let Scope::Items(wanted) = scope else { return self.why_month().clone() };
        let mut numbers: Vec<u32> = wanted.iter().copied().filter(|item| *item < self.items()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let some = all.select(|item| numbers.binary_search(&item).is_ok());
        ranked(explain_with(&Evidence::of(&sides, &some), self.offered_rates()), Some(&numbers))
    }

    /// As [`Desk::why`] has it for the month; worked out once for each
    /// comparison.
    pub fn why_month(&self) -> &Why {
        if let Some(known) = self.compared.why.get() {
            return known;
        }
        // Not worked out within the lock: the threads it takes might wait for it.
        let sides = self.sides();
        let gather = || Evidence::of_month(&sides, &self.compared.items, self.month);
        let (evidence, offered) = rayon::join(gather, || self.offered_rates());
        let why = ranked(explain_with(&evidence, offered), None);
        self.compared.why.get_or_init(|| why)
    }

    /// The prices that the month's bill shows and the book does not have, worked
    /// out once for each comparison: a cursor that rests on item after item asks
    /// for them each time.
    fn offered_rates(&self) -> &[Rates] {
        if let Some(known) = self.compared.offered.get() {
            return known;
        }
        let offered = rates_of(&self.inferred_of(&self.sides(), &self.compared.items, &|_| true, Held::Sampled));
        self.compared.offered.get_or_init(|| offered)
    }

    /// What is unexplained of the items of any month, without regard to signs.
    pub(super) fn apart_in(&self, sides: &Sides<'_>, items: &Items, month: Month) -> Amount {
        let offered = rates_of(&self.inferred_of(sides, items, &|_| true, Held::Sampled));
        ranked(explain_with(&Evidence::of_month(sides, items, month), &offered), None).apart
    }
}

/// The rates that the price book would need.
fn rates_of(inferred: &[InferredPrice]) -> Vec<Rates> {
    let rates = |edit: &PriceEdit| match edit {
        PriceEdit::SetRate { model, effective, input, cached_input, output } => Some(Rates {
            model: model.clone(),
            effective: *effective,
            input: *input,
            cached_input: *cached_input,
            output: *output,
            shipped: false,
        }),
        _ => None,
    };
    inferred.iter().flat_map(InferredPrice::edits).filter_map(rates).collect()
}

/// `numbers` are those of the items that were looked at, where these are not
/// all.
fn ranked(explained: Explanation, numbers: Option<&[u32]>) -> Why {
    let finding = |finding: Finding| WhyFinding {
        cause: finding.cause,
        probe: finding.probe.name(),
        explained: finding.explained,
        moved: finding.moved,
        items: match numbers {
            None => finding.items,
            Some(numbers) => finding.items.iter().filter_map(|at| numbers.get(*at as usize).copied()).collect(),
        },
        exact: finding.exact,
        sentence: finding.sentence,
        proposal: finding.proposal,
    };
    Why {
        total: explained.variance,
        findings: explained.findings.into_iter().map(finding).collect(),
        unexplained: explained.residual,
        apart: explained.unexplained.iter().map(|(_, amount)| amount.abs()).sum(),
    }
}
