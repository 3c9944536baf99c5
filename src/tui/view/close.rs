//! What stands between the month and its file: the gate, then what would be
//! written, to whom, and its first rows.

use ratatui::layout::Rect;

use super::paint::{Paint, Piece, plain, wrapped};
use super::table::{Cell, Column, Row, Shown, decimal, number, text_column};
use super::{Areas, table};
use crate::amount::Amount;
use crate::calendar::Month;
use crate::desk::{Behind, CloseView, GateItem, LateState, SignedView};
use crate::tui::keymap::Action;
use crate::tui::model::Model;
use crate::tui::tab::Tab;
use crate::tui::{figures, text};

/// Charges that are listed one by one before the rest is counted.
const MOST: usize = 200;

pub const GATE: [Column<'_>; 5] = [
    text_column("", 0, 1, 1),
    text_column("left to do", 0, 20, 60),
    number("count", 1, 8),
    decimal("dollars", 1, 12),
    text_column("where", 2, 13, 60),
];

/// Lines that stand above what would be written: the gate, or of a signed
/// month its versions.
pub fn lines_above(close: &CloseView) -> usize {
    if close.signed.is_some() { close.versions.len() + 4 } else { close.gate.len() }
}

/// What is waited for, where tables are asked about these signed months.
fn waits_for(asked: &[Month]) -> String {
    match asked {
        [] => "Adding up".to_owned(),
        [one] => format!("Adding up, and asking the ledger what it says of {one} now"),
        [first, .., last] => {
            format!(
                "Adding up, and asking the ledger what it says of {} signed months now, {first} to {last}",
                asked.len()
            )
        }
    }
}

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let Some(close) = &model.pages.close else {
        let asked = model.desk.as_ref().map(|desk| desk.asked_of_tables()).unwrap_or_default();
        let (text, style) = (format!("{}{}", waits_for(&asked), paint.dots()), paint.theme.dim);
        paint.text(areas.body.x, areas.body.y, areas.body.width, &text, style);
        return;
    };
    match &close.signed {
        Some(signed) => versions(model, close, signed, paint, areas.table),
        None => gate(model, close, paint, areas),
    }
    if let Some(aside) = areas.aside {
        let left = Rect { width: aside.width.saturating_sub(1), ..aside };
        let (title, lines) = match &close.signed {
            Some(signed) => ("as signed, against as now", since(signed, paint, left.width)),
            None => ("what would be written", summary(model, close, paint, left.width)),
        };
        paint.rule(aside.x, aside.y, aside.width, title);
        let below = Rect { y: aside.y + 1, height: aside.height.saturating_sub(1), ..left };
        let top = model.detail.scroll.top(lines.len(), below.height as usize);
        paint.lines(below, &lines, top);
    }
}

fn gate(model: &Model, close: &CloseView, paint: &mut Paint<'_>, areas: &Areas) {
    let theme = *paint.theme;
    let (stop, fine) = if paint.ascii { ("!", "=") } else { ("✗", "✓") };
    if close.gate.is_empty() {
        let text = format!("{fine} Nothing is left to do.");
        paint.text(areas.table.x, areas.table.y, areas.table.width, &text, theme.good);
        return;
    }
    let spot = model.spot();
    let visible = close.gate.iter().enumerate().skip(spot.top).take(areas.rows());
    let rows = visible
        .map(|(at, line)| {
            let (place, filter) = where_it_is(line);
            let (mark, style) = match (line.count, line.blocks) {
                (0, _) => (fine, theme.good),
                (_, true) => (stop, theme.bad),
                (_, false) => ("", theme.warn),
            };
            let cells = vec![
                Cell::styled(mark, style),
                Cell::styled(&line.what, style),
                Cell::new(figures::count(line.count)),
                Cell::new(figures::total(line.amount)),
                Cell::styled(format!("{place} {filter}"), theme.dim).or(place),
            ];
            Row { cells, cursor: at == spot.at, style: None }
        })
        .collect();
    table::draw_as(paint, areas.table, &GATE, rows, &Shown::of(model));
}

/// The screen that shows what a line counts, and the filter it shows it by.
pub(super) fn where_it_is(line: &GateItem) -> (&'static str, &str) {
    match line.behind {
        _ if line.count == 0 => ("", ""),
        Behind::List(screen) => (Tab::of(screen).title(), line.filter.as_str()),
        Behind::AnyList => ("any list", line.filter.as_str()),
        Behind::BadRows => (Tab::BadRows.title(), ""),
        Behind::Prices => (Tab::Prices.title(), ""),
        Behind::Projects => (Tab::Projects.title(), ""),
        Behind::Overview => (Tab::Overview.title(), ""),
        Behind::Why => (Tab::Why.title(), ""),
        Behind::Nothing => ("", ""),
    }
}

