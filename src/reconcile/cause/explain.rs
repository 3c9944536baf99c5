//! All probes together: each claims what it explains of what those before it
//! left, so that no dollar is claimed twice, and what nobody claims stays
//! unexplained.
//!
//! They are asked in the order in which [`Probe`] lists them, with two
//! exceptions: what single rows prove (a copy, a currency) comes before what
//! only amounts say, and what fits anything that stands on one side alone
//! comes last.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::evidence::{Evidence, Key, Place, Pool, Proposal, Strand};
use super::probe::{
    Claim, Detail, Probe, Scene, credits, currency, day_offset, duplicates, export_cut, grouping, ledger_only, missing,
    model_name, neighbouring_day, not_settled, project, tell,
};
use super::solve::{Candidate, Solved, solve};
use super::suppose;
use crate::amount::Amount;
use crate::price::Rates;
use crate::reconcile::Cause;

/// Dollars with a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub probe: Probe,
    /// The part of the variance that this is.
    pub cause: Cause,
    /// Of billed minus recorded.
    pub explained: Amount,
    /// The same without regard to signs: what moves from one day to the next
    /// explains nothing of a month as a whole, and all of its days.
    pub moved: Amount,
    /// Where, in order of the place, with what is explained there.
    pub over: Vec<(Place, Amount)>,
    /// The items that it is about, in their order.
    pub items: Vec<u32>,
    /// To the last digit, or within the ledger's own rounding.
    pub exact: bool,
    pub sentence: String,
    pub proposal: Option<Proposal>,
}

/// A variance taken apart: the findings and the residual add up to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub variance: Amount,
    /// By dollars moved, the most first; of equal ones in the order of
    /// [`Probe`].
    pub findings: Vec<Finding>,
    /// What no finding explains.
    pub residual: Amount,
    /// Where it stands, the greatest first.
    pub unexplained: Vec<(Place, Amount)>,
}

impl Explanation {
    /// What one place owes to each cause; unexplained last.
    pub fn at(&self, place: &Place) -> Vec<(Cause, Amount)> {
        let mut causes: BTreeMap<u8, (Cause, Amount)> = BTreeMap::new();
        let found = self.findings.iter().flat_map(|finding| finding.over.iter().map(|over| (finding.cause, over)));
        let left = self.unexplained.iter().map(|over| (Cause::Unexplained, over));
        for (cause, (_, amount)) in found.chain(left).filter(|(_, (of, _))| of == place) {
            let sum = causes.entry(cause as u8).or_insert((cause, Amount::ZERO));
            sum.1 = sum.1.plus(*amount);
        }
        causes.into_values().collect()
    }
}

/// What the claims of one finding come to.
struct Claimed {
    exact: bool,
    places: BTreeMap<Key, Amount>,
    pools: BTreeSet<u32>,
}

/// What is left to explain, pool by pool.
pub(super) struct Work<'e, 'a> {
    pub evidence: &'e Evidence<'a>,
    left: Vec<Amount>,
    pub claims: Vec<Claim>,
    /// Prices that claims name by their number.
    prices: Vec<Candidate>,
    only: Option<Probe>,
    /// What a search before this one found, and the pools that are others since.
    pub known: Option<(&'e Solved, &'e [usize])>,
    /// What this one found.
    pub solved: Option<Solved>,
}

impl<'e, 'a> Work<'e, 'a> {
    pub fn new(evidence: &'e Evidence<'a>, only: Option<Probe>) -> Self {
        let left = evidence.pools.iter().map(|pool| if evidence.inside(pool.key) { pool.gap() } else { Amount::ZERO });
        let (left, claims, prices) = (left.collect(), Vec::new(), Vec::new());
        Self { evidence, left, claims, prices, only, known: None, solved: None }
    }

