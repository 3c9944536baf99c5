//! Rows as the book keeps them: what was written last time must be known to
//! say what changed, and to send a row once more that is no longer charged.
//!
//! A row takes about a dozen bytes. Texts that repeat stand once, an id only as
//! far as it is not the one before or made of the row's own texts.

mod met;
mod parts;
mod reader;

use std::fmt::Write;
use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::exact::Exact;
use super::row::{ChargeType, Measure, Payer, ResourceId, Row, Standing};
use crate::allocate::Stem;
use crate::calendar::{Day, Month};

pub(super) use parts::ROWS_A_PART;
use reader::Reader;

/// Rows in little room, in the order they were added.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    texts: Vec<String>,
    /// The rows behind each other.
    bytes: Vec<u8>,
    count: usize,
    /// Numbers of the texts, by their hash; several where hashes meet.
    known: FxHashMap<u64, Vec<u32>>,
    last: Last,
}

/// Places of a row in which a text stands: those of [`texts_of`], and behind
/// them those of [`measured_texts`].
const PLACES: usize = 12;
const UNMEASURED: usize = 9;

/// What the next row is told apart from.
#[derive(Debug, Clone, Default)]
struct Last {
    id: String,
    day: i64,
    /// The day as text, which rows that follow each other share.
    day_text: (i64, String),
    /// The number of the last text in each place of a row.
    texts: [u32; PLACES],
}

/// Ids that are made of the row's own texts need only their occurrence.
const OWN_ID: u8 = 1 << 4;
const MEASURED: u8 = 1 << 5;

/// The layout of the bytes. Another number is of another version.
const LAYOUT: u8 = 1;

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.rows().eq(other.rows())
    }
}

impl Eq for Kept {}

impl Kept {
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn push(&mut self, row: &Row<'_>) {
        let mut numbers = [0; PLACES];
        for (place, (number, text)) in numbers.iter_mut().zip(all_texts(row)).enumerate() {
            *number = self.numbered(place, text);
        }
        self.add(row, &numbers);
    }

    /// Adds a row whose texts have these numbers.
    fn add(&mut self, row: &Row<'_>, numbers: &[u32; PLACES]) {
        let own = self.own_id(row);
        let kind = ChargeType::ALL.iter().position(|kind| *kind == row.charge_type).unwrap_or_default() as u8;
        let standing = match row.standing {
            Standing::Charged => 0,
            Standing::Withdrawn => 1,
            Standing::Correction => 2,
        };
        let flags = if own.is_some() { OWN_ID } else { 0 } | if row.measure.is_some() { MEASURED } else { 0 };
        self.bytes.push(kind | standing << 2 | flags);
        let day = i64::from(row.day.number());
        self.signed(i128::from(day - self.last.day));
        self.last.day = day;
        // Of the day that is charged, the months to the one it is billed in.
        self.signed(i128::from(months(row.month) - months(row.day.month())));
        let (of_row, of_measure) = numbers.split_at(UNMEASURED);
        of_row.iter().for_each(|number| self.unsigned(u128::from(*number)));
        match own {
            Some(occurrence) => self.unsigned(u128::from(occurrence)),
            None => {
                let id = row.id.text();
                let shared = shared(&self.last.id, &id);
                self.unsigned(shared as u128);
                let rest = id.get(shared..).unwrap_or_default();
                self.unsigned(rest.len() as u128);
                self.bytes.extend_from_slice(rest.as_bytes());
                self.last.id.clear();
                self.last.id.push_str(&id);
            }
        }
        self.signed(i128::from(row.billed_cost.0));
        match &row.measure {
            None => self.exact(row.list_cost),
            Some(measure) => {
                of_measure.iter().for_each(|number| self.unsigned(u128::from(*number)));
                self.exact(Exact::of(measure.unit_price));
                self.exact(Exact::of(measure.quantity));
                self.exact(Exact::of(measure.consumed));
                // The product where it is that, which costs a byte.
                let product = Exact::priced(measure.unit_price, measure.quantity).1;
                self.bytes.push(u8::from(product != row.list_cost));
                if product != row.list_cost {
                    self.exact(row.list_cost);
                }
            }
        }
        self.count += 1;
    }

