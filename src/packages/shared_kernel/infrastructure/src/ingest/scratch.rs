//! Tables that the program makes for itself: snapshots in the folder for temporary files.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DurationMicrosecondArray,
    DurationMillisecondArray, DurationNanosecondArray, DurationSecondArray, Float64Array,
    Int64Array, NullArray, PrimitiveArray, RecordBatch, RecordBatchOptions, StringArray,
    Time64MicrosecondArray, Time64NanosecondArray, TimestampMicrosecondArray,
    TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowPrimitiveType, Schema, SchemaRef};
use shared_kernel_domain::scratch::{BatchSource, ScratchTable, ScratchTables};
use shared_kernel_domain::table::{Batch, Bits, Column, Field, TableSchema, TimeUnit, Values};
use shared_kernel_domain::{Error, Result};

use super::Ingest;
use super::snapshot::{Destination, SnapshotWriter};
use crate::engine::canonical::stored_field;

/// Digits that a decimal of 128 bits holds for certain.
const PRECISION: u8 = 38;

impl ScratchTables for Ingest {
    fn store(&self, schema: &TableSchema, rows: &mut BatchSource<'_>) -> Result<ScratchTable> {
        let destination = Destination::Temporary(&self.temporary_directory);
        let mut writer: Option<(SnapshotWriter, SchemaRef)> = None;
        rows(&mut |batch| {
            let arrays = arrays(batch)?;
            if arrays.len() != schema.fields.len() {
                return Err(Error::internal("a batch has other columns than its table"));
            }
            let (writer, schema) = match &mut writer {
                Some(begun) => begun,
                none => {
                    let schema = stored_schema(schema, &arrays);
                    let created = SnapshotWriter::create(Arc::clone(&schema), &destination)?;
                    none.insert((created, schema))
                }
            };
            let options = RecordBatchOptions::new().with_row_count(Some(batch.len()));
            let made = RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options);
            writer.write(made.map_err(|cause| {
                Error::internal(format!("a batch has other columns than its table: {cause}"))
            })?)
        })?;
        let (writer, _) = writer.ok_or_else(|| Error::internal("a table without a batch"))?;
        let snapshot = writer.finish(&destination)?;
        Ok(ScratchTable::new(snapshot.table, snapshot.temporary))
    }
}

fn stored_schema(schema: &TableSchema, arrays: &[ArrayRef]) -> SchemaRef {
    let field = |(field, array): (&Field, &ArrayRef)| {
        stored_field(&field.name, array.data_type(), field.column_type)
    };
    Arc::new(Schema::new(schema.fields.iter().zip(arrays).map(field).collect::<Vec<_>>()))
}

fn arrays(batch: &Batch<'_>) -> Result<Vec<ArrayRef>> {
    batch.columns.iter().map(array).collect()
}

fn array(column: &Column<'_>) -> Result<ArrayRef> {
    let nulls = column.validity.map(|bits| NullBuffer::new(buffer(bits)));
    Ok(match column.values {
        Values::Null => Arc::new(NullArray::new(column.len)),
        Values::Boolean(bits) => Arc::new(BooleanArray::new(buffer(bits), nulls)),
        Values::Integer(values) => Arc::new(Int64Array::new(numbers(values), nulls)),
        Values::Float(values) => Arc::new(Float64Array::new(numbers(values), nulls)),
        Values::Decimal { values, scale } => {
            let array = Decimal128Array::new(numbers(values), nulls);
            Arc::new(array.with_precision_and_scale(PRECISION, scale).map_err(|cause| {
                Error::internal(format!("a decimal of {scale} places cannot be stored: {cause}"))
            })?)
        }
        Values::Text(texts) => {
            let array = StringArray::try_new(offsets(texts.offsets), bytes(texts.bytes), nulls);
            Arc::new(array.map_err(|cause| Error::internal(format!("no text: {cause}")))?)
        }
        Values::Binary(texts) => {
            let array = BinaryArray::try_new(offsets(texts.offsets), bytes(texts.bytes), nulls);
            Arc::new(array.map_err(|cause| Error::internal(format!("no bytes: {cause}")))?)
        }
        Values::Date(days) => Arc::new(Date32Array::new(numbers(days), nulls)),
        Values::Time { values, unit } => match unit {
            TimeUnit::Nanosecond => Arc::new(Time64NanosecondArray::new(numbers(values), nulls)),
            TimeUnit::Microsecond => Arc::new(Time64MicrosecondArray::new(numbers(values), nulls)),
            // the engine gives no others
            TimeUnit::Second | TimeUnit::Millisecond => {
                return Err(Error::internal("a time of day in a unit that is not stored"));
            }
        },
        Values::Timestamp { values, unit } => match unit {
            TimeUnit::Second => primitive(TimestampSecondArray::new(numbers(values), nulls)),
            TimeUnit::Millisecond => {
                primitive(TimestampMillisecondArray::new(numbers(values), nulls))
            }
            TimeUnit::Microsecond => {
                primitive(TimestampMicrosecondArray::new(numbers(values), nulls))
            }
            TimeUnit::Nanosecond => {
                primitive(TimestampNanosecondArray::new(numbers(values), nulls))
            }
        },
        Values::Duration { values, unit } => match unit {
            TimeUnit::Second => primitive(DurationSecondArray::new(numbers(values), nulls)),
            TimeUnit::Millisecond => {
                primitive(DurationMillisecondArray::new(numbers(values), nulls))
            }
            TimeUnit::Microsecond => {
                primitive(DurationMicrosecondArray::new(numbers(values), nulls))
            }
            TimeUnit::Nanosecond => primitive(DurationNanosecondArray::new(numbers(values), nulls)),
        },
    })
}

fn primitive<T: ArrowPrimitiveType>(array: PrimitiveArray<T>) -> ArrayRef {
    Arc::new(array)
}

fn numbers<T: arrow::datatypes::ArrowNativeType>(values: &[T]) -> ScalarBuffer<T> {
    ScalarBuffer::from(values.to_vec())
}

fn buffer(bits: Bits<'_>) -> BooleanBuffer {
    BooleanBuffer::collect_bool(bits.len(), |index| bits.get(index))
}

fn offsets(values: &[i32]) -> OffsetBuffer<i32> {
    OffsetBuffer::new(ScalarBuffer::from(values.to_vec()))
}

fn bytes(values: &[u8]) -> Buffer {
    Buffer::from(values)
}
