//! What came later for a signed month, as the rows and draws that an open month
//! brings: signed charges that are not as they were are given back row by row,
//! and what is right now is charged in their place.
//!
//! Nothing that stays is touched, to the cent. What is charged anew draws what
//! the caps of its own period have left, once what is given back is back in
//! them. A [`Late`] is worked out once, accepted, and kept as it is: later
//! figures of other months do not change it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::corrections::{SignedCharge, charge_key, signed_charges};
use super::late_changed::{refunded_together, resplit};
use crate::allocate::{
    Allocation, Before, Charge, Chosen, Earlier, Opening, Openings, Projects, Scope, SubsidyRule, allocate_after,
};
use crate::amount::{Amount, Cents};
use crate::calendar::{Day, Month};
use crate::focus::{self, ChargeType, Kept, Made, Profile, Sheet};

/// What one rule took over of a charge, in the month that wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateDraw {
    /// The key of the charge, see [`SignedCharge::key`].
    pub charge: String,
    pub scope: Scope,
    /// Exact, and in cents as written.
    pub amount: Amount,
    pub cents: Cents,
    /// It takes back what was drawn before.
    pub back: bool,
}

/// What later months know a charge by, beside what a [`SignedCharge`] says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownAs {
    /// As [`Charge::key`].
    pub key: String,
    /// For a refund, the charge it takes back: its month, key and day.
    pub takes_back: Option<(Month, String, Day)>,
}

/// The corrections of one signed month, billed in an open one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// The signed month, and the one that bills.
    pub of: Month,
    pub into: Month,
    /// The shape of the rows: that of the month that bills them.
    pub profile: Profile,
    pub rows: Kept,
    /// The charges that are others, as they are right now.
    pub charges: Vec<SignedCharge>,
    /// The same charges in the same order; none in corrections that were
    /// accepted before this was kept.
    pub known: Vec<KnownAs>,
    /// The keys of charges that are no longer there.
    pub gone: Vec<String>,
    /// What they change of every cap: used, drawn and reached.
    pub openings: Openings,
    /// Those that are taken back, then those that are made, by charge and rule:
    /// of nothing, where a cap that the charge counts against had nothing left.
    pub draws: Vec<LateDraw>,
}

/// A month as it was signed, and what corrected it since.
#[derive(Debug, Clone)]
pub struct Signed {
    pub of: Month,
    /// The shape that its rows, and those that corrected it, are in here, which
    /// corrections get as well. It need not be the one it was signed in.
    pub profile: Profile,
    pub charges: Vec<SignedCharge>,
    pub rows: Arc<Kept>,
    pub draws: Vec<LateDraw>,
    /// Corrections that other months bill already, the earliest first.
    pub corrected: Vec<Late>,
    /// What the months before it charged, and which of it was named for its
    /// refunds.
    pub earlier: Arc<Earlier>,
    pub chosen: Chosen,
    /// The rules that its charges stand under: those it was signed with, or
    /// those of the month that billed its last correction. And what months
    /// before it used and drew: as it was then, and as those months are
    /// corrected by now.
    pub rules: Vec<SubsidyRule>,
    pub openings: [Openings; 2],
}

impl Signed {
    /// Charges of the month, with refunds of what months before it charged.
    pub(super) fn allocate(
        &self,
        charges: Vec<Charge>,
        made: &Made<'_>,
        rules: &[SubsidyRule],
        openings: &Openings,
    ) -> Allocation {
        self.allocate_after(charges, made, rules, (openings, &self.earlier))
    }

    fn allocate_after(
        &self,
        charges: Vec<Charge>,
        made: &Made<'_>,
        rules: &[SubsidyRule],
        (openings, earlier): (&Openings, &Earlier),
    ) -> Allocation {
        let before = Before { openings, earlier, chosen: &self.chosen };
        allocate_after(self.of, charges, made.projects, rules, &before)
    }
}

