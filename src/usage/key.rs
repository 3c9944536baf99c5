//! Primary keys of ledger rows, for writing back to where they came from.
//! Nearly always a table has UUIDs, which take 16 bytes, or has no key that
//! matters, which takes nothing.

use super::Arena;
use crate::memory::{self, Order, Spare};

/// A key a row, or none.
#[derive(Debug, Clone)]
pub struct KeyColumn {
    keys: Keys,
    rows: usize,
}

#[derive(Debug, Clone)]
enum Keys {
    /// No row has a key so far.
    None,
    /// Rows beyond the end have none, nor has a row of zeros: the nil UUID is
    /// kept as a text.
    Uuids(Vec<u128>),
    /// Rows beyond the end have none.
    Texts(Arena),
}

impl Default for KeyColumn {
    fn default() -> Self {
        Self { keys: Keys::None, rows: 0 }
    }
}

impl KeyColumn {
    /// An empty text is no key.
    pub fn push(&mut self, key: &str) {
        let row = self.rows;
        self.rows += 1;
        if key.is_empty() {
            return;
        }
        let uuid = parse_uuid(key.as_bytes()).filter(|uuid| *uuid != 0);
        if let (Keys::None, Some(_)) = (&self.keys, uuid) {
            self.keys = Keys::Uuids(Vec::new());
        }
        if let (Keys::Uuids(uuids), Some(uuid)) = (&mut self.keys, uuid) {
            uuids.resize(row, 0);
            uuids.push(uuid);
            return;
        }
        let mut texts = self.take_texts(row);
        texts.push(key);
        self.keys = Keys::Texts(texts);
    }

    /// Adds the keys that stand between these places of `text`, which is UTF-8;
    /// each place is between two characters.
    pub fn push_all(&mut self, text: &[u8], spans: &[(u32, u32)]) {
        for (from, to) in spans {
            let key = text.get(*from as usize..*to as usize).unwrap_or(&[]);
            match (&mut self.keys, parse_uuid(key)) {
                (Keys::Uuids(uuids), Some(uuid)) if uuid != 0 && uuids.len() == self.rows => {
                    uuids.push(uuid);
                    self.rows += 1;
                }
                _ => self.push(std::str::from_utf8(key).unwrap_or("")),
            }
        }
    }

    /// Adds so many rows, of which none has a key.
    pub fn pad(&mut self, rows: usize) {
        self.rows += rows;
    }

    /// Without any row, with its memory.
    pub fn clear(&mut self) {
        self.rows = 0;
        match &mut self.keys {
            Keys::None => {}
            Keys::Uuids(uuids) => uuids.clear(),
            Keys::Texts(_) => self.keys = Keys::None,
        }
    }

    /// Makes room for so many more rows, if any has a key so far.
    pub fn reserve(&mut self, rows: usize) {
        match &mut self.keys {
            Keys::None => {}
            Keys::Uuids(uuids) => memory::reserve(uuids, rows),
            Keys::Texts(texts) => texts.reserve(rows),
        }
    }

    /// The key as it was given; empty for a row without one.
    pub fn get(&self, row: u32) -> String {
        match &self.keys {
            Keys::None => String::new(),
            Keys::Uuids(uuids) => match uuids.get(row as usize) {
                None => String::new(),
                Some(uuid) => show_uuid(*uuid),
            },
            Keys::Texts(texts) => texts.get(row).to_owned(),
        }
    }

    pub fn append(&mut self, other: &Self) {
        match (&mut self.keys, &other.keys) {
            (_, Keys::None) => {}
            (Keys::None, keys) if self.rows == 0 => self.keys = keys.clone(),
            (Keys::None | Keys::Uuids(_), Keys::Uuids(theirs)) => {
                if let Keys::None = self.keys {
                    self.keys = Keys::Uuids(Vec::new());
                }
                if let Keys::Uuids(ours) = &mut self.keys {
                    ours.resize(self.rows, 0);
                    ours.extend_from_slice(theirs);
                }
            }
            (_, Keys::Texts(theirs)) => {
                let mut ours = self.take_texts(self.rows);
                ours.append(theirs);
                self.keys = Keys::Texts(ours);
            }
            (Keys::Texts(_), Keys::Uuids(theirs)) => {
                let mut ours = self.take_texts(self.rows);
                theirs.iter().for_each(|uuid| ours.push(&show_uuid(*uuid)));
                self.keys = Keys::Texts(ours);
            }
        }
        self.rows += other.rows;
    }

    /// Puts the rows in another order.
    pub fn reorder(&mut self, order: &Order, spare: &mut Spare) {
        match &mut self.keys {
            Keys::None => {}
            Keys::Uuids(uuids) => {
                uuids.resize(order.count(), 0);
                order.put(uuids, spare);
            }
            Keys::Texts(texts) => *texts = texts.gather(order.rows()),
        }
        self.rows = order.count();
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        match &self.keys {
            Keys::None => 0,
            Keys::Uuids(uuids) => uuids.capacity() * 16,
            Keys::Texts(texts) => texts.bytes(),
        }
    }

    /// The keys so far as texts, one for each of so many rows.
    fn take_texts(&mut self, rows: usize) -> Arena {
        let mut texts = match std::mem::replace(&mut self.keys, Keys::None) {
            Keys::None => Arena::default(),
            Keys::Texts(texts) => texts,
            Keys::Uuids(uuids) => {
                let mut texts = Arena::default();
                uuids.iter().for_each(|uuid| texts.push(&show_uuid(*uuid)));
                texts
            }
        };
        for _ in texts.len()..rows {
            texts.push("");
        }
        texts
    }
}

