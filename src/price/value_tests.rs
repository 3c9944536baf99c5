use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::amount::UnitCost;
use crate::calendar::{Day, Instant, Month};
use crate::price::{Lot, LotPosition, Rates, Tokens, cost, positions};
use crate::usage::{Line, Modalities, NotApplicable, SourceFile};

fn lines_of(shape: Shape, rows: &[Line<'_>]) -> (Names, Lines) {
    let (mut names, mut lines) = (Names::default(), Lines::default());
    let file = lines.add_file(SourceFile::of_shape(shape));
    rows.iter().for_each(|row| lines.push(&mut names, file, row));
    (names, lines)
}

pub(in crate::price) fn request_lines(rows: &[Line<'_>]) -> (Names, Lines) {
    lines_of(Shape::Request, rows)
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn credits(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

fn at(day: &str) -> Option<Instant> {
    Some(Instant::start_of(day.parse().unwrap()))
}

fn lot(name: &str, effective: Option<&str>, bought: &str, paid: &str) -> Lot {
    let (credits, amount) = (credits(bought), amount(paid));
    let cost = UnitCost::new(amount, credits).unwrap();
    let effective = effective.map(|day| day.parse().unwrap());
    Lot { name: name.into(), effective, expires: None, credits, cost, amount, currency: "USD".into() }
}

fn book(lots: Vec<Lot>) -> PriceBook {
    PriceBook { lots, ..PriceBook::shipped() }
}

/// Rows of credits: day and credits.
fn spent(rows: &[(&str, &str)]) -> (Names, Lines) {
    let rows: Vec<Line<'_>> =
        rows.iter().map(|(day, used)| Line { at: at(day), credits: Some(credits(used)), ..Line::default() }).collect();
    lines_of(Shape::Credits, &rows)
}

#[test]
fn a_day_that_takes_the_last_credit_takes_the_last_of_the_money() {
    let (names, lines) = spent(&[("2026-01-05", "1"), ("2026-01-05", "1"), ("2026-01-05", "1")]);
    let values = value(&book(vec![lot("a", None, "3", "1")]), &names, &lines, &LotOpening::default());
    let paid: Amount = (0..3).filter_map(|row| values.amount(&lines, row)).sum();
    assert_eq!(paid, amount("1"), "a third is rounded, and all three are what was paid");
}

#[test]
fn a_list_price_is_not_that_of_a_long_context_or_of_sound() {
    let plain = Line { model: "gpt-4o", at: at("2026-01-05"), input: Some(10), output: Some(2), ..Line::default() };
    let sound = Modalities { audio_input: 1, ..Modalities::default() };
    let rows = [
        Line { tier: "default", cache_write: Some(0), reasoning: Some(1), ..plain.clone() },
        Line { tier: "batch", ..plain.clone() },
        Line { long_context: true, ..plain.clone() },
        Line { cache_write: Some(4), ..plain.clone() },
        Line { modalities: Some(sound), ..plain.clone() },
        Line { tier: "batch", amount: Some(amount("1")), ..plain },
    ];
    let (names, lines) = request_lines(&rows);
    let values = value(&PriceBook::shipped(), &names, &lines, &LotOpening::default());
    let worths: Vec<Worth> = (0..6).map(|row| values.worth(&lines, row)).collect();
    assert_eq!(worths[0], Worth::Priced(amount("0.000045")));
    assert_eq!(worths[1], Worth::Priced(amount("0.0000225")));
    assert_eq!(worths[2..5], [Worth::Unpriced; 3]);
    assert_eq!(worths[5], Worth::Stated(amount("1")));
}

fn worths(book: &PriceBook, rows: &[(&str, &str)]) -> Vec<String> {
    let (names, lines) = spent(rows);
    let values = value(book, &names, &lines, &LotOpening::default());
    let show = |row| match values.worth(&lines, row) {
        Worth::Lot { amount, lot, overdrawn } => {
            format!("{amount} of lot {lot}{}", if overdrawn { " overdrawn" } else { "" })
        }
        other => format!("{other:?}"),
    };
    (0..lines.len() as u32).map(show).collect()
}

#[test]
fn the_documented_credits_cost_18_70675() {
    let pool = book(vec![lot("edu", Some("2026-01-01"), "20000", "1000")]);
    assert_eq!(worths(&pool, &[("2026-01-05", "374.135")]), ["18.70675 of lot 0"]);
}

#[test]
fn the_second_lot_begins_when_the_first_is_empty_and_it_is_effective() {
    let two = book(vec![lot("a", None, "100", "5"), lot("b", Some("2026-01-08"), "100", "10")]);
    let rows = [("2026-01-05", "60"), ("2026-01-08", "30"), ("2026-01-09", "20"), ("2026-01-10", "5")];
    assert_eq!(
        worths(&two, &rows),
        ["3 of lot 0", "1.5 of lot 0", "1.5 of lot 0", "0.5 of lot 1"],
        "the row of the 9th takes the last 10 of the first and 10 of the second: 0.50 + 1.00"
    );
    let early = [("2026-01-05", "120"), ("2026-01-07", "1"), ("2026-01-08", "10")];
    assert_eq!(
        worths(&two, &early),
        ["6 of lot 0 overdrawn", "0.05 of lot 0 overdrawn", "1 of lot 1"],
        "before the 8th only the first lot can be drawn"
    );
}

#[test]
fn after_the_last_lot_its_unit_cost_goes_on_overdrawn() {
    let pool = book(vec![lot("a", None, "10", "1")]);
    let (names, lines) = spent(&[("2026-01-01", "8"), ("2026-01-02", "5"), ("2026-01-03", "1")]);
    let values = value(&pool, &names, &lines, &LotOpening::default());
    let draws = (0..3).flat_map(|row| values.draws_of(&lines, row));
    let draws: Vec<_> = draws.map(|d| (d.row, d.credits.to_string(), d.amount.to_string(), d.overdrawn)).collect();
    let draw = |row, credits: &str, amount: &str, over| (row, credits.to_string(), amount.to_string(), over);
    assert_eq!(
        draws,
        [draw(0, "8", "0.8", false), draw(1, "2", "0.2", false), draw(1, "3", "0.3", true), draw(2, "1", "0.1", true)]
    );
    assert_eq!(values.overdrawn(&lines), (credits("4"), amount("0.4")));
}

#[test]
fn usage_before_any_lot_is_unpriced_and_zero_credits_are_zero() {
    let later = book(vec![lot("a", Some("2026-01-08"), "10", "1")]);
    let rows = [("2026-01-07", "1"), ("2026-01-07", "0"), ("2026-01-08", "1")];
    let zero = format!("{:?}", Worth::Priced(Amount::ZERO));
    assert_eq!(worths(&later, &rows), ["Unpriced", &zero, "0.1 of lot 0"]);
    assert_eq!(worths(&book(vec![]), &rows), ["Unpriced", &zero, "Unpriced"]);
}

#[test]
fn a_refund_gives_back_what_was_drawn_last() {
    let two = book(vec![lot("a", None, "100", "5"), lot("b", None, "100", "10")]);
    let rows = [
        ("2026-01-01", "110"),
        ("2026-01-02", "-15"),
        ("2026-01-03", "15"),
        ("2026-01-04", "100"),
        ("2026-01-05", "-20"),
        ("2026-01-06", "-300"),
    ];
    let (names, lines) = spent(&rows);
    let values = value(&two, &names, &lines, &LotOpening::default());
    let shown: Vec<String> = (0..6).map(|row| values.amount(&lines, row).unwrap().to_string()).collect();
    // 5 + 1; back 10 at 0.10 and 5 at 0.05; the same again; 90 at 0.10 and 10
    // overdrawn at 0.10; back those 10 and 10 of the lot; back 90 and 100, and
    // 110 that were never drawn here, at the first lot's cost.
    assert_eq!(shown, ["6", "-1.25", "1.25", "10", "-2", "-19.5"]);
    let left = positions(&two, &lines, &values, &LotOpening::default(), Month::new(2026, 1).unwrap());
    let left: Vec<_> = left.iter().map(|p| (p.remaining.to_string(), p.overdrawn.to_string())).collect();
    assert_eq!(left, [("210".to_string(), "0".to_string()), ("100".to_string(), "0".to_string())]);
}

#[test]
fn a_position_rolls_forward_from_what_is_not_loaded() {
    let pool = book(vec![lot("a", None, "100", "5"), lot("a", Some("2026-01-20"), "100", "10")]);
    let mut opening = LotOpening::default();
    opening.drawn.insert("a".into(), (credits("40"), amount("2")));
    let (names, lines) =
        spent(&[("2026-01-31", "50"), ("2026-02-01", "30"), ("2026-02-02", "90"), ("2026-03-01", "7")]);
    let values = value(&pool, &names, &lines, &opening);
    let show = |p: &LotPosition| {
        let figures = [p.opening, p.drawn, p.overdrawn, p.remaining].map(|q| q.to_string()).join(" ");
        format!("{} {figures} {} {}", p.name, p.drawn_amount, p.overdrawn_amount)
    };
    let of = |month| -> Vec<String> { positions(&pool, &lines, &values, &opening, month).iter().map(show).collect() };
    let january = Month::new(2026, 1).unwrap();
    assert_eq!(of(january), ["a 60 50 0 10 2.5 0", "a@2026-01-20 100 0 0 100 0 0"]);
    assert_eq!(of(january.next()), ["a 10 10 0 0 0.5 0", "a@2026-01-20 100 100 10 0 10 1"]);
    assert_eq!(of(january.next().next()), ["a 0 0 0 0 0 0", "a@2026-01-20 0 0 7 0 0 0.7"]);

    opening.drawn.insert("a".into(), (credits("120"), amount("6")));
    let values = value(&pool, &names, &lines, &opening);
    assert!(values.draws(&lines).all(|d| d.lot == 1), "an overdrawn lot has nothing left");
}

#[test]
fn requests_are_stated_priced_unpriced_or_nothing() {
    let known = Line { model: "gpt-4o-mini", at: at("2026-01-05"), ..Line::default() };
    let rows = [
        Line { amount: Some(amount("0.5")), ..Line::default() },
        Line { input: Some(1_000_000), cached: Some(0), output: Some(10), ..known },
        Line { input: Some(1_000_000), cached: Some(400_000), output: Some(0), ..known },
        Line { input: Some(5), output: Some(5), model: "aurora", ..known },
        Line { total: Some(5), ..known },
        Line { input: Some(0), output: Some(0), model: "aurora", ..known },
        known.clone(),
        Line { input: Some(5), not_applicable: Some(NotApplicable::Failed), ..known },
        Line { amount: Some(amount("1")), not_applicable: Some(NotApplicable::Failed), ..known },
        Line { quantity: Some(credits("34")), unit: "seconds", model: "whisper-1", ..known },
        Line { input: Some(i64::MAX), output: Some(0), at: None, model: "o3", ..known },
        Line { input: Some(2_000_000), output: Some(0), at: None, ..known },
        Line { cached: Some(5), ..known },
    ];
    let (names, lines) = request_lines(&rows);
    let values = value(&PriceBook::shipped(), &names, &lines, &LotOpening::default());
    let worth: Vec<Worth> = (0..lines.len() as u32).map(|row| values.worth(&lines, row)).collect();
    let expect = [
        Worth::Stated(amount("0.5")),
        Worth::Priced(amount("0.150006")),
        Worth::Priced(amount("0.12")),
        Worth::Unpriced,
        Worth::Unpriced,
        Worth::Nothing,
        Worth::Nothing,
        Worth::Nothing,
        Worth::Stated(amount("1")),
        Worth::Unpriced,
        Worth::Unpriced,
        Worth::Priced(amount("0.3")),
        Worth::Unpriced,
    ];
    assert_eq!(worth, expect);
    for (row, worth) in (0..).zip(&worth) {
        assert_eq!(values.amount(&lines, row), worth.amount());
    }
}

#[test]
fn a_side_that_states_every_amount_takes_no_memory() {
    let stated = Line { amount: Some(amount("1")), ..Line::default() };
    let failed = Line { not_applicable: Some(NotApplicable::Failed), ..Line::default() };
    for rows in [vec![stated.clone()], vec![stated, failed], vec![]] {
        let (names, lines) = request_lines(&rows);
        assert_eq!(value(&PriceBook::shipped(), &names, &lines, &LotOpening::default()).bytes(), 0);
    }
}

#[test]
fn credits_with_a_stated_amount_draw_nothing() {
    let row = Line { at: at("2026-01-05"), credits: Some(credits("5")), ..Line::default() };
    let rows = [Line { amount: Some(amount("9")), ..row }, row.clone(), Line { credits: None, ..row }];
    let (names, lines) = lines_of(Shape::Credits, &rows);
    let values = value(&book(vec![lot("a", None, "10", "1")]), &names, &lines, &LotOpening::default());
    assert_eq!(values.worth(&lines, 0), Worth::Stated(amount("9")));
    assert_eq!(values.worth(&lines, 1), Worth::Lot { amount: amount("0.5"), lot: 0, overdrawn: false });
    assert_eq!(values.worth(&lines, 2), Worth::Unpriced);
    assert_eq!(values.draws(&lines).map(|d| d.lines).sum::<u64>(), 1);
}

#[test]
fn both_shapes_and_many_chunks_keep_their_rows() {
    let (mut names, mut lines) = (Names::default(), Lines::default());
    let requests = lines.add_file(SourceFile::of_shape(Shape::Request));
    let report = lines.add_file(SourceFile::of_shape(Shape::Credits));
    let rows = CHUNK * 2 + 10;
    for row in 0..rows {
        let day = Instant::from_micros(i64::from(row % 7) * 86_400_000_000);
        if row % 3 == 0 {
            let used = Some(Quantity::from_int(i64::from(row)));
            lines.push(&mut names, report, &Line { at: Some(day), credits: used, ..Line::default() });
        } else {
            let line = Line { model: "gpt-4.1", input: Some(i64::from(row)), at: Some(day), ..Line::default() };
            lines.push(&mut names, requests, &line);
        }
    }
    let pool = book(vec![lot("a", None, "20000000000", "200000000")]);
    let values = value(&pool, &names, &lines, &LotOpening::default());
    let rates = pool.rates("gpt-4.1", Day::from_number(0)).unwrap();
    for row in 0..rows {
        let expect = if row % 3 == 0 {
            Amount::from_int(i64::from(row)).times(10_000_000).unwrap().units() / 1_000_000_000
        } else {
            cost(rates, Tokens { uncached: i64::from(row), cached: 0, output: 0 }).unwrap().units()
        };
        assert_eq!(values.amount(&lines, row), Some(Amount::from_units(expect)), "{row}");
    }
}

fn any_lots() -> impl Strategy<Value = Vec<Lot>> {
    let one = (proptest::option::of(0i32..12), 1i128..40_000, 0i128..5_000);
    proptest::collection::vec(one, 0..4).prop_map(|lots| {
        let lot = |(at, (from, bought, paid)): (usize, (Option<i32>, i128, i128))| {
            let credits = Quantity::from_units(bought * 10i128.pow(15));
            let amount = Amount::from_units(paid * 10i128.pow(16));
            let cost = UnitCost::new(amount, credits).unwrap();
            let effective = from.map(Day::from_number);
            Lot { name: format!("lot {at}"), effective, expires: None, credits, cost, amount, currency: "USD".into() }
        };
        let mut lots: Vec<Lot> = lots.into_iter().enumerate().map(lot).collect();
        lots.sort_by_key(|lot| lot.effective);
        lots
    })
}

/// Day, user and thousandths of credits; now and then a refund.
fn any_spending() -> impl Strategy<Value = Vec<(i32, u8, i64)>> {
    proptest::collection::vec((0i32..15, 0u8..3, prop_oneof![4 => 0i64..9_000, 1 => -3_000i64..0]), 0..30)
}

fn spending(rows: &[(i32, u8, i64)]) -> (Names, Lines) {
    let users = ["a@x", "b@x", "c@x"];
    let rows: Vec<Line<'_>> = rows
        .iter()
        .map(|(day, user, used)| Line {
            at: Some(Instant::start_of(Day::from_number(*day))),
            user: users[usize::from(*user)],
            credits: Some(Quantity::from_units(i128::from(*used) * 10i128.pow(15))),
            ..Line::default()
        })
        .collect();
    lines_of(Shape::Credits, &rows)
}

proptest! {
    #[test]
    fn values_do_not_depend_on_the_order_of_rows(
        lots in any_lots(),
        (rows, shuffled) in any_spending().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        let book = book(lots);
        let worth = |rows: &[(i32, u8, i64)]| {
            let (names, lines) = spending(rows);
            let values = value(&book, &names, &lines, &LotOpening::default());
            let mut all: Vec<String> =
                (0..).zip(rows).map(|(row, said)| format!("{said:?} {:?}", values.worth(&lines, row))).collect();
            all.sort();
            let figures = |d: DayDraw| (d.day, d.lot, d.credits, d.amount, d.overdrawn, d.lines);
            (all, values.draws(&lines).map(figures).collect::<Vec<_>>())
        };
        prop_assert_eq!(worth(&rows), worth(&shuffled));
    }

    #[test]
    fn a_day_drawn_at_once_is_that_drawn_line_by_line(
        lots in any_lots(), expires in proptest::collection::vec(proptest::option::of(0i32..15), 4), rows in any_spending(),
    ) {
        let ends = |(lot, end): (Lot, Option<i32>)| Lot { expires: end.map(Day::from_number), ..lot };
        let book = book(lots.into_iter().zip(expires).map(ends).collect());
        let (names, lines) = spending(&rows);
        let values = value(&book, &names, &lines, &LotOpening::default());
        let mut order: Vec<_> =
            (0..lines.len() as u32).map(|row| (lines.day(row).unwrap(), lines.content(&names, row), row)).collect();
        order.sort_unstable();
        let (mut lots, mut draws) = (Drawing::new(&book, &LotOpening::default()), Vec::new());
        for (day, _, row) in order {
            lots.line(day, row, lines.credits(row).unwrap(), &mut draws).unwrap();
        }
        let mut sums: BTreeMap<_, DayDraw> = BTreeMap::new();
        for draw in values.draws(&lines) {
            let sum = sums.entry((draw.day, draw.lot, draw.overdrawn)).or_insert(DayDraw {
                credits: Quantity::ZERO, amount: Amount::ZERO, lines: 0, ..draw
            });
            *sum = DayDraw {
                credits: sum.credits.plus(draw.credits),
                amount: sum.amount.plus(draw.amount),
                lines: sum.lines + draw.lines,
                ..*sum
            };
        }
        for draw in &draws {
            let key = (lines.day(draw.row).unwrap(), draw.lot, draw.overdrawn);
            let sum = sums.get_mut(&key).unwrap();
            sum.credits = sum.credits.minus(draw.credits);
            sum.amount = sum.amount.minus(draw.amount);
            sum.lines -= 1;
        }
        prop_assert!(sums.values().all(|sum| (sum.credits, sum.amount, sum.lines) == (Quantity::ZERO, Amount::ZERO, 0)));
        for row in 0..lines.len() as u32 {
            let of_row: Vec<LotDraw> = draws.iter().filter(|draw| draw.row == row).copied().collect();
            prop_assert_eq!(&values.draws_of(&lines, row), &of_row);
            match values.worth(&lines, row) {
                Worth::Lot { amount, lot, overdrawn } => {
                    prop_assert_eq!(amount, of_row.iter().map(|d| d.amount).sum::<Amount>());
                    prop_assert_eq!(lot, of_row[0].lot);
                    prop_assert_eq!(overdrawn, of_row.iter().any(|d| d.overdrawn));
                }
                worth => prop_assert_eq!((worth == Worth::Unpriced, of_row.len()), (!lines.credits(row).unwrap().is_zero(), 0)),
            }
        }
    }

    #[test]
    fn the_draws_of_a_line_and_the_money_of_a_lot_add_up(lots in any_lots(), rows in any_spending()) {
        let book = book(lots);
        let (names, lines) = spending(&rows);
        let values = value(&book, &names, &lines, &LotOpening::default());
        for row in 0..lines.len() as u32 {
            let drawn = || values.draws_of(&lines, row).into_iter();
            let amount: Amount = drawn().map(|d| d.amount).sum();
            let credits: Quantity = drawn().map(|d| d.credits).sum();
            match values.worth(&lines, row) {
                Worth::Lot { amount: worth, .. } => {
                    prop_assert_eq!(worth, amount);
                    prop_assert_eq!(Some(credits), lines.credits(row));
                }
                _ => prop_assert_eq!(drawn().count(), 0),
            }
        }
        for (at, lot) in book.lots.iter().enumerate() {
            let drawn = || values.draws(&lines).filter(|d| usize::from(d.lot) == at && !d.overdrawn);
            let credits: Quantity = drawn().map(|d| d.credits).sum();
            let amount: Amount = drawn().map(|d| d.amount).sum();
            prop_assert!(credits <= lot.credits, "more credits than were bought");
            prop_assert!(amount <= lot.amount, "more money than was paid");
            if credits == lot.credits {
                prop_assert_eq!(amount, lot.amount, "an empty lot has given all its money");
            }
        }
    }

    #[test]
    fn months_one_by_one_are_the_months_together(lots in any_lots(), rows in any_spending(), cut in 0i32..15) {
        let rows: Vec<_> = rows.into_iter().map(|(day, user, used)| (day, user, used.abs())).collect();
        let book = book(lots);
        let (names, lines) = spending(&rows);
        let together = value(&book, &names, &lines, &LotOpening::default());
        let mut opening = LotOpening::default();
        let early = together.draws(&lines).filter(|d| d.day < Day::from_number(cut));
        for draw in early {
            let of = opening.drawn.entry(book.lot_label(usize::from(draw.lot))).or_default();
            *of = (of.0.plus(draw.credits), if draw.overdrawn { of.1 } else { of.1.plus(draw.amount) });
        }
        let late = lines.select(|row| lines.day(row).unwrap() >= Day::from_number(cut));
        let alone = value(&book, &names, &late, &opening);
        let kept = (0..lines.len() as u32).filter(|row| lines.day(*row).unwrap() >= Day::from_number(cut));
        for (row, of) in (0..).zip(kept) {
            prop_assert_eq!(alone.worth(&late, row), together.worth(&lines, of));
        }
    }

    #[test]
    fn no_figures_are_too_odd(
        lots in proptest::collection::vec((1i128..i128::MAX, 0i128..i128::MAX), 0..3),
        used in proptest::collection::vec(any::<i128>(), 0..6),
        tokens in proptest::collection::vec(any::<(Option<i64>, Option<i64>, Option<i64>, Option<i64>)>(), 0..6),
    ) {
        let lot = |(credits, amount): (i128, i128)| {
            let (credits, amount) = (Quantity::from_units(credits), Amount::from_units(amount));
            let cost = UnitCost::new(amount, credits).unwrap();
            Lot { name: "a".into(), effective: None, expires: None, credits, cost, amount, currency: "USD".into() }
        };
        let book = book(lots.into_iter().map(lot).collect());
        let (mut names, mut lines) = spent(&[]);
        for used in used {
            let credits = Some(Quantity::from_units(used));
            lines.push(&mut names, 0, &Line { at: at("2026-01-01"), credits, ..Line::default() });
        }
        let requests = lines.add_file(SourceFile::of_shape(Shape::Request));
        for (input, cached, output, total) in tokens {
            let line = Line { at: at("2026-01-01"), model: "o3", input, cached, output, total, ..Line::default() };
            lines.push(&mut names, requests, &line);
        }
        let values = value(&book, &names, &lines, &LotOpening::default());
        let _ = positions(&book, &lines, &values, &LotOpening::default(), Month::new(2026, 1).unwrap());
    }
}

#[test]
fn a_price_edit_moves_only_rows_from_its_day_on() {
    let row = Line { model: "gpt-4.1", input: Some(1_000_000), ..Line::default() };
    let (names, lines) = request_lines(&[Line { at: at("2026-01-07"), ..row }, Line { at: at("2026-01-08"), ..row }]);
    let mut changed = PriceBook::shipped();
    let shipped = changed.rates("gpt-4.1", Day::from_number(0)).unwrap().clone();
    let input = crate::amount::PerMillion::new(amount("1.5")).unwrap();
    changed.rates.push(Rates { effective: Some("2026-01-08".parse().unwrap()), input, shipped: false, ..shipped });
    let values = value(&changed, &names, &lines, &LotOpening::default());
    assert_eq!([0, 1].map(|row| values.amount(&lines, row).unwrap().to_string()), ["2", "1.5"]);
}
