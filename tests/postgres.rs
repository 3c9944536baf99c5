//! Ledgers in a real Postgres. Looks for the server in `TRUEUP_TEST_POSTGRES`,
//! a URL as `.ci/postgres` prints it, with an authority for its certificate;
//! without it every test says that it was skipped.

mod support;

use std::path::Path;

use postgres::{Client, NoTls};
use support::server::{Base, TOKEN_USAGE, trueup};
use trueup::calendar::Month;
use trueup::read::{ColumnMap, Content, Quiet, SideRead};
use trueup::source::{Location, Wanted, read_table};
use trueup::usage::{Names, NotApplicable, Side};

trait Read {
    fn read(&self, query: &str) -> Result<(SideRead, Names), String>;
}

impl Read for Base {
    fn read(&self, query: &str) -> Result<(SideRead, Names), String> {
        read(&self.at(query), None, &[])
    }
}

fn read(url: &str, month: Option<&str>, maps: &[ColumnMap]) -> Result<(SideRead, Names), String> {
    let location = Location::parse(Path::new(url)).map_err(|error| error.to_string())?;
    let month = month.map(|month| month.parse::<Month>().unwrap());
    let wanted = Wanted { side: Side::Ledger, format: None, maps, month, keep: &[], bundled: false };
    let mut names = Names::default();
    let read = read_table(&location, &wanted, &mut names, &Quiet).map_err(|error| error.to_string())?;
    Ok((read, names))
}

fn error_of(url: &str) -> String {
    let error = read(url, None, &[]).map(|_| ()).unwrap_err();
    assert!(!error.contains("secret"), "{error}");
    error
}

#[test]
fn a_table_reads_as_its_csv_does() {
    let Some(base) = Base::new("usage", TOKEN_USAGE) else { return };
    base.run(
        "INSERT INTO token_usage (id, user_id, action_type, model_used, tokens_used, input_tokens, output_tokens,
            success, metadata, created_at, calculated_cost_cents, openai_request_id, openai_created) VALUES
         ('3F0C0000-0000-4000-8000-000000000002', NULL, 'admin_deduct', NULL, -50000, 0, 0, true, NULL,
            '2025-12-02 10:00:00+02', NULL, NULL, NULL),
         ('3f0c0000-0000-4000-8000-000000000001', '7a000000-0000-4000-8000-000000000001', 'chat', 'gpt, \"4o\"', 225, 150,
            75, true, '{\"a\": 1}', '2025-12-01T10:30:46.120Z', 0.0068, 'chatcmpl-abc', 1764585045),
         ('3f0c0000-0000-4000-8000-000000000003', NULL, 'chat', 'gpt-4o', 5, 0, 0, false, NULL, '2025-12-02 08:00:00Z',
            99999999.9999, NULL, NULL);",
    );
    let (side, names) = base.read("").unwrap();
    let csv = "id,user_id,action_type,model_used,tokens_used,input_tokens,output_tokens,success,created_at,calculated_cost_cents,openai_request_id,openai_created\n\
               3f0c0000-0000-4000-8000-000000000001,7a000000-0000-4000-8000-000000000001,chat,\"gpt, \"\"4o\"\"\",225,150,75,t,2025-12-01T10:30:46.120Z,0.0068,chatcmpl-abc,1764585045\n\
               3f0c0000-0000-4000-8000-000000000002,,admin_deduct,,-50000,0,0,t,2025-12-02 08:00:00,,,\n\
               3f0c0000-0000-4000-8000-000000000003,,chat,gpt-4o,5,0,0,f,2025-12-02 08:00:00,99999999.9999,,\n";
    let input = trueup::read::Input {
        path: "l.csv".into(),
        side: Side::Ledger,
        format: None,
        append: false,
        added: 0,
        bytes: 0,
        hash: false,
        content: Content::in_turn(std::io::Cursor::new(csv.as_bytes().to_vec())),
    };
    let mut csv_names = Names::default();
    let from_csv = trueup::read::read(vec![input], &mut csv_names, &Quiet).unwrap();
    assert_eq!((&side.bad_rows, side.lines.len()), (&vec![], 3));
    for row in 0..3 {
        assert_eq!(side.lines.content(&names, row), from_csv.lines.content(&csv_names, row), "row {row}");
        assert_eq!(side.lines.row_key(row), from_csv.lines.row_key(row));
        assert_eq!(side.lines.not_applicable(row), from_csv.lines.not_applicable(row));
    }
    assert_eq!(side.lines.origin_text(0), "public.token_usage 3f0c0000-0000-4000-8000-000000000001");
    // What was read has the same digest as long as the rows are the same.
    let again = base.read("").unwrap().0;
    assert_eq!(again.lines.files()[0].sha256, side.lines.files()[0].sha256);
    base.run("UPDATE token_usage SET calculated_cost_cents = 0.0069 WHERE openai_created IS NOT NULL");
    assert_ne!(base.read("").unwrap().0.lines.files()[0].sha256, side.lines.files()[0].sha256);
}

