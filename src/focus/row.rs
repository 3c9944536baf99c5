//! One row of a chargeback file, as every profile sees it. It borrows its
//! texts: rows are made when they are written, and a million of them are never
//! held at once.

use std::borrow::Cow;
use std::fmt::Write;

use super::exact::Exact;
use crate::allocate::Stem;
use crate::amount::{Amount, Cents, Quantity};
use crate::calendar::{Day, Month};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChargeType {
    /// What the project's own fund pays.
    Usage,
    /// What a sponsor takes over.
    Subsidy,
    /// Credits that were bought; nobody is charged for them here.
    Purchase,
    /// A payer's part of the tax on the provider's invoice.
    Tax,
}

impl ChargeType {
    pub const ALL: [Self; 4] = [Self::Usage, Self::Subsidy, Self::Purchase, Self::Tax];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Subsidy => "subsidy",
            Self::Purchase => "purchase",
            Self::Tax => "tax",
        }
    }
}

/// What became of a row since it was first written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standing {
    #[default]
    Charged,
    /// Written before and no longer charged: sent once more at zero, since an
    /// importer keeps what is no longer sent.
    Withdrawn,
    /// Corrects a charge of a month that was closed.
    Correction,
}

/// Who pays a row, and for whom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Payer<'a> {
    pub pi_email: &'a str,
    pub project_id: &'a str,
    pub project_name: &'a str,
    /// Whose budget pays.
    pub fund_org: &'a str,
}

/// Quantities and the unit price, in the profiles that have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure<'a> {
    pub quantity: Quantity,
    /// `Credits`, `Tokens` and the like.
    pub unit: &'a str,
    /// Not below zero, whatever the sign of the quantity.
    pub unit_price: Amount,
    pub consumed: Quantity,
    pub consumed_unit: &'a str,
    /// The credit pool, or where else the price comes from.
    pub price_of: &'a str,
}

/// What an importer knows a row by, beside period and day. Unique in a file
/// and the same in every export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceId<'a> {
    /// As it was written before.
    Text(Cow<'a, str>),
    /// Of a charge, from what the charge is known by.
    Of {
        base: Stem<'a>,
        occurrence: u32,
        charge_type: ChargeType,
        /// The rule, where it is not the first that covers the charge.
        rule: Option<&'a str>,
        /// The lot, where it is not the first that the charge drew from.
        lot: Option<&'a str>,
    },
}

impl ResourceId<'_> {
    /// `openai:codex:ab@x.edu:2026-01-07:usage`, with `:2` behind it for the
    /// second like charge.
    pub fn push(&self, text: &mut String) {
        match self {
            Self::Text(id) => text.push_str(id),
            Self::Of { base, occurrence, charge_type, rule, lot } => {
                base.push(text);
                text.push(':');
                text.push_str(charge_type.name());
                // A colon in a name could make the id of another occurrence.
                for (mark, name) in [("-", rule), (":lot-", lot)] {
                    let Some(name) = name else { continue };
                    text.push_str(mark);
                    text.push_str(&name.replace('%', "%25").replace(':', "%3A"));
                }
                if *occurrence > 1 {
                    let _ = write!(text, ":{occurrence}");
                }
            }
        }
    }

    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(id) => Cow::Borrowed(id),
            Self::Of { .. } => {
                let mut text = String::with_capacity(96);
                self.push(&mut text);
                Cow::Owned(text)
            }
        }
    }
}

/// A row of a chargeback file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    pub charge_type: ChargeType,
    pub standing: Standing,
    /// The billing month.
    pub month: Month,
    /// The day that is charged, for a correction that of the first charge.
    pub day: Day,
    /// `OpenAI` for credit reports, `OpenAI API` for platform usage.
    pub service: &'a str,
    /// Usage type or model.
    pub what: &'a str,
    pub user: &'a str,
    /// The provider's account that was billed; may be empty.
    pub account: &'a str,
    pub payer: Payer<'a>,
    /// On both rows of a subsidised charge; several rules on a usage row are
    /// joined by a comma. Empty without a subsidy.
    pub subsidy_name: Cow<'a, str>,
    /// In the profile `openchargeback`: cents, on a usage row those of the
    /// charge before subsidies. In the others: unit price times quantity.
    pub list_cost: Exact,
    /// What the payer is charged.
    pub billed_cost: Cents,
    pub id: ResourceId<'a>,
    /// In the profiles that have quantities.
    pub measure: Option<Measure<'a>>,
}

impl Row<'_> {
    /// `OpenAI codex (user: ab@x.edu)`
    pub fn resource_name(&self) -> String {
        let mut text = String::new();
        self.push_resource_name(&mut text);
        text
    }

    pub(super) fn push_resource_name(&self, text: &mut String) {
        let parts = match self.charge_type {
            ChargeType::Purchase => [self.service, " credits, pool ", self.what, "", ""],
            ChargeType::Tax => [self.service, " tax of invoice ", self.what, "", ""],
            ChargeType::Usage | ChargeType::Subsidy => [self.service, " ", self.what, " (user: ", self.user],
        };
        parts.into_iter().for_each(|part| text.push_str(part));
        if matches!(self.charge_type, ChargeType::Usage | ChargeType::Subsidy) {
            text.push(')');
        }
    }

    /// The same row at zero, for one that is no longer charged.
    pub(super) fn withdrawn(self) -> Self {
        let measure =
            self.measure.map(|measure| Measure { quantity: Quantity::ZERO, consumed: Quantity::ZERO, ..measure });
        let list_cost = if self.measure.is_some() { Exact::default() } else { Exact::of_cents(Cents::ZERO) };
        let billed_cost = Cents::ZERO;
        Self { standing: Standing::Withdrawn, list_cost, billed_cost, measure, ..self }
    }
}
