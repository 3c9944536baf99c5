//! The names of one column that were seen before. A column has few of them,
//! and to find one again takes a look at its ends and one comparison.

use crate::usage::{Names, Sym};

/// Names kept in mind, a power of two.
const MOST: usize = 1 << 13;

/// Bytes of a name that are kept next to its symbol: as many as a UUID has and
/// some more.
const NEAR: usize = 40;

/// What a column's name must be so that it is the name in the line as it
/// stands.
pub(super) type Fits = fn(&str) -> bool;

pub(super) struct Known {
    fits: Fits,
    /// Names, in any case, that are not for the short way.
    odd: &'static [&'static str],
    /// Two places for each number made of a name's first and last bytes: one
    /// more than where it stands among those seen, the last found first; 0
    /// where there is none.
    places: Vec<[u16; 2]>,
    seen: Vec<Seen>,
}

/// A name next to its symbol, so that one look at memory tells whether it is
/// the one. Of a longer name only the symbol.
struct Seen {
    sym: Sym,
    long: u32,
    text: [u8; NEAR],
}

impl Seen {
    fn of(sym: Sym, name: &[u8]) -> Self {
        let mut text = [0; NEAR];
        text.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
        Self { sym, long: name.len() as u32, text }
    }

    fn is(&self, name: &[u8], names: &Names) -> bool {
        self.long as usize == name.len()
            && self.text.get(..name.len()).map_or_else(|| names.text(self.sym).as_bytes() == name, |text| text == name)
    }
}

impl Known {
    pub fn new(fits: Fits, odd: &'static [&'static str]) -> Self {
        Self { fits, odd, places: Vec::new(), seen: Vec::new() }
    }

    /// The symbol of a name that is not blank; `None` where it does not fit.
    #[inline]
    pub fn find(&mut self, name: &[u8], names: &mut Names) -> Option<Sym> {
        let number = number(name);
        for place in self.places.get(number).copied().unwrap_or_default() {
            match self.seen.get(usize::from(place).wrapping_sub(1)) {
                Some(seen) if seen.is(name, names) => return Some(seen.sym),
                _ => {}
            }
        }
        self.learn(name, number, names)
    }

    #[cold]
    fn learn(&mut self, name: &[u8], number: usize, names: &mut Names) -> Option<Sym> {
        let text = std::str::from_utf8(name).ok()?;
        if !(self.fits)(text) || self.odd.iter().any(|odd| text.eq_ignore_ascii_case(odd)) {
            return None;
        }
        if self.places.is_empty() || self.seen.len() >= MOST {
            self.places.clear();
            self.places.resize(MOST / 2, [0; 2]);
            self.seen.clear();
        }
        let sym = names.intern(text);
        self.seen.push(Seen::of(sym, name));
        if let Some(places) = self.places.get_mut(number) {
            *places = [self.seen.len() as u16, places[0]];
        }
        Some(sym)
    }
}

/// A number below half of [`MOST`] made of the length and the ends of a name.
fn number(name: &[u8]) -> usize {
    let word = |part: &[u8]| part.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let first = name.first_chunk::<8>().map_or_else(|| word(name), |part| u64::from_le_bytes(*part));
    let last = name.last_chunk::<8>().map_or(0, |part| u64::from_le_bytes(*part));
    let mixed = (first ^ last.rotate_left(23) ^ name.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> (64 - (MOST / 2).trailing_zeros())) as usize
}

/// Nothing to be trimmed. A text may begin and end with a letter that is no
/// ASCII, but then it is for the general way to say what a blank is.
pub(in crate::read) fn whole(text: &str) -> bool {
    match text.as_bytes() {
        [first, .., last] | [first @ last] => first.is_ascii_graphic() && last.is_ascii_graphic(),
        [] => true,
    }
}

/// A user, who is known in lower case.
pub(super) fn user(text: &str) -> bool {
    whole(text) && text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_has_its_symbol_however_often_it_comes_and_whatever_came_between(
            texts in proptest::collection::vec("[a-c]{1,3}|[a-b]{8}[a-z]{1,3}[ab]{8}|x{30,50}[ab]", 1..200),
            many in 0u32..3,
        ) {
            let (mut known, mut names) = (Known::new(whole, &["b"]), Names::default());
            for text in &texts {
                prop_assert_eq!(known.find(text.as_bytes(), &mut names), (text != "b").then(|| names.intern(text)));
            }
            // More than are kept in mind.
            for number in 0..many * 5_000 {
                let text = format!("user-{number:06}");
                prop_assert_eq!(known.find(text.as_bytes(), &mut names), Some(names.intern(&text)));
            }
            for text in &texts {
                prop_assert_eq!(known.find(text.as_bytes(), &mut names), (text != "b").then(|| names.intern(text)));
            }
        }
    }
}
