//! An emulated screen, which must show each frame as if it had been drawn on a
//! cleared one, whatever stood there before.

use proptest::prelude::*;
use ratatui::buffer::Cell;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::*;

/// Signs of every kind that a month may hold, and blanks.
const SIGNS: [&str; 14] = [" ", " ", " ", "a", "b", "0", "│", "█", "ü", "日", "👩", "e\u{301}", "א", "한"];

fn styles() -> Vec<Style> {
    let plain = Style::new();
    let bold = plain.add_modifier(Modifier::BOLD);
    vec![
        plain,
        plain,
        bold,
        plain.fg(Color::Indexed(74)),
        bold.fg(Color::Rgb(230, 159, 0)),
        bold.bg(Color::Indexed(237)),
        plain.add_modifier(Modifier::DIM),
        plain.add_modifier(Modifier::REVERSED),
        plain.fg(Color::LightRed).bg(Color::Gray).add_modifier(Modifier::ITALIC),
        plain.fg(Color::Green).add_modifier(Modifier::UNDERLINED | Modifier::DIM),
    ]
}

/// A row: signs and their styles, from its first column on.
type Row = Vec<(usize, usize)>;

fn rows(width: usize, height: usize) -> impl Strategy<Value = Vec<Row>> {
    let cell = (0..SIGNS.len(), 0..styles().len());
    // Runs of a style, as there are on a screen, and rows that end early.
    let row = proptest::collection::vec((cell, 1usize..5), 0..=width)
        .prop_map(|runs| runs.into_iter().flat_map(|(cell, long)| std::iter::repeat_n(cell, long)).collect());
    proptest::collection::vec(row, height)
}

/// What happens to the rows of a frame until the next.
#[derive(Debug, Clone)]
enum Change {
    /// A band of rows moves, and others come in.
    Move {
        from: usize,
        long: usize,
        by: isize,
        fresh: Vec<Row>,
    },
    Replace {
        at: usize,
        row: Row,
    },
    Cell {
        y: usize,
        x: usize,
        cell: (usize, usize),
    },
    All(Vec<Row>),
}

fn changes(width: usize, height: usize) -> impl Strategy<Value = Change> {
    let by = 1 - height as isize..height as isize;
    prop_oneof![
        4 => (0..height, 2..=height, by, rows(width, height))
            .prop_map(|(from, long, by, fresh)| Change::Move { from, long, by, fresh }),
        3 => (0..height, rows(width, 1)).prop_map(|(at, mut row)| Change::Replace { at, row: row.remove(0) }),
        3 => (0..height, 0..width, (0..SIGNS.len(), 0..styles().len()))
            .prop_map(|(y, x, cell)| Change::Cell { y, x, cell }),
        1 => rows(width, height).prop_map(Change::All),
    ]
}

fn change(rows: &mut Vec<Row>, change: &Change) {
    match change {
        Change::Move { from, long, by, fresh } => {
            let end = (from + long).min(rows.len());
            let old = rows.clone();
            for y in *from..end {
                let source = y.checked_add_signed(*by).filter(|source| (*from..end).contains(source));
                rows[y] = source.map_or_else(|| fresh[y].clone(), |source| old[source].clone());
            }
        }
        Change::Replace { at, row } => rows[*at] = row.clone(),
        Change::Cell { y, x, cell } => {
            let row = &mut rows[*y];
            if row.len() <= *x {
                row.resize(*x + 1, (0, 0));
            }
            row[*x] = *cell;
        }
        Change::All(all) => *rows = all.clone(),
    }
}

fn frame(width: usize, rows: &[Row]) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width as u16, rows.len() as u16));
    for (y, row) in rows.iter().enumerate() {
        let mut x = 0;
        for (sign, style) in row {
            x = buffer.set_stringn(x, y as u16, SIGNS[*sign], width - usize::from(x), styles()[*style]).0;
            if usize::from(x) >= width {
                break;
            }
        }
    }
    buffer
}

type Colours = (vt100::Color, vt100::Color);

/// What is seen of a cell: its sign, the colours, and bold, dim, italic,
/// underlined, inverse.
type Seen = (String, Colours, [bool; 5]);