    /// Pools with something left.
    pub fn open(&self) -> impl Iterator<Item = (usize, &'e Pool, Amount)> + '_ {
        let evidence = self.evidence;
        let pools = evidence.pools.iter().enumerate().zip(&self.left);
        pools.filter(|(_, left)| !left.is_zero()).map(|((at, pool), left)| (at, pool, *left))
    }

    pub fn left(&self, pool: usize) -> Amount {
        self.left.get(pool).copied().unwrap_or_default()
    }

    pub fn claim(&self, probe: Probe, what: u32, detail: Detail, pool: usize, amount: Amount) -> Claim {
        Claim { probe, what, detail, pool: pool as u32, amount, exact: true }
    }

    /// Whether a probe is asked.
    pub fn asks(&self, probe: Probe) -> bool {
        self.only.is_none_or(|only| only == probe)
    }

    fn take(&mut self, claims: Vec<Claim>) {
        for claim in &claims {
            if let Some(left) = self.left.get_mut(claim.pool as usize) {
                *left = left.minus(claim.amount);
            }
        }
        self.claims.extend(claims);
    }

    fn ask(&mut self, probe: Probe, find: fn(&Work<'_, '_>) -> Vec<Claim>) {
        if self.asks(probe) {
            let claims = find(self);
            self.take(claims);
        }
    }

    /// What the items themselves say.
    fn facts(&self) -> Vec<Claim> {
        let fact = |(at, pool, left): (usize, &Pool, Amount)| {
            let probe = match pool.strand {
                Strand::ZeroUsage => Probe::ZeroUsage,
                Strand::PriceMissing => Probe::PriceMissing,
                _ => return None,
            };
            self.asks(probe).then(|| self.claim(probe, pool.key.what, Detail::Nothing, at, left))
        };
        self.open().filter_map(fact).collect()
    }

    pub fn run(&mut self, offered: &[Rates]) {
        self.ask(Probe::NeighbouringDay, neighbouring_day::claims);
        self.ask(Probe::ExportCut, export_cut::claims);
        self.ask(Probe::Grouping, grouping::claims);
        self.ask(Probe::Currency, currency::claims);
        self.ask(Probe::Duplicates, duplicates::claims);
        let facts = self.facts();
        self.take(facts);
        let (claims, prices, solved) = solve(self, offered);
        (self.prices, self.solved) = (prices, Some(solved));
        self.take(claims);
        self.ask(Probe::Credits, credits::claims);
        self.ask(Probe::ModelName, model_name::claims);
        self.ask(Probe::Project, project::claims);
        self.ask(Probe::Missing, missing::claims);
        self.ask(Probe::LedgerOnly, ledger_only::claims);
        self.ask(Probe::NotSettled, not_settled::claims);
    }

    fn findings(&self) -> Vec<Finding> {
        let mut grouped: BTreeMap<(Probe, u32, Detail), Claimed> = BTreeMap::new();
        let nothing = || Claimed { exact: true, places: BTreeMap::new(), pools: BTreeSet::new() };
        for claim in &self.claims {
            let claimed = grouped.entry((claim.probe, claim.what, claim.detail)).or_insert_with(nothing);
            claimed.exact &= claim.exact;
            claimed.pools.insert(claim.pool);
            if let Some(pool) = self.evidence.pools.get(claim.pool as usize) {
                let sum = claimed.places.entry(pool.key).or_default();
                *sum = sum.plus(claim.amount);
            }
        }
        let finding = |((probe, what, detail), claimed): (_, Claimed)| {
            let over: Vec<(Key, Amount)> = claimed.places.into_iter().filter(|(_, amount)| !amount.is_zero()).collect();
            let evidence = self.evidence;
            let scene = Scene { evidence, what, detail, over: &over, prices: &self.prices };
            let told = tell(probe, &scene);
            Finding {
                probe,
                cause: probe.cause(),
                explained: over.iter().map(|(_, amount)| *amount).sum(),
                moved: over.iter().map(|(_, amount)| amount.abs()).sum(),
                exact: claimed.exact,
                sentence: told.sentence,
                proposal: told.proposal,
                items: self.evidence.items_of_pools(claimed.pools.into_iter().map(|pool| pool as usize)),
                over: over.iter().map(|(key, amount)| (evidence.place(*key), *amount)).collect(),
            }
        };
        let all: Vec<Finding> = grouped.into_iter().collect::<Vec<_>>().into_par_iter().map(finding).collect();
        all.into_iter().filter(|finding| !finding.over.is_empty()).collect()
    }
}

/// Takes the variance of a set of items apart.
pub fn explain(evidence: &Evidence<'_>) -> Explanation {
    explain_with(evidence, &[])
}

/// As [`explain`], with prices that were inferred from the lines among the
/// hypotheses.
pub fn explain_with(evidence: &Evidence<'_>, offered: &[Rates]) -> Explanation {
    run(evidence, offered, None)
}

pub(super) fn only(evidence: &Evidence<'_>, probe: Probe) -> Explanation {
    run(evidence, &[], Some(probe))
}

fn run(evidence: &Evidence<'_>, offered: &[Rates], only: Option<Probe>) -> Explanation {
    let asks = only.is_none_or(|only| only == Probe::DayOffset);
    let minutes = if asks { day_offset::find(evidence) } else { None };
    let moved = minutes.map(|minutes| evidence.with(&Proposal::RebucketLedger { offset_minutes: minutes }));
    let mut findings = Vec::new();
    if let (Some(minutes), Some(moved)) = (minutes, &moved) {
        findings.extend(shift(evidence, moved, minutes));
    }
    let base = moved.as_ref().unwrap_or(evidence);
    let mut work = Work::new(base, only);
    work.run(offered);
    let moves = if only.is_none() { suppose::moves(&work, offered) } else { Vec::new() };
    let after;
    if !moves.is_empty() {
        after = suppose::moved(base, &moves);
        work = Work::new(&after, None);
        work.run(offered);
        work.claims.extend(suppose::claims(base, &after, &moves));
    }
    findings.extend(work.findings());
    findings.sort_by(|a, b| b.moved.cmp(&a.moved).then(a.probe.cmp(&b.probe)));
    let mut unexplained: BTreeMap<Place, Amount> = BTreeMap::new();
    for (_, pool, left) in work.open() {
        let sum = unexplained.entry(work.evidence.place(pool.key)).or_default();
        *sum = sum.plus(left);
    }
    let residual = unexplained.values().copied().sum();
    let mut unexplained: Vec<(Place, Amount)> =
        unexplained.into_iter().filter(|(_, amount)| !amount.is_zero()).collect();
    unexplained.sort_by_key(|(_, amount)| std::cmp::Reverse(amount.abs()));
    Explanation { variance: evidence.variance(), findings, residual, unexplained }
}

/// What a shift of the ledger's times explains: the gap of each place before
/// it, less the one after.
fn shift(before: &Evidence<'_>, after: &Evidence<'_>, minutes: i32) -> Option<Finding> {
    let mut gaps: BTreeMap<Place, (Key, Amount)> = BTreeMap::new();
    for (evidence, sign) in [(before, 1), (after, -1)] {
        for pool in evidence.pools.iter().filter(|pool| evidence.inside(pool.key)) {
            let gap = if sign > 0 { pool.gap() } else { pool.gap().negated() };
            let sum = gaps.entry(evidence.place(pool.key)).or_insert((pool.key, Amount::ZERO));
            sum.1 = sum.1.plus(gap);
        }
    }
    gaps.retain(|_, (_, amount)| !amount.is_zero());
    let keys: Vec<(Key, Amount)> = gaps.values().copied().collect();
    let explained = keys.iter().map(|(_, amount)| *amount).sum();
    let detail = Detail::Minutes(minutes);
    let told = tell(Probe::DayOffset, &Scene { evidence: before, what: 0, detail, over: &keys, prices: &[] });
    let moved = |pool: &Pool| gaps.contains_key(&before.place(pool.key));
    let pools = before.pools.iter().enumerate().filter(|(_, pool)| moved(pool)).map(|(at, _)| at);
    let items = before.items_of_pools(pools);
    (!keys.is_empty()).then(|| Finding {
        probe: Probe::DayOffset,
        cause: Probe::DayOffset.cause(),
        explained,
        moved: keys.iter().map(|(_, amount)| amount.abs()).sum(),
        items,
        over: gaps.into_iter().map(|(place, (_, amount))| (place, amount)).collect(),
        exact: true,
        sentence: told.sentence,
        proposal: told.proposal,
    })
}
