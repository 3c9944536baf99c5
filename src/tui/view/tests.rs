use crate::tui::bench::{Bench, SampleBook, sample_book};
use crate::tui::theme::{Depth, Kind, Theme};

/// The sizes people have.
const SIZES: [(u16, u16); 3] = [(60, 20), (80, 24), (120, 40)];

/// A screen at all sizes, with the style of each cell.
fn at_all_sizes(bench: &mut Bench) -> String {
    let shown = SIZES.map(|(columns, rows)| {
        let screen = bench.resize((columns, rows)).styled();
        format!("== {columns}x{rows}\n{screen}")
    });
    shown.join("\n\n")
}

fn in_theme(kind: Kind) -> (SampleBook, Bench) {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    bench.model.theme = Theme::new(kind, Depth::Full);
    (book, bench)
}

#[test]
fn screens_of_the_sample_month() {
    let (_book, mut bench) = in_theme(Kind::Dark);
    for (name, key) in [
        ("overview", "0"),
        ("matched", "1"),
        ("discrepancies", "2"),
        ("not_found", "3"),
        ("projects", "4"),
        ("prices", "5"),
        ("close", "6"),
    ] {
        bench.keys(key);
        insta::assert_snapshot!(name, at_all_sizes(&mut bench));
    }
}

#[test]
fn rows_that_could_not_be_read() {
    let book = sample_book();
    let broken = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/broken_rows.csv");
    std::fs::copy(broken, book.path().join("openai_requests_2026-01.csv")).unwrap();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    bench.model.theme = Theme::new(Kind::Dark, Depth::Full);
    bench.keys("B x").types("not ours");
    bench.keys("enter y");
    insta::assert_snapshot!("bad_rows", at_all_sizes(&mut bench));
}

#[test]
fn discrepancies_in_every_other_theme() {
    for (name, kind) in [("light", Kind::Light), ("high_contrast", Kind::HighContrast), ("no_color", Kind::Plain)] {
        let (_book, mut bench) = in_theme(kind);
        bench.keys("2 space j space");
        insta::assert_snapshot!(format!("discrepancies_{name}"), at_all_sizes(&mut bench));
    }
}

#[test]
fn an_entry_of_the_journal_opens_with_the_lines_that_changed() {
    let (_book, mut bench) = in_theme(Kind::Plain);
    bench.keys("5 j j e").types("9");
    bench.keys("enter y J enter");
    let screen = bench.screen();
    assert!(screen.contains("What changed in pricing.json") && screen.contains("+ "), "{screen}");
}

/// All screens and popups of a loaded month, one after the other.
fn each_screen(bench: &mut Bench, mut look: impl FnMut(&Bench, &str)) {
    for keys in [
        "0", "1", "2", "3", "4", "5", "6", "J", "B", "2 enter", "2 ?", "2 :", "2 x", "2 *", "2 s", "2 p", "2 o", "2 &",
        "2 c", "5 e", "5 t", "P",
    ] {
        bench.keys(keys);
        look(bench, keys);
        bench.keys("esc esc");
    }
}

#[test]
fn an_ascii_screen_holds_nothing_but_ascii() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (140, 45));
    bench.model.ascii = true;
    each_screen(&mut bench, |bench, keys| {
        let screen = bench.screen();
        let foreign: Vec<&str> = screen.lines().filter(|line| !line.is_ascii()).collect();
        assert!(foreign.is_empty(), "{keys}: {foreign:#?}");
        // Nor an escape in the place of a sign of the program's own.
        assert!(!screen.contains("\\u{"), "{keys}:\n{screen}");
    });
}

#[test]
fn a_plain_screen_has_no_colour_in_any_cell() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (140, 45));
    each_screen(&mut bench, |bench, keys| {
        let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(140, 45)).unwrap();
        terminal.draw(|frame| super::view(&bench.model, frame)).unwrap();
        for cell in terminal.backend().buffer().content() {
            assert_eq!((cell.fg, cell.bg), Default::default(), "{keys}: {}", cell.symbol());
        }
    });
}

#[test]
fn every_size_can_be_drawn() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    each_screen(&mut bench, |bench, _| {
        for (columns, rows) in [(1, 1), (20, 5), (60, 16), (61, 17), (79, 23), (119, 20), (120, 16), (250, 70)] {
            let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(columns, rows)).unwrap();
            terminal.draw(|frame| super::view(&bench.model, frame)).unwrap();
        }
    });
    for size in [(1, 1), (60, 16), (119, 20), (120, 16), (250, 70)] {
        bench.resize(size);
        each_screen(&mut bench, |bench, _| {
            bench.screen();
        });
    }
}

#[test]
fn loading_shows_progress_and_the_first_rows() {
    use crate::desk::LoadEvent;
    use crate::tui::message::Message;
    use std::time::Duration;

    let book = sample_book();
    let mut bench = Bench::open(&book.path(), (80, 24));
    let row = |at: usize| {
        [
            format!("bill.csv:{at}"),
            "2026-01-05 09:30".into(),
            "gpt-4o".into(),
            "ada@example.edu".into(),
            "0.0045".into(),
        ]
    };
    bench.send(Message::Loading(LoadEvent::FirstRows((2..40).map(row).collect()), Duration::from_secs(1)));
    let progress = LoadEvent::Progress { bytes: 25_000_000, rows: 120_000, of_bytes: 100_000_000 };
    bench.send(Message::Loading(progress, Duration::from_secs(2)));
    insta::assert_snapshot!(bench.screen());
}
