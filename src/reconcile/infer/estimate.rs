//! Rates of lines whose amounts are rounded, so that no few of them give the
//! rates exactly: the least squares of those lines that agree, and then the
//! shortest decimals within reach. What comes out is a guess; whether it is
//! right is judged by the lines it fits.

use super::line::{CLASSES, Places, PricedLine, Rate, Rates, as_rate, product};
use super::near::Near;
use super::sample::mixed;

/// Lines that an estimate looks at; more make it slower and hardly better.
const ENOUGH: usize = 96;

/// Beginnings tried: with a third of the lines disturbed, one of them is very
/// likely to be of undisturbed lines only.
const TRIES: u64 = 8;

/// How far the rate of a class may be off, with the others making up for it as
/// well as they can, until a line that fits does not fit any more; `None`
/// where the others always make up for it.
pub(super) fn reach(lines: &[PricedLine], rates: Rates, used: &[usize], class: usize, places: Places) -> Option<Rate> {
    let alone = alone(lines, used, class)?;
    let half = Near::of(places.half());
    let (mut more, mut less): (Option<Near>, Option<Near>) = (None, None);
    for (line, alone) in lines.iter().zip(alone).filter(|(_, alone)| !alone.is_zero()) {
        let off = Near::of(product(line.tokens, rates)?.saturating_sub(line.billed.units()));
        let (above, below) = ((half - off) / alone.abs(), (half + off) / alone.abs());
        let (above, below) = if alone > Near::ZERO { (above, below) } else { (below, above) };
        more = Some(more.map_or(above, |more| more.min(above)));
        less = Some(less.map_or(below, |less| less.min(below)));
    }
    as_rate(more?.max(less?).max(Near::ZERO).whole()?)
}

/// Rates that most of the lines may have come from, in the order of trying.
pub(super) fn estimates(lines: &[PricedLine], used: [bool; CLASSES], places: Places) -> Vec<Rates> {
    let every = lines.len().div_ceil(ENOUGH).max(1);
    let lines: Vec<PricedLine> = lines.iter().step_by(every).copied().collect();
    let classes: Vec<usize> = (0..CLASSES).filter(|class| used.get(*class) == Some(&true)).collect();
    let agreeing = (0..TRIES).filter_map(|attempt| agreeing(&lines, &classes, places, attempt));
    let Some(agreeing) = agreeing.max_by_key(Vec::len) else { return Vec::new() };
    let mut found: Vec<Rates> = Vec::new();
    for closer in 0..4 {
        if let Some(rates) = shortest_rates(&agreeing, &classes, places, 2 * closer)
            && !found.contains(&rates)
        {
            found.push(rates);
        }
    }
    found
}

/// Lines that one set of rates fits about as well as rounding allows; `None`
/// where that is not most of them.
fn agreeing(lines: &[PricedLine], classes: &[usize], places: Places, attempt: u64) -> Option<Vec<PricedLine>> {
    let start: Vec<PricedLine> = (0..classes.len() as u64).filter_map(|n| drawn(lines, attempt * 16 + n)).collect();
    let mut rates = least_squares(&targets(&start), classes);
    for _ in 0..3 {
        let mut order: Vec<(i128, PricedLine)> = lines.iter().map(|line| (off(line, rates), *line)).collect();
        order.sort_unstable();
        let closest: Vec<PricedLine> =
            order.iter().take((lines.len() * 3).div_ceil(5)).map(|(_, line)| *line).collect();
        rates = least_squares(&targets(&closest), classes);
    }
    let mut near = Vec::new();
    for _ in 0..2 {
        near = lines.iter().filter(|line| off(line, rates) <= places.half() * 2).copied().collect();
        rates = least_squares(&targets(&near), classes);
    }
    (near.len() * 2 > lines.len()).then_some(near)
}

/// The greater one of two lines drawn by number, since great amounts tell
/// more.
fn drawn(lines: &[PricedLine], number: u64) -> Option<PricedLine> {
    let one = |seed: u64| lines.get((mixed(seed) % lines.len().max(1) as u64) as usize).copied();
    one(2 * number).into_iter().chain(one(2 * number + 1)).max_by_key(|line| (line.billed.abs(), *line))
}

/// How far rates miss a line's amount.
fn off(line: &PricedLine, rates: [Near; CLASSES]) -> i128 {
    const FAR: i128 = 1_000_000_000_000_000_000;
    let rates = rates.map(|rate| Some(rate.whole().unwrap_or(FAR).clamp(-FAR, FAR) as Rate));
    let product = product(line.tokens, rates).unwrap_or_default();
    product.saturating_sub(line.billed.units()).saturating_abs()
}

type Row = ([i64; CLASSES], Near);

fn targets(lines: &[PricedLine]) -> Vec<Row> {
    lines.iter().map(|line| (line.tokens, Near::of(line.billed.units()))).collect()
}

