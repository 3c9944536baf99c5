//! The month at a glance: outcomes, causes, what was read and what to know
//! about it.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::close::where_it_is;
use super::paint::{Paint, Piece, plain, wrapped};
use super::table::{Cell, Column, Row, decimal, fraction, number, text_column};
use super::{Areas, table, words};
use crate::tui::keymap::Action;
use crate::tui::message::{Overview, Tally};
use crate::tui::model::Model;
use crate::tui::tab::Tab;
use crate::tui::{figures, text};

const NEXT: [Column<'_>; 5] = [
    text_column("", 0, 3, 3),
    text_column("to do next", 0, 20, 60).good(42),
    number("count", 1, 5),
    decimal("dollars", 1, 10),
    text_column("where", 7, 13, 60),
];

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    next(model, paint, areas);
    let area = areas.aside.unwrap_or_default();
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let Some(overview) = &model.pages.overview else {
        let (text, style) = (format!("Adding up{}", paint.dots()), paint.theme.dim);
        paint.text(area.x, area.y, area.width, &text, style);
        return;
    };
    let lines = lines(model, overview, paint, area.width);
    let top = model.detail.scroll.top(lines.len(), area.height as usize);
    paint.lines(area, &lines, top);
}

/// What is left to do, the most urgent first; each opens with a key.
fn next(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let theme = *paint.theme;
    let area = areas.table;
    let steps = &model.pages.next;
    if steps.is_empty() {
        let signed = model.desk.as_ref().is_some_and(|desk| desk.signed().is_some());
        let close = model.keymap.shown(Action::Go(Tab::Close), paint.ascii);
        let (text, style) = match (model.pages.next_of, signed) {
            (_, true) => (
                "The month is signed: nothing is left to do. For the next one leave, and open it with its bill: trueup \
                 review --bill FILE"
                    .to_owned(),
                theme.good,
            ),
            (Some(_), _) if model.pages.next_known => {
                let sign = model.keymap.shown(Action::Sign, paint.ascii);
                (format!("Nothing is left to do: {sign} on {close} signs the month."), theme.good)
            }
            _ => (format!("Looking for what to do next{}", paint.dots()), theme.dim),
        };
        let lines: Vec<Vec<Piece>> = wrapped(&text, area.width, paint.ascii, style).collect();
        paint.lines(area, &lines, 0);
        return;
    }
    let spot = model.spot();
    let stop = if paint.ascii { "!" } else { "✗" };
    let rows = steps.iter().enumerate().skip(spot.top).take(areas.rows()).map(|(at, step)| {
        let (place, filter) = where_it_is(step);
        let (mark, style) = if step.blocks { (stop, theme.bad) } else { (" ", theme.warn) };
        let place = if place.is_empty() { Tab::Close.title() } else { place };
        let cells = vec![
            Cell::styled(format!("{mark} {}", at + 1), style),
            Cell::styled(&step.what, style),
            Cell::new(figures::count(step.count)),
            Cell::new(figures::total(step.amount)),
            Cell::styled(format!("{place} {filter}"), theme.dim).or(place),
        ];
        Row { cells, cursor: at == spot.at, style: None }
    });
    table::draw(paint, area, &NEXT, rows.collect());
}

fn lines(model: &Model, overview: &Overview, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let mut lines = Vec::new();
    if let Some((healthy, text)) = &model.glance.healthy {
        let (glyph, style) = match (healthy, paint.ascii) {
            (true, false) => ("✓ healthy", theme.good),
            (true, true) => ("= healthy", theme.good),
            (false, false) => ("✗ not healthy", theme.bad),
            (false, true) => ("! not healthy", theme.bad),
        };
        // The shares that keep their limits stand below, limit by limit.
        let text = text.split(". ").next().unwrap_or(text);
        lines.extend(wrapped(&format!("{glyph}: {text}"), width, paint.ascii, style));
    }
    lines.extend(wrapped(&compared_by(model, overview, paint), width, paint.ascii, theme.dim));
    lines.extend(health(overview, paint));
    lines.push(Vec::new());
    let outcomes = overview.outcomes.iter().map(|(outcome, tally)| {
        let name = format!("{} {}", words::glyph(*outcome, paint.ascii), words::outcome(*outcome));
        (name, words::style(*outcome, theme), tally)
    });
    let outcomes: Vec<_> = outcomes.collect();
    let causes: Vec<_> =
        overview.causes.iter().map(|(cause, tally)| (words::cause(*cause).to_owned(), theme.text, tally)).collect();
    lines.extend(tallies("outcome", &outcomes, paint, width));
    if !causes.is_empty() {
        lines.push(Vec::new());
        lines.extend(tallies("cause", &causes, paint, width));
    }
    lines.extend(drift(overview, paint, width));
    lines.extend(super::trend::lines(model, paint, width));
    lines.extend(super::trend::weeks(&overview.weeks, paint));
    lines.extend(usage(model, overview, paint, width));
    if !overview.notices.is_empty() {
        lines.push(Vec::new());
        lines.push(plain("To know", theme.head));
        for notice in &overview.notices {
            lines.extend(wrapped(notice, width, paint.ascii, theme.text));
        }
    }
    lines.push(Vec::new());
    lines.push(plain("Read", theme.head));
    for source in &overview.sources {
        let days = source.days.map(|(from, to)| format!(", {from} to {to}")).unwrap_or_default();
        let blank = if source.blank_rows == 0 {
            String::new()
        } else {
            format!(", {} blank", figures::count(source.blank_rows))
        };
        let text = format!(
            "{}: {} as {}, {}{blank}{days}",
            source.side,
            file_name(&source.path),
            source.format,
            figures::of(source.rows, "row", "rows")
        );
        lines.extend(wrapped(&text, width, paint.ascii, theme.text));
    }
    if !overview.grain.is_empty() {
        lines.push(Vec::new());
        lines.push(plain("Compared by", theme.head));
    }
    for grain in &overview.grain {
        let text = format!("{}, by {}: {}", grain.kind(), grain.name, grain.why);
        lines.extend(wrapped(&text, width, paint.ascii, theme.text));
    }
    lines
}

