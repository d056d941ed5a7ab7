//! Single values: read from the bytes of a block, without what is nested.

use std::borrow::Cow;

use super::container::Flaw;
use super::cursor::Cursor;
use super::schema::Type;

/// A value that is not nested.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Boolean(bool),
    /// Whole numbers, days and parts of seconds; times of day are in microseconds.
    Integer(i64),
    Float(f64),
    /// Without its decimal point.
    Decimal(i128),
    Text(Cow<'a, str>),
    Bytes(&'a [u8]),
}

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Reads a value of a type that is neither nested nor a union; `None` for those.
pub(super) fn scalar<'a>(of: &Type, cursor: &mut Cursor<'a>) -> Result<Option<Scalar<'a>>, Flaw> {
    use super::schema::Unit;
    Ok(Some(match of {
        Type::Null => Scalar::Null,
        Type::Boolean => Scalar::Boolean(cursor.boolean()?),
        Type::Int | Type::Date => Scalar::Integer(i64::from(cursor.int()?)),
        Type::Long | Type::Timestamp { .. } => Scalar::Integer(cursor.long()?),
        Type::Time(Unit::Milliseconds) => time_of_day(i64::from(cursor.int()?), 1_000)?,
        Type::Time(_) => time_of_day(cursor.long()?, 1)?,
        Type::Float => Scalar::Float(f64::from(cursor.float()?)),
        Type::Double => Scalar::Float(cursor.double()?),
        Type::Bytes => Scalar::Bytes(cursor.bytes()?),
        Type::Text => Scalar::Text(cursor.text()?.into()),
        Type::Fixed(size) => Scalar::Bytes(cursor.take(*size)?),
        Type::Enum(symbols) => {
            let symbol = usize::try_from(cursor.long()?).ok().and_then(|place| symbols.get(place));
            let symbol = symbol.ok_or("an enum has a value that is none of its symbols")?;
            Scalar::Text(symbol.clone().into())
        }
        Type::Decimal { fixed, precision, .. } => {
            let bytes = match fixed {
                Some(size) => cursor.take(*size)?,
                None => cursor.bytes()?,
            };
            decimal(bytes, *precision)?
        }
        Type::Uuid => {
            let bytes = cursor.take(16)?;
            let uuid = uuid::Uuid::from_slice(bytes).map_err(|_| "a UUID is not one")?;
            Scalar::Text(uuid.to_string().into())
        }
        Type::Duration => Scalar::Text(duration(cursor.take(12)?).into()),
        Type::Array(_) | Type::Map(_) | Type::Record(_) | Type::Union(_) => return Ok(None),
    }))
}

/// The branch of a union that a value is of.
pub(super) fn branch<'t>(branches: &'t [Type], cursor: &mut Cursor<'_>) -> Result<&'t Type, Flaw> {
    let place = usize::try_from(cursor.long()?).ok();
    Ok(place.and_then(|place| branches.get(place)).ok_or("a union has no such branch")?)
}

fn time_of_day(time: i64, microseconds: i64) -> Result<Scalar<'static>, Flaw> {
    let time = time.checked_mul(microseconds).filter(|time| (0..DAY).contains(time));
    Ok(Scalar::Integer(time.ok_or("a time of day is not within a day")?))
}

/// A big-endian number in two's complement.
fn decimal(bytes: &[u8], precision: u8) -> Result<Scalar<'static>, Flaw> {
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let sign = if negative { 0xff } else { 0 };
    let extra = bytes.len().saturating_sub(16);
    let (leading, digits) = bytes.split_at(extra);
    let too_large = || Flaw::Damage("a decimal has more digits than its type".to_owned());
    if leading.iter().any(|&byte| byte != sign) {
        return Err(too_large());
    }
    let mut wide = [sign; 16];
    if let Some(target) = wide.get_mut(16 - digits.len()..) {
        target.copy_from_slice(digits);
    }
    let number = i128::from_be_bytes(wide);
    let fits =
        (number < 0) == negative && number.unsigned_abs() < 10_u128.pow(u32::from(precision));
    if fits { Ok(Scalar::Decimal(number)) } else { Err(too_large()) }
}

/// Months, days and milliseconds as ISO 8601 has them.
fn duration(bytes: &[u8]) -> String {
    let mut parts = bytes.as_chunks::<4>().0.iter().map(|part| u32::from_le_bytes(*part));
    let mut next = || parts.next().unwrap_or_default();
    let (months, days, milliseconds) = (next(), next(), next());
    format!("P{months}M{days}DT{}.{:03}S", milliseconds / 1_000, milliseconds % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of_decimal(precision: u8) -> Type {
        Type::Decimal { fixed: None, precision, scale: 0 }
    }

    #[test]
    fn decimals_keep_to_their_digits() {
        let read = |bytes: &[u8], precision| {
            let mut block = vec![bytes.len() as u8 * 2];
            block.extend_from_slice(bytes);
            scalar(&of_decimal(precision), &mut Cursor::new(&block))
                .map(|value| format!("{:?}", value.unwrap()))
        };
        assert_eq!(read(&[0x04, 0xd2], 4).unwrap(), "Decimal(1234)");
        assert_eq!(read(&[0xff, 0xff, 0x85], 3).unwrap(), "Decimal(-123)");
        assert_eq!(read(&[], 3).unwrap(), "Decimal(0)");
        assert!(read(&[0x04, 0xd2], 3).is_err());
        assert!(read(&[1; 17], 38).is_err());
        assert_eq!(read(&[0xff; 20], 1).unwrap(), "Decimal(-1)");
    }

    #[test]
    fn durations_are_told() {
        let bytes = [1, 0, 0, 0, 2, 0, 0, 0, 0xdc, 5, 0, 0];
        assert_eq!(duration(&bytes), "P1M2DT1.500S");
    }

    proptest! {
        #[test]
        fn every_decimal_reads_back(number in any::<i128>()) {
            let number = number % 10_i128.pow(38);
            let mut block = vec![32];
            block.extend_from_slice(&number.to_be_bytes());
            let read = scalar(&of_decimal(38), &mut Cursor::new(&block)).unwrap();
            prop_assert_eq!(read, Some(Scalar::Decimal(number)));
        }
    }
}
