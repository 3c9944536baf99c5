//! The filter of the journal: the language of the lists over entries instead
//! of items: `who:ada@* kind:decide,note month:2026-01 item:req_12* -state:undone
//! "agreed with"`.
//!
//! - `who`, `kind`, `state` and `item` are names with `*` and `?`, several with
//!   commas between; `item` is the id of an item that an entry is about.
//! - `month` is the month an entry belongs to, `day` the day it was made on,
//!   `entry` its number; each takes a range with two dots.
//! - Anything else is looked for in what the entry says.

use super::parse::{closed, days, fail, free, parts, pattern, plain, values};
use super::{Days, FilterError, Pattern};
use crate::calendar::{Day, Month};

/// What an entry shows to a filter.
pub trait EntryFields {
    fn number(&self) -> u64;
    fn who(&self) -> &str;
    fn kind(&self) -> &str;
    /// `None` for what belongs to every month.
    fn month(&self) -> Option<Month>;
    fn day(&self) -> Day;
    /// `in-force`, `undone` or `fact`.
    fn state(&self) -> &str;
    /// What it says, in a line.
    fn text(&self) -> &str;
    /// Whether it is about an item whose id fits.
    fn has_item(&self, id: &Pattern) -> bool;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Who,
    Kind,
    State,
    Item,
    Month,
    Day,
    Entry,
}

impl Field {
    const ALL: [Self; 7] = [Self::Who, Self::Kind, Self::State, Self::Item, Self::Month, Self::Day, Self::Entry];

    const fn name(self) -> &'static str {
        match self {
            Self::Who => "who",
            Self::Kind => "kind",
            Self::State => "state",
            Self::Item => "item",
            Self::Month => "month",
            Self::Day => "day",
            Self::Entry => "entry",
        }
    }

    fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name))
    }
}

/// What an entry's state may be.
pub const STATES: [&str; 3] = ["in-force", "undone", "fact"];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Who(Vec<Pattern>),
    Kind(Vec<Pattern>),
    State(Vec<Pattern>),
    Item(Vec<Pattern>),
    /// All of these days lie in the month.
    Month(Vec<Days>),
    Day(Vec<Days>),
    /// Both ends are in.
    Entry(Vec<(u64, u64)>),
    Free(Pattern),
}

/// Terms that must all hold; without any, every entry does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryFilter {
    /// Whether the term is turned round, and what it asks.
    terms: Vec<(bool, Test)>,
}

impl EntryFilter {
    /// Reads a filter. An empty text is the filter that every entry passes.
    ///
    /// # Errors
    /// [`FilterError`] with the place and a sentence: an unknown field lists
    /// the known ones.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let (terms, end) = closed(text)?;
        let mut parsed = Vec::with_capacity(terms.len());
        for glyphs in &terms {
            let start = glyphs.first().map_or(end, |glyph| glyph.at);
            let (negated, body, sign) = parts(glyphs);
            let Some(sign) = sign else {
                parsed.push((negated, Test::Free(free(body, start)?)));
                continue;
            };
            let (name, rest) = body.split_at(sign);
            let name = plain(name);
            let Some(field) = Field::find(&name) else {
                let known: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
                let known = known.join(", ");
                return fail(
                    start,
                    format!("The journal has no field “{name}”. There are {known}; to look for text, quote it."),
                );
            };
            let value = match rest {
                [first, value @ ..] if first.is(':') || first.is('=') => value,
                _ => {
                    return fail(start, format!("“{}” is no figure to compare: write {0}:value.", field.name()));
                }
            };
            let Some(at) = value.first().map(|glyph| glyph.at) else {
                return fail(end, format!("A value is missing behind “{0}”; write {0}:value.", field.name()));
            };
            let values = values(value)?;
            let names = || values.iter().map(|value| pattern(value)).collect::<Vec<_>>();
            let spans = || values.iter().map(|value| days(&plain(value))).collect::<Result<Vec<_>, _>>();
            let test = match field {
                Field::Who => Test::Who(names()),
                Field::Kind => Test::Kind(names()),
                Field::State => {
                    let names = names();
                    if let Some(strange) = names.iter().position(|name| !STATES.iter().any(|state| name.matches(state)))
                    {
                        let text = values.get(strange).map(|value| plain(value)).unwrap_or_default();
                        return fail(at, format!("“{text}” is no state. There are {}.", STATES.join(", ")));
                    }
                    Test::State(names)
                }
                Field::Item => Test::Item(names()),
                Field::Month => Test::Month(spans().or_else(|what| fail(at, what))?),
                Field::Day => Test::Day(spans().or_else(|what| fail(at, what))?),
                Field::Entry => {
                    let numbers = values.iter().map(|value| numbers(&plain(value))).collect::<Option<Vec<_>>>();
                    match numbers {
                        Some(numbers) => Test::Entry(numbers),
                        None => {
                            let text = plain(value);
                            return fail(
                                at,
                                format!("“{text}” is no number of an entry: write entry:12 or entry:3..9."),
                            );
                        }
                    }
                }
            };
            parsed.push((negated, test));
        }
        Ok(Self { terms: parsed })
    }

    pub fn holds(&self, entry: &impl EntryFields) -> bool {
        self.terms.iter().all(|(negated, test)| test.holds(entry) != *negated)
    }

    /// What its terms ask of the ids of items.
    pub fn items(&self) -> impl Iterator<Item = &Pattern> {
        self.terms.iter().flat_map(|(_, test)| match test {
            Test::Item(any) => any.as_slice(),
            _ => &[],
        })
    }
}