impl Late {
    /// Corrections that correct nothing.
    pub fn none(of: Month, into: Month, profile: Profile) -> Self {
        let (rows, charges, known) = (Kept::default(), Vec::new(), Vec::new());
        Self { of, into, profile, rows, charges, known, gone: Vec::new(), openings: Openings::new(), draws: Vec::new() }
    }

    /// Whether both bill the same in the same shape; which columns of FOCUS
    /// the file has is no difference.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.profile.same_shape(other.profile)
            && (self.of, self.into, &self.rows, &self.charges) == (other.of, other.into, &other.rows, &other.charges)
            && (&self.known, &self.gone, &self.openings, &self.draws)
                == (&other.known, &other.gone, &other.openings, &other.draws)
    }

    /// Cents of all rows, and of these those of sponsors.
    pub fn totals(&self) -> (Cents, Cents) {
        let mut totals = (Cents::ZERO, Cents::ZERO);
        for row in self.rows.rows() {
            totals.0 = totals.0 + row.billed_cost;
            if row.charge_type == ChargeType::Subsidy {
                totals.1 = totals.1 + row.billed_cost;
            }
        }
        totals
    }

    /// Refunds among what it charges of which it is not known what they take
    /// back, so that they change no subsidy. None where that was not kept.
    pub fn orphan_refunds(&self) -> impl Iterator<Item = &SignedCharge> {
        let all = self.charges.iter().zip(&self.known);
        all.filter(|(charge, known)| charge.amount.is_negative() && known.takes_back.is_none())
            .map(|(charge, _)| charge)
    }
}

/// What months before a signed one charged, after all that was taken back of it
/// but by the charges of these keys.
pub type Since<'a> = &'a dyn Fn(&BTreeSet<&str>) -> Arc<Earlier>;

