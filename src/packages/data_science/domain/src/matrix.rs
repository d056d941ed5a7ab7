//! The matrix that detectors read: encoded rows, one slice per feature.

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
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for column in self.columns {
            let (mut own, mut rest) = (Vec::with_capacity(marked), Vec::with_capacity(unmarked));
            for (value, &mark) in column.into_iter().zip(marks) {
                if mark { own.push(value) } else { rest.push(value) }
            }
            with.push(own);
            without.push(rest);
        }
        (Self { rows: marked, columns: with }, Self { rows: unmarked, columns: without })
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
