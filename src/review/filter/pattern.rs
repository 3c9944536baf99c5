//! A value with wildcards, compared case aside.

/// A value to compare with: literal text, `*` for any characters, `?` for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// As it was given, without quotes and lower-cased; neighbours differ in
    /// kind, literals are not empty, and `*` does not follow `*`.
    pieces: Vec<Piece>,
    /// The same byte by byte, for ASCII values, which nearly all are; `None`
    /// where a literal is not ASCII and so is in none of them.
    bytes: Option<Vec<Step<u8>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(String),
    Any,
    One,
}

impl Pattern {
    /// Only this text; wildcards in it stand for themselves.
    pub fn literal(text: &str) -> Self {
        Self::from_pieces([Piece::Literal(text.to_owned())])
    }

    /// The text with `*` for any characters and `?` for one.
    pub fn wildcard(text: &str) -> Self {
        let mut pieces = Vec::new();
        for c in text.chars() {
            pieces.push(match c {
                '*' => Piece::Any,
                '?' => Piece::One,
                other => Piece::Literal(other.to_string()),
            });
        }
        Self::from_pieces(pieces)
    }

    pub(super) fn from_pieces(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut out: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (out.last_mut(), piece) {
                (_, Piece::Literal(text)) if text.is_empty() => {}
                (Some(Piece::Literal(before)), Piece::Literal(text)) => before.extend(lower(&text)),
                (_, Piece::Literal(text)) => out.push(Piece::Literal(lower(&text).collect())),
                (Some(Piece::Any), Piece::Any) => {}
                (_, wildcard) => out.push(wildcard),
            }
        }
        let ascii = out.iter().all(|piece| !matches!(piece, Piece::Literal(text) if !text.is_ascii()));
        let bytes = ascii.then(|| steps(&out, |literal| literal.bytes().collect()));
        Self { pieces: out, bytes }
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether the whole text fits.
    pub fn matches(&self, text: &str) -> bool {
        self.on_bytes_or_chars(text, false)
    }

    /// Whether a part of the text fits; an empty pattern wants an empty text.
    pub fn is_in(&self, text: &str) -> bool {
        if self.is_empty() { text.is_empty() } else { self.on_bytes_or_chars(text, true) }
    }

    fn on_bytes_or_chars(&self, text: &str, part: bool) -> bool {
        if text.is_ascii() {
            return self.bytes.as_ref().is_some_and(|steps| self.fits_ascii(steps, text.as_bytes(), part));
        }
        let text: Vec<char> = lower(text).collect();
        fits(&steps(&self.pieces, |literal| literal.chars().collect()), &text, part, |a, b| a == b)
    }

    fn fits_ascii(&self, steps: &[Step<u8>], text: &[u8], part: bool) -> bool {
        match (self.pieces.as_slice(), part) {
            ([], _) => text.is_empty(),
            // The forms nearly every filter has.
            ([Piece::Literal(literal)], false) => text.eq_ignore_ascii_case(literal.as_bytes()),
            ([Piece::Literal(literal)], true) => find(text, literal.as_bytes()).is_some(),
            ([Piece::Literal(literal), Piece::Any], false) => {
                text.get(..literal.len()).is_some_and(|start| start.eq_ignore_ascii_case(literal.as_bytes()))
            }
            _ => fits(steps, text, part, u8::eq_ignore_ascii_case),
        }
    }
}

/// Character by character: `str::to_lowercase` looks at neighbours, so that a
/// part would not be spelled like the whole.
fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step<C> {
    Exactly(C),
    One,
    Any,
}

/// Literals taken apart, one step for each character.
fn steps<C>(pieces: &[Piece], split: impl Fn(&str) -> Vec<C>) -> Vec<Step<C>> {
    let mut steps = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Literal(text) => steps.extend(split(text).into_iter().map(Step::Exactly)),
            Piece::Any => steps.push(Step::Any),
            Piece::One => steps.push(Step::One),
        }
    }
    steps
}

/// Goes through the text once for each `*` at most: on a mismatch only the
/// last `*` takes one character more.
fn fits<C>(steps: &[Step<C>], text: &[C], part: bool, same: impl Fn(&C, &C) -> bool) -> bool {
    let (mut step, mut at) = (0, 0);
    // Where to go on after the last `*`; a part may begin anywhere.
    let mut back = part.then_some((0, 0));
    loop {
        let fitting = match (steps.get(step), text.get(at)) {
            (None, rest) if part || rest.is_none() => return true,
            (Some(Step::Any), _) => {
                step += 1;
                back = Some((step, at));
                continue;
            }
            (Some(Step::One), Some(_)) => true,
            (Some(Step::Exactly(wanted)), Some(found)) => same(wanted, found),
            (None | Some(_), _) => false,
        };
        if fitting {
            step += 1;
            at += 1;
        } else {
            match back {
                Some((after, from)) if from < text.len() => {
                    back = Some((after, from + 1));
                    (step, at) = (after, from + 1);
                }
                _ => return false,
            }
        }
    }
}

/// Where `needle`, which is lower-case ASCII, begins in `text`, case aside.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let last = text.len().checked_sub(needle.len())?;
    let starts = text.get(..=last)?;
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), starts)
        .find(|at| text.get(*at..at + needle.len()).is_some_and(|part| part.eq_ignore_ascii_case(needle)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::from_pieces(text.chars().map(|c| match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            other => Piece::Literal(other.to_string()),
        }))
    }

    #[test]
    fn wildcards_stand_for_what_people_mean() {
        for (text, value) in [
            ("gpt-4o*", "GPT-4o-mini"),
            ("gpt-4o*", "gpt-4o"),
            ("*mini", "gpt-4o-mini"),
            ("g?t-4o", "gpt-4o"),
            ("*-*-*", "a-b-c"),
            ("", ""),
            ("*", ""),
            ("ÄB?", "äbß"),
            ("kelvin", "\u{212A}elvin"),
        ] {
            assert!(pattern(text).matches(value), "{text} {value}");
        }
        for (text, value) in
            [("gpt-4o", "gpt-4o-mini"), ("?", ""), ("??", "a"), ("a*b", "acbd"), ("", "a"), ("é*", "e"), ("*é*", "e")]
        {
            assert!(!pattern(text).matches(value), "{text} {value}");
        }
        assert!(Pattern::literal("a*").matches("A*") && !Pattern::literal("a*").matches("ab"));
    }

    #[test]
    fn a_part_is_found_anywhere() {
        for (text, value) in [("CREDIT", "a vendor credit"), ("v?n*cr", "a vendor credit"), ("dré", "André"), ("", "")]
        {
            assert!(pattern(text).is_in(value), "{text} {value}");
        }
        assert!(!pattern("credits").is_in("a vendor credit"));
        assert!(!pattern("").is_in("a"));
    }

    /// By definition, without any cleverness.
    fn slow(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, _) => text.is_empty(),
            (Some(('*', rest)), _) => (0..=text.len()).any(|n| slow(rest, &text[n..])),
            (Some(('?', rest)), Some((_, after))) => slow(rest, after),
            (Some((wanted, rest)), Some((found, after))) => {
                wanted.to_lowercase().eq(found.to_lowercase()) && slow(rest, after)
            }
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn the_quick_way_agrees_with_the_definition(wanted in "[aAbé*?]{0,7}", text in "[aAbBéÉ]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(pattern(&wanted).matches(&text), slow(&chars(&wanted), &chars(&text)));
            if !wanted.is_empty() {
                prop_assert_eq!(pattern(&wanted).is_in(&text), slow(&chars(&format!("*{wanted}*")), &chars(&text)));
            }
        }
    }
}
