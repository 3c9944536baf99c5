//! A list of items as a table, with the detail beside or below it.

use ratatui::layout::Rect;

use super::paint::{Paint, Piece, wrapped};
use super::table::{Cell, Column, Row, Shown, decimal, number, text_column};
use super::{Areas, detail, minimap, table, words};
use crate::desk::{Badge, Desk, Group, ItemRow, Order, Screen, SortKey};
use crate::tui::columns::{TableColumns, Window};
use crate::tui::figures;
use crate::tui::keymap::Action;
use crate::tui::list::{COLUMNS as LIST_COLUMNS, ListColumn, ListState};
use crate::tui::model::Model;
use crate::tui::tab::Tab;
use crate::tui::theme::Theme;

pub const COLUMNS: [Column<'_>; 13] = [
    text_column("", 0, 1, 1),
    text_column("outcome", 1, 11, 19).good(13).alike(),
    text_column("time", 9, 11, 11),
    text_column("what", 2, 12, 30).good(20).down_to(8).cut_in_the_middle(),
    text_column("user", 5, 11, 30).good(18).down_to(8),
    text_column("project", 10, 8, 20).good(12).down_to(6),
    number("tokens", 11, 8),
    decimal("billed", 4, 8),
    decimal("recorded", 6, 8),
    decimal("difference", 3, 10),
    text_column("cause", 7, 6, 14).good(11),
    text_column("decision", 4, 8, 32).whole(11),
    text_column("", 8, 6, 30).good(10).called("badges"),
];

/// What stays in sight at first: how an item stands.
pub const FROZEN: usize = 1;

/// Columns of the screen for the scrollbar with its minimap, and a blank
/// before it.
const BAR: u16 = 3;

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
        let shown = Shown {
            numbers: &[],
            columns: model.columns(),
            signs: signs(&list.order, paint.ascii),
            needle: list.search.as_ref().map(|search| &search.needle),
            window: Some(Window {
                of: (list.rows, 0),
                top: list.spot.top,
                height: areas.rows(),
                moving: model.detail.is_late(),
            }),
        };
        // A screen reader has no use for a bar, and is told the row.
        let bar_width = if paint.plain { 0 } else { BAR };
        let table = Rect { width: areas.table.width.saturating_sub(bar_width), ..areas.table };
        table::draw_as(paint, table, &COLUMNS, rows, &shown);
        if !paint.plain {
            let bar = Rect { x: table.right() + 1, y: table.y + 1, width: BAR - 1, height: areas.rows() as u16 };
            minimap::draw(list, paint, bar);
        }
    }
    if let Some(aside) = areas.aside.filter(|_| model.detail.detail.is_some()) {
        detail::aside(model, paint, aside);
    }
}

