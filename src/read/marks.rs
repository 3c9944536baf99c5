//! Where the commas and line ends of a text stand, 64 bytes at a time. Cells
//! are a few bytes long, for which a search started anew at each is most of
//! the work.

/// Bytes that are looked at together, one for each bit of a word.
const PIECE: usize = 64;

/// The marks in a piece of a text: a bit for each of its bytes, the lowest for
/// the first.
struct Found {
    /// Commas and line feeds.
    all: u64,
    /// Line feeds.
    lines: u64,
}

/// The last piece of a text, filled up with zeros, which are no marks.
fn filled_up(rest: &[u8]) -> [u8; PIECE] {
    let mut piece = [0; PIECE];
    piece.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    piece
}

/// Places in a text, ascending.
#[derive(Default)]
pub(super) struct Places {
    /// Behind those in use stands what is of no worth.
    room: Vec<u32>,
    used: usize,
}

impl Places {
    pub fn clear(&mut self) {
        self.used = 0;
    }

    pub fn push(&mut self, place: u32) {
        self.make_room();
        if let Some(room) = self.room.get_mut(self.used) {
            *room = place;
            self.used += 1;
        }
    }

    /// Adds the same place so many times.
    pub fn fill(&mut self, place: u32, times: usize) {
        self.room.truncate(self.used);
        self.used += times;
        self.room.resize(self.used, place);
    }

    #[inline(always)]
    fn make_room(&mut self) {
        if self.room.len() < self.used + PIECE {
            self.grow();
        }
    }

    #[cold]
    fn grow(&mut self) {
        self.room.resize(2 * self.used + 16 * PIECE, 0);
    }

    /// Adds a place for each bit of a piece that begins at this byte. Eight are
    /// written whether they are there or not: to ask at each one whether it is
    /// the last takes longer, for no processor guesses that.
    #[inline(always)]
    fn add(&mut self, begin: u32, mut bits: u64) {
        self.make_room();
        let count = bits.count_ones() as usize;
        for eight in self.room.get_mut(self.used..).unwrap_or_default().as_chunks_mut::<8>().0 {
            for place in eight {
                *place = begin.wrapping_add(bits.trailing_zeros());
                bits &= bits.wrapping_sub(1);
            }
            if bits == 0 {
                break;
            }
        }
        self.used += count;
    }

    /// The same where a piece has one nearly always, or none.
    #[inline(always)]
    fn add_few(&mut self, begin: u32, bits: u64) {
        self.make_room();
        if let Some(room) = self.room.get_mut(self.used) {
            *room = begin.wrapping_add(bits.trailing_zeros());
        }
        let others = bits & bits.wrapping_sub(1);
        self.used += usize::from(bits != 0);
        if others != 0 {
            self.add(begin, others);
        }
    }
}

impl std::ops::Deref for Places {
    type Target = [u32];

    #[inline(always)]
    fn deref(&self) -> &[u32] {
        self.room.get(..self.used).unwrap_or(&[])
    }
}

impl std::ops::DerefMut for Places {
    fn deref_mut(&mut self) -> &mut [u32] {
        self.room.get_mut(..self.used).unwrap_or(&mut [])
    }
}

/// Adds the places of all commas and line feeds from this byte on to one list,
/// and those of line feeds to another, until there are so many of these or the
/// text ends; some more may be found. `true` at the end of the text.
pub(super) fn find(bytes: &[u8], at: usize, all: &mut Places, lines: &mut Places, enough: usize) -> bool {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("popcnt") {
        // SAFETY: the processor has just been asked for what it needs.
        return unsafe { wide::find(bytes, at, all, lines, enough) };
    }
    find_with(marks_in, bytes, at, all, lines, enough)
}

#[inline(always)]
fn find_with(
    marks_in: impl Fn(&[u8; PIECE]) -> Found,
    bytes: &[u8],
    mut at: usize,
    all: &mut Places,
    lines: &mut Places,
    enough: usize,
) -> bool {
    let (pieces, rest) = bytes.get(at..).unwrap_or(&[]).as_chunks::<PIECE>();
    for piece in pieces {
        if lines.used >= enough {
            return false;
        }
        let found = marks_in(piece);
        all.add(at as u32, found.all);
        lines.add_few(at as u32, found.lines);
        at += PIECE;
    }
    if lines.used >= enough && !rest.is_empty() {
        return false;
    }
    let found = marks_in(&filled_up(rest));
    all.add(at as u32, found.all);
    lines.add_few(at as u32, found.lines);
    true
}

/// What a text has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Survey {
    /// No byte but those of ASCII, so that it is UTF-8.
    pub ascii: bool,
    pub nul: bool,
    pub quote: bool,
}

/// Looks at all bytes of a text once.
pub(super) fn survey(bytes: &[u8]) -> Survey {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just been asked for what it needs.
        return unsafe { wide::survey(bytes) };
    }
    survey_all(bytes)
}

/// The same is done to each byte whatever it is, so that it is done to many at
/// once.
#[inline(always)]
fn survey_all(bytes: &[u8]) -> Survey {
    let (mut high, mut nul, mut quote) = (0, 0, 0);
    for byte in bytes {
        high |= byte;
        nul |= u8::from(*byte == 0);
        quote |= u8::from(*byte == b'"');
    }
    Survey { ascii: high.is_ascii(), nul: nul != 0, quote: quote != 0 }
}

