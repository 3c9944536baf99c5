//! The combinations of hypotheses, simple ones first and then in the order of
//! the causes.

use super::super::probe::{Probe, Way, batch, priority, region, unit};
use super::prices::{Candidate, From};
use super::{Series, free, probe_of};
use crate::price::Multiple;

/// One hypothesis. Those of one kind exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Atom {
    Tier(Multiple),
    Long,
    Way(usize),
    LedgerPrice(usize),
    BillPrice(usize),
    Unit(Multiple),
    Factor(Multiple),
    Volume,
}

impl Atom {
    /// What it finds.
    pub fn probes(self, ways: &[Way], candidates: &[Candidate]) -> Vec<Probe> {
        match self {
            Self::Tier(times) | Self::Factor(times) => vec![probe_of(times)],
            Self::Long => vec![Probe::LongContext],
            Self::Way(at) => ways.get(at).map(|way| way.probe).into_iter().collect(),
            Self::LedgerPrice(at) | Self::BillPrice(at) => {
                candidates.get(at).map(Candidate::probe).into_iter().collect()
            }
            Self::Unit(_) => vec![Probe::Unit],
            Self::Volume => {
                vec![Probe::Volume, Probe::ClassMix, Probe::Estimated, Probe::CachedIgnored, Probe::CacheWrite]
            }
        }
    }

    /// Prices of other models are many: they stand alone or in a tier.
    fn is_far(self, candidates: &[Candidate]) -> bool {
        let far = |at: usize| candidates.get(at).is_some_and(|candidate| candidate.from == From::OtherModel);
        matches!(self, Self::LedgerPrice(at) | Self::BillPrice(at) if far(at))
    }
}

/// All hypotheses for one model, in the order of the causes.
pub(super) fn atoms(model: &str, factors: &[Multiple], ways: &[Way], candidates: &[Candidate]) -> Vec<Atom> {
    let mut atoms = vec![Atom::Tier(batch::TIMES)];
    atoms.extend(priority::times(model).map(Atom::Tier));
    atoms.push(Atom::Long);
    atoms.extend((0..ways.len()).map(Atom::Way));
    let prices = |of: fn(From) -> bool| {
        let is = move |at: &usize| candidates.get(*at).is_some_and(|candidate| of(candidate.from));
        (0..candidates.len()).filter(is).flat_map(|at| [Atom::BillPrice(at), Atom::LedgerPrice(at)])
    };
    atoms.extend(prices(|from| matches!(from, From::List(_) | From::Offered)));
    atoms.extend(unit::times().map(Atom::Unit));
    atoms.extend(region::times(model).map(Atom::Factor));
    atoms.extend(factors.iter().copied().map(Atom::Factor));
    // Lines realise a price whatever it is made of, so this says least.
    atoms.extend(prices(|from| from == From::Realised));
    atoms.extend(prices(|from| from == From::OtherModel));
    atoms.push(Atom::Volume);
    atoms
}

/// Hypotheses that hold together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Path {
    pub unit: Option<Multiple>,
    pub way: Option<usize>,
    /// A second way of counting, of another probe.
    pub other_way: Option<usize>,
    pub ledger_price: Option<usize>,
    pub volume: bool,
    pub bill_price: Option<usize>,
    pub long: bool,
    pub tier: Option<Multiple>,
    pub factor: Option<Multiple>,
    /// The bill's fees and adjustments stand beside what was recorded.
    pub beside: bool,
    /// What the bill's lines say of their tier was not recorded.
    pub stated: bool,
    /// Free tokens were recorded as if they were paid for.
    pub free: bool,
}

