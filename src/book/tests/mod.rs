//! The book as a whole, and what its tests share.

mod config_files;
mod crashes;
mod durable;
mod exports;
mod inputs;
mod opening;
mod removal;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::fault::Faults;
use super::*;
use crate::allocate::{Opening, Openings, Scope, Subject};
use crate::amount::{Amount, Cents, Quantity};
use crate::calendar::{Instant, Month};
use crate::journal::{
    Action, Cited, Claim, ClaimState, ConfigFile, Decision, Entered, Entry, FluxOf, ItemKey, Verdict,
};
use crate::usage::{Digest, Side};

pub(super) fn at(second: i64) -> Instant {
    Instant::from_seconds(1_767_225_600 + second)
}

/// A new book in a folder of its own, with room beside it for what is taken in.
fn book_in_folder() -> (tempfile::TempDir, Book) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("book");
    fs::create_dir(&folder).unwrap();
    let book = Book::open(&folder, Access::Write).unwrap();
    (dir, book)
}

fn bill(path: &Path, copy: bool) -> NewInput {
    NewInput { path: path.into(), side: Side::Bill, format: None, append: false, copy }
}

pub(super) fn month(text: &str) -> Month {
    text.parse().unwrap()
}

/// One of each kind, with everything that might not come back in it.
pub(super) fn every_action() -> Vec<Action> {
    let items = vec![
        ItemKey { identity: Digest(1), content: Digest(u128::MAX) },
        ItemKey { identity: Digest(0), content: Digest(1 << 100) },
    ];
    let decision = Decision { verdict: Verdict::WriteOff, reason: "small".into(), note: "“ä\n\u{0}\"".into() };
    let total = Amount::parse("-0.370000000000000001").unwrap();
    let claim = Claim { amount: Some(total), case: "4711".into(), state: ClaimState::Submitted };
    let mut all = vec![
        Action::Decide { items: items.clone(), decision: Some(decision), rule: None },
        Action::Decide { items: items.clone(), decision: None, rule: None },
        Action::Note { items: items.clone(), text: String::new() },
        Action::Assign { items: items.clone(), project: Some("p".into()) },
        Action::Assign { items: Vec::new(), project: None },
        Action::Match { bill: vec!["a".into()], ledger: Vec::new(), carried: None },
        Action::ExcludeBadRows { rows: vec!["r".into()], reason: "cut off".into() },
        Action::OutsideEdit { file: ConfigFile::Projects, before: "{}".into(), after: String::new() },
        Action::Import { side: "bill".into(), files: vec![("a.csv".into(), "00".into())], said: vec![] },
        Action::RemoveInput { side: "bill".into(), file: "a.csv".into(), sha256: "00".into(), why: "“x”".into() },
        Action::Export {
            profile: "openchargeback".into(),
            file: "f.csv".into(),
            sha256: "00".into(),
            rows: u64::MAX,
            total: "-0.37".into(),
        },
        Action::Prepare { sha256: "ab".into() },
        Action::Sign { version: u32::MAX, sha256: "ab".into(), file: "signed/x.tar".into(), total: "-0.37".into() },
        Action::ReopenMonth { version: 2, why: "“late”\n".into() },
        Action::Claim { items: items.clone(), claim: Some(claim) },
        Action::Claim { items: items.clone(), claim: None },
        Action::Enter { entered: Entered::Invoice { number: "“7”".into(), total, tax: total }, removed: false },
        Action::Enter {
            entered: Entered::PoolAdjustment { pool: "p".into(), credits: total.retag(), reason: "r".into() },
            removed: true,
        },
        Action::Enter {
            entered: Entered::FluxNote { of: FluxOf::Payer, name: "F1".into(), text: "new course".into() },
            removed: false,
        },
        Action::Undo { seq: 1 },
        Action::Redo { seq: u64::MAX },
    ];
    for verdict in Verdict::ALL {
        let decision = Decision { verdict, reason: String::new(), note: String::new() };
        let rule = verdict.approves().then(|| Cited { name: "small".into(), version: 2 });
        all.push(Action::Decide { items: items.clone(), decision: Some(decision), rule });
    }
    for file in ConfigFile::ALL {
        let (before, after) = ("{\"a\": 1.50}".into(), "# 0.05\r\n".into());
        all.push(Action::EditFile { file, before, after, summary: "a price".into() });
    }
    all
}