#[test]
fn spend_logs_are_found_by_their_columns_and_floats_keep_their_text() {
    let sql = r#"
        CREATE TABLE "LiteLLM_SpendLogs" (request_id text PRIMARY KEY, call_type text, api_key text,
            spend double precision, total_tokens int, prompt_tokens int, completion_tokens int,
            "startTime" timestamp, "endTime" timestamp, model text, custom_llm_provider text, "user" text,
            metadata jsonb, cache_hit text, team_id text, status text);
        INSERT INTO "LiteLLM_SpendLogs" VALUES
            ('chatcmpl-A', 'acompletion', 'k', 0.1::float8 + 0.2::float8, 69, 30, 39, '2026-06-14 09:00:01.12', NULL,
             'gpt-4o', 'openai', 'u', '{"additional_usage_values": {"prompt_tokens_details": {"cached_tokens": 4}}}',
             'False', 't', 'success'),
            ('chatcmpl-A_cache_hit1.5', 'acompletion', 'k', 0, 69, 30, 39, '2026-06-14 09:00:02', NULL, 'gpt-4o',
             'openai', 'u', '{}', 'True', 't', 'success');
        CREATE TABLE users (id int PRIMARY KEY, email text);"#;
    let Some(base) = Base::new("litellm", sql) else { return };
    for query in ["", "table=LiteLLM_SpendLogs", "table=public.%22LiteLLM_SpendLogs%22", "table=litellm_spendlogs"] {
        let (side, _) = base.read(query).unwrap();
        assert_eq!((side.lines.len(), side.lines.files()[0].format), (2, "litellm"), "{query}");
        assert_eq!(side.lines.amount(0).unwrap().to_string(), "0.30000000000000004");
        assert_eq!((side.lines.cached(0), side.lines.not_applicable(1)), (Some(4), Some(NotApplicable::CacheHit)));
        assert_eq!(side.lines.at(0).unwrap().to_string(), "2026-06-14T09:00:01.12Z");
    }
}

#[test]
fn only_rows_of_the_month_and_a_day_around_it_travel() {
    let Some(base) = Base::new("months", TOKEN_USAGE) else { return };
    base.run(
        "SET TIME ZONE 'America/New_York';
         INSERT INTO token_usage (id, model_used, tokens_used, created_at)
         SELECT gen_random_uuid(), at::text, 1, at FROM unnest(ARRAY['2025-12-30T23:59:59Z', '2025-12-31T00:00:00Z',
            '2026-01-15Z', '2026-02-01T23:59:59.9Z', '2026-02-02T00:00:00Z']::timestamptz[]) at;",
    );
    let times = |query: &str| -> Vec<String> {
        let (side, _) = read(&base.at(query), Some("2026-01"), &[]).unwrap();
        (0..side.lines.len() as u32).map(|row| side.lines.at(row).unwrap().to_string()).collect()
    };
    let expect = ["2025-12-31T00:00:00Z", "2026-01-15T00:00:00Z", "2026-02-01T23:59:59.9Z"];
    assert_eq!(times(""), expect);
    // Whatever type a ledger keeps its times in.
    for (name, kind, value) in [
        ("plain", "timestamp", "created_at AT TIME ZONE 'UTC'"),
        ("texts", "text", "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"),
        ("seconds", "numeric", "extract(epoch FROM created_at)"),
    ] {
        base.run(&format!(
            "CREATE TABLE {name} AS SELECT ({value})::{kind} AS created_at, model_used, tokens_used,
                calculated_cost_cents FROM token_usage"
        ));
        assert_eq!(times(&format!("table={name}")), expect, "{name}");
    }
    base.run("INSERT INTO plain VALUES (NULL, 'm', 1, NULL)");
    let (side, _) = read(&base.at("table=plain"), Some("2026-01"), &[]).unwrap();
    assert_eq!(side.bad_rows.len(), 1, "a row without a time is never dropped unseen");
}

