//! A month signed on a ledger in a real Postgres whose rows the server adds up:
//! the sums that were read are kept, worked out anew, and held against the
//! table as it is later. See `support/server.rs` for the server.

mod support;

use std::fmt::Write as _;

use support::server::{Base, trueup};
use support::session::{input, load};
use support::signing::{correct, give, sign};
use trueup::desk::{Command, Desk};
use trueup::journal::{Decision, Verdict};
use trueup::usage::Side;

const COSTS: &str = "start_time,end_time,amount_value,amount_currency,quantity,quantity_unit,line_item,user_id,api_key_id,project_id,organization_id";

/// Three days of January and one of February, a dollar and a half each.
fn bill(from: i64, days: i64) -> String {
    let mut text = format!("{COSTS}\n");
    for day in 0..days {
        let start = from + day * 86_400;
        writeln!(text, "{start},{},1.5,usd,1000,tokens,\"gpt-4o, input\",u1@x,,proj_1,org", start + 86_400).unwrap();
    }
    text
}

/// Four rows of each of those days, 37.5 cents each; of the second day less.
fn ledger() -> String {
    let mut sql = String::from(
        "CREATE TABLE token_usage (id int PRIMARY KEY, user_id text, model_used text, input_tokens int,
            output_tokens int, calculated_cost_cents numeric, openai_request_id text, created_at timestamptz);\n",
    );
    for (number, day) in ["2026-01-05", "2026-01-06", "2026-01-07", "2026-02-02"].into_iter().enumerate() {
        for row in 0..4 {
            let cents = if number == 1 && row == 0 { "7.5" } else { "37.5" };
            let id = number * 4 + row;
            writeln!(
                sql,
                "INSERT INTO token_usage VALUES ({id}, 'u1@x', 'gpt-4o', 250, 0, {cents}, 'r{id}', '{day} 1{row}:00:00+00');"
            )
            .unwrap();
        }
    }
    sql
}

#[test]
fn sums_of_a_server_are_kept_with_the_signed_month_and_corrected_when_they_change() {
    let Some(base) = Base::new("signed_month", &ledger()) else { return };
    let dir = tempfile::tempdir().unwrap();
    let url = base.at("");
    // What is signed names no password, so verify is given one of its own.
    let verify = || {
        let output = trueup(dir.path(), &["verify"], &[("PGPASSWORD", base.url.password())]);
        (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let path = |name: &str| dir.path().join(name).display().to_string();
    std::fs::write(path("january.csv"), bill(1_767_571_200, 3)).unwrap();
    let projects = r#"{"projects": [{"project_id": "p1", "pi_email": "a@x", "fund_org": "F1",
        "users": [{"email": "u1@x"}]}]}"#;
    std::fs::write(path("projects.json"), projects).unwrap();
    let (session, mut desk) =
        load(dir.path(), vec![input(path("january.csv"), Side::Bill), input(&url, Side::Ledger)], None);
    assert!(desk.inputs().ledger.lines.has_bundles());
    let less = |desk: &Desk, item: u32| desk.cells(item).difference.is_some_and(|d| d.to_string() == "0.3");
    let items: Vec<u32> = (0..desk.items()).filter(|item| less(&desk, *item)).collect();
    assert_eq!(items.len(), 1);
    let decision = Decision { verdict: Verdict::ApproveRecorded, reason: "provider-error".into(), note: String::new() };
    give(&session, &mut desk, &Command::Decide { items, decision }).unwrap();
    sign(&session, &mut desk);
    drop(session);
    let (code, said) = verify();
    assert!(code == 0 && said.contains("gives what was signed") && said.contains("worked out anew"), "{said}");

    base.run("UPDATE token_usage SET calculated_cost_cents = 27.5 WHERE calculated_cost_cents = 7.5");
    let (code, said) = verify();
    assert!(code == 0 && said.contains("1 row new, 1 row gone") && said.contains("It stands."), "{said}");
    std::fs::write(path("february.csv"), bill(1_769_990_400, 1)).unwrap();
    let (session, mut desk) =
        load(dir.path(), vec![input(path("february.csv"), Side::Bill), input(&url, Side::Ledger)], None);
    assert_eq!(desk.month().to_string(), "2026-02");
    correct(&session, &mut desk, "0.20");
    drop(session);
    let (code, said) = verify();
    assert!(code == 0 && said.matches("It stands.").count() == 2, "{said}");
}
