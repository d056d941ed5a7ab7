//! The values within lists, records and maps, as columns of their own.
//!
//! A nested column gives a record of its fields (see [`NestedSchema`]), one row for each of its
//! rows: a field counted in rows is there as it is, one counted in items as a list, so that the
//! rows of a batch stay together. Typed columns are taken apart as arrays; text columns of our
//! snapshots are JSON, read by the kinds that were found when they were written.

mod arrays;
mod layout;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use arrow::error::ArrowError;
use datafusion::common::Result as DataFusionResult;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use shared_kernel_domain::table::NestedSchema;
use shared_kernel_domain::{Error, Result};

pub(crate) use arrays::FieldValues;
pub(crate) use layout::FieldCollector;
use layout::Layout;

use super::canonical::is_nested;
use super::parts::PartFile;
use crate::ingest::nested::{TextLayout, read_kinds};

/// A column whose values are looked into.
#[derive(Debug)]
pub(super) struct NestedColumn {
    name: String,
    source: Source,
    fields: Fields,
}

#[derive(Debug)]
enum Source {
    Arrays(Layout),
    Text(TextLayout),
}

/// What can be looked into in a file: the fields, and the columns they are in.
pub(super) fn nested_columns(
    part: &PartFile,
) -> (NestedSchema, HashMap<String, Arc<NestedColumn>>) {
    let mut schema = NestedSchema::default();
    let mut columns = HashMap::new();
    let kinds = read_kinds(part.metadata.file_metadata().key_value_metadata());
    for field in part.schema.fields() {
        let mut collector = FieldCollector::new(&mut schema, field.name());
        let source = if is_nested(field.data_type()) {
            Source::Arrays(Layout::of(field, &mut collector))
        } else if let Some(tree) = kinds.get(field.name()).filter(|_| is_text(field)) {
            Source::Text(TextLayout::of(field.name(), tree, &mut collector))
        } else {
            continue;
        };
        let fields = Fields::from(struct_fields(collector.finish()));
        if !fields.is_empty() {
            let name = field.name().clone();
            columns.insert(name.clone(), Arc::new(NestedColumn { name, source, fields }));
        }
    }
    (schema, columns)
}

fn is_text(field: &FieldRef) -> bool {
    *field.data_type() == DataType::Utf8
}

fn struct_fields(types: Vec<(DataType, bool)>) -> Vec<Field> {
    let field = |(place, (data_type, items)): (usize, (DataType, bool))| {
        let data_type = if items { DataType::List(item_of(data_type)) } else { data_type };
        Field::new(place.to_string(), data_type, true)
    };
    types.into_iter().enumerate().map(field).collect()
}

fn item_of(data_type: DataType) -> FieldRef {
    Arc::new(Field::new("item", data_type, true))
}

impl NestedColumn {
    /// How many fields there are.
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// A record of the fields, for each value of the column.
    fn take_apart(&self, field: &FieldRef, array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        let values = match &self.source {
            Source::Arrays(layout) => arrays::take_apart(layout, field, array)?,
            Source::Text(layout) => layout.read(array.as_string::<i32>())?,
        };
        let columns = values.into_iter().map(|FieldValues { rows, values }| match rows {
            None => Ok(values),
            Some(rows) => {
                let item = item_of(values.data_type().clone());
                let list = ListArray::try_new(item, rows, values, None)?;
                Ok(Arc::new(list) as ArrayRef)
            }
        });
        let columns = columns.collect::<Result<Vec<_>, ArrowError>>()?;
        let (fields, rows) = (self.fields.clone(), array.len());
        Ok(Arc::new(StructArray::try_new_with_length(fields, columns, None, rows)?))
    }
}

/// The values of a field in what [`NestedColumn`] gave, with the row that each is in.
pub(super) fn field_values<'a>(
    record: &ArrayRef,
    place: u32,
    rows: &'a [i64],
) -> Result<(Cow<'a, [i64]>, ArrayRef)> {
    let lost = || Error::internal("a nested field was lost");
    let field = record.as_struct_opt().and_then(|record| record.columns().get(place as usize));
    let field = field.ok_or_else(lost)?;
    let Some(list) = field.as_list_opt::<i32>() else {
        return Ok((Cow::Borrowed(rows), Arc::clone(field)));
    };
    let offsets = list.value_offsets();
    let (first, last) = offsets.first().zip(offsets.last()).ok_or_else(lost)?;
    let values = list.values().slice(*first as usize, (last - first) as usize);
    let mut item_rows = Vec::with_capacity(values.len());
    for (&row, bounds) in rows.iter().zip(offsets.windows(2)) {
        item_rows.extend(std::iter::repeat_n(row, (bounds[1] - bounds[0]) as usize));
    }
    Ok((Cow::Owned(item_rows), values))
}

/// A nested column's record of fields, as a scalar function of the column.
#[derive(Debug)]
pub(super) struct NestedFields {
    column: Arc<NestedColumn>,
    signature: Signature,
}

impl NestedFields {
    pub(super) fn of(column: Arc<NestedColumn>) -> Self {
        Self { column, signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl PartialEq for NestedFields {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.column, &other.column)
    }
}

impl Eq for NestedFields {}

impl Hash for NestedFields {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.column.name.hash(state);
    }
}

impl ScalarUDFImpl for NestedFields {
    fn name(&self) -> &'static str {
        "nested_fields"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Ok(DataType::Struct(self.column.fields.clone()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let arrays: Vec<ArrayRef> = ColumnarValue::values_to_arrays(&args.args)?;
        let (Some(field), Some(array)) = (args.arg_fields.first(), arrays.first()) else {
            return datafusion::common::internal_err!("nested_fields takes one column");
        };
        Ok(ColumnarValue::Array(self.column.take_apart(field, array)?))
    }
}
