//! `config.toml`: what counts as equal, when a month is healthy, what a
//! decision needs, and how the screen behaves.

use std::collections::BTreeMap;
use std::path::Path;

use rust_decimal::Decimal;
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

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
                absolute: tolerance.read("absolute", default.rules.absolute, amount)?,
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
                unexplained: health.read("unexplained", None, |given| amount(given).map(Some))?,
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
            materiality: top.read("materiality", None, |given| amount(given).map(Some))?,
            flux_over: top.read("flux_over", None, |given| amount(given).map(Some))?,
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

pub(super) fn amount(given: Given) -> Result<Amount, String> {
    let digits = given.digits()?;
    let amount = Amount::parse(&digits).map_err(|error| format!("is “{digits}”, which {error}"))?;
    if amount.is_negative() {
        return Err(format!("is “{digits}”; it must not be below 0"));
    }
    Ok(amount)
}

fn margin(given: Given) -> Result<Margin, String> {
    let percent = amount(given)?;
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

/// The text of `config.toml` with another tolerance; comments and everything
/// else stay as they are.
///
/// # Errors
/// A sentence when the text is not a valid `config.toml`.
pub fn set_tolerance(text: &str, absolute: Amount, relative: Share) -> Result<String, String> {
    // Through their digits: a float would not be the number that was typed.
    let given = [("absolute", absolute.to_string()), ("relative", relative.value().normalize().to_string())];
    set(text, "tolerance", &given, |rules| Rules { absolute, relative, ..rules })
}

/// The text of `config.toml` with another grain, as [`set_tolerance`].
///
/// # Errors
/// A sentence when the text is not a valid `config.toml`.
pub fn set_grain(text: &str, finest: Finest) -> Result<String, String> {
    set(text, "grain", &[("finest", format!("\"{}\"", finest.name()))], |rules| Rules { finest, ..rules })
}

/// The text of `config.toml` with another profile, as [`set_tolerance`].
///
/// # Errors
/// A sentence when the text is not a valid `config.toml`.
pub fn set_profile(text: &str, profile: Profile) -> Result<String, String> {
    let file = Path::new("config.toml");
    let before = Settings::parse(text, file).map_err(|error| error.to_string())?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    put(document.as_table_mut(), "profile", &format!("\"{profile}\""))?;
    let after = document.to_string();
    match Settings::parse(&after, file) {
        Ok(read) if read == (Settings { profile, ..before }) => Ok(after),
        Ok(_) => Err("config.toml could not be changed without changing more than the profile".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// The text of `config.toml` with a filter saved under a name, in the place of
/// one that had it, as [`set_tolerance`].
///
/// # Errors
/// A sentence when the name or the filter is none, or the text is not a valid
/// `config.toml`.
pub fn set_filter(text: &str, name: &str, filter: &str) -> Result<String, String> {
    if !is_filter_name(name) {
        return Err(format!("“{name}” is no name of a filter: write letters, digits, - and _."));
    }
    match Filter::parse(filter) {
        Ok(read) if read.is_empty() => return Err("There is no filter to save.".to_owned()),
        Ok(_) => {}
        Err(error) => {
            return Err(format!("What is saved names no other filter and must read by itself: {}", error.what));
        }
    }
    let file = Path::new("config.toml");
    let mut meant = Settings::parse(text, file).map_err(|error| error.to_string())?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let table = document
        .entry("filters")
        .or_insert(Item::Table(Table::new()))
        .as_table_like_mut()
        .ok_or("“filters” is not a table")?;
    put(table, name, &Value::from(filter).to_string())?;
    let after = document.to_string();
    meant.filters.insert(name.to_owned(), filter.to_owned());
    match Settings::parse(&after, file) {
        Ok(read) if read == meant => Ok(after),
        Ok(_) => Err("config.toml could not be changed without changing more than the filter".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// Writes a value, as TOML has it, to a key; the comments beside it stay.
pub(super) fn put(table: &mut dyn TableLike, key: &str, value: &str) -> Result<(), String> {
    let mut value: Value = value.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
    Ok(())
}

/// Writes values, as TOML has them, to keys of a table, and checks that
/// nothing but these rules is another by it.
fn set(
    text: &str,
    section: &str,
    given: &[(&str, String)],
    meant: impl FnOnce(Rules) -> Rules,
) -> Result<String, String> {
    let file = Path::new("config.toml");
    let before = Settings::parse(text, file).map_err(|error| error.to_string())?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let table = document
        .entry(section)
        .or_insert(Item::Table(Table::new()))
        .as_table_like_mut()
        .ok_or_else(|| format!("“{section}” is not a table"))?;
    for (key, value) in given {
        put(table, key, value)?;
    }
    let after = document.to_string();
    let rules = meant(before.rules.clone());
    match Settings::parse(&after, file) {
        Ok(read) if read == (Settings { rules, ..before }) => Ok(after),
        Ok(_) => Err(format!("config.toml could not be changed without changing more than the {section}")),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Settings, String> {
        Settings::parse(text, Path::new("config.toml")).map_err(|error| error.to_string())
    }

    fn share_of(text: &str) -> Share {
        Share::parse(text).unwrap()
    }

    #[test]
    fn a_saved_filter_leaves_everything_else_as_it_stands() {
        let text = "# ours\ntheme = \"dark\" # night\n";
        let once = set_filter(text, "vendor", "note:\"vendor credit\" diff>0.05").unwrap();
        assert!(once.starts_with(text), "{once}");
        let twice = set_filter(&once, "vendor", "cause:price").unwrap();
        assert_eq!(parse(&twice).unwrap().filters["vendor"], "cause:price");
        for (name, filter) in
            [("two words", "cause:price"), ("", "x"), ("a", ""), ("a", "nonsense:x"), ("a", "@vendor")]
        {
            assert!(set_filter(&once, name, filter).is_err(), "{name} {filter}");
        }
        assert!(parse("[filters]\na = \"nonsense:x\"").unwrap_err().contains("config.toml:2:5"));
    }

    #[test]
    fn another_grain_leaves_everything_else_as_it_stands() {
        let text = "# Ours\ntheme = \"dark\"\n[grain]\nfinest = \"class\" # as asked in May\n";
        let changed = set_grain(text, Finest::Day).unwrap();
        assert_eq!(changed, text.replace("\"class\"", "\"day\""));
        let fresh = set_grain("theme = \"dark\"\n", Finest::Total).unwrap();
        assert_eq!(parse(&fresh).unwrap().rules.finest, Finest::Total);
        assert_eq!(parse(&fresh).unwrap().theme.as_deref(), Some("dark"));
        assert!(set_grain("grain = 1", Finest::Day).unwrap_err().contains("config.toml:1:1"));
    }

    #[test]
    fn nothing_said_means_the_documented_defaults() {
        let settings = parse("").unwrap();
        assert_eq!(settings, Settings::default());
        assert_eq!(settings.rules.absolute.to_string(), "0.05");
        assert_eq!(settings.rules.relative, share_of("5%"));
        assert_eq!(settings.rules.drift, share_of("0.02"));
        assert_eq!(settings.rules.window_seconds, 60);
        assert!(!settings.rules.tokens_must_agree);
        let HealthLimits { matched, discrepancies, not_found, errors, unexplained } = settings.health;
        assert_eq!(unexplained, None);
        assert_eq!([matched, discrepancies, not_found], ["95%", "5%", "1%"].map(share_of));
        assert_eq!(errors, 0);
        assert_eq!(settings.profile, Profile::OpenChargeback);
    }

    #[test]
    fn numbers_are_read_by_their_digits_in_every_spelling() {
        for (written, means) in [
            ("0.05", "0.05"),
            ("\"0.05\"", "0.05"),
            ("5e-2", "0.05"),
            ("1_000", "1000"),
            ("+0.1", "0.1"),
            ("0", "0"),
            ("0.123456789012345678", "0.123456789012345678"),
        ] {
            let settings = parse(&format!("[tolerance]\nabsolute = {written}\n")).unwrap();
            assert_eq!(settings.rules.absolute.to_string(), means, "{written}");
        }
        for written in ["0.05", "\"5%\"", "\"0.05\"", "\" 5 %\""] {
            assert_eq!(
                parse(&format!("tolerance = {{ relative = {written} }}")).unwrap().rules.relative,
                share_of("5%")
            );
        }
    }

    #[test]
    fn every_key_is_read() {
        let settings = parse(
            "profile = \"focus\"\ntheme = 'light'\nfund_org_pattern = \"DEPT-*\"\n\
             tolerance.absolute = 0.01\ntolerance.tokens_must_agree = true\ntolerance.window_seconds = 0\n\
             [grain]\nfinest = \"day\"\n[health]\nmatched = 1\nerrors = 3\n\
             [policy]\nrequired = [\"write-off\", \"dispute\"]\ncodes = [\"small\", \"vendor error\"]\n\
             [keys]\nnext = \"n\"\n\"move down\" = [\"j\", \"ctrl-n\"]\n",
        )
        .unwrap();
        assert_eq!((settings.profile, settings.theme.as_deref()), (Profile::Focus, Some("light")));
        assert_eq!(settings.fund_org_pattern.as_deref(), Some("DEPT-*"));
        assert!(settings.rules.tokens_must_agree && settings.rules.window_seconds == 0);
        assert_eq!(settings.rules.absolute.to_string(), "0.01");
        assert_eq!(settings.rules.finest, Finest::Day);
        assert_eq!((settings.health.matched, settings.health.errors), (share_of("100%"), 3));
        assert_eq!(settings.policy.required, [Verdict::WriteOff, Verdict::Dispute]);
        assert_eq!(settings.policy.codes, ["small", "vendor error"]);
        assert_eq!(settings.keys["next"], ["n"]);
        assert_eq!(settings.keys["move down"], ["j", "ctrl-n"]);
    }

    #[test]
    fn every_wrong_setting_is_named_with_its_place() {
        for (text, message) in [
            (
                "[tolerence]\nabsolute = 1",
                "config.toml:1:2: there is no key “tolerence” at the top; there are: profile, focus, accounting, theme, \
                 mouse, plain, reduced_motion, \
                 fund_org_pattern, margin_percent, margin_included, four_eyes, materiality, flux_over, tolerance, grain, health, policy, keys, filters, models, columns, categories",
            ),
            (
                "theme = \"dark\"\n\n[tolerance]\n  absolut = 1",
                "config.toml:4:3: there is no key “absolut” in [tolerance]; there are: absolute, relative, \
                 tokens_must_agree, window_seconds, drift",
            ),
            (
                "health = { matched = 1, errror = 1 }",
                "config.toml:1:25: there is no key “errror” in [health]; there are: matched, discrepancies, \
                 not_found, errors, unexplained",
            ),
            ("policy.needed = []", "config.toml:1:8: there is no key “needed” in [policy]; there are: required, codes"),
            (
                "[grain]\nfinest = \"second\"",
                "config.toml:2:10: “grain.finest” is “second”, which is no grain; there are, from fine to coarse: \
                 request, minute, hour, class, model, project, day, total",
            ),
            (
                "tolerance = 0.05",
                "config.toml:1:1: “tolerance” must be a table: write its keys below a line [tolerance]",
            ),
            (
                "[[tolerance]]\nabsolute = 1",
                "config.toml:1:3: “tolerance” must be a table: write its keys below a line [tolerance]",
            ),
            (
                "[tolerance]\nabsolute = -0.01",
                "config.toml:2:12: “tolerance.absolute” is “-0.01”; it must not be below 0",
            ),
            (
                "[tolerance]\nabsolute = \"5 cents\"",
                "config.toml:2:12: “tolerance.absolute” is “5 cents”, which is not a plain decimal number (write \
                 it like 1234.56, without separators or signs of currency)",
            ),
            (
                "[tolerance]\nabsolute = inf",
                "config.toml:2:12: “tolerance.absolute” is “inf”, which is not a plain decimal number (write it \
                 like 1234.56, without separators or signs of currency)",
            ),
            (
                "[tolerance]\nabsolute = 1e-19",
                "config.toml:2:12: “tolerance.absolute” is “1e-19”, which has more than 18 decimal places; the \
                 program does not round what was billed",
            ),
            (
                "[tolerance]\nabsolute = true",
                "config.toml:2:12: “tolerance.absolute” must be a number, or a number in quotes",
            ),
            (
                "[tolerance]\nrelative = 5",
                "config.toml:2:12: “tolerance.relative” is “5”, more than the whole; write 0.05 or \"5%\" for five \
                 percent",
            ),
            (
                "[tolerance]\ndrift = \"two\"",
                "config.toml:2:9: “tolerance.drift” is “two”, which is no share; write 0.05 or \"5%\"",
            ),
            (
                "[tolerance]\nrelative = -0.05",
                "config.toml:2:12: “tolerance.relative” is “-0.05”, which is no share; write 0.05 or \"5%\"",
            ),
            (
                "[tolerance]\nwindow_seconds = 1.5",
                "config.toml:2:18: “tolerance.window_seconds” must be a whole number from 0 to 86400",
            ),
            (
                "[tolerance]\nwindow_seconds = 86401",
                "config.toml:2:18: “tolerance.window_seconds” must be a whole number from 0 to 86400",
            ),
            (
                "[tolerance]\ntokens_must_agree = \"yes\"",
                "config.toml:2:21: “tolerance.tokens_must_agree” must be true or false",
            ),
            (
                "[health]\nmatched = 95",
                "config.toml:2:11: “health.matched” is “95”, more than the whole; write 0.05 or \"5%\" for five percent",
            ),
            ("[health]\nerrors = -1", "config.toml:2:10: “health.errors” must be a whole number from 0 to 4294967295"),
            (
                "[policy]\nrequired = [\"write off\"]",
                "config.toml:2:12: “policy.required” names “write off”, which is no verdict; there are: \
                 approve-billed, approve-recorded, write-off, dispute, defer, exclude",
            ),
            (
                "[policy]\ncodes = [1]",
                "config.toml:2:9: “policy.codes” must be a list of texts, such as [\"one\", \"two\"]",
            ),
            ("[keys]\nquit = 7", "config.toml:2:8: “keys.quit” must be a list of texts, such as [\"one\", \"two\"]"),
            (
                "[policy]\ncodes = []",
                "config.toml:2:9: “policy.codes” is empty, so no decision could give the reason that “required” asks for",
            ),
            ("theme = \"\"", "config.toml:1:9: “theme” must be text in quotes, and not empty"),
            ("profile = 1", "config.toml:1:11: “profile” must be text in quotes, and not empty"),
            ("fund_org_pattern = []", "config.toml:1:20: “fund_org_pattern” must be text in quotes, and not empty"),
        ] {
            assert_eq!(parse(text).unwrap_err(), message, "{text}");
        }
    }

    #[test]
    fn what_is_not_toml_is_said_with_its_place() {
        for (text, place) in [
            ("theme = dark", "config.toml:1:9: is not TOML: "),
            ("[tolerance\nabsolute = 1", "config.toml:1:11: is not TOML: "),
            ("[tolerance]\nabsolute = 1\nabsolute = 2", "config.toml:3:1: is not TOML: "),
            ("ünsaid", "config.toml:1:"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.starts_with(place), "{text}: {message}");
        }
    }

    #[test]
    fn a_new_tolerance_leaves_every_comment_where_it_was() {
        let text = "# ours\ntheme = \"dark\" # at night\n\n[tolerance]\n# in dollars\nabsolute = 0.05 # five cents\n\
                    relative = \"5%\"\ndrift = \"2%\"\n\n[keys]\nnext = \"n\"\n";
        let (absolute, relative) = (Amount::parse("0.10").unwrap(), share_of("2.5%"));
        let changed = set_tolerance(text, absolute, relative).unwrap();
        assert_eq!(
            changed,
            text.replace("absolute = 0.05 #", "absolute = 0.1 #").replace("relative = \"5%\"", "relative = 0.025")
        );
        let fresh = set_tolerance("theme = \"dark\"\n", absolute, relative).unwrap();
        assert_eq!(fresh, "theme = \"dark\"\n\n[tolerance]\nabsolute = 0.1\nrelative = 0.025\n");
        assert!(set_tolerance("tolerance = 1", absolute, relative).unwrap_err().contains("config.toml:1:1"));
        let inline = set_tolerance("tolerance = { drift = 0.01 }\n", absolute, relative).unwrap();
        assert_eq!(parse(&inline).unwrap().rules.absolute, absolute);
    }

    proptest! {
        #[test]
        fn a_tolerance_reads_back_exactly(units in 0i128..10i128.pow(24), parts in 0i64..=1_000_000_000) {
            let absolute = Amount::from_units(units);
            let relative = Share::new(Decimal::new(parts, 9)).unwrap();
            let text = set_tolerance("[health]\nerrors = 2\n", absolute, relative).unwrap();
            let settings = parse(&text).unwrap();
            prop_assert_eq!((settings.rules.absolute, settings.rules.relative), (absolute, relative));
            prop_assert_eq!(settings.health.errors, 2);
        }

        #[test]
        fn no_text_makes_it_panic(text in "(\\[|\\]|tolerance|absolute|keys|=|\\.|\"|'|#|\n|[0-9]|é|\\{|\\}|,| ){0,30}") {
            let _ = parse(&text);
            let _ = set_tolerance(&text, Amount::ZERO, share_of("0"));
        }
    }
}