#[test]
fn many_rows_come_through_the_cursor_in_the_order_of_time_and_key() {
    let Some(base) = Base::new("many", TOKEN_USAGE) else { return };
    base.run(
        "INSERT INTO token_usage (id, model_used, tokens_used, calculated_cost_cents, created_at)
         SELECT lpad(to_hex(n), 32, '0')::uuid, 'gpt-4o', n, 0.0001 * n,
            '2026-01-05T00:00:00Z'::timestamptz + interval '1 second' * (n % 1000)
         FROM generate_series(1, 25003) n;",
    );
    let (side, _) = base.read("").unwrap();
    assert_eq!((side.lines.len(), side.bad_rows.len()), (25_003, 0));
    let units: i128 = (0..25_003).map(|row| side.lines.amount(row).unwrap().units()).sum();
    // In dollars: 0.000001 times 1 + 2 + ... + 25003.
    assert_eq!(units, 25_003 * 25_004 / 2 * 1_000_000_000_000);
    let order: Vec<_> = (0..25_003).map(|row| (side.lines.at(row), side.lines.row_key(row))).collect();
    assert!(order.is_sorted());
}

#[test]
fn several_tables_are_listed_and_a_schema_tells_them_apart() {
    let other = TOKEN_USAGE.replace("TABLE token_usage", "TABLE old.token_usage");
    let Some(base) = Base::new("several", &format!("CREATE SCHEMA old; {TOKEN_USAGE} {other}")) else { return };
    let error = base.read("").map(|_| ()).unwrap_err();
    assert!(error.contains("old.token_usage (token-usage), public.token_usage (token-usage). Say which"), "{error}");
    base.run("INSERT INTO old.token_usage (id, created_at) VALUES (gen_random_uuid(), now())");
    assert_eq!(base.read("table=token_usage").unwrap().0.lines.len(), 0);
    assert_eq!(base.read("table=old.token_usage").unwrap().0.lines.len(), 1);
    let error = base.read("table=none").map(|_| ()).unwrap_err();
    assert!(error.contains("there is no table “none”; there are old.token_usage, public.token_usage"), "{error}");
}

#[test]
fn a_partitioned_table_is_one_table_and_a_view_is_read_too() {
    let sql = format!(
        "{} PARTITION BY RANGE (created_at); CREATE TABLE p1 PARTITION OF token_usage DEFAULT;
         INSERT INTO token_usage (id, created_at) VALUES (gen_random_uuid(), now());",
        TOKEN_USAGE.replace("id uuid PRIMARY KEY", "id uuid").trim().trim_end_matches(';')
    );
    let Some(base) = Base::new("parts", &sql) else { return };
    let (side, _) = base.read("").unwrap();
    assert_eq!((side.lines.len(), side.lines.origin_text(0).starts_with("public.token_usage ")), (1, true));
    base.run("CREATE VIEW seen AS SELECT * FROM token_usage");
    assert_eq!(base.read("table=seen").unwrap().0.lines.len(), 1);
}

#[test]
fn a_table_of_their_own_is_read_through_a_map() {
    let sql = "CREATE TABLE calls (n int PRIMARY KEY, ts timestamptz, engine text, price numeric(20,10));
               INSERT INTO calls VALUES (1, '2026-01-05Z', 'gpt-4o', 0.0000012345);";
    let Some(base) = Base::new("mapped", sql) else { return };
    let keys = [("time", "ts"), ("model", "engine"), ("cost", "price"), ("key", "n")];
    let map = ColumnMap::new("own", &keys.map(|(key, value)| (key.to_owned(), value.to_owned()))).unwrap();
    let (side, _) = read(&base.at(""), Some("2026-01"), &[map]).unwrap();
    assert_eq!((side.lines.amount(0).unwrap().to_string(), side.lines.row_key(0)), ("0.0000012345".into(), "1".into()));
}

