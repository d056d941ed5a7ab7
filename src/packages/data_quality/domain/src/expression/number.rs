use std::fmt;

/// A number as it is written: exact where it is a decimal of up to 38 digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// The nearest floating-point number.
    pub float: f64,
    /// The number as value × 10^-scale, where that is exact.
    pub decimal: Option<(i128, i8)>,
}

/// Most digits after the point that are kept exactly.
const MOST_PLACES: usize = 38;

impl Number {
    /// Reads a finite number: digits, a point, an exponent, a sign.
    pub fn read(text: &str) -> Option<Self> {
        let float: f64 = text.parse().ok().filter(|float: &f64| float.is_finite())?;
        let digits = text.strip_prefix('+').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let decimal = if fraction.len() <= MOST_PLACES {
            let fraction = fraction.trim_end_matches('0');
            let unscaled = format!("{whole}{fraction}").parse().ok();
            unscaled.map(|unscaled| (unscaled, fraction.len() as i8))
        } else {
            None
        };
        // an exponent: exact all the same when it is a whole number
        let decimal = decimal
            .or_else(|| (float.fract() == 0.0 && float.abs() < 9e15).then_some((float as i128, 0)));
        Some(Self { float, decimal })
    }

    /// The whole number it is, if it is one of 64 bits.
    pub fn whole(self) -> Option<i64> {
        match self.decimal {
            Some((value, 0)) => i64::try_from(value).ok(),
            _ => None,
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self { float: value as f64, decimal: Some((i128::from(value), 0)) }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decimal {
            Some((value, 0)) => value.fmt(formatter),
            Some((value, scale)) => {
                let places = usize::from(scale.unsigned_abs());
                let digits = format!("{:0>width$}", value.unsigned_abs(), width = places + 1);
                let (whole, fraction) = digits.split_at(digits.len() - places);
                let sign = if value < 0 { "-" } else { "" };
                write!(formatter, "{sign}{whole}.{fraction}")
            }
            None => self.float.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn numbers_are_kept_as_they_are_written() {
        let shown = |text: &str| Number::read(text).map(|number| number.to_string());
        assert_eq!(shown("12").as_deref(), Some("12"));
        assert_eq!(shown("-0.50").as_deref(), Some("-0.5"));
        assert_eq!(shown("+3.0").as_deref(), Some("3"));
        assert_eq!(shown("1e3").as_deref(), Some("1000"));
        assert_eq!(shown("9223372036854775808").as_deref(), Some("9223372036854775808"));
        assert_eq!(shown("1e400"), None);
        assert_eq!(shown("NaN"), None);
        assert_eq!(shown("x"), None);
        assert_eq!(Number::read("12.0").unwrap().whole(), Some(12));
        assert_eq!(Number::read("12.5").unwrap().whole(), None);
    }
}
