//! `config.toml`: what counts as equal, when a month is healthy, what a
//! decision needs, and how the screen behaves.

use std::collections::BTreeMap;
use std::path::Path;

use rust_decimal::Decimal;

use super::categories::categories;
use super::chargeback;
use super::column_maps::column_maps;
use super::included_margin::included_margins;
use super::model_names::model_names;
use super::toml_reader::{Given, Reader, Section};
use crate::amount::{Amount, Cents, Share};
use crate::focus::{Accounting, Profile, Terms};
use crate::journal::Verdict;
use crate::place::PlacedError;
use crate::price::{IncludedMargins, ModelNames};
use crate::read::ColumnMap;
use crate::reconcile::{Finest, HealthLimits, Rules};
use crate::report::{Category, Margin};
use crate::review::filter::{Saved, is_filter_name};
use crate::review::{Filter, Policy};

/// What `config.toml` says, defaults where it is silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub rules: Rules,
    pub health: HealthLimits,
    pub policy: Policy,
    /// The form every `fund_org` is expected to have.
    pub fund_org_pattern: Option<String>,
    /// Keys of the screen's actions, by the action's name.
    pub keys: BTreeMap<String, Vec<String>>,
    pub theme: Option<String>,
    /// Whether the screen takes clicks; else the terminal selects text with
    /// them.
    pub mouse: bool,
    /// Whether the screen is drawn for a screen reader.
    pub plain: bool,
    /// Whether nothing on the screen moves by itself.
    pub reduced_motion: bool,
    /// Filters of the lists that have a name.
    pub filters: Saved,
    /// The shape of the file that is written.
    pub profile: Profile,
    /// What the file says of who charges back.
    pub terms: Terms,
    /// Where the sums of a month are booked; `None`: nowhere.
    pub accounting: Option<Accounting>,
    /// Names of models beyond those the program knows.
    pub models: ModelNames,
    /// How files and tables of the operator's own are read.
    pub columns: Vec<ColumnMap>,
    /// Kinds of use with the operator's own names; the first that holds counts.
    pub categories: Vec<Category>,
    /// What summaries put on the cost.
    pub margin: Option<Margin>,
    /// What ledgers hold in their costs already, and is taken out.
    pub margin_included: IncludedMargins,
    /// Who signs a month must be another than who prepared it.
    pub four_eyes: bool,
    /// Dollars that may stay unexplained in a month that is signed, whatever
    /// their sign; `None`: any.
    pub materiality: Option<Amount>,
    /// Dollars by which a payer or project may change against the month before
    /// without a note; `None`: any.
    pub flux_over: Option<Amount>,
}

const TOP: [&str; 22] = [
    "profile",
    "focus",
    "accounting",
    "theme",
    "mouse",
    "plain",
    "reduced_motion",
    "fund_org_pattern",
    "margin_percent",
    "margin_included",
    "four_eyes",
    "materiality",
    "flux_over",
    "tolerance",
    "grain",
    "health",
    "policy",
    "keys",
    "filters",
    "models",
    "columns",
    "categories",
];
const TOLERANCE: [&str; 5] = ["absolute", "relative", "tokens_must_agree", "window_seconds", "drift"];
const GRAIN: [&str; 1] = ["finest"];
const HEALTH: [&str; 5] = ["matched", "discrepancies", "not_found", "errors", "unexplained"];
const POLICY: [&str; 2] = ["required", "codes"];
const DAY_SECONDS: u32 = 86_400;

impl Default for Settings {
    fn default() -> Self {
        Self {
            rules: Rules {
                absolute: Cents(5).amount(),
                relative: Share::from_percent(5),
                tokens_must_agree: false,
                window_seconds: 60,
                drift: Share::from_percent(2),
                finest: Finest::Request,
            },
            health: HealthLimits::default(),
            policy: Policy::default(),
            fund_org_pattern: None,
            keys: BTreeMap::new(),
            theme: None,
            mouse: true,
            plain: false,
            reduced_motion: false,
            filters: Saved::new(),
            profile: Profile::default(),
            terms: Terms::default(),
            accounting: None,
            models: ModelNames::default(),
            columns: Vec::new(),
            categories: Vec::new(),
            margin: None,
            margin_included: IncludedMargins::default(),
            four_eyes: false,
            materiality: None,
            flux_over: None,
        }
    }
}