    /// The rows in the order they were added.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let mut reader = Reader { kept: self, at: 0, last: Last::default() };
        // What `from_bytes` has looked through reads to its end.
        std::iter::from_fn(move || (reader.at < self.bytes.len()).then(|| reader.row()).flatten())
    }

    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = Self { bytes: vec![LAYOUT], ..Self::default() };
        head.unsigned(self.count as u128);
        head.unsigned(self.texts.len() as u128);
        for text in &self.texts {
            head.unsigned(text.len() as u128);
            head.bytes.extend_from_slice(text.as_bytes());
        }
        head.bytes.extend_from_slice(&self.bytes);
        head.bytes
    }

    /// What [`Kept::to_bytes`] gave.
    ///
    /// # Errors
    /// A sentence when the bytes are damaged or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let broken = || "the rows of an earlier export cannot be read back".to_owned();
        let whole = Self { bytes: bytes.to_vec(), ..Self::default() };
        let mut reader = Reader { kept: &whole, at: 0, last: Last::default() };
        if reader.byte() != Some(LAYOUT) {
            return Err("the rows of an earlier export were kept by another version of the program".into());
        }
        let count = reader.size().ok_or_else(broken)?;
        let texts = reader.size().ok_or_else(broken)?;
        let mut read = Self::default();
        for _ in 0..texts {
            let length = reader.size().ok_or_else(broken)?;
            let text = reader.slice(length).and_then(|text| std::str::from_utf8(text).ok()).ok_or_else(broken)?;
            read.number(text);
        }
        read.bytes = bytes.get(reader.at..).unwrap_or_default().to_vec();
        read.count = count;
        if read.texts.len() != texts || read.rows().count() != count {
            return Err(broken());
        }
        let mut reader = Reader { kept: &read, at: 0, last: Last::default() };
        while reader.at < read.bytes.len() {
            reader.row().ok_or_else(broken)?;
        }
        let last = reader.last;
        read.last = last;
        Ok(read)
    }

    /// The number of a text, which is often the one that stood in its place
    /// before.
    fn numbered(&mut self, place: usize, text: &str) -> u32 {
        let last = self.last.texts.get(place).copied().unwrap_or_default();
        let same = self.texts.get(last as usize).is_some_and(|known| known == text);
        let number = if same { last } else { self.number(text) };
        if let Some(last) = self.last.texts.get_mut(place) {
            *last = number;
        }
        number
    }

    /// The occurrence, where the id is made of the row's own texts and it.
    fn own_id(&mut self, row: &Row<'_>) -> Option<u32> {
        let ResourceId::Of { base, occurrence, charge_type, rule: None, lot: None } = &row.id else {
            let id = row.id.text();
            let last = id.rsplit(':').next().and_then(|last| last.parse().ok());
            let occurrence = last.filter(|occurrence| *occurrence > 1).unwrap_or(1);
            let made = made_id(row.what, row.user, row.day, row.charge_type, occurrence);
            return (row.service == "OpenAI" && made == id).then_some(occurrence);
        };
        let base = match *base {
            Stem::Text(base) => base,
            Stem::Own { what, user, day } => {
                let own =
                    same(what, row.what) && same(user, row.user) && day == row.day && *charge_type == row.charge_type;
                return own.then_some(*occurrence);
            }
        };
        let day = i64::from(row.day.number());
        if self.last.day_text.0 != day || self.last.day_text.1.is_empty() {
            self.last.day_text = (day, row.day.to_string());
        }
        let rest = base.strip_prefix("openai:")?.strip_prefix(row.what)?.strip_prefix(':')?;
        let rest = rest.strip_prefix(row.user)?.strip_prefix(':')?;
        (rest == self.last.day_text.1 && *charge_type == row.charge_type).then_some(*occurrence)
    }

    fn number(&mut self, text: &str) -> u32 {
        let mut hasher = FxHasher::default();
        text.hash(&mut hasher);
        let like = self.known.entry(hasher.finish()).or_default();
        let texts = &mut self.texts;
        let found = like.iter().find(|at| texts.get(**at as usize).is_some_and(|known| known == text));
        *found.copied().get_or_insert_with(|| {
            let number = texts.len() as u32;
            texts.push(text.to_owned());
            like.push(number);
            number
        })
    }

    fn unsigned(&mut self, mut value: u128) {
        // Nearly all: to shift half as many bits is faster.
        if let Ok(mut small) = u64::try_from(value) {
            while small >= 0x80 {
                self.bytes.push(small as u8 | 0x80);
                small >>= 7;
            }
            return self.bytes.push(small as u8);
        }
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// Small numbers of either sign take few bytes.
    fn signed(&mut self, value: i128) {
        self.unsigned((value.wrapping_shl(1) ^ (value >> 127)) as u128);
    }

    fn exact(&mut self, Exact { mantissa, scale }: Exact) {
        self.bytes.push(scale as u8);
        self.signed(mantissa);
    }
}

/// Whether two texts are one: nearly always they lie at one place, and then
/// need not be looked at.
fn same(a: &str, b: &str) -> bool {
    std::ptr::eq(a, b) || a == b
}

/// The texts of a row, each in its place.
fn texts_of<'a>(row: &'a Row<'_>) -> [&'a str; UNMEASURED] {
    let Payer { pi_email, project_id, project_name, fund_org } = row.payer;
    [row.service, row.what, row.user, row.account, pi_email, project_id, project_name, fund_org, &row.subsidy_name]
}

/// Those of what it counts, in the places behind them.
fn measured_texts<'a>(measure: &Measure<'a>) -> [&'a str; PLACES - UNMEASURED] {
    [measure.unit, measure.consumed_unit, measure.price_of]
}

/// All of them, in the order of their places.
fn all_texts<'a>(row: &'a Row<'_>) -> impl Iterator<Item = &'a str> {
    texts_of(row).into_iter().chain(row.measure.iter().flat_map(measured_texts))
}

fn made_id(what: &str, user: &str, day: Day, kind: ChargeType, occurrence: u32) -> String {
    let mut id = format!("openai:{what}:{user}:{day}:{}", kind.name());
    if occurrence > 1 {
        let _ = write!(id, ":{occurrence}");
    }
    id
}

/// Months since the year 0.
fn months(month: Month) -> i64 {
    i64::from(month.year()) * 12 + i64::from(month.number()) - 1
}

fn month_of(months: i64) -> Option<Month> {
    let year = i32::try_from(months.div_euclid(12)).ok()?;
    Month::new(year, months.rem_euclid(12) as u32 + 1)
}

/// Bytes that both begin with, up to a whole character.
fn shared(a: &str, b: &str) -> usize {
    let mut shared = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    while !b.is_char_boundary(shared) {
        shared -= 1;
    }
    shared
}
