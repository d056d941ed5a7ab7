use std::time::Duration;

use super::NO_VALUE;

/// A count with thousands separators: `1,234,567`.
pub fn count(count: u64) -> String {
    group(&count.to_string())
}

/// A count in a few characters: `999`, `1.2 k`, `34.5 M`, `6.8 G`.
pub fn compact(count: u64) -> String {
    let mut scaled = count as f64;
    if count < 1_000 {
        return count.to_string();
    }
    let mut unit = "";
    for next in ["k", "M", "G", "T", "P"] {
        scaled /= 1_000.0;
        unit = next;
        // 999.95 would read as 1000.0
        if scaled < 999.95 {
            break;
        }
    }
    format!("{} {unit}", trimmed(scaled, 1))
}

/// A number with five significant digits: `0.01235`, `12.346`, `1234.6`, `1,234,568`, `1.2346e18`.
///
/// Whole numbers keep all their digits; separators begin at 10,000, so that years stay years.
pub fn number(number: f64) -> String {
    if !number.is_finite() {
        return not_finite(number);
    }
    let size = number.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e15).contains(&size) {
        return scientific(number);
    }
    let whole_digits = size.log10().floor() as i32 + 1;
    let decimals = if number.fract() == 0.0 { 0 } else { (5 - whole_digits).clamp(0, 8) };
    let text = trimmed(number, decimals as usize);
    if size < 10_000.0 { text } else { group(&text) }
}

/// A value of a column with all its digits and no separators, as it can be searched for.
pub fn value(value: f64) -> String {
    if !value.is_finite() {
        return not_finite(value);
    }
    if value == 0.0 || (1e-6..1e16).contains(&value.abs()) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// A number that always shows its sign: `+1.5`, `-0.3`, `0`.
pub fn signed(signed: f64) -> String {
    let size = number(signed.abs());
    if signed > 0.0 {
        format!("+{size}")
    } else if signed < 0.0 {
        format!("-{size}")
    } else {
        size
    }
}

/// A share of 0 to 1 as per cent: `12.3 %`; `0 %` and `100 %` only when it is exactly that.
pub fn share(share: f64) -> String {
    if !share.is_finite() {
        return NO_VALUE.to_owned();
    }
    let percent = share * 100.0;
    if percent == 0.0 || share == 1.0 {
        return format!("{percent:.0} %");
    }
    if percent.abs() < 0.01 {
        return "<0.01 %".to_owned();
    }
    if percent > 99.99 && share < 1.0 {
        return ">99.99 %".to_owned();
    }
    let decimals = if (1.0..=99.0).contains(&percent.abs()) { 1 } else { 2 };
    format!("{} %", trimmed(percent, decimals))
}

/// `part` of `whole` as per cent, or `–` when there is nothing to be a share of.
pub fn share_of(part: u64, whole: u64) -> String {
    if whole == 0 { NO_VALUE.to_owned() } else { share(part as f64 / whole as f64) }
}

/// A number of bytes: `512 B`, `1.5 KiB`, `2 GiB`.
pub fn bytes(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut scaled = bytes as f64;
    let mut unit = "";
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB"] {
        scaled /= 1024.0;
        unit = next;
        if scaled < 1023.95 {
            break;
        }
    }
    format!("{} {unit}", trimmed(scaled, 1))
}

/// Things per second: `1.2 M rows/s`; `–` when no time has passed.
pub fn rate(things: u64, unit: &str, time: Duration) -> String {
    if time.is_zero() {
        return NO_VALUE.to_owned();
    }
    let per_second = things as f64 / time.as_secs_f64();
    format!("{} {unit}/s", compact(per_second.round() as u64))
}

fn not_finite(number: f64) -> String {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "∞"
    } else {
        "-∞"
    }
    .to_owned()
}

fn scientific(number: f64) -> String {
    let text = format!("{number:.4e}");
    match text.split_once('e') {
        Some((digits, exponent)) => format!("{}e{exponent}", without_zeros(digits)),
        None => text,
    }
}

fn trimmed(number: f64, decimals: usize) -> String {
    without_zeros(&format!("{number:.decimals$}")).to_owned()
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// Puts separators into the whole part of a decimal text.
fn group(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = digits.find('.').map_or((digits, ""), |dot| digits.split_at(dot));
    let mut grouped = String::with_capacity(text.len() + whole.len() / 3);
    grouped.push_str(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped.push_str(fraction);
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [999, 1000, 1_234, 999_949, 999_950, 34_500_000].map(compact),
            ["999", "1 k", "1.2 k", "999.9 k", "1 M", "34.5 M"]
        );
    }

    #[test]
    fn numbers_keep_the_digits_that_matter() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (2013.0, "2013"),
            (12345.0, "12,345"),
            (-1_234_567.891, "-1,234,568"),
            (0.012_345_67, "0.012346"),
            (12.3456, "12.346"),
            (1234.56, "1234.6"),
            (12_345.6, "12,346"),
            (0.5, "0.5"),
            (99_999.5, "100,000"),
            (1.234_56e18, "1.2346e18"),
            (-2.5e-9, "-2.5e-9"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-∞"),
        ];
        for (given, expected) in cases {
            assert_eq!(number(given), expected, "{given}");
        }
        assert_eq!([1.5, -0.25, 0.0].map(signed), ["+1.5", "-0.25", "0"]);
        assert_eq!([0.1 + 0.2, 1e20, 12345.0].map(value), ["0.30000000000000004", "1e20", "12345"]);
    }

    #[test]
    fn a_share_is_nothing_or_everything_only_when_it_is() {
        let cases = [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.000_001, "<0.01 %"),
            (0.999_999, ">99.99 %"),
            (0.1234, "12.3 %"),
            (0.001_234, "0.12 %"),
            (0.996, "99.6 %"),
            (0.9999, "99.99 %"),
            (0.5, "50 %"),
            (1.5, "150 %"),
            (f64::NAN, "–"),
        ];
        for (given, expected) in cases {
            assert_eq!(share(given), expected, "{given}");
        }
        assert_eq!(share_of(0, 0), "–");
        assert_eq!(share_of(1, 3), "33.3 %");
    }

    #[test]
    fn bytes_and_rates_have_units() {
        assert_eq!(
            [0, 1023, 1536, 1 << 20, (1 << 30) - 1, u64::MAX].map(bytes),
            ["0 B", "1023 B", "1.5 KiB", "1 MiB", "1 GiB", "16384 PiB"]
        );
        assert_eq!(rate(2_400_000, "rows", Duration::from_secs(2)), "1.2 M rows/s");
        assert_eq!(rate(40, "rows", Duration::from_secs(2)), "20 rows/s");
        assert_eq!(rate(40, "rows", Duration::ZERO), "–");
    }
}
