//! A ledger in a real Postgres whose rows the server adds up, held against the
//! same ledger read row by row: nothing of the comparison may differ. See
//! `support/server.rs` for the server.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use support::server::{Base, TOKEN_USAGE, trueup};
use support::session::{input, loaded, options};
use trueup::desk::{ApplyOptions, Command, Desk, Session, SessionOptions};
use trueup::journal::{Decision, Verdict};
use trueup::reconcile::{self, Cause, Outcome};
use trueup::usage::Side;

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// Nearly always the first.
    fn odd<'a>(&mut self, usual: &'a str, odd: &[&'a str]) -> &'a str {
        if self.below(12) == 0 { self.of(odd) } else { usual }
    }
}

/// What the two readings must agree in.
#[derive(Debug, PartialEq)]
struct Found {
    /// By key: identity and content.
    items: BTreeMap<String, String>,
    /// What stands aside: its reason, with its money.
    aside: BTreeMap<String, String>,
    all: String,
    bad_rows: Vec<String>,
}

fn found(desk: &Desk) -> Found {
    let (sides, items, summary) = desk.comparison();
    let (mut of_items, mut aside) = (BTreeMap::new(), BTreeMap::<String, (u32, i128, i64)>::new());
    for item in 0..desk.items() {
        let row = desk.row(item);
        if row.cells.outcome == Outcome::NotApplicable && items.bill_rows(item).len() == 0 {
            let reason = reconcile::not_applicable_reason(&sides, items, item).unwrap().to_owned();
            for line in items.ledger_rows(item) {
                let sums = aside.entry(reason.clone()).or_default();
                sums.0 += sides.ledger.entries(line);
                sums.1 += sides.ledger.amount(line).map_or(0, |amount| amount.units());
                sums.2 += sides.ledger.total(line).unwrap_or(0);
            }
            continue;
        }
        let key = reconcile::key(&sides, items, item);
        let detail = desk.detail(item);
        let parts: Vec<String> =
            detail.variance.iter().map(|part| format!("{:?} {}", part.cause, part.amount)).collect();
        let fields: Vec<String> = detail
            .fields
            .iter()
            // The first names of many are of the first lines, which are others.
            .filter(|field| field.bill.bytes().chain(field.ledger.bytes()).all(|b| !b.is_ascii_alphabetic()))
            .filter(|field| field.label != "time")
            .map(|field| format!("{}={}/{}", field.label, field.bill, field.ledger))
            .collect();
        let says = format!(
            "{:?} {:?} {:?} {:?} {:?} {parts:?} {} {fields:?}",
            row.cells.outcome,
            row.cells.cause,
            row.cells.billed,
            row.cells.recorded,
            row.cells.difference,
            row.cells.project,
        );
        assert_eq!(of_items.insert(format!("{} {}", key.identity, key.content), says), None);
    }
    let drift: Vec<String> = desk.drift().iter().map(|drift| format!("{drift:?}")).collect();
    let mut all = format!("{:?} {drift:?}", desk.tie_out());
    let grains: Vec<String> = desk.grain().iter().map(|grain| format!("{} {}", grain.name, grain.why)).collect();
    write!(all, " {:?} {:?} {}", summary.ledger_entries, summary.ledger_total, summary.variance_total).unwrap();
    write!(all, " {:?} {grains:?}", summary.causes).unwrap();
    let bad = |bad: &trueup::read::BadRow| format!("{} {} {} {}", bad.key, bad.column, bad.reason, bad.raw);
    let mut bad_rows: Vec<String> = desk.inputs().ledger.bad_rows.iter().map(bad).collect();
    bad_rows.sort();
    let aside = aside.into_iter().map(|(reason, sums)| (reason, format!("{sums:?}"))).collect();
    Found { items: of_items, aside, all, bad_rows }
}

struct Month {
    dir: tempfile::TempDir,
    url: String,
}

