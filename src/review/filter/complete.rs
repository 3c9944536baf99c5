//! What could come next at the cursor of a filter line.

use super::parse::{parts, plain, split};
use super::text::quoted;
use super::words::shown;
use super::{Field, TextField};
use crate::journal::Verdict;
use crate::reconcile::{Cause, Outcome};
use crate::review::natural;

/// A text to put in place of what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The characters it takes the place of, counted from 0; `to` is the
    /// cursor.
    pub from: usize,
    pub to: usize,
    pub insert: String,
    /// What a list shows: the value without quotes, or the name of a field.
    pub label: String,
}

/// What fits at the cursor (in characters), most likely first: fields while a
/// name is typed, then the values of that field. `values` gives those of a
/// text field; order and repetition do not matter.
///
/// Values that begin with what is typed come before those that only hold it,
/// each in natural order. What is already complete is not offered.
pub fn complete(text: &str, cursor: usize, values: impl Fn(TextField) -> Vec<String>) -> Vec<Completion> {
    let before: String = text.chars().take(cursor).collect();
    let to = before.chars().count();
    let (terms, open) = split(&before);
    let between = open.is_none() && before.chars().next_back().is_none_or(char::is_whitespace);
    let term = if between { None } else { terms.last() };
    let (_, body, sign) = term.map_or((false, &[][..], None), |glyphs| parts(glyphs));
    let Some(sign) = sign else {
        if open.is_some() || body.iter().any(|glyph| glyph.quoted) {
            return Vec::new();
        }
        let from = body.first().map_or(to, |glyph| glyph.at);
        return fields(&plain(body), from, to);
    };
    let (name, rest) = body.split_at(sign);
    let Some(field) = Field::find(&plain(name)) else { return Vec::new() };
    let value = rest.split(|glyph| glyph.is(',')).next_back().unwrap_or_default();
    // The first value has the sign in front.
    let value = match value {
        [first, value @ ..] if first.is(':') || first.is('=') => value,
        value => value,
    };
    let from = value.first().map(|glyph| glyph.at).or(open).unwrap_or(to);
    let candidates = match field {
        Field::Text(field) => values(field),
        Field::Outcome => shown::<Outcome>().map(str::to_owned).collect(),
        Field::Cause => shown::<Cause>().map(str::to_owned).collect(),
        Field::Decision => shown::<Option<Verdict>>().chain(["approve"]).map(str::to_owned).collect(),
        Field::Day | Field::Amount(_) | Field::Tokens => Vec::new(),
    };
    rank(candidates, &plain(value))
        .into_iter()
        .map(|value| Completion { from, to, insert: quoted(&value), label: value })
        .collect()
}

fn fields(typed: &str, from: usize, to: usize) -> Vec<Completion> {
    let typed = typed.to_ascii_lowercase();
    let fitting = Field::ALL.into_iter().filter(|field| field.name().starts_with(&typed));
    fitting
        .map(|field| {
            let sign = if field.is_number() { '>' } else { ':' };
            Completion { from, to, insert: format!("{}{sign}", field.name()), label: field.name().to_owned() }
        })
        .collect()
}

fn rank(mut candidates: Vec<String>, typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    candidates.retain(|value| !value.is_empty());
    candidates.sort_by(|a, b| natural(a, b));
    candidates.dedup();
    let (mut first, mut then) = (Vec::new(), Vec::new());
    for value in candidates {
        let lower = value.to_lowercase();
        if lower == typed {
            continue;
        } else if lower.starts_with(&typed) {
            first.push(value);
        } else if lower.contains(&typed) {
            then.push(value);
        }
    }
    first.append(&mut then);
    first
}
