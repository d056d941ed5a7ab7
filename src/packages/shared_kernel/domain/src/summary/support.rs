//! What all single-column summaries share: the values present in a batch, and moving as bytes.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bounds::Bounds;
use super::kind::ValueKind;
use crate::table::{Batch, Bits, Column, TextValues, Values};
use crate::{Error, Result};

/// The one column of a batch.
pub(super) fn single<'b, 'a>(batch: &'b Batch<'a>) -> Result<&'b Column<'a>> {
    match batch.columns {
        [column] => Ok(column),
        columns => Err(Error::internal(format!(
            "a summary of one column was given {} columns",
            columns.len()
        ))),
    }
}

/// The whole state of a summary as bytes.
pub(super) fn encode<T: Serialize>(summary: &T) -> Result<Vec<u8>> {
    postcard::to_stdvec(summary)
        .map_err(|cause| Error::internal("a summary does not serialise").caused_by(cause))
}

/// What [`encode`] made.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    postcard::from_bytes(bytes).map_err(|cause| {
        Error::internal("the bytes of a summary cannot be read back").caused_by(cause)
    })
}

/// A summary that was given a column it has no meaning for.
pub(super) fn wrong_type(summary: &str, values: &PresentValues<'_>) -> Error {
    let given = values.kind().map_or("null", ValueKind::name);
    Error::internal(format!("{summary} have no meaning for a {given} column"))
}

/// The values that are there in one batch of a column, without the nulls between them.
///
/// Validity is resolved once here, so that the loops of the summaries run over plain slices.
pub(super) struct Present<'a> {
    /// Rows of the batch.
    pub(super) rows: u64,
    /// Nulls of the batch.
    pub(super) nulls: u64,
    /// The values.
    pub(super) values: PresentValues<'a>,
    bounds: OnceCell<Bounds>,
    decimals: OnceCell<Vec<f64>>,
}

/// Values by how they are computed with.
pub(super) enum PresentValues<'a> {
    /// No value, or a column of nulls.
    Nothing,
    /// Booleans.
    Booleans(Vec<bool>),
    /// Whole numbers, and dates and times as whole numbers of their unit.
    Integers(Cow<'a, [i64]>, ValueKind),
    /// Floating-point numbers.
    Floats {
        /// All of them.
        all: Cow<'a, [f64]>,
        /// Those that are neither NaN nor infinite; `None` when all are.
        finite: Option<Vec<f64>>,
    },
    /// Unscaled decimals.
    Decimals(Cow<'a, [i128]>, ValueKind),
    /// Text or bytes.
    Texts(Texts<'a>, ValueKind),
}

impl PresentValues<'_> {
    /// The kind of the values, if there are any.
    pub(super) fn kind(&self) -> Option<ValueKind> {
        match self {
            Self::Nothing => None,
            Self::Booleans(_) => Some(ValueKind::Boolean),
            Self::Floats { .. } => Some(ValueKind::Float),
            Self::Integers(_, kind) | Self::Decimals(_, kind) | Self::Texts(_, kind) => Some(*kind),
        }
    }
}

/// Text values and which of them are there.
pub(super) struct Texts<'a> {
    values: TextValues<'a>,
    validity: Option<Bits<'a>>,
    len: usize,
}

impl<'a> Texts<'a> {
    /// Calls `take` with the bytes of every value that is there.
    #[inline]
    pub(super) fn each(&self, mut take: impl FnMut(&'a [u8])) {
        match self.validity {
            None => {
                for bounds in self.values.offsets.windows(2).take(self.len) {
                    take(&self.values.bytes[bounds[0] as usize..bounds[1] as usize]);
                }
            }
            Some(validity) => {
                for index in 0..self.len {
                    if validity.get(index) {
                        take(self.values.bytes_at(index));
                    }
                }
            }
        }
    }

    /// Rows, with a value or not.
    pub(super) fn rows(&self) -> usize {
        self.len
    }

    /// The bytes of a row's value; none where there is no value.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<&'a [u8]> {
        let valid = row < self.len && self.validity.is_none_or(|validity| validity.get(row));
        valid.then(|| self.values.bytes_at(row))
    }
}

