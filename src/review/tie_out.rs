//! The tie-out: both documents accounted for, to the last digit.
//!
//! Every item is added once. The bill's total must then be what stands under
//! each decision and what is open, the ledger's likewise, and what is written
//! must follow from what was approved. The totals of the documents are handed
//! in from elsewhere, so an item lost on the way shows as a gap.

use std::fmt;

use crate::amount::{Amount, Cents, largest_remainder};
use crate::journal::Verdict;

/// One item, as far as money goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// In the book's currency; `None` where neither the bill nor the price
    /// book gives an amount.
    pub billed: Option<Amount>,
    /// As `billed`, of the ledger.
    pub recorded: Option<Amount>,
    /// Whether a bill line is in the item.
    pub bill_side: bool,
    /// Whether a ledger entry is in the item.
    pub ledger_side: bool,
    /// The decision in force.
    pub verdict: Option<Verdict>,
    /// `false` for a ledger-only item that no bill would hold: a grant, a
    /// failed call.
    pub comparable: bool,
}

impl Default for Settlement {
    fn default() -> Self {
        Self { billed: None, recorded: None, bill_side: false, ledger_side: false, verdict: None, comparable: true }
    }
}

/// One document by what was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// In the order of [`Verdict::ALL`].
    verdicts: [Amount; Verdict::ALL.len()],
    /// Undecided, and to be decided.
    pub open: Amount,
    /// Undecided, and nothing to decide; of the ledger only.
    pub not_applicable: Amount,
    /// Items of this side whose amount nobody knows. They are in no sum.
    pub unpriced: u64,
    /// From earlier months: deferred there, to be settled here.
    pub carried_in: Amount,
}

impl Account {
    /// The amount under a verdict.
    pub fn under(&self, verdict: Verdict) -> Amount {
        Verdict::ALL.iter().zip(self.verdicts).filter(|(v, _)| **v == verdict).map(|(_, amount)| amount).sum()
    }

    /// Under both verdicts that approve.
    pub fn approved(&self) -> Amount {
        self.under(Verdict::ApproveBilled).plus(self.under(Verdict::ApproveRecorded))
    }

    /// Everything accounted for.
    pub fn sum(&self) -> Amount {
        self.verdicts.iter().copied().sum::<Amount>().plus(self.open).plus(self.not_applicable)
    }

    fn add(&mut self, amount: Option<Amount>, verdict: Option<Verdict>, comparable: bool) {
        self.unpriced += u64::from(amount.is_none());
        let amount = amount.unwrap_or_default();
        let place = match verdict {
            Some(verdict) => Verdict::ALL.iter().zip(&mut self.verdicts).find(|(v, _)| **v == verdict).map(|(_, p)| p),
            None if comparable => Some(&mut self.open),
            None => Some(&mut self.not_applicable),
        };
        if let Some(place) = place {
            *place = place.plus(amount);
        }
    }

    fn merge(mut self, other: Self) -> Self {
        for (ours, theirs) in self.verdicts.iter_mut().zip(other.verdicts) {
            *ours = ours.plus(theirs);
        }
        self.open = self.open.plus(other.open);
        self.not_applicable = self.not_applicable.plus(other.not_applicable);
        self.unpriced += other.unpriced;
        self.carried_in = self.carried_in.plus(other.carried_in);
        self
    }

    fn less(mut self, other: Self) -> Self {
        for (ours, theirs) in self.verdicts.iter_mut().zip(other.verdicts) {
            *ours = ours.minus(theirs);
        }
        self.open = self.open.minus(other.open);
        self.not_applicable = self.not_applicable.minus(other.not_applicable);
        self.unpriced = self.unpriced.saturating_sub(other.unpriced);
        self.carried_in = self.carried_in.minus(other.carried_in);
        self
    }
}

/// Both documents over all decisions.
///
/// Parts of a month may be summed apart and [merged](Self::merge) in any
/// grouping; the result is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TieOut {
    pub bill: Account,
    pub ledger: Account,
    /// What approving as recorded adds to the billed value of those items.
    pub recorded_minus_billed: Amount,
    /// Approved items that only the ledger holds, at the recorded amount.
    pub ledger_only_approved: Amount,
}

/// What is missing (above zero) or too much (below) against the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    pub bill_gap: Amount,
    pub ledger_gap: Amount,
}

