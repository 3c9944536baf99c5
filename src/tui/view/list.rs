//! A list of items as a table, with the detail beside or below it.

use super::paint::Paint;
use super::table::{Cell, Column, Row, decimal, number, text_column};
use super::{Areas, detail, table, words};
use crate::desk::{Badge, Desk, Group, ItemRow};
use crate::tui::list::ListState;
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::tui::{figures, text};

const COLUMNS: [Column<'_>; 13] = [
    text_column("", 0, 1, 1),
    text_column("outcome", 1, 11, 19).good(13),
    text_column("time", 9, 11, 11),
    text_column("what", 2, 12, 30).good(20).cut_in_the_middle(),
    text_column("user", 5, 11, 30).good(18),
    text_column("project", 10, 8, 20).good(12),
    number("tokens", 11, 8),
    decimal("billed", 4, 8),
    decimal("recorded", 6, 8),
    decimal("difference", 3, 10),
    text_column("cause", 7, 6, 14).good(11),
    text_column("decision", 4, 8, 32),
    text_column("", 8, 6, 30).good(10),
];

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let (Some(list), Some(desk)) = (model.list(), &model.desk) else { return };
    if model.detail.full {
        detail::full(model, paint, areas.body);
        return;
    }
    if list.index.is_empty() {
        empty(model, list, paint, areas);
    } else {
        let rows = rows(model, list, desk, areas.rows(), paint);
        // The marks have the first column.
        table::draw_at(paint, areas.table, &COLUMNS, rows, list.column.map(|at| at + 1));
    }
    if let Some(aside) = areas.aside.filter(|_| model.detail.detail.is_some()) {
        detail::aside(model, paint, aside);
    }
}

fn rows(model: &Model, list: &ListState, desk: &Desk, height: usize, paint: &Paint<'_>) -> Vec<Row> {
    let items = desk.items();
    let visible = list.index.iter().enumerate().skip(list.spot.top).take(height);
    let group = |row: u32| list.groups.as_ref().and_then(|groups| groups.of_row(row));
    visible
        .filter(|(_, row)| **row < items || group(**row).is_some())
        .map(|(at, item)| {
            if let Some(group) = group(*item) {
                let (opened, marked) = (list.opened.contains(&group.label), all_marked(list, group));
                let cells = head(group, opened, marked, paint);
                return Row { cells, cursor: at == list.spot.at, style: None };
            }
            let row = desk.row(*item);
            let look = Look {
                marked: list.marks.has(*item),
                range: list.range == Some(*item),
                saving: model.is_saving(*item),
                needle: list.search.as_ref().map_or("", |search| search.needle.as_str()),
            };
            Row { cells: cells(&row, &look, paint.theme, paint.ascii), cursor: at == list.spot.at, style: None }
        })
        .collect()
}

/// Groups are marked when all of their items are; of a long one the first that
/// is not ends the look.
fn all_marked(list: &ListState, group: &Group) -> bool {
    list.marks.len() >= group.items.len() && group.items.iter().all(|item| list.marks.has(*item))
}

/// The head of a group: its name where items say what they are, and what it
/// comes to below the figures.
fn head(group: &Group, opened: bool, marked: bool, paint: &Paint<'_>) -> Vec<Cell> {
    let theme = paint.theme;
    let sign = match (opened, paint.ascii) {
        (true, false) => "▾",
        (true, true) => "v",
        (false, false) => "▸",
        (false, true) => ">",
    };
    let mark = match (marked, paint.ascii) {
        (false, _) => "",
        (true, false) => "●",
        (true, true) => "*",
    };
    let name = if group.label.is_empty() { "(none)" } else { &group.label };
    let sum = &group.subtotal;
    let mut cells = vec![Cell::new(""); COLUMNS.len()];
    let figures = [
        (0, Cell::styled(mark, theme.mark)),
        (1, Cell::styled(format!("{sign} {}", figures::of(sum.items, "item", "items")), theme.title)),
        (3, Cell::styled(name, theme.title)),
        (7, Cell::styled(figures::money(sum.billed), theme.title)),
        (8, Cell::styled(figures::money(sum.recorded), theme.title)),
        (9, Cell::styled(figures::signed(sum.difference()), theme.title)),
        (11, Cell::styled(format!("{} open", figures::count(sum.open)), theme.title)),
    ];
    for (at, cell) in figures {
        if let Some(slot) = cells.get_mut(at) {
            *slot = cell;
        }
    }
    cells
}

/// What a row shows beside its item.
#[derive(Default)]
struct Look<'a> {
    marked: bool,
    range: bool,
    saving: bool,
    needle: &'a str,
}