/// Whether a text has neither a backslash nor any control character but line
/// feeds.
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just been asked for what it needs.
        return unsafe { wide::is_plain(bytes) };
    }
    all_plain(bytes)
}

/// Each byte in the same way, as in [`survey_all`].
#[inline(always)]
fn all_plain(bytes: &[u8]) -> bool {
    let odd = |byte: u8| u8::from(byte == b'\\') | (u8::from(byte < 0x20) & u8::from(byte != b'\n'));
    bytes.iter().fold(0, |any, byte| any | odd(*byte)) == 0
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
            let rest = self.bytes.get(self.next..).unwrap_or(&[]);
            self.found = match rest.first_chunk() {
                Some(piece) => marks_in(piece).all,
                None => marks_in(&filled_up(rest)).all,
            };
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

/// What nearly every processor of this family has as well, and does in a third
/// of the steps.
#[cfg(target_arch = "x86_64")]
mod wide {
    use std::arch::x86_64::{
        __m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    };

    use super::{Found, PIECE, Places, Survey, all_plain, find_with, survey_all};

    /// As [`super::find`].
    #[target_feature(enable = "avx2,bmi1,popcnt")]
    pub(super) fn find(bytes: &[u8], at: usize, all: &mut Places, lines: &mut Places, enough: usize) -> bool {
        find_with(|piece| marks_in(piece), bytes, at, all, lines, enough)
    }

    /// As [`super::survey`].
    #[target_feature(enable = "avx2")]
    pub(super) fn survey(bytes: &[u8]) -> Survey {
        survey_all(bytes)
    }

    /// As [`super::is_plain`].
    #[target_feature(enable = "avx2")]
    pub(super) fn is_plain(bytes: &[u8]) -> bool {
        all_plain(bytes)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn marks_in(piece: &[u8; PIECE]) -> Found {
        let (mut all, mut lines) = (0, 0);
        for part in piece.as_chunks::<32>().0.iter().rev() {
            // SAFETY: the part is as long as what is read from where it begins.
            let bytes = unsafe { _mm256_loadu_si256(part.as_ptr().cast::<__m256i>()) };
            let ends = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'\n' as i8));
            let commas = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b',' as i8));
            all = all << 32 | u64::from(_mm256_movemask_epi8(_mm256_or_si256(commas, ends)) as u32);
            lines = lines << 32 | u64::from(_mm256_movemask_epi8(ends) as u32);
        }
        Found { all, lines }
    }
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
        fn a_survey_sees_what_is_there(bytes in proptest::collection::vec(prop_oneof![200 => Just(b'a'), 1 => Just(0), 1 => Just(b'"'), 1 => Just(b'\n'), 1 => any::<u8>()], 0..300)) {
            let found = Survey { ascii: bytes.is_ascii(), nul: bytes.contains(&0), quote: bytes.contains(&b'"') };
            prop_assert_eq!(survey(&bytes), found);
            prop_assert_eq!(survey_all(&bytes), found);
            let plain = bytes.iter().all(|byte| *byte != b'\\' && (*byte >= 0x20 || *byte == b'\n'));
            prop_assert_eq!((is_plain(&bytes), all_plain(&bytes)), (plain, plain));
        }

        #[test]
        fn every_comma_and_line_end_is_found_once(bytes in proptest::collection::vec(prop_oneof![Just(b','), Just(b'\n'), any::<u8>()], 0..300)) {
            let expected: Vec<usize> = (0..bytes.len()).filter(|at| matches!(bytes[*at], b',' | b'\n')).collect();
            prop_assert_eq!(Marks::of(&bytes).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn lists_hold_every_mark_up_to_some_line_end(
            bytes in proptest::collection::vec(prop_oneof![Just(b','), Just(b'\n'), any::<u8>()], 0..3_000),
            from in 0usize..100,
            enough in 1usize..900,
        ) {
            let of = |matches: fn(u8) -> bool| (from..bytes.len()).filter(|at| matches(bytes[*at])).map(|at| at as u32).collect::<Vec<_>>();
            let (marks, feeds) = (of(|byte| matches!(byte, b',' | b'\n')), of(|byte| byte == b'\n'));
            for find in [find, |bytes: &[u8], at, all: &mut Places, lines: &mut Places, enough| find_with(marks_in, bytes, at, all, lines, enough)] {
                let (mut all, mut lines) = (Places::default(), Places::default());
                let ended = find(&bytes, from, &mut all, &mut lines, enough);
                prop_assert!(marks.starts_with(&all) && feeds.starts_with(&lines));
                prop_assert!(!ended || (all.len(), lines.len()) == (marks.len(), feeds.len()));
                prop_assert!(ended || (lines.len() >= enough && all.last() >= lines.last()));
            }
        }

        #[test]
        fn all_processors_find_the_same(bytes in proptest::collection::vec(prop_oneof![Just(b','), Just(b'\n'), any::<u8>()], PIECE..=PIECE)) {
            let piece: &[u8; PIECE] = bytes.first_chunk().unwrap();
            let (one, other) = (marks_in(piece), word_by_word(piece));
            prop_assert_eq!((one.all, one.lines), (other.all, other.lines));
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has just been asked for it.
                let wide = unsafe { wide::marks_in(piece) };
                prop_assert_eq!((wide.all, wide.lines), (other.all, other.lines));
            }
            let lines = (0..PIECE).filter(|at| piece[*at] == b'\n').fold(0, |bits, at| bits | 1u64 << at);
            prop_assert_eq!(one.lines, lines);
        }
    }
}
