//! What each line of one side is worth: as its file states it, by tokens and
//! rates, or by credits and the lots they were bought in.

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::lots::{Drawing, Sole, Used};
use super::paid::Paid;
use super::tier::price_of;
use super::{CostDays, DayDraw, LotDraw, LotOpening, PriceBook, Values, Worth};
use crate::amount::{Amount, FixedColumn, Money, Quantity};
use crate::calendar::Day;
use crate::usage::{Lines, Names, Shape};

/// Rows valued by one thread at a time.
const CHUNK: u32 = 1 << 16;

/// Codes of [`Values::kind`]. From `LOT` on: twice the number of the lot, one
/// more when overdrawn.
const NOTHING: u16 = 0;
const PRICED: u16 = 1;
const UNPRICED: u16 = 2;
const LOT: u16 = 3;

/// The value of every line of one side, in the book's currency. All lines of
/// credits draw from the lots, in order of day and then content, whatever the
/// order of the rows; `opening` is what months that are not loaded drew.
///
/// A line that needs an amount from the book and finds none is
/// [`Worth::Unpriced`]: no lot effective, or what [`price_of`] gives as a
/// reason. So is a line in another currency, since nothing is converted. Usage on days whose costs are there is worth [`Worth::Nothing`]:
/// the costs are its money.
pub fn value(book: &PriceBook, names: &Names, lines: &Lines, opening: &LotOpening) -> Values {
    let rows = lines.len() as u32;
    if (0..rows).into_par_iter().all(|row| lines.amount(row).is_some()) {
        return Values::default();
    }
    let (drawn, settled) = draw_credits(book, names, lines, opening);
    Values { in_turn: drawn.in_turn, at_once: drawn.at_once, ..fill(book, names, lines, &settled) }
}

/// The value of every line of the ledger, as [`value`] has it but for credits
/// without an amount: those cost what the bill's credits of the same day, user
/// and usage type cost, or where the bill has none, what the lot costs that
/// the bill drew from on that day. So a lot that ends in the middle of a month
/// makes no difference between the two sides. The ledger draws from no lot.
pub fn value_ledger(
    book: &PriceBook,
    names: &Names,
    ledger: &Lines,
    (bill, bill_values): (&Lines, &Values),
    opening: &LotOpening,
) -> Values {
    let needs_lot = |row: &u32| ledger.shape(*row) == Shape::Credits && needs_price(ledger, *row);
    if bill_values.draws_nothing() || !(0..ledger.len() as u32).into_par_iter().any(|row| needs_lot(&row)) {
        return value(book, names, ledger, opening);
    }
    let paid = Paid::new(book, bill, bill_values);
    let single: Vec<Single> = (0..ledger.len() as u32)
        .into_par_iter()
        .filter(needs_lot)
        .map(|row| {
            let amount = paid.price(ledger, row);
            Single { row, kind: if amount.is_some() { PRICED } else { UNPRICED }, amount }
        })
        .collect();
    fill(book, names, ledger, &Settled { single, ..Settled::default() })
}

/// Values of all rows, given those that needed a lot, by row.
fn fill(book: &PriceBook, names: &Names, lines: &Lines, settled: &Settled) -> Values {
    let rows = lines.len() as u32;
    let (table, costs) = (OnceLock::new(), CostDays::of(lines));
    let rates = || table.get_or_init(|| book.for_names(names));
    let parts: Vec<(Vec<u16>, FixedColumn<Money>)> = (0..rows.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let (from, to) = (chunk * CHUNK, rows.min(chunk.saturating_add(1).saturating_mul(CHUNK)));
            let (mut kinds, mut computed) = (Vec::with_capacity((to - from) as usize), FixedColumn::default());
            let single = &settled.single;
            let mut single = single.get(single.partition_point(|s| s.row < from)..).unwrap_or_default().iter();
            for row in from..to {
                let (kind, amount) = match need(lines, &costs, row) {
                    Need::Nothing => (NOTHING, None),
                    Need::Exchange => (UNPRICED, None),
                    Need::Rate => {
                        price_of(names, rates(), lines, row).map_or((UNPRICED, None), |amount| (PRICED, Some(amount)))
                    }
                    Need::Lot => settled.of(lines, row, &mut single),
                };
                kinds.push(kind);
                computed.push(amount);
            }
            (kinds, computed)
        })
        .collect();
    let mut values = Values::default();
    if parts.iter().all(|(kinds, _)| kinds.iter().all(|kind| *kind == NOTHING)) {
        return values;
    }
    values.kind.reserve_exact(lines.len());
    for (kinds, computed) in parts {
        values.kind.extend(kinds);
        values.computed.append(&computed);
    }
    values
}

