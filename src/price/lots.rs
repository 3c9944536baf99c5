//! Credits drawn from the lots they were bought in, first in, first out.
//!
//! Lines come in order of day and content; each gives one [`LotDraw`] for each
//! lot it touches. A lot is drawn from its effective date on, once all earlier
//! lots are empty or expired; after the last one its unit cost goes on, overdrawn. What a
//! refund gives back goes to the lot that was drawn last.

use super::{Lot, LotDraw, LotOpening, LotPosition, PriceBook, Values};
use crate::amount::{Amount, AmountError, Quantity, UnitCost};
use crate::calendar::{Day, Month};
use crate::usage::Lines;

impl Lot {
    /// Whether nothing is drawn from it any more on a day.
    pub fn has_expired(&self, day: Day) -> bool {
        self.expires.is_some_and(|last| last < day)
    }
}

impl PriceBook {
    /// What a lot is called in positions and openings: its name, and with its
    /// date where an earlier lot has the same name. Empty for no such lot.
    pub fn lot_label(&self, lot: usize) -> String {
        let Some(this) = self.lots.get(lot) else { return String::new() };
        let repeated = self.lots.iter().take(lot).any(|earlier| earlier.name == this.name);
        match this.effective.filter(|_| repeated) {
            Some(day) => format!("{}@{day}", this.name),
            None => this.name.clone(),
        }
    }

    /// Credits and money drawn from a lot by months that are not loaded.
    fn opened(&self, opening: &LotOpening, lot: usize) -> (Quantity, Amount) {
        opening.drawn.get(&self.lot_label(lot)).copied().unwrap_or_default()
    }
}

/// What is left in one lot.
#[derive(Debug, Clone, Copy)]
struct Left {
    credits: Quantity,
    /// Of the money paid for it, what no draw has taken.
    money: Amount,
    /// Credits used beyond it.
    overdrawn: Quantity,
}

/// The lots of a book while lines draw from them.
pub(super) struct Drawing<'a> {
    lots: &'a [Lot],
    left: Vec<Left>,
}

/// The lot that a day draws from while nothing runs out, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sole {
    pub lot: u16,
    pub overdrawn: bool,
    cost: UnitCost,
}

impl Sole {
    /// What so many credits of it cost; `None` where no amount holds it.
    pub(super) fn amount(&self, credits: Quantity) -> Option<Amount> {
        let amount = self.cost.cost_of(credits.abs()).ok()?;
        Some(if credits.is_negative() { amount.negated() } else { amount })
    }
}

/// What many lines draw together, and what refunds among them put back: both
/// without a sign.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Used {
    taken: (Quantity, Amount),
    returned: (Quantity, Amount),
}

impl Used {
    /// With one draw more; `None` where no number holds it.
    pub(super) fn and(mut self, credits: Quantity, amount: Amount) -> Option<Self> {
        let of = if credits.is_negative() { &mut self.returned } else { &mut self.taken };
        let more = (credits.abs(), amount.abs());
        *of = (of.0.checked_add(more.0).ok()?, of.1.checked_add(more.1).ok()?);
        Some(self)
    }

    pub(super) fn with(self, other: Self) -> Option<Self> {
        let sum = |a: (Quantity, Amount), b: (Quantity, Amount)| {
            Some((a.0.checked_add(b.0).ok()?, a.1.checked_add(b.1).ok()?))
        };
        Some(Self { taken: sum(self.taken, other.taken)?, returned: sum(self.returned, other.returned)? })
    }

    /// Both as one, below zero where more is put back than drawn.
    pub(super) fn together(self) -> (Quantity, Amount) {
        (self.taken.0.minus(self.returned.0), self.taken.1.minus(self.returned.1))
    }
}

/// What one line draws from one lot, before it is done.
struct Part {
    lot: usize,
    credits: Quantity,
    amount: Amount,
    overdrawn: bool,
}

impl<'a> Drawing<'a> {
    pub(super) fn new(book: &'a PriceBook, opening: &LotOpening) -> Self {
        let left = |(at, lot): (usize, &Lot)| {
            let (credits, money) = book.opened(opening, at);
            let rest = lot.credits.minus(credits);
            if rest > Quantity::ZERO {
                Left { credits: rest, money: lot.amount.minus(money), overdrawn: Quantity::ZERO }
            } else {
                Left { credits: Quantity::ZERO, money: Amount::ZERO, overdrawn: rest.negated() }
            }
        };
        Self { lots: &book.lots, left: book.lots.iter().enumerate().map(left).collect() }
    }

