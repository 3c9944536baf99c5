//! What each line of one side is worth: as its file states it, by tokens and
//! rates, or by credits and the lots they were bought in.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::lots::Drawing;
use super::paid::Paid;
use super::tier::price_of;
use super::{CostDays, LotDraw, LotOpening, PriceBook, Values, Worth};
use crate::amount::{Amount, FixedColumn, Money, Quantity};
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
    let (draws, settled) = draw_credits(book, names, lines, opening);
    Values { draws, ..fill(book, names, lines, &settled) }
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
    if bill_values.draws.is_empty() || !(0..ledger.len() as u32).into_par_iter().any(|row| needs_lot(&row)) {
        return value(book, names, ledger, opening);
    }
    let paid = Paid::new(book, bill, bill_values);
    let settled: Vec<Settled> = (0..ledger.len() as u32)
        .into_par_iter()
        .filter(needs_lot)
        .map(|row| {
            let amount = paid.price(ledger, row);
            Settled { row, kind: if amount.is_some() { PRICED } else { UNPRICED }, amount }
        })
        .collect();
    fill(book, names, ledger, &settled)
}

/// Values of all rows, given those that needed a lot, by row.
fn fill(book: &PriceBook, names: &Names, lines: &Lines, settled: &[Settled]) -> Values {
    let rows = lines.len() as u32;
    let (table, costs) = (OnceLock::new(), CostDays::of(lines));
    let rates = || table.get_or_init(|| book.for_names(names));
    let parts: Vec<(Vec<u16>, FixedColumn<Money>)> = (0..rows.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let (from, to) = (chunk * CHUNK, rows.min(chunk.saturating_add(1).saturating_mul(CHUNK)));
            let (mut kinds, mut computed) = (Vec::with_capacity((to - from) as usize), FixedColumn::default());
            let mut settled = settled.get(settled.partition_point(|s| s.row < from)..).unwrap_or_default().iter();
            for row in from..to {
                let (kind, amount) = match need(lines, &costs, row) {
                    Need::Nothing => (NOTHING, None),
                    Need::Exchange => (UNPRICED, None),
                    Need::Rate => {
                        price_of(names, rates(), lines, row).map_or((UNPRICED, None), |amount| (PRICED, Some(amount)))
                    }
                    // `settled` has exactly the rows that need a lot, by row.
                    Need::Lot => settled.next().map_or((UNPRICED, None), |s| (s.kind, s.amount)),
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

/// A row of credits with what the lots made of it.
struct Settled {
    row: u32,
    kind: u16,
    amount: Option<Amount>,
}

/// Draws all rows that need a lot, in their fixed order; the result is by row.
fn draw_credits(book: &PriceBook, names: &Names, lines: &Lines, opening: &LotOpening) -> (Vec<LotDraw>, Vec<Settled>) {
    let mut order: Vec<_> = (0..lines.len() as u32)
        .into_par_iter()
        .filter(|row| lines.shape(*row) == Shape::Credits && needs_price(lines, *row))
        .map(|row| (lines.day(row), lines.content(names, row), row))
        .collect();
    order.par_sort_unstable();
    let mut lots = Drawing::new(book, opening);
    let mut draws = Vec::new();
    let mut settled: Vec<Settled> = order
        .iter()
        .map(|(day, _, row)| {
            let from = draws.len();
            let drawn = match (day, lines.credits(*row)) {
                // Nothing was used, so no price is needed.
                (_, Some(credits)) if credits.is_zero() => {
                    return Settled { row: *row, kind: PRICED, amount: Some(Amount::ZERO) };
                }
                (Some(day), Some(credits)) => lots.line(*day, *row, credits, &mut draws).unwrap_or(false),
                _ => false,
            };
            let of_row = draws.get(from..).unwrap_or_default();
            let kind = of_row.first().filter(|_| drawn).and_then(|first| lot_kind(first, of_row));
            match kind {
                Some(kind) => Settled { row: *row, kind, amount: Some(of_row.iter().map(|d| d.amount).sum()) },
                None => Settled { row: *row, kind: UNPRICED, amount: None },
            }
        })
        .collect();
    settled.par_sort_unstable_by_key(|s| s.row);
    (draws, settled)
}

/// `None` beyond 32,000 lots, which [`PriceBook::parse`] refuses.
fn lot_kind(first: &LotDraw, all: &[LotDraw]) -> Option<u16> {
    let overdrawn = all.iter().any(|draw| draw.overdrawn);
    first.lot.checked_mul(2)?.checked_add(LOT + u16::from(overdrawn))
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

    /// Credits used beyond all lots and their money, over all lines.
    pub fn overdrawn(&self) -> (Quantity, Amount) {
        let over = || self.draws.iter().filter(|draw| draw.overdrawn);
        (over().map(|draw| draw.credits).sum(), over().map(|draw| draw.amount).sum())
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        self.computed.bytes() + self.kind.capacity() * 2 + self.draws.capacity() * size_of::<LotDraw>()
    }
}

#[cfg(test)]
#[path = "value_tests.rs"]
pub(super) mod tests;
