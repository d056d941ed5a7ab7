//! What a column holds, inferred from all its values.
//!
//! Each value shows one or a few *signs*; a column's signs are the union over its values, so they
//! can be gathered in any order and in parts; and [`Kind::of`] says what a column with such signs
//! is. More signs only ever lead up the lattice, towards text.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};

use super::block::{CellForm, CellView};
use super::value;
use crate::engine::canonical::{NESTED_KEY, NESTED_LIST, NESTED_STRUCT};

/// The signs that the values of a column have shown. Their bits are kept in snapshots: a bit never
/// gets another meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Signs(u32);

impl Signs {
    pub(super) const BOOLEAN: Self = Self(1);
    /// A whole number of 64 bits.
    pub(super) const INTEGER: Self = Self(1 << 1);
    /// A whole number beyond 64 bits, of at most 38 digits.
    pub(super) const WIDE: Self = Self(1 << 2);
    /// A whole number that a float cannot hold exactly.
    pub(super) const INEXACT: Self = Self(1 << 3);
    /// A number with a decimal point or an exponent.
    pub(super) const FLOAT: Self = Self(1 << 4);
    /// A number that has one value with a decimal point and another with a decimal comma: `1.234`.
    pub(super) const GROUPED: Self = Self(1 << 5);
    /// A number with a decimal comma.
    pub(super) const COMMA: Self = Self(1 << 6);
    pub(super) const NAN: Self = Self(1 << 7);
    pub(super) const INFINITE: Self = Self(1 << 8);
    pub(super) const DATE: Self = Self(1 << 9);
    /// A point in time without an offset.
    pub(super) const LOCAL: Self = Self(1 << 10);
    /// A point in time with an offset.
    pub(super) const INSTANT: Self = Self(1 << 11);
    /// A point in time with parts of a microsecond.
    pub(super) const FINE: Self = Self(1 << 12);
    /// A text that often means null.
    pub(super) const NULL_TEXT: Self = Self(1 << 13);
    pub(super) const TEXT: Self = Self(1 << 14);
    pub(super) const LIST: Self = Self(1 << 15);
    pub(super) const STRUCT: Self = Self(1 << 16);
    /// A time of day.
    pub(super) const CLOCK: Self = Self(1 << 17);
    /// A length of time.
    pub(super) const ELAPSED: Self = Self(1 << 18);

    const NUMBER: Self = Self(
        Self::INTEGER.0
            | Self::WIDE.0
            | Self::FLOAT.0
            | Self::GROUPED.0
            | Self::COMMA.0
            | Self::INFINITE.0,
    );
    /// Anything but null and what may mean null.
    pub(super) const VALUE: Self = Self(
        Self::NUMBER.0
            | Self::TIME.0
            | Self::BOOLEAN.0
            | Self::TEXT.0
            | Self::LIST.0
            | Self::STRUCT.0
            | Self::CLOCK.0
            | Self::ELAPSED.0,
    );
    const TIME: Self = Self(Self::DATE.0 | Self::LOCAL.0 | Self::INSTANT.0);

    /// As they are kept.
    pub(super) fn bits(self) -> u32 {
        self.0
    }

    /// What [`Self::bits`] gave.
    pub(super) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Both.
    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Adds signs; tells whether one was new.
    pub(super) fn add(&mut self, other: Self) -> bool {
        let before = self.0;
        self.0 |= other.0;
        self.0 != before
    }

    /// Whether any of `other` was shown.
    pub(super) fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The families of values that were shown, as users call them.
    pub(super) fn families(self) -> Vec<&'static str> {
        let comma = self.any(Self::COMMA) && self.any(Self::FLOAT);
        let names = [
            (self.any(Self::BOOLEAN), "booleans"),
            (self.any(Self::NUMBER) && !comma, "numbers"),
            (comma, "numbers with a decimal point"),
            (comma, "numbers with a decimal comma"),
            (self.any(Self::DATE), "dates"),
            (self.any(Self::LOCAL), "local times"),
            (self.any(Self::INSTANT), "times with an offset"),
            (self.any(Self::CLOCK), "times of day"),
            (self.any(Self::ELAPSED), "lengths of time"),
            (self.any(Self::LIST), "lists"),
            (self.any(Self::STRUCT), "structs"),
            (self.any(Self::TEXT), "text"),
        ];
        names.into_iter().filter(|(shown, _)| *shown).map(|(_, name)| name).collect()
    }

    /// The signs of one value. `comma` says that decimal commas are looked for.
    pub(super) fn of(cell: CellView<'_>, comma: bool) -> Self {
        match cell.form {
            CellForm::Null => Self::default(),
            CellForm::List => Self::LIST,
            CellForm::Struct => Self::STRUCT,
            CellForm::Clock => Self::CLOCK,
            CellForm::Elapsed => Self::ELAPSED,
            CellForm::Quoted => time_signs(cell.bytes).unwrap_or(Self::TEXT),
            CellForm::Bare => bare_signs(cell.bytes, comma),
        }
    }
}