impl Settings {
    /// # Errors
    /// With line and column: text that is not TOML, an unknown key or table, a
    /// value of the wrong kind or out of range.
    pub fn parse(text: &str, file: &Path) -> Result<Self, PlacedError> {
        let reader = Reader::new(text, file);
        let document = reader.document()?;
        let top = reader.top(&document, &TOP)?;
        let tolerance = top.section("tolerance", &TOLERANCE)?;
        let grain = top.section("grain", &GRAIN)?;
        let health = top.section("health", &HEALTH)?;
        let policy = top.section("policy", &POLICY)?;
        let keys = top.open_section("keys")?;
        let default = Self::default();
        let mut bound = BTreeMap::new();
        for action in keys.names() {
            bound.insert(action.to_owned(), keys.read(action, Vec::new(), |given| given.texts())?);
        }
        let filters = saved_filters(&top.open_section("filters")?)?;
        let reasons = Policy {
            required: policy.read("required", default.policy.required, verdicts)?,
            codes: policy.read("codes", default.policy.codes, |given| given.texts())?,
        };
        if reasons.codes.is_empty() && !reasons.required.is_empty() {
            return Err(
                policy.refuse("codes", "is empty, so no decision could give the reason that “required” asks for")
            );
        }
        let columns = column_maps(&top)?;
        Ok(Self {
            rules: Rules {
                absolute: tolerance.read("absolute", default.rules.absolute, |given| given.amount())?,
                relative: tolerance.read("relative", default.rules.relative, share)?,
                tokens_must_agree: tolerance
                    .read("tokens_must_agree", default.rules.tokens_must_agree, |given| given.yes_or_no())?,
                window_seconds: tolerance
                    .read("window_seconds", default.rules.window_seconds, |given| given.whole(DAY_SECONDS))?,
                drift: tolerance.read("drift", default.rules.drift, share)?,
                finest: grain.read("finest", default.rules.finest, finest)?,
            },
            health: HealthLimits {
                matched: health.read("matched", default.health.matched, share)?,
                discrepancies: health.read("discrepancies", default.health.discrepancies, share)?,
                not_found: health.read("not_found", default.health.not_found, share)?,
                errors: health.read("errors", default.health.errors, |given| given.whole(u32::MAX).map(u64::from))?,
                unexplained: health.read("unexplained", None, |given| given.amount().map(Some))?,
            },
            policy: reasons,
            fund_org_pattern: top.read("fund_org_pattern", None, |given| given.text().map(Some))?,
            keys: bound,
            filters,
            theme: top.read("theme", None, |given| given.text().map(Some))?,
            mouse: top.read("mouse", true, |given| given.yes_or_no())?,
            plain: top.read("plain", false, |given| given.yes_or_no())?,
            reduced_motion: top.read("reduced_motion", false, |given| given.yes_or_no())?,
            profile: top.read("profile", default.profile, profile)?,
            terms: chargeback::terms(&top)?,
            accounting: chargeback::accounting(&top)?,
            models: model_names(&top)?,
            margin_included: included_margins(&top, &columns)?,
            columns,
            categories: categories(&top)?,
            margin: top.read("margin_percent", None, |given| margin(given).map(Some))?,
            four_eyes: top.read("four_eyes", false, |given| given.yes_or_no())?,
            materiality: top.read("materiality", None, |given| given.amount().map(Some))?,
            flux_over: top.read("flux_over", None, |given| given.amount().map(Some))?,
        })
    }
}

fn saved_filters(section: &Section) -> Result<Saved, PlacedError> {
    let mut filters = Saved::new();
    for name in section.names() {
        if !is_filter_name(name) {
            return Err(section.refuse(name, "is no name of a filter; it may have letters, digits, - and _"));
        }
        let text = section.read(name, String::new(), |given| {
            let text = given.text()?;
            match Filter::parse(&text) {
                Ok(_) => Ok(text),
                Err(error) => Err(format!("is no filter: {}", error.what)),
            }
        })?;
        filters.insert(name.to_owned(), text);
    }
    Ok(filters)
}

fn margin(given: Given) -> Result<Margin, String> {
    let percent = given.amount()?;
    Margin::from_percent(percent).ok_or_else(|| format!("is “{percent}”; a margin is from 0 to 1000 percent"))
}

/// A share of at most the whole: 5 was meant as 5%.
fn share(given: Given) -> Result<Share, String> {
    let digits = given.digits()?;
    let share =
        Share::parse(&digits).ok_or_else(|| format!("is “{digits}”, which is no share; write 0.05 or \"5%\""))?;
    if share.value() > Decimal::ONE {
        return Err(format!("is “{digits}”, more than the whole; write 0.05 or \"5%\" for five percent"));
    }
    Ok(share)
}

fn finest(given: Given) -> Result<Finest, String> {
    given.text()?.parse()
}

fn profile(given: Given) -> Result<Profile, String> {
    let text = given.text()?;
    text.parse().map_err(|_| {
        let all = Profile::ALL.map(Profile::name).join(", ");
        format!("is “{text}”, which is no profile; there are: {all}")
    })
}

fn verdicts(given: Given) -> Result<Vec<Verdict>, String> {
    let named = |name: &String| {
        Verdict::ALL.into_iter().find(|verdict| key_of(*verdict) == *name).ok_or_else(|| {
            let all: Vec<String> = Verdict::ALL.into_iter().map(key_of).collect();
            format!("names “{name}”, which is no verdict; there are: {}", all.join(", "))
        })
    };
    given.texts()?.iter().map(named).collect()
}

/// As files have it: `write-off`.
fn key_of(verdict: Verdict) -> String {
    serde_json::to_value(verdict).ok().and_then(|name| name.as_str().map(Into::into)).unwrap_or_default()
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
