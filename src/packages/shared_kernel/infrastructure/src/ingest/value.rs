//! Parsers of single values: numbers, dates, points in time. Each takes trimmed bytes, accepts
//! exactly the forms it names, and never rounds in silence what is written as a whole number.

/// Digits of the widest whole number that a decimal column can hold.
const DECIMAL_DIGITS: usize = 38;

/// A whole number that fits 64 bits: an optional minus and digits without a leading zero.
#[inline]
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = sign(text);
    if !is_whole(digits) || digits.len() > 19 {
        return None;
    }
    let mut magnitude: u64 = 0;
    for &digit in digits {
        magnitude = magnitude.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
    }
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// A whole number of at most 38 digits.
pub(super) fn wide_integer(text: &[u8]) -> Option<i128> {
    let (negative, digits) = sign(text);
    if !is_whole(digits) || digits.len() > DECIMAL_DIGITS {
        return None;
    }
    let magnitude = digits.iter().fold(0_i128, |sum, &digit| sum * 10 + i128::from(digit - b'0'));
    Some(if negative { -magnitude } else { magnitude })
}

/// Whether a whole number is one that a 64-bit float can hold exactly.
pub(super) fn is_exact_float(value: i128) -> bool {
    let magnitude = value.unsigned_abs();
    magnitude < 1 << 53 || magnitude >> magnitude.trailing_zeros() < 1 << 53
}

/// A finite number with a point: `-12.5`, `.5`, `1e-3`, or a whole number.
#[inline]
pub(super) fn float(text: &[u8]) -> Option<f64> {
    let (_, unsigned) = sign(text);
    if !unsigned.first().is_some_and(|&byte| byte.is_ascii_digit() || byte == b'.')
        || has_leading_zero(unsigned)
    {
        return None;
    }
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    number.is_finite().then_some(number)
}

/// `nan` in any case.
pub(super) fn is_nan(text: &[u8]) -> bool {
    text.eq_ignore_ascii_case(b"nan") || text.eq_ignore_ascii_case(b"-nan")
}

/// An infinity: `inf` or `infinity` in any case, with or without a sign.
pub(super) fn infinity(text: &[u8]) -> Option<f64> {
    let (negative, name) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let known = name.eq_ignore_ascii_case(b"inf") || name.eq_ignore_ascii_case(b"infinity");
    known.then_some(if negative { f64::NEG_INFINITY } else { f64::INFINITY })
}

/// Whether a number reads as one with points between thousands: `1.234`, `-1.234.567`.
pub(super) fn is_grouped(text: &[u8]) -> bool {
    let (_, unsigned) = sign(text);
    let mut groups = unsigned.split(|&byte| byte == b'.');
    let first_fits = groups.next().is_some_and(|first| {
        (1..=3).contains(&first.len()) && first.iter().all(u8::is_ascii_digit) && first[0] != b'0'
    });
    let mut count = 0;
    let rest_fits = groups.all(|group| {
        count += 1;
        group.len() == 3 && group.iter().all(u8::is_ascii_digit)
    });
    first_fits && rest_fits && count > 0
}

/// A number with a decimal comma, perhaps with points between thousands: `1.234,56`, `-0,5`, and
/// grouped or plain whole numbers.
pub(super) fn comma_float(text: &[u8]) -> Option<f64> {
    let comma = text.iter().position(|&byte| byte == b',');
    let (whole, fraction) = match comma {
        Some(comma) => (&text[..comma], Some(&text[comma + 1..])),
        None => (text, None),
    };
    let (_, unsigned) = sign(whole);
    if !is_grouped(whole) && !is_whole(unsigned) {
        return None;
    }
    let mut plain: Vec<u8> = whole.iter().copied().filter(|&byte| byte != b'.').collect();
    if let Some(fraction) = fraction {
        if fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
            return None;
        }
        plain.push(b'.');
        plain.extend_from_slice(fraction);
    }
    float(&plain)
}

/// `true` or `false` in any case.
#[inline]
pub(super) fn boolean(text: &[u8]) -> Option<bool> {
    if text.eq_ignore_ascii_case(b"true") {
        Some(true)
    } else if text.eq_ignore_ascii_case(b"false") {
        Some(false)
    } else {
        None
    }
}