impl Month {
    fn new(url: &str, bill: &str, config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("bill.csv"), bill).unwrap();
        std::fs::write(dir.path().join("config.toml"), config).unwrap();
        let projects = r#"{"projects": [
            {"project_id": "p1", "pi_email": "a@x", "fund_org": "F1", "users": [{"email": "u1@x"}]},
            {"project_id": "p2", "pi_email": "b@x", "fund_org": "F2", "users": [{"email": "u2@x"}]}]}"#;
        std::fs::write(dir.path().join("projects.json"), projects).unwrap();
        Self { dir, url: url.to_owned() }
    }

    fn session(&self, rows: bool, read_only: bool) -> (Session, Desk) {
        let inputs = vec![input(self.dir.path().join("bill.csv"), Side::Bill), input(&self.url, Side::Ledger)];
        let options = SessionOptions { read_only, ..options(self.dir.path(), inputs, None) };
        loaded(Session::open(options).unwrap().row_by_row(rows))
    }

    /// Both readings give the same; what the bundled one has of bundles and
    /// rows.
    fn agrees(&self, what: &str) -> (usize, usize) {
        let (rows, bundled) = (self.session(true, true).1, self.session(false, true).1);
        assert!(!rows.inputs().ledger.lines.has_bundles());
        let (left, right) = (found(&rows), found(&bundled));
        for (key, says) in &left.items {
            assert_eq!(right.items.get(key), Some(says), "{what}: {key}");
        }
        assert_eq!(left, right, "{what}");
        let lines = &bundled.inputs().ledger.lines;
        let bundles = (0..lines.len() as u32).filter(|row| lines.bundle(*row).is_some()).count();
        (bundles, lines.len() - bundles)
    }
}

const COSTS: &str = "start_time,end_time,amount_value,amount_currency,quantity,quantity_unit,line_item,user_id,api_key_id,project_id,organization_id";

/// Costs of the first days of January 2026, by model and, where asked for, by
/// user and project.
fn costs(dice: &mut Dice, who: bool) -> String {
    let mut text = format!("{COSTS}\n");
    for day in 0..6 {
        let start = 1_767_225_600 + day * 86_400;
        for model in ["gpt-4o-2024-08-06", "gpt-4o-mini", "gpt-5"] {
            for (user, project) in [("u1@x", "proj_1"), ("u2@x", "proj_2")] {
                if dice.below(5) == 0 {
                    continue;
                }
                let (user, project) = if who { (user, project) } else { ("", "") };
                for class in ["input", "output"] {
                    let tokens = dice.below(4_000);
                    let cents = dice.below(30_000);
                    let end = start + 86_400;
                    writeln!(
                        text,
                        "{start},{end},{}.{:04},usd,{tokens},tokens,\"{model}, {class}\",{user},,{project},org",
                        cents / 10_000,
                        cents % 10_000
                    )
                    .unwrap();
                }
            }
        }
    }
    text
}

fn moment(dice: &mut Dice) -> String {
    let (day, hour) = (dice.below(8), dice.below(24));
    let (minute, second) = (dice.below(60), dice.below(60));
    let day = if day == 0 { "2025-12-31".to_owned() } else { format!("2026-01-{day:02}") };
    format!("{day} {hour:02}:{minute:02}:{second:02}.{:06}", dice.below(1_000_000))
}

