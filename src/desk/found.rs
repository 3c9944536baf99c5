//! What the comparison found of an item, in sentences: by what its lines came
//! together, and how they agree or do not.

use super::{Desk, text};
use crate::amount::Amount;
use crate::price::{NoPrice, Values, Worth, price_of};
use crate::reconcile::{self, Outcome, Rung};
use crate::usage::{Lines, Shape};

impl Desk {
    /// By what the lines of an item came together, and what was found of it.
    pub(super) fn explanation(&self, item: u32) -> String {
        let items = &self.compared.items;
        let rules = &self.config.settings.rules;
        let sides = self.sides();
        let rung = match items.rung(item) {
            Rung::Id => "Compared by the same request id.",
            Rung::Key => "Compared by day, user and usage type.",
            Rung::Unique => {
                "Compared as the only pair with this model and these tokens at this time; one side has no request id."
            }
            Rung::Sole => {
                "Proven a pair: the only request of its minute or hour on both sides, of the same key and model, and with the same tokens."
            }
            Rung::Sum => {
                "The bill line is the sum of these requests, in tokens and amount, to the last digit; they are all that was left of its key, model and time."
            }
            Rung::Group => "Compared as the sums of all lines that belong together.",
            Rung::Hand => "Joined by hand.",
            Rung::Carried => "",
            Rung::None => "",
        };
        let difference = self.row_difference(item);
        let found = match items.outcome(item) {
            Outcome::Matched if difference.is_zero() => "Both sides agree.".to_owned(),
            Outcome::Matched => format!(
                "They differ by {}, within the tolerance of ${} or {}.",
                text::money(difference),
                rules.absolute,
                rules.relative.percent()
            ),
            Outcome::Discrepancy => format!(
                "They differ by {}: {}.",
                text::money(difference),
                items.cause(item).label()
            ),
            Outcome::MissingInLedger => "The provider billed it; nothing like it was recorded.".to_owned(),
            Outcome::MissingInBill => "It was recorded; the bill has nothing like it.".to_owned(),
            Outcome::Ambiguous => {
                "Several lines fit each other equally well, so none was chosen. Match them by hand to compare them as one group, or decide on them as they are.".to_owned()
            }
            Outcome::Duplicate => format!(
                "The same id stands {} on the bill and {} in the ledger.",
                text::times(items.bill_rows(item).count()),
                text::times(items.ledger_rows(item).count())
            ),
            Outcome::Unpriced if self.foreign_text(item).is_some() => format!(
                "Its amount is {}, and this book is in {}: nothing is converted, so it is compared with nothing and is in no sum.",
                self.foreign_text(item).unwrap_or_default(),
                self.currency()
            ),
            Outcome::Unpriced => {
                let needs = "It needs a price and the price book has none for it. That is not zero: enter a rate or a credit pool (e).";
                match self.no_price(item) {
                    Some(why) if why != NoPrice::Model => format!("{needs} One of its lines: {}.", why.reason()),
                    _ => needs.to_owned(),
                }
            }
            Outcome::NotApplicable => match reconcile::not_applicable_reason(&sides, items, item) {
                Some("no ledger") | None if items.bill_rows(item).next().is_some() => {
                    "Not compared: there is no ledger for it.".to_owned()
                }
                Some(reason) => format!("Not compared: {reason}."),
                None => "Not compared: it has neither tokens nor an amount.".to_owned(),
            },
        };
        [rung, &found].iter().filter(|t| !t.is_empty()).copied().collect::<Vec<_>>().join(" ")
    }

    /// The amount of an item that is a line in another currency than the
    /// book's, with that currency.
    pub fn foreign_text(&self, item: u32) -> Option<String> {
        let (lines, first) = self.lead(item);
        let currency = self.inputs.names.text(lines.currency(first));
        lines.foreign(first).map(|amount| text::foreign(amount, currency))
    }

    /// The currency of the book.
    pub fn currency(&self) -> &str {
        self.config.prices.currency_or_default()
    }

    /// Why the first line of tokens without a price has none.
    fn no_price(&self, item: u32) -> Option<NoPrice> {
        let (sides, items) = (self.sides(), &self.compared.items);
        let unpriced = |lines: &Lines, values: &Values, row: u32| {
            lines.shape(row) != Shape::Credits && values.worth(lines, row) == Worth::Unpriced
        };
        let bill = items.bill_rows(item).find(|row| unpriced(sides.bill, sides.bill_values, *row));
        let (lines, row) = match bill {
            Some(row) => (sides.bill, row),
            None => {
                let row = items.ledger_rows(item).find(|row| unpriced(sides.ledger, sides.ledger_values, *row))?;
                (sides.ledger, row)
            }
        };
        price_of(sides.names, &sides.prices.for_names(sides.names), lines, row).err()
    }

    fn row_difference(&self, item: u32) -> Amount {
        let sides = self.sides();
        let items = &self.compared.items;
        let billed = reconcile::billed(&sides, items, item).unwrap_or_default();
        billed.minus(reconcile::recorded(&sides, items, item).unwrap_or_default())
    }
}