/// What a row needs from the book.
enum Need {
    /// It states its amount, or there is nothing to price.
    Nothing,
    Rate,
    Lot,
    /// It states an amount in another currency, and nothing is converted.
    Exchange,
}

/// Whether a row is about something that has a price, and states none.
fn needs_price(lines: &Lines, row: u32) -> bool {
    lines.amount(row).is_none() && lines.foreign(row).is_none() && lines.not_applicable(row).is_none()
}

fn need(lines: &Lines, costs: &CostDays, row: u32) -> Need {
    if !needs_price(lines, row) {
        let other = lines.foreign(row).is_some() && lines.not_applicable(row).is_none();
        return if other { Need::Exchange } else { Need::Nothing };
    }
    match lines.shape(row) {
        Shape::Credits => Need::Lot,
        Shape::Cost => Need::Nothing,
        // To price it as well would bill it twice.
        Shape::Usage if costs.is_evidence(lines, row) => Need::Nothing,
        Shape::Request | Shape::Usage => {
            let counts = [lines.input(row), lines.cached(row), lines.output(row), lines.total(row)];
            let tokens = counts.iter().flatten().any(|count| *count != 0);
            // Seconds of audio and the like: usage, and no token to price.
            let other = lines.quantity(row).is_some_and(|quantity| !quantity.is_zero());
            if tokens || other { Need::Rate } else { Need::Nothing }
        }
    }
}

/// What the lots made of the rows that need one.
#[derive(Default)]
struct Settled {
    /// Days on which all rows draw from one lot at its unit cost, ascending.
    plain: Vec<(Day, Sole)>,
    /// All other rows, by row.
    single: Vec<Single>,
}

/// A row with what it is worth.
struct Single {
    row: u32,
    kind: u16,
    amount: Option<Amount>,
}

impl Settled {
    fn is_plain(&self, day: Day) -> bool {
        self.plain.binary_search_by_key(&day, |(day, _)| *day).is_ok()
    }

    /// `single` has exactly the rows that need a lot and are of no plain day,
    /// and gives them by row.
    fn of<'a>(&self, lines: &Lines, row: u32, single: &mut impl Iterator<Item = &'a Single>) -> (u16, Option<Amount>) {
        let sole = lines.day(row).and_then(|day| {
            let at = self.plain.binary_search_by_key(&day, |(day, _)| *day).ok()?;
            self.plain.get(at).map(|(_, sole)| *sole)
        });
        let Some(sole) = sole else {
            return single.next().map_or((UNPRICED, None), |s| (s.kind, s.amount));
        };
        match lines.credits(row) {
            // Nothing was used, so no price is needed.
            Some(credits) if credits.is_zero() => (PRICED, Some(Amount::ZERO)),
            Some(credits) => match (lot_kind(sole.lot, sole.overdrawn), sole.amount(credits)) {
                (Some(kind), Some(amount)) => (kind, Some(amount)),
                _ => (UNPRICED, None),
            },
            None => (UNPRICED, None),
        }
    }
}

/// A row that draws, with its day.
type Drawer = (Day, u32);

/// What rows drew, as [`Values`] has it.
#[derive(Default)]
struct Drawn {
    in_turn: Vec<LotDraw>,
    at_once: Vec<DayDraw>,
}

/// Rows that one thread adds up at a time.
const AT_ONCE: usize = 1 << 13;

