//! Prices that a stretch of days may have had: those that are known, and those
//! that solve a few of its lines and fit most of them. Stretches are tried from
//! the whole down to single days, as long as days are left that no price fits.

use super::estimate::estimates;
use super::exact::Basis;
use super::line::{CLASSES, Places, PricedLine, Rates, significant};
use super::sample::mixed;
use super::{Hypothesis, Matches};

/// Draws of a few lines to solve: with a third of the lines disturbed, a draw
/// of four is clean one time in five.
const DRAWS: u64 = 32;

/// Lines of a stretch that its own candidates are tried on.
const LOOKED_AT: usize = 256;

/// What it takes to state any price, and to state one that the same model, or
/// another one, is known to have had: in digits.
const STATED: i64 = 2;
const SAME_MODEL: i64 = 1;
const OTHER_MODEL: i64 = 3;

/// Rates that some of the lines have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub rates: Rates,
    /// Number of the known price they are, if that is where they come from.
    pub known: Option<usize>,
    /// Digits needed to state it. Lines that fit must state more than that,
    /// or the price is as good as made up for them.
    pub cost: i64,
}

/// The sample of one model, by day.
pub(super) struct Days<'a> {
    pub lines: &'a [PricedLine],
    pub places: Places,
    /// Where each day begins, and the end.
    pub starts: Vec<usize>,
}

impl<'a> Days<'a> {
    /// `lines` by day.
    pub fn of(lines: &'a [PricedLine]) -> Self {
        let mut starts: Vec<usize> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            if at.checked_sub(1).and_then(|before| lines.get(before)).is_none_or(|before| before.day != line.day) {
                starts.push(at);
            }
        }
        starts.push(lines.len());
        Self { lines, places: Places::of(lines), starts }
    }

    pub fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The lines from one day to before another.
    pub fn span(&self, from: usize, to: usize) -> &'a [PricedLine] {
        let (from, to) = (self.starts.get(from), self.starts.get(to));
        from.zip(to).and_then(|(from, to)| self.lines.get(*from..*to)).unwrap_or_default()
    }

    fn fits(&self, lines: &[PricedLine], rates: Rates) -> usize {
        lines.iter().filter(|line| self.places.fits(line, rates)).count()
    }
}

/// All candidates of a model, known ones first.
pub(super) fn candidates(days: &Days<'_>, known: &[Hypothesis]) -> Vec<Candidate> {
    let mut pool = known_ones(days, known);
    // What another model costs may be harder to believe than a price unheard of.
    let of_model: Vec<&Candidate> = pool.iter().filter(|candidate| candidate.cost == STATED + SAME_MODEL).collect();
    let mut explained: Vec<bool> =
        (0..days.count()).map(|day| of_model.iter().any(|c| explains(days, day, c.rates))).collect();
    let mut width = days.count();
    while width > 0 {
        let stride = if width == days.count() { width } else { (width / 2).max(1) };
        let last = days.count() - width;
        for from in (0..last).step_by(stride).chain([last]) {
            let window = from..from + width;
            if explained.get(window.clone()).is_some_and(|days| days.iter().all(|explained| *explained)) {
                continue;
            }
            for candidate in solved(days, days.span(window.start, window.end)) {
                if pool.iter().any(|other| other.rates == candidate.rates) {
                    continue;
                }
                for (day, explained) in explained.iter_mut().enumerate() {
                    *explained = *explained || explains(days, day, candidate.rates);
                }
                pool.push(candidate);
            }
        }
        width = if width == days.count() { width.next_power_of_two() / 2 } else { width / 2 };
    }
    pool
}

/// Whether rates fit most of a day's lines with tokens of each class: then
/// nothing better is looked for. Of all lines together, a bill with a line for
/// each class would hide the step of one of them.
fn explains(days: &Days<'_>, day: usize, rates: Rates) -> bool {
    let (mut fits, mut of) = ([0usize; CLASSES], [0usize; CLASSES]);
    for line in days.span(day, day + 1) {
        let fit = usize::from(days.places.fits(line, rates));
        for ((fits, of), tokens) in fits.iter_mut().zip(&mut of).zip(line.tokens) {
            if tokens != 0 {
                (*fits, *of) = (*fits + fit, *of + 1);
            }
        }
    }
    fits.iter().zip(of).all(|(fits, of)| of == 0 || fits * 2 > of)
}

/// Known prices that fit a line of some day, the likelier before the others,
/// each set of rates once.
fn known_ones(days: &Days<'_>, known: &[Hypothesis]) -> Vec<Candidate> {
    // Enough to see whether a price is about at all.
    let every_day = (0..days.count()).flat_map(|day| {
        let lines = days.span(day, day + 1);
        lines.iter().step_by(lines.len().div_ceil(4).max(1))
    });
    let few: Vec<PricedLine> = every_day.copied().collect();
    let mut found: Vec<Candidate> = Vec::new();
    for (number, price) in known.iter().enumerate() {
        let told = |line: &&PricedLine| days.places.digits(line) > 0 && days.places.fits(line, price.rates);
        if found.iter().all(|other| other.rates != price.rates) && few.iter().any(|line| told(&line)) {
            let cost = STATED + if price.matches >= Matches::Model { SAME_MODEL } else { OTHER_MODEL };
            found.push(Candidate { rates: price.rates, known: Some(number), cost });
        }
    }
    found
}

/// Rates that solve some of the lines and fit most of them.
fn solved(days: &Days<'_>, lines: &[PricedLine]) -> Vec<Candidate> {
    let every = lines.len().div_ceil(LOOKED_AT).max(1);
    let lines: Vec<PricedLine> = lines.iter().step_by(every).copied().collect();
    let mut used = [false; CLASSES];
    let mut all = Basis::default();
    for line in &lines {
        for (used, tokens) in used.iter_mut().zip(line.tokens) {
            *used = *used || tokens != 0;
        }
        all.add(line);
    }
    let mut found: Vec<Candidate> = Vec::new();
    let mut most = 0;
    let mut consider = |rates: Rates| {
        let fits = days.fits(&lines, rates);
        if fits > most && fits * 2 > lines.len() {
            most = fits;
            let cost = STATED + rates.iter().flatten().map(|rate| significant(*rate)).sum::<i64>();
            found = vec![Candidate { rates, known: None, cost }];
        }
        // A quarter of the lines may be of another making.
        fits * 4 >= lines.len() * 3
    };
    let exact = (0..DRAWS).filter_map(|draw| drawn(&lines, all.rank(), draw).solution(used));
    for rates in exact {
        if consider(rates) {
            return found;
        }
    }
    estimates(&lines, used, days.places).into_iter().any(consider);
    found
}

/// As many lines as tell apart what can be told apart, starting anywhere.
fn drawn(lines: &[PricedLine], rank: usize, draw: u64) -> Basis {
    let mut basis = Basis::default();
    let count = lines.len().max(1) as u64;
    let by_chance = (0..4 * rank as u64).map(|n| (mixed(draw << 16 | n) % count) as usize);
    let in_order = (0..lines.len()).map(|n| (n + (mixed(draw) % count) as usize) % lines.len().max(1));
    for at in by_chance.chain(in_order) {
        if basis.rank() == rank {
            break;
        }
        if let Some(line) = lines.get(at) {
            basis.add(line);
        }
    }
    basis
}