/// The versions of a signed month, the one in force first.
fn versions(model: &Model, close: &CloseView, signed: &SignedView, paint: &mut Paint<'_>, area: Rect) {
    let theme = *paint.theme;
    let fine = if paint.ascii { "=" } else { "✓" };
    let mut lines: Vec<Vec<Piece>> =
        wrapped(&format!("{fine} {}", signed.title), area.width, paint.ascii, theme.good).collect();
    lines.extend(wrapped(
        &format!("kept in {}, sign-off SHA-256 {}", signed.file, signed.sha256),
        area.width,
        paint.ascii,
        theme.dim,
    ));
    let key = model.keymap.shown(Action::ReopenMonth, model.ascii);
    let words = format!(
        "Nothing changes it; {key} begins the next version. trueup verify says whether it stands, trueup evidence \
         packs it for whoever checks it."
    );
    lines.extend(wrapped(&words, area.width, paint.ascii, theme.text));
    let before = close.versions.iter().rev().skip(1);
    for version in before {
        lines.extend(wrapped(version, area.width, paint.ascii, theme.dim));
    }
    paint.lines(area, &lines, 0);
}

/// What came after the signature, by payer and then by charge.
fn since(signed: &SignedView, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    if let Some(why) = &signed.unknown {
        return wrapped(&format!("What was signed cannot be compared: {why}"), width, paint.ascii, theme.bad).collect();
    }
    let mut lines = vec![plain(
        format!("Charges as signed {}, as now {}.", figures::dollars(signed.signed), figures::dollars(signed.now)),
        theme.title,
    )];
    for billed in &signed.billed {
        let style = if billed.version.is_some() { theme.good } else { theme.warn };
        lines.extend(wrapped(&billed.sentence(), width, paint.ascii, style));
    }
    if signed.corrections.is_empty() {
        lines.extend(wrapped(signed.nothing_left(), width, paint.ascii, theme.good));
        return lines;
    }
    let words = "Proposed as corrections in an open month; what is signed stays.";
    lines.extend(wrapped(words, width, paint.ascii, theme.warn));
    let cut = |text: &str, wide: usize| text::fit(&text::clean(text, paint.ascii), wide, paint.ascii).into_owned();
    let stands = if signed.billed.is_empty() { "as signed" } else { "as corrected" };
    let head = |first: &str| format!("{stands:>13} {:>13} {:>13}  {first}", "as now", "correction");
    let rest = (width as usize).saturating_sub(43);
    lines.push(Vec::new());
    lines.push(plain(head("payer and project"), theme.head));
    for payer in &signed.payers {
        let amounts = format!(
            "{:>13} {:>13} {:>13}",
            figures::total(payer.signed),
            figures::total(payer.now),
            figures::signed_total(payer.correction())
        );
        let who = format!("{} {}", payer.fund_org, payer.project);
        lines.push(plain(format!("{amounts}  {}", cut(&who, rest)), theme.text));
    }
    lines.push(Vec::new());
    lines.push(plain(head("charge"), theme.head));
    for correction in signed.corrections.iter().take(MOST) {
        let amount = |amount: Option<Amount>| amount.map_or_else(|| "-".to_owned(), figures::total);
        let amounts = format!(
            "{:>13} {:>13} {:>13}",
            amount(correction.signed),
            amount(correction.now),
            figures::signed_total(correction.charge.amount)
        );
        let charge = &correction.charge;
        let what = format!("{} {} {} {}", correction.kind(), charge.day, charge.user, charge.what);
        lines.push(plain(format!("{amounts}  {}", cut(&what, rest)), theme.text));
    }
    if signed.corrections.len() > MOST {
        let more = figures::of((signed.corrections.len() - MOST) as u64, "charge", "charges");
        lines.push(plain(format!("{more} more: trueup close --format csv has all"), theme.dim));
    }
    lines
}

/// Terms beside each other, as many as a line holds: none is broken, so that a
/// figure stays beside its name.
fn listed(terms: &[String], width: u16) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for term in terms {
        match lines.last_mut() {
            Some(line) if text::width(line) + 2 + text::width(term) <= width.into() => {
                line.push_str("  ");
                line.push_str(term);
            }
            _ => lines.push(term.clone()),
        }
    }
    lines
}