/// Draws all rows that need a lot. In which order the rows of a day draw makes
/// no difference as long as one lot, with one price, has enough for all of
/// them; then they are only added up. Where a lot ends they draw in the order
/// of their content, for which each must be hashed.
fn draw_credits(book: &PriceBook, names: &Names, lines: &Lines, opening: &LotOpening) -> (Drawn, Settled) {
    let needs = |row: &u32| lines.shape(*row) == Shape::Credits && needs_price(lines, *row);
    let rows = || (0..lines.len() as u32).into_par_iter().filter(needs);
    let drawer = |row: u32| {
        lines.credits(row).filter(|credits| !credits.is_zero())?;
        Some((lines.day(row)?, row))
    };
    let mut order: Vec<Drawer> = rows().filter_map(drawer).collect();
    order.par_sort_unstable();
    let mut lots = Drawing::new(book, opening);
    let (mut drawn, mut settled) = (Drawn::default(), Settled::default());
    let mut odd: FxHashSet<Day> = FxHashSet::default();
    for of_day in order.chunk_by(|a, b| a.0 == b.0) {
        let Some((day, _)) = of_day.first() else { continue };
        match plain_day(lines, &mut lots, *day, of_day) {
            Some((sole, together)) => {
                drawn.at_once.push(together);
                settled.plain.push((*day, sole));
            }
            None => {
                let content = |(_, row): &Drawer| Some((lines.content(names, *row), *row, lines.credits(*row)?));
                let mut of_day: Vec<_> = of_day.par_iter().filter_map(content).collect();
                of_day.par_sort_unstable();
                let draws = &mut drawn.in_turn;
                let in_turn = of_day.into_iter();
                settled.single.extend(in_turn.map(|(_, row, credits)| single(&mut lots, *day, row, credits, draws)));
                odd.insert(*day);
            }
        }
    }
    // Those that draw nothing, on days that are not plain.
    let idle = rows().filter_map(|row| {
        let (kind, amount) = match (lines.day(row), lines.credits(row)) {
            (Some(day), _) if settled.is_plain(day) => return None,
            (_, Some(credits)) if credits.is_zero() => (PRICED, Some(Amount::ZERO)),
            (Some(day), Some(_)) if odd.contains(&day) => return None,
            _ => (UNPRICED, None),
        };
        Some(Single { row, kind, amount })
    });
    let idle: Vec<Single> = idle.collect();
    settled.single.extend(idle);
    settled.single.par_sort_unstable_by_key(|s| s.row);
    (drawn, settled)
}

/// The lot that all these rows of a day draw from, whatever their order, with
/// what they draw; `None` where their order matters.
fn plain_day(lines: &Lines, lots: &mut Drawing<'_>, day: Day, rows: &[Drawer]) -> Option<(Sole, DayDraw)> {
    let sole = lots.sole(day)?;
    let add = |used: Used, (_, row): &Drawer| {
        let credits = lines.credits(*row)?;
        used.and(credits, sole.amount(credits)?)
    };
    let used = rows.par_iter().with_min_len(AT_ONCE).try_fold(Used::default, add);
    let used = used.try_reduce(Used::default, Used::with)?;
    let (credits, amount) = used.together();
    let Sole { lot, overdrawn, .. } = sole;
    let together = DayDraw { day, lot, credits, amount, overdrawn, lines: rows.len() as u64 };
    lots.draw_all(day, sole, used).then_some((sole, together))
}

/// What one row draws, in its turn.
fn single(lots: &mut Drawing<'_>, day: Day, row: u32, credits: Quantity, draws: &mut Vec<LotDraw>) -> Single {
    let from = draws.len();
    let drawn = lots.line(day, row, credits, draws).unwrap_or(false);
    let of_row = draws.get(from..).unwrap_or_default();
    let overdrawn = of_row.iter().any(|draw| draw.overdrawn);
    match of_row.first().filter(|_| drawn).and_then(|first| lot_kind(first.lot, overdrawn)) {
        Some(kind) => Single { row, kind, amount: Some(of_row.iter().map(|d| d.amount).sum()) },
        None => Single { row, kind: UNPRICED, amount: None },
    }
}

