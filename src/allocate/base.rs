//! What like charges share, and their rows' ids begin with. Of usage on a
//! credit report it is made of the charge's own texts: it is held for none of
//! a million of them, and written out where it is needed.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write;

use crate::calendar::Day;

/// The base of a charge, as it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// `openai:codex:ab@x.edu:2026-01-07`, of the charge's own usage type, user
    /// and day.
    Own,
    Text(Box<str>),
}

impl From<String> for Base {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&str> for Base {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// A base with what it is made of. Compared, and ordered, by its text.
#[derive(Debug, Clone, Copy)]
pub enum Stem<'a> {
    Own { what: &'a str, user: &'a str, day: Day },
    Text(&'a str),
}

impl<'a> Stem<'a> {
    /// Adds its text.
    pub fn push(self, text: &mut String) {
        match self {
            Self::Text(base) => text.push_str(base),
            Self::Own { what, user, day } => {
                for piece in ["openai:", what, ":", user, ":"] {
                    text.push_str(piece);
                }
                push_day(text, day);
            }
        }
    }

    pub fn text(self) -> Cow<'a, str> {
        match self {
            Self::Text(base) => Cow::Borrowed(base),
            Self::Own { what, user, .. } => {
                let mut text = String::with_capacity(what.len() + user.len() + 20);
                self.push(&mut text);
                Cow::Owned(text)
            }
        }
    }
}

/// `2026-01-07`, as a day is written everywhere, in few steps.
fn push_day(text: &mut String, day: Day) {
    let (year, month, of_month) = day.ymd();
    let Ok(year @ 1_000..=9_999) = u32::try_from(year) else {
        // Writing to a string cannot fail.
        let _ = write!(text, "{day}");
        return;
    };
    let digit = |number: u32| b'0' + (number % 10) as u8;
    let (thousands, hundreds, tens) = (year / 1_000, year / 100, year / 10);
    let digits = [
        digit(thousands),
        digit(hundreds),
        digit(tens),
        digit(year),
        b'-',
        digit(month / 10),
        digit(month),
        b'-',
        digit(of_month / 10),
        digit(of_month),
    ];
    // Digits are text.
    text.push_str(std::str::from_utf8(&digits).unwrap_or_default());
}

impl PartialEq for Stem<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Stem<'_> {}

impl PartialOrd for Stem<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Stem<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (*self, *other) {
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (Self::Own { what, user, day }, Self::Own { what: their_what, user: their_user, day: their_day }) => {
                if what == their_what && user == their_user && day == their_day {
                    return Ordering::Equal;
                }
                let first = before_an_end(what, their_what);
                // Where the usage types are one, what follows is the user.
                let first = first.or_else(|| (what == their_what).then(|| before_an_end(user, their_user))?);
                first.unwrap_or_else(|| self.text().cmp(&other.text()))
            }
            _ => self.text().cmp(&other.text()),
        }
    }
}

/// The order of two texts, whatever follows each: `None` where one of them ends
/// before they differ.
fn before_an_end(a: &str, b: &str) -> Option<Ordering> {
    let length = a.len().min(b.len());
    let order = a.as_bytes().get(..length)?.cmp(b.as_bytes().get(..length)?);
    (order != Ordering::Equal).then_some(order)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stem() -> impl Strategy<Value = (String, String, i32)> {
        ("[a:.-]{0,3}", "[a:@-]{0,3}", 20_000i32..20_003)
    }

    proptest! {
        #[test]
        fn stems_stand_in_the_order_of_their_texts(a in stem(), b in stem(), text in "openai:[a:-]{0,4}(2024-10-0[45])?") {
            let own = |(what, user, day): &(String, String, i32)| format!("openai:{what}:{user}:{}", Day::from_number(*day));
            let texts = [own(&a), own(&b), text.clone()];
            let of = |(what, user, day)| Stem::Own { what, user, day: Day::from_number(day) };
            let stems = [of((&a.0, &a.1, a.2)), of((&b.0, &b.1, b.2)), Stem::Text(&text)];
            for (one, one_text) in stems.iter().zip(&texts) {
                prop_assert_eq!(&*one.text(), one_text.as_str());
                for (other, other_text) in stems.iter().zip(&texts) {
                    prop_assert_eq!(one.cmp(other), one_text.cmp(other_text));
                }
            }
        }

        #[test]
        fn a_day_is_written_as_everywhere(number in -800_000i32..4_000_000) {
            let (mut text, day) = (String::new(), Day::from_number(number));
            push_day(&mut text, day);
            prop_assert_eq!(text, day.to_string());
        }
    }
}
