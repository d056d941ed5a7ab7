//! Columns on their way from Avro values to Arrow arrays in canonical types.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder,
    Int64Builder, NullArray, StringBuilder, Time64MicrosecondBuilder,
};
use arrow::datatypes::{
    DataType, Field, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType,
};

use super::container::Flaw;
use super::cursor::Cursor;
use super::nested::{write_json, write_scalar};
use super::schema::{Schema, Type, Unit};
use super::value::{Scalar, branch, scalar};
use crate::engine::canonical::{NESTED_KEY, NESTED_LIST, NESTED_STRUCT};

/// What a column's values become.
#[derive(Clone, Debug, PartialEq)]
enum Target {
    /// The values of one type.
    One(Type),
    /// Floats and whole numbers that a float holds exactly.
    Numbers,
    /// JSON text of lists.
    Lists,
    /// JSON text of records and maps.
    Structs,
    /// Values of several families as text: what is not text itself in its JSON form.
    Mixed,
}

/// A column of rows that are being read.
pub(super) struct Column {
    of: Type,
    target: Target,
    values: Values,
    text: Vec<u8>,
}

enum Values {
    Null(usize),
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Decimal(Decimal128Builder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Text(StringBuilder),
    Binary(BinaryBuilder),
}

impl Column {
    /// A column of values of a type, with what a careful reader would say of it.
    pub(super) fn new(name: &str, of: &Type) -> Result<(Self, Option<String>), Flaw> {
        let target = target(of);
        let note = (target == Target::Mixed)
            .then(|| format!("column {name} has values of several types, so it is read as text"));
        let values = values(&target)?;
        Ok((Self { of: of.clone(), target, values, text: Vec::new() }, note))
    }

    /// The field of the column.
    pub(super) fn field(&self, name: &str) -> Field {
        let field = Field::new(name, self.data_type(), true);
        let mark = match self.target {
            Target::Lists => NESTED_LIST,
            Target::Structs => NESTED_STRUCT,
            _ => return field,
        };
        field.with_metadata([(NESTED_KEY.to_owned(), mark.to_owned())].into())
    }

    fn data_type(&self) -> DataType {
        match (&self.target, &self.values) {
            (Target::One(Type::Timestamp { unit, utc }), _) => {
                let unit = match unit {
                    Unit::Milliseconds => TimeUnit::Millisecond,
                    Unit::Microseconds => TimeUnit::Microsecond,
                    Unit::Nanoseconds => TimeUnit::Nanosecond,
                };
                DataType::Timestamp(unit, utc.then(|| Arc::from("UTC")))
            }
            (Target::One(Type::Decimal { precision, scale, .. }), _) => {
                DataType::Decimal128(*precision, *scale)
            }
            (_, Values::Null(_)) => DataType::Null,
            (_, Values::Boolean(_)) => DataType::Boolean,
            (_, Values::Integer(_)) => DataType::Int64,
            (_, Values::Float(_)) => DataType::Float64,
            (_, Values::Decimal(_)) => DataType::Decimal128(38, 0),
            (_, Values::Date(_)) => DataType::Date32,
            (_, Values::Time(_)) => DataType::Time64(TimeUnit::Microsecond),
            (_, Values::Text(_)) => DataType::Utf8,
            (_, Values::Binary(_)) => DataType::Binary,
        }
    }

    /// Reads a value; gives the bytes that its JSON text takes beyond what was read.
    pub(super) fn read(&mut self, schema: &Schema, cursor: &mut Cursor<'_>) -> Result<usize, Flaw> {
        let mut of = &self.of;
        while let Type::Union(branches) = of {
            of = branch(branches, cursor)?;
        }
        if let Some(value) = scalar(of, cursor)? {
            if self.target == Target::Mixed && !matches!(value, Scalar::Text(_) | Scalar::Null) {
                self.text.clear();
                write_scalar(of, &value, &mut self.text);
                return append_text(&mut self.values, unquoted(&self.text));
            }
            append(&mut self.values, value)?;
            return Ok(0);
        }
        self.text.clear();
        write_json(schema, of, cursor, &mut self.text, 0)?;
        append_text(&mut self.values, &self.text)
    }

    /// The values read so far.
    pub(super) fn finish(&mut self) -> ArrayRef {
        let data_type = self.data_type();
        match &mut self.values {
            Values::Null(rows) => Arc::new(NullArray::new(std::mem::take(rows))),
            Values::Boolean(values) => Arc::new(values.finish()),
            Values::Integer(values) => {
                let values = values.finish();
                match data_type {
                    DataType::Timestamp(TimeUnit::Millisecond, _) => Arc::new(
                        values
                            .reinterpret_cast::<TimestampMillisecondType>()
                            .with_data_type(data_type),
                    ),
                    DataType::Timestamp(TimeUnit::Microsecond, _) => Arc::new(
                        values
                            .reinterpret_cast::<TimestampMicrosecondType>()
                            .with_data_type(data_type),
                    ),
                    DataType::Timestamp(..) => Arc::new(
                        values
                            .reinterpret_cast::<TimestampNanosecondType>()
                            .with_data_type(data_type),
                    ),
                    _ => Arc::new(values.reinterpret_cast::<Int64Type>()),
                }
            }
            Values::Float(values) => Arc::new(values.finish()),
            Values::Decimal(values) => Arc::new(values.finish()),
            Values::Date(values) => Arc::new(values.finish()),
            Values::Time(values) => Arc::new(values.finish()),
            Values::Text(values) => Arc::new(values.finish()),
            Values::Binary(values) => Arc::new(values.finish()),
        }
    }
}

/// The types of a column without unions and null.
fn branches<'t>(of: &'t Type, found: &mut Vec<&'t Type>) {
    match of {
        Type::Union(inner) => inner.iter().for_each(|of| branches(of, found)),
        Type::Null => {}
        of if found.contains(&of) => {}
        of => found.push(of),
    }
}

