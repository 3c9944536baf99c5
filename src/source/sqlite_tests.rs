use super::*;
use crate::calendar::Month;
use crate::read::{ColumnMap, Content, Quiet, SideRead};
use crate::source::{Location, read_table};
use crate::usage::{Names, NotApplicable, Side};

const TOKEN_USAGE: &str = "CREATE TABLE token_usage (id TEXT PRIMARY KEY, user_id TEXT, action_type TEXT,
    model_used TEXT, tokens_used INTEGER, input_tokens INTEGER, output_tokens INTEGER, success BOOLEAN,
    metadata TEXT, created_at, calculated_cost_cents NUMERIC(12,4), openai_request_id TEXT,
    openai_created INTEGER, actual_cost_cents NUMERIC(12,4), reconciled_at TEXT, reconciliation_status TEXT);";

struct Base {
    dir: tempfile::TempDir,
}

impl Base {
    fn of(sql: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Connection::open(dir.path().join("l.db")).unwrap().execute_batch(sql).unwrap();
        Self { dir }
    }

    fn text(&self, table: &str) -> String {
        format!("sqlite:{}{table}", self.dir.path().join("l.db").display())
    }

    fn read_all(&self, table: &str, month: Option<&str>, maps: &[ColumnMap]) -> Result<(SideRead, Names), String> {
        let location = Location::parse(Path::new(&self.text(table))).unwrap();
        let month = month.map(|month| month.parse::<Month>().unwrap());
        let wanted = Wanted { side: Side::Ledger, format: None, maps, month, keep: &[], bundled: false };
        let mut names = Names::default();
        let read = read_table(&location, &wanted, &mut names, &Quiet).map_err(|error| error.to_string())?;
        Ok((read, names))
    }

    fn read(&self, table: &str) -> Result<(SideRead, Names), String> {
        self.read_all(table, None, &[])
    }
}

fn usage(rows: &str) -> Base {
    Base::of(&format!("{TOKEN_USAGE} INSERT INTO token_usage VALUES {rows};"))
}

#[test]
fn a_table_reads_as_its_csv_does() {
    let base = usage(
        "('3f0c0000-0000-4000-8000-000000000001', '7A', 'chat', 'gpt-4o-mini', 225, 150, 75, 1, '{\"a\": \"b,\n\"}',
          '2025-12-01T10:30:46.120Z', 0.0068, 'chatcmpl-abc', 1764585045, NULL, NULL, 'pending'),
         ('k2', '7a', 'admin_deduct', NULL, -50000, 0, 0, 1, NULL, '2025-12-02 08:00:00', NULL, NULL, NULL, NULL, NULL, NULL),
         ('k3', '7a', 'chat', 'gpt-4o', 5, 0, 0, 0, NULL, '2025-12-02 08:00:00', '0.10', NULL, NULL, NULL, NULL, NULL)",
    );
    let (side, names) = base.read("").unwrap();
    let csv = "id,user_id,action_type,model_used,tokens_used,input_tokens,output_tokens,success,created_at,calculated_cost_cents,openai_request_id,openai_created\n\
               3f0c0000-0000-4000-8000-000000000001,7A,chat,gpt-4o-mini,225,150,75,true,2025-12-01T10:30:46.120Z,0.0068,chatcmpl-abc,1764585045\n\
               k2,7a,admin_deduct,,-50000,0,0,t,2025-12-02 08:00:00+00,,,\n\
               k3,7a,chat,gpt-4o,5,0,0,f,2025-12-02 08:00:00,0.1,,\n";
    let input = crate::read::Input {
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
    let from_csv = crate::read::read(vec![input], &mut csv_names, &Quiet).unwrap();
    assert_eq!((side.bad_rows.len(), side.lines.len()), (0, 3));
    for row in 0..3 {
        assert_eq!(side.lines.content(&names, row), from_csv.lines.content(&csv_names, row), "row {row}");
        assert_eq!(side.lines.row_key(row), from_csv.lines.row_key(row));
    }
    assert_eq!(side.lines.not_applicable(2), Some(NotApplicable::Failed));
    assert_eq!(side.lines.origin_text(1), "token_usage k2");
    assert_eq!(side.lines.files()[0].format, "token-usage");
    assert_eq!(side.lines.files()[0].sha256.len(), 64);
}

