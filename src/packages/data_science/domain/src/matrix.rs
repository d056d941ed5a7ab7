//! The matrix that detectors read: encoded rows, one slice per feature.

use std::ops::Range;

use rayon::prelude::*;
use shared_kernel_domain::{Error, Result};

/// `n_rows × n_features` finite numbers, stored by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureMatrix {
    rows: usize,
    columns: Vec<Vec<f64>>,
}

impl FeatureMatrix {
    /// A matrix from its columns, all `rows` long.
    pub fn from_columns(rows: usize, columns: Vec<Vec<f64>>) -> Result<Self> {
        if columns.iter().any(|column| column.len() != rows) {
            return Err(Error::internal("feature columns differ in length"));
        }
        Ok(Self { rows, columns })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.columns.len()
    }

    /// All columns.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// The rows that are marked and those that are not, each in row order.
    pub fn split(self, marks: &[bool]) -> (Self, Self) {
        let marked = marks.iter().filter(|&&mark| mark).count();
        let unmarked = self.rows - marked.min(self.rows);
        let part = |mut column: Vec<f64>| {
            let mut own = Vec::with_capacity(marked);
            own.extend(
                column.iter().zip(marks).filter(|(_, mark)| **mark).map(|(&value, _)| value),
            );
            keep_marked(&mut column, 0, marks.iter().map(|mark| !mark));
            (own, column)
        };
        let (with, without) = self.columns.into_par_iter().map(part).unzip();
        (Self { rows: marked, columns: with }, Self { rows: unmarked, columns: without })
    }

    /// Rows that follow each other, copied into `part`, whose memory is used again.
    pub fn copy_rows(&self, rows: Range<usize>, part: &mut Self) {
        part.rows = rows.len();
        part.columns.resize_with(self.columns.len(), Vec::new);
        for (own, column) in part.columns.iter_mut().zip(&self.columns) {
            own.clear();
            own.extend_from_slice(&column[rows.clone()]);
        }
    }

    /// One row, copied into `row` (cleared first).
    pub fn copy_row(&self, index: usize, row: &mut Vec<f64>) {
        row.clear();
        row.extend(self.columns.iter().map(|column| column[index]));
    }

    /// Rows `start..end`, row-major, copied into `block` (cleared first).
    pub fn copy_block(&self, start: usize, end: usize, block: &mut Vec<f64>) {
        let width = self.columns.len();
        block.clear();
        block.resize((end - start) * width, 0.0);
        for (feature, column) in self.columns.iter().enumerate() {
            for (row, &value) in column[start..end].iter().enumerate() {
                block[row * width + feature] = value;
            }
        }
    }
}

/// Keeps of the numbers from a place on those that are marked, without moving them elsewhere: memory
/// touched for the first time costs more than a pass over it.
pub(crate) fn keep_marked(
    numbers: &mut Vec<f64>,
    first: usize,
    marks: impl IntoIterator<Item = bool>,
) {
    let mut kept = first;
    for (place, mark) in (first..numbers.len()).zip(marks) {
        numbers[kept] = numbers[place];
        kept += usize::from(mark);
    }
    numbers.truncate(kept);
}
