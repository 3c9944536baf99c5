//! How an amount was made: a search over small combinations of hypotheses (a
//! unit, a way of counting, a price, a tier, a discount) for one that leads
//! from what was recorded to what was billed to the last digit.
//!
//! Hypotheses are tried on the greatest pools of each model; one is accepted
//! when it fits so many digits of so many pools that chance does not explain
//! it, and then holds wherever it fits. Each step of it is a claim.

mod path;
mod prices;

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use self::path::{Atom, Path, paths};
use super::evidence::{Pool, STATED, Strand, Sums};
use super::explain::Work;
use super::probe::{Claim, Detail, Probe, Way, discount, estimated, ways};
use crate::amount::Amount;
use crate::price::{Multiple, RateIndex, Rates};
use crate::reconcile::cause::listed::volume_and_mix;

pub(super) use self::prices::{Candidate, From};

/// Pools of a model that hypotheses are tried on.
const TRIED: usize = 24;
/// Pools apart that are a few: one that fits alone is then enough.
const FEW: usize = 3;

/// Decimal digits of an amount above the finest there is.
pub(super) fn digits(amount: Amount, finest: i128) -> u32 {
    let steps = amount.units().unsigned_abs() / finest.unsigned_abs().max(1);
    steps.checked_ilog10().unwrap_or(0)
}

/// A pool with its number and what is left of its gap.
type Open<'w> = (usize, &'w Pool, Amount);

/// The pools of one model that differ in the same way.
struct Series<'w> {
    what: u32,
    pools: Vec<Open<'w>>,
    candidates: Vec<Candidate>,
    factors: Vec<Multiple>,
}

/// One step from recorded to billed.
#[derive(Clone, Copy)]
struct Step {
    probe: Probe,
    detail: Detail,
    amount: Amount,
}

/// What a search found, series by series: one over nearly the same pools takes
/// over what it would only find again.
pub(super) struct Solved {
    terms: Terms,
    series: BTreeMap<(u32, u8), OfSeries>,
}

struct OfSeries {
    /// With what was left of each.
    pools: Vec<(usize, Amount)>,
    claims: Vec<Claim>,
    candidates: Vec<Candidate>,
}

/// All that a series is searched by beside its own pools.
#[derive(Clone, PartialEq)]
struct Terms {
    factors: Vec<Multiple>,
    finest: i128,
    /// The digits of the number of pools apart, and whether they are a few:
    /// what [`Search::is_sure`] makes of it.
    apart: (u32, bool),
}