/// Behind the title of each column that the list is sorted by: which way, and
/// which of several keys it is.
fn signs(order: &Order, ascii: bool) -> Vec<(usize, String)> {
    let several = order.keys().len() > 1;
    let sign = |key: &SortKey| {
        let (at, descending) = order.place(*key)?;
        let arrow = match (descending, ascii) {
            (false, false) => "▲",
            (true, false) => "▼",
            (false, true) => "^",
            (true, true) => "v",
        };
        Some(if several { format!("{arrow}{}", at + 1) } else { arrow.to_owned() })
    };
    let of = |(at, column): (usize, &ListColumn)| (at, column.sorts.iter().filter_map(sign).collect::<String>());
    LIST_COLUMNS.iter().enumerate().map(of).filter(|(_, sign)| !sign.is_empty()).collect()
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
                let cells = head(group, opened, marked, model.columns(), paint);
                return Row { cells, cursor: at == list.spot.at, style: None };
            }
            let row = desk.row(*item);
            let look = Look {
                marked: list.marks.has(*item),
                range: list.range == Some(*item),
                saving: model.is_saving(*item),
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
/// comes to below the figures. Where one of the two columns is hidden, the
/// other has both; where both are, the first that is shown.
fn head(group: &Group, opened: bool, marked: bool, columns: Option<&TableColumns>, paint: &Paint<'_>) -> Vec<Cell> {
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
    let items = figures::of(sum.items, "item", "items");
    let is_shown = |at: usize| columns.is_none_or(|columns| columns.layout.shown().any(|slot| slot.column + 1 == at));
    let both = format!("{sign} {name}, {items}");
    let [(count, counted), (named, text)] = match (is_shown(1), is_shown(3)) {
        (true, true) => [(1, format!("{sign} {items}")), (3, name.to_owned())],
        (true, false) => [(3, String::new()), (1, both)],
        (false, true) => [(1, String::new()), (3, both)],
        (false, false) => {
            let first = columns.and_then(|columns| columns.layout.shown().next()).map_or(1, |slot| slot.column + 1);
            [(1, String::new()), (first, both)]
        }
    };
    let figures = [
        (0, Cell::styled(mark, theme.mark)),
        (7, Cell::styled(figures::money(sum.billed), theme.title)),
        (8, Cell::styled(figures::money(sum.recorded), theme.title)),
        (9, Cell::styled(figures::signed(sum.difference), theme.title)),
        (11, Cell::styled(format!("{} open", figures::count(sum.open)), theme.title)),
        (count, Cell::styled(counted, theme.title)),
        (named, Cell::styled(text, theme.title)),
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
struct Look {
    marked: bool,
    range: bool,
    saving: bool,
}

fn cells(row: &ItemRow<'_>, look: &Look, theme: &Theme, ascii: bool) -> Vec<Cell> {
    let outcome = words::style(row.cells.outcome, theme);
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
    let money = |amount: Option<crate::amount::Amount>| amount.map(figures::money).unwrap_or_default();
    let decision = if look.saving {
        Cell::styled(format!("saving{}", if ascii { "..." } else { "…" }), theme.info)
    } else {
        let (text, style) = words::standing(&row.standing, theme);
        let (says, shorts) = words::short_standing(&row.standing);
        Cell::styled(text, style).cut_or(says, shorts)
    };
    let badge = |badge: &Badge| match (badge, row.carried_days) {
        (Badge::Carried | Badge::Cleared, Some(days)) => format!("{} {days}d", badge.label()),
        _ => badge.label().to_owned(),
    };
    let badges: Vec<String> = row.badges.iter().map(badge).collect();
    vec![
        Cell::styled(mark, theme.mark),
        Cell::styled(
            format!("{} {}", words::glyph(row.cells.outcome, ascii), words::outcome(row.cells.outcome)),
            outcome,
        )
        .or(words::short_outcome(row.cells.outcome, ascii)),
        Cell::styled(row.at.map(figures::time).unwrap_or_default(), theme.dim),
        Cell::new(row.cells.what).searched(),
        Cell::new(row.cells.user).searched(),
        Cell::new(&*row.cells.project).searched(),
        Cell::new(row.cells.billed_tokens.or(row.cells.recorded_tokens).map(figures::tokens).unwrap_or_default()),
        Cell::new(money(row.cells.billed)),
        Cell::new(money(row.cells.recorded)),
        Cell::styled(row.cells.difference.map(figures::signed).unwrap_or_default(), outcome),
        Cell::new(words::cause(row.cells.cause)),
        decision,
        Cell::styled(badges.join(", "), theme.warn),
    ]
}

fn empty(model: &Model, list: &ListState, paint: &mut Paint<'_>, areas: &Areas) {
    let key = |action| model.keymap.shown(action, paint.ascii);
    let (of_list, _) = model.glance.counts.get(list.screen as usize).copied().unwrap_or_default();
    let text = if list.waiting {
        format!("Looking{}", paint.dots())
    } else if !list.filter.is_empty() && of_list > 0 {
        format!(
            "None of the {} of this list passes the filter “{}”. {} changes it, {} takes it off.",
            figures::of(u64::from(of_list), "item", "items"),
            list.filter,
            key(Action::Filter),
            key(Action::Clear)
        )
    } else if list.only.is_some() && of_list > 0 {
        format!("None of what is looked at is on this list. {} shows all items.", key(Action::Clear))
    } else if list.open_only && of_list > 0 {
        format!("Nothing here is open; {} shows the settled rows.", key(Action::OpenOnly))
    } else {
        format!("There is nothing on this list. {}", elsewhere(model, list, paint.ascii))
    };
    let style = paint.theme.dim;
    let Rect { x, y, width, height } = areas.table;
    let lines: Vec<Vec<Piece>> = wrapped(&text, width, paint.ascii, style).collect();
    paint.lines(Rect { x, y: y + 1, width, height: height.saturating_sub(1) }, &lines, 0);
}

/// Where the open items of the month are.
fn elsewhere(model: &Model, list: &ListState, ascii: bool) -> String {
    let places: Vec<String> = [Screen::Matched, Screen::Discrepancies, Screen::NotFound]
        .into_iter()
        .zip(model.glance.counts)
        .filter(|(screen, (_, open))| *screen != list.screen && *open > 0)
        .map(|(screen, (_, open))| {
            let tab = Tab::of(screen);
            let key = model.keymap.shown(Action::Go(tab), ascii);
            format!("{} on {key} {}", figures::count(open.into()), tab.title())
        })
        .collect();
    if places.is_empty() { "No item of the month is open.".to_owned() } else { format!("Open: {}.", places.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Amount;
    use crate::calendar::Instant;
    use crate::desk::{ItemCells, Standing};
    use crate::reconcile::{Cause, Outcome};
    use crate::tui::theme::{Depth, Kind};
    use ratatui::buffer::Buffer;

    fn sample<'a>(what: &'a str, user: &'a str) -> ItemRow<'a> {
        let amount = |text: &str| Some(Amount::parse(text).unwrap());
        ItemRow {
            item: 0,
            at: Some(Instant::parse("2026-01-05T09:30:00Z").unwrap()),
            id: "req_1".into(),
            cells: ItemCells {
                outcome: Outcome::Discrepancy,
                cause: Cause::Price,
                what,
                user,
                project: "astro".into(),
                billed_tokens: Some(12_345),
                recorded_tokens: None,
                billed: amount("0.0045"),
                recorded: amount("1234.5"),
                difference: amount("-1234.4955"),
            },
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
    fn the_columns_drawn_are_those_of_the_lists() {
        let drawn: Vec<&str> = COLUMNS.iter().skip(1).map(Column::name).collect();
        assert_eq!(drawn, LIST_COLUMNS.each_ref().map(|column| column.name));
    }

    #[test]
    fn titles_say_what_the_rows_are_sorted_by_and_in_what_rank() {
        let signs = |order: &str, ascii| signs(&order.parse().unwrap(), ascii);
        assert_eq!(signs("size:desc", false), [(8, "▼".to_owned())]);
        let several = [(3, "^2".to_owned()), (8, "v1".to_owned())];
        assert_eq!(signs("difference:desc,user", true), several);
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