fn open(dir: &Path) -> Book {
    Book::open(dir, Access::Write).unwrap()
}

fn refusal(opened: Result<Book, BookError>) -> String {
    opened.err().unwrap().to_string()
}

fn note(text: &str) -> Action {
    Action::Note { items: Vec::new(), text: text.into() }
}

fn scope(project: &str) -> Scope {
    Scope { rule: "provost".into(), subject: Subject::Project(project.into()), period: "FY2026".parse().unwrap() }
}

fn draw(project: &str, used: i64, subsidized: i64) -> DrawRow {
    DrawRow { scope: scope(project), drawn: Opening::stated(Cents(used), Cents(subsidized)) }
}

fn plan(dir: &Path, of: &str, cents: i64) -> ExportPlan<'static> {
    let csv = format!("BilledCost\n{}\n", Cents(cents)).into_bytes();
    ExportPlan {
        month: month(of),
        profile: "openchargeback".into(),
        target: dir.join(format!("openai-tokens_{of}.csv")),
        csv: Content::Writer(Box::new(move |out| csv.chunks(3).try_for_each(|part| out.write_all(part)))),
        manifest: Some((
            dir.join(format!("openai-tokens_{of}.manifest.json")),
            Box::new(|written| format!("{{\"sha256\": \"{}\"}}", written.sha256).into_bytes()),
        )),
        state_file: Some((dir.join(STATE_FILE), format!("{{\"used\": {cents}}}").into_bytes())),
        beside: vec![crate::book::Beside {
            path: dir.join(format!("journal_{of}.csv")),
            bytes: format!("{cents}\n").into_bytes(),
        }],
        kept: Some(Box::new(move || cents.to_le_bytes().to_vec())),
        draws: vec![draw("ai", cents, cents.min(500))],
        charge_draws: Box::new(move |take| {
            let drawn = Cents(cents.min(500));
            take(ChargeDraw { charge: "openai:codex:1", scope: &scope("ai"), amount: drawn.amount(), cents: drawn })
        }),
        charged: Box::new(move |take| take(&format!("{cents}"))),
        lot_draws: vec![LotDrawRow {
            lot: "pool".into(),
            credits: Quantity::from_int(cents),
            amount: Amount::from_int(cents),
        }],
        rows: 1,
        total: Cents(cents),
        opening_from_state: None,
    }
}

/// Everything of a book that a person could see.
#[derive(Debug, PartialEq)]
struct Seen {
    files: BTreeMap<PathBuf, Vec<u8>>,
    entries: Vec<Entry>,
    openings: Openings,
    exports: Vec<ExportRecord>,
    kept: Vec<(String, Vec<u8>)>,
    state: Option<AdoptedState>,
    inputs: Vec<InputRecord>,
    config_seen: Vec<(String, String)>,
    intents: i64,
}

impl Seen {
    /// In short, for a sentence.
    fn told(&self) -> (Vec<&PathBuf>, Vec<&Action>, i64) {
        (self.files.keys().collect(), self.entries.iter().map(|entry| &entry.action).collect(), self.intents)
    }

    fn of(dir: &Path, book: &Book) -> Self {
        let mut files = BTreeMap::new();
        for folder in [dir.to_path_buf(), dir.join(INPUTS), dir.join(SIGNED)] {
            for file in fs::read_dir(folder).into_iter().flatten() {
                let path = file.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                if path.is_file() && !name.starts_with("trueup.") {
                    files.insert(path.strip_prefix(dir).unwrap().into(), fs::read(&path).unwrap());
                }
            }
        }
        let mut config = book.raw().prepare("SELECT file, text FROM config_seen ORDER BY file").unwrap();
        let config_seen =
            config.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
        Self {
            files,
            entries: book.entries().unwrap(),
            openings: book.openings(month("2999-01")).unwrap(),
            exports: book.last_exports(month("2026-01")).unwrap(),
            kept: book.kept_rows(month("2026-01")).unwrap(),
            state: book.state_adopted().unwrap(),
            inputs: book.inputs(Side::Bill).unwrap(),
            config_seen,
            intents: book.raw().query_row("SELECT count(*) FROM intents", [], |row| row.get(0)).unwrap(),
        }
    }
}
