//! Columns for any table: which fit, how wide, and the rows that are visible.
//! Numbers are never cut: a column that cannot show them whole is left out.

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::paint::Paint;
use crate::tui::pointer::Target;
use crate::tui::text;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
    /// On the decimal point.
    Decimal,
}

#[derive(Debug, Clone, Copy)]
pub struct Column<'t> {
    pub title: &'t str,
    pub align: Align,
    /// The greatest are left out first when room is scarce; 0 never is.
    pub rank: u8,
    /// Least and greatest width of a text; a number takes what it needs.
    pub min: u16,
    pub max: u16,
    /// From this width on a text reads well. Columns that are [`EXTRA`] give
    /// way before another has to go below it.
    pub good: u16,
    /// What does not fit is cut out of the middle, where both ends tell.
    pub middle: bool,
}

/// Columns of this rank and above are shown only where the others read well.
const EXTRA: u8 = 7;

impl Column<'_> {
    pub const fn good(self, good: u16) -> Self {
        Self { good, ..self }
    }

    pub const fn cut_in_the_middle(self) -> Self {
        Self { middle: true, ..self }
    }
}

pub const fn text_column(title: &str, rank: u8, min: u16, max: u16) -> Column<'_> {
    Column { title, align: Align::Left, rank, min, max, good: min, middle: false }
}

/// `min` keeps the column from jumping as rows scroll by.
pub const fn number(title: &str, rank: u8, min: u16) -> Column<'_> {
    Column { title, align: Align::Right, rank, min, max: 30, good: min, middle: false }
}

pub const fn decimal(title: &str, rank: u8, min: u16) -> Column<'_> {
    Column { title, align: Align::Decimal, rank, min, max: 30, good: min, middle: false }
}

/// How wide a column may be: at least, to read well, and at most.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    least: u16,
    good: u16,
    full: u16,
}

/// What the columns that are left take, with a blank between them.
fn total(spans: &[Span], width: impl Fn(&Span) -> u16) -> u32 {
    let shown = spans.iter().filter(|span| span.least > 0).count() as u32;
    spans.iter().map(|span| u32::from(width(span))).sum::<u32>() + shown.saturating_sub(1)
}

/// Leaves columns out, the greatest rank first, until the rest fits.
fn leave_out(columns: &[Column<'_>], spans: &mut [Span], from_rank: u8, available: u16, width: impl Fn(&Span) -> u16) {
    while total(spans, &width) > u32::from(available) {
        let shown =
            columns.iter().zip(&*spans).enumerate().filter(|(_, (c, span))| span.least > 0 && c.rank >= from_rank);
        let Some(last) = shown.max_by_key(|(at, (column, _))| (column.rank, *at)).map(|(at, _)| at) else { return };
        if let Some(slot) = spans.get_mut(last) {
            *slot = Span::default();
        }
    }
}

/// Widths of the columns, 0 for those left out. `wanted` is what the visible
/// cells would take.
pub fn layout(columns: &[Column<'_>], wanted: &[u16], available: u16) -> Vec<u16> {
    let mut wide: Vec<Span> = columns
        .iter()
        .zip(wanted)
        .map(|(column, wanted)| {
            let title = column.title.len() as u16;
            if *wanted == 0 && title == 0 && column.rank > 0 {
                return Span::default();
            }
            let full = (*wanted).max(title).clamp(column.min, column.max.max(column.min));
            let least = if column.align == Align::Left { column.min.min(full) } else { full };
            Span { least, good: column.good.clamp(least, full), full }
        })
        .collect();
    leave_out(columns, &mut wide, EXTRA, available, |span| span.good);
    leave_out(columns, &mut wide, 1, available, |span| span.least);
    let mut left = u32::from(available).saturating_sub(total(&wide, |span| span.least));
    let mut widths: Vec<u16> = wide.iter().map(|span| span.least).collect();
    // What is left goes to the texts, the important ones first: until they
    // read well, then as far as they go.
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|at| columns.get(*at).map_or(0, |column| column.rank));
    let goals: [fn(&Span) -> u16; 2] = [|span| span.good, |span| span.full];
    for goal in goals {
        for at in &order {
            if let (Some(width), Some(span)) = (widths.get_mut(*at), wide.get(*at)) {
                let more = u32::from(goal(span).saturating_sub(*width)).min(left);
                *width += more as u16;
                left -= more;
            }
        }
    }
    widths
}

#[derive(Debug, Clone)]
pub struct Cell {
    pub text: String,
    /// The same in fewer letters, for where the text does not fit.
    pub short: &'static str,
    /// `None`: as ordinary text.
    pub style: Option<Style>,
}

impl Cell {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), short: "", style: None }
    }

    pub fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), short: "", style: Some(style) }
    }

    pub fn or(self, short: &'static str) -> Self {
        Self { short, ..self }
    }
}

#[derive(Debug)]
pub struct Row {
    pub cells: Vec<Cell>,
    pub cursor: bool,
    /// Over every cell: undone, excluded.
    pub style: Option<Style>,
}

/// Digits behind the point, with the point.
pub fn fraction(text: &str) -> usize {
    text.find('.').map_or(0, |dot| text.len() - dot)
}

/// Draws the column titles and the visible rows.
pub fn draw(paint: &mut Paint<'_>, area: Rect, columns: &[Column<'_>], rows: Vec<Row>) {
    draw_at(paint, area, columns, rows, None);
}

