//! A small month that can be settled and signed in a moment.

use std::fs;
use std::path::Path;

use trueup::desk::{Command, Desk, InputSpec, Session, SessionOptions};
use trueup::journal::{Decision, Verdict};
use trueup::usage::Side;

pub const BILL: &str = "request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd,user_id\n\
    r1,2026-01-05T10:00:00Z,gpt-4o,1000,100,1100,0.5050,ada@x.edu\n\
    r2,2026-01-06T10:00:00Z,gpt-4o,1000,100,1100,2.50,ada@x.edu\n\
    r3,2026-01-07T10:00:00Z,gpt-4o,1000,100,1100,0.25,bob@x.edu\n\
    r4,2026-01-08T10:00:00Z,gpt-4o,1000,100,1100,7.125,bob@x.edu\n\
    f1,2026-02-03T10:00:00Z,gpt-4o,1000,100,1100,1.50,bob@x.edu\n";
pub const LEDGER: &str = "id,user_id,model_used,input_tokens,output_tokens,calculated_cost_cents,openai_request_id,created_at\n\
    a,ada@x.edu,gpt-4o,1000,100,50.5,r1,2026-01-05T10:00:01Z\n\
    b,ada@x.edu,gpt-4o,1000,100,100,r2,2026-01-06T10:00:01Z\n\
    c,bob@x.edu,gpt-4o,1000,100,25,r3,2026-01-07T10:00:01Z\n\
    d,bob@x.edu,gpt-4o,1000,100,1,r9,2026-01-09T10:00:01Z\n";
pub const PROJECTS: &str = r#"{"projects": [
    {"project_id": "sky", "pi_email": "ada@x.edu", "fund_org": "SKY-1", "users": [{"email": "ada@x.edu", "role": "pi"}]},
    {"project_id": "sea", "pi_email": "bob@x.edu", "fund_org": "SEA-1", "users": [{"email": "bob@x.edu", "role": "pi"}]}
]}"#;
pub const SUBSIDIES: &str = r#"{"subsidies": [{"name": "provost", "description": "d", "fund_org": "PROV-1",
    "type": "per_project_cap", "cap_amount": 5.00, "period": "fiscal_year", "fiscal_year_start": "07-01",
    "applies_to_services": ["OpenAI API"], "enabled": true}]}"#;

/// A book with its configuration and the two files beside it, not read yet.
pub fn book(settings: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("projects.json", PROJECTS),
        ("subsidies.json", SUBSIDIES),
        ("pricing.json", "{}"),
        ("config.toml", settings),
        ("bill.csv", BILL),
        ("ledger.csv", LEDGER),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

/// The book with these files added, opened at a month.
pub fn open(dir: &Path, bills: &[&str], ledgers: &[&str], month: Option<&str>) -> (Session, Desk) {
    let spec = |name: &&str, side| InputSpec { path: dir.join(name), side, format: None, append: false };
    let mut inputs: Vec<InputSpec> = bills.iter().map(|name| spec(name, Side::Bill)).collect();
    inputs.extend(ledgers.iter().map(|name| spec(name, Side::Ledger)));
    let month = month.map(|month| month.parse().unwrap());
    let options = SessionOptions { dir: dir.into(), inputs, month, read_only: false, no_copy: false };
    let session = Session::open(options).unwrap();
    let desk = session.load(&|_| {}, &|| false).unwrap();
    (session, desk)
}

/// Plans, commits and applies a command.
///
/// # Errors
/// What it is refused with.
pub fn give(session: &Session, desk: &mut Desk, command: &Command) -> Result<(), String> {
    let change = desk.plan(command).map_err(|refusal| refusal.0)?;
    let entries = session.writer().commit(desk, &change)?;
    desk.apply(&change, entries);
    Ok(())
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

/// A month that is signed.
pub fn signed(settings: &str) -> (tempfile::TempDir, Session, Desk) {
    let dir = book(settings);
    let (session, mut desk) = open(dir.path(), &["bill.csv"], &["ledger.csv"], None);
    sign(&session, &mut desk);
    (dir, session, desk)
}
