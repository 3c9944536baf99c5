//! The tax on the provider's invoice as rows of its own: who is charged how
//! much of it is worked out elsewhere, in cents that add up.

use std::borrow::Cow;

use super::exact::Exact;
use super::row::{ChargeType, Payer, ResourceId, Row, Standing};
use super::sheet::Sheet;
use crate::amount::Cents;

impl Sheet {
    /// Adds a row for each payer's part of the tax of an invoice, in a profile
    /// that has a place for it; in the documented one there is none. Nothing is
    /// used and nothing priced, and the row is about the whole month.
    pub fn add_tax<'a>(&mut self, invoice: &str, parts: impl IntoIterator<Item = (Payer<'a>, Cents)>) {
        if !self.profile.is_focus() {
            return;
        }
        let name = |text: &str| text.replace('%', "%25").replace(':', "%3A");
        for (payer, cents) in parts.into_iter().filter(|(_, cents)| *cents != Cents::ZERO) {
            // By who pays: another number of the invoice is the same row.
            let id = format!("openai:tax:{}:{}:{}:tax", name(payer.fund_org), name(payer.project_id), self.month);
            self.more.push(&Row {
                charge_type: ChargeType::Tax,
                standing: Standing::Charged,
                month: self.month,
                day: self.month.first(),
                service: "OpenAI",
                what: invoice,
                user: "",
                account: "",
                payer,
                subsidy_name: Cow::Borrowed(""),
                list_cost: Exact::of_cents(cents),
                billed_cost: cents,
                id: ResourceId::Text(id.into()),
                measure: None,
            });
        }
    }

    /// Cents of the rows of tax, which are in the total.
    pub fn tax(&self) -> Cents {
        self.more.rows().filter(|row| row.charge_type == ChargeType::Tax).map(|row| row.billed_cost).sum()
    }
}
