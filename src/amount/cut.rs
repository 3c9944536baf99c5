//! A cell where it stands in its text, whose last characters can be had as one
//! word: millions of numbers are read faster by the word than digit by digit.

/// A part of a text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cut<'a> {
    all: &'a [u8],
    from: u32,
    to: u32,
}

impl<'a> Cut<'a> {
    /// What stands between these places; blank where there is no such part.
    #[inline(always)]
    pub fn new(all: &'a [u8], from: u32, to: u32) -> Self {
        if from < to && to as usize <= all.len() { Self { all, from, to } } else { Self { all: &[], from: 0, to: 0 } }
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.from == self.to
    }

    #[inline(always)]
    pub fn text(&self) -> &'a [u8] {
        self.all.get(self.from as usize..self.to as usize).unwrap_or(&[])
    }

    /// Its first byte and the one behind it.
    #[inline(always)]
    pub fn span(&self) -> (u32, u32) {
        (self.from, self.to)
    }

    /// Its characters, of which there are one to eight, each as what sets it
    /// apart from a `0`, the last in the highest byte, and zeros below them.
    /// `None` also where too little of the text stands in front of it.
    #[inline(always)]
    pub fn eight(&self) -> Option<u64> {
        let word = u64::from_le_bytes(*self.all.get(..self.to as usize)?.last_chunk()?);
        let others = 8u32.checked_sub(self.to - self.from)?;
        Some((word ^ each(b'0')) & u64::MAX.checked_shl(8 * others)?)
    }

    /// The same for one to sixteen, the last eight of them second.
    #[inline(always)]
    pub fn sixteen(&self) -> Option<[u64; 2]> {
        let words: &[u8; 16] = self.all.get(..self.to as usize)?.last_chunk()?;
        let keep = LAST.get((self.to - self.from) as usize)?;
        let word = |at: usize| Some(u64::from_le_bytes(*words.as_chunks().0.get(at)?));
        Some([(word(0)? ^ each(b'0')) & keep[0], (word(1)? ^ each(b'0')) & keep[1]])
    }

    /// The number that its one to eight digits are. `None` for any other cell,
    /// and where [`Cut::eight`] gives none.
    #[inline(always)]
    pub fn digits(&self) -> Option<u32> {
        let digits = self.eight()?;
        (beyond_nine(digits) == 0).then(|| number(digits))
    }
}

const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// By how many characters there are, ones for the last so many of sixteen.
pub(super) const LAST: [[u64; 2]; 17] = {
    let mut masks = [[0; 2]; 17];
    let mut count = 1;
    while count < masks.len() {
        let mask = u128::MAX << (8 * (16 - count));
        masks[count] = [mask as u64, (mask >> 64) as u64];
        count += 1;
    }
    masks
};

/// The highest bit of each byte that is more than nine, as what is made of a
/// character that is no digit.
#[inline(always)]
pub const fn beyond_nine(characters: u64) -> u64 {
    const LOW: u64 = each(0x7f);
    // Nothing carries over into the next byte: 0x7f + 0x76 is below 0x100.
    (((characters & LOW) + each(0x80 - 10)) | characters) & !LOW
}

/// The number that eight digits are, the last in the highest byte: two of them
/// are put together, then four, then all, in all bytes at once.
#[inline(always)]
pub const fn number(digits: u64) -> u32 {
    let pairs = (digits.wrapping_mul(10) + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(10_000) + (fours >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_by_the_word_are_the_number_they_write(before in "[0-9,x]{0,20}", cell in "[0-9]{0,10}|[0-9a/:.ä-]{0,9}", after in "[0-9,]{0,3}") {
            let text = format!("{before}{cell}{after}");
            let to = before.len() + cell.len();
            let cut = Cut::new(text.as_bytes(), before.len() as u32, to as u32);
            prop_assert_eq!(cut.text(), cell.as_bytes());
            let fits = (1..=8).contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit());
            let expected = if fits && to >= 8 { cell.parse::<u32>().ok() } else { None };
            prop_assert_eq!(cut.digits(), expected);
        }
    }
}
