//! Names that are wide, joined, written from right to left, or meant to do
//! harm: no column breaks, and nothing of them reaches the terminal raw.

use ratatui::buffer::Buffer;

use crate::tui::bench::{Bench, SampleBook, sample_book, text_of};
use crate::tui::text;

/// A month whose models and users have such names.
fn month_of_names() -> (SampleBook, Bench) {
    let book = sample_book();
    let names = [
        ("gpt-4o", "ada@example.edu"),
        ("模型-長い名前のモデル", "山田太郎@example.jp"),
        ("👩\u{200d}🔬🧪emoji-model", "👍🏽@example.edu"),
        ("e\u{301}le\u{300}ve", "zoe\u{308}@example.edu"),
        ("מודל-עברי", "משתמש@example.il"),
        ("نموذج", "می\u{200c}خواهم@example.ir"),
        ("evil\u{202e}txt.exe", "tab\tbed@example.edu"),
        ("esc\u{1b}[2J\u{9b}31m", "zero\u{200b}width@example.edu"),
    ];
    let mut bill = String::from("request_id,timestamp,model,prompt_tokens,completion_tokens,cost_usd,user_id\n");
    for (at, (model, user)) in names.iter().enumerate() {
        bill.push_str(&format!("r{at},2026-01-{:02}T10:00:00Z,{model},10,10,{}.5,{user}\n", at + 5, 8 - at));
    }
    std::fs::write(book.path().join("names.csv"), bill).unwrap();
    let mut bench = Bench::of_files(&book.path(), (80, 24), &["names.csv"], &[]);
    // Without a ledger there is nothing to match.
    bench.keys("1");
    (book, bench)
}

/// The columns of the screen where a row's text begins, and what stands there:
/// the cells of a wide sign count twice.
fn column_of(buffer: &Buffer, row: u16, text: &str) -> Option<u16> {
    let mut line = String::new();
    let mut starts = Vec::new();
    let mut x = 0;
    while x < buffer.area.width {
        let symbol = buffer[(x, row)].symbol();
        starts.push((line.len(), x));
        line.push_str(symbol);
        x += (text::width(symbol) as u16).max(1);
    }
    let at = line.find(text)?;
    starts.iter().find(|(from, _)| *from == at).map(|(_, x)| *x)
}

#[test]
fn no_name_breaks_a_column() {
    let (_book, mut bench) = month_of_names();
    let mut shown = Vec::new();
    for size in [(60, 20), (80, 24), (120, 40), (200, 60)] {
        let buffer = bench.resize(size).drawn();
        // Every amount ends in .50, below the same place of the title.
        let rows: Vec<u16> =
            (0..size.1).filter(|y| column_of(&buffer, *y, ".50").is_some() && *y > 2 && *y < 12).collect();
        assert_eq!(rows.len(), 8, "{}", text_of(&buffer));
        let points: Vec<Option<u16>> = rows.iter().map(|y| column_of(&buffer, *y, ".50")).collect();
        assert!(points.iter().all(|point| *point == points[0]), "{size:?} {points:?}\n{}", text_of(&buffer));
        shown.push(format!("== {}x{}\n{}", size.0, size.1, text_of(&buffer)));
    }
    insta::assert_snapshot!("names", shown.join("\n\n"));
}

#[test]
fn what_is_meant_to_do_harm_is_shown_as_an_escape_on_every_screen() {
    let (_book, mut bench) = month_of_names();
    bench.resize((200, 60));
    super::each_screen(&mut bench, |bench, keys| {
        let buffer = bench.drawn();
        for cell in buffer.content() {
            let raw: Vec<char> = cell
                .symbol()
                .chars()
                .filter(|c| {
                    c.is_control() || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                })
                .collect();
            assert!(raw.is_empty(), "{keys}: {raw:?}");
        }
    });
    bench.keys("1");
    let screen = bench.screen();
    for escape in ["evil\\u{202e}txt.exe", "esc\\x1b[2J\\u{9b}31m", "tab\\tbed", "zero\\u{200b}width"] {
        assert!(screen.contains(escape), "{escape}:\n{screen}");
    }
}