fn target(of: &Type) -> Target {
    let mut found = Vec::new();
    branches(of, &mut found);
    let all = |is: fn(&Type) -> bool| found.iter().all(|of| is(of));
    match found.as_slice() {
        [] => Target::One(Type::Null),
        _ if all(|of| matches!(of, Type::Array(_))) => Target::Lists,
        _ if all(|of| matches!(of, Type::Record(_) | Type::Map(_))) => Target::Structs,
        [one] => Target::One((*one).clone()),
        _ if all(|of| matches!(of, Type::Int | Type::Long)) => Target::One(Type::Long),
        _ if all(|of| matches!(of, Type::Int | Type::Float | Type::Double)) => Target::Numbers,
        _ if all(|of| matches!(of, Type::Text | Type::Enum(_) | Type::Uuid)) => {
            Target::One(Type::Text)
        }
        _ if all(|of| matches!(of, Type::Bytes | Type::Fixed(_))) => Target::One(Type::Bytes),
        _ => Target::Mixed,
    }
}

fn values(target: &Target) -> Result<Values, Flaw> {
    Ok(match target {
        Target::Numbers => Values::Float(Float64Builder::new()),
        Target::Lists | Target::Structs | Target::Mixed => Values::Text(StringBuilder::new()),
        Target::One(of) => match of {
            Type::Null => Values::Null(0),
            Type::Boolean => Values::Boolean(BooleanBuilder::new()),
            Type::Int | Type::Long | Type::Timestamp { .. } => Values::Integer(Int64Builder::new()),
            Type::Float | Type::Double => Values::Float(Float64Builder::new()),
            Type::Date => Values::Date(Date32Builder::new()),
            Type::Time(_) => Values::Time(Time64MicrosecondBuilder::new()),
            Type::Decimal { precision, scale, .. } => {
                let builder = Decimal128Builder::new().with_precision_and_scale(*precision, *scale);
                Values::Decimal(builder.map_err(|error| Flaw::Damage(error.to_string()))?)
            }
            Type::Bytes | Type::Fixed(_) => Values::Binary(BinaryBuilder::new()),
            _ => Values::Text(StringBuilder::new()),
        },
    })
}

fn append(values: &mut Values, value: Scalar<'_>) -> Result<(), Flaw> {
    match (values, value) {
        (Values::Null(rows), Scalar::Null) => *rows += 1,
        (Values::Boolean(values), Scalar::Boolean(truth)) => values.append_value(truth),
        (Values::Boolean(values), Scalar::Null) => values.append_null(),
        (Values::Integer(values), Scalar::Integer(number)) => values.append_value(number),
        (Values::Integer(values), Scalar::Null) => values.append_null(),
        (Values::Float(values), Scalar::Float(number)) => values.append_value(number),
        (Values::Float(values), Scalar::Integer(number)) => values.append_value(number as f64),
        (Values::Float(values), Scalar::Null) => values.append_null(),
        (Values::Decimal(values), Scalar::Decimal(number)) => values.append_value(number),
        (Values::Decimal(values), Scalar::Null) => values.append_null(),
        (Values::Date(values), Scalar::Integer(days)) => {
            values.append_value(i32::try_from(days).map_err(|_| "a date is out of range")?);
        }
        (Values::Date(values), Scalar::Null) => values.append_null(),
        (Values::Time(values), Scalar::Integer(time)) => values.append_value(time),
        (Values::Time(values), Scalar::Null) => values.append_null(),
        (Values::Text(values), Scalar::Text(text)) => values.append_value(text),
        (Values::Text(values), Scalar::Null) => values.append_null(),
        (Values::Binary(values), Scalar::Bytes(bytes)) => values.append_value(bytes),
        (Values::Binary(values), Scalar::Null) => values.append_null(),
        _ => return Err("a value is of another type than its column".into()),
    }
    Ok(())
}

fn append_text(values: &mut Values, text: &[u8]) -> Result<usize, Flaw> {
    let written = std::str::from_utf8(text).map_err(|_| "a text is not UTF-8")?;
    append(values, Scalar::Text(written.into()))?;
    Ok(text.len())
}

/// The text of a JSON string that needs no escapes, or any other JSON text.
fn unquoted(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text)
}
