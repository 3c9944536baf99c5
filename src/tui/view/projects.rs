//! Subsidies as they burn down: a table of every rule and project, and the
//! selected one over its period, as a chart and as text.

use ratatui::layout::Rect;

use super::chart::{self, Chart};
use super::paint::{Paint, Piece, wrapped};
use super::table::{Cell, Column, Row, decimal, number, text_column};
use super::{Areas, table};
use crate::amount::Amount;
use crate::desk::BurnDown;
use crate::tui::figures;
use crate::tui::model::Model;

const COLUMNS: [Column<'_>; 10] = [
    text_column("project", 0, 10, 28),
    text_column("rule", 7, 8, 24),
    text_column("period", 5, 6, 9),
    decimal("cap", 2, 9),
    decimal("before", 6, 9),
    decimal("this month", 3, 10),
    decimal("remaining", 1, 9),
    number("share", 4, 6),
    decimal("over even", 4, 9),
    text_column("runs out", 1, 10, 10),
];

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let theme = *paint.theme;
    let rows = &model.pages.projects;
    if rows.is_empty() {
        let text = "No subsidy rule covers a project; subsidies.json says which do.";
        paint.text(areas.table.x, areas.table.y, areas.table.width, text, theme.dim);
        return;
    }
    let spot = model.spot();
    let visible = rows.iter().enumerate().skip(spot.top).take(areas.rows());
    let table = visible
        .map(|(at, burn)| {
            let none_left = burn.remaining <= Amount::ZERO;
            let apart = over_even(burn);
            let cells = vec![
                Cell::new(&burn.subject),
                Cell::styled(&burn.scope.rule, theme.dim),
                Cell::styled(burn.scope.period.to_string(), theme.dim),
                Cell::new(cents(burn.cap)),
                Cell::new(cents(burn.before)),
                Cell::new(cents(burn.this_month)),
                Cell::styled(cents(burn.remaining), if none_left { theme.bad } else { theme.text }),
                Cell::new(burn.share.map(|share| share.percent()).unwrap_or_default()),
                Cell::styled(signed(apart), if apart > Amount::ZERO { theme.warn } else { theme.good }),
                Cell::styled(runs_out(burn), if none_left { theme.bad } else { theme.text }),
            ];
            Row { cells, cursor: at == spot.at, style: None }
        })
        .collect();
    table::draw(paint, areas.table, &COLUMNS, table);
    if let (Some(aside), Some(burn)) = (areas.aside, rows.get(spot.at)) {
        selected(burn, paint, aside);
    }
}

fn cents(amount: Amount) -> String {
    figures::dollars(amount).replace('$', "")
}

/// What was drawn beyond an even use of the cap; below zero where it is less.
fn over_even(burn: &BurnDown) -> Amount {
    burn.before.plus(burn.this_month).minus(burn.even_pace)
}

fn signed(amount: Amount) -> String {
    let sign = if amount > Amount::ZERO { "+" } else { "" };
    format!("{sign}{}", cents(amount))
}

fn runs_out(burn: &BurnDown) -> String {
    match burn.runs_out {
        _ if burn.remaining <= Amount::ZERO => "used up".to_owned(),
        Some(day) => day.to_string(),
        None => "lasts".to_owned(),
    }
}

fn selected(burn: &BurnDown, paint: &mut Paint<'_>, area: Rect) {
    let title = format!("{} in {}, {} to {}", burn.subject, burn.scope.period, burn.bounds.0, burn.bounds.1);
    paint.rule(area.x, area.y, area.width, &title);
    let lines = in_words(burn, paint, area.width);
    let below = area.height.saturating_sub(1);
    // The text has it all in words; the chart takes what is left.
    let text_rows = (lines.len() as u16).min(below);
    let chart_area = Rect { y: area.y + 1, height: below - text_rows, ..area };
    let text_rows = if chart_area.height >= 4 { text_rows } else { below };
    if chart_area.height >= 4 {
        let most = burn.cap.max(burn.before.plus(burn.this_month));
        let chart = Chart { bounds: burn.bounds, most, cap: burn.cap, series: &burn.series };
        chart::draw(&chart, paint, chart_area);
    }
    paint.lines(Rect { y: area.bottom() - text_rows, height: text_rows, ..area }, &lines, 0);
}

/// The figures of the chart as text.
fn in_words(burn: &BurnDown, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let apart = over_even(burn);
    let pace = match apart {
        _ if apart.is_zero() => "just as even use would".to_owned(),
        _ if apart.is_negative() => format!("{} less than even use would", figures::dollars(apart.abs())),
        _ => format!("{} more than even use would", figures::dollars(apart)),
    };
    let end = match burn.runs_out {
        _ if burn.remaining <= Amount::ZERO => "It is used up.".to_owned(),
        Some(day) => format!("At this pace it runs out on {day}."),
        None => "At this pace it lasts the period.".to_owned(),
    };
    let text = format!(
        "Of {} it drew {} before and {} this month, {pace}; {} are left. {end} Rule {}, PI {}, fund {}.",
        figures::dollars(burn.cap),
        figures::dollars(burn.before),
        figures::dollars(burn.this_month),
        figures::dollars(burn.remaining),
        burn.scope.rule,
        burn.pi_email,
        burn.fund_org,
    );
    wrapped(&text, width, paint.ascii, paint.theme.text).collect()
}
