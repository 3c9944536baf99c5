//! Subsidies as they burn down: a table of every rule and project, and the
//! selected one over its period, as a chart and as text.

use ratatui::layout::Rect;

use super::chart::{self, Chart};
use super::paint::{Paint, Piece, wrapped};
use super::table::{Cell, Column, Row, Shown, decimal, number, text_column};
use super::{Areas, behind, table};
use crate::amount::Amount;
use crate::desk::BurnDown;
use crate::tui::figures;
use crate::tui::model::Model;

/// For their names; see [`columns`].
pub const COLUMNS: [Column<'_>; 12] = columns(true);

/// The rule stands where there are several: else it only takes room.
const fn columns(several: bool) -> [Column<'static>; 12] {
    [
        text_column("whose cap", 0, 10, 32).good(18),
        text_column("rule", if several { 3 } else { 9 }, 8, 24).good(16),
        text_column("period", 3, 8, 9),
        decimal("cap", 2, 9),
        decimal("used", 6, 9),
        decimal("before", 8, 9),
        decimal("this month", 4, 10),
        decimal("remaining", 1, 9),
        number("share", 5, 6),
        decimal("over even", 6, 9),
        decimal("by its end", 7, 10),
        text_column("runs out", 1, 10, 10),
    ]
}

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    if let Some(behind) = &model.burn.behind {
        behind::draw(model, behind, paint, areas);
        return;
    }
    let theme = *paint.theme;
    let state = &model.burn;
    if state.is_empty() {
        let text = "No subsidy rule covers a project; subsidies.json says which do.";
        paint.text(areas.table.x, areas.table.y, areas.table.width, text, theme.dim);
        return;
    }
    let spot = model.spot();
    let table = state
        .from(spot.top)
        .take(areas.rows())
        .map(|(at, burn)| {
            let apart = burn.over_even();
            let left = if burn.used_up() { theme.bad } else { theme.text };
            let cells = vec![
                Cell::new(&burn.subject),
                Cell::styled(&burn.scope.rule, theme.dim),
                Cell::styled(burn.scope.period.to_string(), theme.dim),
                Cell::new(cents(burn.cap)),
                Cell::new(cents(burn.used)),
                Cell::new(cents(burn.before)),
                Cell::new(cents(burn.this_month)),
                Cell::styled(cents(burn.remaining), left),
                Cell::new(burn.share.map(|share| share.percent()).unwrap_or_default()),
                Cell::styled(signed(apart), if apart > Amount::ZERO { theme.warn } else { theme.good }),
                Cell::styled(cents(burn.by_end), if burn.by_end > burn.cap { theme.warn } else { theme.text }),
                Cell::styled(burn.runs_out_text(), left),
            ];
            Row { cells, cursor: at == spot.at, style: None }
        })
        .collect();
    let columns = columns(state.rule.is_none() && state.rules().len() > 1);
    table::draw_as(paint, areas.table, &columns, table, &Shown::of(model));
    if let (Some(aside), Some(burn)) = (areas.aside, state.get(model.told())) {
        selected(burn, "", paint, aside);
    }
}

pub(super) fn cents(amount: Amount) -> String {
    figures::dollars(amount).replace('$', "")
}

fn signed(amount: Amount) -> String {
    let sign = if amount > Amount::ZERO { "+" } else { "" };
    format!("{sign}{}", cents(amount))
}

/// A cap over its period: as a chart and in words, with `more` behind them.
pub(super) fn selected(burn: &BurnDown, more: &str, paint: &mut Paint<'_>, area: Rect) {
    let title = format!("{} in {}, {} to {}", burn.subject, burn.scope.period, burn.bounds.0, burn.bounds.1);
    paint.rule(area.x, area.y, area.width, &title);
    let lines = in_words(burn, more, paint, area.width);
    let below = area.height.saturating_sub(1);
    // The text has it all in words; the chart takes what is left.
    let text_rows = (lines.len() as u16).min(below);
    let chart_area = Rect { y: area.y + 1, height: below - text_rows, ..area };
    let chart = chart_area.height >= 4 && !paint.plain;
    let text_rows = if chart { text_rows } else { below };
    if chart {
        let most = burn.cap.max(burn.drawn());
        let chart = Chart { bounds: burn.bounds, most, cap: burn.cap, series: &burn.series };
        chart::draw(&chart, paint, chart_area);
    }
    paint.lines(Rect { y: area.bottom() - text_rows, height: text_rows, ..area }, &lines, 0);
}

/// The figures of the chart as text.
fn in_words(burn: &BurnDown, more: &str, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let apart = burn.over_even();
    let pace = match apart {
        _ if apart.is_zero() => "just as even use would".to_owned(),
        _ if apart.is_negative() => format!("{} less than even use would", figures::dollars(apart.abs())),
        _ => format!("{} more than even use would", figures::dollars(apart)),
    };
    let end = match burn.runs_out {
        _ if burn.used_up() => "It is used up.".to_owned(),
        Some(day) => format!("At this pace it runs out on {day}."),
        None => "At this pace it lasts the period.".to_owned(),
    };
    let mut text = format!(
        "Of {} it drew {} before and {} this month, {pace}; {} are left. {end} {} were used under rule {}",
        figures::dollars(burn.cap),
        figures::dollars(burn.before),
        figures::dollars(burn.this_month),
        figures::dollars(burn.remaining),
        figures::dollars(burn.used),
        burn.scope.rule,
    );
    let who = [("PI", &burn.pi_email), ("fund", &burn.fund_org)];
    who.iter().filter(|(_, name)| !name.is_empty()).for_each(|(what, name)| text.push_str(&format!(", {what} {name}")));
    text.push('.');
    if !more.is_empty() {
        text.push_str(&format!(" This month: {more}"));
    }
    wrapped(&text, width, paint.ascii, paint.theme.text).collect()
}