/// Totals, refusals, payers and the first rows, in this order.
fn summary(model: &Model, close: &CloseView, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let mut lines = Vec::new();
    // What the line under the cursor is about, and what to do.
    if let Some(item) = close.gate.get(model.told()).filter(|item| item.count > 0) {
        lines.extend(wrapped(&item.sentence, width, paint.ascii, theme.info));
        lines.push(Vec::new());
    }
    if let Some(prepared) = &close.prepared {
        let text = format!("Prepared {prepared}, and unchanged since: another person may sign it.");
        lines.extend(wrapped(&text, width, paint.ascii, theme.good));
    }
    for version in close.versions.iter().rev() {
        lines.extend(wrapped(version, width, paint.ascii, theme.dim));
    }
    for refusal in &close.refusals {
        lines.extend(wrapped(refusal, width, paint.ascii, theme.bad));
    }
    let total = figures::cents(close.total);
    let rest = format!(
        " in {} of {}, {} of it subsidised, as {}",
        figures::of(close.rows, "row", "rows"),
        figures::of(close.charges, "charge", "charges"),
        figures::cents(close.subsidized),
        close.profile
    );
    if text::width(&total) + text::width(&rest) <= width.into() {
        lines.push(vec![(total, theme.title), (rest, theme.text)]);
    } else {
        lines.extend(wrapped(&format!("{total}{rest}"), width, paint.ascii, theme.text));
    }
    let target = std::path::Path::new(&close.target);
    let target = target
        .strip_prefix(&model.title)
        .map_or_else(|_| close.target.clone(), |name| format!("{} in the book", name.display()));
    lines.extend(wrapped(&format!("to {target}"), width, paint.ascii, theme.dim));
    if !close.written.is_empty() {
        let terms: Vec<String> =
            close.written.iter().map(|(label, amount)| format!("{label} {}", figures::exact(*amount))).collect();
        lines.extend(listed(&terms, width).into_iter().map(|line| plain(line, theme.dim)));
    }
    if !close.changes.is_empty() {
        let sentence = crate::desk::change_sentence(&close.changes);
        lines.extend(wrapped(&sentence, width, paint.ascii, theme.warn));
    }
    lines
        .extend(close.exports.iter().rev().take(3).map(|export| plain(format!("written before: {export}"), theme.dim)));
    lines.extend(corrections(close, paint, width));
    for paper in &close.papers {
        lines.extend(wrapped(paper, width, paint.ascii, theme.text));
    }
    for verdicts in &close.verdicts {
        lines.extend(wrapped(verdicts, width, paint.ascii, theme.dim));
    }
    lines.push(Vec::new());
    lines.extend(payers(close, paint, width));
    if !close.sample.is_empty() {
        lines.push(Vec::new());
        lines.push(plain("First rows", theme.head));
        for row in close.sample.iter().take(6) {
            lines.push(plain(row.join(","), theme.dim));
        }
    }
    lines
}

/// What came later for signed months: a sentence, then by payer and by row.
fn corrections(close: &CloseView, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let cut = |text: &str| text::fit(&text::clean(text, paint.ascii), width as usize, paint.ascii).into_owned();
    let mut lines = Vec::new();
    for view in &close.corrections {
        let style = if view.state == LateState::Accepted { theme.good } else { theme.warn };
        lines.extend(wrapped(&view.sentence(), width, paint.ascii, style));
        for (fund, project, cents) in &view.payers {
            let amount = figures::signed_total(cents.amount());
            lines.push(plain(cut(&format!("{amount:>13}  {fund} {project}")), theme.text));
        }
        for (day, id, fund, cents) in view.lines.iter().take(MOST) {
            let amount = figures::signed_total(cents.amount());
            lines.push(plain(cut(&format!("{amount:>13}  {day} {fund} {id}")), theme.dim));
        }
        if view.lines.len() > MOST {
            let more = figures::of((view.lines.len() - MOST) as u64, "row", "rows");
            lines.push(plain(format!("{more} more: trueup corrections --format csv has all"), theme.dim));
        }
    }
    lines
}

fn payers(close: &CloseView, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let wide = (width as usize).saturating_sub(24) / 3;
    let cell = |text: &str| {
        let clean = text::clean(text, paint.ascii).into_owned();
        let fitted = text::fit(&clean, wide, paint.ascii).into_owned();
        let blank = wide.saturating_sub(text::width(&fitted));
        format!("{fitted}{} ", " ".repeat(blank))
    };
    let mut lines = vec![plain(
        format!("{}{}{}{:>6} {:>13}", cell("payer"), cell("project"), cell("PI"), "rows", "dollars"),
        theme.head,
    )];
    for payer in &close.payers {
        let name = if payer.sponsor { format!("{} (sponsor)", payer.payer) } else { payer.payer.clone() };
        lines.push(plain(
            format!(
                "{}{}{}{:>6} {:>13}",
                cell(&name),
                cell(&payer.project),
                cell(&payer.pi_email),
                figures::count(payer.rows),
                figures::cents(payer.cents)
            ),
            if payer.sponsor { theme.info } else { theme.text },
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_which_signed_months_a_ledger_is_asked_about() {
        let months: Vec<Month> = ["2026-01", "2026-02", "2026-03"].map(|month| month.parse().unwrap()).into();
        assert_eq!(waits_for(&[]), "Adding up");
        assert!(waits_for(&months[..1]).ends_with("what it says of 2026-01 now"));
        assert!(waits_for(&months).ends_with("of 3 signed months now, 2026-01 to 2026-03"));
    }
}
