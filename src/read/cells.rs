//! The cells of one row that a format asks for, and how each kind of cell is
//! read. What cannot be read exactly is a [`Problem`], never a default.

use std::borrow::Cow;
use std::fmt::Display;

use crate::amount::{Amount, AmountError, Fixed, Quantity};
use crate::calendar::{DateError, Day, Instant};

/// The most columns a format may name.
pub(super) const MAX_FIELDS: usize = 28;
/// Behind those of a format stand the cells of [`super::bundle::MARKS`].
const ALL_FIELDS: usize = MAX_FIELDS + super::bundle::MARKS.len();

/// What is wrong with a row: the field it is about (`None` for the row as a
/// whole) and a sentence without its subject, which ends with what to do.
#[derive(Debug)]
pub(super) struct Problem {
    pub field: Option<usize>,
    pub reason: String,
}

impl Problem {
    /// What is wrong with the row as a whole, and what to do.
    pub fn row(what: impl Display, then: &str) -> Self {
        Self { field: None, reason: format!("{what}; {then}") }
    }

    /// What is wrong with a cell, and what to do.
    pub fn cell(field: usize, what: impl Display, then: &str) -> Self {
        Self { field: Some(field), reason: format!("{what}; {then}") }
    }
}

/// What to do about a file that does not say what such a file says.
pub(super) const AGAIN: &str = "download the file once more, or leave the row out with a reason";
/// What to do about a cell that somebody filled in.
pub(super) const MEND: &str = "mend the cell and give the file again, or leave the row out with a reason";

/// Room for the texts of a row that had to be rewritten, since a line only
/// borrows its texts.
#[derive(Default)]
pub(super) struct Room {
    pub account: String,
    pub user: String,
    pub project: String,
    pub model: String,
    pub tier: String,
    pub currency: String,
}

/// The texts of one row by the field of its format; blank where the file has
/// no such column.
pub(super) struct Cells<'a> {
    texts: [&'a str; ALL_FIELDS],
}

impl<'a> Cells<'a> {
    pub fn blank() -> Self {
        Self { texts: [""; ALL_FIELDS] }
    }

    pub fn set(&mut self, field: usize, text: &'a str) {
        if let Some(cell) = self.texts.get_mut(field) {
            *cell = text;
        }
    }

    /// The cell without surrounding blanks.
    pub fn text(&self, field: usize) -> &'a str {
        let text = self.texts.get(field).copied().unwrap_or("");
        // Nearly no cell has blanks around it, and this is asked for each.
        match text.as_bytes() {
            [] => "",
            [first, .., last] | [first @ last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
            _ => text.trim(),
        }
    }

    pub fn is_blank(&self, field: usize) -> bool {
        self.text(field).is_empty()
    }

