//! Numbers that mean something: quantities, coordinates, dates, times, years.

use shared_kernel_domain::summary::TextKind;

use super::glance::{Glance, all_digits, is_listed};
use super::lists::{CURRENCIES, UNITS};

/// A number with a unit behind it, or a currency's sign or code on either side.
pub(super) fn is_quantity(glance: &Glance<'_>) -> bool {
    let text = glance.text;
    if glance.digits == 0 || glance.len() > 40 || glance.digits == glance.len() {
        return false;
    }
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_digit = |character: char| character.is_ascii_digit() || character == '.';
    let (before, rest) = text.split_at(text.find(is_digit).unwrap_or(0));
    let is_part = |character: char| character.is_ascii_digit() || ".,' \u{a0}".contains(character);
    let end = rest.find(|character: char| !is_part(character)).unwrap_or(rest.len());
    let (number, unit) = rest.split_at(end);
    if !is_plain_or_grouped(number.trim()) {
        return false;
    }
    match (before.trim_end_matches(['-', '+']).trim(), unit.trim()) {
        ("", unit) => is_unit(unit) || is_currency(unit),
        (sign, "") => is_currency(sign),
        _ => false,
    }
}

fn is_unit(unit: &str) -> bool {
    let unit = unit.strip_suffix('.').unwrap_or(unit);
    unit.len() <= 8 && is_listed(UNITS, &unit.to_lowercase())
}

fn is_currency(sign: &str) -> bool {
    matches!(sign, "$" | "€" | "£" | "¥" | "₹" | "₽" | "US$" | "R$" | "kr" | "zł" | "CHF" | "Fr.")
        || is_listed(CURRENCIES, sign)
}

/// Digits, in groups by one sign each or with a point.
fn is_plain_or_grouped(number: &str) -> bool {
    number.ends_with(|last: char| last.is_ascii_digit())
        && number.split(['.', ',', ' ', '\'', '\u{a0}']).skip(1).all(all_digits)
}

/// Degrees north and east in one text: `40.7, -74.0`, `(40.7 -74.0)`, `POINT(-74.0 40.7)`,
/// `40.7° N, 74.0° W`, `40°42′46″N 74°0′22″W`.
pub(super) fn is_coordinate_pair(glance: &Glance<'_>) -> bool {
    if !(7..=64).contains(&glance.len()) || glance.digits < 4 {
        return false;
    }
    let text = glance.text;
    if let Some(point) = text.strip_prefix("POINT") {
        let inner = point.trim_start().strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
        return inner
            .and_then(|inner| two_numbers(inner, true))
            .is_some_and(|(longitude, latitude)| is_latitude(latitude) && is_longitude(longitude));
    }
    if text.contains('°') {
        return is_pair_in_degrees(text);
    }
    let inner = text
        .strip_prefix(['(', '['])
        .and_then(|inner| inner.strip_suffix([')', ']']))
        .unwrap_or(text);
    two_numbers(inner, false)
        .is_some_and(|(latitude, longitude)| is_latitude(latitude) && is_longitude(longitude))
}

/// Two numbers, each with a point (not needed where `whole`), by a comma, semicolon or space.
fn two_numbers(text: &str, whole: bool) -> Option<(f64, f64)> {
    let mut parts = text.split([',', ';', ' ']).filter(|part| !part.is_empty());
    let mut number = || {
        let part = parts.next()?;
        let decimals = part.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let is_plain = part.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
        if is_plain && (whole || decimals >= 2) { part.parse::<f64>().ok() } else { None }
    };
    let pair = (number()?, number()?);
    if parts.next().is_some() { None } else { Some(pair) }
}

fn is_pair_in_degrees(text: &str) -> bool {
    let Some(split) = text.find(['N', 'S', 'n', 's']) else { return false };
    let (north, rest) = text.split_at(split);
    let east = rest.trim_start_matches(['N', 'S', 'n', 's', ',', ';', ' ']);
    let Some(east) = east.strip_suffix(['E', 'W', 'e', 'w']) else { return false };
    let degrees = |part: &str| {
        let (degrees, rest) = part.trim().split_once('°')?;
        let is_part = |byte: u8| byte.is_ascii_digit() || b" .'\"".contains(&byte) || byte > 127;
        degrees.trim().parse::<f64>().ok().filter(|_| rest.bytes().all(is_part))
    };
    degrees(north).is_some_and(is_latitude) && degrees(east).is_some_and(is_longitude)
}

fn is_latitude(degrees: f64) -> bool {
    (-90.0..=90.0).contains(&degrees)
}

fn is_longitude(degrees: f64) -> bool {
    (-180.0..=180.0).contains(&degrees)
}

