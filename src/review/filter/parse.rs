//! Text into a filter.

use super::pattern::Piece;
use super::words::shown;
use super::{AmountField, Choice, Compare, Days, Field, Filter, FilterError, Pattern, Saved, Term, Test, Word};
use crate::amount::Amount;
use crate::calendar::{Day, Month};
use crate::journal::Verdict;
use crate::reconcile::{Cause, Outcome};

/// A character of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    /// `None` for a pair of quotes with nothing between them.
    pub(super) c: Option<char>,
    /// Stands for itself.
    pub(super) quoted: bool,
    /// Its place in the text, in characters; of a quoted run's first one, the
    /// place of the quote.
    pub(super) at: usize,
}

impl Glyph {
    /// Whether it is this character with its special meaning.
    pub(super) fn is(self, c: char) -> bool {
        !self.quoted && self.c == Some(c)
    }
}

/// The terms of a text, and the place of a quote that is not closed.
pub(super) fn split(text: &str) -> (Vec<Vec<Glyph>>, Option<usize>) {
    let mut terms = Vec::new();
    let mut term: Vec<Glyph> = Vec::new();
    let mut open: Option<usize> = None;
    // The first glyph of a quoted run carries the place of the quote.
    let mut first = false;
    let mut chars = text.chars().enumerate().peekable();
    while let Some((at, c)) = chars.next() {
        match (open, c) {
            (None, '"') => (open, first) = (Some(at), true),
            (None, c) if c.is_whitespace() => {
                if !term.is_empty() {
                    terms.push(std::mem::take(&mut term));
                }
            }
            (None, c) => term.push(Glyph { c: Some(c), quoted: false, at }),
            (Some(quote), '"') => {
                if first {
                    term.push(Glyph { c: None, quoted: true, at: quote });
                }
                open = None;
            }
            (Some(quote), c) => {
                let escaped = chars.next_if(|(_, next)| c == '\\' && matches!(next, '"' | '\\'));
                let c = escaped.map_or(c, |(_, next)| next);
                term.push(Glyph { c: Some(c), quoted: true, at: if first { quote } else { at } });
                first = false;
            }
        }
    }
    if !term.is_empty() {
        terms.push(term);
    }
    (terms, open)
}

/// The terms of a text and its length in characters, where no quote is left
/// open.
pub(super) fn closed(text: &str) -> Result<(Vec<Vec<Glyph>>, usize), FilterError> {
    match split(text) {
        (_, Some(at)) => fail(at, "This quote is not closed: put another \" where the text ends."),
        (terms, None) => Ok((terms, text.chars().count())),
    }
}

impl Filter {
    /// Reads a filter. An empty text is the filter that every row passes.
    ///
    /// # Errors
    /// [`FilterError`] with the place and a sentence: an unknown field lists
    /// the known ones, an unknown word the words there are.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Self::parse_with(text, &Saved::new())
    }

    /// Reads a filter in which `@name` stands for the terms of a saved one.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); an unknown name lists the names there are.
    pub fn parse_with(text: &str, saved: &Saved) -> Result<Self, FilterError> {
        let (terms, end) = closed(text)?;
        let mut parsed = Vec::with_capacity(terms.len());
        for glyphs in &terms {
            match parts(glyphs) {
                (negated, [at, name @ ..], None) if at.is('@') => {
                    parsed.extend(named(&plain(name), negated, at.at, saved)?);
                }
                _ => parsed.push(parse_term(glyphs, end)?),
            }
        }
        Ok(Self { terms: parsed })
    }
}

/// The terms that a saved filter stands for.
fn named(name: &str, negated: bool, at: usize, saved: &Saved) -> Result<Vec<Term>, FilterError> {
    let Some(text) = saved.get(name) else {
        let known: Vec<String> = saved.keys().map(|name| format!("@{name}")).collect();
        let known =
            if known.is_empty() { "None is saved yet".to_owned() } else { format!("There are {}", known.join(", ")) };
        return fail(at, format!("There is no saved filter “@{name}”. {known}; to look for text, quote it."));
    };
    let terms = match Filter::parse(text) {
        Ok(filter) => filter.terms,
        Err(error) => return fail(at, format!("The saved filter “@{name}” cannot be read: {}", error.what)),
    };
    match (negated, terms.as_slice()) {
        (false, _) => Ok(terms),
        (true, [term]) => Ok(vec![Term { negated: !term.negated, test: term.test.clone() }]),
        (true, _) => fail(at, format!("“@{name}” has several terms, so that - cannot turn it round: write the terms.")),
    }
}

