use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a text looks like.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    /// Nothing, or only white space.
    Blank,
    /// A way to write that there is no value: `NA`, `null`, `-`, `?`…
    NullLike,
    /// `true`, `false`, `yes`, `no` in any case.
    Boolean,
    /// A whole number without leading zeros.
    Integer,
    /// A number with a point or an exponent.
    Decimal,
    /// Digits with leading zeros: a code, not a number.
    DigitCode,
    /// A number with separators, a decimal comma, a currency or a percent sign.
    FormattedNumber,
    /// A real date as `2013-01-31`.
    IsoDate,
    /// A date in another form.
    OtherDate,
    /// A date with a time of day.
    Timestamp,
    /// Anything else.
    Other,
}

impl TextKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Blank,
        Self::NullLike,
        Self::Boolean,
        Self::Integer,
        Self::Decimal,
        Self::DigitCode,
        Self::FormattedNumber,
        Self::IsoDate,
        Self::OtherDate,
        Self::Timestamp,
        Self::Other,
    ];

    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::NullLike => "null-like",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::DigitCode => "digit code",
            Self::FormattedNumber => "formatted number",
            Self::IsoDate => "ISO date",
            Self::OtherDate => "date",
            Self::Timestamp => "timestamp",
            Self::Other => "text",
        }
    }

    /// The kind of a text; white space around it does not matter.
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        let Some(first) = text.chars().next() else { return Self::Blank };
        if is_null_like(text) {
            return Self::NullLike;
        }
        if first.is_ascii_alphabetic() {
            return if is_boolean(text) {
                Self::Boolean
            } else if is_named_date(text) {
                Self::OtherDate
            } else {
                Self::Other
            };
        }
        if let Some(kind) = number_kind(text) {
            return kind;
        }
        if text.len() > 64 {
            return Self::Other;
        }
        if first.is_ascii_digit()
            && let Some(kind) = date_kind(text)
        {
            return kind;
        }
        if is_formatted_number(text) { Self::FormattedNumber } else { Self::Other }
    }
}

/// Ways to write "no value" that are found in real tables, in lower case.
const NULL_TEXTS: [&str; 22] = [
    "na",
    "n/a",
    "n.a.",
    "#n/a",
    "#na",
    "nan",
    "null",
    "(null)",
    "<null>",
    "none",
    "nil",
    "\\n",
    "-",
    "--",
    "---",
    "?",
    "??",
    ".",
    "*",
    "unknown",
    "undefined",
    "missing",
];

fn is_null_like(text: &str) -> bool {
    text.len() <= 9 && NULL_TEXTS.iter().any(|null| text.eq_ignore_ascii_case(null))
}

fn is_boolean(text: &str) -> bool {
    text.len() <= 5
        && ["true", "false", "yes", "no"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A plain number: sign, digits, a point, an exponent.
fn number_kind(text: &str) -> Option<TextKind> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    if let Some(exponent) = exponent
        && !all_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))
    {
        return None;
    }
    match mantissa.split_once('.') {
        None if !all_digits(mantissa) => None,
        None if exponent.is_some() => Some(TextKind::Decimal),
        None if mantissa.len() > 1 && mantissa.starts_with('0') => Some(TextKind::DigitCode),
        None => Some(TextKind::Integer),
        Some((whole, fraction)) => {
            let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
            let some = !whole.is_empty() || !fraction.is_empty();
            (some && digits(whole) && digits(fraction)).then_some(TextKind::Decimal)
        }
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A date in figures or with a month's name, alone or with a time of day.
fn date_kind(text: &str) -> Option<TextKind> {
    let (date, time) = match text.find(['T', ' ']) {
        Some(place) if text[place + 1..].starts_with(|next: char| next.is_ascii_digit()) => {
            (&text[..place], Some(&text[place + 1..]))
        }
        _ => (text, None),
    };
    if let Some(time) = time
        && is_time(time)
        && (is_iso_date(date) || is_date_in_figures(date))
    {
        return Some(TextKind::Timestamp);
    }
    if is_iso_date(text) {
        return Some(TextKind::IsoDate);
    }
    (is_date_in_figures(text) || is_named_date(text)).then_some(TextKind::OtherDate)
}

fn is_iso_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    year.len() == 4 && month.len() == 2 && day.len() == 2 && is_day(year, month, day)
}