/// A plain number from -90 to 90, or to 180 of a longitude; used where the column's name says it.
pub(super) fn is_degrees(glance: &Glance<'_>, limit: f64) -> bool {
    glance.digits > 0
        && glance.letters() == 0
        && glance.text.parse::<f64>().is_ok_and(|degrees| degrees.abs() <= limit)
}

/// A date in one of the forms that the kernel reads, alone or with a time of day; eight digits
/// where the column's name says it.
pub(super) fn is_date(glance: &Glance<'_>, kind: TextKind, compact: bool) -> bool {
    match kind {
        TextKind::IsoDate | TextKind::OtherDate | TextKind::Timestamp => true,
        TextKind::Integer if compact && glance.len() == 8 => {
            let part = |from, to| {
                glance.text.get(from..to).and_then(|part: &str| part.parse::<u32>().ok())
            };
            let in_range = |part: Option<u32>, least, most| {
                part.is_some_and(|part| (least..=most).contains(&part))
            };
            in_range(part(0, 4), 1_800, 2_199)
                && in_range(part(4, 6), 1, 12)
                && in_range(part(6, 8), 1, 31)
        }
        _ => false,
    }
}

/// `hh:mm` or `hh:mm:ss`, perhaps with a fraction and with `am` or `pm`.
pub(super) fn is_time(glance: &Glance<'_>) -> bool {
    if !glance.has(b':') || glance.len() > 20 || glance.digits < 3 {
        return false;
    }
    let lower = glance.text.to_ascii_lowercase();
    let half = ["am", "pm", "a.m.", "p.m."].iter().find_map(|half| lower.strip_suffix(half));
    let (clock, hours) = match half {
        Some(clock) => (clock.trim_end(), 13),
        None => (lower.trim_end_matches('z'), 24),
    };
    let below =
        |part: &str, limit: u8| all_digits(part) && part.parse::<u8>().is_ok_and(|v| v < limit);
    let parts: Vec<&str> = clock.split(':').collect();
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, "00"),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return false,
    };
    let (second, fraction) = second.split_once(['.', ',']).unwrap_or((second, "0"));
    (1..=2).contains(&hour.len())
        && below(hour, hours)
        && minute.len() == 2
        && below(minute, 60)
        && second.len() == 2
        && below(second, 61)
        && all_digits(fraction)
}

/// Four digits from 1800 to 2100.
pub(super) fn is_year(glance: &Glance<'_>) -> bool {
    glance.len() == 4
        && glance.is_digits()
        && glance.text.parse::<u16>().is_ok_and(|year| (1_800..=2_100).contains(&year))
}

/// A year that people write about without saying that it is one: 1900 to 2050.
pub(super) fn is_recent_year(glance: &Glance<'_>) -> bool {
    is_year(glance) && ("1900"..="2050").contains(&glance.text)
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
    fn quantities() {
        check(
            is_quantity,
            &[
                "12 kg",
                "3.5%",
                "$4",
                "-$4.50",
                "€ 1.234,50",
                "12.50 EUR",
                "USD 7",
                "5°C",
                "10km/h",
                "1 200 m",
                "3 oz.",
                "0.5 ml",
                "12 px",
            ],
            &["12", "1,234", "kg", "12 apples", "3-4 kg", "N12", "1.2.", "12 Main St", "5 5 x 5"],
        );
    }

    #[test]
    fn pairs_of_coordinates() {
        check(
            is_coordinate_pair,
            &[
                "40.7128, -74.0060",
                "(51.50,-0.12)",
                "POINT(-74 40.71)",
                "-33.86 151.21",
                "40.71° N, 74.01° W",
                "40°42′46″N 74°0′22″W",
            ],
            &["140.71, -74.00", "40, 74", "1.5, 2.5", "40.71, -74.00, 3.00", "40.71", "12.50 EUR"],
        );
    }

    #[test]
    fn times() {
        check(
            is_time,
            &["12:30", "7:05", "23:59:60", "12:30:01.250", "1:15 pm", "11:00 A.M.", "10:00:00Z"],
            &["24:00", "12:60", "1:2", "13:00 pm", "12:30:5", "a:bc", "16:9", "10:00:00:00"],
        );
    }

    #[test]
    fn years_and_compact_dates() {
        check(is_year, &["1800", "2024"], &["1799", "2101", "20240", "abcd"]);
        check(is_recent_year, &["1900", "2050"], &["1899", "2051"]);
        let compact = |glance: &Glance<'_>| is_date(glance, TextKind::of(glance.text), true);
        check(compact, &["20240131", "2024-01-31"], &["20241301", "99999999", "12"]);
    }
}
