//! Where the commas and line ends of a text stand, 64 bytes at a time. Cells
//! are a few bytes long, for which a search started anew at each is most of
//! the work.

/// The places of commas and line feeds, ascending.
pub(super) struct Marks<'a> {
    bytes: &'a [u8],
    /// Where the piece after the one under way begins.
    next: usize,
    /// A bit for each byte of the piece that is a mark still to be told, the
    /// lowest for the first.
    found: u64,
}

const PIECE: usize = 64;

impl<'a> Marks<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0, found: 0 }
    }

    /// Finds the marks of the next piece that has any; `false` at the end.
    fn find(&mut self) -> bool {
        loop {
            let Some(rest) = self.bytes.get(self.next..).filter(|rest| !rest.is_empty()) else { return false };
            self.found = match rest.first_chunk::<PIECE>() {
                Some(piece) => marks_in(piece),
                None => {
                    // Zeros are no marks.
                    let mut piece = [0; PIECE];
                    piece.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                    marks_in(&piece)
                }
            };
            self.next += PIECE;
            if self.found != 0 {
                return true;
            }
        }
    }
}

impl Iterator for Marks<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.found == 0 && !self.find() {
            return None;
        }
        let at = self.next - PIECE + self.found.trailing_zeros() as usize;
        self.found &= self.found - 1;
        Some(at)
    }
}

/// A bit for each byte that is a comma or a line feed.
#[cfg(target_arch = "x86_64")]
fn marks_in(piece: &[u8; PIECE]) -> u64 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8};
    let (parts, _) = piece.as_chunks::<16>();
    // Every processor of this family has these instructions.
    parts.iter().rev().fold(0, |found, part| {
        let bytes = u128::from_le_bytes(*part);
        let bytes = unsafe { _mm_set_epi64x((bytes >> 64) as i64, bytes as i64) };
        let marks = unsafe {
            _mm_movemask_epi8(_mm_or_si128(
                _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b',' as i8)),
                _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\n' as i8)),
            ))
        };
        found << 16 | u64::from(marks as u16)
    })
}

#[cfg(not(target_arch = "x86_64"))]
fn marks_in(piece: &[u8; PIECE]) -> u64 {
    bit_by_bit(piece)
}

/// The same on any processor, eight bytes at a time.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn bit_by_bit(piece: &[u8; PIECE]) -> u64 {
    const LOW: u64 = u64::from_le_bytes([0x7f; 8]);
    const COMMAS: u64 = u64::from_le_bytes([b','; 8]);
    const LINES: u64 = u64::from_le_bytes([b'\n'; 8]);
    // The highest bit of each byte that is zero, and of no other.
    const fn zeros(word: u64) -> u64 {
        !(((word & LOW) + LOW) | word | LOW)
    }
    let (words, _) = piece.as_chunks::<8>();
    words.iter().rev().fold(0, |found, word| {
        let word = u64::from_le_bytes(*word);
        let marks = (zeros(word ^ COMMAS) | zeros(word ^ LINES)) >> 7;
        // Brings the lowest bits of the eight bytes next to each other.
        found << 8 | marks.wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_comma_and_line_end_is_found_once(bytes in proptest::collection::vec(prop_oneof![Just(b','), Just(b'\n'), any::<u8>()], 0..300)) {
            let expected: Vec<usize> = (0..bytes.len()).filter(|at| matches!(bytes[*at], b',' | b'\n')).collect();
            prop_assert_eq!(Marks::of(&bytes).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn all_processors_find_the_same(bytes in proptest::collection::vec(prop_oneof![Just(b','), Just(b'\n'), any::<u8>()], PIECE..=PIECE)) {
            let piece: &[u8; PIECE] = bytes.first_chunk().unwrap();
            prop_assert_eq!(marks_in(piece), bit_by_bit(piece));
        }
    }
}
