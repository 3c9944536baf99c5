//! What one rule draws for the charges that share a cap: along the total that
//! reached it, in the order of the charges or in proportion to them.

use super::earlier::Run;
use super::groups::Group;
use super::{Distribution, Position, SubsidyRule};
use crate::amount::{Amount, proportional_by_class};

impl SubsidyRule {
    /// What each of these charges draws, of which `reached` is left to the
    /// rule: together no more than the cap of their days leaves over what was
    /// drawn before. `back` says which of them take back what earlier months
    /// charged, `classes` which of them no later rule tells apart; empty for
    /// none.
    pub(super) fn distribute(
        &self,
        reached: &[Amount],
        (back, classes): (&[bool], &[u32]),
        position: &mut Position,
        group: &Group,
    ) -> Vec<Amount> {
        let cap = self.cap_on(group.day).plus(position.rolled_over);
        position.ceiling = position.ceiling.max(cap);
        let room = cap.minus(position.opening.subsidized.amount()).minus(position.drawn).max(Amount::ZERO);
        // With a cap the month goes on from what is left of it: what earlier
        // months left to the payers is settled, and a cap raised since does
        // not pay it now. Tiers go on from how far those months came. Where
        // more was taken back than ever reached the rule, that is made up for
        // first, as it is within a month.
        let short = position.opening.reached.plus(position.reached).min(Amount::ZERO);
        let before = if self.tiers.is_empty() { short } else { position.opening.reached };
        let settled = self.share_of(before.max(Amount::ZERO));
        let mut curve = Curve { rule: self, before, settled, room, run: group.before.as_ref() };
        let mut drawn = vec![Amount::ZERO; reached.len()];
        let is_back = |at: usize| back.get(at).copied().unwrap_or_default();
        // The cap has more left than when those months ran into it: another
        // one is in force, and what is given back is settled before it is
        // drawn from.
        let apart = curve.run.is_some_and(Run::left_some) && room > Amount::ZERO;
        if apart {
            let refunds: Vec<usize> = (0..reached.len()).filter(|at| is_back(*at)).collect();
            let given = curve.in_order(refunds.iter().map(|at| reached[*at]), Amount::ZERO);
            for (at, given) in refunds.iter().zip(&given) {
                drawn[*at] = *given;
            }
            curve.room = room.minus(given.into_iter().sum());
            curve.run = None;
        }
        let rest: Vec<usize> = (0..reached.len()).filter(|at| !(apart && is_back(*at))).collect();
        let all: Vec<Amount> = match self.distribution {
            Distribution::FirstCome => curve.in_order(rest.iter().map(|at| reached[*at]), Amount::ZERO),
            Distribution::ProRata => {
                // In proportion are the charges of the month; what is taken
                // back of others counts behind all of them.
                let own = |at: &usize| if is_back(*at) { Amount::ZERO } else { reached[*at] };
                let own: Vec<Amount> = rest.iter().map(own).collect();
                let total: Amount = own.iter().copied().sum();
                let classes: Vec<u32> = rest.iter().filter_map(|at| classes.get(*at).copied()).collect();
                let mut shares = in_proportion(curve.paid(total), &own, &classes);
                let refunds: Vec<usize> = (0..rest.len()).filter(|at| is_back(rest[*at])).collect();
                let given = curve.in_order(refunds.iter().map(|at| reached[rest[*at]]), total);
                for (at, given) in refunds.into_iter().zip(given) {
                    shares[at] = given;
                }
                shares
            }
        };
        for (at, amount) in rest.into_iter().zip(all) {
            drawn[at] = amount;
        }
        drawn
    }
}

/// Splits what a rule draws for the charges of a month in proportion to them.
/// Where more is refunded than charged, so that the rule gives back, that is
/// split likewise: charges and refunds have the same share of each, and together
/// they come to what is given back.
fn in_proportion(paid: Amount, own: &[Amount], classes: &[u32]) -> Vec<Amount> {
    let total: Amount = own.iter().copied().sum();
    if !total.is_negative() {
        return proportional_by_class(paid, own, classes);
    }
    let mirrored: Vec<Amount> = own.iter().map(|part| part.negated()).collect();
    let shares = proportional_by_class(paid.negated(), &mirrored, classes);
    shares.into_iter().map(Amount::negated).collect()
}

/// What a rule draws for the total that reached it in a month, above zero or,
/// where charges of earlier months are taken back, below.
struct Curve<'a> {
    rule: &'a SubsidyRule,
    /// How far earlier months came in the tiers, and what those pay for it.
    before: Amount,
    settled: Amount,
    /// What the cap leaves.
    room: Amount,
    run: Option<&'a Run>,
}

impl Curve<'_> {
    fn paid(&self, total: Amount) -> Amount {
        match self.run {
            Some(run) if total.is_negative() => run.below(total.negated()),
            _ => self.rule.share_of(self.before.plus(total)).minus(self.settled).min(self.room).max(Amount::ZERO),
        }
    }

    /// One amount after the other, from a total on. Where the rules before
    /// this one cover other services or turn their period within the month, a
    /// refund can reach this one though its charge did not. The total
    /// remembers it, so that charging again returns to the start; but no more
    /// is given back than was drawn.
    fn in_order(&self, reached: impl Iterator<Item = Amount>, mut total: Amount) -> Vec<Amount> {
        let mut drawn = self.paid(total);
        reached
            .map(|amount| {
                total = total.plus(amount);
                let before = std::mem::replace(&mut drawn, self.paid(total));
                drawn.minus(before)
            })
            .collect()
    }
}
