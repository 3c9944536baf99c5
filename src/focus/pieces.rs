//! Charges taken apart into rows that state a quantity and a unit price: by
//! who pays, and by the lot the credits came from.
//!
//! Both divide the same money, so they are laid over each other: the sponsors
//! take the first money of a charge, the payer the rest; the lots follow each
//! other as they were drawn. Each piece takes credits of its lot in proportion,
//! and the last piece of a lot what is left, so that nothing is lost.

use super::cents::Part;
use crate::allocate::{Charge, LotShare, Lots};
use crate::amount::{Amount, Cents, Quantity, UnitCost, largest_remainder};

/// A row to be: what one payer has of what one lot gave to one charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Number of the part it belongs to.
    pub part: u32,
    /// Of those the charge drew from, in order; 0 for the first or only one.
    pub lot: u16,
    pub quantity: Quantity,
    pub consumed: Quantity,
    pub cents: Cents,
}

/// Decimal places at which a quantity is divided, if it has no more itself.
const PLACES: u32 = 6;

/// What a charge is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Credits,
    Tokens,
    Counts,
    /// The line states no quantity: it is one charge.
    Charges,
}

impl Unit {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credits => "Credits",
            Self::Tokens => "Tokens",
            Self::Counts => "Counts",
            Self::Charges => "Charges",
        }
    }
}

/// What is priced, and what was consumed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub unit: Unit,
    pub quantity: Quantity,
    pub consumed_unit: Unit,
    pub consumed: Quantity,
}

pub(super) fn counted(charge: &Charge) -> Counted {
    let stated = |quantity: Option<Quantity>| quantity.filter(|quantity| !quantity.is_zero());
    let tokens = stated(charge.counts.tokens().map(Quantity::from_int));
    let (unit, quantity) = match (charge.counts.credits(), tokens, stated(charge.counts.quantity())) {
        (Some(credits), ..) if !credits.is_zero() || charge.amount.is_zero() => (Unit::Credits, credits),
        (_, Some(tokens), _) => (Unit::Tokens, tokens),
        (_, None, Some(quantity)) => (Unit::Counts, quantity),
        (_, None, None) => (Unit::Charges, Quantity::from_int(1)),
    };
    let (consumed_unit, consumed) = match (unit, stated(charge.counts.quantity())) {
        (Unit::Credits, Some(used)) => (Unit::Counts, used),
        _ => (unit, quantity),
    };
    // A price is never negative, so that what is given back has its sign in
    // the quantity.
    let signed = |quantity: Quantity| {
        if charge.amount.is_negative() == quantity.is_negative() || charge.amount.is_zero() {
            quantity
        } else {
            quantity.negated()
        }
    };
    Counted { unit, quantity: signed(quantity), consumed_unit, consumed: signed(consumed) }
}

/// The lots of a charge, at least one.
fn shares(charge: &Charge, quantity: Quantity) -> Vec<(Quantity, Amount)> {
    if let Lots::Several(shares) = &charge.measured.lots {
        let credits: Quantity = shares.iter().map(|share| share.credits).sum();
        let amount: Amount = shares.iter().map(|share| share.amount).sum();
        if (credits, amount) == (quantity, charge.amount) {
            return shares.iter().map(|LotShare { credits, amount, .. }| (*credits, *amount)).collect();
        }
    }
    vec![(quantity, charge.amount)]
}

