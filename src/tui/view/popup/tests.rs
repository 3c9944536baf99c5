use ratatui::buffer::Buffer;

use super::*;
use crate::desk::Move;
use crate::reconcile::Outcome;
use crate::tui::theme::{Depth, Kind, Theme};

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn preview() -> Preview {
    let payer = |payer: &str, project: &str, before, after| PayerChange {
        payer: payer.into(),
        project: project.into(),
        before: amount(before),
        after: amount(after),
    };
    Preview {
        months: Vec::new(),
        title: "Approve 212 items as billed".into(),
        items: 212,
        amount: amount("1234.5"),
        left_out: vec![("no project pays: name one first".into(), 3)],
        moves: vec![Move { from: Outcome::Discrepancy, to: Outcome::Matched, items: 40 }],
        payers: vec![payer("20-100", "astro", "0", "12.5"), payer("20-100", "law", "1", "0.75")],
        subsidy: Some((amount("10"), amount("22.5"))),
        remarks: vec![],
    }
}

fn shown(command: &Command, preview: &Preview) -> String {
    let theme = Theme::new(Kind::Plain, Depth::Full);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 1));
    let paint = Paint::new(&mut buffer, &theme, true);
    let lines = preview_lines(command, preview, 2, false, &paint, 80);
    let text: Vec<String> = lines.iter().map(|line| line.iter().map(|(text, _)| text.as_str()).collect()).collect();
    text.join("\n")
}

#[test]
fn a_preview_says_count_dollars_what_is_left_out_and_who_pays() {
    insta::assert_snapshot!(shown(&Command::ApproveMatched, &preview()));
}

#[test]
fn a_changed_price_is_measured_on_the_whole_month_and_says_so() {
    let command = Command::SetTolerance { absolute: amount("1"), relative: crate::amount::Share::parse("5%").unwrap() };
    let text = shown(&command, &preview());
    assert!(text.contains("212 items change their outcome."), "{text}");
    assert!(text.contains("if all of it were approved: $10.00 -> $22.50"), "{text}");
    let none = shown(&command, &Preview { items: 0, ..preview() });
    assert!(none.contains("No item changes its outcome."), "{none}");
}
