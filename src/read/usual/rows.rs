//! A grid of cells turned into columns of lines.

use std::ops::Range;

use super::Usual;
use super::csv::Csv;
use super::grid::{Grid, Place, Span};
use super::json::Json;
use super::known::{Fits, Known, user, whole};
use crate::amount::{Cut, Packed};
use crate::calendar::{Day, Instant};
use crate::read::cells::MAX_FIELDS;
use crate::read::format::{Format, Kind, Layout, Nested};
use crate::read::marks::Places;
use crate::usage::{Batch, Names, Short as Count, Sym};

/// The short way through one file: which cells count and what each of them is.
pub(in crate::read) struct Short {
    usual: &'static Usual,
    /// By field, where its cells stand in the grid.
    places: [Option<Place>; MAX_FIELDS],
    /// The columns of a CSV file.
    columns: usize,
    /// What a currency may be, if it is not blank.
    currency: String,
    format: &'static Format,
}

impl Short {
    /// `None` where the format, or what is asked of its rows, needs more.
    pub fn of(format: &'static Format, layout: &Layout, kind: Kind, currency: &str) -> Option<Self> {
        let usual = format.usual?;
        if layout.bundles || format.buckets || kind == Kind::Pages || matches!(format.nested, Nested::List(_)) {
            return None;
        }
        let mut places = [None; MAX_FIELDS];
        let columns = layout.header.len();
        for (field, _) in format.fields.iter().enumerate().filter(|(_, known)| !known.asked) {
            if let Some(place) = places.get_mut(field) {
                *place = match kind {
                    Kind::Csv => layout.column(field).map(|at| Place { at, gap: 1, last: at + 1 == columns }),
                    _ => Some(Place { at: 2 * field, gap: 0, last: false }),
                };
            }
        }
        Some(Self { usual, places, columns, currency: currency.to_owned(), format })
    }

    fn place(&self, field: usize) -> Option<Place> {
        self.places.get(field).copied().flatten()
    }

    fn places(&self, fields: &[usize]) -> Vec<Place> {
        fields.iter().filter_map(|field| self.place(*field)).collect()
    }

    /// Cells that must be blank, for nothing here looks at them.
    fn others(&self) -> Vec<Place> {
        let usual = self.usual;
        let one = [usual.id, usual.account, usual.model, usual.project, usual.api_key, usual.action];
        let two = [usual.input, usual.cached, usual.output, usual.total, usual.amount, usual.currency, usual.row_key];
        let three = [usual.credits, usual.quantity, usual.unit];
        let named = one.iter().chain(&two).chain(&three).flatten().chain(usual.time).chain(usual.user);
        let named: Vec<usize> = named.copied().chain(usual.words.iter().map(|(field, _)| *field)).collect();
        (0..MAX_FIELDS).filter(|field| !named.contains(field)).filter_map(|field| self.place(field)).collect()
    }
}

/// A day as instants are, where it is one. Rows of a day stand together, so
/// that nearly all have that of the row before.
fn day_of(cell: &[u8], last: &mut (Vec<u8>, i64)) -> Option<i64> {
    if last.0 != cell {
        let day = Day::parse(cell).ok().filter(|_| cell.iter().all(u8::is_ascii_graphic))?;
        last.0.clear();
        last.0.extend_from_slice(cell);
        last.1 = Instant::start_of(day).micros();
    }
    Some(last.1)
}

/// What goes on working on rows, so that it is made once for many blocks.
pub(in crate::read) struct Reader {
    grid: Grid,
    lines: Places,
    json: Json,
    batch: Batch,
    time: Vec<Place>,
    users: Vec<Place>,
    others: Vec<Place>,
    account: Known,
    model: Known,
    user: Known,
    project: Known,
    api_key: Known,
    action: Known,
    unit: Known,
    /// The day read last, as it was written.
    day: (Vec<u8>, i64),
}

/// Some rows read the short way.
pub(in crate::read) struct Rows<'r> {
    pub batch: &'r Batch,
    /// Where each row stands, with its line end.
    rows: &'r [Span],
    /// Rows of which the batch holds nothing of worth.
    odd: &'r [bool],
}

/// Rows that follow each other.
pub(in crate::read) enum Run {
    /// By their numbers in the batch.
    Usual(Range<usize>),
    /// One row, by where it stands in the text, with its line end.
    Odd(Range<usize>),
}

impl Rows<'_> {
    /// All rows, in their order.
    pub fn runs(&self) -> impl Iterator<Item = Run> + '_ {
        let mut at = 0;
        std::iter::from_fn(move || {
            let from = at;
            if *self.odd.get(from)? {
                at += 1;
                let (begin, end) = self.rows.get(from).copied().unwrap_or_default();
                return Some(Run::Odd(begin as usize..end as usize));
            }
            at += self.odd.get(from..)?.iter().take_while(|odd| !**odd).count();
            Some(Run::Usual(from..at))
        })
    }

    /// The first and last day of some rows of the batch.
    pub fn days(&self, rows: Range<usize>) -> Option<(Day, Day)> {
        let times = self.batch.at.get(rows)?;
        let day = |at: &i64| Instant::from_micros(*at).day();
        Some((times.iter().min().map(day)?, times.iter().max().map(day)?))
    }
}

