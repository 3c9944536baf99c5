//! Random rules over random months, from the text of a report to the rows of
//! the files: what must hold of the money whatever the rules are. The rows are
//! added up here by themselves, with no help of the program.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::books::{converted, ok, reviewed};
use support::credits::{csv_rows, report, row, sponsor};
use trueup::calendar::{Day, Period};

/// A charge or a refund: its day within three months, whose, of what, and
/// thousandths of a credit.
type Use = (u32, usize, usize, i64);

const USERS: [&str; 4] = ["ana@x.edu", "ben@x.edu", "cy@x.edu", "nobody@x.edu"];
const WHAT: [&str; 2] = ["codex", "chat_tool.imagegen"];
const MONTHS: [&str; 3] = ["2026-06", "2026-07", "2026-08"];

const PROJECTS: &str = r#"{"projects": [
    {"project_id": "atlas", "pi_email": "pi1@x.edu", "fund_org": "F1", "users": [{"email": "ana@x.edu"}]},
    {"project_id": "bees", "pi_email": "pi1@x.edu", "fund_org": "F1", "users": [{"email": "ben@x.edu"}]},
    {"project_id": "comets", "pi_email": "pi2@x.edu", "fund_org": "F2", "users": [{"email": "cy@x.edu"}]}
]}"#;

fn day(number: u32) -> Day {
    Day::parse("2026-06-01").unwrap().plus_days(number as i32)
}

/// Whose cap a charge of this user counts against.
fn subject(level: &str, user: &str) -> String {
    let (project, pi) = match user {
        "ana@x.edu" => ("atlas", "pi1@x.edu"),
        "ben@x.edu" => ("bees", "pi1@x.edu"),
        _ => ("comets", "pi2@x.edu"),
    };
    match level {
        "project" => project,
        "user" => user,
        "pi" => pi,
        _ => "",
    }
    .to_owned()
}

/// A rule with what the test needs to know of it.
#[derive(Debug, Clone)]
struct Rule {
    json: Value,
    level: &'static str,
    period: Period,
    /// The most that it may pay in a period, in cents.
    most: i64,
    /// What was paid may be more than a cap that is lowered later.
    lowered: bool,
}

const LEVELS: [(&str, &str); 4] =
    [("project", "per_project_cap"), ("user", "per_user_cap"), ("pi", "per_pi_cap"), ("global", "global_pool")];

fn rule() -> impl Strategy<Value = Rule> {
    let changes = (0i64..30_000, 0u32..90, any::<bool>());
    (
        (0usize..4, 0usize..7, 0i64..30_000, 1i64..=100, 0u8..6),
        proptest::option::weighted(0.4, changes),
        proptest::option::weighted(0.3, 0i64..5_000),
        any::<bool>(),
    )
        .prop_map(|((level, period, cap, percent, kind), change, rollover, pro_rata)| {
            let (level, kind_of_cap) = LEVELS[level];
            let start = ["07-01", "01-01", "02-29"][period % 3];
            let (name, period) = match period {
                0..3 => ("fiscal_year", Period::FiscalYear(start.parse().unwrap())),
                3 => ("calendar_year", Period::CalendarYear),
                4 => ("quarter", Period::Quarter),
                5 => ("month", Period::Month),
                _ => ("week", Period::Week),
            };
            let dollars = |cents: i64| -> Value {
                format!("{}.{:02}", cents / 100, cents % 100).parse().map(Value::Number).unwrap()
            };
            let mut json = json!({"fund_org": "SPONSOR", "applies_to_services": ["OpenAI"], "period": name});
            if name == "fiscal_year" {
                json["fiscal_year_start"] = start.into();
            }
            if pro_rata {
                json["distribution"] = "pro_rata".into();
            }
            let (mut most, mut lowered) = (cap, false);
            if kind == 0 {
                json["type"] = "tiered".into();
                json["scope"] = level.into();
                json["tiers"] = json!([
                    {"up_to": dollars(cap + 100), "percent": 100}, {"up_to": dollars(2 * cap + 200), "percent": percent}
                ]);
                most = cap + 100 + (cap + 100) * percent / 100 + 1;
            } else {
                json["type"] = kind_of_cap.into();
                json["cap_amount"] = dollars(cap);
                if kind == 1 {
                    json["percent"] = percent.into();
                }
                if let Some((changed, from, retroactive)) = change {
                    json["caps"] =
                        json!([{"from": day(from).to_string(), "amount": dollars(changed), "retroactive": retroactive}]);
                    (most, lowered) = (cap.max(changed), changed < cap);
                }
                if let Some(rollover) = rollover {
                    json["from"] = "2026-01-01".into();
                    json["rollover"] = dollars(rollover);
                    most += rollover;
                }
            }
            Rule { json, level, period, most, lowered }
        })
}

