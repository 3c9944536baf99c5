//! Writes cells with as few bytes as there is a safe way to: the cursor moves
//! by the shortest sequence, and of a style only what changes is said.

use std::io::Write as _;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use super::sheet::{ON_BLANKS, is_bare, is_covered};
use crate::tui::text;

/// More blanks at the end of a row than this are cleared instead of written.
pub const CLEARS_FROM: usize = 3;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Look {
    const fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }

    /// Whether a cell drawn in this style looks as it should.
    fn suits(self, cell: &Cell) -> bool {
        if is_bare(cell) {
            // The colour of what is not there is as good as any.
            self.bg == cell.bg && !self.modifier.intersects(ON_BLANKS)
        } else {
            self == Self::of(cell)
        }
    }
}

/// The cursor and the style of the terminal while a frame is drawn.
#[derive(Debug, Default)]
pub struct Pen {
    pub out: Vec<u8>,
    /// `None` where terminals disagree: at the right edge, and behind a sign
    /// that they do not hold to be equally wide.
    at: Option<(u16, u16)>,
    look: Look,
}

impl Pen {
    /// Moves the cursor there. `row` is what the row it goes to is to show: a
    /// short way may as well be written over.
    pub fn go(&mut self, x: u16, y: u16, row: &[Cell]) {
        if self.at == Some((x, y)) {
            return;
        }
        let mut to = Vec::with_capacity(10);
        // Writing to memory cannot fail.
        let _ = match (x, y) {
            (0, 0) => write!(to, "\x1b[H"),
            (0, y) => write!(to, "\x1b[{}H", y + 1),
            (x, y) => write!(to, "\x1b[{};{}H", y + 1, x + 1),
        };
        let mut shorter = |other: Vec<u8>| {
            if other.len() < to.len() {
                to = other;
            }
        };
        match self.at {
            Some((from, at)) if at == y && from < x => {
                shorter(steps(x - from, 'C'));
                if let Some(over) = self.over(row, from, x) {
                    shorter(over);
                }
            }
            Some((from, at)) if at == y => shorter(steps(from - x, 'D')),
            Some((from, at)) if from == x && at < y => shorter(steps(y - at, 'B')),
            _ => {}
        }
        self.out.append(&mut to);
        self.at = Some((x, y));
    }

    /// What stands between two columns, where it can be written as it is.
    fn over(&self, row: &[Cell], from: u16, to: u16) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for cell in row.get(from.into()..to.into())? {
            if is_covered(cell) || !is_plain(cell.symbol()) || !self.look.suits(cell) || bytes.len() > 8 {
                return None;
            }
            bytes.extend_from_slice(cell.symbol().as_bytes());
        }
        Some(bytes)
    }

    /// Writes a cell where the cursor is, in a row of so many columns.
    pub fn put(&mut self, cell: &Cell, columns: usize) {
        self.take(cell);
        self.out.extend_from_slice(cell.symbol().as_bytes());
        // Behind the last column the cursor is in neither row.
        self.at =
            self.at.map(|(x, y)| (x + 1, y)).filter(|(x, _)| usize::from(*x) < columns && is_plain(cell.symbol()));
    }

    /// Clears the row from the cursor on.
    pub fn clear_rest(&mut self) {
        self.take(&Cell::EMPTY);
        self.out.extend_from_slice(b"\x1b[K");
    }

    /// Leaves no style on.
    pub fn rest(&mut self) {
        self.change(Look::default());
    }

    /// Takes the style of a cell.
    fn take(&mut self, cell: &Cell) {
        if self.look.suits(cell) {
            return;
        }
        let wanted = Look::of(cell);
        if is_bare(cell) && cell.bg != Color::Reset {
            self.change(Look { bg: cell.bg, modifier: self.look.modifier.difference(ON_BLANKS), ..self.look });
        } else {
            self.change(wanted);
        }
    }

    fn change(&mut self, wanted: Look) {
        if self.look == wanted {
            return;
        }
        let mut anew = vec![0];
        codes(&mut anew, Look::default(), wanted);
        let mut change = Vec::new();
        codes(&mut change, self.look, wanted);
        let [anew, change] = [anew, change].map(|codes| sequence(&codes));
        self.out.extend_from_slice(if anew.len() < change.len() { &anew } else { &change });
        self.look = wanted;
    }
}

/// Whether all terminals hold the sign to be one column wide.
pub fn is_plain(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let Some(first) = chars.next() else { return true };
    chars.next().is_none()
        && (first.is_ascii() || text::width(symbol) == 1)
        && !matches!(first, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}')
}

/// The cursor moved by a number of columns or rows.
fn steps(count: u16, letter: char) -> Vec<u8> {
    if count == 1 { format!("\x1b[{letter}") } else { format!("\x1b[{count}{letter}") }.into_bytes()
}

/// A style set by these codes; a single 0 need not be said.
fn sequence(codes: &[u8]) -> Vec<u8> {
    let mut out = b"\x1b[".to_vec();
    for (number, code) in codes.iter().enumerate().filter(|_| codes != [0]) {
        let _ = if number == 0 { write!(out, "{code}") } else { write!(out, ";{code}") };
    }
    out.push(b'm');
    out
}

/// What each modifier is turned on by, and off.
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// What leads from one style to another.
fn codes(codes: &mut Vec<u8>, from: Look, to: Look) {
    let mut on = from.modifier;
    for (modifier, _, off) in MODIFIERS {
        if on.contains(modifier) && !to.modifier.contains(modifier) {
            codes.push(off);
            // It turns off those that share it.
            let shared = MODIFIERS.iter().filter(|(_, _, other)| *other == off);
            shared.for_each(|(modifier, _, _)| on.remove(*modifier));
        }
    }
    for (modifier, code, _) in MODIFIERS {
        if to.modifier.contains(modifier) && !on.contains(modifier) {
            codes.push(code);
        }
    }
    if from.fg != to.fg {
        colour(codes, to.fg, 30);
    }
    if from.bg != to.bg {
        colour(codes, to.bg, 40);
    }
}

/// The codes of a colour; `base` says what is coloured: 30 the sign, 40 the
/// ground.
fn colour(codes: &mut Vec<u8>, colour: Color, base: u8) {
    let named = |number: u8| if number < 8 { base + number } else { base + 60 + number - 8 };
    match colour {
        Color::Reset => codes.push(base + 9),
        Color::Black => codes.push(named(0)),
        Color::Red => codes.push(named(1)),
        Color::Green => codes.push(named(2)),
        Color::Yellow => codes.push(named(3)),
        Color::Blue => codes.push(named(4)),
        Color::Magenta => codes.push(named(5)),
        Color::Cyan => codes.push(named(6)),
        Color::Gray => codes.push(named(7)),
        Color::DarkGray => codes.push(named(8)),
        Color::LightRed => codes.push(named(9)),
        Color::LightGreen => codes.push(named(10)),
        Color::LightYellow => codes.push(named(11)),
        Color::LightBlue => codes.push(named(12)),
        Color::LightMagenta => codes.push(named(13)),
        Color::LightCyan => codes.push(named(14)),
        Color::White => codes.push(named(15)),
        Color::Indexed(number) => codes.extend([base + 8, 5, number]),
        Color::Rgb(red, green, blue) => codes.extend([base + 8, 2, red, green, blue]),
    }
}