/// Day, month and year in any usual order, joined by `/`, `.` or `-`.
fn is_date_in_figures(text: &str) -> bool {
    let Some(separator) = text.chars().find(|character| matches!(character, '/' | '.' | '-'))
    else {
        return false;
    };
    let parts: Vec<&str> = text.split(separator).collect();
    let [first, second, third] = parts.as_slice() else { return false };
    let short = |part: &str| (1..=2).contains(&part.len());
    if first.len() == 4 {
        return short(second) && short(third) && is_day(first, second, third);
    }
    let year = third.len() == 4 || (third.len() == 2 && separator != '.');
    short(first)
        && short(second)
        && year
        && (is_day(third, second, first) || is_day(third, first, second))
}

/// The English names of the months, in small letters.
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A date with a month's English name: `5 Jan 2020`, `January 5, 2020`, `05-Jan-20`.
fn is_named_date(text: &str) -> bool {
    if text.len() > 24 || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let mut months = 0;
    let mut numbers = 0;
    for part in text.split([' ', '-', ',', '/', '.']).filter(|part| !part.is_empty()) {
        if all_digits(part) && (part.len() <= 2 || part.len() == 4) {
            numbers += 1;
        } else if is_month(part) {
            months += 1;
        } else {
            return false;
        }
    }
    months == 1 && (1..=2).contains(&numbers)
}

fn is_month(word: &str) -> bool {
    let is_it = |name: &str| word.eq_ignore_ascii_case(name);
    is_it("sept") || MONTHS.iter().any(|month| is_it(month) || month.get(..3).is_some_and(is_it))
}

