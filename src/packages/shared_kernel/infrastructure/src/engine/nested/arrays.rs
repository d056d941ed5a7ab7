//! Nested Arrow arrays taken apart: one array of values for each field.
//!
//! A value counts only where every record around it is there: what lies beneath a missing record,
//! and between the items of lists, is unspecified and never seen.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, OffsetSizeTrait, UInt64Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{nullif, take};
use arrow::datatypes::{DataType, FieldRef};
use arrow::error::ArrowError;

use super::layout::Layout;
use crate::engine::canonical::canonical_array;

/// The values of one field.
#[derive(Debug)]
pub(crate) struct FieldValues {
    /// Of what is counted in items: where the items of each row begin, and where the last end.
    pub(crate) rows: Option<OffsetBuffer<i32>>,
    /// In a canonical type.
    pub(crate) values: ArrayRef,
}

/// What is around some values.
#[derive(Clone, Default)]
struct Around {
    /// Unset where a record around them is missing.
    nulls: Option<NullBuffer>,
    rows: Option<OffsetBuffer<i32>>,
}

/// The values of every field of a column, in their order.
pub(super) fn take_apart(
    layout: &Layout,
    field: &FieldRef,
    array: &ArrayRef,
) -> Result<Vec<FieldValues>, ArrowError> {
    let mut fields = Vec::new();
    apart(layout, field, array, &Around::default(), &mut fields)?;
    Ok(fields)
}

fn apart(
    layout: &Layout,
    field: &FieldRef,
    array: &ArrayRef,
    around: &Around,
    fields: &mut Vec<FieldValues>,
) -> Result<(), ArrowError> {
    match layout {
        Layout::LeftOut => Ok(()),
        Layout::Values => {
            let values = values(field, array, around.nulls.as_ref())?;
            fields.push(FieldValues { rows: around.rows.clone(), values });
            Ok(())
        }
        Layout::Record(members) => {
            let record = array.as_struct_opt().ok_or_else(|| unexpected(array))?;
            let nulls = NullBuffer::union(around.nulls.as_ref(), record.nulls());
            let around = Around { nulls, rows: around.rows.clone() };
            for (place, layout) in members {
                let member = record.fields().get(*place).zip(record.columns().get(*place));
                let (field, array) = member.ok_or_else(|| unexpected(array))?;
                apart(layout, field, array, &around, fields)?;
            }
            Ok(())
        }
        Layout::List(of_items) => {
            let (items, within) = open(array, around, fields)?;
            let item = item_field(array.data_type()).ok_or_else(|| unexpected(array))?;
            apart(of_items, item, &items, &within, fields)
        }
        Layout::Map(of_keys, of_values) => {
            let (entries, within) = open(array, around, fields)?;
            let entries = entries.as_struct_opt().ok_or_else(|| unexpected(array))?;
            for (place, layout) in [of_keys, of_values].into_iter().enumerate() {
                let side = entries.fields().get(place).zip(entries.columns().get(place));
                let (field, array) = side.ok_or_else(|| unexpected(array))?;
                apart(layout, field, array, &within, fields)?;
            }
            Ok(())
        }
    }
}

/// Values in canonical form, null where a record around them is.
fn values(
    field: &FieldRef,
    array: &ArrayRef,
    around: Option<&NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let Some(nulls) = around.filter(|nulls| nulls.null_count() > 0) else {
        return canonical_array(field, array);
    };
    let missing = BooleanArray::new(!nulls.inner(), None);
    if matches!(array.data_type(), DataType::RunEndEncoded(..)) {
        return nullif(&canonical_array(field, array)?, &missing);
    }
    // first null, then another type: what is beneath a null may not fit the type
    canonical_array(field, &nullif(array, &missing)?)
}

/// Gives out the lengths of lists, and returns the items of those that are there, one after the
/// other, with what is around them.
fn open(
    array: &ArrayRef,
    around: &Around,
    fields: &mut Vec<FieldValues>,
) -> Result<(ArrayRef, Around), ArrowError> {
    let (values, spans) = spans(array).ok_or_else(|| unexpected(array))?;
    let nulls = NullBuffer::union(around.nulls.as_ref(), array.nulls());
    let is_there = |place: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(place));
    let lengths: Vec<i64> = (0..array.len())
        .map(|place| if is_there(place) { spans[place].1 as i64 } else { 0 })
        .collect();
    let mut ends = Vec::with_capacity(array.len() + 1);
    ends.push(0_i32);
    let mut end = 0_i64;
    for &length in &lengths {
        end += length;
        let end = i32::try_from(end)
            .map_err(|_| ArrowError::ComputeError("lists of 2³¹ items in few rows".to_owned()))?;
        ends.push(end);
    }
    let there = || spans.iter().enumerate().filter(|&(place, span)| span.1 > 0 && is_there(place));
    let mut next = there().next().map_or(0, |(_, span)| span.0);
    let start = next;
    let mut contiguous = true;
    for (_, &(first, length)) in there() {
        contiguous &= first == next;
        next = first + length;
    }
    let items = if contiguous {
        values.slice(start, end as usize)
    } else {
        let places = there().flat_map(|(_, &(first, length))| first..first + length);
        let places: UInt64Array = places.map(|place| place as u64).collect();
        take(&values, &places, None)?
    };
    let rows = match &around.rows {
        None => ends,
        Some(rows) => rows.iter().map(|&row| ends[row as usize]).collect(),
    };
    fields.push(FieldValues {
        rows: around.rows.clone(),
        values: Arc::new(Int64Array::new(lengths.into(), nulls)),
    });
    Ok((items, Around { nulls: None, rows: Some(OffsetBuffer::new(rows.into())) }))
}

/// The items of all lists, and where each list's begin and how many there are.
fn spans(array: &ArrayRef) -> Option<(ArrayRef, Vec<(usize, usize)>)> {
    fn between<O: OffsetSizeTrait>(offsets: &[O]) -> Vec<(usize, usize)> {
        let pairs = offsets.windows(2);
        pairs.map(|pair| (pair[0].as_usize(), pair[1].as_usize() - pair[0].as_usize())).collect()
    }
    fn each<O: OffsetSizeTrait>(offsets: &[O], sizes: &[O]) -> Vec<(usize, usize)> {
        offsets.iter().zip(sizes).map(|(from, size)| (from.as_usize(), size.as_usize())).collect()
    }
    Some(match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            (Arc::clone(list.values()), between(list.value_offsets()))
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            (Arc::clone(list.values()), between(list.value_offsets()))
        }
        DataType::ListView(_) => {
            let list = array.as_list_view::<i32>();
            (Arc::clone(list.values()), each(list.value_offsets(), list.value_sizes()))
        }
        DataType::LargeListView(_) => {
            let list = array.as_list_view::<i64>();
            (Arc::clone(list.values()), each(list.value_offsets(), list.value_sizes()))
        }
        DataType::FixedSizeList(_, _) => {
            let list = array.as_fixed_size_list();
            let length = usize::try_from(list.value_length()).ok()?;
            let spans = (0..list.len()).map(|place| (place * length, length)).collect();
            (Arc::clone(list.values()), spans)
        }
        DataType::Map(_, _) => {
            let map = array.as_map();
            (Arc::new(map.entries().clone()), between(map.value_offsets()))
        }
        _ => return None,
    })
}

fn item_field(list: &DataType) -> Option<&FieldRef> {
    match list {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Some(item),
        _ => None,
    }
}

fn unexpected(array: &ArrayRef) -> ArrowError {
    ArrowError::SchemaError(format!("values of another type: {}", array.data_type()))
}