impl Balance {
    pub fn holds(self) -> bool {
        self.bill_gap.is_zero() && self.ledger_gap.is_zero()
    }
}

impl TieOut {
    pub fn add(&mut self, item: &Settlement) {
        if item.bill_side {
            self.bill.add(item.billed, item.verdict, true);
        }
        if item.ledger_side {
            self.ledger.add(item.recorded, item.verdict, item.comparable);
        }
        let billed = item.billed.unwrap_or_default();
        let recorded = item.recorded.filter(|_| item.ledger_side).unwrap_or_default();
        match item.verdict {
            Some(Verdict::ApproveRecorded) if item.bill_side => {
                self.recorded_minus_billed = self.recorded_minus_billed.plus(recorded.minus(billed));
            }
            Some(verdict) if verdict.approves() && !item.bill_side => {
                self.ledger_only_approved = self.ledger_only_approved.plus(recorded);
            }
            _ => {}
        }
    }

    /// The sum of two parts of a month.
    pub fn merge(self, other: Self) -> Self {
        Self {
            bill: self.bill.merge(other.bill),
            ledger: self.ledger.merge(other.ledger),
            recorded_minus_billed: self.recorded_minus_billed.plus(other.recorded_minus_billed),
            ledger_only_approved: self.ledger_only_approved.plus(other.ledger_only_approved),
        }
    }

    /// What is left when a part of a month is taken off that was in it.
    pub fn less(self, part: Self) -> Self {
        Self {
            bill: self.bill.less(part.bill),
            ledger: self.ledger.less(part.ledger),
            recorded_minus_billed: self.recorded_minus_billed.minus(part.recorded_minus_billed),
            ledger_only_approved: self.ledger_only_approved.minus(part.ledger_only_approved),
        }
    }

    /// The documents' own totals, without what is carried in, against what is
    /// accounted for here.
    pub fn balance(&self, bill_total: Amount, ledger_total: Amount) -> Balance {
        let gap = |account: &Account, total: Amount| total.plus(account.carried_in).minus(account.sum());
        Balance { bill_gap: gap(&self.bill, bill_total), ledger_gap: gap(&self.ledger, ledger_total) }
    }

    /// Whether both documents are accounted for exactly.
    pub fn balanced(&self, bill_total: Amount, ledger_total: Amount) -> bool {
        self.balance(bill_total, ledger_total).holds()
    }

    /// What the approved charges come to, exact, before cents are made.
    pub fn written_exact(&self) -> Amount {
        self.bill.approved().plus(self.recorded_minus_billed).plus(self.ledger_only_approved)
    }

    /// What making cents added to the approved charges. A month writes its
    /// total half up, so more than half a cent means that something other than
    /// the approved charges was written.
    pub fn rounding(&self, written: Cents) -> Amount {
        written.amount().minus(self.written_exact())
    }

    /// The bill's line: its total, and what became of it.
    pub fn bill_sentence(&self, total: Amount) -> Sentence {
        Sentence::of_account("Bill", total, &self.bill)
    }

    /// The ledger's line.
    pub fn ledger_sentence(&self, total: Amount) -> Sentence {
        let mut line = Sentence::of_account("Ledger", total, &self.ledger);
        line.parts.push(("not applicable", self.ledger.not_applicable));
        line
    }

    /// What was approved, on its way to what was written.
    pub fn written_sentence(&self, written: Cents) -> Sentence {
        Sentence {
            subject: "Written",
            totals: vec![("", written.amount())],
            parts: vec![
                ("approved", self.bill.approved()),
                ("recorded - billed", self.recorded_minus_billed),
                ("ledger only", self.ledger_only_approved),
                ("rounding", self.rounding(written)),
            ],
            unpriced: 0,
        }
    }
}

impl<'a> FromIterator<&'a Settlement> for TieOut {
    fn from_iter<I: IntoIterator<Item = &'a Settlement>>(items: I) -> Self {
        items.into_iter().fold(Self::default(), |mut sum, item| {
            sum.add(item);
            sum
        })
    }
}

impl FromIterator<Settlement> for TieOut {
    fn from_iter<I: IntoIterator<Item = Settlement>>(items: I) -> Self {
        items.into_iter().fold(Self::default(), |mut sum, item| {
            sum.add(&item);
            sum
        })
    }
}

