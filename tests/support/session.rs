//! A month opened from its book, and commands given to it, as both faces do.

use std::fs;
use std::path::{Path, PathBuf};

use trueup::amount::Amount;
use trueup::desk::{Change, Command, Desk, InputSpec, Session, SessionOptions};
use trueup::focus::Profile;
use trueup::journal::Entered;
use trueup::usage::Side;

/// A file, a table or a server, named for one side.
pub fn input(path: impl Into<PathBuf>, side: Side) -> InputSpec {
    InputSpec { path: path.into(), side, format: None, append: false }
}

/// Files of the sample month, bills first.
pub fn samples(bills: &[&str], ledgers: &[&str]) -> Vec<InputSpec> {
    let of = |names: &[&str], side| names.iter().map(|name| input(super::sample(name), side)).collect::<Vec<_>>();
    [of(bills, Side::Bill), of(ledgers, Side::Ledger)].concat()
}

/// A book with the sample month's configuration and nothing else.
pub fn sample_book() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["pricing.json", "projects.json", "subsidies.json"] {
        fs::copy(super::sample(name), dir.path().join(name)).unwrap();
    }
    dir
}

/// The same with the balance of each subsidy.
pub fn sample_book_with_state() -> tempfile::TempDir {
    let dir = sample_book();
    fs::copy(super::sample("subsidy_state.json"), dir.path().join("subsidy_state.json")).unwrap();
    dir
}

/// A book with these files taken in, to be changed; without a month, at the
/// first that is not signed.
pub fn options(dir: &Path, inputs: Vec<InputSpec>, month: Option<&str>) -> SessionOptions {
    let month = month.map(|month| month.parse().unwrap());
    SessionOptions { dir: dir.into(), inputs, month, read_only: false, no_copy: false }
}

/// The same, opened and loaded.
pub fn load(dir: &Path, inputs: Vec<InputSpec>, month: Option<&str>) -> (Session, Desk) {
    loaded(Session::open(options(dir, inputs, month)).unwrap())
}

/// The same with files of its own folder, bills and ledgers.
pub fn open(dir: &Path, bills: &[&str], ledgers: &[&str], month: Option<&str>) -> (Session, Desk) {
    let of = |names: &[&str], side| names.iter().map(|name| input(dir.join(name), side)).collect::<Vec<_>>();
    load(dir, [of(bills, Side::Bill), of(ledgers, Side::Ledger)].concat(), month)
}

/// With the month of a session that is open.
pub fn loaded(session: Session) -> (Session, Desk) {
    let desk = session.load(&|_| {}, &|| false).unwrap();
    (session, desk)
}

/// Plans, commits and applies a command, which must not be refused.
pub fn give(session: &Session, desk: &mut Desk, command: &Command) -> Change {
    attempt(session, desk, command).unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"))
}

/// The same for one that may be.
///
/// # Errors
/// What it is refused with.
pub fn attempt(session: &Session, desk: &mut Desk, command: &Command) -> Result<Change, String> {
    let change = desk.plan(command).map_err(|refusal| refusal.0)?;
    let entries = session.writer().commit(desk, &change)?;
    desk.apply(&change, entries);
    Ok(change)
}

/// Writes the sample month with everything that matched approved, and an
/// invoice with a tax in it.
pub fn write_sample(profile: Profile, target: &Path) {
    let dir = sample_book();
    let bills = ["openai_requests_2026-01.csv", "chatgpt_edu_credits_2026-01.csv"];
    let inputs = samples(&bills, &["token_usage_2026-01.csv", "credit_ledger_2026-01.csv"]);
    let session = Session::open(options(dir.path(), inputs, None)).unwrap().writing(Some(profile), false);
    let (session, mut desk) = loaded(session);
    let amount = |text: &str| Amount::parse(text).unwrap();
    let entered = Entered::Invoice { number: "INV-7".into(), total: amount("1000"), tax: amount("123.45") };
    let invoice = Command::Enter { entered, removed: false };
    for command in [Command::ApproveMatched, invoice, Command::Export { target: Some(target.into()) }] {
        give(&session, &mut desk, &command);
    }
}