/// Only the spelling that [`show_uuid`] gives back, so that a key never
/// changes on its way through.
#[inline]
fn parse_uuid(text: &[u8]) -> Option<u128> {
    let bytes: &[u8; 36] = text.try_into().ok()?;
    // The digits without what stands between them, eight at a time.
    let four = |at: usize| {
        let four = bytes.get(at..).and_then(|rest| rest.first_chunk());
        four.map_or(0, |four| u64::from(u32::from_le_bytes(*four)))
    };
    let eight = |first: usize, second: usize| eight_digits(four(first) | four(second) << 32);
    let [(a, a_misfits), (b, b_misfits)] = [eight(0, 4), eight(9, 14)];
    let [(c, c_misfits), (d, d_misfits)] = [eight(19, 24), eight(28, 32)];
    let dashes = (bytes[8] ^ b'-') | (bytes[13] ^ b'-') | (bytes[18] ^ b'-') | (bytes[23] ^ b'-');
    let misfits = a_misfits | b_misfits | c_misfits | d_misfits | u64::from(dashes);
    (misfits == 0).then_some(u128::from(a << 32 | b) << 64 | u128::from(c << 32 | d))
}

/// The number that eight lower-case hexadecimal digits are, all at once: each
/// stands in a byte of one word, the first in the lowest. Then a bit for each
/// that is no such digit.
#[inline(always)]
const fn eight_digits(word: u64) -> (u64, u64) {
    const fn each(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    const HIGH: u64 = each(0x80);
    // In the high bit of each byte whether it is at least so much; nothing
    // carries over, since none has it before.
    let low = word & !HIGH;
    let [zero, beyond_nine] = [low + each(0x80 - b'0'), low + each(0x80 - b'9' - 1)];
    let [letter, beyond_f] = [low + each(0x80 - b'a'), low + each(0x80 - b'f' - 1)];
    // Each of these stands above the one before: a digit is between two.
    let misfits = (!(zero ^ beyond_nine ^ letter ^ beyond_f) | word) & HIGH;
    // A letter's low bits count from 1.
    let values = (word & each(0x0f)) + ((letter & HIGH) >> 7) * 9;
    // Two digits to a byte, two bytes to a pair and so on; the first is the highest.
    let pairs = (values << 4 | values >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs << 8 | pairs >> 16) & 0x0000_ffff_0000_ffff;
    ((fours << 16 | fours >> 32) & 0xffff_ffff, misfits)
}

/// Empty for the zeros of a row without a key.
fn show_uuid(uuid: u128) -> String {
    if uuid == 0 {
        return String::new();
    }
    let part = |shift: u32, digits: u32| (uuid >> shift) & ((1u128 << (4 * digits)) - 1);
    format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", part(96, 8), part(80, 4), part(64, 4), part(48, 4), part(0, 12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn column(keys: &[String]) -> KeyColumn {
        let mut column = KeyColumn::default();
        keys.iter().for_each(|key| column.push(key));
        column
    }

    fn key() -> impl Strategy<Value = String> {
        prop_oneof![
            3 => any::<u128>().prop_map(show_uuid),
            1 => Just(String::new()),
            1 => Just("00000000-0000-0000-0000-000000000000".to_owned()),
            1 => any::<u128>().prop_map(|uuid| show_uuid(uuid).to_uppercase()),
            1 => "[a-z0-9-]{1,40}",
        ]
    }

    #[test]
    fn a_uuid_takes_sixteen_bytes_and_no_key_takes_none() {
        assert_eq!(column(&vec![String::new(); 100]).bytes(), 0);
        let uuids: Vec<String> = (1..=128u128).map(show_uuid).collect();
        assert_eq!(column(&uuids).bytes(), 128 * 16);
    }

    #[test]
    fn what_stands_beside_the_digits_of_a_uuid_is_none() {
        let sound = show_uuid(0x0123_4567_89ab_cdef_fedc_ba98_7654_3210);
        assert_eq!(parse_uuid(sound.as_bytes()), Some(0x0123_4567_89ab_cdef_fedc_ba98_7654_3210));
        for at in 0..36 {
            for byte in 0..=255u8 {
                let mut text = sound.clone().into_bytes();
                text[at] = byte;
                let is_sound = match at {
                    8 | 13 | 18 | 23 => byte == b'-',
                    _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
                };
                let parsed = parse_uuid(&text);
                assert_eq!(parsed.is_some(), is_sound, "{byte:#x} at {at}");
                if let Some(uuid) = parsed {
                    assert_eq!(show_uuid(uuid).into_bytes(), text);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn keys_come_back_as_they_were_given(
            first in proptest::collection::vec(key(), 0..6),
            second in proptest::collection::vec(key(), 0..6),
            third in proptest::collection::vec(key(), 0..6),
        ) {
            let mut whole = column(&first);
            whole.append(&column(&second));
            whole.append(&column(&third));
            let all = [first, second, third].concat();
            let back: Vec<_> = (0..all.len() as u32).map(|row| whole.get(row)).collect();
            prop_assert_eq!(back, all);
        }
    }
}