fn cells(row: &ItemRow<'_>, look: &Look<'_>, theme: &Theme, ascii: bool) -> Vec<Cell> {
    let outcome = words::style(row.outcome, theme);
    let mark = match (look.marked, look.range) {
        (true, _) => {
            if ascii {
                "*"
            } else {
                "●"
            }
        }
        (false, true) => {
            if ascii {
                ">"
            } else {
                "▸"
            }
        }
        (false, false) => "",
    };
    let found = |text: &str| -> Cell {
        if text::holds(text, look.needle) { Cell::styled(text, theme.hit) } else { Cell::new(text) }
    };
    let money = |amount: Option<crate::amount::Amount>| amount.map(figures::money).unwrap_or_default();
    let (decision, decided) = if look.saving {
        (format!("saving{}", if ascii { "..." } else { "…" }), theme.info)
    } else {
        words::standing(&row.standing, theme)
    };
    let badge = |badge: &Badge| match (badge, row.carried_days) {
        (Badge::Carried | Badge::Cleared, Some(days)) => format!("{} {days}d", badge.label()),
        _ => badge.label().to_owned(),
    };
    let badges: Vec<String> = row.badges.iter().map(badge).collect();
    vec![
        Cell::styled(mark, theme.mark),
        Cell::styled(format!("{} {}", words::glyph(row.outcome, ascii), words::outcome(row.outcome)), outcome)
            .or(words::short_outcome(row.outcome, ascii)),
        Cell::styled(row.at.map(figures::time).unwrap_or_default(), theme.dim),
        found(row.what),
        found(row.user),
        found(&row.project),
        Cell::new(row.billed_tokens.or(row.recorded_tokens).map(figures::tokens).unwrap_or_default()),
        Cell::new(money(row.billed)),
        Cell::new(money(row.recorded)),
        Cell::styled(row.difference.map(figures::signed).unwrap_or_default(), outcome),
        Cell::new(words::cause(row.cause)),
        Cell::styled(decision, decided),
        Cell::styled(badges.join(", "), theme.warn),
    ]
}

fn empty(model: &Model, list: &ListState, paint: &mut Paint<'_>, areas: &Areas) {
    let key = |action| model.keymap.shown(action, paint.ascii);
    let text = if list.waiting {
        format!("Looking{}", paint.dots())
    } else if !list.filter.is_empty() {
        format!("No row passes the filter “{}”; {} changes it.", list.filter, key(crate::tui::keymap::Action::Filter))
    } else if list.open_only {
        format!("Nothing here is open; {} shows the settled rows.", key(crate::tui::keymap::Action::OpenOnly))
    } else {
        "There is nothing on this list.".to_owned()
    };
    let style = paint.theme.dim;
    paint.text(areas.table.x, areas.table.y + 1, areas.table.width, &text, style);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Amount;
    use crate::calendar::Instant;
    use crate::desk::Standing;
    use crate::reconcile::{Cause, Outcome};
    use crate::tui::theme::{Depth, Kind};
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    fn sample<'a>(what: &'a str, user: &'a str) -> ItemRow<'a> {
        let amount = |text: &str| Some(Amount::parse(text).unwrap());
        ItemRow {
            item: 0,
            outcome: Outcome::Discrepancy,
            cause: Cause::Price,
            at: Some(Instant::parse("2026-01-05T09:30:00Z").unwrap()),
            id: "req_1",
            what,
            user,
            project: "astro".into(),
            billed_tokens: Some(12_345),
            recorded_tokens: None,
            billed: amount("0.0045"),
            recorded: amount("1234.5"),
            difference: amount("-1234.4955"),
            standing: Standing::Open,
            badges: vec![Badge::Unassigned],
            carried_days: None,
            lines: (1, 1),
        }
    }

    fn drawn(width: u16, ascii: bool, row: &ItemRow<'_>) -> Vec<String> {
        let theme = Theme::new(Kind::Plain, Depth::Full);
        let area = Rect::new(0, 0, width, 2);
        let mut buffer = Buffer::empty(area);
        let mut paint = Paint::new(&mut buffer, &theme, ascii);
        let cells = cells(row, &Look { marked: true, ..Look::default() }, &theme, ascii);
        table::draw(&mut paint, area, &COLUMNS, vec![Row { cells, cursor: false, style: None }]);
        (0..2)
            .map(|y| (0..width).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<String>().trim_end().to_owned())
            .collect()
    }

    #[test]
    fn columns_fold_away_as_the_terminal_narrows() {
        let row = sample("gpt-4o-2024-08-06", "ada@example.edu");
        let shown: Vec<String> =
            [60, 80, 100, 120, 160, 200].iter().map(|w| drawn(*w, false, &row).join("\n")).collect();
        insta::assert_snapshot!(shown.join("\n\n"));
    }

    #[test]
    fn what_matters_most_is_there_at_every_width() {
        let row = sample("gpt-4o", "ada@example.edu");
        for width in 60..=200 {
            let line = drawn(width, false, &row).remove(1);
            for part in ["●", "≠ disc", "gpt-4o", "-1,234.50"] {
                assert!(line.contains(part), "{width}: {line}");
            }
        }
    }

    #[test]
    fn no_control_and_no_foreign_character_reaches_an_ascii_screen() {
        let row = sample("gpt\x1b[31m\u{202e}", "日本@example.edu");
        let line = drawn(200, true, &row).remove(1);
        assert!(line.is_ascii(), "{line}");
        assert!(line.contains("gpt\\x1b[31m\\u{202e}"), "{line}");
    }
}