/// Rows of every kind a ledger may have, and of some that it should not.
fn token_usage(dice: &mut Dice, rows: u64) -> String {
    let mut sql = String::from(
        "CREATE TABLE token_usage (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id text, action_type text,
            model_used text, tokens_used int, input_tokens int, output_tokens int, success bool,
            created_at timestamptz, calculated_cost_cents numeric, openai_request_id text, openai_created bigint,
            reconciliation_status text);
         INSERT INTO token_usage (user_id, action_type, model_used, tokens_used, input_tokens, output_tokens, success,
            created_at, calculated_cost_cents, openai_request_id, openai_created, reconciliation_status) VALUES\n",
    );
    for row in 0..rows {
        let text = |text: &str| if text == "NULL" { text.to_owned() } else { format!("'{text}'") };
        let (input, output) = (dice.below(3_000), dice.below(900));
        let sum = (input + output).to_string();
        let (input, output) = (input.to_string(), output.to_string());
        // About as many without a user as a ledger may have that is compared by it.
        let user = match dice.below(20) {
            0 => "NULL".into(),
            _ => text(dice.of(&["u1@x", "U1@x", "u2@x", "nobody"])),
        };
        let action = text(dice.odd("chat", &["admin_grant", "image", "NULL"]));
        let model =
            text(dice.of(&["gpt-4o", "gpt-4o ", "gpt-4o-mini", "gpt-5-2025-08-07", "GPT-5", "own, \"one\"", "NULL"]));
        let total = dice.odd(&sum, &["0", "NULL", "77", "-5"]).to_owned();
        let input = dice.odd(&input, &["0", "NULL"]).to_owned();
        let output = dice.odd(&output, &["0", "NULL", "-1"]).to_owned();
        let success = dice.odd("true", &["false", "NULL"]);
        let at = moment(dice);
        let at = if dice.below(100) == 0 { "NULL".into() } else { format!("'{at}+00'") };
        let cents = format!("{}.{:04}", dice.below(4), dice.below(10_000));
        let cents =
            dice.odd(&cents, &["NULL", "0", "0.00001234", "0.12345678901234567", "-1.5", "100", "'NaN'"]).to_owned();
        let own = format!("req-{row}");
        let id =
            text(dice.odd(
                &own,
                &["req-7", " req-8", "req-8 ", "", "NULL", &format!("\u{a0}req-{}\u{2003}", row - row.min(1))],
            ));
        let call = (1_767_225_600 + dice.below(600_000)).to_string();
        let call = dice.odd("NULL", &[&call, "7"]).to_owned();
        let status = text(dice.odd("pending", &["not_applicable", "Not_Applicable", "matched", "NULL"]));
        writeln!(
            sql,
            "({user}, {action}, {model}, {total}, {input}, {output}, {success}, {at}, {cents}, {id}, {call}, {status}){}",
            if row + 1 == rows { ";" } else { "," }
        )
        .unwrap();
    }
    sql
}

const CONFIGS: [&str; 4] =
    ["", "[grain]\nfinest = \"model\"\n", "[grain]\nfinest = \"day\"\n", "[grain]\nfinest = \"total\"\n"];

#[test]
fn bundles_of_any_rows_compare_as_the_rows_do() {
    for seed in 0..6 {
        let mut dice = Dice(seed);
        let sql = token_usage(&mut dice, 1_500);
        let Some(base) = Base::new(&format!("bundles{seed}"), &sql) else { return };
        for who in [false, true] {
            let bill = costs(&mut dice, who);
            for config in CONFIGS {
                let month = Month::new(&base.at(""), &bill, config);
                let (bundles, rows) = month.agrees(&format!("seed {seed}, who {who}, {config}"));
                assert!(bundles > 0 && rows > 0, "{bundles} bundles and {rows} rows");
            }
        }
    }
}

