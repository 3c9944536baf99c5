//! The profiles with the columns of FOCUS: 1.2, 1.4, and one file in both
//! shapes.
//!
//! Times are UTC and ends exclusive, decimals have a point, text is ASCII, what
//! is not there is an empty cell. Columns stand in alphabetical order, those of
//! this program (`x_…`) behind.

use std::fmt::Write as _;

use super::exact::Exact;
use super::profile::Profile;
use super::row::{ChargeType, Row, Standing};
use super::sheet::Sheet;
use super::text::{cell, is_number_like, push_ascii, push_json, push_tags};
use crate::amount::Cents;
use crate::calendar::Day;
use crate::usage::Hasher;

/// A column of FOCUS and what goes into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    BilledCost,
    BillingAccountId,
    BillingAccountName,
    BillingCurrency,
    BillingPeriodEnd,
    BillingPeriodStart,
    ChargeCategory,
    ChargeClass,
    ChargeDescription,
    ChargeFrequency,
    ChargePeriodEnd,
    ChargePeriodStart,
    CommitmentDiscountId,
    CommitmentDiscountStatus,
    ConsumedQuantity,
    ConsumedUnit,
    ContractedCost,
    ContractedUnitPrice,
    EffectiveCost,
    HostProviderName,
    InvoiceDetailId,
    InvoiceId,
    InvoiceIssuerName,
    ListCost,
    ListUnitPrice,
    PricingCategory,
    PricingCurrency,
    PricingCurrencyContractedUnitPrice,
    PricingCurrencyEffectiveCost,
    PricingCurrencyListUnitPrice,
    PricingQuantity,
    PricingUnit,
    ProviderName,
    PublisherName,
    ResourceId,
    ResourceName,
    ResourceType,
    ServiceCategory,
    ServiceName,
    ServiceProviderName,
    ServiceSubcategory,
    SkuId,
    SkuMeter,
    SkuPriceDetails,
    SkuPriceId,
    SubAccountId,
    SubAccountName,
    SubAccountType,
    Tags,
    ChargeKind,
    SourceRowId,
    UsageUser,
}

use Column as C;

/// All columns by name, as they stand in a file.
const ALL: [(&str, Column); 52] = [
    ("BilledCost", C::BilledCost),
    ("BillingAccountId", C::BillingAccountId),
    ("BillingAccountName", C::BillingAccountName),
    ("BillingCurrency", C::BillingCurrency),
    ("BillingPeriodEnd", C::BillingPeriodEnd),
    ("BillingPeriodStart", C::BillingPeriodStart),
    ("ChargeCategory", C::ChargeCategory),
    ("ChargeClass", C::ChargeClass),
    ("ChargeDescription", C::ChargeDescription),
    ("ChargeFrequency", C::ChargeFrequency),
    ("ChargePeriodEnd", C::ChargePeriodEnd),
    ("ChargePeriodStart", C::ChargePeriodStart),
    ("CommitmentDiscountId", C::CommitmentDiscountId),
    ("CommitmentDiscountStatus", C::CommitmentDiscountStatus),
    ("ConsumedQuantity", C::ConsumedQuantity),
    ("ConsumedUnit", C::ConsumedUnit),
    ("ContractedCost", C::ContractedCost),
    ("ContractedUnitPrice", C::ContractedUnitPrice),
    ("EffectiveCost", C::EffectiveCost),
    ("HostProviderName", C::HostProviderName),
    ("InvoiceDetailId", C::InvoiceDetailId),
    ("InvoiceId", C::InvoiceId),
    ("InvoiceIssuerName", C::InvoiceIssuerName),
    ("ListCost", C::ListCost),
    ("ListUnitPrice", C::ListUnitPrice),
    ("PricingCategory", C::PricingCategory),
    ("PricingCurrency", C::PricingCurrency),
    ("PricingCurrencyContractedUnitPrice", C::PricingCurrencyContractedUnitPrice),
    ("PricingCurrencyEffectiveCost", C::PricingCurrencyEffectiveCost),
    ("PricingCurrencyListUnitPrice", C::PricingCurrencyListUnitPrice),
    ("PricingQuantity", C::PricingQuantity),
    ("PricingUnit", C::PricingUnit),
    ("ProviderName", C::ProviderName),
    ("PublisherName", C::PublisherName),
    ("ResourceId", C::ResourceId),
    ("ResourceName", C::ResourceName),
    ("ResourceType", C::ResourceType),
    ("ServiceCategory", C::ServiceCategory),
    ("ServiceName", C::ServiceName),
    ("ServiceProviderName", C::ServiceProviderName),
    ("ServiceSubcategory", C::ServiceSubcategory),
    ("SkuId", C::SkuId),
    ("SkuMeter", C::SkuMeter),
    ("SkuPriceDetails", C::SkuPriceDetails),
    ("SkuPriceId", C::SkuPriceId),
    ("SubAccountId", C::SubAccountId),
    ("SubAccountName", C::SubAccountName),
    ("SubAccountType", C::SubAccountType),
    ("Tags", C::Tags),
    ("x_ChargeKind", C::ChargeKind),
    ("x_SourceRowId", C::SourceRowId),
    ("x_UsageUser", C::UsageUser),
];