impl Solved {
    /// What was found of these pools, where it still holds: none of them is
    /// `touched`, and neither what is left of them nor the terms are others.
    fn of(&self, key: (u32, u8), pools: &[Open<'_>], terms: &Terms, touched: &[usize]) -> Option<&OfSeries> {
        let known = self.series.get(&key).filter(|_| self.terms == *terms)?;
        let same = known.pools.len() == pools.len()
            && known.pools.iter().zip(pools).all(|(known, (at, _, left))| known == &(*at, *left));
        (same && !pools.iter().any(|(at, ..)| touched.contains(at))).then_some(known)
    }
}

/// Claims, the prices that they name by number, and what another search may
/// take over.
pub(super) fn solve(work: &Work<'_, '_>, offered: &[Rates]) -> (Vec<Claim>, Vec<Candidate>, Solved) {
    let factors = if work.asks(Probe::Discount) { discount::times(work.evidence) } else { Vec::new() };
    let mut by_model: BTreeMap<(u32, u8), Vec<Open<'_>>> = BTreeMap::new();
    for (at, pool, left) in work.open().filter(|(_, pool, _)| is_made(pool)) {
        by_model.entry((pool.key.what, pool.mark as u8)).or_default().push((at, pool, left));
    }
    let apart: usize = by_model.values().map(Vec::len).sum();
    let (index, finest) = (work.evidence.rates(), work.evidence.finest());
    let terms = Terms { factors, finest, apart: (apart.checked_ilog10().unwrap_or(0), apart <= FEW) };
    let search = Search { work, index, finest, apart, ways: ways().collect() };
    let found: Vec<((u32, u8), OfSeries)> = by_model
        .into_iter()
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|(key, mut pools)| {
            pools.sort_by_key(|(at, _, left)| (std::cmp::Reverse(left.abs()), *at));
            let open = || pools.iter().map(|(at, _, left)| (*at, *left)).collect();
            let known = work.known.and_then(|(solved, touched)| solved.of(key, &pools, &terms, touched));
            if let Some(OfSeries { claims, candidates, .. }) = known {
                return (key, OfSeries { pools: open(), claims: claims.clone(), candidates: candidates.clone() });
            }
            let open = open();
            let candidates = search.candidates(key.0, &pools, offered);
            let series = Series { what: key.0, pools, candidates, factors: terms.factors.clone() };
            (key, OfSeries { pools: open, claims: search.series(&series), candidates: series.candidates })
        })
        .collect();
    let (mut claims, mut prices) = (Vec::new(), Vec::new());
    for (_, series) in &found {
        let base = prices.len() as u32;
        claims.extend(series.claims.iter().map(|claim| match claim.detail {
            Detail::Price(at, of_bill) => Claim { detail: Detail::Price(at + base, of_bill), ..*claim },
            _ => *claim,
        }));
        prices.extend(series.candidates.iter().cloned());
    }
    (merged(claims, &prices), prices, Solved { terms, series: found.into_iter().collect() })
}

/// One number for the same price of the same model in several series.
fn merged(mut claims: Vec<Claim>, prices: &[Candidate]) -> Vec<Claim> {
    let mut first: FxHashMap<_, u32> = FxHashMap::default();
    for claim in &mut claims {
        if let Detail::Price(at, of_bill) = claim.detail
            && let Some(candidate) = prices.get(at as usize)
        {
            let price = (claim.what, candidate.from, super::probe::prices_of(&candidate.rates));
            claim.detail = Detail::Price(*first.entry(price).or_insert(at), of_bill);
        }
    }
    claims
}

/// Whether an amount stands on both sides, or one that is not about tokens.
fn is_made(pool: &Pool) -> bool {
    if pool.key.credits {
        return false;
    }
    match pool.strand {
        Strand::Both => true,
        Strand::BillOnly => !pool.bill.fees.is_zero() || !pool.bill.adjustments.is_zero(),
        Strand::LedgerOnly => !free(pool).is_zero(),
        _ => false,
    }
}

/// What free tokens cost at list price, as either side knows them.
fn free(pool: &Pool) -> Amount {
    let of_usage = pool.used.as_ref().map_or(Amount::ZERO, |used| used.free);
    if pool.ledger.free.is_zero() { of_usage } else { pool.ledger.free }
}

struct Search<'w, 'e, 'a> {
    work: &'w Work<'e, 'a>,
    index: RateIndex<'a>,
    finest: i128,
    /// Pools with a gap, in all series.
    apart: usize,
    ways: Vec<Way>,
}

#[derive(Default)]
struct Votes {
    pools: usize,
    digits: u32,
}

