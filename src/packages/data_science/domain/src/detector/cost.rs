use shared_kernel_domain::{Error, ErrorKind, Result};

use super::Algorithm;
use crate::sampling::MAX_TRAINING_CELLS;

/// Bytes of a number that is learned from.
const NUMBER_BYTES: f64 = 8.0;

/// Bytes of a row that is scored: its score, and whether it is an anomaly.
const SCORED_ROW_BYTES: f64 = 9.0;

const MEBIBYTE: f64 = (1 << 20) as f64;

/// What learning from a table and scoring all its rows takes at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Numbers read, compared or added.
    pub operations: f64,
    /// Bytes of working memory besides the table, those of the model included.
    pub bytes: f64,
}

impl Cost {
    /// In proportion to the cells, and with so many matrices of features by features.
    pub(super) fn of_cells(rows: usize, features: usize, matrices: f64) -> Self {
        let (cells, squares) = (rows as f64 * features as f64, (features as f64).powi(2));
        Self { operations: 100.0 * cells, bytes: NUMBER_BYTES * (cells + matrices * squares) }
    }
}

/// A table to be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Rows scored.
    pub rows: u64,
    /// Rows learned from.
    pub learned_rows: u64,
    /// Columns learned from.
    pub columns: usize,
}

impl Job {
    /// A table's rows learned from as far as [`MAX_TRAINING_CELLS`] allow, and all scored.
    pub fn of_table(rows: u64, columns: usize) -> Self {
        let most = MAX_TRAINING_CELLS / (columns as u64).max(1);
        Self { rows, learned_rows: rows.min(most), columns }
    }

    /// Bytes that the job takes about, told before a row is learned from: numbers learned from, what the
    /// detector works with, and the scores. A column counts once, whatever features become of it.
    fn bytes(self, algorithm: &dyn Algorithm) -> f64 {
        let rows = usize::try_from(self.learned_rows).unwrap_or(usize::MAX);
        NUMBER_BYTES * self.learned_rows as f64 * self.columns as f64
            + algorithm.cost(rows, self.columns).bytes
            + SCORED_ROW_BYTES * self.rows as f64
    }
}

/// Refuses a job that would take more than `memory_bytes`, as one that cannot be evaluated.
pub fn check_memory(algorithm: &dyn Algorithm, job: Job, memory_bytes: u64) -> Result<()> {
    let needed = job.bytes(algorithm);
    if needed <= memory_bytes as f64 {
        return Ok(());
    }
    let mebibytes = |bytes: f64| format!("{bytes:.0} MiB");
    let (needed, allowed) = ((needed / MEBIBYTE).ceil(), memory_bytes as f64 / MEBIBYTE);
    let Job { rows, learned_rows, columns } = job;
    let what = format!(
        "{} would take about {} of memory, more than the {} there may be: it learns from {learned_rows} \
         of {rows} rows in {columns} columns",
        algorithm.name(),
        mebibytes(needed),
        mebibytes(allowed.floor()),
    );
    let more = mebibytes(needed).replace(' ', "");
    Err(Error::new(ErrorKind::NotEvaluated, what)
        .hint(format!("give --memory {more} or more, or a table of fewer columns or rows")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::algorithms;

    const JOB: Job = Job { rows: 1_000_000, learned_rows: 500_000, columns: 20 };

    #[test]
    fn what_a_job_takes_is_enough_for_it_and_a_byte_less_is_not() {
        for algorithm in algorithms() {
            let needed = JOB.bytes(*algorithm).ceil() as u64;
            check_memory(*algorithm, JOB, needed).unwrap();
            let error = check_memory(*algorithm, JOB, needed - 1).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotEvaluated);
            assert!(error.what().starts_with(algorithm.name()), "{error}");
        }
    }

    #[test]
    fn the_refusal_says_how_much_would_do() {
        let error = check_memory(algorithms()[1], JOB, 64 << 20).unwrap_err();
        assert_eq!(
            error.what(),
            "isolation_forest would take about 162 MiB of memory, more than the 64 MiB there may be: it \
             learns from 500000 of 1000000 rows in 20 columns"
        );
        assert_eq!(
            error.hint_text(),
            Some("give --memory 162MiB or more, or a table of fewer columns or rows")
        );
        check_memory(algorithms()[1], JOB, 162 << 20).unwrap();
    }

    #[test]
    fn more_rows_and_columns_never_take_less() {
        for algorithm in algorithms() {
            let larger = [
                Job { rows: 2_000_000, ..JOB },
                Job { learned_rows: 800_000, ..JOB },
                Job { columns: 32, ..JOB },
            ];
            for larger in larger {
                assert!(
                    larger.bytes(*algorithm) >= JOB.bytes(*algorithm),
                    "{}: {larger:?}",
                    algorithm.name()
                );
            }
        }
    }
}