/// A balance in pieces, for one line of a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    pub subject: &'static str,
    /// Left of the equals sign: the document's own total, without a label, and
    /// what was carried in where there is any.
    pub totals: Vec<(&'static str, Amount)>,
    /// Right of it. Exact.
    pub parts: Vec<(&'static str, Amount)>,
    /// Items in none of the parts, since nobody knows their amount.
    pub unpriced: u64,
}

/// The part of a line that waits for a decision.
pub const OPEN: &str = "open";

impl Sentence {
    fn of_account(subject: &'static str, total: Amount, account: &Account) -> Self {
        let mut totals = vec![("", total)];
        if !account.carried_in.is_zero() {
            totals.push(("carried in", account.carried_in));
        }
        let parts = vec![
            ("approved", account.approved()),
            ("written off", account.under(Verdict::WriteOff)),
            ("disputed", account.under(Verdict::Dispute)),
            ("deferred", account.under(Verdict::Defer)),
            ("excluded", account.under(Verdict::Exclude)),
            (OPEN, account.open),
        ];
        Self { subject, totals, parts, unpriced: account.unpriced }
    }

    /// Left minus right: zero when the line balances.
    pub fn gap(&self) -> Amount {
        let sum = |side: &[(&str, Amount)]| side.iter().map(|(_, amount)| *amount).sum::<Amount>();
        sum(&self.totals).minus(sum(&self.parts))
    }

    pub fn balanced(&self) -> bool {
        self.gap().is_zero()
    }

    /// The same line without the parts that are zero; one part always stays.
    pub fn without_zeros(mut self) -> Self {
        let last = self.parts.last().copied();
        self.parts.retain(|(_, amount)| !amount.is_zero());
        if self.parts.is_empty() {
            self.parts.extend(last);
        }
        self
    }

    /// The left side in cents. They add up to the nearest cent of their sum, so
    /// what is carried in may be shown one cent off.
    pub fn totals_in_cents(&self) -> Vec<(&'static str, Cents)> {
        let mut shown: Vec<_> = self.totals.iter().map(|(label, amount)| (*label, Cents::nearest(*amount))).collect();
        let sum = shown.iter().map(|(_, cents)| *cents).sum();
        if let Some((_, last)) = shown.last_mut() {
            *last = *last + (self.left_cents() - sum);
        }
        shown
    }

    /// The parts in cents such that they add up to the cents shown on the left
    /// whenever the line balances. For showing; a single figure elsewhere may
    /// differ by one cent.
    pub fn parts_in_cents(&self) -> Vec<(&'static str, Cents)> {
        let exact: Vec<Amount> = self.parts.iter().map(|(_, amount)| *amount).collect();
        let cents = match self.balanced() {
            true => largest_remainder(self.left_cents(), &exact),
            false => exact.iter().map(|amount| Cents::nearest(*amount)).collect(),
        };
        self.parts.iter().map(|(label, _)| *label).zip(cents).collect()
    }

    fn left_cents(&self) -> Cents {
        Cents::nearest(self.totals.iter().map(|(_, amount)| *amount).sum())
    }
}

impl fmt::Display for Sentence {
    /// `Bill 1,234.56 = approved 1,000.00 + open 234.56 ✓`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.subject)?;
        for (at, (label, cents)) in self.totals_in_cents().into_iter().enumerate() {
            let plus = if at > 0 { " +" } else { "" };
            let blank = if label.is_empty() { "" } else { " " };
            write!(f, "{plus}{blank}{label} {}", grouped(cents))?;
        }
        for (at, (label, cents)) in self.parts_in_cents().into_iter().enumerate() {
            write!(f, " {} {label} {}", if at > 0 { "+" } else { "=" }, grouped(cents))?;
        }
        match self.unpriced {
            0 => {}
            1 => f.write_str(", 1 item unpriced")?,
            items => write!(f, ", {items} items unpriced")?,
        }
        if self.balanced() {
            f.write_str(" ✓")
        } else {
            // Exact: a gap below a cent must not read as none.
            write!(f, " ✗ off by {}", self.gap())
        }
    }
}

/// `1,234.56`
fn grouped(cents: Cents) -> String {
    let text = cents.to_string();
    let (sign, rest) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out.push('.');
    out.push_str(fraction);
    out
}

#[cfg(test)]
#[path = "tie_out_tests.rs"]
mod tests;
