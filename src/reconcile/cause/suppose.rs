//! Usage that stands where it should not (recorded twice, for another project,
//! under another name) on days on which its price is wrong as well.
//!
//! Then no gap is equal to what moved, and a search over amounts finds
//! something else that happens to fit. So it is supposed first to stand where
//! it should: that holds where everything it touches is then explained to the
//! last digit by something that says more than "not recorded" or "other
//! quantities", and simpler than without it.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::evidence::{Evidence, Key, Pool, Strand, Sums};
use super::explain::Work;
use super::probe::{Claim, Detail, Probe, duplicates};
use super::solve;
use crate::amount::Amount;
use crate::price::Rates;

/// Names that are tried in the place of one, those that meet most often first.
const TRIED: usize = 4;

/// Entries of one pool that are to stand elsewhere, or nowhere.
#[derive(Clone)]
pub(super) struct Move {
    probe: Probe,
    detail: Detail,
    from: usize,
    /// `None`: they are there twice.
    to: Option<usize>,
    /// What goes and what stays, each with its slack.
    goes: (Sums, i128),
    stays: (Sums, i128),
}

/// Numbers of a pool that has something and of one that should have it.
type FromTo = (usize, usize);

/// How much a set of claims leaves to wish for: dollars without a cause, or
/// with one that would fit anything; then how many causes it takes.
type Score = (Amount, usize, usize);

/// The moves that explain more than what was found without them. None, mostly.
pub(super) fn moves(found: &Work<'_, '_>, offered: &[Rates]) -> Vec<Move> {
    let mut kept: Vec<Move> = Vec::new();
    let mut best = score(found, &[]);
    let mut attempt = |found: &Work<'_, '_>, kept: &mut Vec<Move>, tried: Vec<Move>| {
        if let Some((moves, score)) = hold(found, kept, tried, offered).filter(|(_, score)| *score < best) {
            (*kept, best) = (moves, score);
        }
    };
    attempt(found, &mut kept, copies(found));
    for (probe, name) in [(Probe::Project, who as fn(&Key) -> u32), (Probe::ModelName, what)] {
        for tried in renamed(found, probe, name) {
            attempt(found, &mut kept, tried);
        }
    }
    kept
}

fn who(key: &Key) -> u32 {
    key.who
}

fn what(key: &Key) -> u32 {
    key.what
}

/// The evidence as it stands after the moves.
pub(super) fn moved<'a>(evidence: &Evidence<'a>, moves: &[Move]) -> Evidence<'a> {
    let mut next = evidence.clone();
    for one in moves {
        let Some(from) = next.pools.get_mut(one.from) else { continue };
        (from.ledger, from.slack) = one.stays.clone();
        if let Some(to) = one.to.and_then(|to| next.pools.get_mut(to)) {
            to.ledger.merge(&one.goes.0, &next.sides);
            to.slack = to.slack.saturating_add(one.goes.1);
            to.strand = Strand::Both;
        }
    }
    next
}

/// What the moves themselves explain: the gap of each pool before them, less
/// the one after.
pub(super) fn claims(before: &Evidence<'_>, after: &Evidence<'_>, moves: &[Move]) -> Vec<Claim> {
    let gap = |evidence: &Evidence<'_>, pool: usize| {
        let pool = evidence.pools.get(pool).filter(|pool| evidence.inside(pool.key));
        pool.map_or(Amount::ZERO, Pool::gap)
    };
    let mut done = BTreeSet::new();
    let touched = moves.iter().flat_map(|one| [Some(one.from), one.to].into_iter().flatten().map(move |at| (at, one)));
    let fresh = touched.filter(|(at, _)| done.insert(*at));
    let claim = |(at, one): (usize, &Move)| {
        let what = if one.to.is_some() { 0 } else { before.pools.get(at).map_or(0, |pool| pool.key.what) };
        let amount = gap(before, at).minus(gap(after, at));
        Claim { probe: one.probe, what, detail: one.detail, pool: at as u32, amount, exact: true }
    };
    fresh.map(claim).filter(|claim| !claim.amount.is_zero()).collect()
}

/// Those of the moves tried that leave nothing to wish for wherever they
/// touch, beside those that hold already.
fn hold(found: &Work<'_, '_>, kept: &[Move], tried: Vec<Move>, offered: &[Rates]) -> Option<(Vec<Move>, Score)> {
    let evidence = found.evidence;
    let mut tried = tried;
    // The first pass finds which hold, the second that these hold alone.
    for last in [false, true] {
        tried.retain(|one| kept.iter().all(|known| known.from != one.from));
        if tried.is_empty() {
            return None;
        }
        let moves: Vec<Move> = kept.iter().cloned().chain(tried.iter().cloned()).collect();
        let after = moved(evidence, &moves);
        let touched: Vec<usize> = moves.iter().flat_map(|one| [Some(one.from), one.to]).flatten().collect();
        let mut work = Work::new(&after, None);
        work.known = found.solved.as_ref().map(|solved| (solved, &touched[..]));
        work.run(offered);
        let wishes = wishes(&work);
        let holds = |one: &Move| {
            let key = |at: usize| evidence.pools.get(at).map(|pool| pool.key);
            let touched = [key(one.from), one.to.and_then(key)];
            touched.into_iter().flatten().all(|key| !wishes.contains_key(&key))
        };
        if moves.iter().all(holds) {
            let score = score(&work, &moves);
            return (is_sure(evidence, &tried)).then_some((moves, score));
        }
        if last {
            return None;
        }
        tried.retain(holds);
    }
    None
}

/// Whether chance does not explain it: two places, or many digits.
fn is_sure(evidence: &Evidence<'_>, moves: &[Move]) -> bool {
    let finest = evidence.finest();
    let digits = |one: &Move| evidence.pools.get(one.from).map_or(0, |pool| solve::digits(pool.gap(), finest));
    moves.len() >= 2 || moves.iter().map(digits).sum::<u32>() >= 6
}

