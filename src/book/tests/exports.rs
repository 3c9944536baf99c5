//! Months that are exported, and build on each other.

use proptest::prelude::*;

use super::*;

fn opening(used: i64, subsidized: i64) -> Openings {
    Openings::from([(scope("ai"), Opening::stated(Cents(used), Cents(subsidized)))])
}

#[test]
fn a_month_exported_twice_draws_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    let first = book.export(plan(dir.path(), "2026-01", 300), at(1)).unwrap();
    let csv = dir.path().join("openai-tokens_2026-01.csv");
    fs::remove_file(&csv).unwrap();
    let second = book.export(plan(dir.path(), "2026-01", 300), at(2)).unwrap();
    assert_eq!(first, second);
    assert_eq!(fs::read_to_string(&csv).unwrap(), "BilledCost\n3.00\n");
    assert_eq!(book.entries().unwrap(), [first]);
    assert_eq!(book.openings(month("2026-02")).unwrap(), opening(300, 300));
    assert!(book.openings(month("2026-01")).unwrap().is_empty());

    // Another result takes the place of the old.
    let third = book.export(plan(dir.path(), "2026-01", 700), at(3)).unwrap();
    assert_eq!(third.seq, 2);
    assert_eq!(book.openings(month("2026-02")).unwrap(), opening(700, 500));
    let [last] = book.last_exports(month("2026-01")).unwrap().try_into().unwrap();
    assert_eq!((last.seq, last.total, last.path), (2, Cents(700), csv.clone()));
    let manifest = fs::read_to_string(dir.path().join("openai-tokens_2026-01.manifest.json")).unwrap();
    assert_eq!(manifest, format!("{{\"sha256\": \"{}\"}}", last.sha256));
    assert_eq!(book.draws(month("2026-01")).unwrap(), [draw("ai", 700, 500)]);
}

#[test]
fn the_draws_of_single_charges_are_those_of_the_last_export_and_add_up() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    book.export(plan(dir.path(), "2026-01", 300), at(1)).unwrap();
    book.export(plan(dir.path(), "2026-01", 700), at(2)).unwrap();
    let stored = book.charge_draws(month("2026-01"), &scope("ai")).unwrap();
    let drawn = Cents(500);
    let expect =
        StoredDraw { charge: "openai:codex:1".into(), scope: scope("ai"), amount: drawn.amount(), cents: drawn };
    assert_eq!(stored, [expect]);
    assert!(book.charge_draws(month("2026-01"), &scope("other")).unwrap().is_empty());

    let before = Seen::of(dir.path(), &book);
    let mut lacking = plan(dir.path(), "2026-02", 300);
    lacking.charge_draws = Box::new(|_| Ok(()));
    let said = book.export(lacking, at(3)).unwrap_err().to_string();
    assert!(said.contains("the draws of 2026-02 do not add up"), "{said}");
    assert_eq!(Seen::of(dir.path(), &book), before);
}

#[test]
fn a_month_is_out_of_date_until_it_is_written_after_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    for (second, of) in ["2026-01", "2026-02", "2026-03"].into_iter().enumerate() {
        book.export(plan(dir.path(), of, 300), at(second as i64)).unwrap();
    }
    let stale = |book: &Book| -> Vec<String> {
        let said = |(month, why): &(Month, Stale)| match why {
            Stale::Since(since) => format!("{month} since {since}"),
            Stale::FileTakenOut => panic!("no file was"),
        };
        book.stale_months().unwrap().iter().map(said).collect()
    };
    book.export(plan(dir.path(), "2026-01", 300), at(4)).unwrap();
    assert!(stale(&book).is_empty(), "the same draws change no later month");
    book.export(plan(dir.path(), "2026-01", 200), at(5)).unwrap();
    assert_eq!(stale(&book), ["2026-02 since 2026-01", "2026-03 since 2026-01"]);
    let others = book.other_months(month("2026-03")).unwrap();
    let since = Stale::Since(month("2026-01"));
    assert_eq!((others.stale, others.own_stale), (vec![(month("2026-02"), since)], Some(since)));
    book.export(plan(dir.path(), "2026-02", 250), at(6)).unwrap();
    assert_eq!(stale(&book), ["2026-03 since 2026-02"]);
    book.export(plan(dir.path(), "2026-03", 300), at(7)).unwrap();
    assert!(stale(&book).is_empty());
}