/// Floats, and what LiteLLM keeps in its JSON.
fn spend_logs(dice: &mut Dice, rows: u64) -> String {
    let mut sql = String::from(
        r#"CREATE TABLE "LiteLLM_SpendLogs" (request_id text PRIMARY KEY, call_type text, api_key text,
            spend double precision, total_tokens int, prompt_tokens int, completion_tokens int, "startTime" timestamp,
            model text, model_group text, custom_llm_provider text, "user" text, end_user text, metadata jsonb,
            cache_hit text, team_id text, organization_id text, status text);
        INSERT INTO "LiteLLM_SpendLogs" VALUES"#,
    );
    for row in 0..rows {
        let suffix = dice.odd("", &["_cache_hit17.5", "_batch_cost", "_background_cost", "_cache_hitx"]);
        let id = format!("chatcmpl-{}{suffix}", if suffix.is_empty() { row } else { row - row.min(3) });
        let spend = format!("{}e-{}", dice.below(1_000_000_000_000_000_000), dice.below(6) + 17);
        let spend = dice.odd(&spend, &["0", "'NaN'", "'Infinity'", "NULL", "1e-300", "-0.1"]).to_owned();
        let (input, output) = (dice.below(3_000), dice.below(900));
        let cached = dice.below(input + 1).to_string();
        let cached = dice.odd(&cached, &["null", "99999", "\"12\"", "1.5", "{}"]).to_owned();
        let usage = format!(r#""additional_usage_values": {{"prompt_tokens_details": {{"cached_tokens": {cached}}}}}"#);
        let usage =
            dice.odd(&usage, &[r#""additional_usage_values": null"#, r#""additional_usage_values": []"#, r#""x": 1"#]);
        let who = dice.of(&[
            r#""user_api_key_user_email": "U1@x", "user_api_key_project_alias": "proj_1""#,
            r#""user_api_key_user_email": " ", "user_api_key_project_id": "proj_2""#,
            r#""user_api_key_user_email": 5, "user_api_key_team_alias": "it''s"#,
        ]);
        let who = if who.ends_with("it''s") { format!("{who}\"") } else { who.to_owned() };
        let metadata = format!("{{{who}, {usage}}}");
        let metadata = dice.odd(&metadata, &["{}", "[]", "null"]).to_owned();
        let model = dice.of(&["gpt-4o", "gpt-4o-mini", "gpt-5", ""]);
        let group = dice.of(&["gpt-5", "mine"]);
        let provider = dice.odd("openai", &["anthropic", "", "Azure"]);
        let user = dice.of(&["u2@x", "", " "]);
        let end_user = format!("end-{}", dice.below(3));
        let hit = dice.odd("False", &["True", "", "None"]);
        let status = dice.odd("success", &["failure", ""]);
        let at = moment(dice);
        writeln!(
            sql,
            "('{id}', 'acompletion', 'k{}', {spend}, {}, {input}, {output}, '{at}', '{model}', '{group}', '{provider}',
             '{user}', '{end_user}', '{metadata}', '{hit}', 'team', 'org', '{status}'),",
            dice.below(2),
            input + output + u64::from(dice.below(9) == 0),
        )
        .unwrap();
    }
    sql.truncate(sql.trim_end().len() - 1);
    sql + " ON CONFLICT DO NOTHING;"
}

#[test]
fn floats_are_added_up_by_their_text_and_the_json_is_understood_alike() {
    for seed in 0..4 {
        let mut dice = Dice(100 + seed);
        let sql = spend_logs(&mut dice, 1_500);
        let Some(base) = Base::new(&format!("spend{seed}"), &sql) else { return };
        for who in [false, true] {
            let month = Month::new(&base.at(""), &costs(&mut dice, who), "");
            let (bundles, rows) = month.agrees(&format!("seed {seed}, who {who}"));
            assert!(bundles > 0 && rows > 0, "{bundles} bundles and {rows} rows");
        }
    }
}

/// A table that leaves much to the price book.
fn calls(dice: &mut Dice, rows: u64) -> String {
    let mut sql = String::from(
        "CREATE TABLE calls (n int, ts int, engine text, who varchar(20), fresh numeric, cached int, made bigint,
            both_ numeric, units numeric, price real, kind text, ref uuid DEFAULT gen_random_uuid());
         INSERT INTO calls VALUES ",
    );
    for row in 0..rows {
        let mut number = |most: u64| if dice.below(3) == 0 { "NULL".to_owned() } else { dice.below(most).to_string() };
        let [fresh, cached, made, both] = [90, 60, 9, 100].map(&mut number);
        let units = number(2);
        let price = if dice.below(4) == 0 { format!("{}::real / 10", dice.below(77)) } else { "NULL".into() };
        let fresh = dice.odd(&fresh, &["0.5", "7.0"]).to_owned();
        writeln!(
            sql,
            "({row}, {}, '{}', '{}', {fresh}, {cached}, {made}, {both}, {units}, {price}, '{}'),",
            1_767_225_600 + dice.below(500_000),
            dice.of(&["gpt-4o", "gpt-5"]),
            dice.of(&["u1@x", "u2@x"]),
            dice.odd("ok", &["failed"]),
        )
        .unwrap();
    }
    sql.truncate(sql.trim_end().len() - 1);
    sql
}

