//! What stands between the month and its file: the gate, then what would be
//! written, to whom, and its first rows.

use ratatui::layout::Rect;

use super::paint::{Paint, Piece, plain, wrapped};
use super::table::{Cell, Column, Row, decimal, number, text_column};
use super::{Areas, table};
use crate::desk::{Behind, CloseView};
use crate::tui::model::{Model, Tab};
use crate::tui::{figures, text};

const GATE: [Column<'_>; 5] = [
    text_column("", 0, 1, 1),
    text_column("left to do", 0, 20, 60),
    number("count", 1, 8),
    decimal("dollars", 1, 12),
    text_column("where", 2, 13, 60),
];

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let Some(close) = &model.pages.close else {
        let (text, style) = (format!("Adding up{}", paint.dots()), paint.theme.dim);
        paint.text(areas.body.x, areas.body.y, areas.body.width, &text, style);
        return;
    };
    gate(model, close, paint, areas);
    if let Some(aside) = areas.aside {
        let left = Rect { width: aside.width.saturating_sub(1), ..aside };
        let lines = summary(model, close, paint, left.width);
        paint.rule(aside.x, aside.y, aside.width, "what would be written");
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
            let (place, filter) = match line.behind {
                _ if line.count == 0 => ("", ""),
                Behind::List(screen) => (Tab::of(screen).title(), line.filter.as_str()),
                Behind::AnyList => ("any list", line.filter.as_str()),
                Behind::BadRows => (Tab::BadRows.title(), ""),
                Behind::Prices => (Tab::Prices.title(), ""),
                Behind::Nothing => ("", ""),
            };
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
    table::draw(paint, areas.table, &GATE, rows);
}

/// Totals, refusals, payers and the first rows, in this order.
fn summary(model: &Model, close: &CloseView, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let mut lines = Vec::new();
    for refusal in &close.refusals {
        lines.extend(wrapped(refusal, width, paint.ascii, theme.bad));
    }
    lines.push(vec![
        (figures::cents(close.total), theme.title),
        (
            format!(
                " in {} of {}, {} of it subsidised, as {}",
                figures::of(close.rows, "row", "rows"),
                figures::of(close.charges, "charge", "charges"),
                figures::cents(close.subsidized),
                close.profile
            ),
            theme.text,
        ),
    ]);
    let target = std::path::Path::new(&close.target);
    let target = target
        .strip_prefix(&model.title)
        .map_or_else(|_| close.target.clone(), |name| format!("{} in the book", name.display()));
    lines.extend(wrapped(&format!("to {target}"), width, paint.ascii, theme.dim));
    if !close.written.is_empty() {
        let terms: Vec<String> =
            close.written.iter().map(|(label, amount)| format!("{label} {}", figures::exact(*amount))).collect();
        lines.extend(wrapped(&terms.join("  "), width, paint.ascii, theme.dim));
    }
    if !close.changes.is_empty() {
        let sentence = crate::desk::change_sentence(&close.changes);
        lines.extend(wrapped(&sentence, width, paint.ascii, theme.warn));
    }
    lines
        .extend(close.exports.iter().rev().take(3).map(|export| plain(format!("written before: {export}"), theme.dim)));
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