fn uses() -> impl Strategy<Value = Vec<Use>> {
    let amount = prop_oneof![3 => 1i64..9_000_000, 2 => 1i64..300, 1 => Just(100)];
    proptest::collection::vec(((0u32..92, 0usize..4, 0usize..2), amount, 0u8..5), 1..25).prop_map(|all| {
        let by_place: BTreeMap<_, _> = all.into_iter().map(|(place, amount, fate)| (place, (amount, fate))).collect();
        let mut uses = Vec::new();
        for ((day, user, what), (amount, fate)) in by_place {
            uses.push((day, user, what, amount));
            match fate {
                0 => uses.push((day, user, what, -amount)),
                1 => uses.push(((day + 3).min(91), user, what, -(amount / 2).max(1))),
                _ => (),
            }
        }
        uses
    })
}

fn lines(uses: &[Use]) -> Vec<String> {
    let line = |(at, user, what, amount): &Use| {
        let sign = if *amount < 0 { "-" } else { "" };
        let credits = format!("{sign}{}.{:03}", amount.abs() / 1_000, amount.abs() % 1_000);
        row(&day(*at).to_string(), USERS[*user], WHAT[*what], &credits, "1")
    };
    uses.iter().map(line).collect()
}

fn folder(rules: &[Rule], lines: &[String]) -> tempfile::TempDir {
    let dir = support::books::folder(&[], &[]);
    fs::write(dir.path().join("projects.json"), PROJECTS).unwrap();
    let named = rules.iter().enumerate().map(|(n, rule)| {
        let mut json = rule.json.clone();
        json["name"] = format!("r{n}").into();
        json
    });
    let named: Vec<Value> = named.collect();
    fs::write(dir.path().join("subsidies.json"), json!({"subsidies": named}).to_string()).unwrap();
    report(dir.path(), "report.csv", lines);
    dir
}

/// A row of a file, as far as money goes.
struct Billed {
    day: Day,
    id: String,
    user: String,
    project: String,
    fund: String,
    /// The sponsor's rule; empty on the row of the department.
    rule: String,
    cents: i64,
    list: i64,
}

fn billed(dir: &Path, month: &str) -> Vec<Billed> {
    let cents = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
    let rows = csv_rows(&dir.join(format!("openai-tokens_{month}.csv")));
    rows.iter()
        .map(|row| {
            let tags: Value = serde_json::from_str(&row["Tags"]).unwrap();
            let tag = |key: &str| tags[key].as_str().unwrap().to_owned();
            Billed {
                day: Day::parse(&row["ChargePeriodStart"]).unwrap(),
                id: charge_of(&row["ResourceId"]),
                user: tag("usage_user"),
                project: tag("project_id"),
                fund: tag("fund_org"),
                rule: if sponsor(&row["Tags"]) { tag("subsidy_name") } else { String::new() },
                cents: cents(&row["BilledCost"]),
                list: cents(&row["ListCost"]),
            }
        })
        .collect()
}

/// The part of an id that all rows of a charge share: of
/// `openai:codex:ana@x.edu:2026-06-01:subsidy-r1:2` all but `subsidy-r1`.
fn charge_of(id: &str) -> String {
    let kind = |part: &&str| *part != "usage" && !part.starts_with("subsidy");
    id.split(':').filter(kind).collect::<Vec<_>>().join(":")
}