#[test]
fn a_table_of_their_own_is_added_up_through_its_map_and_priced_alike() {
    for (seed, rows) in [(0, 120), (1, 400), (2, 1_500)] {
        let mut dice = Dice(200 + seed);
        let Some(base) = Base::new(&format!("bundlesmap{seed}"), &calls(&mut dice, rows)) else { return };
        let map = "[columns.own]\ntime = \"ts\"\nmodel = \"engine\"\nuser = \"who\"\ninput = \"fresh\"\n\
                   cached = \"cached\"\noutput = \"made\"\ntotal = \"both_\"\nquantity = \"units\"\ncost = \"price\"\n\
                   id = \"ref\"\nkey = \"n\"\nstatus = \"kind\"\n";
        let month = Month::new(&base.at(""), &costs(&mut dice, true), map);
        let (bundles, rows) = month.agrees(&format!("mapped, seed {seed}"));
        assert!(bundles > 0 && rows > 0, "{bundles} bundles and {rows} rows");
    }
}

#[test]
fn the_ledgers_own_rounding_is_that_of_its_rows() {
    // A thousand requests of a token, each rounded up by half a unit; and ten
    // whose sum has fewer decimals than each of them.
    let sql = "CREATE TABLE calls (ts timestamptz, engine text, fresh int, made int, price numeric);
        INSERT INTO calls SELECT '2026-01-01T10:00:00Z', 'gpt-4o', 1, 0, 0.000003 FROM generate_series(1, 1000);
        INSERT INTO calls SELECT '2026-01-02T10:00:00Z', 'own', 1, 0, 0.00000003 FROM generate_series(1, 10);";
    let Some(base) = Base::new("bundlesround", sql) else { return };
    let map =
        "[columns.own]\ntime = \"ts\"\nmodel = \"engine\"\ninput = \"fresh\"\noutput = \"made\"\ncost = \"price\"\n";
    let line = |day: u32, model: &str, tokens: u32, amount: &str| {
        let start = 1_767_225_600 + day * 86_400;
        format!("{start},{},{amount},usd,{tokens},tokens,\"{model}, input\",,,,org\n", start + 86_400)
    };
    let bill = format!("{COSTS}\n{}{}", line(0, "gpt-4o", 1_000, "0.0025"), line(1, "own", 10, "0.0000004"));
    let month = Month::new(&base.at(""), &bill, map);
    assert_eq!(month.agrees("rounding"), (2, 0));
    let (_, desk) = month.session(false, true);
    let causes: Vec<_> = (0..desk.items()).map(|item| desk.row(item).cells.cause).collect();
    assert_eq!(causes, [Cause::Rounding, Cause::Unexplained]);
}

/// Three requests a day for two days, and one of December that failed.
const FEW: &str = "INSERT INTO token_usage (id, user_id, action_type, model_used, tokens_used, success, created_at,
        calculated_cost_cents, openai_request_id)
    SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, '11111111-0000-4000-8000-000000000000', 'chat', 'gpt-5',
        15, n < 7, '2026-01-01T10:00:00Z'::timestamptz + interval '8 hour' * n, 100, 'r' || n FROM generate_series(1, 7) n;";

fn few_costs() -> String {
    let line = |day: u32, amount: &str| {
        let start = 1_767_225_600 + day * 86_400;
        format!("{start},{},{amount},usd,,,\"gpt-5, input\",,,,org\n", start + 86_400)
    };
    format!("{COSTS}\n{}{}", line(0, "1"), line(1, "9"))
}

fn decide(session: &Session, desk: &mut Desk, verdict: Verdict) {
    let items = (0..desk.items()).filter(|item| desk.is_open(*item)).collect();
    let decision = Decision { verdict, reason: String::new(), note: String::new() };
    let change = desk.plan(&Command::Decide { items, decision }).unwrap();
    let entries = session.writer().commit(desk, &change).unwrap();
    desk.apply(&change, entries);
}

