//! A small month that can be settled and signed in a moment.

use std::fs;
use std::path::Path;

use trueup::desk::{Command, Desk, LateState, Session};
use trueup::journal::{Decision, Verdict};

pub use super::session::open;

use super::session::attempt;

/// A book with its configuration and the two files beside it, not read yet.
pub fn book(settings: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small-month");
    for name in ["projects.json", "subsidies.json", "bill.csv", "ledger.csv"] {
        fs::copy(from.join(name), dir.path().join(name)).unwrap();
    }
    fs::write(dir.path().join("pricing.json"), "{}").unwrap();
    fs::write(dir.path().join("config.toml"), settings).unwrap();
    dir
}

/// Plans, commits and applies a command.
///
/// # Errors
/// What it is refused with.
pub fn give(session: &Session, desk: &mut Desk, command: &Command) -> Result<(), String> {
    attempt(session, desk, command).map(|_| ())
}

/// Decides everything: what can be approved as billed, the rest excluded.
pub fn settle(session: &Session, desk: &mut Desk) {
    for verdict in [Verdict::ApproveBilled, Verdict::Exclude] {
        let items: Vec<u32> = (0..desk.items()).filter(|item| desk.is_open(*item)).collect();
        if items.is_empty() {
            return;
        }
        let decision = Decision { verdict, reason: "provider-error".into(), note: String::new() };
        let _ = give(session, desk, &Command::Decide { items, decision });
    }
}

/// Settles, writes and signs the month.
pub fn sign(session: &Session, desk: &mut Desk) {
    settle(session, desk);
    give(session, desk, &Command::Export { target: None }).unwrap();
    give(session, desk, &Command::Sign).unwrap();
}

/// Bills what came later for the one month of which something did, and signs.
pub fn correct(session: &Session, desk: &mut Desk, total: &str) {
    let view = desk.corrections();
    let [of_earlier] = &view[..] else { panic!("{view:?}") };
    assert_eq!((&of_earlier.state, of_earlier.total.to_string().as_str()), (&LateState::Proposed, total));
    settle(session, desk);
    give(session, desk, &Command::Correct { of: of_earlier.of }).unwrap();
    sign(session, desk);
}

/// A month that is signed.
pub fn signed(settings: &str) -> (tempfile::TempDir, Session, Desk) {
    let dir = book(settings);
    let (session, mut desk) = open(dir.path(), &["bill.csv"], &["ledger.csv"], None);
    sign(&session, &mut desk);
    (dir, session, desk)
}
