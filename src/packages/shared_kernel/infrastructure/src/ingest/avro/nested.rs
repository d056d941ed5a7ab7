//! Nested values as JSON text, in the form that nested Parquet and Arrow columns take: a member
//! of a record or map that is null is left out, bytes are hexadecimal.

use jiff::civil::{Date, Time};
use jiff::{Span, Timestamp, tz::TimeZone};

use super::container::Flaw;
use super::cursor::Cursor;
use super::schema::{Schema, Type, Unit};
use super::value::{Scalar, branch, scalar};

/// Values within values; deeper ones are taken for damage.
const DEEPEST: usize = 64;
/// Bytes of the text of one value.
const LARGEST_TEXT: usize = 64 << 20;

/// Writes a value's JSON text; `false`, and nothing written, for null.
pub(super) fn write_json(
    schema: &Schema,
    of: &Type,
    cursor: &mut Cursor<'_>,
    text: &mut Vec<u8>,
    depth: usize,
) -> Result<bool, Flaw> {
    if depth > DEEPEST {
        return Err("a value is nested too deeply".into());
    }
    if text.len() > LARGEST_TEXT {
        return Err("a nested value is larger than any should be".into());
    }
    match of {
        Type::Union(branches) => {
            let of = branch(branches, cursor)?;
            return write_json(schema, of, cursor, text, depth + 1);
        }
        Type::Record(place) => {
            text.push(b'{');
            let mut first = true;
            for field in schema.record(*place) {
                write_member(&field.name, &mut first, text, |text| {
                    write_json(schema, &field.of, cursor, text, depth + 1)
                })?;
            }
            text.push(b'}');
        }
        Type::Map(values) => {
            text.push(b'{');
            let mut first = true;
            each_item(cursor, |cursor| {
                let name = cursor.text()?;
                write_member(name, &mut first, text, |text| {
                    write_json(schema, values, cursor, text, depth + 1)
                })
            })?;
            text.push(b'}');
        }
        Type::Array(items) => {
            text.push(b'[');
            let mut first = true;
            each_item(cursor, |cursor| {
                if !std::mem::take(&mut first) {
                    text.push(b',');
                }
                if !write_json(schema, items, cursor, text, depth + 1)? {
                    text.extend_from_slice(b"null");
                }
                Ok(())
            })?;
            text.push(b']');
        }
        plain => match scalar(plain, cursor)? {
            Some(Scalar::Null) | None => return Ok(false),
            Some(value) => write_scalar(plain, &value, text),
        },
    }
    Ok(true)
}

/// Writes a name and its value; takes the name back if the value is null.
fn write_member(
    name: &str,
    first: &mut bool,
    text: &mut Vec<u8>,
    value: impl FnOnce(&mut Vec<u8>) -> Result<bool, Flaw>,
) -> Result<(), Flaw> {
    let before = text.len();
    if !*first {
        text.push(b',');
    }
    write_text(name, text);
    text.push(b':');
    if value(text)? {
        *first = false;
    } else {
        text.truncate(before);
    }
    Ok(())
}

/// Calls for every item of an array or map, which come in counted blocks.
fn each_item<'a>(
    cursor: &mut Cursor<'a>,
    mut item: impl FnMut(&mut Cursor<'a>) -> Result<(), Flaw>,
) -> Result<(), Flaw> {
    loop {
        let count = cursor.long()?;
        if count == 0 {
            return Ok(());
        }
        if count < 0 {
            cursor.long()?; // the size of these items in bytes
        }
        let count = count.unsigned_abs();
        // items may take no bytes at all, but not that many of them
        if count > (cursor.left() + LARGEST_TEXT) as u64 {
            return Err("a list has more items than any should have".into());
        }
        for _ in 0..count {
            item(cursor)?;
        }
    }
}