/// The same with a column under the cursor, whose title shows it.
pub fn draw_at(paint: &mut Paint<'_>, area: Rect, columns: &[Column<'_>], mut rows: Vec<Row>, current: Option<usize>) {
    for row in &mut rows {
        for cell in &mut row.cells {
            if let std::borrow::Cow::Owned(clean) = text::clean(&cell.text, paint.ascii) {
                cell.text = clean;
            }
        }
    }
    align_decimals(columns, &mut rows);
    let wanted: Vec<u16> = (0..columns.len())
        .map(|at| {
            let widest = rows.iter().filter_map(|row| row.cells.get(at)).map(|cell| text::width(&cell.text)).max();
            u16::try_from(widest.unwrap_or(0)).unwrap_or(u16::MAX)
        })
        .collect();
    let widths = layout(columns, &wanted, area.width);
    let (head, here) = (paint.theme.head, paint.theme.cursor);
    line(paint, area, area.y, columns, &widths, |at, _| {
        columns.get(at).map(|column| (column.title, if current == Some(at) { here } else { head }))
    });
    titles(paint, area, &widths);
    let (base, cursor) = (paint.theme.text, paint.theme.cursor);
    for (number, row) in rows.iter().take(area.height.saturating_sub(1) as usize).enumerate() {
        let y = area.y + 1 + number as u16;
        paint.place(Rect { y, height: 1, ..area }, Target::Row(number));
        if row.cursor {
            paint.cursor = Some(Position::new(area.x, y));
            paint.fill(Rect { y, height: 1, ..area }, cursor);
        }
        line(paint, area, y, columns, &widths, |at, width| {
            let cell = row.cells.get(at)?;
            let text = if cell.short.is_empty() || text::width(&cell.text) <= width { &cell.text } else { cell.short };
            // The row under the cursor has one style, so that moving it is
            // cheap on a slow line; its words say the rest.
            let style = if row.cursor { cursor } else { row.style.or(cell.style).unwrap_or(base) };
            Some((text, style))
        });
    }
}

/// Notes where the titles stand.
fn titles(paint: &mut Paint<'_>, area: Rect, widths: &[u16]) {
    let mut x = area.x;
    for (at, width) in widths.iter().copied().enumerate().filter(|(_, width)| *width > 0) {
        paint.place(Rect { x, width, height: 1, ..area }, Target::Column(at));
        x += width + 1;
    }
}

fn line<'t>(
    paint: &mut Paint<'_>,
    area: Rect,
    y: u16,
    columns: &[Column<'_>],
    widths: &[u16],
    cell: impl Fn(usize, usize) -> Option<(&'t str, Style)>,
) {
    let mut x = area.x;
    for (at, (column, width)) in columns.iter().zip(widths).enumerate() {
        if *width == 0 {
            continue;
        }
        if let Some((text, style)) = cell(at, usize::from(*width)) {
            match column.align {
                Align::Left if column.middle => {
                    let fitted = text::fit_middle(text, usize::from(*width), paint.ascii);
                    paint.text(x, y, *width, &fitted, style);
                }
                Align::Left => {
                    paint.text(x, y, *width, text, style);
                }
                Align::Right | Align::Decimal => paint.right(x, y, *width, text, style),
            }
        }
        x += width + 1;
    }
}

/// Fills numbers up on the right so that their points stand in one column.
fn align_decimals(columns: &[Column<'_>], rows: &mut [Row]) {
    for (at, column) in columns.iter().enumerate().filter(|(_, column)| column.align == Align::Decimal) {
        let _ = column;
        let most = rows.iter().filter_map(|row| row.cells.get(at)).map(|cell| fraction(&cell.text)).max().unwrap_or(0);
        for cell in rows.iter_mut().filter_map(|row| row.cells.get_mut(at)).filter(|cell| !cell.text.is_empty()) {
            let missing = most - fraction(&cell.text);
            cell.text.extend(std::iter::repeat_n(' ', missing));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLUMNS: [Column<'_>; 4] = [
        text_column("", 0, 1, 1),
        text_column("outcome", 1, 6, 18),
        decimal("billed", 2, 6),
        text_column("user", 3, 5, 20),
    ];

    #[test]
    fn columns_drop_by_rank_and_texts_share_what_is_left() {
        assert_eq!(layout(&COLUMNS, &[1, 17, 8, 12], 60), [1, 17, 8, 12]);
        assert_eq!(layout(&COLUMNS, &[1, 17, 8, 12], 30), [1, 13, 8, 5]);
        assert_eq!(layout(&COLUMNS, &[1, 17, 8, 12], 20), [1, 9, 8, 0]);
        assert_eq!(layout(&COLUMNS, &[1, 17, 8, 12], 12), [1, 10, 0, 0]);
        assert_eq!(layout(&COLUMNS, &[1, 17, 8, 12], 0), [1, 0, 0, 0]);
    }

    #[test]
    fn numbers_stand_on_their_points() {
        let row =
            |text: &str| Row { cells: vec![Cell::new(""), Cell::new(""), Cell::new(text)], cursor: false, style: None };
        let mut rows = vec![row("1,234.50"), row("0.004512"), row("7"), row("")];
        align_decimals(&COLUMNS, &mut rows);
        let texts: Vec<&str> = rows.iter().map(|row| row.cells[2].text.as_str()).collect();
        assert_eq!(texts, ["1,234.50    ", "0.004512", "7       ", ""]);
    }

    proptest! {
        #[test]
        fn a_table_never_exceeds_its_width_nor_cuts_a_number(wanted in proptest::collection::vec(0u16..60, 4), available in 2u16..200) {
            let widths = layout(&COLUMNS, &wanted, available);
            let shown: Vec<u16> = widths.iter().copied().filter(|w| *w > 0).collect();
            prop_assert!(shown.iter().sum::<u16>() + (shown.len() as u16).saturating_sub(1) <= available);
            prop_assert!(widths[2] == 0 || widths[2] >= wanted[2].min(30));
        }
    }
}