/// `None` beyond 32,000 lots, which [`PriceBook::parse`] refuses.
fn lot_kind(lot: u16, overdrawn: bool) -> Option<u16> {
    lot.checked_mul(2)?.checked_add(LOT + u16::from(overdrawn))
}

impl Values {
    /// What a row is worth and why; `lines` are those that were valued.
    pub fn worth(&self, lines: &Lines, row: u32) -> Worth {
        if let Some(amount) = lines.amount(row) {
            return Worth::Stated(self.computed.get(row).unwrap_or(amount));
        }
        let kind = self.kind.get(row as usize).copied().unwrap_or(NOTHING);
        match (kind, self.computed.get(row)) {
            (NOTHING, _) => Worth::Nothing,
            (UNPRICED, _) | (_, None) => Worth::Unpriced,
            (PRICED, Some(amount)) => Worth::Priced(amount),
            (code, Some(amount)) => Worth::Lot { amount, lot: (code - LOT) / 2, overdrawn: (code - LOT) % 2 == 1 },
        }
    }

    /// The amount of a row, stated or computed; `None` where it has none.
    pub fn amount(&self, lines: &Lines, row: u32) -> Option<Amount> {
        self.computed.get(row).or_else(|| lines.amount(row))
    }

    /// Whether any row was in need of a price.
    pub fn any_computed(&self) -> bool {
        !self.kind.is_empty()
    }

    /// Whether no line drew from any lot.
    pub fn draws_nothing(&self) -> bool {
        self.in_turn.is_empty() && self.at_once.is_empty()
    }

    /// What all lines drew: those of a day one by one in the order of drawing,
    /// or where that makes no difference together. The days are in no order.
    pub fn draws<'a>(&'a self, lines: &'a Lines) -> impl Iterator<Item = DayDraw> + 'a {
        let one = |draw: &LotDraw| {
            let LotDraw { row, lot, credits, amount, overdrawn } = *draw;
            Some(DayDraw { day: lines.day(row)?, lot, credits, amount, overdrawn, lines: 1 })
        };
        self.at_once.iter().copied().chain(self.in_turn.iter().filter_map(one))
    }

    /// What one line drew from each lot, in the order of drawing.
    pub fn draws_of(&self, lines: &Lines, row: u32) -> Vec<LotDraw> {
        let (Some(day), Some(credits)) = (lines.day(row), lines.credits(row)) else { return Vec::new() };
        if self.at_once.binary_search_by_key(&day, |of| of.day).is_err() {
            // Theirs come by day.
            let from = self.in_turn.partition_point(|draw| lines.day(draw.row) < Some(day));
            let of_day = self.in_turn.get(from..).unwrap_or_default().iter();
            let of_day = of_day.take_while(|draw| lines.day(draw.row) == Some(day));
            return of_day.filter(|draw| draw.row == row).copied().collect();
        }
        match self.worth(lines, row) {
            Worth::Lot { amount, lot, overdrawn } => vec![LotDraw { row, lot, credits, amount, overdrawn }],
            _ => Vec::new(),
        }
    }

    /// The draws of each line that drew from several lots, or from one twice:
    /// up to its end and beyond it.
    pub fn split_draws(&self) -> impl Iterator<Item = &[LotDraw]> {
        self.in_turn.chunk_by(|a, b| a.row == b.row).filter(|draws| draws.len() > 1)
    }

    /// Credits used beyond all lots and their money, over all lines.
    pub fn overdrawn(&self, lines: &Lines) -> (Quantity, Amount) {
        let over = || self.draws(lines).filter(|draw| draw.overdrawn);
        (over().map(|draw| draw.credits).sum(), over().map(|draw| draw.amount).sum())
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        let draws = self.in_turn.capacity() * size_of::<LotDraw>() + self.at_once.capacity() * size_of::<DayDraw>();
        self.computed.bytes() + self.kind.capacity() * 2 + draws
    }
}

#[cfg(test)]
#[path = "value_tests.rs"]
pub(super) mod tests;
