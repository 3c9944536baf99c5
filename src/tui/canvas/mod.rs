//! What the terminal shows, and the bytes after which it shows another frame.
//! A frame comes in as a buffer of cells and is compared with the last one;
//! what goes out is the shorter of two ways to draw the difference: as it is,
//! or after the terminal has moved a band of rows up or down by itself.

mod band;
mod pen;
mod sheet;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use pen::Pen;
use sheet::{Sheet, is_blank, is_covered};

/// All that a frame is, shows at once in a terminal that knows these.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// No colour, no margins, nothing on the screen.
const CLEAR: &[u8] = b"\x1b[m\x1b[r\x1b[H\x1b[2J";

/// A difference that takes fewer bytes than this is sent as it is: looking for
/// rows that moved would take longer than it saves.
const SMALL: usize = 400;

/// The terminal as it is known.
#[derive(Debug, Default)]
pub struct Canvas {
    /// `None` where anything may be on it.
    shown: Option<Sheet>,
    /// Where the cursor shows, if it does; `None` where that is not known.
    cursor: Option<Option<Position>>,
}

impl Canvas {
    /// Somebody else has drawn on the terminal, or its size has changed: the
    /// next frame clears it.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// The bytes that have to reach the terminal so that it shows this frame,
    /// and its cursor there or nowhere. None where it does already.
    pub fn show(&mut self, frame: &Buffer, cursor: Option<Position>) -> Vec<u8> {
        let wanted = Sheet::of(frame);
        let known = self.shown.take().filter(|shown| shown.has_size_of(&wanted));
        let clears = known.is_none();
        let shown = known.unwrap_or_else(|| wanted.blank());

        let mut pen = Pen::default();
        draw(&mut pen, &shown, &wanted);
        if pen.out.len() > SMALL
            && let Some(band) = band::find(&shown, &wanted)
        {
            let mut other = Pen::default();
            band.scroll(&mut other.out);
            draw(&mut other, &shown.moved(band), &wanted);
            if other.out.len() < pen.out.len() {
                pen = other;
            }
        }
        if clears {
            pen.out.splice(0..0, CLEAR.iter().copied());
            self.cursor = None;
        }
        let drawn = !pen.out.is_empty();
        if self.cursor != Some(cursor) || (drawn && cursor.is_some()) {
            if let Some(Position { x, y }) = cursor {
                pen.go(x, y, &[]);
            }
            if self.cursor.map(|cursor| cursor.is_some()) != Some(cursor.is_some()) {
                pen.out.extend_from_slice(if cursor.is_some() { b"\x1b[?25h" } else { b"\x1b[?25l" });
            }
        }
        self.shown = Some(wanted);
        self.cursor = Some(cursor);
        if pen.out.is_empty() { Vec::new() } else { [BEGIN, &pen.out, END].concat() }
    }
}

/// Draws what differs, and leaves the pen as it was found: without a style.
fn draw(pen: &mut Pen, shown: &Sheet, wanted: &Sheet) {
    for (y, (old, new)) in (0..).zip(shown.rows().zip(wanted.rows())) {
        if old == new {
            continue;
        }
        // Where the rest of the row is blank, it may be cleared at once.
        let text = new.iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + 1);
        let differs = |at: &usize| old.get(*at) != new.get(*at);
        let (first, count) = ((text..new.len()).find(differs), (text..new.len()).filter(differs).count());
        let cleared = first.filter(|_| count > pen::CLEARS_FROM);
        let end = if cleared.is_some() { text } else { new.len() };
        for (x, cell) in (0..).zip(new).take(end).filter(|(x, _)| differs(&usize::from(*x))) {
            if !is_covered(cell) {
                pen.go(x, y, new);
                pen.put(cell, new.len());
            }
        }
        if let Some(x) = cleared.and_then(|x| u16::try_from(x).ok()) {
            pen.go(x, y, new);
            pen.clear_rest();
        }
    }
    pen.rest();
}

#[cfg(test)]
mod tests;
