//! `trueup subsidies list`: every cap of a month as it burns down, as the
//! screen of the review shows it.

use serde::Serialize;

use super::shared_args::Format;
use super::subsidies_args::SubsidiesList;
use super::{Ended, Failure, month, output, table};
use crate::amount::{Amount, Share};
use crate::desk::{BurnDown, Desk, text};

pub fn run(args: &SubsidiesList) -> Result<Ended, Failure> {
    let (_, desk) = month::load(&args.files, true)?;
    let all = desk.burn_downs();
    let of_rule = |burn: &&BurnDown| args.rule.as_ref().is_none_or(|rule| burn.scope.rule == rule.trim());
    let shown: Vec<&BurnDown> = all.iter().filter(of_rule).collect();
    if let (Some(rule), true) = (&args.rule, shown.is_empty()) {
        let mut names: Vec<&str> = all.iter().map(|burn| burn.scope.rule.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let there = if names.is_empty() { "there is none".into() } else { format!("there are {}", names.join(", ")) };
        return Err(Failure(text::plain(&format!("No cap of {} is of a rule {rule}; {there}.", desk.month()))));
    }
    match args.format {
        Format::Text => output::page(&page(&desk, &shown)),
        Format::Json => output::to_stdout(json(&desk, &shown)?.as_bytes()),
        Format::Csv => output::to_stdout(&table::csv(&[1, 2, 4], &CSV_HEADER.map(str::to_owned), &csv_rows(&shown))),
    }
}

/// In whole cents, as files have them.
fn cents(amount: Amount) -> String {
    text::money(amount.rounded(2))
}

fn page(desk: &Desk, shown: &[&BurnDown]) -> String {
    let header = [
        "whose cap",
        "rule",
        "period",
        "runs out",
        "cap",
        "used",
        "before",
        "this month",
        "remaining",
        "share",
        "over even",
        "by its end",
    ];
    if shown.is_empty() {
        return "No subsidy rule covers anything in this month; subsidies.json says what they do.\n".into();
    }
    let row = |burn: &&BurnDown| {
        let names = [&burn.subject, &burn.scope.rule, &burn.scope.period.to_string(), &burn.runs_out_text()];
        let figures = [burn.cap, burn.used, burn.before, burn.this_month, burn.remaining].map(cents);
        let pace = [share(burn.share), cents(burn.over_even()), cents(burn.by_end)];
        names.map(Clone::clone).into_iter().chain(figures).chain(pace).collect()
    };
    let rows: Vec<Vec<String>> = shown.iter().map(row).collect();
    let mut out = table::columns(4, &header.map(str::to_owned), &rows);
    let sum = |of: fn(&BurnDown) -> Amount| cents(shown.iter().map(|burn| of(burn)).sum());
    out.push_str(&format!(
        "{} of {}: {} drawn before, {} this month, {} used up\n",
        text::counted(shown.len() as u64, "cap"),
        desk.month(),
        sum(|burn| burn.before),
        sum(|burn| burn.this_month),
        text::count(shown.iter().filter(|burn| burn.used_up()).count() as i64),
    ));
    out
}

fn share(share: Option<Share>) -> String {
    share.map(Share::percent).unwrap_or_default()
}

const CSV_HEADER: [&str; 15] = [
    "level",
    "subject",
    "rule",
    "period",
    "pi_email",
    "first_day",
    "last_day",
    "cap",
    "used",
    "drawn_before",
    "drawn_this_month",
    "remaining",
    "even_pace",
    "by_end",
    "runs_out",
];

fn csv_rows(shown: &[&BurnDown]) -> Vec<Vec<String>> {
    let row = |burn: &&BurnDown| {
        let scope = &burn.scope;
        let names = [scope.subject.level().name(), scope.subject.name(), &scope.rule].map(str::to_owned);
        let period =
            [scope.period.to_string(), burn.pi_email.clone(), burn.bounds.0.to_string(), burn.bounds.1.to_string()];
        let figures = [burn.cap, burn.used, burn.before, burn.this_month, burn.remaining, burn.even_pace, burn.by_end];
        let out = burn.runs_out.map(|day| day.to_string()).unwrap_or_default();
        names.into_iter().chain(period).chain(figures.map(|amount| amount.to_string())).chain([out]).collect()
    };
    shown.iter().map(row).collect()
}

#[derive(Serialize)]
struct Report<'a> {
    month: String,
    currency: &'a str,
    caps: Vec<Cap<'a>>,
}

#[derive(Serialize)]
struct Cap<'a> {
    level: &'static str,
    /// Empty for the one pool.
    subject: &'a str,
    rule: &'a str,
    period: String,
    first_day: String,
    last_day: String,
    pi_email: &'a str,
    cap: Amount,
    used: Amount,
    drawn_before: Amount,
    drawn_this_month: Amount,
    remaining: Amount,
    even_pace: Amount,
    by_end: Amount,
    used_up: bool,
    /// Nothing where it lasts the period.
    runs_out: Option<String>,
    /// Cumulative draws of the period by day.
    series: Vec<(String, Amount)>,
}

fn json(desk: &Desk, shown: &[&BurnDown]) -> Result<String, Failure> {
    let caps = shown.iter().map(|burn| Cap {
        level: burn.scope.subject.level().name(),
        subject: burn.scope.subject.name(),
        rule: &burn.scope.rule,
        period: burn.scope.period.to_string(),
        first_day: burn.bounds.0.to_string(),
        last_day: burn.bounds.1.to_string(),
        pi_email: &burn.pi_email,
        cap: burn.cap,
        used: burn.used,
        drawn_before: burn.before,
        drawn_this_month: burn.this_month,
        remaining: burn.remaining,
        even_pace: burn.even_pace,
        by_end: burn.by_end,
        used_up: burn.used_up(),
        runs_out: burn.runs_out.map(|day| day.to_string()),
        series: burn.series.iter().map(|(day, drawn)| (day.to_string(), *drawn)).collect(),
    });
    let report = Report { month: desk.month().to_string(), currency: desk.currency(), caps: caps.collect() };
    output::json(&report)
}