impl Reader {
    pub fn new(short: &Short) -> Self {
        let known = |fits: Fits| Known::new(fits, &[]);
        Self {
            grid: Grid::default(),
            lines: Places::default(),
            json: Json::default(),
            batch: Batch::default(),
            time: short.places(short.usual.time),
            users: short.places(short.usual.user),
            others: short.others(),
            account: known(whole),
            model: known(whole),
            user: known(user),
            project: known(whole),
            api_key: known(whole),
            action: Known::new(short.usual.action_fits, short.usual.odd_actions),
            unit: known(whole),
            day: (Vec::new(), i64::MIN),
        }
    }

    /// Reads rows of CSV without quotes, in UTF-8, and gives `take` some hundreds at a
    /// time, in their order.
    pub fn csv(&mut self, short: &Short, text: &[u8], names: &mut Names, take: &mut dyn FnMut(Rows<'_>, &mut Names)) {
        let mut csv = Csv::new(text);
        while csv.fill(&mut self.grid, &mut self.lines, short.columns) {
            self.read(short, text, names);
            take(self.rows(), names);
        }
    }

    /// The same of JSON objects, one a line.
    pub fn json(&mut self, short: &Short, text: &[u8], names: &mut Names, take: &mut dyn FnMut(Rows<'_>, &mut Names)) {
        let mut at = 0;
        self.json.begin(text);
        while self.json.fill(text, &mut at, &mut self.grid, short.format, &short.places) {
            self.read(short, text, names);
            take(self.rows(), names);
        }
    }

    fn rows(&self) -> Rows<'_> {
        Rows { batch: &self.batch, rows: &self.grid.rows, odd: &self.grid.odd }
    }

    /// Column by column.
    fn read(&mut self, short: &Short, bytes: &[u8], names: &mut Names) {
        let (usual, grid, batch) = (short.usual, &mut self.grid, &mut self.batch);
        let place = |field: Option<usize>| field.and_then(|field| short.place(field));

        if usual.by_day {
            let day = |cell: Cut<'_>| day_of(cell.text(), &mut self.day);
            grid.first_of(bytes, &self.time, i64::MIN, &mut batch.at, day);
        } else {
            let time = |cell: Cut<'_>| Instant::parse_short(cell.text()).map(Instant::micros);
            grid.first_of(bytes, &self.time, i64::MIN, &mut batch.at, time);
        }
        grid.odd.iter_mut().zip(&batch.at).for_each(|(odd, at)| *odd |= *at == i64::MIN);

        for (field, into) in [(usual.id, &mut batch.id), (usual.row_key, &mut batch.row_key)] {
            if let Some(place) = place(field) {
                grid.texts(bytes, place, into);
            }
        }

        for (known, field, into) in [
            (&mut self.account, usual.account, &mut batch.account),
            (&mut self.model, usual.model, &mut batch.model),
            (&mut self.project, usual.project, &mut batch.project),
            (&mut self.api_key, usual.api_key, &mut batch.api_key),
            (&mut self.action, usual.action, &mut batch.action),
            (&mut self.unit, usual.unit, &mut batch.unit),
        ] {
            if let Some(place) = place(field) {
                grid.column(bytes, place, Sym::NONE, into, |cell| known.find(cell.text(), names));
            }
        }
        if !self.users.is_empty() {
            let find = |cell: Cut<'_>| self.user.find(cell.text(), names);
            grid.first_of(bytes, &self.users, Sym::NONE, &mut batch.user, find);
        }

        for (field, into) in [
            (usual.input, &mut batch.input),
            (usual.cached, &mut batch.cached),
            (usual.output, &mut batch.output),
            (usual.total, &mut batch.total),
        ] {
            if let Some(place) = place(field) {
                grid.column(bytes, place, Count::NONE, into, Count::parse_cut);
            }
        }
        let count = |column: &[Count], row: usize| column.get(row).copied().unwrap_or(Count::NONE);
        for (row, total) in batch.total.iter_mut().enumerate() {
            if total.is_sum(count(&batch.input, row), count(&batch.output, row)) {
                *total = Count::NONE;
            }
        }
        if let Some(place) = place(usual.amount) {
            let amount = |cell: Cut<'_>| Packed::parse_cut(cell, usual.cents);
            grid.column(bytes, place, Packed::NONE, &mut batch.amount, amount);
        }

        for (field, into) in [(usual.credits, &mut batch.credits), (usual.quantity, &mut batch.quantity)] {
            if let Some(place) = place(field) {
                grid.column(bytes, place, Packed::NONE, into, |cell| Packed::parse_cut(cell, false));
            }
        }
        if usual.credits.is_some() {
            for (odd, (credits, quantity)) in grid.odd.iter_mut().zip(batch.credits.iter().zip(&batch.quantity)) {
                *odd |= *credits == Packed::NONE && *quantity == Packed::NONE;
            }
        }

        if let Some(place) = place(usual.currency) {
            grid.check(bytes, place, |cell| cell == short.currency.as_bytes());
        }
        for (field, words) in usual.words {
            if let Some(place) = short.place(*field) {
                grid.check(bytes, place, |cell| words.iter().any(|word| word.as_bytes() == cell));
            }
        }
        for place in &self.others {
            grid.check(bytes, *place, |_| false);
        }
    }
}