/// A date `YYYY-MM-DD` that the calendar has, as days since 1970-01-01.
#[inline]
pub(super) fn date(text: &[u8]) -> Option<i32> {
    let text: &[u8; 10] = text.try_into().ok()?;
    if text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let year = number(&text[..4])?;
    let (month, day) = (number(&text[5..7])?, number(&text[8..])?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    Some(days_from_civil(year, month, day))
}

/// A point in time, split so that no unit is chosen yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Since 1970-01-01T00:00:00, in UTC if an offset was written and local otherwise.
    pub(super) seconds: i64,
    /// Of the second.
    pub(super) nanoseconds: u32,
    /// Whether an offset was written.
    pub(super) zoned: bool,
}

/// A point in time in ISO 8601: `2024-02-29T13:05:00.123Z`, `2024-02-29 13:05`, an offset as
/// `Z`, `+01:00`, `+0100` or `+01`.
pub(super) fn moment(text: &[u8]) -> Option<Moment> {
    if text.len() < 16 || !matches!(text[10], b'T' | b't' | b' ') || text[13] != b':' {
        return None;
    }
    let days = i64::from(date(&text[..10])?);
    let (hour, minute) = (number(&text[11..13])?, number(&text[14..16])?);
    let mut rest = &text[16..];
    let mut second = 0;
    let mut nanoseconds = 0;
    if let Some((b':', after)) = rest.split_first() {
        second = number(after.get(..2)?)?;
        rest = &after[2..];
        if let Some((b'.' | b',', after)) = rest.split_first() {
            let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            let scale = 10_u32.pow(9 - digits as u32);
            nanoseconds = number(&after[..digits])? as u32 * scale;
            rest = &after[digits..];
        }
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (offset, zoned) = match rest {
        [] => (0, false),
        _ => (offset_seconds(rest)?, true),
    };
    let of_day = i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second);
    Some(Moment { seconds: days * 86_400 + of_day - offset, nanoseconds, zoned })
}

/// Hours, minutes and seconds, perhaps with a sign and milliseconds, in microseconds:
/// `13:05:00`, `-30:00:00.250`.
pub(super) fn clock(text: &[u8]) -> Option<i64> {
    let (sign, text) = text.strip_prefix(b"-").map_or((1, text), |text| (-1, text));
    let mut parts = std::str::from_utf8(text).ok()?.splitn(3, ':');
    let mut part = || parts.next().filter(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    let (hours, minutes, seconds) = (part()?, part()?, part()?);
    let (seconds, milliseconds) = match seconds.split_once('.') {
        Some((seconds, rest)) if rest.len() == 3 => (seconds, rest.parse::<i64>().ok()?),
        Some(_) => return None,
        None => (seconds, 0),
    };
    let minutes = hours.parse::<i64>().ok()?.checked_mul(60)? + minutes.parse::<i64>().ok()?;
    let seconds = minutes.checked_mul(60)?.checked_add(seconds.parse::<i64>().ok()?)?;
    seconds.checked_mul(1_000_000)?.checked_add(milliseconds * 1_000)?.checked_mul(sign)
}

/// An offset from UTC in seconds.
fn offset_seconds(text: &[u8]) -> Option<i64> {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let (&mark, digits) = text.split_first()?;
    if matches!(mark, b'Z' | b'z') || text == b"UTC" {
        return (digits.is_empty() || text == b"UTC").then_some(0);
    }
    let direction = match mark {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        2 => (digits, &b"00"[..]),
        4 => digits.split_at(2),
        5 if digits[2] == b':' => (&digits[..2], &digits[3..]),
        _ => return None,
    };
    let (hours, minutes) = (i64::from(number(hours)?), i64::from(number(minutes)?));
    (hours < 24 && minutes < 60).then_some(direction * (hours * 3_600 + minutes * 60))
}

/// A non-negative number of at most nine digits.
fn number(digits: &[u8]) -> Option<i32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |sum, &digit| sum * 10 + i32::from(digit - b'0')))
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
    text.strip_prefix(b"-").map_or((false, text), |rest| (true, rest))
}

