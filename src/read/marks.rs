//! Where the commas and line ends of a text stand, eight bytes at a time. Cells
//! are a few bytes long, for which a search started anew at each is most of
//! the work.

/// The places of commas and line feeds, ascending.
pub(super) struct Marks<'a> {
    bytes: &'a [u8],
    /// Where the word after the one under way begins.
    next: usize,
    /// The highest bit of each byte of the word that is a mark, lowest byte first.
    found: u64,
}

const WORD: usize = 8;
const LOW: u64 = u64::from_le_bytes([0x7f; WORD]);
const COMMAS: u64 = u64::from_le_bytes([b','; WORD]);
const LINES: u64 = u64::from_le_bytes([b'\n'; WORD]);

impl<'a> Marks<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0, found: 0 }
    }
}

/// The highest bit of each byte that is zero, and of no other.
const fn zeros(word: u64) -> u64 {
    !(((word & LOW) + LOW) | word | LOW)
}

impl Iterator for Marks<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.found == 0 {
            let rest = self.bytes.get(self.next..)?;
            let word = match rest.first_chunk::<WORD>() {
                Some(word) => *word,
                None if rest.is_empty() => return None,
                None => {
                    // Zeros are no marks.
                    let mut word = [0; WORD];
                    word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                    word
                }
            };
            let word = u64::from_le_bytes(word);
            self.found = zeros(word ^ COMMAS) | zeros(word ^ LINES);
            self.next += WORD;
        }
        let at = self.next - WORD + self.found.trailing_zeros() as usize / 8;
        self.found &= self.found - 1;
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_comma_and_line_end_is_found_once(bytes in proptest::collection::vec(prop_oneof![Just(b','), Just(b'\n'), any::<u8>()], 0..70)) {
            let expected: Vec<usize> = (0..bytes.len()).filter(|at| matches!(bytes[*at], b',' | b'\n')).collect();
            prop_assert_eq!(Marks::of(&bytes).collect::<Vec<_>>(), expected);
        }
    }
}
