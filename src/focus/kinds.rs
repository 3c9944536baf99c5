//! What texts are made of, looked at once: the rows of a month name few texts,
//! each many times over.

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

/// What a byte keeps a text from.
const NO_JSON: u8 = 1;
const NO_CELL: u8 = 2;
const CONTROL: u8 = 4;
/// It is a part of a character beyond ASCII, which must be looked at whole.
const BEYOND: u8 = 8;

const BYTES: [u8; 256] = {
    let mut all = [0; 256];
    let mut byte = 0;
    while byte < all.len() {
        all[byte] = match byte as u8 {
            b'\n' | b'\r' => NO_JSON | NO_CELL | CONTROL,
            0..=0x1f | 0x7f => NO_JSON | CONTROL,
            b'"' => NO_JSON | NO_CELL,
            b'\\' => NO_JSON,
            b',' => NO_CELL,
            0x80.. => NO_JSON | BEYOND,
            _ => 0,
        };
        byte += 1;
    }
    all
};

impl Kind {
    pub(super) fn of(text: &str) -> Self {
        // In one pass: every byte has its place in the table.
        let met = text.bytes().fold(0, |met, byte| met | BYTES[usize::from(byte)]);
        let steady = met & CONTROL == 0 && (met & BEYOND == 0 || !text.chars().any(char::is_control));
        Self {
            json: met & NO_JSON == 0,
            cell: met & NO_CELL == 0,
            steady,
            harmless: steady && !text.starts_with(['=', '+', '-', '@']),
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

    use super::super::text::{cell, harmful, push_json};
    use super::*;

    proptest! {
        #[test]
        fn a_kind_says_what_is_done_with_a_text(text in "[=+a-c,@\"\\\\\n\r\t\u{7f}\u{85}\u{eb}😀 ]{0,4}") {
            let (kind, mut quoted, mut in_cell) = (Kind::of(&text), String::new(), String::new());
            push_json(&mut quoted, &text);
            cell(&mut in_cell, &text);
            prop_assert_eq!(quoted == format!("\"{text}\""), kind.json);
            prop_assert_eq!(in_cell == format!("{text},"), kind.cell);
            prop_assert_eq!(harmful(&text).is_none(), kind.harmless);
            prop_assert_eq!(!text.chars().any(char::is_control), kind.steady);
        }

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
