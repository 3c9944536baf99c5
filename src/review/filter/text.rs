//! A filter back into text that reads as the same filter.

use std::fmt::{self, Write};

use super::pattern::Piece;
use super::{Choice, Days, Field, Filter, Pattern, Term, Test};

impl Filter {
    /// The filter in its shortest plain form; [`Filter::parse`] gives the same
    /// filter again.
    pub fn to_text(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, term) in self.terms.iter().enumerate() {
            if at > 0 {
                f.write_char(' ')?;
            }
            write!(f, "{term}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_char('-')?;
        }
        match &self.test {
            Test::Text { field, any } => list(f, field.name(), any),
            Test::Outcome(Choice { patterns, .. }) => list(f, Field::Outcome.name(), patterns),
            Test::Cause(Choice { patterns, .. }) => list(f, Field::Cause.name(), patterns),
            Test::Decision(Choice { patterns, .. }) => list(f, Field::Decision.name(), patterns),
            Test::Day(ranges) => list(f, Field::Day.name(), ranges),
            Test::Amount { field, compare, value } => write!(f, "{}{}{value}", field.name(), compare.sign()),
            Test::Tokens { compare, value } => write!(f, "{}{}{value}", Field::Tokens.name(), compare.sign()),
            Test::Free(pattern) => write!(f, "{pattern}"),
        }
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, name: &str, values: &[T]) -> fmt::Result {
    write!(f, "{name}:")?;
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            f.write_char(',')?;
        }
        write!(f, "{value}")?;
    }
    Ok(())
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("\"\"");
        }
        for piece in self.pieces() {
            match piece {
                Piece::Any => f.write_char('*')?,
                Piece::One => f.write_char('?')?,
                Piece::Literal(text) => f.write_str(&quoted(text))?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => write!(f, "{from}"),
            (from, to) => {
                if let Some(from) = from {
                    write!(f, "{from}")?;
                }
                f.write_str("..")?;
                if let Some(to) = to {
                    write!(f, "{to}")?;
                }
                Ok(())
            }
        }
    }
}

/// Text that stands for itself: in quotes where it must be.
pub(super) fn quoted(text: &str) -> String {
    let special = |c: char| c.is_whitespace() || matches!(c, '"' | ',' | '*' | '?' | ':' | '<' | '>' | '=');
    if !text.is_empty() && !text.starts_with(['-', '@']) && !text.contains(special) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}
