//! Numbers and codes that identify: UUID, IBAN, payment card, ISIN, social security, digests.

use super::checksum::{luhn_is_right, remainder_by_97};
use super::glance::{Glance, all_digits, all_hex, is_listed};
use super::lists::{COUNTRIES_ALPHA2, IBAN_LENGTHS};

/// 8-4-4-4-12 hexadecimal digits, perhaps in braces or after `urn:uuid:`.
pub(super) fn is_uuid(glance: &Glance<'_>) -> bool {
    if !glance.has(b'-') || !(36..=45).contains(&glance.len()) {
        return false;
    }
    let text = glance.text.strip_prefix("urn:uuid:").unwrap_or(glance.text);
    let text = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let mut lengths = [8, 4, 4, 4, 12].into_iter();
    text.split('-').all(|group| lengths.next() == Some(group.len()) && all_hex(group))
        && lengths.next().is_none()
}

/// Country, check digits and account, perhaps in groups: length and check are right.
pub(super) fn is_iban(glance: &Glance<'_>) -> bool {
    if !(15..=42).contains(&glance.len()) || !glance.is_alphanumeric_or(b" -") {
        return false;
    }
    let compact: Vec<u8> = glance.text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let Some(([first, second, ..], account)) = compact.split_at_checked(4) else { return false };
    let country = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
    let known = IBAN_LENGTHS
        .iter()
        .any(|(code, length)| code.as_bytes() == country && usize::from(*length) == compact.len());
    let moved = account.iter().chain(compact.iter().take(4)).copied();
    known && remainder_by_97(moved) == Some(1)
}

/// 13 to 19 digits, perhaps in groups, of a known issuer: length and Luhn's digit are right.
pub(super) fn is_card_number(glance: &Glance<'_>) -> bool {
    if !(13..=19).contains(&glance.digits) {
        return false;
    }
    let separators = glance.len() - glance.digits;
    let grouped = separators <= 4
        && glance.is_alphanumeric_or(b" -")
        && glance.letters() == 0
        && glance.text.split([' ', '-']).all(|group| group.len() >= 2);
    if separators > 0 && !grouped {
        return false;
    }
    let digits = || glance.text.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0');
    let lead = digits().take(6).fold(0_u32, |lead, digit| lead * 10 + u32::from(digit));
    is_issuer(lead, glance.digits) && luhn_is_right(digits().collect::<Vec<_>>().into_iter())
}

/// Whether cards of `length` digits begin with `lead`, by the published ranges of the networks.
fn is_issuer(lead: u32, length: usize) -> bool {
    let (one, two, three, four) = (lead / 100_000, lead / 10_000, lead / 1_000, lead / 100);
    let visa = one == 4 && matches!(length, 13 | 16 | 19);
    let mastercard = ((51..=55).contains(&two) || (2_221..=2_720).contains(&four)) && length == 16;
    let american_express = matches!(two, 34 | 37) && length == 15;
    let discover =
        (four == 6_011 || two == 65 || (644..=649).contains(&three)) && (16..=19).contains(&length);
    let diners = (matches!(two, 36 | 38 | 39) || (300..=305).contains(&three)) && length >= 14;
    let jcb = (3_528..=3_589).contains(&four) && length >= 16;
    let union_pay = two == 62 && length >= 16;
    let maestro = matches!(four, 5_018 | 5_020 | 5_038 | 5_893 | 6_304 | 6_759 | 6_761..=6_763);
    visa || mastercard || american_express || discover || diners || jcb || union_pay || maestro
}

/// Country, nine letters or digits, Luhn's digit over them read as a number.
pub(super) fn is_isin(glance: &Glance<'_>) -> bool {
    if glance.len() != 12 || glance.lowers > 0 || !glance.is_alphanumeric_or(b"") {
        return false;
    }
    // XS and EU are prefixes of international and European securities.
    let known = glance.text.get(..2).is_some_and(|country| {
        is_listed(COUNTRIES_ALPHA2, country) || ["XS", "EU"].contains(&country)
    });
    let ends_in_digit = glance.text.ends_with(|last: char| last.is_ascii_digit());
    let digits =
        glance.text.chars().filter_map(|character| character.to_digit(36)).flat_map(|value| {
            let (tens, ones) = ((value / 10) as u8, (value % 10) as u8);
            (tens > 0).then_some(tens).into_iter().chain([ones])
        });
    known && ends_in_digit && luhn_is_right(digits.collect::<Vec<_>>().into_iter())
}

