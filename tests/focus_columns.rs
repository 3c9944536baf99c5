//! Each column of the profile `focus-1.4`: whether it is there, in which place,
//! whether it may be empty, and what it holds. The official validator brings no
//! rules of that version along, so these are ours, from the specification.

mod support;

use std::path::{Path, PathBuf};

use support::credits::{convert, out};
use support::months;
use support::session::write_sample;
use trueup::focus::Profile;

/// What a column holds.
#[derive(Clone, Copy)]
enum Holds {
    /// A decimal with a point; with so many places at most, where that is said.
    Number(Option<usize>),
    /// Midnight UTC.
    Midnight,
    /// A text that no reader takes for a number or a date.
    Text,
    /// One of these.
    One(&'static [&'static str]),
    /// A flat JSON object of texts, each key once.
    Json,
    /// Nothing, in this program's files.
    Nothing,
}

/// When a cell may be empty.
#[derive(Clone, Copy, PartialEq)]
enum Empty {
    Never,
    Always,
    /// Of a purchase, of which nothing is consumed and which is nobody's.
    Purchase,
    /// Of a tax, which has neither unit nor article.
    Tax,
    Either,
}

use Empty::{Always, Either, Never, Purchase, Tax};
use Holds::{Json, Midnight, Nothing, Number, One, Text};

const COLUMNS: [(&str, Empty, Holds); 50] = [
    ("BilledCost", Never, Number(Some(2))),
    ("BillingAccountId", Never, Text),
    ("BillingAccountName", Always, Text),
    ("BillingCurrency", Never, One(&["USD"])),
    ("BillingPeriodEnd", Never, Midnight),
    ("BillingPeriodStart", Never, Midnight),
    ("ChargeCategory", Never, One(&["Usage", "Purchase", "Tax"])),
    ("ChargeClass", Always, One(&["Correction"])),
    ("ChargeDescription", Always, Text),
    ("ChargeFrequency", Never, One(&["Usage-Based", "One-Time"])),
    ("ChargePeriodEnd", Never, Midnight),
    ("ChargePeriodStart", Never, Midnight),
    ("CommitmentDiscountId", Always, Nothing),
    ("CommitmentDiscountStatus", Always, Nothing),
    ("ConsumedQuantity", Either, Number(None)),
    ("ConsumedUnit", Either, One(&["Credits", "Tokens", "Counts", "Charges"])),
    ("ContractedCost", Never, Number(None)),
    ("ContractedUnitPrice", Tax, Number(None)),
    ("EffectiveCost", Never, Number(Some(2))),
    ("HostProviderName", Never, One(&["OpenAI"])),
    ("InvoiceDetailId", Never, Text),
    ("InvoiceId", Never, Text),
    ("InvoiceIssuerName", Never, Text),
    ("ListCost", Never, Number(None)),
    ("ListUnitPrice", Tax, Number(None)),
    ("PricingCategory", Tax, One(&["Standard"])),
    ("PricingCurrency", Never, One(&["USD"])),
    ("PricingCurrencyContractedUnitPrice", Tax, Number(None)),
    ("PricingCurrencyEffectiveCost", Never, Number(Some(2))),
    ("PricingCurrencyListUnitPrice", Tax, Number(None)),
    ("PricingQuantity", Tax, Number(None)),
    ("PricingUnit", Tax, One(&["Credits", "Tokens", "Counts", "Charges"])),
    ("ResourceId", Never, Text),
    ("ResourceName", Never, Text),
    ("ResourceType", Never, Text),
    ("ServiceCategory", Never, One(&["AI and Machine Learning"])),
    ("ServiceName", Never, One(&["OpenAI", "OpenAI API"])),
    ("ServiceProviderName", Never, One(&["OpenAI"])),
    ("ServiceSubcategory", Never, One(&["Generative AI"])),
    ("SkuId", Tax, Text),
    ("SkuMeter", Tax, Text),
    ("SkuPriceDetails", Tax, Json),
    ("SkuPriceId", Tax, Text),
    ("SubAccountId", Purchase, Text),
    ("SubAccountName", Always, Text),
    ("SubAccountType", Purchase, One(&["Project"])),
    ("Tags", Never, Json),
    ("x_ChargeKind", Never, One(&["usage", "subsidy", "purchase", "tax"])),
    ("x_SourceRowId", Never, Text),
    ("x_UsageUser", Always, Text),
];