/// A real day of the Gregorian calendar; a year of two digits may be any.
fn is_day(year: &str, month: &str, day: &str) -> bool {
    let number = |text: &str| if all_digits(text) { text.parse::<u32>().ok() } else { None };
    let (Some(year), Some(month), Some(day)) = (number(year), number(month), number(day)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// `hh:mm`, `hh:mm:ss`, with a fraction, with a zone or `AM`/`PM`.
fn is_time(text: &str) -> bool {
    let text = text.trim_end_matches(['Z', 'z']);
    let text = ["am", "pm"]
        .iter()
        .find_map(|half| {
            let split = text.len().checked_sub(2)?;
            let end = text.get(split..)?;
            end.eq_ignore_ascii_case(half).then(|| text[..split].trim_end())
        })
        .unwrap_or(text);
    let clock = match text.find(['+', '-']) {
        Some(place) => {
            let zone = text[place + 1..].replace(':', "");
            if !all_digits(&zone) || !matches!(zone.len(), 2 | 4) {
                return false;
            }
            &text[..place]
        }
        None => text,
    };
    let parts: Vec<&str> = clock.trim_end().split(':').collect();
    let below = |part: &str, limit: u32| {
        part.len() <= 2 && all_digits(part) && part.parse::<u32>().is_ok_and(|value| value < limit)
    };
    match parts.as_slice() {
        [hour, minute] => below(hour, 25) && below(minute, 60),
        [hour, minute, second] => {
            let (whole, fraction) = second.split_once(['.', ',']).unwrap_or((second, "0"));
            below(hour, 25) && below(minute, 60) && below(whole, 61) && all_digits(fraction)
        }
        _ => false,
    }
}

/// A number as people write it: `1,234.50`, `3,14`, `$5`, `12 %`, `(7.00)`.
fn is_formatted_number(text: &str) -> bool {
    let inner = text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(text);
    let mark = |character: char| "$€£¥₹%".contains(character) || character.is_whitespace();
    let sign = |character: char| character == '-' || character == '+';
    let core = inner.trim_matches(|character| mark(character) || sign(character));
    let marks = inner.len() - core.len();
    if !core.starts_with(|first: char| first.is_ascii_digit()) || marks > 8 {
        return false;
    }
    if matches!(number_kind(core), Some(TextKind::Integer | TextKind::Decimal)) {
        return true;
    }
    let Some(last) = core.rfind([',', '.']) else {
        return is_grouped(core, &[' ', '\'', '\u{a0}']);
    };
    let decimal = &core[last..=last];
    let (whole, fraction) = (&core[..last], &core[last + 1..]);
    let others: &[char] =
        if decimal == "," { &['.', ' ', '\'', '\u{a0}'] } else { &[',', ' ', '\'', '\u{a0}'] };
    let own: &[char] = if decimal == "," { &[','] } else { &['.'] };
    let with_decimals = all_digits(fraction) && (all_digits(whole) || is_grouped(whole, others));
    with_decimals || is_grouped(core, own)
}

/// Digits in groups of three behind the first one to three, with one separator.
fn is_grouped(text: &str, separators: &[char]) -> bool {
    let Some(separator) = text.chars().find(|character| separators.contains(character)) else {
        return false;
    };
    let mut groups = text.split(separator);
    let lead = groups.next().is_some_and(|group| all_digits(group) && group.len() <= 3);
    lead && groups.all(|group| all_digits(group) && group.len() == 3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_look_like_what_people_take_them_for() {
        use TextKind::*;
        for (kind, texts) in [
            (Blank, &["", "  ", "\t\u{a0}"][..]),
            (
                NullLike,
                &["NA", "n/a", "NULL", "None", "-", "?", "\\N", "#N/A", "nan", " . ", "unknown"],
            ),
            (Boolean, &["true", "FALSE", "Yes", " no "]),
            (Integer, &["0", "-7", "+12", "9223372036854775808", " 5 "]),
            (Decimal, &["0.5", "-1.", ".5", "1e9", "2.5E-3"]),
            (DigitCode, &["00501", "007", "00"]),
            (
                FormattedNumber,
                &[
                    "1,234",
                    "1,234.50",
                    "1.234,50",
                    "3,14",
                    "$5",
                    "€ 1.50",
                    "12 %",
                    "12.5%",
                    "(7.00)",
                    "1 234 567",
                ],
            ),
            (IsoDate, &["2013-01-31", "2024-02-29"]),
            (
                OtherDate,
                &[
                    "31/01/2013",
                    "1/31/13",
                    "31.01.2013",
                    "2013/01/31",
                    "5 Jan 2020",
                    "January 5, 2020",
                    "05-Jan-20",
                    "Sept 2020",
                ],
            ),
            (
                Timestamp,
                &[
                    "2013-01-31T10:00:00Z",
                    "2013-01-31 10:00",
                    "2013-01-31T10:00:00.123+02:00",
                    "01/31/2013 10:00 PM",
                ],
            ),
            (
                Other,
                &[
                    "2023-02-29",
                    "UA",
                    "1.2.3",
                    "12:30",
                    "N14228",
                    "12 oz.",
                    "a@b.c",
                    "2013-13-01",
                    "32/13/2020",
                    "1,23,4",
                    "May",
                    "+",
                    "e5",
                    "💡",
                ],
            ),
        ] {
            for text in texts {
                assert_eq!(TextKind::of(text), kind, "{text:?}");
            }
        }
    }

    #[test]
    fn kinds_are_listed_by_their_numbers() {
        for (place, kind) in TextKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_kind(text in "\\PC{0,40}|[0-9:/. TZ+-]{0,30}|[0-9,.$%() ']{0,20}") {
            let kind = TextKind::of(&text);
            prop_assert_eq!(TextKind::of(&format!(" {text}\n")), kind);
        }

        #[test]
        fn numbers_are_numbers(whole: i64, number in proptest::num::f64::NORMAL) {
            prop_assert_eq!(TextKind::of(&whole.to_string()), TextKind::Integer);
            prop_assert_eq!(TextKind::of(&format!("{number:e}")), TextKind::Decimal);
        }
    }
}
