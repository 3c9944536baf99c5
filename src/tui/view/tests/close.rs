//! The Close screen of a small month: while it is open, once it is signed, and
//! when something came later.

use std::sync::Arc;

use crate::desk::CloseView;
use crate::tui::bench::{Bench, SampleBook, sample_book};
use crate::tui::theme::{Depth, Kind, Theme};

const THEMES: [(&str, Kind); 3] = [("dark", Kind::Dark), ("light", Kind::Light), ("no_color", Kind::Plain)];

fn small_month() -> SampleBook {
    let book = sample_book();
    let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small-month");
    for name in ["projects.json", "subsidies.json", "bill.csv", "ledger.csv"] {
        std::fs::copy(from.join(name), book.path().join(name)).unwrap();
    }
    std::fs::write(book.path().join("pricing.json"), "{}").unwrap();
    std::fs::write(book.path().join("config.toml"), "materiality = 0.001\n").unwrap();
    std::fs::remove_file(book.path().join("subsidy_state.json")).unwrap();
    book
}

fn shown(bench: &mut Bench, kind: Kind) -> String {
    bench.model.theme = Theme::new(kind, Depth::Full);
    let sizes = [(80, 24), (160, 50)];
    let at = |(columns, rows)| format!("== {columns}x{rows}\n{}", bench.resize((columns, rows)).styled());
    sizes.map(at).join("\n\n")
}

/// The book at a month, after a row of January came that nobody knew of.
fn with_a_late_row(book: &SampleBook, size: (u16, u16), month: &str) -> Bench {
    let late = "request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd,user_id\n\
        r5,2026-01-20T10:00:00Z,gpt-4o,1000,100,1100,3.00,ada@x.edu\n";
    std::fs::write(book.path().join("late.csv"), late).unwrap();
    Bench::of_month(&book.path(), size, &["late.csv"], month)
}

/// Who signed and when is another on every machine.
fn named(bench: &mut Bench) {
    let close: &mut CloseView = Arc::make_mut(bench.model.pages.close.as_mut().unwrap());
    close.versions = vec!["version 1: $10.38, signed by ada@desk 2026-02-03 09:41".into()];
    let signed = close.signed.as_mut().unwrap();
    signed.title = "version 1, signed by ada@desk on 2026-02-03 09:41".into();
    signed.sha256 = "5f".repeat(32);
}

/// Decides everything, writes and signs.
fn sign(bench: &mut Bench) {
    for screen in ["1", "2", "3"] {
        bench.keys(screen);
        bench.keys("M a y");
    }
    bench.keys("6 w y S y");
    assert!(bench.screen().contains("signed v1"), "{}", bench.screen());
}

#[test]
fn an_open_month_lists_what_is_left_and_says_what_to_do() {
    let book = small_month();
    let mut bench = Bench::of_files(&book.path(), (80, 24), &["bill.csv"], &["ledger.csv"]);
    bench.keys("6");
    for (name, kind) in THEMES {
        insta::assert_snapshot!(format!("closing_open_{name}"), shown(&mut bench, kind));
    }
    bench.keys("S");
    assert!(bench.screen().contains("2026-01 cannot be signed yet"), "{}", bench.screen());
}

#[test]
fn a_signed_month_stands_with_what_came_later_beside_it() {
    let book = small_month();
    // More than may stay unexplained would keep it open.
    std::fs::write(book.path().join("config.toml"), "").unwrap();
    let mut bench = Bench::of_files(&book.path(), (80, 24), &["bill.csv"], &["ledger.csv"]);
    sign(&mut bench);
    named(&mut bench);
    insta::assert_snapshot!("closing_signed", shown(&mut bench, Kind::Dark));
    bench.keys("2 d");
    assert!(bench.screen().contains("2026-01 is signed (version 1, by "), "{}", bench.screen());
    bench.keys("6 S");
    assert!(bench.screen().contains("2026-01 is signed"), "{}", bench.screen());
    drop(bench);

    let mut bench = with_a_late_row(&book, (80, 24), "2026-01");
    bench.keys("6");
    named(&mut bench);
    for (name, kind) in THEMES {
        insta::assert_snapshot!(format!("closing_later_{name}"), shown(&mut bench, kind));
    }
    // Reopened with a reason, it can be changed again.
    bench.keys("r enter");
    bench.types("late credit");
    bench.keys("enter y");
    assert!(!bench.screen().contains("signed v1"), "{}", bench.screen());
    assert!(bench.screen().contains("late credit"), "{}", bench.screen());
    bench.keys("2 d");
    assert!(!bench.screen().contains("is signed"), "{}", bench.screen());
}

#[test]
fn corrections_of_a_signed_month_are_accepted_and_taken_back_on_the_close_screen() {
    let book = small_month();
    std::fs::write(book.path().join("config.toml"), "").unwrap();
    let mut bench = Bench::of_files(&book.path(), (80, 24), &["bill.csv"], &["ledger.csv"]);
    sign(&mut bench);
    drop(bench);
    let mut bench = with_a_late_row(&book, (160, 50), "2026-02");
    bench.keys("6");
    assert!(bench.screen().contains("corrections of 2026-01 not accepted"), "{}", bench.screen());
    assert!(bench.screen().contains("openai-api:r5:usage:correction-2026-02"), "{}", bench.screen());
    bench.keys("i enter");
    assert!(bench.screen().contains("Correct 2026-01 in 2026-02: 2 rows, $3.00 in all"), "{}", bench.screen());
    bench.keys("y 6");
    assert!(bench.screen().contains("Corrections of 2026-01 are billed here: 2 rows, $3.00"), "{}", bench.screen());
    bench.keys("u 6");
    assert!(bench.screen().contains("not accepted"), "{}", bench.screen());
}
