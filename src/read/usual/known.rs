//! The names of one column that were seen before. A column has few of them,
//! and to find one again takes a look at its ends and one comparison.

use crate::usage::{Names, Sym};

/// Names kept in mind, a power of two.
const MOST: usize = 1 << 13;

/// What a column's name must be so that it is the name in the line as it
/// stands.
pub(super) type Fits = fn(&str) -> bool;

pub(super) struct Known {
    fits: Fits,
    /// Names, in any case, that are not for the short way.
    odd: &'static [&'static str],
    /// By a number made of a name's first and last bytes; [`Sym::NONE`] where
    /// none was seen.
    names: Vec<Sym>,
}

impl Known {
    pub fn new(fits: Fits, odd: &'static [&'static str]) -> Self {
        Self { fits, odd, names: Vec::new() }
    }

    /// The symbol of a name that is not blank; `None` where it does not fit.
    pub fn find(&mut self, name: &[u8], names: &mut Names) -> Option<Sym> {
        if self.names.is_empty() {
            self.names.resize(MOST, Sym::NONE);
        }
        let place = self.names.get_mut(place(name))?;
        if names.text(*place).as_bytes() == name {
            return Some(*place);
        }
        let text = std::str::from_utf8(name).ok()?;
        if !(self.fits)(text) || self.odd.iter().any(|odd| text.eq_ignore_ascii_case(odd)) {
            return None;
        }
        *place = names.intern(text);
        Some(*place)
    }
}

/// A number below [`MOST`] made of the length and the ends of a name.
fn place(name: &[u8]) -> usize {
    let word = |part: &[u8]| part.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let first = name.first_chunk::<8>().map_or_else(|| word(name), |part| u64::from_le_bytes(*part));
    let last = name.last_chunk::<8>().map_or(0, |part| u64::from_le_bytes(*part));
    let mixed = (first ^ last.rotate_left(23) ^ name.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> (64 - MOST.trailing_zeros())) as usize
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
