mod burn;
mod close;
mod lists;
mod matrix;
mod names;
mod overview;
mod plain;
mod sent;
mod why;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

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
        "0",
        "0 ctrl-f",
        "0 G",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "J",
        "B",
        "7 b",
        "7 s",
        "9",
        "9 j j",
        "9 E",
        "0 b",
        "5 i",
        "6 W",
        "6 R",
        "6 S",
        "6 p",
        "6 r",
        "2 enter",
        "2 ?",
        "2 :",
        "2 x",
        "2 *",
        "2 s",
        "2 p",
        "2 o",
        "2 &",
        "2 c",
        "2 b",
        "2 b m enter",
        "2 > =",
        "2 C",
        "2 > > > > > > > > > > > >",
        "2 > > s > s",
        "2 / a enter",
        "4 C",
        "J > > -",
        "2 F",
        "4 s",
        "4 &",
        "4 e",
        "4 enter",
        "5 e",
        "5 t",
        "P",
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
        for cell in bench.drawn().content() {
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
            let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
            super::view(&bench.model, &mut buffer);
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

#[test]
fn a_summary_marks_estimates_and_shows_a_margin() {
    let book = sample_book();
    let config = "margin_percent = 25\n[[categories]]\nname = \"chat\"\nmodel = \"gpt-5*\"\n\
                  fallback_per_request = 0.01\n[[categories]]\nname = \"rest\"\nfallback_per_request = 0.02\n";
    std::fs::write(book.path().join("config.toml"), config).unwrap();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    bench.model.theme = Theme::new(Kind::Dark, Depth::Full);
    bench.keys("7 b").types("category, model");
    bench.keys("esc b").types("category");
    bench.keys("enter");
    insta::assert_snapshot!("summary_with_margin", at_all_sizes(&mut bench));
}

/// A month whose bill has the provider's usage beside its costs.
fn month_with_usage() -> SampleBook {
    let book = sample_book();
    let day = |day: u32| 1_767_225_600 + i64::from(day - 1) * 86_400;
    let mut costs = String::from(
        "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,project_name,organization_id,organization_name\n",
    );
    let mut usage = String::from(
        "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,input_tokens,output_tokens,input_cached_tokens,input_audio_tokens,output_audio_tokens\n",
    );
    for (at, input, output, paid_input, paid_output) in
        [(5, 1_000_000, 200_000, "2.5", "2"), (6, 2_000_000, 100_000, "5", "1.25"), (7, 400_000, 0, "1", "0")]
    {
        let (start, end) = (day(at), day(at + 1));
        let iso = |at: u32| format!("2026-01-{at:02}T00:00:00+00:00");
        let (from, to) = (iso(at), iso(at + 1));
        for (item, amount) in [("input", paid_input), ("output", paid_output)] {
            costs.push_str(&format!(
                "{start},{end},{from},{to},{amount},usd,\"gpt-4o-2024-08-06, {item}\",proj_a,A,org-1,Org\n"
            ));
        }
        usage.push_str(&format!(
            "{start},{end},{from},{to},proj_a,40,,,gpt-4o-2024-08-06,False,{input},{output},0,0,0\n"
        ));
    }
    std::fs::write(book.path().join("cost.csv"), costs).unwrap();
    std::fs::write(book.path().join("usage.csv"), usage).unwrap();
    let ledger = "id,model_used,input_tokens,output_tokens,created_at,calculated_cost_cents,project_id,success\n\
                  a,gpt-4o,1000000,150000,2026-01-05T10:00:00Z,400,proj_a,t\n\
                  b,gpt-4o,2000000,100000,2026-01-06T10:00:00Z,600,proj_a,t\n";
    std::fs::write(book.path().join("ledger.csv"), ledger).unwrap();
    book
}

#[test]
fn usage_that_was_billed_otherwise_and_kinds_of_token_side_by_side() {
    let book = month_with_usage();
    let mut bench = Bench::of_files(&book.path(), (80, 24), &["cost.csv", "usage.csv"], &["ledger.csv"]);
    bench.model.theme = Theme::new(Kind::Dark, Depth::Full);
    bench.keys("8");
    insta::assert_snapshot!("checks", at_all_sizes(&mut bench));
    // One key away from the items.
    bench.keys("enter");
    assert!(bench.model.tab.screen().is_some(), "{}", bench.screen());
    assert!(bench.model.lists.iter().all(|list| list.filter.starts_with("day:2026-01-06")), "{}", bench.status());
    bench.keys("8 j enter 2 enter");
    insta::assert_snapshot!("detail_with_classes", at_all_sizes(&mut bench));
    bench.resize((80, 24)).keys("esc 0");
    insta::assert_snapshot!("overview_of_a_platform_month", at_all_sizes(&mut bench));
}
