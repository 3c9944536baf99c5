//! The cells of JSON objects, one a line, whose keys come in an order seen
//! before and whose values are plain: texts without escapes, numbers without
//! exponents, `true`, `false` and `null`. Everything else, and so everything
//! that might not be JSON, makes the row odd.

use memchr::memchr;

use super::grid::{Grid, Place, Span};
use crate::read::cells::MAX_FIELDS;
use crate::read::format::Format;
use crate::read::marks::is_plain;

/// Orders of keys kept in mind: those of a table's rows are few.
const MOST_ORDERS: usize = 8;

/// The most keys of an order.
const MOST_KEYS: usize = 256;

/// What the lines of a file looked like so far.
#[derive(Default)]
pub(super) struct Json {
    orders: Vec<Order>,
    /// The order of the line before.
    last: usize,
    /// The text was looked through: all its lines are plain.
    plain: bool,
}

/// The keys of a line, in their order.
struct Order(Vec<Key>);

struct Key {
    /// With its quotes.
    text: Box<[u8]>,
    /// All that stood between the value before and this one's in the line that
    /// the order was seen in, blanks and all. Nearly every line has just that,
    /// which takes one comparison to see.
    between: Box<[u8]>,
    /// Where in the grid its value goes.
    place: Option<Place>,
}

impl Json {
    /// Begins with another text.
    pub fn begin(&mut self, text: &[u8]) {
        self.plain = is_plain(text);
    }

    /// Fills the grid with the next lines; `false` when there are none.
    /// `places` says of each field which cell of the grid it is.
    pub fn fill(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        grid: &mut Grid,
        format: &Format,
        places: &[Option<Place>; MAX_FIELDS],
    ) -> bool {
        grid.clear();
        while let Some(rest) = bytes.get(*at..).filter(|rest| !rest.is_empty() && !grid.is_full()) {
            let from = *at;
            let end = memchr(b'\n', rest).map_or(bytes.len(), |end| from + end);
            *at = (end + 1).min(bytes.len());
            let line = bytes.get(..end).unwrap_or(&[]);
            let row = (from as u32, *at as u32);
            // Two bounds for each field; until they are known, the cell is blank.
            let first = grid.blank_row(2 * format.fields.len());
            let cells = grid.bounds.get_mut(first..).unwrap_or_default();
            if (self.plain || is_plain_line(line.get(from..).unwrap_or(&[])))
                && self.line(line, from, cells, format, places)
            {
                grid.row(row, first);
            } else {
                cells.fill(0);
                grid.odd_row(row, first);
            }
        }
        !grid.rows.is_empty()
    }

    /// Finds the cells of the line that begins at `from` and is the rest of
    /// these bytes; `false` where it is not plain.
    fn line(
        &mut self,
        bytes: &[u8],
        from: usize,
        cells: &mut [u32],
        format: &Format,
        places: &[Option<Place>; MAX_FIELDS],
    ) -> bool {
        if self.orders.get(self.last).is_some_and(|order| order.read(bytes, from, cells)) {
            return true;
        }
        for (at, order) in self.orders.iter().enumerate() {
            cells.fill(0);
            if at != self.last && order.read(bytes, from, cells) {
                self.last = at;
                return true;
            }
        }
        if self.orders.len() >= MOST_ORDERS {
            return false;
        }
        let Some(order) = Order::of(bytes, from, format, places) else { return false };
        cells.fill(0);
        self.last = self.orders.len();
        let read = order.read(bytes, from, cells);
        self.orders.push(order);
        read
    }
}

/// Whether a line has no escapes, and no control characters, which JSON has
/// nowhere but between its words.
fn is_plain_line(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    memchr(b'\\', line).is_none() && !line.iter().fold(false, |control, byte| control | (*byte < 0x20))
}

/// A place in a line.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes over blanks, of which there is at most one nearly everywhere.
    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\r')) {
            self.at += 1;
        }
    }

    /// Passes over this byte with blanks around it.
    fn take(&mut self, byte: u8) -> bool {
        self.blanks();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        self.blanks();
        found
    }

    fn take_text(&mut self, text: &[u8]) -> bool {
        let found = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(text));
        self.at += if found { text.len() } else { 0 };
        found
    }

    /// A text; the span is what stands between its quotes.
    fn text(&mut self) -> Option<Span> {
        let from = self.at + 1;
        let to = from + memchr(b'"', self.bytes.get(from..)?)?;
        self.at = to + 1;
        Some((from as u32, to as u32))
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - from
    }

    /// A value as the text of a cell; `None` where it is not plain.
    fn value(&mut self) -> Option<Span> {
        let from = self.at;
        match self.peek()? {
            b'"' => return self.text(),
            b'n' => return self.take_text(b"null").then_some((0, 0)),
            b't' => self.take_text(b"true").then_some(())?,
            b'f' => self.take_text(b"false").then_some(())?,
            first => {
                self.at += usize::from(first == b'-');
                let zero = self.peek() == Some(b'0');
                let whole = self.digits();
                if whole == 0 || (zero && whole > 1) {
                    return None;
                }
                if self.peek() == Some(b'.') {
                    self.at += 1;
                    (self.digits() > 0).then_some(())?;
                }
            }
        }
        Some((from as u32, self.at as u32))
    }
}

impl Order {
    /// The order of a line; `None` where it is not plain, or where the same
    /// field stands in it twice by the same name.
    fn of(bytes: &[u8], from: usize, format: &Format, places: &[Option<Place>; MAX_FIELDS]) -> Option<Self> {
        let mut line = Cursor { bytes, at: from };
        let (mut keys, mut before): (Vec<Key>, usize) = (Vec::new(), from);
        // By field, the rank of its best name so far and the key it is.
        let mut best: [Option<(usize, usize)>; MAX_FIELDS] = [None; MAX_FIELDS];
        line.take(b'{').then_some(())?;
        loop {
            (line.peek() == Some(b'"') && keys.len() < MOST_KEYS).then_some(())?;
            let begin = line.at;
            let (from, to) = line.text()?;
            let name = std::str::from_utf8(bytes.get(from as usize..to as usize)?).ok()?;
            let mut place = None;
            if let Some((field, rank)) = format.field_of(name) {
                let best = best.get_mut(field)?;
                match *best {
                    Some((before, _)) if before == rank => return None,
                    Some((before, _)) if before < rank => {}
                    other => {
                        place = places.get(field).copied().flatten();
                        if let Some((_, worse)) = other {
                            keys.get_mut(worse)?.place = None;
                        }
                        *best = Some((rank, keys.len()));
                    }
                }
            }
            let text = bytes.get(begin..line.at)?.into();
            line.take(b':').then_some(())?;
            keys.push(Key { text, between: bytes.get(before..line.at)?.into(), place });
            line.value()?;
            before = line.at;
            if !line.take(b',') {
                return line.take(b'}').then_some(Self(keys));
            }
        }
    }

    /// Finds the cells of a line of this order; `false` where it is none, or
    /// not plain.
    fn read(&self, bytes: &[u8], from: usize, cells: &mut [u32]) -> bool {
        let mut line = Cursor { bytes, at: from };
        let mut next = b'{';
        for key in &self.0 {
            if !(line.take_text(&key.between) || line.take(next) && line.take_text(&key.text) && line.take(b':')) {
                return false;
            }
            let Some(value) = line.value() else { return false };
            if let Some([from, to]) = key.place.and_then(|place| cells.get_mut(place.at..place.at + 2)) {
                (*from, *to) = value;
            }
            next = b',';
        }
        line.take(b'}') && line.at == bytes.len()
    }
}
