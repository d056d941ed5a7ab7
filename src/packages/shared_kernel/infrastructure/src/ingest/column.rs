//! A column on its way from text to typed values.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, NullArray, PrimitiveBuilder, StringBuilder, new_null_array,
};
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, DurationMicrosecondType, Float64Type,
    Int64Type, Time64MicrosecondType, TimestampMicrosecondType, TimestampNanosecondType,
};

use super::block::{Block, CellForm, CellView};
use super::kind::{Kind, Signs};
use super::value;

/// A value that the column's kind cannot hold: the pass must be begun again with other kinds.
#[derive(Debug)]
pub(super) struct Misfit;

/// What is known of a column, and what was read as null in it.
#[derive(Clone, Debug)]
pub(super) struct ColumnState {
    pub(super) signs: Signs,
    pub(super) kind: Kind,
    /// How often each text was read as null.
    pub(super) null_texts: BTreeMap<String, u64>,
    comma: bool,
}

impl ColumnState {
    /// A column of the kind that its signs tell. `comma`: decimal commas are looked for.
    pub(super) fn new(signs: Signs, comma: bool) -> Self {
        Self { signs, kind: Kind::of(signs), null_texts: BTreeMap::new(), comma }
    }

    /// Adds the signs of a block's values.
    pub(super) fn infer(&mut self, block: &Block, column: usize) {
        for cell in block.column(column) {
            self.signs.add(Signs::of(cell, self.comma));
        }
    }

    /// The values of a block's column.
    ///
    /// Values that are what the column is are parsed at once; only others are looked at closely.
    pub(super) fn convert(&mut self, block: &Block, column: usize) -> Result<ArrayRef, Misfit> {
        let rows = block.rows;
        if column >= block.width() {
            return Ok(new_null_array(&self.kind.data_type(), rows));
        }
        let cells = block.column(column);
        match self.kind {
            Kind::Null => self.nulls(cells, rows),
            Kind::Boolean => self.booleans(cells, rows),
            Kind::Integer => self.primitives::<Int64Type>(cells, rows, small_integer),
            Kind::WideInteger => self.primitives::<Decimal128Type>(cells, rows, exact_integer),
            Kind::Float => self.primitives::<Float64Type>(cells, rows, small_float),
            Kind::CommaFloat => self.primitives::<Float64Type>(cells, rows, small_comma_float),
            Kind::Date => self.primitives::<Date32Type>(cells, rows, value::date),
            Kind::Timestamp { zoned, fine: false } => {
                self.primitives::<TimestampMicrosecondType>(cells, rows, |text| {
                    microseconds(text, zoned)
                })
            }
            Kind::Timestamp { zoned, fine: true } => {
                self.primitives::<TimestampNanosecondType>(cells, rows, |text| {
                    nanoseconds(text, zoned)
                })
            }
            Kind::Time => self.primitives::<Time64MicrosecondType>(cells, rows, value::clock),
            Kind::Duration => self.primitives::<DurationMicrosecondType>(cells, rows, value::clock),
            Kind::Text => self.texts(cells, rows),
            Kind::List => self.nested(cells, rows, CellForm::List),
            Kind::Struct => self.nested(cells, rows, CellForm::Struct),
        }
    }

