//! Arrow arrays seen as the kernel's plain slices.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, GenericByteArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{
    ByteArrayType, DataType, Date32Type, Decimal128Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float64Type, Int64Type,
    Time64MicrosecondType, Time64NanosecondType, TimeUnit as ArrowUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use shared_kernel_domain::table::{Bits, Column, TextValues, TimeUnit, Values};
use shared_kernel_domain::{Error, Result};

/// Views of canonical arrays, in order.
pub(crate) fn views(arrays: &[ArrayRef]) -> Result<Vec<Column<'_>>> {
    arrays.iter().map(view).collect()
}

/// A view of an array of a canonical type (see `canonical`).
pub(crate) fn view(array: &ArrayRef) -> Result<Column<'_>> {
    let values = values(array)?;
    let validity = array.nulls().and_then(|nulls| bits(nulls.inner()));
    let null_count = match values {
        Values::Null => array.len(),
        _ => array.null_count(),
    };
    Ok(Column { values, validity, len: array.len(), null_count })
}

fn values(array: &ArrayRef) -> Result<Values<'_>> {
    Ok(match array.data_type() {
        DataType::Null => Values::Null,
        DataType::Boolean => {
            let array: &BooleanArray = array.as_boolean();
            let bits = bits(array.values()).ok_or_else(|| unexpected(array.data_type()))?;
            Values::Boolean(bits)
        }
        DataType::Int64 => Values::Integer(slice::<Int64Type>(array)),
        DataType::Float64 => Values::Float(slice::<Float64Type>(array)),
        DataType::Decimal128(_, scale) => {
            Values::Decimal { values: slice::<Decimal128Type>(array), scale: *scale }
        }
        DataType::Utf8 => Values::Text(texts(array.as_string::<i32>())),
        DataType::Binary => Values::Binary(texts(array.as_binary::<i32>())),
        DataType::Date32 => Values::Date(slice::<Date32Type>(array)),
        DataType::Time64(ArrowUnit::Microsecond) => Values::Time {
            values: slice::<Time64MicrosecondType>(array),
            unit: TimeUnit::Microsecond,
        },
        DataType::Time64(ArrowUnit::Nanosecond) => Values::Time {
            values: slice::<Time64NanosecondType>(array),
            unit: TimeUnit::Nanosecond,
        },
        DataType::Timestamp(unit, _) => {
            let values = match unit {
                ArrowUnit::Second => slice::<TimestampSecondType>(array),
                ArrowUnit::Millisecond => slice::<TimestampMillisecondType>(array),
                ArrowUnit::Microsecond => slice::<TimestampMicrosecondType>(array),
                ArrowUnit::Nanosecond => slice::<TimestampNanosecondType>(array),
            };
            Values::Timestamp { values, unit: time_unit(*unit) }
        }
        DataType::Duration(unit) => {
            let values = match unit {
                ArrowUnit::Second => slice::<DurationSecondType>(array),
                ArrowUnit::Millisecond => slice::<DurationMillisecondType>(array),
                ArrowUnit::Microsecond => slice::<DurationMicrosecondType>(array),
                ArrowUnit::Nanosecond => slice::<DurationNanosecondType>(array),
            };
            Values::Duration { values, unit: time_unit(*unit) }
        }
        other => return Err(unexpected(other)),
    })
}

fn unexpected(data_type: &DataType) -> Error {
    Error::internal(format!("a column of type {data_type} was not made canonical"))
}

fn slice<T: ArrowPrimitiveType>(array: &ArrayRef) -> &[T::Native] {
    array.as_primitive::<T>().values()
}

fn texts<T: ByteArrayType<Offset = i32>>(array: &GenericByteArray<T>) -> TextValues<'_> {
    TextValues { offsets: array.value_offsets(), bytes: array.value_data() }
}

fn bits(buffer: &BooleanBuffer) -> Option<Bits<'_>> {
    Bits::new(buffer.values(), buffer.offset(), buffer.len())
}

fn time_unit(unit: ArrowUnit) -> TimeUnit {
    match unit {
        ArrowUnit::Second => TimeUnit::Second,
        ArrowUnit::Millisecond => TimeUnit::Millisecond,
        ArrowUnit::Microsecond => TimeUnit::Microsecond,
        ArrowUnit::Nanosecond => TimeUnit::Nanosecond,
    }
}