pub(super) fn fail<T>(at: usize, what: impl Into<String>) -> Result<T, FilterError> {
    Err(FilterError { at, what: what.into() })
}

/// The characters, without their quotes.
pub(super) fn plain(glyphs: &[Glyph]) -> String {
    glyphs.iter().filter_map(|glyph| glyph.c).collect()
}

pub(super) fn pattern(glyphs: &[Glyph]) -> Pattern {
    Pattern::from_pieces(glyphs.iter().filter_map(|glyph| {
        Some(match glyph.c? {
            '*' if !glyph.quoted => Piece::Any,
            '?' if !glyph.quoted => Piece::One,
            c => Piece::Literal(c.to_string()),
        })
    }))
}

/// What a term without a sign looks for; it begins at `start`.
pub(super) fn free(body: &[Glyph], start: usize) -> Result<Pattern, FilterError> {
    let wanted = pattern(body);
    if wanted.is_empty() {
        return fail(start, "There is nothing to look for here: write a word, or field:value.");
    }
    Ok(wanted)
}

/// A term in its parts: whether it is negated, and where its sign stands.
pub(super) fn parts(glyphs: &[Glyph]) -> (bool, &[Glyph], Option<usize>) {
    let (negated, body) = match glyphs {
        [minus, rest @ ..] if minus.is('-') => (true, rest),
        all => (false, all),
    };
    (negated, body, body.iter().position(|glyph| [':', '<', '>', '='].iter().any(|sign| glyph.is(*sign))))
}

fn parse_term(glyphs: &[Glyph], end: usize) -> Result<Term, FilterError> {
    let start = glyphs.first().map_or(end, |glyph| glyph.at);
    let (negated, body, sign) = parts(glyphs);
    let test = match sign {
        None => Test::Free(free(body, start)?),
        Some(sign) => {
            let (name, rest) = body.split_at(sign);
            parse_field(start, &plain(name), rest, end)?
        }
    };
    Ok(Term { negated, test })
}

/// `rest` begins with the sign.
fn parse_field(start: usize, name: &str, rest: &[Glyph], end: usize) -> Result<Test, FilterError> {
    let Some(field) = Field::find(name) else {
        let known: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
        let known = known.join(", ");
        return match name {
            "" => fail(start, format!("A field is missing in front of this sign. There are {known}.")),
            _ => fail(start, format!("There is no field “{name}”. There are {known}; to look for text, quote it.")),
        };
    };
    let (compare, value) = match rest {
        [sign, equal, value @ ..] if sign.is('<') && equal.is('=') => (Compare::AtMost, value),
        [sign, equal, value @ ..] if sign.is('>') && equal.is('=') => (Compare::AtLeast, value),
        [sign, value @ ..] if sign.is('<') => (Compare::Less, value),
        [sign, value @ ..] if sign.is('>') => (Compare::More, value),
        [_, value @ ..] => (Compare::Equal, value),
        [] => (Compare::Equal, rest),
    };
    let Some(at) = value.first().map(|glyph| glyph.at) else {
        let hint = if field.is_number() { ">1" } else { ":\"\" for none" };
        let at = rest.last().map_or(end, |glyph| glyph.at + 1);
        return fail(at, format!("A value is missing behind “{name}”; write {name}{hint}."));
    };
    if compare != Compare::Equal && !field.is_number() {
        let name = field.name();
        return fail(start, format!("“{name}” is no figure that could be compared: write {name}:value."));
    }
    match field {
        Field::Amount(field) => amount(field, compare, value, at),
        Field::Tokens => {
            let text = plain(value);
            match text.trim().parse() {
                Ok(value) => Ok(Test::Tokens { compare, value }),
                Err(_) => fail(at, format!("“{text}” is not a number of tokens: write tokens>1000.")),
            }
        }
        Field::Text(field) => {
            let any = values(value)?.into_iter().map(pattern).collect();
            Ok(Test::Text { field, any })
        }
        Field::Outcome => choice::<Outcome>(value).map(Test::Outcome),
        Field::Cause => choice::<Cause>(value).map(Test::Cause),
        Field::Decision => choice::<Option<Verdict>>(value).map(Test::Decision),
        Field::Day => {
            let days = values(value)?.into_iter().map(|value| {
                let at = value.first().map_or(end, |glyph| glyph.at);
                days(&plain(value)).or_else(|what| fail(at, what))
            });
            days.collect::<Result<_, _>>().map(Test::Day)
        }
    }
}