#[test]
fn what_the_server_refuses_is_said_with_what_to_do() {
    let Some(base) = Base::new("refused", TOKEN_USAGE) else { return };
    let (host, name) = (&base.url.host, &base.name);
    let error = error_of(&format!("postgres://{}:secret@{host}/{name}", base.url.user()));
    assert!(error.contains("refuses the password of"), "{error}");
    let error = error_of(&format!("postgres://{}@{host}/none_such", base.url.login));
    assert!(error.contains("no such database"), "{error}");
    let error = error_of("postgres://u:secret@localhost:1/d");
    assert!(error.contains("no server answers there"), "{error}");
    let error = error_of("postgres://u:secret@no.such.host.invalid/d?connect_timeout=5");
    assert!(error.contains("the host is not known") || error.contains("did not answer"), "{error}");

    let reader = format!("reader_{}", std::process::id());
    base.run(&format!("CREATE ROLE {reader} LOGIN PASSWORD 'secret'"));
    let error = error_of(&format!("postgres://{reader}:secret@{host}/{name}?table=token_usage"));
    base.run(&format!("GRANT SELECT ON token_usage TO {reader}"));
    let granted = read(&format!("postgres://{reader}:secret@{host}/{name}"), None, &[]).map(|_| ());
    base.run(&format!("DROP OWNED BY {reader}; DROP ROLE {reader}"));
    let expect = format!("ask its owner for: GRANT SELECT ON \"public\".\"token_usage\" TO {reader}");
    assert!(error.contains(&expect), "{error}");
    assert_eq!(granted, Ok(()));
}

#[test]
fn certificates_are_checked_as_far_as_asked() {
    // The table says itself whether the connection it is read over is encrypted.
    let sql = "CREATE VIEW token_usage AS SELECT now() AS created_at, 1 AS tokens_used, 1 AS calculated_cost_cents,
               (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())::text AS model_used";
    let Some(base) = Base::new("tls", sql) else { return };
    let roots = &base.url.roots;
    let encrypted = |url: &str| read(url, None, &[]).map(|(side, names)| names.text(side.lines.model(0)) == "true");
    for (query, expect) in [
        ("sslmode=disable".to_owned(), false),
        (String::new(), true),
        ("sslmode=require".into(), true),
        (format!("sslmode=require&sslrootcert={roots}"), true),
        (format!("sslmode=verify-ca&sslrootcert={roots}"), true),
        (format!("sslmode=verify-full&sslrootcert={roots}"), true),
    ] {
        assert_eq!(encrypted(&base.at(&query)), Ok(expect), "{query}");
    }
    let error = encrypted(&base.at("sslmode=verify-full&sslrootcert=system")).unwrap_err();
    assert!(
        error.contains("not signed by an authority that is trusted here") || error.contains("no authority"),
        "{error}"
    );
    let by_number = |mode: &str| {
        let (login, port) = (&base.url.login, base.url.port());
        format!("postgres://{login}@127.0.0.1:{port}/{}?sslmode={mode}&sslrootcert={roots}", base.name)
    };
    assert_eq!(encrypted(&by_number("verify-ca")), Ok(true));
    let error = encrypted(&by_number("verify-full")).unwrap_err();
    assert!(error.contains("made out for another host"), "{error}");
    let error = encrypted(&base.at("sslmode=verify-ca&sslrootcert=/none.pem")).unwrap_err();
    assert!(error.contains("/none.pem cannot be read"), "{error}");
}

#[test]
fn the_password_is_found_where_postgres_programs_look_and_is_never_shown() {
    let Some(base) = Base::new("secrets", TOKEN_USAGE) else { return };
    base.run(
        "INSERT INTO token_usage (id, model_used, tokens_used, calculated_cost_cents, created_at, openai_request_id)
         VALUES (gen_random_uuid(), 'gpt-4o', 15, 0.0150, '2026-01-05T10:00:00Z', 'r1')",
    );
    let dir = tempfile::tempdir().unwrap();
    let bill = "request_id,timestamp,model,total_tokens,cost\nr1,2026-01-05T10:00:00Z,gpt-4o,15,0.00015\n";
    std::fs::write(dir.path().join("bill.csv"), bill).unwrap();
    let password = base.url.password();
    let bare = format!("postgres://{}@{}/{}", base.url.user(), base.url.host, base.name);
    let with = base.at("");
    let passfile = dir.path().join("pgpass");
    std::fs::write(&passfile, format!("localhost:{}:*:{}:{password}\n", base.url.port(), base.url.user())).unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&passfile, std::fs::Permissions::from_mode(0o600)).unwrap();
    let passfile = passfile.to_str().unwrap();
    for (url, (variable, value), code) in [
        (&with, ("LANG", "C"), 0),
        (&bare, ("PGPASSWORD", password), 0),
        (&bare, ("PGPASSFILE", passfile), 0),
        (&bare, ("LANG", "C"), 2),
    ] {
        for args in [
            vec!["reconcile", "--bill", "bill.csv", "--ledger", url, "--format", "json"],
            vec!["inspect", url, "--month", "2026-01"],
        ] {
            let out = trueup(dir.path(), &args, &[(variable, value)]);
            let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
            assert_eq!(out.status.code(), Some(code), "{args:?}: {text}");
            assert!(!text.contains(password), "{text}");
            if code == 0 && args[0] == "reconcile" {
                assert!(text.contains("\"healthy\": true") && text.contains("\"total\": \"0.00015\""), "{text}");
            }
            assert!(code == 0 || text.contains("the server asks for a password; put it into PGPASSWORD"), "{text}");
        }
    }
}