/// The pieces of one charge, whose parts these are, the payer's own first.
/// `first` is the number of the first part.
pub(super) fn pieces(charge: &Charge, parts: &[Part], first: u32, out: &mut Vec<Piece>) {
    let Counted { quantity, consumed, .. } = counted(charge);
    if let [_] = parts
        && !matches!(charge.measured.lots, Lots::Several(_))
    {
        let cents = parts.first().map_or(Cents::ZERO, |part| part.cents);
        return out.push(Piece { part: first, lot: 0, quantity, consumed, cents });
    }
    let total: Amount = parts.iter().map(|part| part.exact).sum();
    let against = |amount: Amount| !amount.is_zero() && amount.is_negative() != total.is_negative();
    let shares = shares(charge, quantity);
    if total.is_zero() || parts.iter().any(|part| against(part.exact)) || shares.iter().any(|(_, a)| against(*a)) {
        return by_payer_only(parts, first, (quantity, consumed), out);
    }
    let from = out.len();
    let mut cut = Cut { shares, lot: 0, taken: Amount::ZERO, given: Quantity::ZERO };
    let (mut reached, mut used) = (Amount::ZERO, Quantity::ZERO);
    // The sponsors before the payer, each at its number.
    for (number, part) in numbered(parts, first) {
        let mut left = part.exact;
        let begin = out.len();
        let mut money = Vec::new();
        while !left.is_zero() {
            let Some((lot, amount, credits)) = cut.next(left) else { break };
            left = left.minus(amount);
            money.push(amount);
            reached = reached.plus(amount);
            // By what is reached in all, so that the last takes the rest.
            let used_now = proportion(consumed, reached, total);
            out.push(Piece {
                part: number,
                lot,
                quantity: credits,
                consumed: used_now.minus(used),
                cents: Cents::ZERO,
            });
            used = used_now;
        }
        // Nothing of the charge is left for this payer, but a cent may be.
        if out.len() == begin && (part.cents != Cents::ZERO || parts.len() == 1) {
            out.push(Piece {
                part: number,
                lot: 0,
                quantity: Quantity::ZERO,
                consumed: Quantity::ZERO,
                cents: part.cents,
            });
        }
        share_cents(part, &money, out.get_mut(begin..).unwrap_or_default());
    }
    if let Some(made) = out.get_mut(from..) {
        made.sort_by_key(|piece| (piece.part, piece.lot));
    }
}

/// Sponsors first, the payer's own last.
fn numbered(parts: &[Part], first: u32) -> impl Iterator<Item = (u32, &Part)> {
    let numbered = || (first..).zip(parts);
    numbered().filter(|(_, part)| part.draw.is_some()).chain(numbered().filter(|(_, part)| part.draw.is_none()))
}

/// A charge whose parts go against each other, as where a refund is taken back
/// by one rule and not by another: the payer's row states all that was used,
/// the sponsors' only money.
fn by_payer_only(parts: &[Part], first: u32, (quantity, consumed): (Quantity, Quantity), out: &mut Vec<Piece>) {
    for (number, part) in (first..).zip(parts) {
        let whole = part.draw.is_none();
        let of = |quantity: Quantity| if whole { quantity } else { Quantity::ZERO };
        out.push(Piece { part: number, lot: 0, quantity: of(quantity), consumed: of(consumed), cents: part.cents });
    }
}

/// The lots of a charge while its parts draw from them.
struct Cut {
    shares: Vec<(Quantity, Amount)>,
    lot: u16,
    /// Money and credits that were taken from the lot at hand.
    taken: Amount,
    given: Quantity,
}

impl Cut {
    /// The next piece of at most this much money: its lot, money and credits.
    fn next(&mut self, most: Amount) -> Option<(u16, Amount, Quantity)> {
        loop {
            let (credits, amount) = *self.shares.get(usize::from(self.lot))?;
            let rest = amount.minus(self.taken);
            if rest.is_zero() {
                self.lot += 1;
                (self.taken, self.given) = (Amount::ZERO, Quantity::ZERO);
                continue;
            }
            let money = if most.abs() < rest.abs() { most } else { rest };
            self.taken = self.taken.plus(money);
            let given = proportion(credits, self.taken, amount);
            let piece = (self.lot, money, given.minus(self.given));
            self.given = given;
            return Some(piece);
        }
    }
}

/// As much of a quantity as `part` is of `whole`, at the places it has itself
/// or six.
fn proportion(quantity: Quantity, part: Amount, whole: Amount) -> Quantity {
    if part == whole {
        return quantity;
    }
    quantity.portion(part, whole, quantity.decimals().max(PLACES)).unwrap_or(Quantity::ZERO)
}

/// The cents of a part over its pieces, by the money of each.
fn share_cents(part: &Part, money: &[Amount], pieces: &mut [Piece]) {
    if let [one] = pieces {
        one.cents = part.cents;
        return;
    }
    for (piece, cents) in pieces.iter_mut().zip(largest_remainder(part.cents, money)) {
        piece.cents = cents;
    }
}

/// The price of one unit where no lot says it: what was charged over what was
/// counted, rounded at 12 places.
pub(super) fn average(charge: &Charge, quantity: Quantity) -> Amount {
    let each = UnitCost::new(charge.amount.abs(), quantity.abs()).and_then(|cost| cost.each().ok());
    each.unwrap_or(Amount::ZERO)
}

/// The number of the lot that a piece of the charge was drawn from.
pub(super) fn lot_of(charge: &Charge, piece: &Piece) -> Option<u16> {
    match &charge.measured.lots {
        Lots::None => None,
        Lots::One(lot) => Some(*lot),
        Lots::Several(shares) => shares.get(usize::from(piece.lot)).map(|share| share.lot),
    }
}
