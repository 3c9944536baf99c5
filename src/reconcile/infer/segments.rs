//! Which price held on which days: the cheapest account of all days, where a
//! price gains the digits of the lines it fits, loses half of those it does
//! not, and costs the digits it takes to state it. So a step is found where it
//! explains more than it costs, and noise is never worth a price.

use super::candidates::{Candidate, Days};

/// Days, by their numbers in [`Days`], that one candidate explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub from: usize,
    /// Included.
    pub to: usize,
    pub candidate: usize,
}

/// What a day gives a candidate, in half digits.
fn gain(days: &Days<'_>, day: usize, candidate: &Candidate) -> i64 {
    let lines = days.span(day, day + 1).iter();
    lines
        .map(|line| {
            let digits = days.places.digits(line);
            if days.places.fits(line, candidate.rates) { 2 * digits } else { -digits }
        })
        .sum()
}

/// The stretches, by day. Days that no price explains are in none, unless the
/// same price holds before and after them.
pub(super) fn stretches(days: &Days<'_>, pool: &[Candidate]) -> Vec<Stretch> {
    // State 0 is that no price holds; the candidates follow in their order.
    let mut best = vec![0i64; pool.len() + 1];
    let mut came_from: Vec<Vec<usize>> = Vec::with_capacity(days.count());
    for day in 0..days.count() {
        let leave = first_greatest(&best);
        let (mut next, mut from) = (Vec::with_capacity(best.len()), Vec::with_capacity(best.len()));
        for (state, stay) in best.iter().enumerate() {
            let candidate = state.checked_sub(1).and_then(|number| pool.get(number));
            let (cost, gain) = candidate.map_or((0, 0), |c| (2 * c.cost, gain(days, day, c)));
            let change = best.get(leave).copied().unwrap_or(0) - cost;
            // Nothing changes without a reason; and a price has to be stated
            // on the first day, too.
            let stays = *stay >= change && !(day == 0 && state > 0);
            next.push(gain + if stays { *stay } else { change });
            from.push(if stays { state } else { leave });
        }
        came_from.push(from);
        best = next;
    }
    let mut state = first_greatest(&best);
    let mut states = vec![0; days.count()];
    for (day, from) in came_from.iter().enumerate().rev() {
        if let Some(place) = states.get_mut(day) {
            *place = state;
        }
        state = from.get(state).copied().unwrap_or(0);
    }
    let mut found: Vec<Stretch> = Vec::new();
    for (day, state) in states.into_iter().enumerate() {
        let Some(candidate) = state.checked_sub(1) else { continue };
        match found.last_mut().filter(|last| last.candidate == candidate) {
            Some(last) => last.to = day,
            None => found.push(Stretch { from: day, to: day, candidate }),
        }
    }
    found
}

fn first_greatest(values: &[i64]) -> usize {
    let greatest = values.iter().max();
    values.iter().position(|value| Some(value) == greatest).unwrap_or(0)
}
