//! What is in sight and what is remembered: keys that have something to do, the
//! palette, lines that were typed before, how far a plan is, over the sample
//! month.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::{start, update};
use crate::tui::bench::{Bench, sample_book};
use crate::tui::effect::Effect;
use crate::tui::message::Message;
use crate::tui::modal::Modal;
use crate::tui::tab::Tab;

#[test]
fn a_screen_without_rows_offers_no_key_that_needs_one() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (200, 40));
    let footer = |bench: &Bench| bench.screen().lines().last().unwrap().to_owned();
    bench.keys("B");
    let none = footer(&bench);
    assert!(!["exclude", "mark", "open"].iter().any(|word| none.contains(word)) && none.contains("help"), "{none}");
    bench.keys("2");
    assert!(["approve", "mark", "open", "all like"].iter().all(|word| footer(&bench).contains(word)));
    bench.keys("&").types("model:nothing-like-it").keys("enter");
    let none = footer(&bench);
    assert!(!["approve", "mark", "dispute", "all like"].iter().any(|word| none.contains(word)), "{none}");
    assert!(none.contains("filter"), "{none}");
}

#[test]
fn earlier_searches_and_filters_come_back_in_the_next_session() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 40));
    bench.keys("2 /").types("gpt-5").keys("enter /").types("codex").keys("enter");
    bench.keys("&").types("cause:price").keys("enter");
    bench.keys("J &").types("kind:import").keys("enter");
    drop(bench);
    let mut bench = Bench::loaded(&book.path(), (120, 40));
    let typed = |bench: &Bench| match bench.model.modals.last() {
        Some(Modal::Prompt(prompt)) => prompt.field.text().to_owned(),
        _ => panic!("{}", bench.screen()),
    };
    bench.keys("2 / up");
    assert_eq!(typed(&bench), "codex");
    assert!(bench.screen().contains("Up earlier ones"), "{}", bench.screen());
    bench.keys("up up");
    assert_eq!(typed(&bench), "gpt-5", "there is none before it");
    bench.keys("down down");
    assert_eq!(typed(&bench), "", "back to what was begun");
    bench.keys("esc &");
    assert_eq!(typed(&bench), "cause:price", "what is in force stands there");
    bench.keys("up");
    assert_eq!(typed(&bench), "cause:price", "and is none of the earlier ones");
    bench.keys("esc J & up");
    assert_eq!(typed(&bench), "kind:import");
    // The journal of the book has nothing of it.
    let text = bench
        .model
        .desk
        .as_ref()
        .unwrap()
        .journal()
        .iter()
        .map(|entry| format!("{:?}", entry.action))
        .collect::<String>();
    assert!(!text.contains("codex"));
}

#[test]
fn no_line_of_the_palette_is_cut_and_the_cursor_has_all_of_it() {
    let book = sample_book();
    for size in [(80, 24), (120, 40), (160, 50)] {
        let mut bench = Bench::loaded(&book.path(), size);
        for screen in ["2", "6", "4"] {
            bench.keys(screen).keys(":");
            let count = match bench.model.modals.last() {
                Some(Modal::Pick(picker)) => picker.entries.len(),
                _ => panic!("{}", bench.screen()),
            };
            for _ in 0..count {
                let shown = bench.screen();
                assert!(!shown.lines().filter(|line| line.contains('│')).any(|line| line.contains('…')), "{shown}");
                let Some(Modal::Pick(picker)) = bench.model.modals.last() else { panic!() };
                let note = picker.chosen().unwrap().note.clone();
                let squeezed = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
                let last: String = note.split_whitespace().last().unwrap().into();
                assert!(squeezed(&shown).contains(&squeezed(&last)), "{note}: {shown}");
                bench.keys("down");
            }
            bench.keys("esc");
        }
    }
}

#[test]
fn how_far_a_plan_is_stands_where_it_is_waited_for_and_giving_up_stops_it() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.model.modals.push(Modal::Waiting { generation: 900, what: "Working out what would change".into() });
    bench.send(Message::Telling { generation: 899, what: "of another".into() });
    assert!(bench.screen().contains("Working out"), "{}", bench.screen());
    bench.send(Message::Telling { generation: 900, what: "Trying it: 5,000 rows are read".into() });
    assert!(bench.screen().contains("5,000 rows are read"), "{}", bench.screen());
    let effects = update(&mut bench.model, Message::Input(Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE))));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::StopPlan(900))));
    assert!(bench.model.modals.is_empty());
}

#[test]
fn a_place_does_not_lead_away_from_where_somebody_went() {
    let book = sample_book();
    Bench::loaded(&book.path(), (100, 30)).keys("5");
    let mut bench = Bench::open(&book.path(), (100, 30));
    bench.keys("2");
    bench.send(Message::Place(Some(r#"{"screen":"prices"}"#.into())));
    bench.carry_out(start());
    assert_eq!(bench.model.tab, Tab::Discrepancies);
}