impl Path {
    /// With one more hypothesis, where it has none of that kind.
    fn and(mut self, atom: Atom, ways: &[Way]) -> Option<Self> {
        fn set<T>(place: &mut Option<T>, value: T) -> bool {
            place.replace(value).is_none()
        }
        let free = match atom {
            Atom::Tier(times) => set(&mut self.tier, times),
            Atom::Long => !std::mem::replace(&mut self.long, true),
            Atom::Way(at) => match self.way {
                None => set(&mut self.way, at),
                Some(first) => {
                    let probe = |at: usize| ways.get(at).map(|way| way.probe);
                    self.ledger_price.is_none() && probe(first) != probe(at) && set(&mut self.other_way, at)
                }
            },
            Atom::LedgerPrice(at) => self.other_way.is_none() && set(&mut self.ledger_price, at),
            Atom::BillPrice(at) => set(&mut self.bill_price, at),
            Atom::Unit(times) => set(&mut self.unit, times),
            Atom::Factor(times) => set(&mut self.factor, times),
            Atom::Volume => !std::mem::replace(&mut self.volume, true),
        };
        free.then_some(self)
    }

    /// The number of hypotheses; what the lines themselves say is none.
    pub fn size(&self) -> usize {
        let ways = [self.way.is_some(), self.other_way.is_some(), self.ledger_price.is_some(), self.volume];
        let more =
            [self.unit.is_some(), self.bill_price.is_some(), self.long, self.tier.is_some(), self.factor.is_some()];
        ways.into_iter().chain(more).filter(|is| *is).count()
    }

    /// Whether it is about the tokens of the ledger.
    pub fn needs_list(&self) -> bool {
        self.way.is_some() || self.ledger_price.is_some() || self.bill_price.is_some() || self.volume || self.long
    }

    /// The price it is about.
    pub fn candidate(&self) -> Option<usize> {
        self.bill_price.or(self.ledger_price)
    }
}

/// Combinations of up to three, each with and without what the lines say.
pub(super) fn paths(atoms: &[Atom], series: &Series<'_>, ways: &[Way]) -> Vec<Path> {
    let some = |is: &dyn Fn(&super::Pool) -> bool| series.pools.iter().any(|(_, pool, _)| is(pool));
    let beside = some(&|pool| !pool.bill.fees.is_zero() || !pool.bill.adjustments.is_zero());
    let stated = some(&|pool| pool.bill.stated.iter().any(|tier| !tier.is_zero()) || !pool.bill.stated_long.is_zero());
    let given = some(&|pool| !free(pool).is_zero());
    let mut bases = vec![Path::default()];
    for (is, set) in [
        (stated, (|path| Path { stated: true, ..path }) as fn(Path) -> Path),
        (beside, |path| Path { beside: true, ..path }),
        (given, |path| Path { free: true, ..path }),
    ] {
        if is {
            bases.extend(bases.clone().into_iter().map(set));
        }
    }
    let near: Vec<Atom> = atoms.iter().copied().filter(|atom| !atom.is_far(&series.candidates)).collect();
    let mut found = bases.clone();
    let mut last: Vec<(usize, Path)> = Vec::new();
    for base in &bases {
        last.extend(near.iter().enumerate().filter_map(|(at, atom)| Some((at, base.and(*atom, ways)?))));
    }
    let far = atoms.iter().copied().filter(|atom| atom.is_far(&series.candidates));
    let far: Vec<Path> = far.filter_map(|atom| Path::default().and(atom, ways)).collect();
    for size in 1..=3 {
        found.extend(last.iter().map(|(_, path)| *path));
        match size {
            1 => found.extend(&far),
            2 => {
                let tiers = || near.iter().copied().filter(|atom| matches!(atom, Atom::Tier(_)));
                found.extend(far.iter().flat_map(|path| tiers().filter_map(|tier| path.and(tier, ways))));
            }
            _ => break,
        }
        let more = |(at, path): &(usize, Path)| {
            let (from, path) = (at + 1, *path);
            let rest = near.iter().enumerate().skip(from);
            rest.filter_map(move |(next, atom)| Some((next, path.and(*atom, ways)?))).collect::<Vec<_>>()
        };
        last = last.iter().flat_map(more).collect();
    }
    found
}