    fn primitives<'a, T: ArrowPrimitiveType>(
        &mut self,
        cells: impl Iterator<Item = CellView<'a>>,
        rows: usize,
        parse: impl Fn(&[u8]) -> Option<T::Native>,
    ) -> Result<ArrayRef, Misfit>
    where
        T::Native: FromExact,
    {
        let readable: &[CellForm] = match self.kind {
            Kind::Date | Kind::Timestamp { .. } => &[CellForm::Bare, CellForm::Quoted],
            Kind::Time => &[CellForm::Clock],
            Kind::Duration => &[CellForm::Elapsed],
            _ => &[CellForm::Bare],
        };
        let mut values = PrimitiveBuilder::<T>::with_capacity(rows);
        for cell in cells {
            let text = cell.bytes.trim_ascii();
            match parse(text).filter(|_| readable.contains(&cell.form)) {
                Some(number) => values.append_value(number),
                None => values.append_option(self.look_closely::<T::Native>(cell)?),
            }
        }
        Ok(Arc::new(values.finish().with_data_type(self.kind.data_type())))
    }

    /// What a cell is that the quick parser did not take: null, a null text, a value that only
    /// the column's signs say is harmless, or a misfit.
    fn look_closely<N: FromExact>(&mut self, cell: CellView<'_>) -> Result<Option<N>, Misfit> {
        let signs = Signs::of(cell, self.comma);
        if signs == Signs::default() {
            return Ok(None);
        }
        self.accept(signs)?;
        let text = cell.bytes.trim_ascii();
        let number = match self.kind {
            Kind::Float if signs == Signs::NAN => N::from_float(f64::NAN),
            Kind::Float if signs == Signs::INFINITE => {
                value::infinity(text).and_then(N::from_float)
            }
            _ if signs == Signs::NULL_TEXT || signs == Signs::NAN => {
                self.count_null_text(cell.bytes);
                return Ok(None);
            }
            Kind::Integer | Kind::WideInteger => {
                value::wide_integer(text).and_then(N::from_integer)
            }
            Kind::Float => value::float(text).and_then(N::from_float),
            Kind::CommaFloat => value::comma_float(text).and_then(N::from_float),
            _ => None,
        };
        if number.is_none() {
            // the signs promised what the parsers cannot keep: text always can
            self.accept(Signs::TEXT)?;
        }
        Ok(number)
    }

    /// Adds signs; a misfit if they make the column another kind.
    fn accept(&mut self, signs: Signs) -> Result<(), Misfit> {
        if self.signs.add(signs) && Kind::of(self.signs) != self.kind {
            return Err(Misfit);
        }
        Ok(())
    }

    fn count_null_text(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        *self.null_texts.entry(text).or_default() += 1;
    }

    fn nulls<'a>(
        &mut self,
        cells: impl Iterator<Item = CellView<'a>>,
        rows: usize,
    ) -> Result<ArrayRef, Misfit> {
        for cell in cells {
            self.accept(Signs::of(cell, self.comma))?;
        }
        Ok(Arc::new(NullArray::new(rows)))
    }

    fn booleans<'a>(
        &mut self,
        cells: impl Iterator<Item = CellView<'a>>,
        rows: usize,
    ) -> Result<ArrayRef, Misfit> {
        let mut values = BooleanBuilder::with_capacity(rows);
        for cell in cells {
            let text = cell.bytes.trim_ascii();
            let truth = value::boolean(text).filter(|_| cell.form == CellForm::Bare);
            if truth.is_none() {
                self.look_closely::<i64>(cell)?;
            }
            values.append_option(truth);
        }
        Ok(Arc::new(values.finish()))
    }

    fn texts<'a>(
        &mut self,
        cells: impl Iterator<Item = CellView<'a>>,
        rows: usize,
    ) -> Result<ArrayRef, Misfit> {
        let mut values = StringBuilder::with_capacity(rows, rows * 16);
        // nothing but null texts so far: a first value of another kind makes the column that kind
        let undecided = !self.signs.any(Signs::VALUE);
        for cell in cells {
            if undecided {
                self.accept(Signs::of(cell, self.comma))?;
            }
            let missing = match cell.form {
                CellForm::Null => true,
                CellForm::Bare => cell.bytes.is_empty(),
                _ => false,
            };
            match std::str::from_utf8(cell.bytes) {
                Ok(text) if !missing => values.append_value(text),
                _ => values.append_null(),
            }
        }
        Ok(Arc::new(values.finish()))
    }

    fn nested<'a>(
        &mut self,
        cells: impl Iterator<Item = CellView<'a>>,
        rows: usize,
        form: CellForm,
    ) -> Result<ArrayRef, Misfit> {
        let mut values = StringBuilder::with_capacity(rows, rows * 32);
        for cell in cells {
            if cell.form == CellForm::Null {
                values.append_null();
                continue;
            }
            if cell.form != form {
                self.accept(Signs::of(cell, self.comma))?;
            }
            values.append_option(std::str::from_utf8(cell.bytes).ok());
        }
        Ok(Arc::new(values.finish()))
    }
}

/// Numbers that a closer look may give.
trait FromExact: Sized {
    fn from_float(_: f64) -> Option<Self> {
        None
    }

    fn from_integer(_: i128) -> Option<Self> {
        None
    }
}

impl FromExact for f64 {
    fn from_float(value: f64) -> Option<Self> {
        Some(value)
    }
}

