//! Purchases of credits as rows of their own, for institutions that want the
//! money that left beside the money that was charged back.

use std::borrow::Cow;

use super::exact::Exact;
use super::kept::Kept;
use super::row::{ChargeType, Measure, Payer, ResourceId, Row, Standing};
use crate::amount::{Amount, Cents};
use crate::calendar::Month;
use crate::price::PriceBook;

/// Adds a row for each lot that became effective in the month. Nobody is
/// charged for it here: its cost is that of the credits, which are charged as
/// they are used.
pub(super) fn add(rows: &mut Kept, month: Month, prices: &PriceBook) {
    for (at, lot) in prices.lots.iter().enumerate() {
        let Some(day) = lot.effective.filter(|day| month.contains(*day)) else { continue };
        let label = prices.lot_label(at);
        let (unit_price, list_cost) = Exact::priced(lot.cost.each().unwrap_or(Amount::ZERO), lot.credits);
        rows.push(&Row {
            charge_type: ChargeType::Purchase,
            standing: Standing::Charged,
            month,
            day,
            service: "OpenAI",
            what: &label,
            user: "",
            account: "",
            payer: Payer::default(),
            subsidy_name: Cow::Borrowed(""),
            list_cost,
            billed_cost: Cents::nearest(lot.amount),
            id: ResourceId::Text(format!("openai:pool:{label}:{day}:purchase").into()),
            measure: Some(Measure {
                quantity: lot.credits,
                unit: "Credits",
                unit_price,
                consumed: crate::amount::Quantity::ZERO,
                consumed_unit: "",
                price_of: &label,
            }),
        });
    }
}
