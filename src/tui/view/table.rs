//! Any table: its column titles and the rows that are visible, in the columns
//! that the operator wants and the screen has room for.

use std::borrow::Cow;

use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use super::areas;
use super::geometry::{Align, Stands, Wish, fixed, place};
pub use super::geometry::{Column, decimal, number, text_column};
use super::paint::Paint;
use crate::review::Needle;
use crate::tui::columns::{Chosen, Page, Placed, TableColumns, Taken, Window};
use crate::tui::model::Model;
use crate::tui::pointer::Target;
use crate::tui::text;

#[derive(Debug, Clone)]
pub struct Cell {
    pub text: String,
    /// The same in fewer letters, for where the text does not fit.
    pub short: &'static str,
    /// In fewer still, where that does not fit either; else empty.
    pub shortest: &'static str,
    /// So much of the text says enough: it is cut before it is shortened, as
    /// long as that is in sight. 0: nothing less than the whole.
    pub says: usize,
    /// `None`: as ordinary text.
    pub style: Option<Style>,
    /// A search looks into it.
    pub searched: bool,
}

impl Cell {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), short: "", shortest: "", says: 0, style: None, searched: false }
    }

    pub fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { style: Some(style), ..Self::new(text) }
    }

    pub fn or(self, short: &'static str) -> Self {
        Self { short, ..self }
    }

    /// Two short forms, and how many columns of the text say enough.
    pub fn cut_or(self, says: usize, [short, shortest]: [&'static str; 2]) -> Self {
        Self { short, shortest, says, ..self }
    }

    /// What stands for it in so many columns; `narrow` where a short form of
    /// another in its column does, which has to be alike.
    fn in_room(&self, width: usize, narrow: bool) -> &str {
        let fits = text::width(&self.text) <= width || (self.says > 0 && self.says <= width);
        if self.short.is_empty() || (fits && !narrow) {
            &self.text
        } else if self.shortest.is_empty() || text::width(self.short) <= width {
            self.short
        } else {
            self.shortest
        }
    }

    pub fn searched(self) -> Self {
        Self { searched: true, ..self }
    }
}

#[derive(Debug)]
pub struct Row {
    pub cells: Vec<Cell>,
    pub cursor: bool,
    /// Over every cell: undone, excluded.
    pub style: Option<Style>,
}

/// What is shown of a table beside its rows.
#[derive(Default)]
pub struct Shown<'a> {
    /// What the operator wants of the columns; what is drawn is noted in it.
    pub columns: Option<&'a TableColumns>,
    /// What clicks know these columns by, where it is not their number.
    pub numbers: &'a [usize],
    /// Behind the titles of these columns, by their numbers behind the fixed:
    /// what the rows are sorted by.
    pub signs: Vec<(usize, String)>,
    /// What was searched for.
    pub needle: Option<&'a Needle>,
    /// The rows, where the columns are to keep what they take as these scroll.
    pub window: Option<Window>,
}

impl<'a> Shown<'a> {
    /// The columns of the screen as the operator wants them.
    pub fn of(model: &'a Model) -> Self {
        let (rows, top) = (model.rows(), model.spot().top);
        let window = Window { of: (model.version, rows as u64), top, height: areas(model).rows(), moving: false };
        Self { columns: model.columns(), window: Some(window), ..Self::default() }
    }

    fn number(&self, column: usize) -> usize {
        self.numbers.get(column).copied().unwrap_or(column)
    }
}

/// Digits behind the point, with the point.
pub fn fraction(text: &str) -> usize {
    text.find('.').map_or(0, |dot| text.len() - dot)
}

/// Draws the column titles and the visible rows.
pub fn draw(paint: &mut Paint<'_>, area: Rect, columns: &[Column<'_>], rows: Vec<Row>) {
    draw_as(paint, area, columns, rows, &Shown::default());
}