fn check(file: &Path) -> Vec<String> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header, COLUMNS.map(|(name, ..)| name), "columns and their order in {}", file.display());
    let mut kinds = Vec::new();
    for row in reader.records().map(Result::unwrap) {
        let at = |name: &str| header.iter().position(|column| column == name).map(|at| row[at].to_owned()).unwrap();
        let category = at("ChargeCategory");
        for (value, (name, empty, holds)) in row.iter().zip(COLUMNS) {
            let may_be_empty = match empty {
                Never => false,
                Always => true,
                Purchase => category == "Purchase",
                Tax => category == "Tax",
                Either => matches!(category.as_str(), "Purchase" | "Tax"),
            };
            if value.is_empty() {
                assert!(may_be_empty, "{name} is empty in a row of {category}: {row:?}");
            } else {
                assert!(fits(value, holds), "{name} holds “{value}” in a row of {category}");
                // What must be empty is.
                assert!(!(may_be_empty && empty != Always), "{name} of {category}: “{value}”");
            }
        }
        pairs(&at);
        kinds.push(at("x_ChargeKind"));
    }
    kinds
}

/// What two columns say together.
fn pairs(at: &dyn Fn(&str) -> String) {
    for (one, other) in [("PricingQuantity", "PricingUnit"), ("ConsumedQuantity", "ConsumedUnit")] {
        assert_eq!(at(one).is_empty(), at(other).is_empty(), "{one} and {other}");
    }
    for (one, other) in [
        ("BillingCurrency", "PricingCurrency"),
        ("EffectiveCost", "PricingCurrencyEffectiveCost"),
        ("ListUnitPrice", "PricingCurrencyListUnitPrice"),
        ("ContractedUnitPrice", "PricingCurrencyContractedUnitPrice"),
        ("ServiceProviderName", "HostProviderName"),
    ] {
        assert_eq!(at(one), at(other), "{one} and {other}");
    }
    assert!(at("ChargePeriodStart") < at("ChargePeriodEnd") && at("BillingPeriodStart") < at("BillingPeriodEnd"));
    assert!(at("ChargeCategory") != "Purchase" || at("ChargeFrequency") != "Usage-Based");
    if at("SkuPriceId").is_empty() {
        assert!(["PricingQuantity", "ListUnitPrice", "ConsumedQuantity"].iter().all(|name| at(name).is_empty()));
    }
}

fn fits(value: &str, holds: Holds) -> bool {
    match holds {
        Nothing => false,
        One(known) => known.contains(&value),
        Midnight => {
            let day = value.strip_suffix("T00:00:00Z");
            day.is_some_and(|day| day.len() == 10 && trueup::calendar::Day::parse(day).is_ok())
        }
        Text => value.is_ascii() && value.bytes().any(|b| b.is_ascii_alphabetic()) && value.trim() == value,
        Number(places) => {
            let (whole, rest) = value.split_once('.').unwrap_or((value, ""));
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            digits(whole.strip_prefix('-').unwrap_or(whole))
                && digits(rest)
                && places.is_none_or(|places| rest.trim_end_matches('0').len() <= places)
        }
        Json => {
            let read: serde_json::Value = serde_json::from_str(value).unwrap();
            let keys = read.as_object().map_or(0, serde_json::Map::len);
            let flat = read.as_object().is_some_and(|object| object.values().all(serde_json::Value::is_string));
            // A key that stood twice would be one here.
            flat && keys > 0 && value.matches("\": ").count() == keys
        }
    }
}

fn random_month(dir: &Path, seed: u64) -> PathBuf {
    months::write(dir, seed);
    let output = convert(dir, &["--profile", "focus-1.4", "--output", "out.csv", "--purchases"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    dir.join("out.csv")
}

#[test]
fn every_column_of_1_4_is_there_in_its_place_and_holds_what_it_may() {
    let mut kinds = Vec::new();
    for seed in [3, 8, 2026] {
        let dir = tempfile::tempdir().unwrap();
        kinds.extend(check(&random_month(dir.path(), seed)));
    }
    for kind in ["usage", "subsidy", "purchase"] {
        assert!(kinds.iter().any(|of| of == kind), "no row of {kind} was looked at");
    }
}

/// Requests of the API beside credits, and the tax of an invoice.
#[test]
fn the_sample_month_with_an_invoice_keeps_to_the_columns_of_1_4() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out.csv");
    write_sample(Profile::Focus14, &target);
    let kinds = check(&target);
    assert!(kinds.iter().any(|kind| kind == "tax") && kinds.len() > 1_000, "{}", kinds.len());
}