    /// The first of these cells that is not blank.
    pub fn first(&self, fields: &[usize]) -> &'a str {
        fields.iter().map(|field| self.text(*field)).find(|text| !text.is_empty()).unwrap_or("")
    }

    /// A user as users are compared: the first cell that is not blank, in
    /// lower case. `room` holds the text where it had to be changed.
    pub fn user(&self, fields: &[usize], room: &'a mut String) -> &'a str {
        let text = self.first(fields);
        if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_uppercase()) {
            return text;
        }
        *room = text.to_lowercase();
        room
    }

    /// The cell in lower case, as tiers are compared.
    pub fn lower(&self, field: usize, room: &'a mut String) -> &'a str {
        self.user(&[field], room)
    }

    /// A currency in upper case.
    pub fn currency(&self, field: usize, room: &'a mut String) -> &'a str {
        match self.text(field) {
            "usd" | "USD" => "USD",
            text if !text.bytes().any(|b| b.is_ascii_lowercase()) => text,
            text => {
                *room = text.to_ascii_uppercase();
                room
            }
        }
    }

    /// The span of time a row is about: its start, and its seconds. Where the
    /// end is blank, `otherwise` is taken for its length.
    pub fn span(&self, start: usize, end: usize, otherwise: u32) -> Result<(Instant, u32), Problem> {
        let from = self.time(start)?;
        if self.is_blank(end) {
            return Ok((from, otherwise));
        }
        let micros = self.time(end)?.micros().saturating_sub(from.micros());
        let seconds = u32::try_from(micros / 1_000_000).ok().filter(|seconds| *seconds > 0);
        seconds.map(|seconds| (from, seconds)).ok_or_else(|| {
            let text = self.text(end);
            wrong(
                end,
                text,
                format!("does not end the span of time that begins at {}", quoted(self.text(start))),
                AGAIN,
            )
        })
    }

    /// An exact decimal number; `None` where the cell is blank.
    pub fn number<U>(&self, field: usize) -> Result<Option<Fixed<U>>, Problem> {
        let text = self.text(field);
        match Fixed::parse(text) {
            Ok(value) => Ok(Some(value)),
            Err(AmountError::Empty) => Ok(None),
            Err(error) => Err(wrong(field, text, error, MEND)),
        }
    }

    /// A number of a column that is a binary float where it comes from, see
    /// [`Fixed::parse_float`]; `None` where the cell is blank.
    pub fn float<U>(&self, field: usize) -> Result<Option<Fixed<U>>, Problem> {
        let text = self.text(field);
        match Fixed::parse_float(text) {
            Ok(value) => Ok(Some(value)),
            Err(AmountError::Empty) => Ok(None),
            Err(error) => Err(wrong(field, text, error, MEND)),
        }
    }

    /// Money that the file has in hundredths, exactly.
    pub fn cents(&self, field: usize) -> Result<Option<Amount>, Problem> {
        let Some(cents) = self.number::<crate::amount::Money>(field)? else { return Ok(None) };
        if cents.units() % 100 != 0 {
            return Err(wrong(field, self.text(field), AmountError::TooFine, MEND));
        }
        Ok(Some(Amount::from_units(cents.units() / 100)))
    }

    /// A count of tokens: whole and not negative, though `4.0` is 4.
    pub fn tokens(&self, field: usize) -> Result<Option<i64>, Problem> {
        match self.count(field)? {
            Some(count) if count < 0 => {
                Err(wrong(field, self.text(field), "is negative, which a count of tokens cannot be", MEND))
            }
            count => Ok(count),
        }
    }

    /// A whole number that may be negative, as a deduction of tokens is.
    pub fn count(&self, field: usize) -> Result<Option<i64>, Problem> {
        let text = self.text(field);
        // Nearly all counts are a few digits; the rest takes the exact way.
        if (1..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Some(text.bytes().fold(0, |n, digit| n * 10 + i64::from(digit - b'0'))));
        }
        let Some(number) = self.number::<crate::amount::Units>(field)? else { return Ok(None) };
        let one = Quantity::from_int(1).units();
        if number.units() % one != 0 {
            return Err(wrong(field, text, "is not a whole number, as a count of tokens must be", MEND));
        }
        i64::try_from(number.units() / one).map(Some).map_err(|_| wrong(field, text, AmountError::TooLarge, MEND))
    }

    /// A point in time; a blank one is a problem.
    pub fn time(&self, field: usize) -> Result<Instant, Problem> {
        let text = self.text(field);
        Instant::parse(text).map_err(|error| wrong_date(field, text, error))
    }

    /// A day, at its midnight; a blank one is a problem.
    pub fn day(&self, field: usize) -> Result<Instant, Problem> {
        let text = self.text(field);
        Day::parse(text).map(Instant::start_of).map_err(|error| wrong_date(field, text, error))
    }

    /// `true` or `false` as databases and spreadsheets write them; `None`
    /// where the cell is blank.
    pub fn flag(&self, field: usize) -> Result<Option<bool>, Problem> {
        let text = self.text(field);
        let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if text.is_empty() {
            Ok(None)
        } else if is(&["true", "t", "1", "yes", "y"]) {
            Ok(Some(true))
        } else if is(&["false", "f", "0", "no", "n"]) {
            Ok(Some(false))
        } else {
            Err(wrong(field, text, "is neither true nor false", MEND))
        }
    }
}