impl Search<'_, '_, '_> {
    fn series(&self, series: &Series<'_>) -> Vec<Claim> {
        let atoms = self.atoms(series);
        let all = paths(&atoms, series, &self.ways);
        let tried = series.pools.get(..TRIED.min(series.pools.len())).unwrap_or(&[]);
        let fits: Vec<Vec<(usize, u32)>> = tried.par_iter().map(|pool| self.fits(series, &all, *pool)).collect();
        let mut votes: BTreeMap<usize, Votes> = BTreeMap::new();
        for (path, digits) in fits.iter().flatten() {
            let vote = votes.entry(*path).or_default();
            vote.pools += 1;
            vote.digits += digits;
        }
        let mut accepted: Vec<(&Path, Votes)> = votes
            .into_iter()
            .filter_map(|(at, votes)| Some((all.get(at)?, votes)))
            .filter(|(path, votes)| self.is_sure(series, path, votes, tried.len()))
            .collect();
        // Most votes first; the list itself is in the order of the causes.
        accepted.sort_by_key(|(_, votes)| std::cmp::Reverse((votes.pools, votes.digits)));
        let of_pool = |(at, pool, left): &Open<'_>| {
            let leads = |(path, _): &&(&Path, Votes)| self.leads(series, path, pool, *left);
            let steps = accepted.iter().find(leads).and_then(|(path, _)| self.steps(series, path, pool, *left));
            let claim = |step: Step| {
                let what = if is_of_all(step.probe) { 0 } else { series.what };
                self.work.claim(step.probe, what, step.detail, *at, step.amount)
            };
            steps.unwrap_or_default().into_iter().map(claim).collect::<Vec<_>>()
        };
        series.pools.par_iter().flat_map_iter(of_pool).collect()
    }

    /// The simplest paths that lead to what was billed, with the digits that
    /// they hit.
    fn fits(&self, series: &Series<'_>, all: &[Path], (_, pool, left): Open<'_>) -> Vec<(usize, u32)> {
        let mut found: Vec<(usize, u32)> = Vec::new();
        let mut simplest = usize::MAX;
        for (at, path) in all.iter().enumerate() {
            if path.size() > simplest {
                break;
            }
            if self.leads(series, path, pool, left) {
                simplest = path.size();
                let guarded = pool.ledger.is_listed();
                let finest = if guarded { self.finest } else { self.finest.max(pool.slack / 2) };
                found.push((at, digits(left, finest)));
            }
        }
        found
    }

    /// Whether chance does not explain that a path fits.
    fn is_sure(&self, series: &Series<'_>, path: &Path, votes: &Votes, tried: usize) -> bool {
        let far =
            path.candidate().and_then(|at| series.candidates.get(at)).map_or(0, |candidate| match candidate.from {
                From::List(_) | From::Offered => 0,
                From::Realised => 1,
                From::OtherModel => 2,
            });
        let size = path.size() as u32;
        // What is read off the lines needs no second witness.
        if size == 0 {
            return true;
        }
        let needed = 3 + size + far + (self.apart as u32).checked_ilog10().unwrap_or(0);
        if votes.digits >= needed && (votes.pools >= 2 || far == 0) {
            return true;
        }
        let most = votes.pools >= 2 && votes.pools * 2 >= tried && size <= 2;
        let alone = tried == 1 && size == 1 && (far == 0 || far == 1) && (votes.digits >= 2 || self.apart <= FEW);
        most || alone
    }

    fn atoms(&self, series: &Series<'_>) -> Vec<Atom> {
        let model = self.work.evidence.text(series.what);
        let mut atoms = path::atoms(model, &series.factors, &self.ways, &series.candidates);
        atoms.retain(|atom| atom.probes(&self.ways, &series.candidates).iter().any(|probe| self.work.asks(*probe)));
        atoms
    }

    /// The steps of a path on a pool; `None` where it does not end at what was
    /// billed. `left` is what is not explained so far.
    fn steps(&self, series: &Series<'_>, path: &Path, pool: &Pool, left: Amount) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        self.walk(series, path, pool, left, |step| steps.push(step))?;
        Some(steps)
    }

    /// Whether a path ends at what was billed. Thousands are tried on a pool,
    /// and the steps of those that do not are nobody's business.
    fn leads(&self, series: &Series<'_>, path: &Path, pool: &Pool, left: Amount) -> bool {
        self.walk(series, path, pool, left, |_| ()).is_some()
    }

    /// Goes the steps of a path, which count only where it ends at what was
    /// billed: `None` where it does not.
    fn walk(
        &self,
        series: &Series<'_>,
        path: &Path,
        pool: &Pool,
        left: Amount,
        mut step: impl FnMut(Step),
    ) -> Option<()> {
        let recorded = pool.ledger.amount;
        let target = self.target(path, pool, recorded.plus(left))?;
        let mut add = |probe, detail, amount: Amount| {
            if !amount.is_zero() {
                step(Step { probe, detail, amount });
            }
        };
        // The unit.
        let (mut value, mut slack) = (recorded, pool.slack);
        if let Some(unit) = path.unit {
            let scaled = unit.of(value)?;
            add(Probe::Unit, Detail::Times(unit), scaled.minus(value));
            value = scaled;
            slack = unit.of(Amount::from_units(slack)).map_or(slack, Amount::units).max(1);
        }
        // What the ledger's tokens say the amount is.
        let within = |gap: Amount, slack: i128| gap.units().unsigned_abs().saturating_mul(2) <= slack.unsigned_abs();
        let billed = pool.billed_usage();
        let mut exact = false;
        if let Some(account) = self.account(series, path, &pool.ledger, billed)?
            && within(account.recorded.minus(value), slack)
        {
            add(Probe::Rounding, Detail::Nothing, account.recorded.minus(value));
            value = account.recorded;
            for step in account.steps.into_iter().flatten() {
                if step.amount.is_zero() {
                    return None;
                }
                add(step.probe, step.detail, step.amount);
                value = value.plus(step.amount);
            }
            exact = true;
        } else if path.needs_list() {
            return None;
        }
        // Other tokens.
        if path.volume {
            let usage = billed?;
            if usage.list == value {
                return None;
            }
            for (probe, amount) in quantities(self, pool, usage, value)? {
                add(probe, Detail::Nothing, amount);
            }
            value = usage.list;
        }
        // Another price.
        if let Some(at) = path.bill_price {
            let candidate = series.candidates.get(at)?;
            let usage = if path.volume { billed? } else { &pool.ledger };
            let priced = usage.tokens.cost(&candidate.rates)?;
            if priced == value || path.way.is_some() && !path.volume {
                return None;
            }
            add(candidate.probe(), Detail::Price(at as u32, true), priced.minus(value));
            value = priced;
        }
        if path.long {
            let long = if path.volume { billed?.long } else { pool.ledger.long };
            if long.is_zero() {
                return None;
            }
            add(Probe::LongContext, Detail::Nothing, long);
            value = value.plus(long);
        }
        for times in [path.tier, path.factor].into_iter().flatten() {
            let priced = times.of(value)?;
            add(probe_of(times), Detail::Times(times), priced.minus(value));
            value = priced;
            slack = times.of(Amount::from_units(slack)).map_or(slack, Amount::units);
        }
        let rest = target.minus(value);
        if !(rest.is_zero() || !exact && within(rest, slack)) {
            return None;
        }
        add(Probe::Rounding, Detail::Nothing, rest);
        self.beside(path, pool, step);
        Some(())
    }

    /// What was billed without what a path takes for standing beside it.
    fn target(&self, path: &Path, pool: &Pool, billed: Amount) -> Option<Amount> {
        let (mut sum, mut found) = (Amount::ZERO, false);
        self.beside(path, pool, |step| (sum, found) = (sum.plus(step.amount), true));
        // Each must be there to be taken out.
        if (path.beside || path.stated || path.free) && !found {
            return None;
        }
        billed.checked_sub(sum).ok()
    }

    /// What a path takes for standing beside what is made of tokens.
    fn beside(&self, path: &Path, pool: &Pool, mut step: impl FnMut(Step)) {
        let mut add = |probe: Probe, detail, amount: Amount| {
            if !amount.is_zero() && self.work.asks(probe) {
                step(Step { probe, detail, amount });
            }
        };
        if path.beside {
            add(Probe::Fees, Detail::Nothing, pool.bill.fees);
            add(Probe::Adjustments, Detail::Nothing, pool.bill.adjustments);
        }
        if path.stated {
            for (tier, amount) in STATED.into_iter().zip(pool.bill.stated) {
                let probe = if matches!(tier, "batch" | "flex") { Probe::Batch } else { Probe::Priority };
                add(probe, Detail::Way(tier), amount);
            }
            add(Probe::LongContext, Detail::Way("stated"), pool.bill.stated_long);
        }
        if path.free {
            add(Probe::FreeTokens, Detail::Nothing, free(pool).negated());
        }
    }

    /// How the ledger's amount came about by a path: what it then has, and the
    /// steps from there to what it should have. Nothing where its tokens have
    /// no list price; `None` where the path does not apply.
    fn account(
        &self,
        series: &Series<'_>,
        path: &Path,
        ledger: &Sums,
        billed: Option<&Sums>,
    ) -> Option<Option<Account>> {
        if !ledger.is_listed() {
            return Some(None);
        }
        let mut account = Account { recorded: ledger.list, steps: [None; 3] };
        for (at, way) in [path.way, path.other_way].into_iter().enumerate() {
            let Some(way) = way.and_then(|way| self.ways.get(way)) else { continue };
            // Each way counts other tokens, so what they do adds up.
            let (recorded, right) = ((way.recorded)(ledger), (way.right)(ledger, billed));
            account.recorded = account.recorded.plus(recorded).minus(ledger.list);
            let amount = right.minus(recorded);
            account.steps[at] = Some(Step { probe: way.probe, detail: Detail::Way(way.name), amount });
        }
        if let Some(at) = path.ledger_price {
            // At another price a way of counting is known only where it leaves
            // the ledger's own tokens as they are.
            if account.recorded != ledger.list {
                return None;
            }
            let candidate = series.candidates.get(at)?;
            account.recorded = ledger.tokens.cost(&candidate.rates)?;
            let (detail, amount) = (Detail::Price(at as u32, false), ledger.list.minus(account.recorded));
            account.steps[2] = Some(Step { probe: candidate.probe(), detail, amount });
        }
        Some(Some(account))
    }
}

