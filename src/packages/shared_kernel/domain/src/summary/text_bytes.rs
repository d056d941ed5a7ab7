//! What the bytes of a text show at a glance, eight at a time.

const ONES: u64 = u64::MAX / 255;
const HIGH: u64 = ONES << 7;
const BLANKS: u64 = ONES * 0x20;
const DELETES: u64 = ONES * 0x7f;

/// What one pass over the bytes of a text shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    /// Unicode scalar values.
    pub(super) characters: usize,
    /// Whether all are ASCII.
    pub(super) is_ascii: bool,
    /// Whether there may be a control character or an invisible one.
    pub(super) is_special: bool,
}

/// Looks at the bytes of a text.
#[inline]
pub(super) fn scan(text: &[u8]) -> Scan {
    let (words, rest) = text.as_chunks::<8>();
    let (mut high, mut control) = (0, 0);
    let mut add = |word: u64| {
        high |= word;
        let deletes = word ^ DELETES;
        // The classic tests for a byte below 32, and for a byte that is zero.
        control |= word.wrapping_sub(BLANKS) & !word;
        control |= deletes.wrapping_sub(ONES) & !deletes;
    };
    for word in words {
        add(u64::from_le_bytes(*word));
    }
    let mut last = BLANKS;
    for &byte in rest {
        last = last << 8 | u64::from(byte);
    }
    add(last);
    let is_ascii = high & HIGH == 0;
    if is_ascii {
        return Scan { characters: text.len(), is_ascii, is_special: control & HIGH != 0 };
    }
    let sum = text.iter().fold(0_u64, |sum, &byte| sum + LEADS[usize::from(byte)]);
    let characters = (sum & u64::from(u32::MAX)) as usize;
    Scan { characters, is_ascii, is_special: sum > u64::from(u32::MAX) }
}

/// For each byte: one if it begins a character, and 2^32 if it is a control character or begins
/// a character that may be one or may be invisible.
const LEADS: [u64; 256] = {
    let mut leads = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let special = byte < 0x20
            || matches!(byte, 0x7f | 0xc2 | 0xcd | 0xd8 | 0xe1 | 0xe2 | 0xe3 | 0xef | 0xf3);
        leads[byte] = (byte & 0xc0 != 0x80) as u64 + if special { 1 << 32 } else { 0 };
        byte += 1;
    }
    leads
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_glance_sees_what_a_look_sees(text in "[ -~]{0,30}|\\PC{0,20}|[\\x00-\\x7f]{0,20}|[\\x00-\\xff]{0,9}") {
            let scan = scan(text.as_bytes());
            prop_assert_eq!(scan.characters, text.chars().count());
            prop_assert_eq!(scan.is_ascii, text.is_ascii());
            let control = text.chars().any(char::is_control);
            prop_assert!(scan.is_special || !control);
            if text.is_ascii() {
                prop_assert_eq!(scan.is_special, control);
            }
        }
    }
}
