//! The keys of `subsidies.json`, before anything is made of them.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::json::Text;
use crate::calendar::Day;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileShape<'a> {
    #[serde(borrow)]
    pub subsidies: Vec<&'a RawValue>,
    #[serde(rename = "$comment", default)]
    _comment: IgnoredAny,
    #[serde(rename = "_comment", default)]
    _comment2: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleShape<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    pub description: Option<String>,
    #[serde(borrow)]
    pub fund_org: Text<'a>,
    #[serde(borrow)]
    pub sponsor_email: Option<Text<'a>>,
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub scope: Option<Text<'a>>,
    #[serde(borrow)]
    pub cap_amount: Option<&'a RawValue>,
    #[serde(borrow)]
    pub caps: Option<Vec<&'a RawValue>>,
    pub retroactive: Option<bool>,
    #[serde(borrow)]
    pub percent: Option<&'a RawValue>,
    #[serde(borrow)]
    pub tiers: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub period: Text<'a>,
    #[serde(borrow)]
    pub fiscal_year_start: Option<Text<'a>>,
    #[serde(borrow)]
    pub rollover: Option<&'a RawValue>,
    #[serde(borrow)]
    pub distribution: Option<Text<'a>>,
    pub order: Option<u32>,
    pub from: Option<Day>,
    pub to: Option<Day>,
    #[serde(borrow)]
    pub applies_to_services: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub eligible_services: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub eligible_projects: Option<Vec<Text<'a>>>,
    pub enabled: Option<bool>,
    #[serde(rename = "$comment", default)]
    _comment: IgnoredAny,
    #[serde(rename = "_comment", default)]
    _comment2: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TierShape<'a> {
    #[serde(borrow)]
    pub up_to: &'a RawValue,
    #[serde(borrow)]
    pub percent: &'a RawValue,
    #[serde(rename = "$comment", default)]
    _comment: IgnoredAny,
    #[serde(rename = "_comment", default)]
    _comment2: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CapShape<'a> {
    pub from: Day,
    #[serde(borrow)]
    pub amount: &'a RawValue,
    pub retroactive: Option<bool>,
    #[serde(rename = "$comment", default)]
    _comment: IgnoredAny,
    #[serde(rename = "_comment", default)]
    _comment2: IgnoredAny,
}