/// Of a blank only the ground is seen, unless it is turned around or underlined.
fn seen(sign: &str, (fg, bg): Colours, styles: [bool; 5]) -> Seen {
    let [.., underlined, inverse] = styles;
    if sign.trim().is_empty() && !underlined && !inverse {
        (String::new(), (vt100::Color::Default, bg), [false; 5])
    } else {
        (sign.trim().to_owned(), (fg, bg), styles)
    }
}

fn colour(colour: Color) -> vt100::Color {
    match colour {
        Color::Reset => vt100::Color::Default,
        Color::Green => vt100::Color::Idx(2),
        Color::Gray => vt100::Color::Idx(7),
        Color::LightRed => vt100::Color::Idx(9),
        Color::Indexed(number) => vt100::Color::Idx(number),
        Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        other => panic!("{other:?} is not drawn here"),
    }
}

fn wanted(cell: &Cell) -> Seen {
    let has = |modifier| cell.modifier.contains(modifier);
    let styles = [Modifier::BOLD, Modifier::DIM, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED].map(has);
    seen(cell.symbol(), (colour(cell.fg), colour(cell.bg)), styles)
}

/// Compares the emulated screen with the frame itself.
fn shows(screen: &vt100::Screen, frame: &Buffer) -> Result<(), TestCaseError> {
    use unicode_width::UnicodeWidthStr as _;
    for y in 0..frame.area.height {
        let mut x = 0;
        while x < frame.area.width {
            let (is, should) = (screen.cell(y, x).unwrap(), frame.cell((x, y)).unwrap());
            let wide = (should.symbol().width() as u16).max(1);
            let styles = [is.bold(), is.dim(), is.italic(), is.underline(), is.inverse()];
            let is = seen(is.contents(), (is.fgcolor(), is.bgcolor()), styles);
            prop_assert_eq!(is, wanted(should), "column {} of row {} on\n{}", x, y, screen.contents());
            x += wide;
        }
    }
    Ok(())
}

fn size() -> impl Strategy<Value = (usize, usize)> {
    (2usize..30, 2usize..16)
}

fn story() -> impl Strategy<Value = (usize, Vec<Row>, Vec<Vec<Change>>)> {
    size().prop_flat_map(|(width, height)| {
        let frames = proptest::collection::vec(proptest::collection::vec(changes(width, height), 1..4), 1..6);
        (Just(width), rows(width, height), frames)
    })
}

proptest! {
    #[test]
    fn the_screen_shows_every_frame_whatever_stood_there_before((width, mut rows, frames) in story(), cursor in any::<bool>()) {
        let mut canvas = Canvas::default();
        let mut parser = vt100::Parser::new(rows.len() as u16, width as u16, 0);
        // What a shell may have left behind.
        parser.process(b"\x1b[2;3r\x1b[31;4mleft behind");
        let mut draw = |rows: &[Row], at: usize| {
            let frame = frame(width, rows);
            let cursor = (cursor && at.is_multiple_of(2)).then(|| Position::new((at % width) as u16, 1));
            let bytes = canvas.show(&frame, cursor);
            parser.process(&bytes);
            let screen = parser.screen();
            shows(screen, &frame)?;
            prop_assert_eq!(screen.hide_cursor(), cursor.is_none());
            if let Some(cursor) = cursor {
                prop_assert_eq!(screen.cursor_position(), (cursor.y, cursor.x));
            }
            prop_assert_eq!((screen.fgcolor(), screen.bgcolor(), screen.bold()), (vt100::Color::Default, vt100::Color::Default, false));
            prop_assert!(canvas.show(&frame, cursor).is_empty(), "what is there is not sent again");
            Ok(())
        };
        draw(&rows, 0)?;
        for (at, changes) in frames.iter().enumerate() {
            changes.iter().for_each(|one| change(&mut rows, one));
            draw(&rows, at + 1)?;
        }
    }

    /// Small screens are never worth a look for bands; here one is taken
    /// wherever one is found.
    #[test]
    fn a_band_that_moved_is_where_the_frame_has_it((width, mut rows, frames) in story()) {
        let mut last = frame(width, &rows);
        let mut parser = vt100::Parser::new(rows.len() as u16, width as u16, 0);
        parser.process(&Canvas::default().show(&last, None));
        for changes in &frames {
            changes.iter().for_each(|one| change(&mut rows, one));
            let next = frame(width, &rows);
            let (shown, wanted) = (Sheet::of(&last), Sheet::of(&next));
            let mut pen = Pen::default();
            let mut from = shown.clone();
            if let Some(band) = band::find(&shown, &wanted) {
                band.scroll(&mut pen.out);
                from = shown.moved(band);
            }
            draw(&mut pen, &from, &wanted);
            parser.process(&pen.out);
            shows(parser.screen(), &next)?;
            last = next;
        }
    }
}