/// `ddd-dd-dddd` in the ranges that are given out; nine bare digits where the column says so.
pub(super) fn is_social_security_number(glance: &Glance<'_>, bare: bool) -> bool {
    if glance.digits != 9 {
        return false;
    }
    let parts = match glance.len() {
        9 if bare => glance.text.get(..3).zip(glance.text.get(3..5)).zip(glance.text.get(5..)),
        11 => match glance.text.split(['-', ' ']).collect::<Vec<_>>().as_slice() {
            [area, group, serial] => Some(((*area, *group), *serial)),
            _ => None,
        },
        _ => None,
    };
    parts.is_some_and(|((area, group), serial)| {
        (area.len(), group.len(), serial.len()) == (3, 2, 4)
            && !matches!(area, "000" | "666")
            && !area.starts_with('9')
            && group != "00"
            && serial != "0000"
    })
}

/// As many hexadecimal digits as a digest has, in one case, and not only digits or only letters.
pub(super) fn is_hash_digest(glance: &Glance<'_>) -> bool {
    matches!(glance.len(), 32 | 40 | 56 | 64 | 96 | 128)
        && glance.digits > 0
        && glance.letters() > 0
        && (glance.uppers == 0 || glance.lowers == 0)
        && all_hex(glance.text)
}

/// Digits that begin with a zero.
pub(super) fn has_leading_zero(glance: &Glance<'_>) -> bool {
    glance.len() > 1 && glance.text.starts_with('0') && all_digits(glance.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(is: impl Fn(&Glance<'_>) -> bool, right: &[&str], wrong: &[&str]) {
        for text in right {
            assert!(is(&Glance::at(text)), "{text}");
        }
        for text in wrong {
            assert!(!is(&Glance::at(text)), "{text}");
        }
    }

    #[test]
    fn uuids() {
        check(
            is_uuid,
            &[
                "123e4567-e89b-12d3-a456-426614174000",
                "{123E4567-E89B-12D3-A456-426614174000}",
                "urn:uuid:123e4567-e89b-12d3-a456-426614174000",
            ],
            &[
                "123e4567-e89b-12d3-a456-42661417400",
                "123e4567-e89b-12d3-a456-42661417400g",
                "123e4567e-89b-12d3-a456-426614174000",
            ],
        );
    }

    #[test]
    fn ibans() {
        check(
            is_iban,
            &["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "NO9386011117947"],
            &["GB83 WEST 1234 5698 7654 32", "DE8937040044053201300", "XX89370400440532013000"],
        );
    }

    #[test]
    fn card_numbers() {
        check(
            is_card_number,
            &["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "6011111111111117"],
            &["4111111111111112", "9999999999999995", "411111111111111", "4 1111 1111 1111 111"],
        );
    }

    #[test]
    fn isins() {
        check(
            is_isin,
            &["US0378331005", "DE000BAY0017", "XS0203470157"],
            &["US0378331004", "ZZ0378331005", "US037833100", "us0378331005"],
        );
    }

    #[test]
    fn social_security_numbers() {
        let dashed = |glance: &Glance<'_>| is_social_security_number(glance, false);
        check(
            dashed,
            &["078-05-1120"],
            &["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "078051120"],
        );
        check(|glance| is_social_security_number(glance, true), &["078051120"], &["000051120"]);
    }

    #[test]
    fn digests() {
        check(
            is_hash_digest,
            &["d41d8cd98f00b204e9800998ecf8427e", "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"],
            &[
                "00000000000000000000000000000000",
                "d41d8cd98f00b204e9800998ecf8427",
                "D41d8cd98f00b204e9800998ecf8427e",
            ],
        );
    }
}