fn score(work: &Work<'_, '_>, moves: &[Move]) -> Score {
    let found = work.claims.iter().map(|claim| (claim.probe, claim.what, claim.detail));
    let of_moves = moves.iter().map(|one| {
        let what = work.evidence.pools.get(one.from).filter(|_| one.to.is_none()).map_or(0, |pool| pool.key.what);
        (one.probe, what, one.detail)
    });
    let findings: BTreeSet<(Probe, u32, Detail)> = found.chain(of_moves).collect();
    let probes: BTreeSet<Probe> = findings.iter().map(|(probe, ..)| *probe).collect();
    (wishes(work).into_values().sum(), probes.len(), findings.len())
}

/// Dollars by place that have no cause, or one that would fit anything.
fn wishes(work: &Work<'_, '_>) -> BTreeMap<Key, Amount> {
    let weak = |claim: &&Claim| {
        use Probe::{ClassMix, LedgerOnly, Missing, NotSettled, Volume};
        matches!(claim.probe, Volume | ClassMix | Missing | LedgerOnly | NotSettled)
    };
    let weak = work.claims.iter().filter(weak).map(|claim| (claim.pool as usize, claim.amount));
    let mut wishes: BTreeMap<Key, Amount> = BTreeMap::new();
    for (at, amount) in weak.chain(work.open().map(|(at, _, left)| (at, left))) {
        if let Some(pool) = work.evidence.pools.get(at) {
            let sum = wishes.entry(pool.key).or_default();
            *sum = sum.plus(amount.abs());
        }
    }
    wishes
}

/// Entries that repeat another one, where that is not the whole gap.
fn copies(found: &Work<'_, '_>) -> Vec<Move> {
    let told: BTreeSet<u32> =
        found.claims.iter().filter(|claim| claim.probe == Probe::Duplicates).map(|claim| claim.pool).collect();
    let asked = |(at, pool): &(usize, &Pool)| {
        let apart = !pool.gap().is_zero() || !found.left(*at).is_zero();
        pool.days && !pool.key.credits && apart && found.evidence.inside(pool.key) && !told.contains(&(*at as u32))
    };
    let rates = found.evidence.rates_of_rows();
    let pools: Vec<(usize, &Pool)> = found.evidence.pools.iter().enumerate().filter(asked).collect();
    let of_pool = |at: usize, twice: &FxHashMap<u32, Amount>| {
        let (once, again): (Vec<u32>, Vec<u32>) =
            found.evidence.entries(&[at]).into_iter().partition(|row| !twice.contains_key(row));
        let of = |rows: &[u32]| found.evidence.sums_of(rows, &rates);
        let (probe, detail) = (Probe::Duplicates, Detail::Nothing);
        (!again.is_empty()).then(|| Move { probe, detail, from: at, to: None, goes: of(&again), stays: of(&once) })
    };
    let groups: Vec<&[(usize, &Pool)]> = pools.chunk_by(|a, b| a.1.key == b.1.key).collect();
    let keys: Vec<Key> = groups.iter().filter_map(|group| group.first()).map(|(_, pool)| pool.key).collect();
    let of_key = |(group, twice): (&[(usize, &Pool)], duplicates::Twice)| {
        let moves = group.iter().filter(|_| !twice.is_empty()).filter_map(|(at, _)| of_pool(*at, &twice));
        moves.collect::<Vec<Move>>()
    };
    groups.into_par_iter().zip(duplicates::copies(found.evidence, &keys)).flat_map_iter(of_key).collect()
}

/// Usage of one name that nobody billed, on days on which another name was
/// billed for what nobody recorded; by pair of names, those that meet most
/// often first.
fn renamed(found: &Work<'_, '_>, probe: Probe, name: fn(&Key) -> u32) -> Vec<Vec<Move>> {
    let evidence = found.evidence;
    let rest = |key: &Key| (key.day, if probe == Probe::Project { key.what } else { key.who });
    let mut by_rest: BTreeMap<_, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    let days = |(_, pool): &(usize, &Pool)| pool.days && !pool.key.credits && evidence.inside(pool.key);
    for (at, pool) in evidence.pools.iter().enumerate().filter(days) {
        let (over, under) = by_rest.entry(rest(&pool.key)).or_default();
        match pool.strand {
            Strand::LedgerOnly => over.push(at),
            Strand::BillOnly => under.push(at),
            _ => {}
        }
    }
    let mut pairs: BTreeMap<(u32, u32), Vec<FromTo>> = BTreeMap::new();
    let number = |at: usize| evidence.pools.get(at).map(|pool| name(&pool.key));
    for (over, under) in by_rest.into_values() {
        for (from, to) in over.iter().flat_map(|from| under.iter().map(move |to| (*from, *to))) {
            let (Some(a), Some(b)) = (number(from), number(to)) else { continue };
            pairs.entry((a, b)).or_default().push((from, to));
        }
    }
    let mut pairs: Vec<((u32, u32), Vec<FromTo>)> = pairs.into_iter().collect();
    pairs.sort_by_key(|(names, met)| (std::cmp::Reverse(met.len()), *names));
    pairs.truncate(TRIED);
    let of_pair = |((a, b), met): ((u32, u32), Vec<FromTo>)| {
        let one = |(from, to): FromTo| {
            let goes = evidence.ledger_as(from, to)?;
            let detail = Detail::Names(a, b);
            Some(Move { probe, detail, from, to: Some(to), goes, stays: (Sums::default(), 0) })
        };
        met.into_iter().filter_map(one).collect()
    };
    pairs.into_iter().map(of_pair).collect()
}
