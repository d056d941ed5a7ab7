//! Check digits: Luhn's (ISO/IEC 7812-1) and that by 97 (ISO 7064).

/// Whether the last of some digits is right for the others (Luhn). Other characters are skipped.
pub(super) fn luhn_is_right(digits: impl DoubleEndedIterator<Item = u8>) -> bool {
    let mut sum = 0_u32;
    let mut count = 0_u32;
    for (place, digit) in digits.rev().enumerate() {
        let digit = u32::from(digit);
        sum += match (place % 2, digit) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => 2 * digit - 9,
            (_, digit) => 2 * digit,
        };
        count += 1;
    }
    count > 1 && sum.is_multiple_of(10)
}

/// The remainder by 97 of letters and digits read as a number, `A` as 10 to `Z` as 35; `None` when
/// there is another character.
pub(super) fn remainder_by_97(characters: impl Iterator<Item = u8>) -> Option<u32> {
    characters.into_iter().try_fold(0_u32, |rest, byte| {
        let value = char::from(byte).to_digit(36)?;
        let shift = if value < 10 { 10 } else { 100 };
        Some((rest * shift + value) % 97)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luhn(text: &str) -> bool {
        luhn_is_right(text.bytes().map(|byte| byte - b'0'))
    }

    #[test]
    fn luhn_finds_one_wrong_digit_and_swaps() {
        assert!(luhn("79927398713") && luhn("4111111111111111"));
        assert!(!luhn("79927398712") && !luhn("79927398731") && !luhn("0"));
    }

    #[test]
    fn ninety_seven() {
        // ISO 13616: moved country and check digits behind the rest leave 1.
        assert_eq!(remainder_by_97("WEST12345698765432GB82".bytes()), Some(1));
        assert_eq!(remainder_by_97("WEST12345698765432GB83".bytes()), Some(2));
        assert_eq!(remainder_by_97("a-1".bytes()), None);
    }
}
