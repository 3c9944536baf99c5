use proptest::prelude::*;

use super::*;

fn request() -> Line<'static> {
    Line {
        line: 2,
        id: "chatcmpl-1",
        at: Some(Instant::from_seconds(1_767_607_200)),
        account: "acc",
        model: "gpt-4o",
        user: "a@x",
        project: "proj",
        api_key: "key",
        action: "chat",
        input: Some(100),
        cached: Some(30),
        output: Some(7),
        amount: Some(Amount::parse("0.00015").unwrap()),
        ..Line::default()
    }
}

/// A row with something in every column that few formats fill.
fn bucket() -> Line<'static> {
    Line {
        line: 3,
        span: 86_400,
        tier: "batch",
        class: Some(TokenClass::AudioOutput),
        long_context: true,
        item_text: "batch api | gpt-audio, audio output, long context",
        cache_write: Some(5),
        reasoning: Some(4),
        modalities: Some(Modalities { image_output: 9, ..Modalities::default() }),
        requests: Some(3),
        currency: "EUR",
        foreign: Amount::parse("4.5").ok(),
        ..request()
    }
}

fn one(line: &Line<'_>) -> (Names, Lines) {
    let (mut names, mut lines) = (Names::default(), Lines::default());
    let file = lines.add_file(SourceFile { path: "bill.csv".into(), ..SourceFile::of_shape(Shape::Request) });
    lines.push(&mut names, file, line);
    (names, lines)
}

fn digest(line: &Line<'_>) -> String {
    let (names, lines) = one(line);
    lines.content(&names, 0).to_string()
}

#[test]
fn lines_read_apart_and_put_together_are_the_same() {
    let (mut names, mut lines) = one(&Line { line: 2, id: "r1", model: "gpt-4o", input: Some(3), ..Line::default() });
    let (mut other_names, mut part) = (Names::default(), Lines::default());
    let amount = Some(Amount::from_int(1));
    part.push(
        &mut other_names,
        0,
        &Line { line: 3, id: "r2", user: "x@y", model: "gpt-4o", amount, ..Line::default() },
    );
    let map = names.merge(&other_names);
    lines.append(&part, &map);

    assert_eq!(lines.len(), 2);
    assert_eq!(lines.model(0), lines.model(1));
    assert_eq!((&*lines.id(1), names.text(lines.user(1))), ("r2", "x@y"));
    assert_eq!(lines.origin_text(1), "bill.csv:3");
    assert_eq!((lines.input(0), lines.input(1)), (Some(3), None));
    assert_eq!(lines.content(&names, 1), part.content(&other_names, 0));

    let second = lines.select(|row| row == 1);
    assert_eq!((second.len(), &*second.id(0)), (1, "r2"));
}

/// Decisions in books that exist are found by this number.
#[test]
fn the_identity_of_a_request_is_what_it_always_was() {
    assert_eq!(digest(&request()), "b562bca9ec6c026c374dc288bd00cc90");
}

#[test]
fn every_column_that_is_filled_is_part_of_the_identity() {
    let all = [
        Line { span: 60, ..request() },
        Line { tier: "flex", ..request() },
        Line { class: Some(TokenClass::Input), ..request() },
        Line { long_context: true, ..request() },
        Line { item_text: "flex", ..request() },
        Line { cache_write: Some(0), ..request() },
        Line { reasoning: Some(0), ..request() },
        Line { modalities: Some(Modalities::default()), ..request() },
        Line { requests: Some(0), ..request() },
        Line { currency: "flex", ..request() },
        Line { foreign: Some(Amount::from_int(1)), ..request() },
        request(),
    ];
    let mut digests: Vec<String> = all.iter().map(digest).collect();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), all.len());
}

#[test]
fn a_column_nobody_fills_costs_nothing() {
    let (_, plain) = one(&request());
    assert!(plain.more.is_none());
    let (_, full) = one(&bucket());
    assert!(full.bytes() > plain.bytes());
}

fn seen(names: &Names, lines: &Lines, row: u32) -> String {
    let texts = [lines.tier(row), lines.item_text(row), lines.currency(row)].map(|sym| names.text(sym).to_owned());
    let counts = [lines.cache_write(row), lines.reasoning(row), lines.requests(row)];
    let foreign = lines.foreign(row);
    let kind = (lines.span(row), lines.class(row), lines.long_context(row), lines.modalities(row));
    format!("{} {texts:?} {counts:?} {kind:?} {foreign:?} {}", lines.id(row), lines.content(names, row))
}