    /// Draws the credits of a line, or puts those of a refund back, and adds a
    /// draw for each lot to `draws`. `Ok(false)` when no lot is effective yet:
    /// then nothing is drawn.
    ///
    /// # Errors
    /// [`AmountError`] when an amount cannot be held; nothing is drawn then.
    pub(super) fn line(
        &mut self,
        day: Day,
        row: u32,
        credits: Quantity,
        draws: &mut Vec<LotDraw>,
    ) -> Result<bool, AmountError> {
        let parts = if credits.is_negative() { self.put_back(day, credits.negated()) } else { self.take(day, credits) };
        let parts = parts?;
        for part in &parts {
            if let Some(left) = self.left.get_mut(part.lot) {
                if part.overdrawn {
                    left.overdrawn = left.overdrawn.plus(part.credits);
                } else {
                    left.credits = left.credits.minus(part.credits);
                    left.money = left.money.minus(part.amount);
                }
            }
            let lot = u16::try_from(part.lot).unwrap_or(u16::MAX);
            let Part { credits, amount, overdrawn, .. } = *part;
            draws.push(LotDraw { row, lot, credits, amount, overdrawn });
        }
        Ok(!parts.is_empty())
    }

    /// The lot that the lines of a day draw from until something runs out: the
    /// first that has any left, or when none has, the last one, overdrawn.
    pub(super) fn sole(&self, day: Day) -> Option<Sole> {
        let with_credits =
            |(_, lot, left): &(usize, &Lot, Left)| !lot.has_expired(day) && left.credits > Quantity::ZERO;
        let first = self.effective(day).find(with_credits);
        let overdrawn = first.is_none();
        let (at, lot, _) = first.or_else(|| self.effective(day).next_back())?;
        Some(Sole { lot: u16::try_from(at).ok()?, overdrawn, cost: lot.cost })
    }

    /// Draws all lines of a day at once, where each draws from this lot alone
    /// and at its unit cost whatever their order. `false`, and nothing is
    /// drawn, where that is not certain: the lot or its money could run out,
    /// or a refund be put back elsewhere.
    pub(super) fn draw_all(&mut self, day: Day, sole: Sole, used: Used) -> bool {
        let Used { taken, returned } = used;
        let at = usize::from(sole.lot);
        let refunds = !returned.0.is_zero();
        // Refunds go to the last lot that anything was drawn from.
        let last_drawn = self.effective(day).rev().find(|(_, lot, left)| {
            !lot.has_expired(day) && (left.overdrawn > Quantity::ZERO || left.credits < lot.credits)
        });
        let Some((lot, left)) = self.lots.get(at).zip(self.left.get_mut(at)) else { return false };
        if refunds && last_drawn.is_none_or(|(last, ..)| last != at) {
            return false;
        }
        if sole.overdrawn {
            if returned.0 > left.overdrawn {
                return false;
            }
            left.overdrawn = left.overdrawn.plus(taken.0).minus(returned.0);
            return true;
        }
        // With the last credit goes all the money there is.
        let runs_out = taken.0 >= left.credits || taken.1 > left.money.max(Amount::ZERO);
        let back = !left.overdrawn.is_zero() || returned.0 > lot.credits.minus(left.credits);
        if runs_out || refunds && back {
            return false;
        }
        left.credits = left.credits.minus(taken.0).plus(returned.0);
        left.money = left.money.minus(taken.1).plus(returned.1);
        true
    }

    fn effective(&self, day: Day) -> impl DoubleEndedIterator<Item = (usize, &'a Lot, Left)> {
        let lots = self.lots.iter().zip(&self.left).enumerate().map(|(at, (lot, left))| (at, lot, *left));
        lots.filter(move |(_, lot, _)| lot.effective.is_none_or(|from| from <= day))
    }