const MAKER: &str = "OpenAI";

impl Column {
    /// 1.4 names the provider otherwise than 1.2 and adds the invoice's line.
    const fn stands_in(self, profile: Profile) -> bool {
        match self {
            Self::ProviderName | Self::PublisherName => !matches!(profile, Profile::Focus14),
            Self::ServiceProviderName | Self::HostProviderName | Self::InvoiceDetailId => {
                !matches!(profile, Profile::Focus12)
            }
            _ => true,
        }
    }
}

/// The names of the columns of a profile.
pub(super) fn columns(profile: Profile) -> Vec<&'static str> {
    ALL.into_iter().filter(|(_, column)| column.stands_in(profile)).map(|(name, _)| name).collect()
}

/// Adds the line of a row.
pub(super) fn line(text: &mut String, sheet: &Sheet, row: &Row<'_>, piece: &mut String) {
    for (_, column) in ALL {
        if column.stands_in(sheet.profile) {
            piece.clear();
            value(piece, sheet, row, column);
            cell(text, piece);
        }
    }
    text.pop();
    text.push('\n');
}

/// What stands in a column; empty for what is not there.
fn value(text: &mut String, sheet: &Sheet, row: &Row<'_>, column: Column) {
    let purchase = row.charge_type == ChargeType::Purchase;
    let tax = row.charge_type == ChargeType::Tax;
    let measure = row.measure.as_ref();
    match column {
        C::BilledCost => push_cents(text, row.billed_cost),
        // What was bought for later use is no cost until it is used.
        C::EffectiveCost | C::PricingCurrencyEffectiveCost if purchase => text.push_str("0.0"),
        C::EffectiveCost | C::PricingCurrencyEffectiveCost => push_cents(text, row.billed_cost),
        C::BillingAccountId if row.account.is_empty() => text.push_str("account-unknown"),
        C::BillingAccountId => push_id(text, "account-", row.account),
        C::BillingAccountName => push_name(text, "account ", sheet.terms.account_name.as_deref().unwrap_or_default()),
        C::BillingCurrency | C::PricingCurrency => text.push_str(&sheet.currency),
        C::BillingPeriodStart => push_midnight(text, row.month.first()),
        C::BillingPeriodEnd => push_midnight(text, row.month.next().first()),
        C::ChargePeriodEnd if tax => push_midnight(text, row.day.month().next().first()),
        C::ChargePeriodStart => push_midnight(text, row.day),
        C::ChargePeriodEnd => push_midnight(text, row.day.plus_days(1)),
        C::ChargeCategory => text.push_str(match row.charge_type {
            ChargeType::Purchase => "Purchase",
            ChargeType::Tax => "Tax",
            ChargeType::Usage | ChargeType::Subsidy => "Usage",
        }),
        C::ChargeClass => text.push_str(if row.standing == Standing::Correction { "Correction" } else { "" }),
        C::ChargeDescription => push_description(text, row),
        C::ChargeFrequency => text.push_str(if purchase || tax { "One-Time" } else { "Usage-Based" }),
        C::CommitmentDiscountId | C::CommitmentDiscountStatus => {}
        // Nothing is consumed by buying.
        C::ConsumedQuantity | C::ConsumedUnit if purchase => {}
        C::ConsumedQuantity => measure.into_iter().for_each(|m| Exact::of(m.consumed).write(text)),
        C::ConsumedUnit => text.push_str(measure.map_or("", |m| m.consumed_unit)),
        C::ListCost | C::ContractedCost => row.list_cost.write(text),
        C::ListUnitPrice
        | C::ContractedUnitPrice
        | C::PricingCurrencyListUnitPrice
        | C::PricingCurrencyContractedUnitPrice => {
            measure.into_iter().for_each(|m| Exact::of(m.unit_price).write(text))
        }
        C::PricingQuantity => measure.into_iter().for_each(|m| Exact::of(m.quantity).write(text)),
        C::PricingUnit => text.push_str(measure.map_or("", |m| m.unit)),
        // Nothing of a tax is priced: it has no unit, and so no article.
        C::PricingCategory | C::SkuId | C::SkuMeter | C::SkuPriceId | C::SkuPriceDetails if tax => {}
        C::PricingCategory => text.push_str("Standard"),
        // Who bills a purchase is who was paid for it.
        C::ProviderName | C::InvoiceIssuerName if purchase => text.push_str(MAKER),
        C::ProviderName | C::InvoiceIssuerName => push_ascii(text, &sheet.terms.issuer),
        C::PublisherName | C::ServiceProviderName | C::HostProviderName => text.push_str(MAKER),
        // Purchases are on the provider's invoice and not on this one.
        C::InvoiceId if purchase => push_id(text, "pool-", row.what),
        C::InvoiceId => {
            push_ascii(text, &sheet.terms.invoice);
            let _ = write!(text, "-{}", row.month);
        }
        // Of the id and not the id: emails stand where they are needed alone.
        C::InvoiceDetailId => push_digest(text, "row", &row.id.text()),
        C::SourceRowId => push_digest(text, "source", source(&row.id.text())),
        C::ResourceId => push_ascii(text, &row.id.text()),
        C::ResourceName => push_ascii(text, &row.resource_name()),
        C::ResourceType => text.push_str(match row.charge_type {
            ChargeType::Purchase => "OpenAI credit pool",
            ChargeType::Tax => "OpenAI invoice",
            ChargeType::Usage | ChargeType::Subsidy => "OpenAI user usage",
        }),
        C::ServiceCategory => text.push_str("AI and Machine Learning"),
        C::ServiceSubcategory => text.push_str("Generative AI"),
        C::ServiceName => text.push_str(row.service),
        C::SkuId => push_sku(text, row),
        C::SkuMeter => push_id(text, "meter-", row.what),
        C::SkuPriceId => {
            let price_of = measure.map_or("", |m| m.price_of);
            push_id(text, "price-", &format!("{price_of}/{}", row.what));
        }
        C::SkuPriceDetails => {
            text.push_str("{\"x_CreditPool\": ");
            push_json(text, measure.map_or("", |m| m.price_of));
            text.push('}');
        }
        C::SubAccountId | C::SubAccountName | C::SubAccountType if purchase => {}
        C::SubAccountId => push_id(text, "project-", row.payer.project_id),
        C::SubAccountName => push_name(text, "project ", row.payer.project_name),
        C::SubAccountType => text.push_str("Project"),
        C::Tags => push_tags(text, row),
        C::ChargeKind => text.push_str(row.charge_type.name()),
        C::UsageUser => push_name(text, "user ", row.user),
    }
}