#[test]
fn a_password_that_nothing_knows_is_asked_for_without_showing_it() {
    let Some(base) = Base::new("asked", TOKEN_USAGE) else { return };
    let dir = tempfile::tempdir().unwrap();
    let bare = format!("postgres://{}@{}/{}", base.url.user(), base.url.host, base.name);
    let home = dir.path().to_str().unwrap();
    let environment = [("HOME", home), ("PGPASSWORD", ""), ("PGPASSFILE", "")];
    let ask = || support::Terminal::start(160, 20, &["inspect", &bare], dir.path(), &environment);
    let mut terminal = ask();
    terminal.see(&format!("Password for {bare}:"));
    let password = base.url.password();
    // A slip, taken back letter by letter, and another, taken back at once.
    terminal.keys(&format!("x\x7fslip\x15{password}\r"));
    terminal.see("As a ledger: token-usage");
    assert!(!terminal.raw_contains(password.as_bytes()));
    let mut terminal = ask();
    terminal.see("Password for");
    terminal.keys("\x03");
    terminal.see("the server asks for a password");
}

#[test]
fn verdicts_are_written_to_the_table_left_out_where_it_changed_and_taken_out_again() {
    use support::session::{input, load};
    use trueup::desk::{ApplyOptions, Command};
    use trueup::journal::{Decision, Verdict};
    let rows = "ALTER TABLE token_usage ADD CHECK ((reconciled_at IS NULL) = (actual_cost_cents IS NULL));
        INSERT INTO token_usage (id, action_type, model_used, tokens_used, success, created_at, calculated_cost_cents,
            openai_request_id)
        SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'chat', 'gpt-4o', 15, true,
            '2026-01-05T10:00:00Z', 100, 'r' || n FROM generate_series(1, 3) n;";
    let Some(base) = Base::new("apply", &format!("{TOKEN_USAGE}{rows}")) else { return };
    let dir = tempfile::tempdir().unwrap();
    let bill = dir.path().join("bill.csv");
    let lines = "r1,2026-01-05T10:00:00Z,gpt-4o,15,1.000151\nr2,2026-01-05T10:00:00Z,gpt-4o,15,1\n";
    std::fs::write(&bill, format!("request_id,timestamp,model,total_tokens,cost\n{lines}")).unwrap();
    let inputs = vec![input(bill, Side::Bill), input(base.at(""), Side::Ledger)];
    let (session, mut desk) = load(dir.path(), inputs, None);
    let items = (0..desk.items()).filter(|item| desk.is_open(*item)).collect();
    let decision = Decision { verdict: Verdict::Defer, reason: String::new(), note: String::new() };
    let change = desk.plan(&Command::Decide { items, decision }).unwrap();
    let entries = session.writer().commit(&desk, &change).unwrap();
    desk.apply(&change, entries);

    let state = || {
        let url = format!("postgres://{}@{}/{}", base.url.login, base.url.host, base.name);
        let sql = "SELECT openai_request_id || ' ' || reconciliation_status || ' ' ||
            coalesce(actual_cost_cents::text, '-') || CASE WHEN reconciled_at IS NULL THEN '' ELSE ' set' END
            FROM token_usage ORDER BY id";
        let rows = Client::connect(&url, NoTls).unwrap().query(sql, &[]).unwrap();
        rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>()
    };
    let plan = || session.plan_apply(&desk, &ApplyOptions::default()).unwrap();
    let first = plan();
    assert_eq!((first.rows(), first.ledgers[0].plan.unchanged, first.ledgers[0].plan.rounded), (2, 1, 0));
    base.run("UPDATE token_usage SET calculated_cost_cents = 101 WHERE openai_request_id = 'r2'");
    let done = session.apply(first).unwrap();
    assert_eq!((done[0].rows, done[0].left_out.len()), (1, 1), "a row that changed between preview and writing");
    assert_eq!(state(), ["r1 matched 100.0151 set", "r2 pending -", "r3 pending -"]);
    assert!(!done[0].shown.contains(base.url.password()), "{}", done[0].shown);
    base.run("UPDATE token_usage SET calculated_cost_cents = 100 WHERE openai_request_id = 'r2'");
    session.apply(plan()).unwrap();
    assert_eq!(state(), ["r1 matched 100.0151 set", "r2 matched 100.0000 set", "r3 pending -"]);
    assert_eq!(plan().rows(), 0, "twice equals once");

    let ask = |_: &str| Some(base.url.password().to_owned());
    for expect in [["r1 matched 100.0151 set", "r2 pending -"], ["r1 pending -", "r2 pending -"]] {
        let last = session.revertible(None).unwrap();
        assert_eq!(last.len(), 1);
        assert!(session.revert(&last[0], &ask).unwrap().left_out.is_empty());
        assert_eq!(state()[..2], expect);
    }

    base.run("ALTER TABLE token_usage ALTER reconciliation_status TYPE varchar(7)");
    session.apply(plan()).unwrap();
    let rule = "ALTER TABLE token_usage ADD CONSTRAINT no_way_back
        CHECK (reconciliation_status <> 'pending' OR openai_request_id <> 'r1') NOT VALID";
    base.run(rule);
    let last = session.revertible(None).unwrap();
    let error = session.revert(&last[0], &ask).unwrap_err();
    assert!(error.contains("a rule of the table refuses"), "{error}");
    assert_eq!(state(), ["r1 matched 100.0151 set", "r2 matched 100.0000 set", "r3 pending -"], "all or nothing");

    base.run("ALTER TABLE token_usage DROP CONSTRAINT no_way_back");
    session.revert(&last[0], &ask).unwrap();
    base.run("ALTER TABLE token_usage ALTER actual_cost_cents TYPE int");
    let error = session.plan_apply(&desk, &ApplyOptions::default()).err().unwrap();
    assert!(error.contains("whole cents only"), "{error}");
}