proptest! {
    #[test]
    fn rows_with_and_without_them_keep_their_columns(first in proptest::collection::vec(any::<bool>(), 0..6), second in proptest::collection::vec(any::<bool>(), 0..6), keep: u16) {
        let line = |full: bool| if full { bucket() } else { request() };
        let part = |rows: &[bool]| {
            let (mut names, mut lines) = (Names::default(), Lines::default());
            names.intern("something else");
            rows.iter().for_each(|full| lines.push(&mut names, 0, &line(*full)));
            (names, lines)
        };
        let ((mut names, mut whole), (their_names, theirs)) = (part(&first), part(&second));
        let map = names.merge(&their_names);
        whole.append(&theirs, &map);
        let all = [first, second].concat();
        let expect = |full: bool| {
            let (names, lines) = one(&line(full));
            seen(&names, &lines, 0)
        };
        for (row, full) in all.iter().enumerate() {
            prop_assert_eq!(seen(&names, &whole, row as u32), expect(*full));
        }
        let kept = whole.select(|row| keep >> row & 1 == 1);
        let full: Vec<bool> = all.iter().enumerate().filter(|(row, _)| keep >> row & 1 == 1).map(|(_, full)| *full).collect();
        for (row, full) in full.iter().enumerate() {
            prop_assert_eq!(seen(&names, &kept, row as u32), expect(*full));
        }
    }
}

#[test]
fn classes_come_back_from_their_bytes() {
    for class in TokenClass::ALL {
        assert_eq!(TokenClass::from_code(class as u8), Some(class));
    }
    assert_eq!((TokenClass::from_code(0), TokenClass::from_code(99)), (None, None));
}

proptest! {
    #[test]
    fn what_was_asked_for_stays_with_its_row(
        first in proptest::collection::vec((0usize..3, "[ab]?"), 0..7),
        second in proptest::collection::vec((0usize..3, "[ab]?"), 0..7),
        keep: u16,
    ) {
        let part = |rows: &[(usize, String)]| {
            let (mut names, mut lines) = (Names::default(), Lines::default());
            names.intern("something else");
            for (at, text) in rows {
                lines.push(&mut names, 0, &request());
                lines.set_extra(&mut names, *at, text);
            }
            (names, lines)
        };
        let ((mut names, mut whole), (their_names, theirs)) = (part(&first), part(&second));
        let map = names.merge(&their_names);
        whole.append(&theirs, &map);
        let all = [first, second].concat();
        let says = |lines: &Lines, row: usize, (at, text): &(usize, String)| {
            (0..3).all(|other| {
                let found = names.text(lines.extra(row as u32, other));
                if other == *at { found == text } else { found.is_empty() }
            })
        };
        prop_assert!(all.iter().enumerate().all(|(row, said)| says(&whole, row, said)));
        let kept = whole.select(|row| keep >> row & 1 == 1);
        let said = all.iter().enumerate().filter(|(row, _)| keep >> row & 1 == 1).map(|(_, said)| said);
        prop_assert!(said.enumerate().all(|(row, said)| says(&kept, row, said)));
    }
}

#[test]
fn only_an_amount_in_another_currency_is_kept_apart() {
    let amount = Amount::parse("4.5").ok();
    let kept = |currency, amount| {
        let mut line = Line { currency, amount, ..request() };
        line.keep_apart("USD");
        (line.amount.is_some(), line.foreign.is_some(), line.currency)
    };
    assert_eq!(kept("EUR", amount), (false, true, "EUR"));
    assert_eq!(kept("USD", amount), (true, false, ""));
    assert_eq!(kept("", amount), (true, false, ""));
    assert_eq!(kept("EUR", None), (false, false, ""));
}

proptest! {
    #[test]
    fn rows_in_another_order_say_what_they_said(rows in proptest::collection::vec((0i64..50, "[a-c]{0,2}", proptest::option::of(0i64..5_000_000_000), any::<bool>()), 1..12)) {
        let (mut names, mut lines) = (Names::default(), Lines::default());
        for (at, text, count, odd) in &rows {
            let amount = count.map(|count| Amount::from_units(i128::from(count) * if *odd { 1 } else { 1_000_000 }));
            let line = Line {
                id: text,
                at: Some(Instant::from_seconds(*at)),
                model: text,
                input: *count,
                amount,
                reasoning: count.filter(|_| *odd),
                row_key: if *odd { text } else { "01234567-89ab-4cde-8f01-23456789abcd" },
                ..request()
            };
            lines.push(&mut names, 0, &line);
            lines.set_extra(&mut names, 1, text);
        }
        let order = Order::by(&rows.iter().map(|row| row.0).collect::<Vec<_>>(), &mut Spare::default());
        let mut sorted = lines.clone();
        sorted.reorder(&order, Spare::default());
        let says = |lines: &Lines, row: u32| {
            (lines.content(&names, row), lines.row_key(row), lines.extra(row, 1), lines.origin(row).line, lines.at(row))
        };
        prop_assert!((0u32..).zip(order.rows()).all(|(row, old)| says(&sorted, row) == says(&lines, *old)));
        prop_assert!((1..order.count()).all(|at| sorted.at(at as u32 - 1) <= sorted.at(at as u32)));
    }
}