fn bare_signs(bytes: &[u8], comma: bool) -> Signs {
    let text = bytes.trim_ascii();
    let Some(first) = text.first() else {
        return if bytes.is_empty() { Signs::default() } else { Signs::NULL_TEXT };
    };
    if first.is_ascii_digit() || matches!(first, b'-' | b'.') {
        if let Some(signs) = number_signs(text, comma) {
            return signs;
        }
        if let Some(signs) = time_signs(text) {
            return signs;
        }
    }
    if value::boolean(text).is_some() {
        Signs::BOOLEAN
    } else if value::is_nan(text) {
        Signs::NAN
    } else if value::infinity(text).is_some() {
        Signs::INFINITE
    } else if is_null_text(text) {
        Signs::NULL_TEXT
    } else {
        Signs::TEXT
    }
}

fn number_signs(text: &[u8], comma: bool) -> Option<Signs> {
    if let Some(number) = value::wide_integer(text) {
        let width = if i64::try_from(number).is_ok() { Signs::INTEGER } else { Signs::WIDE };
        let exact = value::is_exact_float(number);
        return Some(if exact { width } else { width.or(Signs::INEXACT) });
    }
    if comma && value::is_grouped(text) {
        let groups = text.split(|&byte| byte == b'.').count();
        return Some(if groups == 2 { Signs::GROUPED } else { Signs::COMMA });
    }
    // a whole number of more than 38 digits would be rounded, so it is not taken for a float
    let has_mark = text.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
    if has_mark && value::float(text).is_some() {
        return Some(Signs::FLOAT);
    }
    (comma && value::comma_float(text).is_some()).then_some(Signs::COMMA)
}

fn time_signs(text: &[u8]) -> Option<Signs> {
    if value::date(text).is_some() {
        return Some(Signs::DATE);
    }
    let moment = value::moment(text)?;
    let zone = if moment.zoned { Signs::INSTANT } else { Signs::LOCAL };
    Some(if moment.nanoseconds % 1_000 == 0 { zone } else { zone.or(Signs::FINE) })
}

/// Texts that people and programs write where a value is missing.
const NULL_TEXTS: &[&[u8]] = &[
    b"na",
    b"n/a",
    b"#n/a",
    b"#na",
    b"<na>",
    b"n.a.",
    b"null",
    b"(null)",
    b"<null>",
    b"[null]",
    b"#null!",
    b"nil",
    b"none",
    b"(none)",
    b"\\n",
    b"-",
    b"--",
    b"---",
    b"?",
    b".",
    b"..",
    b"nat",
    b"missing",
    b"unknown",
    b"undefined",
    b"not available",
    b"not applicable",
    b"no data",
    b"(blank)",
    b"n.d.",
    b"tbd",
    b"#div/0!",
    b"#value!",
    b"#ref!",
    b"#name?",
    b"#num!",
];

/// Bytes of the longest of them.
const LONGEST_NULL_TEXT: usize = 14;

/// Whether a trimmed text often means null.
pub(super) fn is_null_text(text: &[u8]) -> bool {
    text.len() <= LONGEST_NULL_TEXT
        && NULL_TEXTS.iter().any(|known| known.eq_ignore_ascii_case(text))
}

/// What a column is stored as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// No value at all.
    Null,
    Boolean,
    Integer,
    /// Whole numbers of up to 38 digits.
    WideInteger,
    Float,
    /// Numbers with a decimal comma.
    CommaFloat,
    Date,
    Timestamp {
        /// In UTC, else local.
        zoned: bool,
        /// In nanoseconds, else microseconds.
        fine: bool,
    },
    /// A time of day in microseconds.
    Time,
    /// A length of time in microseconds.
    Duration,
    Text,
    /// JSON text of lists.
    List,
    /// JSON text of structs.
    Struct,
}

impl Kind {
    /// What a column with these signs is.
    pub(super) fn of(signs: Signs) -> Self {
        let families = [
            Signs::BOOLEAN,
            Signs::NUMBER,
            Signs::TIME,
            Signs::TEXT,
            Signs::LIST,
            Signs::STRUCT,
            Signs::CLOCK,
            Signs::ELAPSED,
        ];
        let mut present = families.iter().filter(|&&family| signs.any(family));
        let (Some(&family), None) = (present.next(), present.next()) else {
            return Self::without_one_family(signs);
        };
        match family {
            Signs::BOOLEAN => Self::Boolean,
            Signs::NUMBER => Self::number(signs),
            Signs::TIME => Self::time(signs),
            Signs::LIST => Self::List,
            Signs::STRUCT => Self::Struct,
            Signs::CLOCK => Self::Time,
            Signs::ELAPSED => Self::Duration,
            _ => Self::Text,
        }
    }

    fn without_one_family(signs: Signs) -> Self {
        if signs == Signs::default() {
            Self::Null
        } else if signs == Signs::NAN {
            Self::Float
        } else {
            // several families, or nothing but texts that may or may not mean null
            Self::Text
        }
    }

