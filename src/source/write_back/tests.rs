use proptest::prelude::*;

use super::*;

fn how() -> How {
    How { now: Instant::from_micros(1_770_000_000_000_000), round: false }
}

fn mark(line: u32, cents: Option<&str>) -> RowMark {
    RowMark {
        key: String::new(),
        line,
        recorded: None,
        status: "matched",
        cents: cents.map(|text| Amount::parse(text).unwrap()),
    }
}

fn three(actual: &str, at: &str, status: &str) -> Three {
    [actual, at, status].map(|text| if text.is_empty() { Cell::Null } else { Cell::Text(text.into()) })
}

#[test]
fn amounts_fit_the_type_of_their_column() {
    let fit = |declared: &str, cents: &str| Fits::of(declared).rounded(Amount::parse(cents).unwrap()).to_string();
    assert_eq!(fit("numeric(12,4)", "0.00685"), "0.0069");
    assert_eq!(fit("DECIMAL(12, 2)", "-0.005"), "-0.01");
    assert_eq!(fit("BIGINT", "0.5"), "1");
    assert_eq!(fit("numeric(12)", "0.4"), "0");
    assert_eq!(fit("TEXT", "0.123456789012345678"), "0.123456789012345678");
    assert_eq!(fit("REAL", "1.123456789012345678"), "1.12345678901235", "what a float gives back");
    assert_eq!(fit("", "1.123456789012345678"), "1.123456789012345678");
}

#[test]
fn both_stay_empty_or_both_are_set() {
    let mut plan = Plan::default();
    let target = |plan: &mut Plan, cents, before| plan.target(&mark(1, cents), &before, Fits::Exactly, &how());
    assert_eq!(target(&mut plan, None, three("", "", "pending")), three("", "", "matched"));
    let set = target(&mut plan, Some("0.0150"), three("", "", "pending"));
    assert_eq!(set, three("0.015", "2026-02-02T02:40:00Z", "matched"));
    let kept = three("0.01500", "2026-02-01", "matched");
    assert_eq!(target(&mut plan, Some("0.015"), kept.clone()), kept, "what is right keeps its time and spelling");
}

proptest! {
    /// Any text with the three columns put in last: taking the new cells out
    /// of a row gives the old row back.
    #[test]
    fn a_csv_file_loses_nothing(cells in proptest::collection::vec("([a-z ][a-z \"]{0,2})?|\"[a-z,]{0,4}(\"\")?\n?\"", 1..6), crlf: bool) {
        let end = if crlf { "\r\n" } else { "\n" };
        let row = format!("x{},,,pending", cells.iter().map(|cell| format!(",{cell}")).collect::<String>());
        let names: String = (0..cells.len()).map(|n| format!(",c{n}")).collect();
        let head = format!("x{names},actual_cost_cents,reconciled_at,reconciliation_status{end}");
        let file = format!("{head}{row}{end}");
        // A quote that never closes swallows the rest of the file; readers
        // have no row there either.
        let found = plan_file(file.as_bytes(), &[mark(2, Some("1.5"))], &how()).unwrap();
        let new = String::from_utf8(found.bytes).unwrap();
        prop_assume!(found.plan.rows.first().is_some_and(|row| row.before == three("", "", "pending")));
        prop_assert_eq!(new.replacen(",1.5,2026-02-02T02:40:00Z,matched", ",,,pending", 1), file);
    }

    #[test]
    fn no_file_makes_it_panic(text in "[a,\"{}:\\n\\r\u{e9}]{0,60}", line in 0u32..5) {
        let _ = plan_file(text.as_bytes(), &[mark(line, Some("1"))], &how());
    }
}

#[test]
fn a_row_that_is_not_where_it_was_read_is_refused() {
    let file = b"id,actual_cost_cents,reconciled_at,reconciliation_status\nq,,,pending\n";
    let wrong = RowMark { key: "p".into(), ..mark(2, None) };
    assert!(plan_file(file, &[wrong], &how()).unwrap_err().contains("has the row q at line 2"));
    assert!(plan_file(file, &[mark(9, None)], &how()).unwrap_err().contains("no row at line 9"));
}