#[test]
fn prices_are_taken_from_a_table_and_the_password_stays_out_of_the_journal() {
    let sql = "CREATE TABLE ai_model_pricing (id int, model_name text, provider text, input_price_per_1m numeric(12,6),
            output_price_per_1m numeric(12,6), price_per_unit numeric, unit_type text, is_active bool, effective_date date);
        INSERT INTO ai_model_pricing VALUES (1, 'house-1', 'openai', 2.5, 10, NULL, 'tokens', true, '2026-01-01'),
            (2, 'house-1', 'openai', 2, 8, NULL, 'tokens', true, '2026-03-01'),
            (3, 'claude', 'anthropic', 3, 15, NULL, 'tokens', true, '2026-01-01'),
            (4, 'house-0', 'openai', 1, 1, NULL, 'tokens', false, NULL),
            (5, 'house-say', 'openai', NULL, NULL, 0.006, 'minute', true, NULL);
        CREATE SCHEMA old;
        CREATE TABLE old.prices AS SELECT model_name, input_price_per_1m / 1000 AS input_per_1k,
            output_price_per_1m / 1000 AS output_per_1k, effective_date::timestamptz FROM ai_model_pricing WHERE id < 3;";
    let Some(base) = Base::new("prices", sql) else { return };
    let mut pricings = Vec::new();
    for query in ["", "table=old.prices"] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("pricing.json"), "{}").unwrap();
        let url = base.at(query);
        let out = trueup(dir.path(), &["prices", "import", &url, "--yes"], &[]);
        let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert_eq!(out.status.code(), Some(0), "{text}");
        assert!(text.contains("Written: pricing.json states 2 rates anew."), "{text}");
        assert_eq!(
            text.contains("of the provider anthropic") && text.contains("not active"),
            query.is_empty(),
            "{text}"
        );
        pricings.push(std::fs::read_to_string(dir.path().join("pricing.json")).unwrap());
        let book = trueup::book::Book::open(dir.path(), trueup::book::Access::Read).unwrap();
        let journal = format!("{:?}{text}", book.entries().unwrap());
        assert!(journal.contains("imported from postgres://") && !journal.contains(base.url.password()), "{journal}");
    }
    assert_eq!(pricings[0], pricings[1], "per thousand says the same as per million");
    assert!(pricings[0].contains("2026-03-01"), "{}", pricings[0]);
    let dir = tempfile::tempdir().unwrap();
    for (query, why) in [("table=none", "there is no table “none”"), ("table=pg_class", "there is no table “pg_class”")]
    {
        let out = trueup(dir.path(), &["prices", "import", &base.at(query)], &[]);
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(2) && text.contains(why), "{text}");
        assert!(!text.contains(base.url.password()), "{text}");
    }
}
