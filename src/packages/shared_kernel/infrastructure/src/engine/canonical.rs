//! Canonical types: the few Arrow types that summaries see, and how others become one of them.
//!
//! Integers are 64 bits signed, floats 64 bits, decimals 128 bits; text and bytes have 32-bit
//! offsets; lists, structs and maps become their JSON text. Times keep their unit.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal256Array, StringBuilder};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Decimal256Type, Field, FieldRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::json::writer::{EncoderOptions, make_encoder};
use shared_kernel_domain::table::ColumnType;

/// Marks a text column of our snapshots that holds the JSON text of lists or structs.
pub(crate) const NESTED_KEY: &str = "pynomaly.nested";
/// The mark of lists.
pub(crate) const NESTED_LIST: &str = "list";
/// The mark of structs.
pub(crate) const NESTED_STRUCT: &str = "struct";

/// The canonical type of a column.
pub(crate) fn canonical_type(data_type: &DataType) -> DataType {
    use DataType as T;
    match data_type {
        T::Null => T::Null,
        T::Boolean => T::Boolean,
        T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 => T::Int64,
        T::UInt64 => T::Decimal128(20, 0),
        T::Float16 | T::Float32 | T::Float64 => T::Float64,
        T::Decimal32(precision, scale)
        | T::Decimal64(precision, scale)
        | T::Decimal128(precision, scale) => T::Decimal128(*precision, *scale),
        T::Decimal256(precision, scale) if *precision <= 38 => T::Decimal128(*precision, *scale),
        T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => T::Binary,
        T::Date32 | T::Date64 => T::Date32,
        T::Time32(_) => T::Time64(TimeUnit::Microsecond),
        T::Time64(unit) => T::Time64(*unit),
        T::Timestamp(unit, zone) => T::Timestamp(*unit, zone.clone()),
        T::Duration(unit) => T::Duration(*unit),
        T::Dictionary(_, values) => canonical_type(values),
        T::RunEndEncoded(_, values) => canonical_type(values.data_type()),
        // texts of all widths, intervals, decimals beyond 38 digits, and nested types as JSON
        _ => T::Utf8,
    }
}

/// Whether values become JSON text.
pub(crate) fn is_nested(data_type: &DataType) -> bool {
    data_type.is_nested() && !matches!(data_type, DataType::RunEndEncoded(..))
}

/// The type of a column as a user thinks of it.
pub(crate) fn column_type(field: &Field) -> ColumnType {
    if is_nested(field.data_type()) {
        return match field.data_type() {
            DataType::Struct(_) | DataType::Map(..) | DataType::Union(..) => ColumnType::Struct,
            _ => ColumnType::List,
        };
    }
    match canonical_type(field.data_type()) {
        DataType::Null => ColumnType::Null,
        DataType::Boolean => ColumnType::Boolean,
        DataType::Int64 => ColumnType::Integer,
        DataType::Float64 => ColumnType::Float,
        DataType::Decimal128(..) => ColumnType::Decimal,
        DataType::Binary => ColumnType::Binary,
        DataType::Date32 => ColumnType::Date,
        DataType::Time64(_) => ColumnType::Time,
        DataType::Timestamp(..) => ColumnType::Timestamp,
        DataType::Duration(_) => ColumnType::Duration,
        _ => match field.metadata().get(NESTED_KEY).map(String::as_str) {
            Some(NESTED_LIST) => ColumnType::List,
            Some(NESTED_STRUCT) => ColumnType::Struct,
            _ => ColumnType::Text,
        },
    }
}

/// The field of a column in canonical form; nested columns are marked text.
pub(crate) fn canonical_field(field: &Field) -> Field {
    let canonical = Field::new(field.name(), canonical_type(field.data_type()), true);
    match column_type(field) {
        ColumnType::List => canonical.with_metadata(mark(NESTED_LIST)),
        ColumnType::Struct => canonical.with_metadata(mark(NESTED_STRUCT)),
        _ => canonical,
    }
}

/// The field of a column that is stored in a canonical type; nested columns are marked text.
pub(crate) fn stored_field(name: &str, data_type: &DataType, column_type: ColumnType) -> Field {
    let field = Field::new(name, data_type.clone(), true);
    match column_type {
        ColumnType::List => field.with_metadata(mark(NESTED_LIST)),
        ColumnType::Struct => field.with_metadata(mark(NESTED_STRUCT)),
        _ => field,
    }
}

fn mark(kind: &str) -> std::collections::HashMap<String, String> {
    [(NESTED_KEY.to_owned(), kind.to_owned())].into()
}

/// A column's values in canonical form; costs nothing when they are so already.
pub(crate) fn canonical_array(field: &FieldRef, array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    if is_nested(field.data_type()) {
        return json_text(field, array);
    }
    let target = canonical_type(array.data_type());
    if target == *array.data_type() {
        return Ok(Arc::clone(array));
    }
    // an unsafe cast would turn what does not fit into null without a word
    let options = CastOptions { safe: false, ..CastOptions::default() };
    if matches!(array.data_type(), DataType::Decimal256(..)) && array.null_count() > 0 {
        // the cast panics on what lies beneath nulls where that has too many digits
        let known = array.as_primitive::<Decimal256Type>();
        let values =
            known.iter().collect::<Decimal256Array>().with_data_type(known.data_type().clone());
        return cast_with_options(&values, &target, &options);
    }
    cast_with_options(array, &target, &options)
}

/// The JSON text of each value.
pub(crate) fn json_text(field: &FieldRef, array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let options = EncoderOptions::default();
    let mut encoder = make_encoder(field, array.as_ref(), &options)?;
    let mut texts = StringBuilder::with_capacity(array.len(), array.len() * 16);
    let mut text = Vec::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            texts.append_null();
            continue;
        }
        text.clear();
        encoder.encode(row, &mut text);
        let text = std::str::from_utf8(&text)
            .map_err(|_| ArrowError::JsonError("a nested value is not valid text".to_owned()))?;
        texts.append_value(text);
    }
    Ok(Arc::new(texts.finish()))
}
