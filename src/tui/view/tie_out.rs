//! The two lines that must balance, always on the screen. Where room is
//! scarce, parts of zero go first, then words become the short ones known for
//! them, then all that is not open becomes one figure; the totals and whether
//! it balances always stay. No word is cut.

use ratatui::layout::Rect;

use super::paint::Paint;
use crate::amount::Cents;
use crate::review::OPEN;
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
        let style = if line.gap.is_zero() { theme.good } else { theme.bad };
        paint.text(area.x + used + 2, y, area.width.saturating_sub(used + 2), &verdict, style);
    }
}

fn verdict(line: &TieOut, ascii: bool) -> String {
    let (yes, no) = if ascii { ("=", "!") } else { ("✓", "✗") };
    if line.gap.is_zero() {
        return format!("{yes} balanced");
    }
    // Less than a cent is still out.
    let gap = line.gap;
    let dollars = if gap.decimals() > 2 { format!("${}", figures::exact(gap)) } else { figures::dollars(gap) };
    format!("{no} out by {dollars}")
}

/// `Bill $1,234.56 + carried in 10.00 = approved 1,010.00 + open 234.56`, as
/// long as it may be.
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
    let mut out = name.to_owned();
    let label = |out: &mut String, label: &'static str| {
        let label = if level >= 2 { short(label) } else { label };
        if !label.is_empty() {
            out.push_str(label);
            out.push(' ');
        }
    };
    let mut totals = line.totals.iter();
    let total = totals.next().map_or(Cents(0), |(_, cents)| *cents);
    out.push_str(&format!(" {}", figures::cents(total)));
    for (name, cents) in totals {
        out.push_str(if cents.0 < 0 { " - " } else { " + " });
        label(&mut out, name);
        out.push_str(&bare(*cents));
    }
    if level >= 4 {
        return out;
    }
    let parts = if level == 3 { open_and_settled(line) } else { line.parts.clone() };
    let parts = parts.into_iter().filter(|(_, cents)| level == 0 || cents.0 != 0);
    for (at, (name, cents)) in parts.enumerate() {
        out.push_str(match (at, cents.0 < 0) {
            (0, _) => " = ",
            (_, false) => " + ",
            (_, true) => " - ",
        });
        label(&mut out, name);
        if at == 0 && cents.0 < 0 {
            out.push('-');
        }
        out.push_str(&bare(cents));
    }
    out
}

/// What waits for a decision, and all else in one.
fn open_and_settled(line: &TieOut) -> Vec<(&'static str, Cents)> {
    let sum =
        |open: bool| line.parts.iter().filter(|(label, _)| (*label == OPEN) == open).map(|(_, cents)| *cents).sum();
    vec![(OPEN, sum(true)), ("settled", sum(false))]
}

/// Without a sign, of the currency or of the amount.
fn bare(cents: Cents) -> String {
    figures::cents(cents).trim_start_matches(['-', '$']).to_owned()
}

/// A word that is as well known and shorter.
fn short(label: &'static str) -> &'static str {
    match label {
        "approved" => "appr.",
        "written off" => "wr. off",
        "disputed" => "disp.",
        "deferred" => "def.",
        "excluded" => "excl.",
        "not applicable" => "n/a",
        "carried in" => "carried",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Amount;
    use crate::review::Sentence;

    fn line(totals: &[(&'static str, &str)], parts: &[(&'static str, &str)]) -> TieOut {
        let exact = |terms: &[(&'static str, &str)]| {
            terms.iter().map(|(label, amount)| (*label, Amount::parse(amount).unwrap())).collect()
        };
        TieOut::from(Sentence { subject: "Bill", totals: exact(totals), parts: exact(parts), unpriced: 0 })
    }

    #[test]
    fn a_line_grows_shorter_and_keeps_its_total() {
        let full = line(&[("", "1234.56")], &[("approved", "1000"), ("written off", "0"), ("open", "234.56")]);
        let at = |room| sum("Bill", &full, room);
        assert_eq!(at(80), "Bill $1,234.56 = approved 1,000.00 + written off 0.00 + open 234.56");
        assert_eq!(at(60), "Bill $1,234.56 = approved 1,000.00 + open 234.56");
        assert_eq!(at(45), "Bill $1,234.56 = appr. 1,000.00 + open 234.56");
        assert_eq!(at(44), "Bill $1,234.56");
        assert_eq!(at(20), "Bill $1,234.56");

        let decided = [("approved", "900"), ("deferred", "60"), ("open", "234.56"), ("not applicable", "40")];
        let many = line(&[("", "1234.56")], &decided);
        let at = |room| sum("Ledger", &many, room);
        assert_eq!(at(70), "Ledger $1,234.56 = appr. 900.00 + def. 60.00 + open 234.56 + n/a 40.00");
        assert_eq!(at(69), "Ledger $1,234.56 = open 234.56 + settled 1,000.00");
    }

    #[test]
    fn what_does_not_balance_says_by_how_much() {
        let out = line(&[("", "10")], &[("approved", "9.5"), ("open", "0.49")]);
        assert_eq!(verdict(&out, false), "✗ out by $0.01");
        let fine = line(&[("", "10")], &[("approved", "9.9999")]);
        assert_eq!(verdict(&fine, true), "! out by $0.0001");
        assert_eq!(verdict(&line(&[("", "0")], &[]), false), "✓ balanced");
    }

    #[test]
    fn what_was_carried_in_stands_beside_the_total_and_the_cents_add_up() {
        let carried = line(&[("", "18.70675"), ("carried in", "10.87675")], &[("approved", "0"), ("open", "29.5835")]);
        assert_eq!(sum("Bill", &carried, 50), "Bill $18.71 + carried in 10.87 = open 29.58");
        assert_eq!(verdict(&carried, false), "✓ balanced");
        let credit = line(&[("", "5"), ("carried in", "-2")], &[("open", "3")]);
        assert_eq!(sum("Bill", &credit, 80), "Bill $5.00 - carried in 2.00 = open 3.00");
    }

    #[test]
    fn negative_terms_are_taken_off() {
        let refund = line(&[("", "5")], &[("approved", "8"), ("open", "-3")]);
        assert_eq!(sum("Bill", &refund, 80), "Bill $5.00 = approved 8.00 - open 3.00");
        let only = line(&[("", "-5")], &[("open", "-5")]);
        assert_eq!(sum("Bill", &only, 80), "Bill -$5.00 = open -5.00");
    }

    #[test]
    fn it_never_exceeds_its_room_where_the_total_fits() {
        let full = line(&[("", "1234.56")], &[("approved as recorded", "1000"), ("open", "234.56")]);
        for room in 14..120 {
            assert!(text::width(&sum("Bill", &full, room)) <= room, "{room}");
        }
    }
}