    fn number(signs: Signs) -> Self {
        let comma = signs.any(Signs::COMMA);
        let float = signs.any(Signs::FLOAT.or(Signs::INFINITE).or(Signs::GROUPED));
        let inexact = signs.any(Signs::INEXACT);
        match (comma, float, inexact) {
            (true, _, false) if !signs.any(Signs::FLOAT.or(Signs::INFINITE)) => Self::CommaFloat,
            (false, true, false) => Self::Float,
            (false, false, _) if signs.any(Signs::WIDE) => Self::WideInteger,
            (false, false, _) => Self::Integer,
            _ => Self::Text,
        }
    }

    fn time(signs: Signs) -> Self {
        let date = signs.any(Signs::DATE);
        let (local, zoned) = (signs.any(Signs::LOCAL), signs.any(Signs::INSTANT));
        match (date, local, zoned) {
            (true, false, false) => Self::Date,
            (false, true, false) | (false, false, true) => {
                Self::Timestamp { zoned, fine: signs.any(Signs::FINE) }
            }
            _ => Self::Text,
        }
    }

    /// The Arrow type that stores it.
    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Null => DataType::Null,
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::WideInteger => DataType::Decimal128(38, 0),
            Self::Float | Self::CommaFloat => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::Timestamp { zoned, fine } => {
                let unit = if fine { TimeUnit::Nanosecond } else { TimeUnit::Microsecond };
                DataType::Timestamp(unit, zoned.then(|| Arc::from("UTC")))
            }
            Self::Time => DataType::Time64(TimeUnit::Microsecond),
            Self::Duration => DataType::Duration(TimeUnit::Microsecond),
            Self::Text | Self::List | Self::Struct => DataType::Utf8,
        }
    }

    /// The Arrow field of a column of that kind.
    pub(super) fn field(self, name: &str) -> Field {
        let field = Field::new(name, self.data_type(), true);
        let mark = match self {
            Self::List => NESTED_LIST,
            Self::Struct => NESTED_STRUCT,
            _ => return field,
        };
        field.with_metadata([(NESTED_KEY.to_owned(), mark.to_owned())].into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(values: &[&str]) -> Kind {
        kind_with(values, false)
    }

    fn kind_with(values: &[&str], comma: bool) -> Kind {
        let mut signs = Signs::default();
        for value in values {
            let cell = CellView { form: CellForm::Bare, bytes: value.as_bytes() };
            signs.add(Signs::of(cell, comma));
        }
        Kind::of(signs)
    }

    #[test]
    fn one_kind_of_value_gives_that_kind() {
        assert_eq!(kind(&["true", "False", ""]), Kind::Boolean);
        assert_eq!(kind(&["1", " 2 ", "-3"]), Kind::Integer);
        assert_eq!(kind(&["1", "9223372036854775808"]), Kind::WideInteger);
        assert_eq!(kind(&["1", "2.5"]), Kind::Float);
        assert_eq!(kind(&["2024-02-29", "1999-12-31"]), Kind::Date);
        let local = Kind::Timestamp { zoned: false, fine: false };
        assert_eq!(kind(&["2024-02-29 10:00", "1999-12-31T00:00:00.5"]), local);
        assert_eq!(kind(&["", ""]), Kind::Null);
    }

    #[test]
    fn what_would_lose_something_stays_text() {
        assert_eq!(kind(&["00501", "10001"]), Kind::Text);
        assert_eq!(kind(&["9007199254740993", "0.5"]), Kind::Text);
        assert_eq!(kind(&["2024-02-29", "2023-02-29"]), Kind::Text);
        assert_eq!(kind(&["2024-02-29", "2024-02-29T13:05:00Z"]), Kind::Text);
        assert_eq!(kind(&["1", "2", "abc"]), Kind::Text);
        assert_eq!(kind(&["true", "1"]), Kind::Text);
        assert_eq!(kind(&["1".repeat(39).as_str()]), Kind::Text);
    }

    #[test]
    fn null_texts_do_not_decide_the_kind_but_cannot_be_one() {
        assert_eq!(kind(&["NA", "7", "\\N", " ", "unknown", "nan"]), Kind::Integer);
        assert_eq!(kind(&["NaN", "1.5", "inf"]), Kind::Float);
        assert_eq!(kind(&["NA", "NA"]), Kind::Text);
        assert_eq!(kind(&["NA", "Berlin"]), Kind::Text);
        assert_eq!(kind(&["NaN"]), Kind::Float);
    }

    #[test]
    fn decimal_commas_decide_what_points_mean() {
        assert_eq!(kind_with(&["1.234,56", "0,50", "1.234", "7"], true), Kind::CommaFloat);
        assert_eq!(kind_with(&["1.234", "5.678"], true), Kind::Float);
        assert_eq!(kind_with(&["1,5", "1.5"], true), Kind::Text);
        assert_eq!(kind(&["1,5"]), Kind::Text);
    }
}