impl<'a> Present<'a> {
    /// The values that are there in a column of a batch.
    pub(super) fn of(column: &Column<'a>) -> Self {
        let rows = column.len as u64;
        let kind = ValueKind::of(&column.values);
        let (Some(kind), true) = (kind, column.null_count < column.len) else {
            return Self::new(rows, rows, PresentValues::Nothing);
        };
        let validity = if column.null_count == 0 { None } else { column.validity };
        let values = match column.values {
            Values::Null => PresentValues::Nothing,
            Values::Boolean(bits) => PresentValues::Booleans(
                (0..column.len)
                    .filter(|&index| validity.is_none_or(|validity| validity.get(index)))
                    .map(|index| bits.get(index))
                    .collect(),
            ),
            Values::Integer(values)
            | Values::Time { values, .. }
            | Values::Timestamp { values, .. }
            | Values::Duration { values, .. } => {
                PresentValues::Integers(present(values, validity), kind)
            }
            Values::Date(values) => {
                let days = present(values, validity).iter().copied().map(i64::from).collect();
                PresentValues::Integers(Cow::Owned(days), kind)
            }
            Values::Float(values) => {
                let all = present(values, validity);
                let all_finite = all.iter().all(|value| value.is_finite());
                let finite = (!all_finite)
                    .then(|| all.iter().copied().filter(|value| value.is_finite()).collect());
                PresentValues::Floats { all, finite }
            }
            Values::Decimal { values, .. } => {
                PresentValues::Decimals(present(values, validity), kind)
            }
            Values::Text(values) | Values::Binary(values) => {
                PresentValues::Texts(Texts { values, validity, len: column.len }, kind)
            }
        };
        Self::new(rows, column.null_count as u64, values)
    }

    fn new(rows: u64, nulls: u64, values: PresentValues<'a>) -> Self {
        Self { rows, nulls, values, bounds: OnceCell::new(), decimals: OnceCell::new() }
    }

    /// The smallest and the largest finite number, found once for all summaries.
    pub(super) fn bounds(&self) -> Bounds {
        *self.bounds.get_or_init(|| Bounds::of(&self.values))
    }

    /// Decimals by the nearest floats, computed once for all summaries.
    pub(super) fn decimal_numbers(&self) -> &[f64] {
        self.decimals.get_or_init(|| match &self.values {
            PresentValues::Decimals(values, kind) => {
                let unit = kind.decimal_unit();
                values.iter().map(|&value| number_of_decimal(value, unit)).collect()
            }
            _ => Vec::new(),
        })
    }
}

/// A decimal as the nearest float of its unscaled value, divided by the unit.
#[inline]
pub(super) fn number_of_decimal(value: i128, unit: f64) -> f64 {
    // Most decimals are short, and the conversion from 64 bits is much faster.
    let unscaled = i64::try_from(value).map_or_else(|_| value as f64, |short| short as f64);
    unscaled / unit
}

/// The valid ones of `values`.
fn present<'a, T: Copy>(values: &'a [T], validity: Option<Bits<'a>>) -> Cow<'a, [T]> {
    let Some(validity) = validity else { return Cow::Borrowed(values) };
    let mut kept = Vec::with_capacity(values.len());
    kept.extend(
        values
            .iter()
            .enumerate()
            .filter(|&(index, _)| validity.get(index))
            .map(|(_, &value)| value),
    );
    Cow::Owned(kept)
}

/// The kind a summary has seen so far, joined with another part's; a column has one kind.
pub(super) fn join_kinds(
    seen: Option<ValueKind>,
    later: Option<ValueKind>,
) -> Result<Option<ValueKind>> {
    match (seen, later) {
        (Some(seen), Some(later)) if seen != later => Err(Error::internal(format!(
            "a column changed from {} to {} within a scan",
            seen.name(),
            later.name()
        ))),
        (Some(kind), _) | (None, Some(kind)) => Ok(Some(kind)),
        (None, None) => Ok(None),
    }
}

/// Makes a [`Summary`](super::Summary) of a type that has `take(&Present) -> Result<()>`,
/// `merge(Self) -> Result<()>` and `heap_bytes() -> usize`, over one column.
macro_rules! single_column_summary {
    ($summary:ty, $key:literal) => {
        impl crate::summary::Summary for $summary {
            fn key(&self) -> String {
                $key.to_owned()
            }

            fn fresh(&self) -> Box<dyn crate::summary::Summary> {
                Box::new(Self::new())
            }

            fn update(&mut self, batch: &crate::table::Batch<'_>) -> crate::Result<()> {
                let column = crate::summary::support::single(batch)?;
                self.take(&crate::summary::support::Present::of(column))
            }

            fn merge_bytes(&mut self, later: &[u8]) -> crate::Result<()> {
                self.merge(crate::summary::support::decode(later)?)
            }

            fn to_bytes(&self) -> crate::Result<Vec<u8>> {
                crate::summary::support::encode(self)
            }

            fn memory_bytes(&self) -> usize {
                size_of::<Self>() + self.heap_bytes()
            }
        }
    };
}
pub(super) use single_column_summary;