/// A text of a row that may have been spelled anew; then the room keeps it.
pub(super) fn kept<'a>(text: Option<Cow<'a, str>>, room: &'a mut String) -> &'a str {
    match text {
        None => "",
        Some(Cow::Borrowed(text)) => text,
        Some(Cow::Owned(text)) => {
            *room = text;
            room
        }
    }
}

/// What the total adds to input and output: nothing where it is their sum, so
/// that it need not be kept.
pub(super) fn beyond_sum(total: Option<i64>, input: Option<i64>, output: Option<i64>) -> Option<i64> {
    let sum = match (input, output) {
        (None, None) => None,
        (input, output) => input.unwrap_or(0).checked_add(output.unwrap_or(0)),
    };
    total.filter(|total| sum != Some(*total))
}

fn wrong(field: usize, text: &str, what: impl Display, then: &str) -> Problem {
    Problem::cell(field, format_args!("{} {what}", quoted(text)), then)
}

fn wrong_date(field: usize, text: &str, error: DateError) -> Problem {
    match error {
        DateError::Empty => Problem::cell(field, error, MEND),
        error => wrong(field, text, error, MEND),
    }
}

/// A text of the file inside a sentence: short, and without anything a
/// terminal would act upon.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text.chars().take(LONGEST).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("“{shown}”")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Cells<'_> {
        let mut cells = Cells::blank();
        cells.set(0, text);
        cells
    }

    #[test]
    fn tokens_are_whole_and_not_negative() {
        let read = |text: &str| with(text).tokens(0).map_err(|problem| problem.reason);
        assert_eq!(read(" 150 "), Ok(Some(150)));
        assert_eq!(read("4.0"), Ok(Some(4)));
        assert_eq!(read("12345678901"), Ok(Some(12_345_678_901)));
        assert_eq!(read(""), Ok(None));
        assert!(read("-1").unwrap_err().contains("negative"));
        assert!(read("1.5").unwrap_err().contains("whole number"));
        assert!(read("1,000").unwrap_err().contains("plain decimal"));
        assert_eq!(with("-50000").count(0).unwrap(), Some(-50_000));
    }

    #[test]
    fn cents_become_dollars_exactly() {
        assert_eq!(with("0.0068").cents(0).unwrap().map(|a| a.to_string()).as_deref(), Some("0.000068"));
        assert_eq!(with(" ").cents(0).unwrap(), None);
        assert!(with("1e-17").cents(0).is_err());
    }

    #[test]
    fn a_blank_amount_is_none_and_not_zero() {
        assert_eq!(with("").number::<crate::amount::Money>(0).unwrap(), None);
        assert_eq!(with("0").number::<crate::amount::Money>(0).unwrap(), Some(Amount::ZERO));
        assert!(with("$5").number::<crate::amount::Money>(0).unwrap_err().reason.starts_with("“$5” is not"));
    }

    #[test]
    fn users_are_folded_to_lower_case() {
        let mut room = String::new();
        assert_eq!(with(" Ä.Morgan@Example.COM ").user(&[1, 0], &mut room), "ä.morgan@example.com");
        assert_eq!(with("a@x").user(&[0], &mut room), "a@x");
    }

    #[test]
    fn flags_are_read_in_every_spelling_of_databases() {
        for (text, flag) in
            [("FALSE", Some(false)), ("f", Some(false)), ("0", Some(false)), ("True", Some(true)), ("", None)]
        {
            assert_eq!(with(text).flag(0).unwrap(), flag, "{text}");
        }
        assert!(with("maybe").flag(0).is_err());
    }

    #[test]
    fn a_total_that_is_the_sum_is_not_kept_twice() {
        assert_eq!(beyond_sum(Some(5), Some(2), Some(3)), None);
        assert_eq!(beyond_sum(Some(6), Some(2), Some(3)), Some(6));
        assert_eq!(beyond_sum(Some(6), None, None), Some(6));
        assert_eq!(beyond_sum(None, Some(2), None), None);
    }

    #[test]
    fn texts_in_sentences_are_short_and_harmless() {
        assert_eq!(quoted("a\u{1b}[2J"), "“a\u{FFFD}[2J”");
        assert!(quoted(&"x".repeat(100)).ends_with("x…”"));
    }
}