    fn take(&self, day: Day, credits: Quantity) -> Result<Vec<Part>, AmountError> {
        let (mut parts, mut need, mut last) = (Vec::new(), credits, None);
        for (at, lot, left) in self.effective(day) {
            last = Some((at, lot));
            if lot.has_expired(day) {
                continue;
            }
            let taken = need.min(left.credits);
            if taken <= Quantity::ZERO {
                continue;
            }
            // Money is what was paid: no draw takes more of it than is left,
            // and the last one takes the rest, whatever was rounded before.
            let rest = left.money.max(Amount::ZERO);
            let amount = if taken == left.credits { rest } else { lot.cost.cost_of(taken)?.min(rest) };
            parts.push(Part { lot: at, credits: taken, amount, overdrawn: false });
            need = need.minus(taken);
        }
        if let Some((at, lot)) = last.filter(|_| need > Quantity::ZERO) {
            parts.push(Part { lot: at, credits: need, amount: lot.cost.cost_of(need)?, overdrawn: true });
        }
        Ok(parts)
    }

    /// The way of [`Drawing::take`] backwards: what was used last comes back
    /// first.
    fn put_back(&self, day: Day, credits: Quantity) -> Result<Vec<Part>, AmountError> {
        let (mut parts, mut need, mut first) = (Vec::new(), credits, None);
        for (at, lot, left) in self.effective(day).rev() {
            first = Some((at, lot));
            // What comes back to a lot that has expired would be lost with it.
            if lot.has_expired(day) {
                continue;
            }
            for (used, overdrawn) in [(left.overdrawn, true), (lot.credits.minus(left.credits), false)] {
                let given = need.min(used);
                if given > Quantity::ZERO {
                    let amount = lot.cost.cost_of(given)?.negated();
                    parts.push(Part { lot: at, credits: given.negated(), amount, overdrawn });
                    need = need.minus(given);
                }
            }
        }
        // More than was ever drawn here: it was used in a month not known.
        if let Some((at, lot)) = first.filter(|_| need > Quantity::ZERO) {
            let amount = lot.cost.cost_of(need)?.negated();
            parts.push(Part { lot: at, credits: need.negated(), amount, overdrawn: false });
        }
        Ok(parts)
    }
}

/// Each lot's roll-forward over a month, in the order of the book. `values`
/// are those of the `lines` of one side with the same `opening`.
pub fn positions(
    book: &PriceBook,
    lines: &Lines,
    values: &Values,
    opening: &LotOpening,
    month: Month,
) -> Vec<LotPosition> {
    let position = |(at, lot): (usize, &Lot)| {
        let before = lot.credits.minus(book.opened(opening, at).0).max(Quantity::ZERO);
        LotPosition {
            name: book.lot_label(at),
            purchased: lot.credits,
            opening: before,
            drawn: Quantity::ZERO,
            drawn_amount: Amount::ZERO,
            overdrawn: Quantity::ZERO,
            overdrawn_amount: Amount::ZERO,
            remaining: before,
        }
    };
    let mut list: Vec<LotPosition> = book.lots.iter().enumerate().map(position).collect();
    // What month a day is of takes longest to see.
    let mut seen: Option<(Day, Month)> = None;
    for draw in values.draws(lines) {
        let (Some(of), day) = (list.get_mut(usize::from(draw.lot)), draw.day) else { continue };
        let (_, drawn_month) = match seen.filter(|(seen, _)| *seen == day) {
            Some(seen) => seen,
            None => *seen.insert((day, day.month())),
        };
        if drawn_month > month {
            continue;
        }
        match (drawn_month == month, draw.overdrawn) {
            (true, true) => {
                of.overdrawn = of.overdrawn.plus(draw.credits);
                of.overdrawn_amount = of.overdrawn_amount.plus(draw.amount);
            }
            (true, false) => {
                of.drawn = of.drawn.plus(draw.credits);
                of.drawn_amount = of.drawn_amount.plus(draw.amount);
                of.remaining = of.remaining.minus(draw.credits);
            }
            (false, false) => {
                of.opening = of.opening.minus(draw.credits);
                of.remaining = of.remaining.minus(draw.credits);
            }
            (false, true) => {}
        }
    }
    // What a lot has left when it expires is lost.
    for (of, lot) in list.iter_mut().zip(&book.lots) {
        if lot.has_expired(month.first()) {
            of.opening = Quantity::ZERO;
        }
        if lot.has_expired(month.last().plus_days(1)) {
            of.remaining = Quantity::ZERO;
        }
    }
    list
}