/// The text of a value that is not null, as JSON has it.
pub(super) fn write_scalar(of: &Type, value: &Scalar<'_>, text: &mut Vec<u8>) {
    match (of, value) {
        (Type::Date | Type::Time(_) | Type::Timestamp { .. }, Scalar::Integer(number)) => {
            match moment(of, *number) {
                Some(moment) => write_text(&moment, text),
                None => text.extend_from_slice(number.to_string().as_bytes()),
            }
        }
        (Type::Decimal { scale, .. }, Scalar::Decimal(number)) => {
            let scale = u8::try_from(*scale).unwrap_or_default();
            text.extend_from_slice(decimal_text(*number, scale).as_bytes());
        }
        (_, Scalar::Null) => text.extend_from_slice(b"null"),
        (_, Scalar::Boolean(truth)) => text.extend_from_slice(truth.to_string().as_bytes()),
        (_, Scalar::Integer(number)) => text.extend_from_slice(number.to_string().as_bytes()),
        (_, Scalar::Decimal(number)) => text.extend_from_slice(number.to_string().as_bytes()),
        // NaN and the infinities have no form in JSON
        (_, Scalar::Float(number)) if !number.is_finite() => text.extend_from_slice(b"null"),
        (Type::Float, Scalar::Float(number)) => {
            text.extend_from_slice(format!("{:?}", *number as f32).as_bytes());
        }
        (_, Scalar::Float(number)) => text.extend_from_slice(format!("{number:?}").as_bytes()),
        (_, Scalar::Text(value)) => write_text(value, text),
        (_, Scalar::Bytes(bytes)) => {
            text.push(b'"');
            for byte in *bytes {
                text.extend_from_slice(format!("{byte:02x}").as_bytes());
            }
            text.push(b'"');
        }
    }
}

fn write_text(value: &str, text: &mut Vec<u8>) {
    // a text always has a JSON form
    if serde_json::to_writer(&mut *text, value).is_err() {
        text.extend_from_slice(b"\"\"");
    }
}

/// A date, time of day or timestamp as ISO 8601 has it, if a calendar holds it.
pub(super) fn moment(of: &Type, number: i64) -> Option<String> {
    match of {
        Type::Date => {
            let span = Span::new().try_days(number).ok()?;
            Some(Date::constant(1970, 1, 1).checked_add(span).ok()?.to_string())
        }
        Type::Time(_) => {
            let span = Span::new().try_microseconds(number).ok()?;
            Some(Time::midnight().checked_add(span).ok()?.to_string())
        }
        Type::Timestamp { unit, utc } => {
            let timestamp = match unit {
                Unit::Milliseconds => Timestamp::from_millisecond(number),
                Unit::Microseconds => Timestamp::from_microsecond(number),
                Unit::Nanoseconds => Timestamp::from_nanosecond(i128::from(number)),
            };
            let timestamp = timestamp.ok()?;
            Some(if *utc {
                timestamp.to_string()
            } else {
                TimeZone::UTC.to_datetime(timestamp).to_string()
            })
        }
        _ => None,
    }
}

/// A decimal with its point.
pub(super) fn decimal_text(number: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if number < 0 { "-" } else { "" };
    let point = if scale > 0 { "." } else { "" };
    format!("{sign}{whole}{point}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_their_point() {
        assert_eq!(decimal_text(-5, 2), "-0.05");
        assert_eq!(decimal_text(12_345, 2), "123.45");
        assert_eq!(decimal_text(7, 0), "7");
    }

    #[test]
    fn a_list_of_nothing_ends() {
        // 2^60 nulls in no bytes
        let mut bytes = vec![0x80; 8];
        bytes.push(0x20);
        let schema = Schema::parse(br#"{"type":"array","items":"null"}"#).unwrap();
        let mut cursor = Cursor::new(&bytes);
        assert!(
            write_json(&schema, &schema.fields[0].of, &mut cursor, &mut Vec::new(), 0).is_err()
        );
    }

    #[test]
    fn a_record_in_itself_does_not_end_the_process() {
        let schema = Schema::parse(
            br#"{"type":"record","name":"r","fields":[{"name":"next","type":["null","r"]}]}"#,
        );
        let schema = schema.unwrap();
        let mut text = Vec::new();
        let of = Type::Record(0);
        write_json(&schema, &of, &mut Cursor::new(&[2, 2, 0]), &mut text, 0).unwrap();
        assert_eq!(text, br#"{"next":{"next":{}}}"#);
        let deep = vec![2; 100_000];
        assert!(write_json(&schema, &of, &mut Cursor::new(&deep), &mut text, 0).is_err());
        // a record that always holds itself
        let schema =
            Schema::parse(br#"{"type":"record","name":"r","fields":[{"name":"n","type":"r"}]}"#);
        assert!(write_json(&schema.unwrap(), &of, &mut Cursor::new(&[]), &mut text, 0).is_err());
    }
}