/// `openai/codex`: the price of a model is another thing than that of the
/// usage type of the same name.
fn push_sku(text: &mut String, row: &Row<'_>) {
    text.push_str(if row.service == MAKER { "openai/" } else { "openai-api/" });
    push_ascii(text, row.what);
}

fn push_midnight(text: &mut String, day: Day) {
    // Writing to a string cannot fail, here and below.
    let _ = write!(text, "{day}T00:00:00Z");
}

/// `1.38`, `0.50`, `-0.37`
fn push_cents(text: &mut String, cents: Cents) {
    let _ = write!(text, "{cents}");
}

/// An id, with a word before it where it would be read as a number or a date.
fn push_id(text: &mut String, word: &str, id: &str) {
    if is_number_like(id) {
        text.push_str(word);
    }
    push_ascii(text, id);
}

/// A name, likewise; none where there is none.
fn push_name(text: &mut String, word: &str, name: &str) {
    if !name.is_empty() {
        push_id(text, word, name);
    }
}

fn push_digest(text: &mut String, kind: &str, id: &str) {
    let digest = Hasher::new(kind).text(id).finish();
    let _ = write!(text, "{kind}-{:016x}", digest.0 >> 64);
}

/// An id without what tells the rows of one charge apart: the usage row and
/// those of its sponsors have the same.
fn source(id: &str) -> &str {
    [":usage", ":subsidy"].iter().filter_map(|kind| id.rfind(kind)).max().and_then(|at| id.get(..at)).unwrap_or(id)
}

/// `OpenAI codex, 190.0 credits - subsidised by provost_ai_initiative`
fn push_description(text: &mut String, row: &Row<'_>) {
    if row.standing == Standing::Correction {
        let _ = write!(text, "Correction of {}: ", row.day);
    }
    text.push_str(row.service);
    match row.charge_type {
        ChargeType::Purchase => text.push_str(" credit pool"),
        ChargeType::Tax => text.push_str(" tax of invoice"),
        ChargeType::Usage | ChargeType::Subsidy => {}
    }
    text.push(' ');
    push_ascii(text, row.what);
    if let Some(measure) = &row.measure {
        text.push_str(", ");
        Exact::of(measure.quantity).write(text);
        text.push(' ');
        text.extend(measure.unit.chars().map(|c| c.to_ascii_lowercase()));
    }
    if row.standing == Standing::Withdrawn {
        text.push_str(" - no longer charged");
    }
    if row.charge_type == ChargeType::Subsidy {
        text.push_str(" - subsidised by ");
        push_ascii(text, &row.subsidy_name);
    }
}
