//! What a move of the cursor sends to the terminal, in bytes: there are lines
//! on which a screen takes seconds.

use crate::tui::bench::{Bench, sample_book};
use crate::tui::canvas::Canvas;
use crate::tui::theme::{Depth, Kind, Theme};
use crate::tui::view::areas;

/// What a move may cost, on the lists and with the longest colours there are.
const MOST: usize = 1_000;

fn send(bench: &Bench, canvas: &mut Canvas) -> usize {
    let (frame, cursor) = bench.frame();
    canvas.show(&frame, cursor).len()
}

/// Presses a key before the cursor has rested.
fn hurried(bench: &mut Bench, canvas: &mut Canvas, key: &str) -> usize {
    bench.hurries = true;
    bench.keys(key);
    send(bench, canvas)
}

fn at(size: (u16, u16)) -> (crate::tui::bench::SampleBook, Bench) {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), size);
    bench.model.theme = Theme::new(Kind::Dark, Depth::Full);
    (book, bench)
}

#[test]
fn a_move_on_a_list_costs_less_than_a_kilobyte_also_where_the_list_scrolls() {
    for size in [(80, 24), (120, 40), (160, 50)] {
        let (_book, mut bench) = at(size);
        for list in ["1", "2", "3"] {
            let mut canvas = Canvas::default();
            bench.keys(list).keys("g");
            send(&bench, &mut canvas);
            // Beyond the page, up again, and with a rest behind each key.
            let page = areas(&bench.model).rows();
            let moves = [("j", page + 12, false), ("k", page + 5, false), ("j", page, false), ("j", 12, true)];
            for (key, moves, rests) in moves {
                for number in 0..moves {
                    let bytes = hurried(&mut bench, &mut canvas, key);
                    assert!(
                        bytes < MOST,
                        "{bytes} bytes for {key} {number} on list {list} at {size:?}, rests: {rests}"
                    );
                    if rests {
                        bench.rest();
                        send(&bench, &mut canvas);
                    }
                }
                bench.rest();
                send(&bench, &mut canvas);
            }
        }
    }
}

/// Where a number takes more than any before, its column is made wider at once,
/// and the table drawn anew: once or twice on a screen.
#[test]
fn a_move_on_another_table_costs_less_than_a_kilobyte_but_for_a_longer_number() {
    for size in [(80, 24), (120, 40), (160, 50)] {
        let (_book, mut bench) = at(size);
        for screen in ["4", "5", "6", "7", "8", "9", "J", "B"] {
            let mut canvas = Canvas::default();
            bench.keys(screen).keys("g");
            send(&bench, &mut canvas);
            let moves: Vec<usize> = (0..40).map(|_| hurried(&mut bench, &mut canvas, "j")).collect();
            bench.rest();
            let more: Vec<&usize> = moves.iter().filter(|bytes| **bytes >= MOST).collect();
            assert!(more.len() <= 1, "{more:?} on screen {screen} at {size:?}: {moves:?}");
        }
    }
}

#[test]
fn what_stands_below_a_table_follows_when_the_cursor_rests() {
    let (_book, mut bench) = at((120, 40));
    for screen in ["4", "7"] {
        bench.keys(screen).keys("g");
        // Its title is the last line across.
        let told = |bench: &Bench| bench.screen().lines().rfind(|line| line.starts_with("── ")).map(str::to_owned);
        let first = told(&bench);
        assert!(first.is_some(), "{}", bench.screen());
        bench.hurries = true;
        bench.keys("j");
        assert_eq!(told(&bench), first);
        bench.rest();
        assert_ne!(told(&bench), first);
    }
}

/// The line of titles.
fn titles(bench: &Bench) -> String {
    let frame = bench.drawn();
    (0..frame.area.width).map(|x| frame[(x, 2)].symbol()).collect()
}

#[test]
fn columns_stay_where_they_are_while_rows_scroll_by_and_give_room_when_the_cursor_rests() {
    let (_book, mut bench) = at((120, 40));
    bench.keys("1 g");
    let mut canvas = Canvas::default();
    let first = titles(&bench);
    let mut now = first.clone();
    let mut wider = 0;
    for _ in 0..120 {
        hurried(&mut bench, &mut canvas, "j");
        assert_eq!(titles(&bench), now);
        bench.rest();
        wider += usize::from(titles(&bench) != now);
        now = titles(&bench);
    }
    assert!((1..6).contains(&wider), "the columns were laid out anew {wider} times");
    // A page of other rows takes what it takes.
    bench.keys("g");
    assert_eq!(titles(&bench), first);
}

#[test]
fn what_stands_beside_a_list_is_empty_while_it_scrolls_and_follows_when_the_cursor_rests() {
    let (_book, mut bench) = at((160, 50));
    bench.keys("2 g");
    let of = |bench: &Bench| bench.screen().lines().filter(|line| line.contains("│ ")).count();
    let origin = |bench: &Bench| {
        let screen = bench.screen();
        screen.lines().find_map(|line| line.split_once("Bill: ")).map(|(_, place)| place.trim_end().to_owned())
    };
    let first = origin(&bench).expect("where the first item stands in the bill");
    bench.hurries = true;
    // Within the page nothing beside it has to move.
    bench.keys("j");
    assert_eq!(origin(&bench), Some(first.clone()));
    for _ in 0..60 {
        bench.keys("j");
    }
    assert_eq!((origin(&bench), of(&bench)), (None, 0), "{}", bench.screen());
    bench.rest();
    let there = origin(&bench).expect("where the item under the cursor stands");
    assert_ne!(there, first);
    // Below a list nothing moves, and the last detail stays until the next.
    let below = |bench: &Bench| {
        let screen = bench.screen();
        screen.split_once("─ detail ─").map(|(_, below)| below.lines().skip(1).take(8).collect::<Vec<_>>().join("\n"))
    };
    let last = below(bench.resize((120, 40))).expect("a detail below the list");
    bench.hurries = true;
    for _ in 0..40 {
        bench.keys("k");
    }
    assert_eq!(below(&bench), Some(last.clone()));
    bench.rest();
    assert_ne!(below(&bench), Some(last));
}
