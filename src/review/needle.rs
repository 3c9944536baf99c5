//! What a search looks for. Written in small letters it is found in any case;
//! with a capital in it, only as it was written.

use std::ops::Range;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needle {
    /// As it was typed.
    text: String,
    /// What is compared: in lower case unless the case counts.
    wanted: String,
    exact: bool,
}

impl Needle {
    pub fn new(text: &str) -> Self {
        let exact = text.chars().any(char::is_uppercase);
        let wanted = if exact { text.to_owned() } else { text.chars().flat_map(char::to_lowercase).collect() };
        Self { text: text.to_owned(), wanted, exact }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the case counts.
    pub const fn is_exact(&self) -> bool {
        self.exact
    }

    /// An empty one is nowhere.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    pub fn is_in(&self, text: &str) -> bool {
        self.first(text, 0).is_some()
    }

    /// The bytes of every place, none over another.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(range) = self.first(text, from) {
            from = range.end;
            found.push(range);
        }
        found
    }

    /// The first place from a byte on, which is between two characters.
    fn first(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let wanted = self.wanted.as_bytes();
        let first = *wanted.first()?;
        let rest = text.get(from..)?;
        if self.exact {
            let at = from + memchr::memmem::find(rest.as_bytes(), wanted)?;
            return Some(at..at + wanted.len());
        }
        if rest.is_ascii() {
            let upper = first.to_ascii_uppercase();
            let holds = |at: &usize| {
                let here = rest.as_bytes().get(*at..*at + wanted.len());
                here.is_some_and(|here| here.eq_ignore_ascii_case(wanted))
            };
            let at = from + memchr::memchr2_iter(first, upper, rest.as_bytes()).find(holds)?;
            return Some(at..at + wanted.len());
        }
        rest.char_indices().find_map(|(at, _)| {
            let end = begins(rest.get(at..)?, &self.wanted)?;
            Some(from + at..from + at + end)
        })
    }
}

/// The bytes of `text` at its start that are `wanted`, whatever their case.
fn begins(text: &str, wanted: &str) -> Option<usize> {
    let mut wanted = wanted.chars();
    let mut end = 0;
    for char in text.chars() {
        if wanted.as_str().is_empty() {
            break;
        }
        for small in char.to_lowercase() {
            if wanted.next() != Some(small) {
                return None;
            }
        }
        end += char.len_utf8();
    }
    wanted.as_str().is_empty().then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_letters_are_found_in_any_case_and_capitals_only_as_they_are() {
        assert!(Needle::new("ada@").is_in("Ada@Example.edu"));
        assert!(!Needle::new("Ada").is_in("ada@example.edu") && Needle::new("Ada").is_in("Ada@example.edu"));
        assert!(Needle::new("grün").is_in("GRÜN") && !Needle::new("GRÜN").is_in("grün"));
        assert!(!Needle::new("").is_in("ada") && Needle::new("").is_empty());
        assert!(!Needle::new("ada").is_in("ad"));
    }

    #[test]
    fn every_place_is_found_once_in_bytes_of_the_text() {
        assert_eq!(Needle::new("aa").ranges("AaaAa"), [0..2, 2..4]);
        assert_eq!(Needle::new("ü").ranges("Übung ü"), [0..2, 7..9]);
        // One letter that is two in lower case.
        let found = Needle::new("i\u{307}x").ranges("é İX");
        assert_eq!((found.len(), found.first()), (1, Some(&(3..6))));
    }

    proptest! {
        #[test]
        fn places_hold_what_is_looked_for(text in "[aAbBéÉßİ ]{0,12}", needle in "[abéß]{1,3}") {
            let looked = Needle::new(&needle);
            let low = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
            let ranges = looked.ranges(&text);
            for range in &ranges {
                prop_assert_eq!(low(&text[range.clone()]), needle.clone());
            }
            prop_assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert_eq!(!ranges.is_empty(), low(&text).contains(&needle));
            prop_assert_eq!(looked.is_in(&text), !ranges.is_empty());
        }
    }
}