#[test]
fn openings_are_kept_by_whatever_a_rule_counts_by() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    let subjects = [
        Subject::Project("ab@x.edu".into()),
        Subject::User("ab@x.edu".into()),
        Subject::Pi("ab@x.edu".into()),
        Subject::Global,
    ];
    let scopes = subjects.map(|subject| Scope { subject, ..scope("") });
    let reached = Amount::parse("1.00000000000000005").unwrap();
    let drawn = |at: usize| Opening { reached, ..Opening::stated(Cents(at as i64 + 1), Cents::ZERO) };
    let expect: Openings = scopes.into_iter().enumerate().map(|(at, scope)| (scope, drawn(at))).collect();
    let mut first = plan(dir.path(), "2026-01", 0);
    first.draws = expect.iter().map(|(scope, drawn)| DrawRow { scope: scope.clone(), drawn: *drawn }).collect();
    first.charge_draws = Box::new(|_| Ok(()));
    book.export(first, at(1)).unwrap();
    assert_eq!(book.openings(month("2026-02")).unwrap(), expect);
}

#[test]
fn lots_open_with_what_other_months_drew() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    for (at_second, (of, cents)) in [("2025-12", 1), ("2026-01", 2), ("2026-02", 4)].into_iter().enumerate() {
        book.export(plan(dir.path(), of, cents), at(at_second as i64)).unwrap();
    }
    let drawn = |before: &str, loaded: &[Month]| {
        let opening = book.lot_opening(month(before), loaded).unwrap();
        opening.drawn.get("pool").map_or("0".into(), |(credits, _)| credits.to_string())
    };
    assert_eq!(drawn("2026-03", &[]), "7");
    assert_eq!(drawn("2026-02", &[]), "3");
    assert_eq!(drawn("2026-03", &[month("2026-01")]), "5");
    assert_eq!(drawn("2025-12", &[]), "0");
}

#[test]
fn a_state_is_adopted_once_and_stands_for_its_months() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    let state = AdoptedState { openings: opening(1_000, 400), through: month("2025-12"), sha256: "ab".repeat(32) };
    assert!(!book.has_draws().unwrap() && book.balances().unwrap().is_empty());
    let entry = book.adopt_state(&state, at(1)).unwrap().unwrap();
    assert!(!book.has_draws().unwrap());
    assert!(matches!(&entry.action, Action::Import { side, .. } if side == "state"));
    assert_eq!(book.adopt_state(&state, at(2)).unwrap(), None);
    assert_eq!(book.state_adopted().unwrap(), Some(state.clone()));
    let other = AdoptedState { sha256: "cd".repeat(32), ..state.clone() };
    let said = book.adopt_state(&other, at(3)).unwrap_err().to_string();
    assert!(said.contains("subsidy_state.json: the book began from another state through 2025-12"), "{said}");

    book.export(plan(dir.path(), "2026-01", 300), at(4)).unwrap();
    assert_eq!(book.openings(month("2026-01")).unwrap(), opening(1_000, 400));
    assert_eq!(book.openings(month("2026-02")).unwrap(), opening(1_300, 700));
    // A month that the state includes, made again here, counts once.
    book.export(plan(dir.path(), "2025-12", 50), at(5)).unwrap();
    assert_eq!(book.openings(month("2026-02")).unwrap(), opening(1_300, 700));
    assert!(book.openings(month("2025-12")).unwrap().is_empty());
    assert_eq!(book.balances().unwrap(), opening(1_300, 700));
    assert_eq!(book.exported_after(month("2025-12")).unwrap(), [month("2026-01")]);
    assert_eq!(book.entries().unwrap().len(), 3);
}

#[test]
fn a_book_with_draws_takes_no_opening_balance() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    book.export(plan(dir.path(), "2026-01", 300), at(1)).unwrap();
    let state = AdoptedState { openings: opening(1, 1), through: month("2025-12"), sha256: String::new() };
    let said = book.adopt_state(&state, at(2)).unwrap_err().to_string();
    assert!(said.contains("has draws of its own already"), "{said}");
    let mut refused = plan(dir.path(), "2026-02", 300);
    refused.opening_from_state = Some(state);
    assert!(book.export(refused, at(3)).is_err());
    assert!(!dir.path().join("openai-tokens_2026-02.csv").exists());
    assert_eq!(book.entries().unwrap().len(), 1);
}