/// The multiples of the classes that come closest to the targets; zero for
/// other classes, and for those that follow from earlier ones.
fn least_squares(rows: &[Row], classes: &[usize]) -> [Near; CLASSES] {
    let mut table = [[Near::ZERO; CLASSES + 1]; CLASSES];
    for (tokens, target) in rows {
        let cells = tokens.map(|tokens| Near::of(i128::from(tokens)));
        for row in classes {
            for column in classes.iter().filter(|column| *column >= row) {
                table[*row][*column] = table[*row][*column] + cells[*row] * cells[*column];
            }
            table[*row][CLASSES] = table[*row][CLASSES] + cells[*row] * *target;
        }
    }
    for row in classes {
        for column in classes.iter().filter(|column| *column < row) {
            table[*row][*column] = table[*column][*row];
        }
    }
    let whole = table;
    let mut pivots: Vec<usize> = Vec::new();
    for _ in classes {
        // What is left of a class, against what there was of it.
        let left = |class: &usize| table[*class][*class] / whole[*class][*class];
        let free = classes.iter().copied().filter(|class| !pivots.contains(class));
        let Some(pivot) = free.max_by_key(|class| (left(class), std::cmp::Reverse(*class))) else { break };
        if left(&pivot) <= Near::of(1).halved(40) {
            break;
        }
        pivots.push(pivot);
        let with = table[pivot];
        for row in classes.iter().filter(|row| **row != pivot) {
            let factor = table[*row][pivot] / with[pivot];
            for (cell, with) in table[*row].iter_mut().zip(with) {
                *cell = *cell - factor * with;
            }
        }
    }
    let mut found = [Near::ZERO; CLASSES];
    for pivot in pivots {
        found[pivot] = table[pivot][CLASSES] / table[pivot][pivot];
    }
    found
}

/// The tokens of a class in each line beyond what its other classes would let
/// expect; `None` where they always go along.
fn alone(lines: &[PricedLine], classes: &[usize], class: usize) -> Option<Vec<Near>> {
    let others: Vec<usize> = classes.iter().copied().filter(|other| *other != class).collect();
    let rows: Vec<Row> = lines.iter().map(|line| (line.tokens, Near::of(i128::from(line.tokens[class])))).collect();
    let along = least_squares(&rows, &others);
    let beyond = |(tokens, target): &Row| {
        let expected = others.iter().map(|other| Near::of(i128::from(tokens[*other])) * along[*other]);
        expected.fold(*target, |rest, part| rest - part)
    };
    let alone: Vec<Near> = rows.iter().map(beyond).collect();
    let greatest = rows.iter().map(|(_, target)| *target).max()?;
    // Less than that is what the approximation left over.
    (greatest_of(&alone) > greatest.halved(30)).then_some(alone)
}

fn greatest_of(values: &[Near]) -> Near {
    values.iter().map(|value| value.abs()).max().unwrap_or(Near::ZERO)
}

/// The shortest decimals that the rates can be, one class after the other, the
/// one that explains most first: what it is makes the others closer known.
/// `closer` halves the reach so many times.
fn shortest_rates(lines: &[PricedLine], classes: &[usize], places: Places, closer: i32) -> Option<Rates> {
    let mut rates: Rates = [None; CLASSES];
    let mut open = classes.to_vec();
    while !open.is_empty() {
        let rest = |line: &PricedLine| {
            let known =
                line.tokens.iter().zip(rates).map(|(tokens, rate)| i128::from(*tokens) * i128::from(rate.unwrap_or(0)));
            (line.tokens, Near::of(line.billed.units().saturating_sub(known.sum())))
        };
        let rows: Vec<Row> = lines.iter().map(rest).collect();
        let near = least_squares(&rows, &open);
        let most = |class: usize| alone(lines, &open, class).map_or(Near::ZERO, |alone| greatest_of(&alone));
        let told = open.iter().map(|class| (most(*class), *class));
        let (most, class) =
            told.max_by_key(|(most, class)| (*most * near[*class].abs(), *most, std::cmp::Reverse(*class)))?;
        let rate = if most.is_zero() {
            // It always goes along with another open class, which carries it.
            0
        } else {
            let reach = (Near::of(places.half() * 2) / most).halved(closer).whole()?;
            shortest(near[class].whole()?, reach)?
        };
        let class = if most.is_zero() { *open.last()? } else { class };
        rates[class] = Some(rate);
        open.retain(|other| *other != class);
    }
    Some(rates)
}

/// Of the prices around `near`, the one with the fewest digits; of several the
/// nearest.
fn shortest(near: i128, reach: i128) -> Option<Rate> {
    let (low, high) = (near.saturating_sub(reach).max(0), near.saturating_add(reach));
    let steps = (0..18).rev().map(|places| 10i128.pow(places));
    let within = steps.filter_map(|step| {
        let nearest = near.saturating_add(step / 2).div_euclid(step).saturating_mul(step);
        (low..=high).contains(&nearest).then_some(nearest)
    });
    within.map(as_rate).next().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_decimal_within_reach_is_taken() {
        assert_eq!(shortest(2_498_700_000_000, 3_000_000_000), Some(2_500_000_000_000));
        assert_eq!(shortest(2_574_900_000_000, 900_000_000), Some(2_575_000_000_000));
        assert_eq!(shortest(9_700_000_000_000, 500_000_000_000), Some(10_000_000_000_000));
        assert_eq!(shortest(-20, 30), Some(0));
        assert_eq!(shortest(-20, 3), None);
        assert_eq!(shortest(1_234_567, 0), Some(1_234_567));
    }
}
