//! The encoder: columns of any type become features, numbers that detectors read.
//!
//! - Numbers stay as they are. Dates and points in time become a number, the hour of the day and
//!   the weekday, whichever vary. Truth values become 0 and 1.
//! - Categories become their rarity `−log₂((count + ½) / (n + 1))` in bits, so that a rare one is
//!   far out; a value never seen is the rarest. A missing category is a category.
//! - A missing number (null or NaN) takes the median, and columns that had some get one more
//!   feature, 0 or 1, that says so. Infinities move just beyond the finite values.
//! - Columns that say nothing (constant, without values, nearly unique texts) are left out, and
//!   the reason is kept. A null in a column that had none while learning passes as normal: a
//!   quality rule is the place to catch that.
//!
//! Each feature knows its column, so that reasons are told per column.

mod column;
mod learn;
mod numbers;
mod order;
mod portable;
mod tell;
mod usual;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared_kernel_domain::table::{Batch, ColumnType, TableSchema};
use shared_kernel_domain::{Error, Result};

pub use self::learn::Learner;
pub(crate) use self::numbers::read_numbers;
pub(crate) use self::portable::{PortableColumn, PortableValues};
pub(crate) use self::usual::{Place, UsualValue};

use self::column::ColumnEncoding;
use crate::matrix::FeatureMatrix;

/// Encodes rows as it learned to; made by a [`Learner`].
pub struct Encoder {
    columns: Vec<ColumnEncoding>,
    left_out: BTreeMap<String, String>,
}

/// An encoder as it is stored.
#[derive(Serialize, Deserialize)]
pub(crate) struct EncoderDocument {
    columns: Vec<column::ColumnDocument>,
    left_out: BTreeMap<String, String>,
}

impl Encoder {
    /// The columns it reads, in the order it expects them.
    pub fn columns(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.document.name.clone()).collect()
    }

    /// Columns that are not read, with the reason.
    pub fn left_out(&self) -> &BTreeMap<String, String> {
        &self.left_out
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.columns.iter().map(|column| column.document.aspects.len()).sum()
    }

    /// Encodes a batch of its columns, in its order.
    pub fn encode(&self, batch: &Batch<'_>) -> Result<FeatureMatrix> {
        if batch.columns.len() != self.columns.len() {
            return Err(Error::internal(format!(
                "the encoder reads {} columns and got {}",
                self.columns.len(),
                batch.columns.len()
            )));
        }
        let mut features = Vec::with_capacity(self.features());
        for (encoding, column) in self.columns.iter().zip(batch.columns) {
            encoding.encode(column, &mut features)?;
        }
        FeatureMatrix::from_columns(batch.len(), features)
    }

    /// Refuses a table that lacks a column, or holds another kind of values in one.
    pub fn check_schema(&self, schema: &TableSchema) -> Result<()> {
        let mut missing = Vec::new();
        for ColumnEncoding { document, .. } in &self.columns {
            match schema.field(&document.name) {
                None => missing.push(document.name.as_str()),
                Some(field) if !alike(document.column_type, field.column_type) => {
                    return Err(Error::input(format!(
                        "column {:?} was {} when the model learned and is {} now",
                        document.name,
                        document.column_type.name(),
                        field.column_type.name()
                    ))
                    .hint("give the table the same types, or train again on it"));
                }
                Some(_) => {}
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::input(format!(
            "the table lacks columns the model reads: {}",
            missing.join(", ")
        ))
        .hint("give a table with the same columns, or train again on this one"))
    }

    /// The encoder as it is stored.
    pub(crate) fn document(&self) -> EncoderDocument {
        EncoderDocument {
            columns: self.columns.iter().map(|column| column.document.clone()).collect(),
            left_out: self.left_out.clone(),
        }
    }

    /// Usual numbers of each column, from low to high; of categories none.
    pub(crate) fn quantiles(&self) -> Vec<Vec<f64>> {
        self.columns.iter().map(|column| column.quantiles.clone()).collect()
    }

    /// Restores a stored encoder with the usual numbers of its columns; one that could not encode
    /// is refused.
    pub(crate) fn restore(document: EncoderDocument, quantiles: Vec<Vec<f64>>) -> Result<Self> {
        if document.columns.is_empty() {
            return Err(Error::input("the model reads no column"));
        }
        for column in &document.columns {
            column.check()?;
        }
        let mut quantiles = quantiles.into_iter();
        let mut columns = Vec::with_capacity(document.columns.len());
        for column in document.columns {
            let quantiles = quantiles.next().unwrap_or_default();
            if quantiles.iter().any(|number| !number.is_finite()) {
                return Err(Error::input("the model has usual numbers that are not finite"));
            }
            columns.push(ColumnEncoding::new(column, quantiles));
        }
        Ok(Self { columns, left_out: document.left_out })
    }
}

/// Whether values of one type can stand in for another; a column of nulls can for any.
fn alike(learned: ColumnType, found: ColumnType) -> bool {
    learned == found
        || found == ColumnType::Null
        || (learned.is_numeric() && found.is_numeric())
        || (is_texts(learned) && is_texts(found))
}

fn is_texts(column_type: ColumnType) -> bool {
    matches!(column_type, ColumnType::Text | ColumnType::List | ColumnType::Struct)
}