#[test]
fn an_export_that_fails_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    let before = Seen::of(dir.path(), &book);
    let full = || Content::Writer(Box::new(|_| Err(std::io::ErrorKind::StorageFull.into())));
    let csv = dir.path().join("openai-tokens_2026-01.csv");
    let mut twice = plan(dir.path(), "2026-01", 1);
    twice.draws.push(draw("ai", 1, 1));
    let failing: Vec<(ExportPlan, &str)> = vec![
        (ExportPlan { csv: full(), ..plan(dir.path(), "2026-01", 1) }, "the disk is full"),
        (ExportPlan { target: dir.path().into(), ..plan(dir.path(), "2026-01", 1) }, "is a folder"),
        (ExportPlan { target: dir.path().join("pricing.json"), ..plan(dir.path(), "2026-01", 1) }, "book itself"),
        (ExportPlan { target: dir.path().join("trueup.db"), ..plan(dir.path(), "2026-01", 1) }, "book itself"),
        (ExportPlan { state_file: Some((csv, Vec::new())), ..plan(dir.path(), "2026-01", 1) }, "is named twice"),
        (
            ExportPlan { target: dir.path().join("no/where.csv"), ..plan(dir.path(), "2026-01", 1) },
            "where.csv could not be written: there is no such file or folder",
        ),
        (twice, "the database refused"),
    ];
    for (plan, why) in failing {
        let said = book.export(plan, at(1)).unwrap_err().to_string();
        assert!(said.contains(why), "{said}");
        assert_eq!(Seen::of(dir.path(), &book), before, "{why}");
    }
}

/// What was written may be what fills the disk, and with it gone the book opens
/// again.
#[test]
fn a_failed_export_leaves_no_file_behind_even_when_the_database_is_stuck() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    // From the failure on nothing more gets into the database, not even that the
    // export is given up.
    let stuck = "CREATE TRIGGER stuck BEFORE DELETE ON intents BEGIN SELECT raise(ABORT, 'database is full'); END";
    book.raw().execute_batch(stuck).unwrap();
    let failing = Content::Writer(Box::new(|out| {
        out.write_all(&[b'x'; 100_000])?;
        Err(std::io::ErrorKind::StorageFull.into())
    }));
    let said = book.export(ExportPlan { csv: failing, ..plan(dir.path(), "2026-01", 1) }, at(1)).unwrap_err();
    assert!(said.to_string().contains("the disk is full"), "{said}");
    let under_way = |book: &Book| book.raw().query_row("SELECT count(*) FROM intents", [], |row| row.get::<_, i64>(0));
    assert_eq!(under_way(&book), Ok(1), "the database was not stuck");
    let left = || -> Vec<String> {
        let all = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        all.filter(|name| !name.starts_with("trueup.")).collect()
    };
    assert_eq!(left(), [""; 0]);

    book.raw().execute_batch("DROP TRIGGER stuck").unwrap();
    drop(book);
    let book = open(dir.path());
    assert_eq!(under_way(&book), Ok(0));
    assert!(book.entries().unwrap().is_empty() && left().is_empty() && book.notices().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The state after any exports in any order is that of the last export of
    /// each month.
    #[test]
    fn openings_are_the_sum_of_the_last_export_of_each_month(
        exports in proptest::collection::vec((1u32..=4, 0i64..1_000), 1..8),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut book = open(dir.path());
        let mut last = BTreeMap::new();
        for (second, (number, cents)) in exports.into_iter().enumerate() {
            let of = format!("2026-{number:02}");
            book.export(plan(dir.path(), &of, cents), at(second as i64)).unwrap();
            last.insert(number, cents);
        }
        for number in 1..=5u32 {
            let used: i64 = last.range(..number).map(|(_, cents)| cents).sum();
            let subsidized: i64 = last.range(..number).map(|(_, cents)| (*cents).min(500)).sum();
            let found = book.openings(Month::new(2026, number).unwrap()).unwrap();
            let found = found.get(&scope("ai")).copied().unwrap_or_default();
            prop_assert_eq!(found, Opening::stated(Cents(used), Cents(subsidized)));

            let others = book.other_months(Month::new(2026, number).unwrap()).unwrap();
            let used: i64 = last.iter().filter(|(month, _)| **month != number).map(|(_, cents)| cents).sum();
            let found = others.balances.get(&scope("ai")).copied().unwrap_or_default();
            prop_assert_eq!(found.used, Cents(used));
            prop_assert_eq!(others.included_through, None);
        }
        book.verify_chain().unwrap();
    }
}