impl FromExact for i64 {
    fn from_integer(value: i128) -> Option<Self> {
        Self::try_from(value).ok()
    }
}

impl FromExact for i128 {
    fn from_integer(value: i128) -> Option<Self> {
        Some(value)
    }
}

impl FromExact for i32 {}

/// Whole numbers from here on may not fit a float: their signs must be noted.
const LARGE: i64 = 1 << 53;

#[inline]
fn small_integer(text: &[u8]) -> Option<i64> {
    value::integer(text).filter(|number| (-LARGE..=LARGE).contains(number))
}

#[inline]
fn exact_integer(text: &[u8]) -> Option<i128> {
    value::wide_integer(text).filter(|&number| value::is_exact_float(number))
}

#[inline]
fn small_float(text: &[u8]) -> Option<f64> {
    value::float(text).filter(|number| number.abs() < LARGE as f64)
}

fn small_comma_float(text: &[u8]) -> Option<f64> {
    value::comma_float(text).filter(|number| number.abs() < LARGE as f64)
}

/// Microseconds since 1970, if nothing finer was written.
fn microseconds(text: &[u8], zoned: bool) -> Option<i64> {
    let moment = value::moment(text).filter(|moment| moment.zoned == zoned)?;
    let rest = moment.nanoseconds;
    let whole = moment.seconds.checked_mul(1_000_000)?;
    (rest % 1_000 == 0).then(|| whole.checked_add(i64::from(rest / 1_000))).flatten()
}

/// Nanoseconds since 1970, if the years 1677 to 2262 hold it.
fn nanoseconds(text: &[u8], zoned: bool) -> Option<i64> {
    let moment = value::moment(text).filter(|moment| moment.zoned == zoned)?;
    moment.seconds.checked_mul(1_000_000_000)?.checked_add(i64::from(moment.nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, AsArray};

    fn block(values: &[&str]) -> Block {
        let mut block = Block::new(Arc::new(vec!["v".to_owned()]));
        for value in values {
            block.push_fields(std::iter::once(value.as_bytes()));
        }
        block
    }

    fn inferred(values: &[&str]) -> ColumnState {
        let mut state = ColumnState::new(Signs::default(), false);
        state.infer(&block(values), 0);
        ColumnState::new(state.signs, false)
    }

    #[test]
    fn what_was_inferred_can_be_converted() {
        for values in [
            &["1", "", "NA", "9007199254740993"][..],
            &["1.5", "NaN", "inf", "-inf", "", "1e300"],
            &["9223372036854775808", "1"],
            &["2024-02-29", "nan", " "],
            &["true", "null"],
            &["NA", "n/a"],
            &["", ""],
            &["x", ""],
        ] {
            let mut state = inferred(values);
            let array = state.convert(&block(values), 0).unwrap();
            assert_eq!(array.len(), values.len());
            assert_eq!(array.data_type(), &state.kind.data_type(), "{values:?}");
        }
    }

    #[test]
    fn null_texts_are_counted_only_where_they_become_null() {
        let mut integers = inferred(&["7", "NA", "NA", "nan"]);
        let array = integers.convert(&block(&["7", "NA", "NA", "nan"]), 0).unwrap();
        assert_eq!(array.null_count(), 3);
        assert_eq!(integers.null_texts.get("NA"), Some(&2));
        let mut texts = inferred(&["Berlin", "NA"]);
        let array = texts.convert(&block(&["Berlin", "NA"]), 0).unwrap();
        assert_eq!(array.as_string::<i32>().value(1), "NA");
        assert!(texts.null_texts.is_empty());
    }

    #[test]
    fn a_later_value_of_another_kind_is_a_misfit() {
        for (first, later) in [
            (&["1"][..], &["2", "2.5"][..]),
            (&["1"], &["x"]),
            (&["1"], &["9223372036854775808"]),
            (&["1.5"], &["9007199254740993"]),
            (&[""], &["1"]),
            (&["NA"], &["1"]),
            (&["2024-02-29"], &["2023-02-29"]),
            (&["2024-02-29 10:00:00"], &["2024-02-29 10:00:00.123456789"]),
        ] {
            let mut state = inferred(first);
            assert!(state.convert(&block(later), 0).is_err(), "{first:?} then {later:?}");
        }
    }
}