#[test]
fn a_decision_on_bundles_holds_for_the_rows_and_is_written_to_each() {
    let Some(base) = Base::new("bundlesapply", &format!("{TOKEN_USAGE}{FEW}")) else { return };
    let month = Month::new(&base.at(""), &few_costs(), "");
    let (session, mut desk) = month.session(false, false);
    assert!(desk.inputs().ledger.lines.has_bundles());
    assert!(desk.notices().iter().any(|notice| notice.contains("the server added 7 ledger rows up to 4 bundles")));
    let lines = &desk.inputs().ledger.lines;
    let of_failed = (0..lines.len() as u32).find(|row| lines.not_applicable(*row).is_some()).unwrap();
    assert_eq!(
        lines.origin_text(of_failed),
        "public.token_usage 2026-01-03, gpt-5, 11111111-0000-4000-8000-000000000000, chat (1 row)"
    );
    let raw = session.raw_rows().of(&desk, 0);
    assert!(raw.iter().any(|(_, text)| text.contains("open the month with --rows")), "{raw:?}");
    decide(&session, &mut desk, Verdict::Defer);
    assert_eq!((0..desk.items()).filter(|item| desk.is_open(*item)).count(), 0);
    let error = session.plan_apply(&desk, &ApplyOptions::default()).err().unwrap();
    assert!(error.contains("open the month with --rows to write verdicts back"), "{error}");
    drop(session);

    let (session, desk) = month.session(true, false);
    assert_eq!(desk.inputs().ledger.lines.len(), 7);
    assert_eq!((0..desk.items()).filter(|item| desk.is_open(*item)).count(), 0, "decided is decided");
    drop(session);

    let out = trueup(month.dir.path(), &["apply", "--yes"], &[("PGPASSWORD", base.url.password())]);
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(0), "{text}");
    let states = base.texts(
        "SELECT openai_request_id || ' ' || reconciliation_status || coalesce(actual_cost_cents::text, '') FROM token_usage ORDER BY 1",
    );
    assert_eq!(states[..2], ["r1 matched", "r2 discrepancy"], "{text}");
    assert_eq!(states[6], "r7 not_applicable");
}

#[test]
fn rows_are_read_one_by_one_where_asked_for_or_needed_and_it_is_said_why() {
    let sql = format!("{TOKEN_USAGE}{FEW} UPDATE token_usage SET metadata = '{{\"team\": \"red\"}}';");
    let Some(base) = Base::new("onebyone", &sql) else { return };
    let run = |bill: &str, more: &[&str], query: &str| {
        let month = Month::new(&base.at(query), bill, "");
        let args = [&["reconcile", "--bill", "bill.csv", "--ledger", &month.url][..], more].concat();
        let out = trueup(month.dir.path(), &args, &[]);
        format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
    };
    let bundled = "the server added 7 ledger rows up to 4 bundles";
    let text = run(&few_costs(), &[], "");
    assert!(text.contains(bundled), "{text}");
    assert!(!run(&few_costs(), &["--rows"], "").contains("bundles"));
    // So does what looks at each row: a margin taken out of it, and what is kept of it.
    let month = Month::new(&base.at(""), &few_costs(), "margin_included = 25\n");
    assert!(!month.session(false, true).1.inputs().ledger.lines.has_bundles());
    let month = Month::new(&base.at(""), &few_costs(), "");
    let said = |by: &str| {
        let args = ["summary", "--by", by, "--bill", "bill.csv", "--ledger", &month.url, "--format", "csv"];
        String::from_utf8(trueup(month.dir.path(), &args, &[]).stdout).unwrap()
    };
    assert!(said("model").contains("gpt-5") && said("meta.team").contains("red"), "{}", said("meta.team"));
    // A bill of requests meets each row by its id.
    let requests = "request_id,timestamp,model,total_tokens,cost\nr1,2026-01-01T18:00:00Z,gpt-5,15,1\n";
    assert!(!run(requests, &[], "").contains("bundles"));
    base.run(
        "CREATE VIEW texts AS SELECT id, model_used, tokens_used::text AS tokens_used, created_at, calculated_cost_cents FROM token_usage;
        CREATE VIEW times AS SELECT id, model_used, tokens_used, created_at::text AS created_at, calculated_cost_cents FROM token_usage;");
    let text = run(&few_costs(), &[], "table=texts");
    let why = "public.texts has the column tokens_used, which should count tokens and is no whole number. Its rows were read one by one";
    assert!(text.contains(why), "{text}");
    let text = run(&few_costs(), &[], "table=times");
    assert!(text.contains("public.times has the column created_at, whose type is none of times"), "{text}");
}