/// Rows of a list, of which each says its number, between others that stay.
fn list(top: usize, cursor: usize) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
    buffer.set_string(0, 0, "title", Style::new().add_modifier(Modifier::BOLD));
    for row in 0..16 {
        let at = (top + row) * 7_919;
        let style = if top + row == cursor { Style::new().bg(Color::Indexed(237)) } else { Style::new() };
        let text = format!("{:<79}", format!("row {at} of user-{:x} with model-{}", at * at, at % 97));
        buffer.set_string(0, 2 + row as u16, text, style);
    }
    buffer.set_string(0, 20, "what it comes to", Style::new().fg(Color::Indexed(74)));
    buffer
}

#[test]
fn a_list_that_scrolls_costs_what_its_new_rows_cost() {
    let mut canvas = Canvas::default();
    let mut parser = vt100::Parser::new(24, 80, 0);
    parser.process(&canvas.show(&list(0, 15), None));
    for (top, cursor) in [(1, 16), (2, 17), (1, 1), (0, 0)] {
        let frame = list(top, cursor);
        let bytes = canvas.show(&frame, None);
        assert!(bytes.len() < 350, "{}: {}", bytes.len(), bytes.escape_ascii());
        parser.process(&bytes);
        shows(parser.screen(), &frame).unwrap();
    }
}

#[test]
fn only_what_changes_of_a_style_is_said() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
    let bold = Style::new().add_modifier(Modifier::BOLD);
    buffer.set_string(0, 0, "ab", bold.fg(Color::Indexed(74)));
    buffer.set_string(3, 0, "cd", bold.fg(Color::Indexed(208)));
    buffer.set_string(6, 0, "ef", Style::new());
    let mut canvas = Canvas::default();
    canvas.show(&Buffer::empty(buffer.area), None);
    let bytes = String::from_utf8(canvas.show(&buffer, None)).unwrap();
    assert_eq!(bytes, "\x1b[?2026h\x1b[H\x1b[1;38;5;74mab \x1b[38;5;208mcd \x1b[mef\x1b[?2026l");
}

#[test]
fn the_cursor_is_placed_after_signs_of_doubtful_width() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
    buffer.set_string(0, 0, "abאcd", Style::new());
    let text = String::from_utf8(Canvas::default().show(&buffer, None)).unwrap();
    let (before, after) = text.split_once('א').unwrap();
    assert!(before.ends_with("ab"), "{text:?}");
    assert!(after.starts_with("\x1b[1;4Hcd"), "{text:?}");
}

#[test]
fn a_screen_of_another_size_or_that_was_left_is_drawn_anew() {
    let mut canvas = Canvas::default();
    canvas.show(&list(0, 0), None);
    let mut small = Buffer::empty(Rect::new(0, 0, 20, 4));
    small.set_string(0, 0, "small", Style::new());
    let mut parser = vt100::Parser::new(4, 20, 0);
    parser.process(b"\x1b[31;1mrest\x1b[2;3r");
    parser.process(&canvas.show(&small, None));
    shows(parser.screen(), &small).unwrap();
    parser.process(b"\x1b[Hediting");
    canvas.forget();
    parser.process(&canvas.show(&small, None));
    shows(parser.screen(), &small).unwrap();
}

#[test]
fn a_screen_without_cells_can_be_drawn() {
    for (width, height) in [(0, 0), (0, 5), (5, 0), (1, 1)] {
        let buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let mut canvas = Canvas::default();
        canvas.show(&buffer, None);
        assert!(canvas.show(&buffer, None).is_empty());
    }
}
