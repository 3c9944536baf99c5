//! The sample of one model into prices with their days, and what can be said
//! of each class.

use super::candidates::{Candidate, Days, candidates};
use super::estimate::reach;
use super::line::{CLASSES, Places, PricedLine, Rate, Rates, per_million, product};
use super::segments::{Stretch, stretches};
use super::{ClassRate, Hypothesis, Matches};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::price::KnownPrice;

/// Lines looked at to see which classes can be told apart.
const LOOKED_AT: usize = 256;

/// A price for some days, before all lines were held against it.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub from: Day,
    /// Included.
    pub to: Day,
    /// With these the lines are checked; classes that always go along with
    /// others are carried by them.
    pub rates: Rates,
    /// What is said of each class.
    pub said: [ClassRate; CLASSES],
    pub known: Option<KnownPrice>,
}

/// What a sample gave.
#[derive(Debug, Clone)]
pub(super) struct Solution {
    pub places: Places,
    /// By day; they do not overlap.
    pub pieces: Vec<Piece>,
}

/// How lines stand to a [`Solution`], added up in any order.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub lines: u32,
    pub pieces: Vec<OfPiece>,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OfPiece {
    pub fits: u32,
    pub of: u32,
    /// Billed minus the product of lines that do not fit.
    pub residual: Amount,
}

impl Solution {
    /// `lines` by day and content.
    pub fn of(lines: &[PricedLine], known: &[Hypothesis], prices: &[KnownPrice]) -> Self {
        let days = Days::of(lines);
        let pool = candidates(&days, known);
        let piece = |stretch: Stretch| piece(&days, pool.get(stretch.candidate)?, stretch, known, prices);
        Self { places: days.places, pieces: stretches(&days, &pool).into_iter().filter_map(piece).collect() }
    }

    /// Holds one line against the pieces.
    pub fn check(&self, line: &PricedLine, tally: &mut Tally) {
        tally.lines = tally.lines.saturating_add(1);
        tally.pieces.resize(self.pieces.len(), OfPiece::default());
        let at = self.pieces.partition_point(|piece| piece.to < line.day);
        let Some((piece, count)) = self.pieces.get(at).zip(tally.pieces.get_mut(at)) else { return };
        if line.day < piece.from {
            return;
        }
        count.of += 1;
        if self.places.fits(line, piece.rates) {
            count.fits += 1;
        } else {
            let explained = Amount::from_units(product(line.tokens, piece.rates).unwrap_or(0));
            count.residual = count.residual.plus(line.billed.minus(explained));
        }
    }
}

impl Tally {
    pub fn merge(&mut self, other: &Self) {
        self.lines = self.lines.saturating_add(other.lines);
        let pieces = self.pieces.len().max(other.pieces.len());
        self.pieces.resize(pieces, OfPiece::default());
        for (ours, theirs) in self.pieces.iter_mut().zip(&other.pieces) {
            ours.fits += theirs.fits;
            ours.of += theirs.of;
            ours.residual = ours.residual.plus(theirs.residual);
        }
    }
}

fn piece(
    days: &Days<'_>,
    candidate: &Candidate,
    stretch: Stretch,
    known: &[Hypothesis],
    prices: &[KnownPrice],
) -> Option<Piece> {
    let lines = days.span(stretch.from, stretch.to + 1);
    let (from, to) = (lines.first()?.day, lines.last()?.day);
    let fitting: Vec<PricedLine> =
        lines.iter().filter(|line| days.places.fits(line, candidate.rates)).copied().collect();
    if is_approximate(lines, fitting.len(), candidate.rates, days.places) {
        return None;
    }
    let assumed = candidate.known.and_then(|number| known.get(number)).is_some_and(|k| k.matches >= Matches::Model);
    let said = said(&fitting, candidate.rates, days.places, assumed);
    let known = named(said, from, known).and_then(|number| prices.get(number)).cloned();
    Some(Piece { from, to, rates: candidate.rates, said, known })
}

/// Whether more than one line in fifty misses its amount by next to nothing:
/// lines of another making are further off, so the rates are only close to the
/// true ones.
fn is_approximate(lines: &[PricedLine], fits: usize, rates: Rates, places: Places) -> bool {
    let near = |line: &&PricedLine| {
        let off =
            product(line.tokens, rates).map(|product| product.saturating_sub(line.billed.units()).saturating_abs());
        off.is_some_and(|off| off <= 4 * places.half()) && !places.fits(line, rates)
    };
    let misses = lines.iter().filter(near).count();
    misses > 1 && misses * 50 > fits
}

/// What lines that fit say of each class. A class that cannot be told from the
/// others keeps its rate only where the whole price is `assumed`, since it is
/// one the model is known to have had.
fn said(fitting: &[PricedLine], rates: Rates, places: Places, assumed: bool) -> [ClassRate; CLASSES] {
    let classes: Vec<usize> =
        (0..CLASSES).filter(|class| fitting.iter().any(|line| line.tokens.get(*class) != Some(&0))).collect();
    let every = fitting.len().div_ceil(LOOKED_AT).max(1);
    let few: Vec<PricedLine> = fitting.iter().step_by(every).copied().collect();
    let exact = few.iter().all(|line| product(line.tokens, rates) == Some(line.billed.units()));
    let mut said = [ClassRate::Unused; CLASSES];
    for class in &classes {
        let Some((place, rate)) = said.get_mut(*class).zip(rates.get(*class).copied().flatten()) else { continue };
        let reach = reach(&few, rates, &classes, *class, places);
        let told = assumed || reach.is_some_and(|reach| is_told(rate, reach, exact));
        *place = per_million(rate).filter(|_| told).map_or(ClassRate::Undetermined, ClassRate::Solved);
    }
    said
}

/// A free class is told by less than a tenth of a cent per million tokens.
const NEARLY_FREE: Rate = 1_000_000_000;

/// Whether a rate that may be off by `reach` can be no other one as short.
/// Where every amount is the product without any rounding, it is enough that
/// the rate is known to a twentieth.
fn is_told(rate: Rate, reach: Rate, exact: bool) -> bool {
    if rate == 0 {
        return reach < NEARLY_FREE;
    }
    let mut step = 1;
    while rate % (step * 10) == 0 {
        step *= 10;
    }
    reach <= rate / 20 && (exact || reach < step)
}

/// The known price that is equal in all classes that were solved; of several
/// one of the same model and tier, then the one in force on the day. Another
/// model's is named only where input and output say so.
fn named(said: [ClassRate; CLASSES], day: Day, known: &[Hypothesis]) -> Option<usize> {
    let solved = |class: usize| matches!(said.get(class), Some(ClassRate::Solved(_)));
    let equal = |hypothesis: &&Hypothesis| {
        let classes = said.iter().zip(hypothesis.rates).all(|(said, rate)| match said {
            ClassRate::Solved(price) => rate.and_then(per_million) == Some(*price),
            ClassRate::Undetermined | ClassRate::Unused => true,
        });
        classes && (hypothesis.matches >= Matches::Model || solved(0) && solved(CLASSES - 1))
    };
    if !(0..CLASSES).any(solved) {
        return None;
    }
    let in_force = |hypothesis: &&Hypothesis| hypothesis.from.is_none_or(|from| from <= day);
    let equal = known.iter().rev().filter(equal);
    equal.max_by_key(|h| (h.matches, in_force(h), in_force(h).then_some(h.from))).map(|h| h.price)
}