fn amount(field: AmountField, compare: Compare, value: &[Glyph], at: usize) -> Result<Test, FilterError> {
    let text = plain(value);
    match Amount::parse(&text) {
        Ok(value) => Ok(Test::Amount { field, compare, value }),
        Err(error) => fail(at, format!("“{text}” {error}.")),
    }
}

/// The values between commas.
pub(super) fn values(glyphs: &[Glyph]) -> Result<Vec<&[Glyph]>, FilterError> {
    let values: Vec<&[Glyph]> = glyphs.split(|glyph| glyph.is(',')).collect();
    match values.iter().position(|value| value.is_empty()) {
        None => Ok(values),
        Some(empty) => {
            let before = values.iter().take(empty).map(|value| value.len() + 1).sum::<usize>();
            let comma = glyphs.get(before.saturating_sub(1)).or(glyphs.first());
            fail(
                comma.map_or(0, |glyph| glyph.at),
                "A value is missing beside this comma: write it, or take the comma out.",
            )
        }
    }
}

fn choice<W: Word>(glyphs: &[Glyph]) -> Result<Choice, FilterError> {
    let mut choice = Choice { patterns: Vec::new(), set: 0 };
    for value in values(glyphs)? {
        let wanted = pattern(value);
        let bits = Choice::bits::<W>(&wanted);
        if bits == 0 {
            let at = value.first().map_or(0, |glyph| glyph.at);
            let known: Vec<&str> = shown::<W>().collect();
            let (text, name, known) = (plain(value), W::FIELD.name(), known.join(", "));
            return fail(at, format!("“{text}” is no {name}. There are {known}."));
        }
        choice.set |= bits;
        choice.patterns.push(wanted);
    }
    Ok(choice)
}

/// A day, a month, or a range with either end left open.
pub(super) fn days(text: &str) -> Result<Days, String> {
    let text = text.trim();
    let Some((left, right)) = text.split_once("..") else {
        return span(text).map(|(from, to)| Days { from: Some(from), to: Some(to) });
    };
    let (left, right) = (left.trim(), right.trim());
    let from = (!left.is_empty()).then(|| span(left)).transpose()?;
    let to = match (right, from) {
        ("", None) => return Err("A range of days needs at least one end: write day:2026-01-05..12.".into()),
        ("", Some(_)) => None,
        // Behind a day, a number alone is a day of the same month.
        (number, Some((day, last))) if number.len() <= 2 && day == last => {
            let (year, month, _) = day.ymd();
            let found = number.parse().ok().and_then(|number| Day::from_ymd(year, month, number));
            Some(found.ok_or_else(|| format!("“{number}” is no day of {}.", day.month()))?)
        }
        (day, _) => Some(span(day)?.1),
    };
    let from = from.map(|(first, _)| first);
    match (from, to) {
        (Some(from), Some(to)) if to < from => Err(format!("The range ends on {to}, before it begins on {from}.")),
        _ => Ok(Days { from, to }),
    }
}

/// First and last day of a day or month.
fn span(text: &str) -> Result<(Day, Day), String> {
    if let Ok(month) = text.parse::<Month>() {
        return Ok((month.first(), month.last()));
    }
    Day::parse(text).map(|day| (day, day)).map_err(|error| format!("“{text}” {error}."))
}
