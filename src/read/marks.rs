//! Where the commas and line ends of a text stand, 64 bytes at a time. Cells
//! are a few bytes long, for which a search started anew at each is most of
//! the work.

/// Bytes that are looked at together, one for each bit of a word.
pub(super) const PIECE: usize = 64;

/// The marks in a piece of a text: a bit for each of its bytes, the lowest for
/// the first.
pub(super) struct Found {
    /// Commas and line feeds.
    pub all: u64,
    /// Line feeds.
    pub lines: u64,
}

/// The marks in the piece that begins at this byte, which may be cut short by
/// the end of the text.
pub(super) fn marks_at(bytes: &[u8], at: usize) -> Found {
    let rest = bytes.get(at..).unwrap_or(&[]);
    match rest.first_chunk::<PIECE>() {
        Some(piece) => marks_in(piece),
        None => {
            // Zeros are no marks.
            let mut piece = [0; PIECE];
            piece.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            marks_in(&piece)
        }
    }
}

/// The places of commas and line feeds, ascending.
pub(super) struct Marks<'a> {
    bytes: &'a [u8],
    /// Where the piece after the one under way begins.
    next: usize,
    /// Those of the piece that are still to be told.
    found: u64,
}

impl<'a> Marks<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0, found: 0 }
    }
}

impl Iterator for Marks<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.found == 0 {
            if self.next >= self.bytes.len() {
                return None;
            }
            self.found = marks_at(self.bytes, self.next).all;
            self.next += PIECE;
        }
        let at = self.next - PIECE + self.found.trailing_zeros() as usize;
        self.found &= self.found - 1;
        Some(at)
    }
}

#[cfg(target_arch = "x86_64")]
fn marks_in(piece: &[u8; PIECE]) -> Found {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8};
    let (mut all, mut lines) = (0, 0);
    for part in piece.as_chunks::<16>().0.iter().rev() {
        let bytes = u128::from_le_bytes(*part);
        // SAFETY: every processor of this family has these instructions.
        let (of_part, of_lines) = unsafe {
            let bytes = _mm_set_epi64x((bytes >> 64) as i64, bytes as i64);
            let ends = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\n' as i8));
            let commas = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b',' as i8));
            (_mm_movemask_epi8(_mm_or_si128(commas, ends)), _mm_movemask_epi8(ends))
        };
        all = all << 16 | u64::from(of_part as u16);
        lines = lines << 16 | u64::from(of_lines as u16);
    }
    Found { all, lines }
}

#[cfg(not(target_arch = "x86_64"))]
fn marks_in(piece: &[u8; PIECE]) -> Found {
    word_by_word(piece)
}

/// The same on any processor, eight bytes at a time.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn word_by_word(piece: &[u8; PIECE]) -> Found {
    const LOW: u64 = u64::from_le_bytes([0x7f; 8]);
    // The lowest bit of each byte that is this one.
    const fn equal(word: u64, byte: u8) -> u64 {
        let word = word ^ u64::from_le_bytes([byte; 8]);
        !(((word & LOW) + LOW) | word | LOW) >> 7
    }
    // Brings the lowest bits of the eight bytes next to each other.
    const fn bits(marks: u64) -> u64 {
        marks.wrapping_mul(0x0102_0408_1020_4080) >> 56
    }
    let (mut all, mut lines) = (0, 0);
    for word in piece.as_chunks::<8>().0.iter().rev() {
        let word = u64::from_le_bytes(*word);
        let ends = equal(word, b'\n');
        all = all << 8 | bits(ends | equal(word, b','));
        lines = lines << 8 | bits(ends);
    }
    Found { all, lines }
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
            let (one, other) = (marks_in(piece), word_by_word(piece));
            prop_assert_eq!((one.all, one.lines), (other.all, other.lines));
            let lines = (0..PIECE).filter(|at| piece[*at] == b'\n').fold(0, |bits, at| bits | 1u64 << at);
            prop_assert_eq!(one.lines, lines);
        }
    }
}
