//! The two lines that must balance, always on the screen. Where room is
//! scarce, terms of zero go first, then letters, then the terms themselves;
//! the total and whether it balances always stay.

use ratatui::layout::Rect;

use super::paint::Paint;
use crate::amount::Amount;
use crate::tui::figures;
use crate::tui::message::TieOut;
use crate::tui::model::Model;
use crate::tui::text;

pub fn draw(model: &Model, paint: &mut Paint<'_>, area: Rect) {
    if model.desk.is_none() || area.height < 2 {
        return;
    }
    let theme = *paint.theme;
    for (row, (name, line)) in ["Bill", "Ledger"].into_iter().zip(&model.glance.tie_out).enumerate() {
        let y = area.y + row as u16;
        let verdict = verdict(line, paint.ascii);
        let room = (area.width as usize).saturating_sub(text::width(&verdict) + 2);
        let sum = sum(name, line, room);
        let used = paint.text(area.x, y, area.width, &sum, theme.text);
        let style = if line.balances { theme.good } else { theme.bad };
        paint.text(area.x + used + 2, y, area.width.saturating_sub(used + 2), &verdict, style);
    }
}

fn verdict(line: &TieOut, ascii: bool) -> String {
    let (yes, no) = if ascii { ("=", "!") } else { ("✓", "✗") };
    if line.balances {
        return format!("{yes} balanced");
    }
    let mut terms = line.terms.iter().map(|(_, amount)| *amount);
    let total = terms.next().unwrap_or_default();
    let out = total.minus(terms.sum());
    // Less than a cent is still out.
    let dollars = if out.decimals() > 2 { format!("${}", figures::exact(out)) } else { figures::dollars(out) };
    format!("{no} out by {dollars}")
}

/// `Bill 1,234.56 = approved 1,000.00 + open 234.56`, as long as it may be.
fn sum(name: &str, line: &TieOut, room: usize) -> String {
    for level in 0..4 {
        let text = written(name, line, level);
        if text::width(&text) <= room {
            return text;
        }
    }
    written(name, line, 4)
}

fn written(name: &str, line: &TieOut, level: usize) -> String {
    let mut terms = line.terms.iter();
    let total = terms.next().map(|(_, amount)| *amount).unwrap_or_default();
    let mut out = format!("{name} {}", figures::dollars(total));
    if level >= 4 {
        return out;
    }
    let kept: Vec<&(&str, Amount)> = terms.filter(|(_, amount)| level == 0 || !amount.is_zero()).collect();
    if kept.is_empty() {
        return out;
    }
    for (at, (label, amount)) in kept.into_iter().enumerate() {
        let sign = match (at, amount.is_negative()) {
            (0, false) => " = ",
            (0, true) => " = -",
            (_, false) => " + ",
            (_, true) => " - ",
        };
        out.push_str(sign);
        let label = if level >= 2 { short(label, if level == 2 { 5 } else { 3 }) } else { (*label).to_owned() };
        if !label.is_empty() {
            out.push_str(&label);
            out.push(' ');
        }
        out.push_str(figures::dollars(amount.abs()).trim_start_matches('$'));
    }
    out
}

/// The first letters of each word.
fn short(label: &str, letters: usize) -> String {
    label.split(' ').map(|word| word.chars().take(letters).collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(terms: &[(&'static str, &str)], balances: bool) -> TieOut {
        TieOut { terms: terms.iter().map(|(l, a)| (*l, Amount::parse(a).unwrap())).collect(), balances }
    }

    #[test]
    fn a_line_grows_shorter_and_keeps_its_total() {
        let full = line(&[("bill", "1234.56"), ("approved", "1000"), ("written off", "0"), ("open", "234.56")], true);
        let at = |room| sum("Bill", &full, room);
        assert_eq!(at(80), "Bill $1,234.56 = approved 1,000.00 + written off 0.00 + open 234.56");
        assert_eq!(at(60), "Bill $1,234.56 = approved 1,000.00 + open 234.56");
        assert_eq!(at(47), "Bill $1,234.56 = appro 1,000.00 + open 234.56");
        assert_eq!(at(43), "Bill $1,234.56 = app 1,000.00 + ope 234.56");
        assert_eq!(at(20), "Bill $1,234.56");
    }

    #[test]
    fn what_does_not_balance_says_by_how_much() {
        let out = line(&[("bill", "10"), ("approved", "9.5"), ("open", "0.49")], false);
        assert_eq!(verdict(&out, false), "✗ out by $0.01");
        let fine = line(&[("bill", "10"), ("approved", "9.9999")], false);
        assert_eq!(verdict(&fine, true), "! out by $0.0001");
        assert_eq!(verdict(&line(&[("bill", "0")], true), false), "✓ balanced");
    }

    #[test]
    fn negative_terms_are_taken_off() {
        let refund = line(&[("bill", "5"), ("approved", "8"), ("open", "-3")], true);
        assert_eq!(sum("Bill", &refund, 80), "Bill $5.00 = approved 8.00 - open 3.00");
    }

    #[test]
    fn it_never_exceeds_its_room_where_the_total_fits() {
        let full = line(&[("bill", "1234.56"), ("approved as recorded", "1000"), ("open", "234.56")], true);
        for room in 14..120 {
            assert!(text::width(&sum("Bill", &full, room)) <= room, "{room}");
        }
    }
}