#[test]
fn a_real_is_read_by_its_shortest_text() {
    let base = Base::of(
        "CREATE TABLE agent_scanned_posts (id INTEGER PRIMARY KEY, scanned_at REAL, agent_model, prompt_tokens, completion_tokens, total_cost_usd REAL);
         INSERT INTO agent_scanned_posts VALUES (1, 1764585045.25, 'm', 1, 2, 0.1), (2, 1764585045, 'm', 1.0, 2, 0.1 + 0.2), (3, 1764585045, 'm', 1, 2, 1e-7);",
    );
    let (side, _) = base.read("").unwrap();
    let amounts: Vec<_> = (0..3).map(|row| side.lines.amount(row).unwrap().to_string()).collect();
    assert_eq!(amounts, ["0.1", "0.30000000000000004", "0.0000001"]);
    assert_eq!(side.lines.at(0).unwrap().to_string(), "2025-12-01T10:30:45.25Z");
    assert_eq!(side.lines.row_key(2), "3");
}

#[test]
fn only_rows_of_the_month_and_a_day_around_it_are_read() {
    let row = |key: &str, at: &str| {
        format!("('{key}', NULL, 'a', 'm', 1, 1, 0, 1, NULL, {at}, 1, NULL, NULL, NULL, NULL, NULL)")
    };
    let rows = [
        row("a", "'2025-12-30T23:59:59Z'"),
        row("b", "'2025-12-31 00:00:00'"),
        row("c", "'2026-01-15'"),
        row("d", "'2026-02-01T23:59:59-05:00'"),
        row("e", "'2026-02-02 00:00:00'"),
        row("f", "1769903999"),
        row("g", "1770000000"),
        row("h", "NULL"),
        row("i", "'1/5/2026'"),
    ];
    let (side, _) = usage(&rows.join(", ")).read_all("", Some("2026-01"), &[]).unwrap();
    let keys: Vec<_> = (0..side.lines.len() as u32).map(|row| side.lines.row_key(row)).collect();
    assert_eq!(keys, ["b", "c", "d", "f", "i"]);
    // Without a time it belongs to no month, and is never dropped unseen.
    assert_eq!((side.bad_rows.len(), side.bad_rows[0].column.as_str()), (1, "created_at"));
}

#[test]
fn the_same_rows_read_the_same_whatever_order_they_were_written_in() {
    let columns = "CREATE TABLE t (request_id TEXT PRIMARY KEY, \"startTime\" TEXT, model TEXT, spend REAL, total_tokens INT) WITHOUT ROWID;";
    let one = Base::of(&format!(
        "{columns} INSERT INTO t VALUES ('a', '2026-01-01', 'm', 1, 1), ('b', '2026-01-01', 'm', 1, 1);"
    ));
    let other = Base::of(&format!(
        "{columns} INSERT INTO t VALUES ('b', '2026-01-01', 'm', 1, 1), ('a', '2026-01-01', 'm', 1, 1);"
    ));
    let hash = |base: &Base| base.read("").unwrap().0.lines.files()[0].sha256.clone();
    assert_eq!(hash(&one), hash(&other));
    let view = Base::of(&format!(
        "{columns} INSERT INTO t VALUES ('a', '2026-01-01', 'm', 1, 1); CREATE VIEW v AS SELECT * FROM t;"
    ));
    assert!(view.read("").unwrap_err().contains("t (litellm), v (litellm). Say which with ?table=NAME"));
    assert_eq!(view.read("?table=V").unwrap().0.lines.len(), 1);
}