impl Test {
    fn holds(&self, entry: &impl EntryFields) -> bool {
        let any = |patterns: &[Pattern], text: &str| patterns.iter().any(|pattern| pattern.matches(text));
        match self {
            Self::Who(who) => any(who, entry.who()),
            Self::Kind(kind) => any(kind, entry.kind()),
            Self::State(state) => any(state, entry.state()),
            Self::Item(ids) => ids.iter().any(|id| entry.has_item(id)),
            Self::Month(spans) => entry.month().is_some_and(|month| {
                spans.iter().any(|span| span.contains(month.first()) && span.contains(month.last()))
            }),
            Self::Day(spans) => spans.iter().any(|span| span.contains(entry.day())),
            Self::Entry(spans) => spans.iter().any(|(from, to)| (*from..=*to).contains(&entry.number())),
            Self::Free(wanted) => wanted.is_in(entry.text()) || wanted.is_in(entry.who()) || wanted.is_in(entry.kind()),
        }
    }
}

/// `12`, `3..9`, `3..` or `..9`.
fn numbers(text: &str) -> Option<(u64, u64)> {
    match text.trim().split_once("..") {
        None => text.trim().parse().ok().map(|number| (number, number)),
        Some(("", "")) => None,
        Some((from, "")) => from.trim().parse().ok().map(|from| (from, u64::MAX)),
        Some(("", to)) => to.trim().parse().ok().map(|to| (0, to)),
        Some((from, to)) => from.trim().parse().ok().zip(to.trim().parse().ok()),
    }
}

/// What could come next behind `before`: fields while a name is typed, then the
/// values of that field. Gives how many characters are taken the place of, and
/// what by.
pub fn entry_offers(before: &str, who: &[String], kinds: &[&str]) -> Vec<(usize, String)> {
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.strip_prefix('-').unwrap_or(word);
    let Some((name, values)) = word.split_once(':') else {
        let fitting = Field::ALL.into_iter().filter(|field| field.name().starts_with(&word.to_ascii_lowercase()));
        return fitting.map(|field| (word.chars().count(), format!("{}:", field.name()))).collect();
    };
    let typed = values.rsplit(',').next().unwrap_or_default();
    let fitting = |value: &&str| value.starts_with(typed) && *value != typed && !value.contains([' ', ',', '"']);
    let offer = |value: &str| (typed.chars().count(), value.to_owned());
    match Field::find(name) {
        Some(Field::Who) => who.iter().map(String::as_str).filter(fitting).map(offer).collect(),
        Some(Field::Kind) => kinds.iter().copied().filter(fitting).map(offer).collect(),
        Some(Field::State) => STATES.into_iter().filter(fitting).map(offer).collect(),
        Some(Field::Item | Field::Month | Field::Day | Field::Entry) | None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(u64, &'static str, &'static str, Option<&'static str>, &'static str, &'static str);

    impl EntryFields for Row {
        fn number(&self) -> u64 {
            self.0
        }
        fn who(&self) -> &str {
            self.1
        }
        fn kind(&self) -> &str {
            self.2
        }
        fn month(&self) -> Option<Month> {
            self.3.map(|month| month.parse().unwrap())
        }
        fn day(&self) -> Day {
            Day::parse("2026-02-03").unwrap()
        }
        fn state(&self) -> &str {
            self.4
        }
        fn text(&self) -> &str {
            self.5
        }
        fn has_item(&self, id: &Pattern) -> bool {
            id.matches("req_12")
        }
    }

    #[test]
    fn terms_ask_who_what_when_and_about_which_item() {
        let row = Row(7, "ada@finance", "decide", Some("2026-01"), "undone", "write off 1 item (timing)");
        for (filter, holds) in [
            ("", true),
            ("who:ada@*", true),
            ("-who:ada@*", false),
            ("kind:note,decide", true),
            ("kind:note", false),
            ("month:2026-01", true),
            ("month:2025-12..2026-02", true),
            ("month:2026-02", false),
            ("month:2026-01-05", false),
            ("day:2026-02-01..05", true),
            ("entry:3..9 -entry:8", true),
            ("entry:8..", false),
            ("state:undone item:req_*", true),
            ("item:resp_*", false),
            ("\"write off\" timing", true),
            ("-timing", false),
        ] {
            assert_eq!(EntryFilter::parse(filter).unwrap().holds(&row), holds, "{filter}");
        }
        let of_all = Row(8, "ada", "assume", None, "in-force", "take for granted");
        assert!(!EntryFilter::parse("month:2026-01").unwrap().holds(&of_all));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, at, what) in [
            ("x whom:ada", 2, "The journal has no field “whom”. There are who, kind, state"),
            ("state:gone", 6, "“gone” is no state. There are in-force, undone, fact."),
            ("entry:x", 6, "“x” is no number of an entry"),
            ("month:13", 6, "“13”"),
            ("who:", 4, "A value is missing behind “who”"),
            ("entry>3", 0, "“entry” is no figure to compare"),
            ("\"open", 0, "This quote is not closed"),
        ] {
            let error = EntryFilter::parse(text).unwrap_err();
            assert_eq!(error.at, at, "{text}: {}", error.what);
            assert!(error.what.starts_with(what), "{text}: {}", error.what);
        }
    }

    #[test]
    fn fields_and_values_are_offered() {
        let offers = |before: &str| entry_offers(before, &["ada@finance".to_owned()], &["decide", "note"]);
        assert_eq!(offers("mo"), [(2, "month:".to_owned())]);
        assert_eq!(offers("x -kind:note,de"), [(2, "decide".to_owned())]);
        assert_eq!(offers("who:a"), [(1, "ada@finance".to_owned())]);
        assert_eq!(offers("day:2"), []);
    }
}
