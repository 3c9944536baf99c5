//! The preview of another cap against what comes of it: months that can still
//! change are written in their order under the old rules, the cap is changed,
//! and they are written again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::close::ByPayer;
use crate::desk::{InputSpec, Session, SessionOptions};
use crate::journal::Decision;
use crate::usage::Side;

const MONTHS: [&str; 3] = ["2026-01", "2026-02", "2026-03"];

/// Month, day, user (of two projects), cents, and whether it is a refund.
type Row = (usize, u32, usize, u32, bool);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0usize..3, 1u32..28, 0usize..3, 1u32..9_000, prop::bool::weighted(0.3));
    proptest::collection::vec(row, 3..14).prop_map(|rows| {
        let there = (0..3).map(|month| (month, 14, month, 4_000, false));
        rows.into_iter().chain(there).collect()
    })
}

fn folder(rows: &[Row], rule: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut report = "date_partition,account_id,account_user_id,email,name,public_id,usage_type,usage_credits,\
                      usage_quantity,usage_units\n"
        .to_owned();
    for (n, (month, day, user, cents, refund)) in rows.iter().enumerate() {
        let user = ["a@x.edu", "b@x.edu", "c@x.edu"][*user];
        let sign = if *refund { "-" } else { "" };
        let what = ["codex", "chat"][n % 2];
        let day = format!("{}-{day:02}", MONTHS[*month]);
        writeln!(report, "{day},acct,u,{user},N,p,{what},{sign}{cents},1,counts").unwrap();
    }
    let projects = r#"{"projects": [
        {"project_id": "one", "pi_email": "p1@x.edu", "fund_org": "F1", "users": [{"email": "a@x.edu"}, {"email": "b@x.edu"}]},
        {"project_id": "two", "pi_email": "p2@x.edu", "fund_org": "F2", "users": [{"email": "c@x.edu"}]}]}"#;
    let pools = r#"{"credit_pools": [{"pool_id": "edu", "credits_purchased": 1000000, "purchase_amount": 10000}]}"#;
    let rules = format!(
        r#"{{"subsidies": [{{"name": "r", "fund_org": "S", "applies_to_services": ["OpenAI"], "cap_amount": 60, {rule}}},
            {{"name": "last", "fund_org": "T", "applies_to_services": ["OpenAI"], "cap_amount": 25,
              "type": "global_pool", "period": "quarter", "percent": 50}}]}}"#
    );
    for (name, text) in
        [("report.csv", &*report), ("projects.json", projects), ("pricing.json", pools), ("subsidies.json", &rules)]
    {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn open(dir: &Path, month: usize, first: bool) -> (Session, Desk) {
    let spec = InputSpec { path: dir.join("report.csv"), side: Side::Bill, format: None, append: false };
    let inputs = if first { vec![spec] } else { Vec::new() };
    let month = Some(MONTHS[month].parse().unwrap());
    let session =
        Session::open(SessionOptions { dir: dir.into(), inputs, month, read_only: false, no_copy: false }).unwrap();
    let desk = session.load(&|_| {}, &|| false).unwrap();
    (session, desk)
}

fn give(session: &Session, desk: &mut Desk, command: &Command) -> Result<Preview, String> {
    let change = desk.plan(command).map_err(|refusal| refusal.0)?;
    let entries = session.writer().commit(desk, &change)?;
    desk.apply(&change, entries);
    Ok(change.preview)
}

/// Writes every month in its order, and gives what each payer pays in it and
/// what subsidies do.
fn written(dir: &Path, first: bool) -> Vec<(ByPayer, Amount)> {
    let write = |month: usize| {
        let (session, mut desk) = open(dir, month, first && month == 0);
        let items: Vec<u32> = (0..desk.items()).filter(|item| desk.is_open(*item)).collect();
        let decision = Decision { verdict: Verdict::ApproveBilled, reason: String::new(), note: String::new() };
        if !items.is_empty() {
            give(&session, &mut desk, &Command::Decide { items, decision }).unwrap();
        }
        give(&session, &mut desk, &Command::Export { target: None }).unwrap();
        let allocation = desk.allocation();
        (desk.payer_sums(&allocation), subsidy(&allocation))
    };
    (0..MONTHS.len()).map(write).collect()
}

fn rules() -> impl Strategy<Value = String> {
    let types = ["per_project_cap", "per_user_cap", "per_pi_cap", "global_pool"];
    let periods = ["fiscal_year", "quarter", "month", "week", "calendar_year"];
    (prop::sample::select(types.to_vec()), prop::sample::select(periods.to_vec()), any::<bool>()).prop_map(
        |(kind, period, rolls)| {
            let more = if rolls { r#", "rollover": "full", "from": "2026-01-01""# } else { "" };
            let start = if period == "fiscal_year" { r#", "fiscal_year_start": "02-10""# } else { "" };
            format!(r#""type": "{kind}", "period": "{period}"{start}{more}"#)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_preview_of_a_cap_is_what_the_months_are_once_they_are_written_again(
        rows in rows(), rule in rules(), at in 0usize..3, cap in 0u32..120, from in 0u32..90, retroactive in any::<bool>(),
    ) {
        let dir = folder(&rows, &rule);
        let before = written(dir.path(), true);
        let (session, mut desk) = open(dir.path(), at, false);
        // None at all, from the beginning, or from a day in one of the months.
        let from = match from {
            0..5 => String::new(),
            day => format!("{}-{:02}", MONTHS[(day % 3) as usize], 1 + day / 4),
        };
        let (rule, amount) = ("r".to_owned(), cap.to_string());
        let retroactive = retroactive && !from.is_empty();
        let Ok(preview) = give(&session, &mut desk, &Command::SetCap { rule, amount, from, retroactive }) else {
            return Ok(());
        };
        drop((session, desk));
        let after = written(dir.path(), false);
        let effects: BTreeMap<String, &MonthEffect> =
            preview.months.iter().map(|effect| (effect.month.to_string(), effect)).collect();
        for (month, (before, after)) in before.into_iter().zip(after).enumerate() {
            let (payers, subsidies) = match effects.get(MONTHS[month]) {
                Some(effect) => (effect.payers.clone(), effect.subsidy),
                None if month == at => (preview.payers.clone(), preview.subsidy.unwrap()),
                None => (Vec::new(), (before.1, before.1)),
            };
            prop_assert_eq!(payers, payer_changes_of(before.0, after.0), "{}", MONTHS[month]);
            prop_assert_eq!(subsidies, (before.1, after.1), "{}", MONTHS[month]);
        }
    }
}