/// Each limit of the month's health, and whether it is kept.
fn health(overview: &Overview, paint: &Paint<'_>) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    // As wide as its longest figure, so that every limit stands below the other.
    let wide = overview.health.iter().map(|line| text::width(&line.now)).max().unwrap_or(0).max(10);
    let mut lines = vec![Vec::new(), plain(format!("{:<18}{:>wide$}  limit", "health", "now"), theme.head)];
    for line in &overview.health {
        let (glyph, style) = match (line.kept, paint.ascii) {
            (true, false) => ("✓", theme.good),
            (true, true) => ("=", theme.good),
            (false, false) => ("✗", theme.bad),
            (false, true) => ("!", theme.bad),
        };
        let word = if line.kept { "" } else { ": not kept" };
        lines.push(vec![
            (format!("{glyph} {:<16}{:>wide$}", line.what, line.now), style),
            (format!("  {}{word}", line.limit), if line.kept { theme.dim } else { style }),
        ]);
    }
    lines
}

/// Each kind of line and its grain, and the key that makes it coarser; why it
/// is so stands at the end.
fn compared_by(model: &Model, overview: &Overview, paint: &Paint<'_>) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for grain in &overview.grain {
        let kind = format!("{} by {}", grain.kind(), grain.name);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let kinds = if kinds.is_empty() { "nothing to compare".to_owned() } else { kinds.join("; ") };
    let key = model.keymap.shown(Action::Grain, paint.ascii);
    format!("Compared: {kinds}. {key} chooses a coarser grain.")
}

/// What the provider's own usage says of its costs, in one sentence.
fn usage(model: &Model, overview: &Overview, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let checks = &overview.checks;
    if checks.rows.is_empty() {
        return Vec::new();
    }
    let apart = checks.rows.iter().filter(|check| check.difference.is_some_and(|apart| !apart.is_zero())).count();
    let unpriced = match checks.unpriced {
        0 => String::new(),
        count => format!(", {} without a price", figures::count(count)),
    };
    let key = model.keymap.shown(Action::Go(Tab::Checks), paint.ascii);
    let text = format!(
        "{} of {} apart from what was billed, by {} in all{unpriced}; {key} lists them.",
        figures::count(apart as u64),
        figures::of(checks.rows.len() as u64, "check", "checks"),
        figures::signed(checks.difference)
    );
    let style = if apart == 0 && checks.unpriced == 0 { theme.good } else { theme.warn };
    let mut lines = vec![Vec::new(), plain("Usage at list price against its costs", theme.head)];
    lines.extend(wrapped(&text, width, paint.ascii, style));
    lines
}

/// The folders are in the book's own list of inputs.
fn file_name(path: &str) -> String {
    std::path::Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

fn drift(overview: &Overview, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    if overview.drift.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Vec::new(), plain("Drift: differences the tolerance passed one by one", theme.head)];
    for drift in &overview.drift {
        let difference = drift.billed.minus(drift.recorded);
        let share = drift.share.map(|share| format!(" ({})", share.percent())).unwrap_or_default();
        let project = if drift.project.is_empty() { "no project" } else { &drift.project };
        let text = format!(
            "{} in {project}: {}{share} over {}",
            drift.model,
            figures::signed(difference),
            figures::of(drift.items.into(), "item", "items")
        );
        lines.extend(wrapped(&text, width, paint.ascii, theme.warn));
    }
    lines
}

/// A small table: numbers on their points, and below 80 columns without both
/// sides, so that none is cut.
fn tallies(title: &str, rows: &[(String, Style, &Tally)], paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let figures = |tally: &Tally| {
        let both = (width >= 80).then(|| [figures::total(tally.billed), figures::total(tally.recorded)]);
        let counts = [figures::count(tally.items), figures::count(tally.open)];
        let mut cells: Vec<String> = counts.into_iter().chain(both.into_iter().flatten()).collect();
        cells.push(figures::signed_total(tally.difference));
        cells
    };
    let mut table: Vec<Vec<String>> = rows.iter().map(|(.., tally)| figures(tally)).collect();
    let titles: &[&str] = if width >= 80 {
        &["items", "open", "billed", "recorded", "difference"]
    } else {
        &["items", "open", "difference"]
    };
    for column in 2..titles.len() {
        let most = table.iter().filter_map(|row| row.get(column)).map(|text| fraction(text)).max().unwrap_or(0);
        for text in table.iter_mut().filter_map(|row| row.get_mut(column)) {
            text.extend(std::iter::repeat_n(' ', most - fraction(text)));
        }
    }
    let wide: Vec<usize> = titles
        .iter()
        .enumerate()
        .map(|(at, title)| {
            let widest = table.iter().filter_map(|row| row.get(at)).map(String::len).max().unwrap_or(0);
            widest.max(title.len()).max(if at < 2 { 8 } else { 12 })
        })
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| -> String {
        cells.zip(&wide).map(|(text, wide)| format!(" {text:>wide$}")).collect()
    };
    let mut lines = vec![plain(format!("{title:<20}{}", line(&mut titles.iter().copied())), theme.head)];
    for ((name, style, _), cells) in rows.iter().zip(&table) {
        let blank = " ".repeat(20usize.saturating_sub(text::width(name)));
        lines.push(vec![(format!("{name}{blank}"), *style), (line(&mut cells.iter().map(String::as_str)), theme.text)]);
    }
    lines
}