/// What was written: files and state, without the day it was written on.
fn written(dir: &Path, months: &[String]) -> Vec<String> {
    let read = |name: String| fs::read_to_string(dir.join(name)).unwrap();
    let files = months.iter().map(|month| read(format!("openai-tokens_{month}.csv")));
    files.chain([read("subsidy_state.json".into())]).collect()
}

fn month_of(day: Day) -> String {
    day.to_string()[..7].to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_money_holds_whatever_the_rules_are(
        rules in proptest::collection::vec(rule(), 0..4),
        uses in uses(),
        seed in any::<u64>(),
    ) {
        let dir = folder(&rules, &lines(&uses));
        let months = converted(dir.path());
        let mut drawn: BTreeMap<(usize, String, String), i64> = BTreeMap::new();
        for month in &months {
            let rows = billed(dir.path(), month);
            // In total, half a cent up; thousandths of a credit are 20,000 a dollar.
            let of_month = || uses.iter().filter(|(at, ..)| month_of(day(*at)) == *month);
            let exact: i64 = of_month().map(|(.., amount)| amount).sum();
            let total: i64 = rows.iter().map(|row| row.cents).sum();
            prop_assert_eq!(total, (exact + 100).div_euclid(200), "{}", month);
            // Draws and what is billed are the charge, by charge and by project.
            let mut charges: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
            let mut projects: BTreeMap<&str, (i64, BTreeMap<&str, i64>)> = BTreeMap::new();
            for row in &rows {
                let charge = charges.entry(&row.id).or_default();
                charge.0 += row.cents;
                charge.1 += if row.rule.is_empty() { row.list } else { 0 };
                let project = projects.entry(&row.project).or_default();
                project.0 += row.cents;
                *project.1.entry(&row.fund).or_default() += row.cents;
            }
            for (id, (sum, list)) in charges {
                prop_assert_eq!(sum, list, "{}", id);
            }
            for (id, (sum, funds)) in &projects {
                let own = |user: &usize| match *id {
                    "atlas" => *user == 0,
                    "bees" => *user == 1,
                    "comets" => *user == 2,
                    _ => *user == 3,
                };
                let exact: i64 = of_month().filter(|(_, user, ..)| own(user)).map(|(.., amount)| amount).sum();
                let off = (sum * 200 - exact).abs();
                prop_assert!(off < 200 * funds.len() as i64, "{id}: {sum} cents for {exact} of 1/200");
            }
            let manifest = fs::read(dir.path().join(format!("openai-tokens_{month}.csv.manifest.json"))).unwrap();
            let manifest: Value = serde_json::from_slice(&manifest).unwrap();
            let mut said: BTreeMap<(String, String), i64> = BTreeMap::new();
            for payer in manifest["payers"].as_array().unwrap() {
                for project in payer["projects"].as_array().unwrap() {
                    let text = |value: &Value| value.as_str().unwrap().to_owned();
                    let cents = text(&project["billed"]).replace('.', "").parse().unwrap();
                    said.insert((text(&payer["fund_org"]), text(&project["project_id"])), cents);
                }
            }
            let mut found: BTreeMap<(String, String), i64> = BTreeMap::new();
            for row in &rows {
                *found.entry((row.fund.clone(), row.project.clone())).or_default() += row.cents;
            }
            prop_assert_eq!(said, found);
            for row in rows.iter().filter(|row| !row.rule.is_empty()) {
                prop_assert!(row.project != "unassigned", "nobody's use draws nothing");
                let n: usize = row.rule[1..].parse().unwrap();
                let key = (n, subject(rules[n].level, &row.user), rules[n].period.key(row.day).to_string());
                *drawn.entry(key).or_default() += row.cents;
            }
        }
        // No cap is passed in any period, over all months together.
        let text = fs::read_to_string(dir.path().join("subsidy_state.json")).unwrap();
        let paid = balances(&serde_json::from_str(&text).unwrap());
        for ((n, subject, period), (cents, remaining)) in &paid {
            let rule = &rules[*n];
            prop_assert!((0..=rule.most).contains(cents), "{subject} {period}: {cents} of {rule:?}");
            prop_assert!(*remaining >= 0 || rule.lowered, "{subject} {period}: {text}");
        }
        // A refund counts in the period of its charge, which its row does not say.
        if uses.iter().all(|(.., amount)| *amount > 0) {
            let paid: BTreeMap<_, _> = paid.into_iter().map(|(key, (cents, _))| (key, cents)).filter(|p| p.1 != 0).collect();
            drawn.retain(|_, cents| *cents != 0);
            prop_assert_eq!(paid, drawn);
        }

        // Again, and in another order, and by the review instead.
        let once = written(dir.path(), &months);
        converted(dir.path());
        prop_assert_eq!(&written(dir.path(), &months), &once, "a second run");
        let mut shuffled = lines(&uses);
        let mut random = support::months::Random::new(seed);
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, random.below(at as u64 + 1) as usize);
        }
        let other = folder(&rules, &shuffled);
        converted(other.path());
        prop_assert_eq!(&written(other.path(), &months), &once, "shuffled");
        if uses.iter().all(|(_, user, ..)| *user < 3) {
            let book = folder(&rules, &shuffled);
            reviewed(book.path(), &months);
            prop_assert_eq!(&written(book.path(), &months), &once, "by the review");
            for month in &months {
                ok(book.path(), &["export", "--month", month, "--yes"]);
            }
            prop_assert_eq!(&written(book.path(), &months), &once, "the review's export again");
        }
        prop_assert!(months.iter().all(|month| MONTHS.contains(&month.as_str())));
    }

    /// A charge taken back and made again on its own day leaves every balance
    /// and every fund where it was. Both charges come before the refund: where
    /// several share a cap, that day may cut another's charge, and the refund
    /// gives as much back to its own fund; then only all of them together are
    /// where they were.
    #[test]
    fn a_refund_and_the_charge_again_leave_every_balance_where_it_was(
        rule in rule(),
        uses in uses(),
        which in any::<prop::sample::Index>(),
    ) {
        let mut rule = rule;
        // Its shares end at eighteen decimals, so a tie of half cents may turn.
        rule.json.as_object_mut().unwrap().remove("distribution");
        let charges: Vec<Use> = uses.iter().copied().filter(|(.., amount)| *amount > 0).collect();
        let (day, user, what, amount) = charges[which.index(charges.len())];
        let again = [charges.clone(), vec![(day, user, what, -amount), (day, user, what, amount)]].concat();
        let sums = [charges, again].map(|uses| {
            let dir = folder(std::slice::from_ref(&rule), &lines(&uses));
            let months = converted(dir.path());
            let mut funds: BTreeMap<(String, String, String), i64> = BTreeMap::new();
            for row in months.iter().flat_map(|month| billed(dir.path(), month).into_iter()) {
                let place = match rule.level {
                    "project" | "user" => (row.fund, row.project),
                    _ if row.rule.is_empty() => ("departments".into(), String::new()),
                    _ => ("sponsor".into(), String::new()),
                };
                *funds.entry((month_of(row.day), place.0, place.1)).or_default() += row.cents;
            }
            (funds, written(dir.path(), &[]))
        });
        prop_assert_eq!(&sums[0], &sums[1]);
    }
}

/// What a state says was paid and remains, in cents, by rule, subject and
/// period.
fn balances(state: &Value) -> BTreeMap<(usize, String, String), (i64, i64)> {
    let mut all = BTreeMap::new();
    let mut add = |subject: &str, periods: &Value| {
        for (period, rules) in periods.as_object().unwrap() {
            for (rule, balance) in rules.as_object().unwrap() {
                let cents = |key: &str| balance[key].to_string().replace('.', "").parse::<i64>().unwrap();
                let key = (rule[1..].parse().unwrap(), subject.to_owned(), period.clone());
                all.insert(key, (cents("subsidized"), cents("remaining")));
            }
        }
    };
    for level in ["projects", "users", "pis"] {
        for (subject, periods) in state[level].as_object().into_iter().flatten() {
            add(subject, periods);
        }
    }
    if state["global"].is_object() {
        add("", &state["global"]);
    }
    all
}
