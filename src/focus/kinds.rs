//! What texts are made of, looked at once: the rows of a month name few texts,
//! each many times over.

use super::text::harmful;

/// What may be done with a text as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// It stands in JSON between quotes, be it in a cell or not.
    pub json: bool,
    /// It stands in a cell of a CSV without quotes.
    pub cell: bool,
    /// It makes no text that it is part of harmful, unless it begins it.
    pub steady: bool,
    /// It is not harmful itself.
    pub harmless: bool,
}

impl Kind {
    pub(super) fn of(text: &str) -> Self {
        let all = |fits: fn(u8) -> bool| text.bytes().all(fits);
        Self {
            json: all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\'),
            cell: all(|b| !matches!(b, b',' | b'"' | b'\n' | b'\r')),
            steady: !text.chars().any(char::is_control),
            harmless: harmful(text).is_none(),
        }
    }
}

/// Kinds of texts by where these lie in memory. It holds on to them, so that
/// nothing else comes to lie there.
#[derive(Default)]
pub(super) struct Kinds<'a>(Vec<(&'a str, Option<Kind>)>);

const PLACES: usize = 1 << 11;

impl<'a> Kinds<'a> {
    pub(super) fn of(&mut self, text: &'a str) -> Kind {
        if self.0.is_empty() {
            self.0.resize(PLACES, ("", None));
        }
        let address = text.as_ptr() as usize;
        let place = ((address >> 4) ^ (address >> 15) ^ text.len()) % PLACES;
        let Some(found) = self.0.get_mut(place) else { return Kind::of(text) };
        match found {
            (known, Some(kind)) if std::ptr::eq(*known, text) => *kind,
            _ => {
                let kind = Kind::of(text);
                *found = (text, Some(kind));
                kind
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_has_the_kind_it_was_found_to_have(texts in proptest::collection::vec("[a,\"\\\\=\\n\u{eb}]{0,3}", 1..20)) {
            let mut kinds = Kinds::default();
            for text in texts.iter().chain(&texts) {
                // Parts of it lie at the same place.
                for part in [text.as_str(), text.get(..1).unwrap_or_default()] {
                    prop_assert_eq!(kinds.of(part), Kind::of(part));
                }
            }
        }
    }
}