/// How a ledger came to its amount.
struct Account {
    recorded: Amount,
    /// From there to what its usage costs: two ways of counting, and a price.
    steps: [Option<Step>; 3],
}

/// What is the matter of no one model.
const fn is_of_all(probe: Probe) -> bool {
    matches!(probe, Probe::Unit | Probe::Rounding | Probe::Discount | Probe::Fees | Probe::Adjustments)
}

fn probe_of(times: Multiple) -> Probe {
    match times.name {
        "batch" => Probe::Batch,
        "region" => Probe::Region,
        "discount" => Probe::Discount,
        _ => Probe::Priority,
    }
}

/// Why the two sides count other tokens.
fn quantities(search: &Search<'_, '_, '_>, pool: &Pool, billed: &Sums, value: Amount) -> Option<Vec<(Probe, Amount)>> {
    let (ledger, gap) = (&pool.ledger, billed.list.checked_sub(value).ok()?);
    let totals = |sums: &Sums| Some((sums.tokens.input()?, sums.tokens.output));
    if estimated::looks(pool, billed) {
        return Some(vec![(Probe::Estimated, gap)]);
    }
    if totals(ledger)? == totals(billed)? {
        let probe = if ledger.blind > 0 && ledger.tokens.cached == 0 && billed.tokens.cached > 0 {
            Probe::CachedIgnored
        } else if ledger.tokens.written == 0
            && billed.tokens.written > 0
            && ledger.tokens.cached == billed.tokens.cached
        {
            Probe::CacheWrite
        } else {
            Probe::ClassMix
        };
        return Some(vec![(probe, gap)]);
    }
    let split = search.rates_of(pool).and_then(|rates| volume_and_mix(rates, billed.tokens, ledger.tokens));
    match split {
        Some((volume, mix)) if volume.plus(mix) == gap => Some(vec![(Probe::Volume, volume), (Probe::ClassMix, mix)]),
        _ => Some(vec![(Probe::Volume, gap)]),
    }
}