/// The same as the operator wants it.
pub fn draw_as(paint: &mut Paint<'_>, area: Rect, columns: &[Column<'_>], mut rows: Vec<Row>, shown: &Shown<'_>) {
    for row in &mut rows {
        for cell in &mut row.cells {
            if let Cow::Owned(clean) = text::clean(&cell.text, paint.ascii) {
                cell.text = clean;
            }
        }
    }
    let held = shown.columns.zip(shown.window);
    let taken = held.map(|(columns, window)| columns.held.borrow().before(&window)).unwrap_or_default();
    let fractions = align_decimals(columns, &mut rows, &taken);
    let before = fixed(columns);
    let current = shown.columns.and_then(|columns| columns.cursor);
    let titles: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let here = current.is_some_and(|current| current + before == at);
            let title = if here { column.name() } else { column.title };
            let sign = shown.signs.iter().find(|(of, _)| of + before == at).map_or("", |(_, sign)| sign);
            format!("{title}{sign}")
        })
        .collect();
    let wanted: Vec<u16> = titles
        .iter()
        .enumerate()
        .map(|(at, title)| {
            let cells = rows.iter().filter_map(|row| row.cells.get(at)).map(|cell| text::width(&cell.text));
            let now = u16::try_from(cells.max().unwrap_or(0).max(text::width(title))).unwrap_or(u16::MAX);
            let is_text = columns.get(at).is_some_and(|column| column.align == Align::Left);
            taken.width(at, now, is_text, shown.window.is_some_and(|window| window.moving))
        })
        .collect();
    if let Some((columns, window)) = held {
        columns.held.borrow_mut().keep(window, Taken { widths: wanted.clone(), fractions });
    }
    let wish = shown.columns.map(|columns| Wish { layout: &columns.layout, current });
    let stands = match held {
        Some((kept, window)) => {
            let Window { of, height, .. } = window;
            let page = Page { of, height, width: area.width, layout: kept.layout.clone() };
            let before = kept.held.borrow().chosen(&page);
            let has_some = |at: &usize| wanted.get(*at).is_some_and(|wanted| *wanted > 0);
            let is_shown = |stands: &Stands, at: usize| stands.columns.iter().any(|stand| stand.at == at);
            let mut stands = place(columns, &wanted, area.width, wish, Some(&before));
            // One that had nothing in it until now, and has no room beside the
            // others: a badge says more than the time does.
            let mut new =
                (0..columns.len()).filter(|at| has_some(at) && !before.left_out.contains(at) && before.is_new(*at));
            if new.any(|at| !is_shown(&stands, at)) {
                stands = place(columns, &wanted, area.width, wish, Some(&Chosen::default()));
            }
            // What is scrolled to is for the column under the cursor alone.
            if stands.scrolled.is_none() {
                let shown: Vec<usize> = stands.columns.iter().map(|stand| stand.at).collect();
                let left_out = (0..columns.len()).filter(|at| has_some(at) && !shown.contains(at)).collect();
                kept.held.borrow_mut().choose(page, Chosen { shown, left_out });
            }
            stands
        }
        None => place(columns, &wanted, area.width, wish, None),
    };
    if let Some(columns) = shown.columns {
        let placed = stands.columns.iter().filter_map(|stand| {
            let column = shown.number(stand.at.checked_sub(before)?);
            Some(Placed { column, x: area.x + stand.x, width: stand.width })
        });
        columns.placed.replace(placed.collect());
    }
    let (head, here) = (paint.theme.head, paint.theme.cursor);
    line(paint, area, area.y, columns, &stands, |at, _| {
        let current = current.is_some_and(|current| current + before == at);
        titles.get(at).map(|title| Shape { text: title, style: if current { here } else { head }, hit: None })
    });
    if shown.columns.is_some() {
        titles_for_clicks(paint, area, &stands, |at| at.checked_sub(before).map(|column| shown.number(column)));
    }
    more(paint, area, &stands);
    let is_narrow = |at: usize, width: usize| {
        columns.get(at).is_some_and(|column| column.alike)
            && wanted.get(at).is_some_and(|wanted| width < (*wanted).into())
    };
    let (base, cursor, hit) = (paint.theme.text, paint.theme.cursor, paint.theme.hit);
    for (number, row) in rows.iter().take(area.height.saturating_sub(1) as usize).enumerate() {
        let y = area.y + 1 + number as u16;
        paint.place(Rect { y, height: 1, ..area }, Target::Row(number));
        if row.cursor {
            paint.cursor = Some(Position::new(area.x, y));
            paint.fill(Rect { y, height: 1, ..area }, cursor);
        }
        line(paint, area, y, columns, &stands, |at, width| {
            let cell = row.cells.get(at)?;
            let text = cell.in_room(width, is_narrow(at, width));
            // The row under the cursor has one style, so that moving it is
            // cheap on a slow line; its words say the rest.
            let style = if row.cursor { cursor } else { row.style.or(cell.style).unwrap_or(base) };
            let hit = if row.cursor { cursor.add_modifier(Modifier::UNDERLINED) } else { hit };
            let hit = shown.needle.filter(|needle| cell.searched && needle.is_in(&cell.text)).map(|n| (n, hit));
            Some(Shape { text, style, hit })
        });
    }
}

