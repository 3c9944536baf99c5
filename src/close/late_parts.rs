//! What the rows of corrections charge exactly: they are in cents, and what
//! they are of a charge is known from what it came to and what was drawn for it.

use std::collections::{BTreeMap, BTreeSet};

use super::corrections::SignedCharge;
use super::late::Late;
use crate::amount::Amount;
use crate::focus::{self, ChargeType, Part, Row};

/// How a part is told from the others of its charge: by the rule that paid it,
/// or as the payer's own.
fn rule_of<'a>(row: &'a Row<'_>) -> Option<&'a str> {
    (row.charge_type == ChargeType::Subsidy).then_some(&*row.subsidy_name)
}

impl Late {
    /// What each of its rows charges of what was signed, by its id. `stood` are
    /// the charges as they stood before it, `signed` as they were signed, by
    /// key.
    pub fn parts(
        &self,
        stood: &BTreeMap<&str, &SignedCharge>,
        signed: &BTreeMap<&str, &SignedCharge>,
    ) -> BTreeMap<String, Part> {
        let now: BTreeMap<&str, &SignedCharge> = self.charges.iter().map(|c| (c.key.as_str(), c)).collect();
        // What was drawn for a charge before, and by it now, by rule.
        let mut drawn: BTreeMap<&str, BTreeMap<&str, [Amount; 2]>> = BTreeMap::new();
        for draw in &self.draws {
            let of_rule = drawn.entry(&draw.charge).or_default().entry(&draw.scope.rule).or_default();
            match draw.back {
                true => of_rule[0] = of_rule[0].minus(draw.amount),
                false => of_rule[1] = of_rule[1].plus(draw.amount),
            }
        }
        let ids: Vec<String> = self.rows.rows().map(|row| row.id.text().into_owned()).collect();
        let reversed: BTreeSet<&str> = ids.iter().filter_map(|id| focus::reverses(id)).collect();
        let part = |(row, id): (Row<'_>, &String)| {
            let key = focus::charge_of(id);
            let whole = signed.get(key.as_str())?.amount;
            let amounts = [stood, &now].map(|charges| charges.get(key.as_str()).map(|charge| charge.amount));
            let draws = drawn.get(key.as_str());
            let of = |at: usize| match rule_of(&row) {
                Some(rule) => draws.and_then(|draws| draws.get(rule)).map_or(Amount::ZERO, |draws| draws[at]),
                None => {
                    let all: Amount = draws.into_iter().flat_map(BTreeMap::values).map(|draws| draws[at]).sum();
                    amounts[at].unwrap_or_default().minus(all)
                }
            };
            let exact = match focus::reverses(id) {
                Some(_) => of(0).negated(),
                None if reversed.contains(id.as_str()) => of(1),
                None => of(1).minus(of(0)),
            };
            // A part is rounded up or down, and a difference is one of two.
            let apart = exact.minus(row.billed_cost.amount()).abs();
            let same = amounts.into_iter().flatten().all(|amount| amount == whole);
            (apart < crate::amount::Cents(2).amount()).then(|| (id.clone(), Part { exact, whole, same }))
        };
        self.rows.rows().zip(&ids).filter_map(part).collect()
    }
}
