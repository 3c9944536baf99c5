//! Characters of six bits, ten to a word: thirty of them at once, which takes a
//! third of the steps that one after the other takes.

/// Characters in a word, six bits each, from the highest bits on. The lowest
/// four bits are not taken.
pub(super) const A_WORD: usize = 10;

/// Characters that are packed at once.
pub(super) const AT_ONCE: usize = 3 * A_WORD;

/// As many bytes as a processor takes hold of together.
const WIDE: usize = 32;

/// The 64 characters that fit, in their order.
const CHARACTERS: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

/// From the place `WIDE - n` on: n bytes of ones, then zeros.
const FIRST: [u8; 2 * WIDE] = {
    let mut mask = [0; 2 * WIDE];
    let mut at = 0;
    while at < WIDE {
        mask[at] = 0xff;
        at += 1;
    }
    mask
};

/// The words of the characters between two places of a text, of which there are
/// at most [`AT_ONCE`]; what is left of the words is zeros. `None` where one of
/// them does not fit.
#[inline(always)]
pub(super) fn pack(text: &[u8], from: usize, to: usize) -> Option<[u64; 3]> {
    let first: &[u8; WIDE] = FIRST.get(WIDE.checked_sub(to - from)?..)?.first_chunk()?;
    let codes = match text.get(from..).and_then(|rest| rest.first_chunk()) {
        Some(characters) => codes(characters, first)?,
        None => {
            let mut characters = [0; WIDE];
            characters.iter_mut().zip(text.get(from..to)?).for_each(|(to, from)| *to = *from);
            codes(&characters, first)?
        }
    };
    let [a, b, c, d] = *codes.as_chunks::<8>().0 else { return None };
    let [a, b, c, d] = [eight(a), eight(b), eight(c), eight(d)];
    Some([a << 16 | (b >> 36) << 4, (b << 28 | c >> 24 << 4) & !0xf, (c << 40 | d >> 12 << 4) & !0xf])
}

/// The codes of the characters, zeros behind the first ones. The same is done
/// to each of them whatever it is, so that it is done to many at once.
#[inline(always)]
fn codes(characters: &[u8; WIDE], first: &[u8; WIDE]) -> Option<[u8; WIDE]> {
    let (mut codes, mut misfits) = ([0; WIDE], 0);
    for at in 0..WIDE {
        let (character, first) = (characters[at], first[at]);
        let within = |from: u8, to: u8| if character.wrapping_sub(from) <= to - from { 0xff } else { 0 };
        let (digit, upper, lower) = (within(b'0', b'9'), within(b'A', b'Z'), within(b'a', b'z'));
        let (dash, line) = (within(b'-', b'-'), within(b'_', b'_'));
        // What each of these is above its code.
        let above = digit & (b'0' - 1) | upper & (b'A' - 11) | line & (b'_' - 37) | lower & (b'a' - 38) | dash & b'-';
        codes[at] = character.wrapping_sub(above) & first;
        misfits |= !(digit | upper | lower | dash | line) & first;
    }
    (misfits == 0).then_some(codes)
}

/// Eight codes next to each other in the lowest bits, the first the highest.
#[inline(always)]
const fn eight(codes: [u8; 8]) -> u64 {
    let codes = u64::from_be_bytes(codes);
    let pairs = (codes & 0x3f00_3f00_3f00_3f00) >> 2 | codes & 0x003f_003f_003f_003f;
    let fours = (pairs & 0x0fff_0000_0fff_0000) >> 4 | pairs & 0x0000_0fff_0000_0fff;
    (fours >> 32) << 24 | fours & 0x00ff_ffff
}

/// The characters of a word, as many as there is room for.
pub(super) fn unpack(mut word: u64, into: &mut [u8]) {
    for character in into {
        *character = CHARACTERS[(word >> 58) as usize];
        word <<= 6;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One character after the other.
    fn plainly(text: &[u8]) -> Option<[u64; 3]> {
        let mut words = [0; 3];
        for (at, character) in text.iter().enumerate() {
            let code = CHARACTERS.iter().position(|fits| fits == character)? as u64;
            words[at / A_WORD] |= code << (58 - 6 * (at % A_WORD));
        }
        Some(words)
    }

    #[test]
    fn characters_are_in_the_order_of_their_codes() {
        assert!(CHARACTERS.is_sorted());
        for byte in 0..=255 {
            assert_eq!(pack(&[byte], 0, 1), plainly(&[byte]), "{byte}");
        }
    }

    proptest! {
        #[test]
        fn many_at_once_are_what_one_after_the_other_is(
            before in proptest::collection::vec(any::<u8>(), 0..3),
            id in prop_oneof![9 => "[-_A-Za-z0-9]{0,30}", 1 => "[-.-_A-Za-z0-9@`{]{0,29}"],
            after in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let text = [&before, id.as_bytes(), &after].concat();
            let words = pack(&text, before.len(), before.len() + id.len());
            prop_assert_eq!(words, plainly(id.as_bytes()));
            let mut back = vec![0; id.len()];
            for (characters, word) in back.chunks_mut(A_WORD).zip(words.into_iter().flatten()) {
                unpack(word, characters);
            }
            prop_assert!(words.is_none() || back == id.as_bytes());
        }
    }
}