/// The corrections that bring a signed month to `now`, the charges as they are
/// right, billed in the month `into`. `made` is how the signed month's file is
/// made, `openings` what all months before `into` used and drew.
///
/// A charge is another when its amount, its project or its fund is, when a cap
/// in retrospect splits it otherwise, or when it is refunded by one that is, or
/// refunds one. The same month again needs none: the rows are then empty.
pub fn late(
    signed: &Signed,
    now: Vec<Charge>,
    made: &Made<'_>,
    (openings, since): (&Openings, Since<'_>),
    into: Month,
) -> Late {
    let mut stands: BTreeMap<&str, &SignedCharge> = signed.charges.iter().map(|c| (c.key.as_str(), c)).collect();
    for before in &signed.corrected {
        before.gone.iter().for_each(|key| {
            stands.remove(key.as_str());
        });
        stands.extend(before.charges.iter().map(|charge| (charge.key.as_str(), charge)));
    }
    let right = signed_charges(&now, made.projects);
    let right: BTreeMap<&str, &SignedCharge> = right.iter().map(|charge| (charge.key.as_str(), charge)).collect();
    let same =
        |a: &SignedCharge, b: &SignedCharge| (a.amount, &a.project, &a.fund_org) == (b.amount, &b.project, &b.fund_org);
    let keys: BTreeSet<&str> = stands.keys().chain(right.keys()).copied().collect();
    let other = |key: &&str| match (stands.get(*key), right.get(*key)) {
        (Some(a), Some(b)) => !same(a, b),
        _ => true,
    };
    let mut changed: BTreeSet<&str> = keys.into_iter().filter(other).collect();
    let resplit = resplit(signed, &now, made);
    changed.extend(resplit.iter().filter_map(|key| right.get_key_value(key.as_str())).map(|(key, _)| *key));
    let together = refunded_together(signed, &now, (&stands, &changed), made);
    changed.extend(together.iter().filter_map(|key| right.get_key_value(key.as_str())).map(|(key, _)| *key));

    let mut back = Back::of(signed, &changed);
    back.take(signed, &stands, &changed, made);
    let Back { rows: before, mut openings_change, mut draws, .. } = back;
    let left = added(openings, &openings_change);
    let anew: Vec<Charge> = now.into_iter().filter(|charge| changed.contains(charge_key(charge).as_str())).collect();
    let refunds = anew.iter().any(|charge| charge.amount.is_negative());
    let earlier = if refunds { since(&changed) } else { Arc::default() };
    let allocation = Arc::new(signed.allocate_after(anew, made, made.rules, (&left, &earlier)));
    let sheet = Sheet::new(Arc::clone(&allocation), &Made { profile: signed.profile, ..*made });
    for (scope, after, _) in focus::written(&sheet) {
        let drawn = after.minus(left.get(&scope).copied().unwrap_or_default());
        let change = openings_change.entry(scope).or_default();
        *change = change.plus(drawn);
    }
    let drawn: BTreeMap<(u32, u16, u32), Cents> =
        sheet.drawn_cents().map(|(charge, draw, cents)| ((charge, draw.rule, draw.position), cents)).collect();
    let mut known: BTreeMap<String, KnownAs> = BTreeMap::new();
    for (number, charge) in (0u32..).zip(&allocation.charges) {
        let key = charge_key(charge);
        for touch in &allocation.touches[number as usize] {
            let Some(position) = allocation.positions.get(touch.position as usize) else { continue };
            let of_cap = allocation.draws[number as usize].iter();
            let of_cap = of_cap.filter(|draw| (draw.rule, draw.position) == (touch.rule, touch.position));
            let (charge, scope, amount) = (key.clone(), position.scope.clone(), of_cap.map(|draw| draw.amount).sum());
            let cents = drawn.get(&(number, touch.rule, touch.position)).copied().unwrap_or_default();
            openings_change.entry(scope.clone()).or_default();
            draws.push(LateDraw { charge, scope, amount, cents, back: false });
        }
        known.insert(key, KnownAs { key: charge.key(), takes_back: allocation.taken_back(number, signed.of) });
    }
    let drawn_on: BTreeSet<Scope> = draws.iter().map(|draw| draw.scope.clone()).collect();
    openings_change.retain(|scope, change| *change != Opening::default() || drawn_on.contains(scope));
    Late {
        of: signed.of,
        into,
        profile: signed.profile,
        rows: focus::corrections(&before, &sheet.kept(), into),
        charges: changed.iter().filter_map(|key| right.get(key).map(|charge| (*charge).clone())).collect(),
        known: changed.iter().filter_map(|key| known.remove(*key)).collect(),
        gone: changed.iter().filter(|key| !right.contains_key(*key)).map(|key| (*key).to_owned()).collect(),
        openings: openings_change,
        draws,
    }
}

/// Openings with changes on top, below zero where more is given back than there
/// was.
pub fn added(openings: &Openings, changes: &Openings) -> Openings {
    let mut sums = openings.clone();
    for (scope, change) in changes {
        let sum = sums.entry(scope.clone()).or_default();
        *sum = sum.plus(*change);
    }
    sums
}

/// What is given back of the charges that are others: their rows, what they
/// counted for, their draws.
struct Back {
    rows: Kept,
    /// Cents of all rows of a charge.
    cents: BTreeMap<String, Cents>,
    openings_change: Openings,
    draws: Vec<LateDraw>,
}

impl Back {
    fn of(signed: &Signed, changed: &BTreeSet<&str>) -> Self {
        let (mut rows, mut cents) = (Kept::default(), BTreeMap::<String, Cents>::new());
        let all = std::iter::once(signed.rows.as_ref()).chain(signed.corrected.iter().map(|late| &late.rows));
        for row in
            all.flat_map(Kept::rows).filter(|row| matches!(row.charge_type, ChargeType::Usage | ChargeType::Subsidy))
        {
            let key = focus::charge_of(&row.id.text());
            if changed.contains(key.as_str()) {
                rows.push(&row);
                let sum = cents.entry(key).or_default();
                *sum = *sum + row.billed_cost;
            }
        }
        // What was drawn for a charge, by whatever month, in one sum.
        let mut sums: BTreeMap<(&str, &Scope), (Amount, Cents)> = BTreeMap::new();
        let all = signed.draws.iter().chain(signed.corrected.iter().flat_map(|late| &late.draws));
        for draw in all.filter(|draw| changed.contains(draw.charge.as_str())) {
            let sum = sums.entry((&draw.charge, &draw.scope)).or_default();
            *sum = (sum.0.plus(draw.amount), sum.1 + draw.cents);
        }
        sums.retain(|_, sum| *sum != (Amount::ZERO, Cents::ZERO));
        let draw = |((charge, scope), (amount, cents)): ((&str, &Scope), (Amount, Cents))| LateDraw {
            charge: charge.to_owned(),
            scope: scope.clone(),
            amount: amount.negated(),
            cents: Cents::ZERO - cents,
            back: true,
        };
        let draws = sums.into_iter().map(draw).collect();
        Self { rows, cents, openings_change: Openings::new(), draws }
    }

    /// Takes the charges off the caps they counted against: those they drew
    /// from, and those of a rule that had nothing left for them.
    fn take(
        &mut self,
        signed: &Signed,
        stands: &BTreeMap<&str, &SignedCharge>,
        changed: &BTreeSet<&str>,
        made: &Made<'_>,
    ) {
        let charges: Vec<Charge> =
            changed.iter().filter_map(|key| stands.get(key)).map(|c| charge(c, made.projects)).collect();
        let counted = signed.allocate(charges, made, made.rules, &Openings::new());
        for (number, charge) in counted.charges.iter().enumerate() {
            let key = charge.stem().text();
            let drawn = |rule: &str| self.draws.iter().find(|d| d.charge == key && d.scope.rule == rule);
            let mut reached = charge.amount;
            let mut caps: Vec<(Scope, Amount)> = Vec::new();
            for touch in &counted.touches[number] {
                let Some(rule) = made.rules.get(usize::from(touch.rule)) else { continue };
                let Some(position) = counted.positions.get(touch.position as usize) else { continue };
                let draw = drawn(&rule.name);
                caps.push((draw.map_or_else(|| position.scope.clone(), |draw| draw.scope.clone()), reached));
                reached = draw.map_or(reached, |draw| reached.plus(draw.amount));
            }
            for draw in self.draws.iter().filter(|draw| draw.charge == key) {
                if !caps.iter().any(|(scope, _)| *scope == draw.scope) {
                    caps.push((draw.scope.clone(), charge.amount));
                }
            }
            let used = self.cents.get(&*key).copied().unwrap_or_default();
            for (scope, reached) in caps {
                let change = self.openings_change.entry(scope).or_default();
                *change = change.minus(Opening { used, subsidized: Cents::ZERO, reached });
            }
        }
        for draw in &self.draws {
            let change = self.openings_change.entry(draw.scope.clone()).or_default();
            change.subsidized = change.subsidized + draw.cents;
        }
    }
}

/// A signed charge as far as a rule looks at it.
pub fn charge(signed: &SignedCharge, projects: &Projects) -> Charge {
    let on_the_day = |project: u32| {
        let like = |at: &u32| {
            projects.list.get(*at as usize).is_some_and(|p| p.id == signed.project && p.fund_org == signed.fund_org)
        };
        projects.on(project, signed.day).or_else(|| (0..projects.list.len() as u32).find(like)).unwrap_or(project)
    };
    Charge {
        item: 0,
        base: signed.key.as_str().into(),
        occurrence: 1,
        day: signed.day,
        service: if signed.service == "OpenAI" { "OpenAI" } else { "OpenAI API" },
        amount: signed.amount,
        project: projects.find(&signed.project).map(on_the_day),
        user: signed.user.as_str().into(),
        what: signed.what.as_str().into(),
        counts: crate::allocate::Counts::default(),
        measured: crate::allocate::Measured::default(),
    }
}

#[cfg(test)]
#[path = "late_tests.rs"]
mod tests;