fn is_whole(digits: &[u8]) -> bool {
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) && !has_leading_zero(digits)
}

/// `007`, but not `0` or `0.5`.
fn has_leading_zero(digits: &[u8]) -> bool {
    matches!(digits, [b'0', next, ..] if next.is_ascii_digit())
}

fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant 2021, "chrono-compatible
/// low-level date algorithms", `days_from_civil`).
fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_numbers_keep_every_digit() {
        assert_eq!(integer(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(integer(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(integer(b"9223372036854775808"), None);
        assert_eq!(wide_integer(b"9223372036854775808"), Some(1 << 63));
        assert_eq!(wide_integer(&[b'9'; 39]), None);
        for text in ["", "-", "007", "+5", "1.0", "1 2", "1e3"] {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
        assert!(is_exact_float(1 << 60));
        assert!(!is_exact_float(9_007_199_254_740_993));
    }

    #[test]
    fn floats_are_finite_and_codes_are_not_floats() {
        assert_eq!(float(b"-0.5"), Some(-0.5));
        assert_eq!(float(b".5"), Some(0.5));
        assert_eq!(float(b"1e3"), Some(1000.0));
        for text in ["00.5", "1e999", "+1.5", "inf", "nan", "e5", ".", "1_000", "0x1"] {
            assert_eq!(float(text.as_bytes()), None, "{text}");
        }
        assert_eq!(infinity(b"-Infinity"), Some(f64::NEG_INFINITY));
    }

    #[test]
    fn decimal_commas() {
        assert_eq!(comma_float(b"1.234,56"), Some(1234.56));
        assert_eq!(comma_float(b"-12,00"), Some(-12.0));
        assert_eq!(comma_float(b"1.234"), Some(1234.0));
        for text in ["1,", "1.23,4", "1,2,3", "1,234.5", ",5"] {
            assert_eq!(comma_float(text.as_bytes()), None, "{text}");
        }
        assert!(is_grouped(b"1.234"));
        assert!(!is_grouped(b"0.234"));
        assert!(!is_grouped(b"1234"));
    }

    #[test]
    fn dates_follow_the_calendar() {
        assert_eq!(date(b"1970-01-01"), Some(0));
        assert_eq!(date(b"2024-02-29"), Some(19_782));
        for text in ["2023-02-29", "2024-13-01", "2024-00-10", "20240229", "2024-1-1"] {
            assert_eq!(date(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn clocks_are_in_microseconds() {
        assert_eq!(clock(b"13:05:00"), Some(47_100_000_000));
        assert_eq!(clock(b"-30:00:00.250"), Some(-108_000_250_000));
        for text in ["", "13:05", "a:b:c", "1:2:3.4", "--1:00:00", "99999999999999999999:00:00"] {
            assert_eq!(clock(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn moments_know_their_offset() {
        let utc = moment(b"2024-02-29T13:05:00Z").unwrap();
        assert_eq!(utc, Moment { seconds: 1_709_211_900, nanoseconds: 0, zoned: true });
        assert_eq!(moment(b"2024-02-29 14:05:00+01:00"), Some(utc));
        assert_eq!(moment(b"2024-02-29T13:05"), Some(Moment { zoned: false, ..utc }));
        let fine = moment(b"1970-01-01 00:00:00.25").unwrap();
        assert_eq!((fine.seconds, fine.nanoseconds), (0, 250_000_000));
        for text in [
            "2024-02-29 24:00",
            "2024-02-29T13:05:00X",
            "2024-02-29T13:05:61",
            "2024-02-29T1305Z000",
        ] {
            assert_eq!(moment(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = (integer(&text), wide_integer(&text), float(&text), comma_float(&text));
            let _ = (clock(&text), date(&text), moment(&text), infinity(&text), is_grouped(&text));
        }

        #[test]
        fn every_integer_reads_back(value in any::<i64>()) {
            prop_assert_eq!(integer(value.to_string().as_bytes()), Some(value));
        }

        #[test]
        fn every_day_reads_back(days in -700_000_i32..2_900_000) {
            let text = jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(days);
            if text.year() >= 0 {
                prop_assert_eq!(date(text.to_string().as_bytes()), Some(days));
            }
        }
    }
}