/// Notes where titles stand, and the blanks behind them, by the numbers of
/// their columns behind the fixed ones.
fn titles_for_clicks(paint: &mut Paint<'_>, area: Rect, stands: &Stands, number: impl Fn(usize) -> Option<usize>) {
    for stand in &stands.columns {
        let Some(column) = number(stand.at) else { continue };
        let (x, title) = (area.x + stand.x, Rect { height: 1, ..area });
        paint.place(Rect { x, width: stand.width, ..title }, Target::Column(column));
        let edge = Rect { x: x + stand.width, width: 1, ..title };
        paint.place(edge.intersection(area), Target::Edge(column));
    }
}

/// How a cell is drawn.
struct Shape<'t> {
    text: &'t str,
    style: Style,
    /// What was found in it, and how that is shown.
    hit: Option<(&'t Needle, Style)>,
}

fn line<'t>(
    paint: &mut Paint<'_>,
    area: Rect,
    y: u16,
    columns: &[Column<'_>],
    stands: &Stands,
    shape: impl Fn(usize, usize) -> Option<Shape<'t>>,
) {
    for stand in &stands.columns {
        let Some(column) = columns.get(stand.at) else { continue };
        let (x, width) = (area.x + stand.x, usize::from(stand.width));
        let Some(Shape { text, style, hit }) = shape(stand.at, width) else { continue };
        let fitted = if column.middle && column.align == Align::Left {
            text::fit_middle(text, width, paint.ascii)
        } else {
            text::fit(text, width, paint.ascii)
        };
        let left = match column.align {
            Align::Left => x,
            Align::Right | Align::Decimal => x + stand.width - (text::width(&fitted) as u16).min(stand.width),
        };
        paint.text(left, y, stand.width, &fitted, style);
        if let Some((needle, style)) = hit {
            let found = needle.ranges(&fitted);
            let columns = |part: Option<&str>| part.map_or(0, text::width) as u16;
            for range in &found {
                let (from, wide) = (columns(fitted.get(..range.start)), columns(fitted.get(range.clone())));
                paint.fill(Rect::new(left + from, y, wide.min(stand.width.saturating_sub(from)), 1), style);
            }
            // What was found may be in what had to be cut off.
            if found.is_empty() {
                paint.fill(Rect::new(left, y, columns(Some(&fitted)), 1), style);
            }
        }
    }
}

/// Signs in the line of titles that columns are scrolled out of sight.
fn more(paint: &mut Paint<'_>, area: Rect, stands: &Stands) {
    let Some(scrolled) = stands.scrolled else { return };
    let [left, right] = if paint.ascii { ["<", ">"] } else { ["‹", "›"] };
    let style = paint.theme.key;
    let first = stands.columns.get(scrolled.from).map(|stand| stand.x);
    if let (true, Some(x)) = (scrolled.before, first.and_then(|x| x.checked_sub(1))) {
        paint.text(area.x + x, area.y, 1, left, style);
    }
    let end = stands.columns.last().map_or(0, |stand| stand.x + stand.width);
    if scrolled.behind && end < area.width {
        paint.text(area.x + end, area.y, 1, right, style);
    }
}

/// Fills numbers up on the right so that their points stand in one column;
/// gives what each column takes behind them.
fn align_decimals(columns: &[Column<'_>], rows: &mut [Row], before: &Taken) -> Vec<usize> {
    let mut fractions = vec![0; columns.len()];
    for (at, most) in fractions.iter_mut().enumerate() {
        if columns.get(at).is_none_or(|column| column.align != Align::Decimal) {
            continue;
        }
        let cells = rows.iter().filter_map(|row| row.cells.get(at));
        *most = before.fraction(at, cells.map(|cell| fraction(&cell.text)).max().unwrap_or(0));
        for cell in rows.iter_mut().filter_map(|row| row.cells.get_mut(at)).filter(|cell| !cell.text.is_empty()) {
            let missing = *most - fraction(&cell.text);
            cell.text.extend(std::iter::repeat_n(' ', missing));
        }
    }
    fractions
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column<'_>; 2] = [text_column("", 0, 1, 1), decimal("billed", 2, 6)];

    #[test]
    fn numbers_stand_on_their_points() {
        let row = |text: &str| Row { cells: vec![Cell::new(""), Cell::new(text)], cursor: false, style: None };
        let mut rows = vec![row("1,234.50"), row("0.004512"), row("7"), row("")];
        align_decimals(&COLUMNS, &mut rows, &Taken::default());
        let texts: Vec<&str> = rows.iter().map(|row| row.cells[1].text.as_str()).collect();
        assert_eq!(texts, ["1,234.50    ", "0.004512", "7       ", ""]);
    }
}