#[test]
fn a_table_of_their_own_is_read_through_a_map() {
    let base = Base::of(
        "CREATE TABLE calls (n INTEGER PRIMARY KEY, \"when\" TEXT, engine TEXT, cents REAL, secret BLOB); INSERT INTO calls VALUES (7, '2026-01-05', 'm', 1.5, x'00');",
    );
    let keys = [("time", "when"), ("model", "engine"), ("cost", "cents"), ("cost_unit", "cents"), ("key", "n")];
    let map = ColumnMap::new("own", &keys.map(|(key, value)| (key.to_owned(), value.to_owned()))).unwrap();
    let (side, _) = base.read_all("", Some("2026-01"), &[map]).unwrap();
    assert_eq!((side.lines.amount(0).unwrap().to_string(), side.lines.row_key(0)), ("0.015".into(), "7".into()));
    assert!(base.read("").unwrap_err().contains("calls is no ledger this program knows"));
}

#[test]
fn nothing_is_written_and_what_is_no_database_is_said() {
    let base = usage("('k', NULL, 'a', 'm', 1, 1, 0, 1, NULL, '2026-01-01', 1, NULL, NULL, NULL, NULL, NULL)");
    let path = base.dir.path().join("l.db");
    let before = std::fs::read(&path).unwrap();
    base.read("").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(base.dir.path()).unwrap().count(), 1);
    assert!(base.read("?table=none").unwrap_err().ends_with("there is no table “none”; there are token_usage"));

    std::fs::write(&path, "hardly a database, but long enough to be taken for one by its size alone").unwrap();
    assert!(base.read("").unwrap_err().contains("is no SQLite database"));
    std::fs::remove_file(&path).unwrap();
    assert!(
        base.read("")
            .unwrap_err()
            .ends_with("l.db: there is no such file; check the path, or name the database where it lies now")
    );
    std::fs::create_dir(&path).unwrap();
    assert!(base.read("").unwrap_err().contains("is a folder"));
}

#[test]
fn a_ledger_that_is_being_written_to_is_read_as_it_was() {
    let base = usage("('k', NULL, 'a', 'm', 1, 1, 0, 1, NULL, '2026-01-01', 1, NULL, NULL, NULL, NULL, NULL)");
    let writer = Connection::open(base.dir.path().join("l.db")).unwrap();
    writer
        .execute_batch("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; UPDATE token_usage SET calculated_cost_cents = 2;")
        .unwrap();
    let (side, _) = base.read("").unwrap();
    assert_eq!(side.lines.amount(0).unwrap().to_string(), "0.01");
}

/// What a process leaves that is killed while it writes: pages of a change that
/// was never finished, and the journal that takes them back.
#[test]
fn what_a_stopped_writer_left_half_done_is_taken_back_before_it_is_read() {
    let row = |n: u32| {
        format!(
            "INSERT INTO token_usage (id, model_used, created_at, calculated_cost_cents, metadata)
             VALUES ('r{n}', 'gpt-4o', '2026-01-05 10:00:00', 1.5, '{}');",
            "x".repeat(3000)
        )
    };
    let rows: Vec<String> = (0..40).map(row).collect();
    let base = Base::of(&format!("{TOKEN_USAGE} {}", rows.join("\n")));
    let of = |base: &Base, name: &str| base.dir.path().join(name);
    let stopped = Base { dir: tempfile::tempdir().unwrap() };
    let writer = Connection::open(of(&base, "l.db")).unwrap();
    // With so little room, what is changed goes into the file before its end.
    writer.execute_batch("PRAGMA cache_size = 1; BEGIN; UPDATE token_usage SET calculated_cost_cents = 9;").unwrap();
    for name in ["l.db", "l.db-journal"] {
        std::fs::copy(of(&base, name), of(&stopped, name)).unwrap();
    }
    let half = connect_as(&of(&stopped, "l.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    assert!(is_half_written(&half), "the journal is not one to be rolled back");
    drop(half);
    let (read, _) = stopped.read("?table=token_usage").unwrap();
    let cent = crate::amount::Amount::parse("0.015").unwrap();
    assert_eq!(read.lines.len(), 40);
    assert!((0..40).all(|row| read.lines.amount(row) == Some(cent)));
    assert!(!of(&stopped, "l.db-journal").exists());
    // A writer that is still at work is left alone.
    assert!(!is_half_written(&connect_as(&of(&base, "l.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()));
    assert!(of(&base, "l.db-journal").exists());
}
