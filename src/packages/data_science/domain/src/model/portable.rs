//! A model in terms of other programs.

use shared_kernel_domain::Result;

use super::{AnomalyModel, Calibration};
use crate::encoder::PortableValues;
use crate::portable::{Example, PortableModel, smallest};

/// p-values whose scores are told, so that another program can decide by them.
const P_VALUES: [f64; 4] = [0.05, 0.01, 0.001, 0.0001];

/// Rows of usual numbers that an export tells the scores of.
const EXAMPLES: usize = 8;

impl AnomalyModel {
    /// The model in terms of other programs; one that they cannot compute is refused.
    pub fn portable(&self) -> Result<PortableModel> {
        let formula = self.detector.formula()?;
        let border = |p: f64| Some((p, self.calibration.border(p)?));
        Ok(PortableModel {
            detector: self.detector_name.clone(),
            training_rows: self.training_rows,
            columns: self.encoder.portable_columns(),
            other_columns: self.encoder.left_out().keys().cloned().collect(),
            formula,
            borders: P_VALUES.into_iter().filter_map(border).collect(),
            examples: self.examples()?,
        })
    }

    /// Rows of each column's usual numbers, one of its ends and a row without any, with their
    /// scores; none where columns of texts are read. No row of the table is among them but by
    /// chance.
    fn examples(&self) -> Result<Vec<Example>> {
        let columns = self.encoder.portable_columns();
        let quantiles = self.encoder.quantiles();
        let mut numbers = Vec::with_capacity(columns.len());
        for (at, (column, quantiles)) in columns.iter().zip(quantiles).enumerate() {
            let PortableValues::Numbers { median, lowest, highest } = column.values else {
                return Ok(Vec::new());
            };
            let usual = |row: usize| {
                let place = (row * quantiles.len() / EXAMPLES + at) % quantiles.len().max(1);
                quantiles.get(place).copied().unwrap_or(median)
            };
            let ends = [lowest, highest, f64::NAN];
            numbers.push((0..EXAMPLES).map(usual).chain(ends).collect::<Vec<f64>>());
        }
        let scores = self.score(&self.encoder.encode_numbers(&numbers)?);
        let example = |(row, score): (usize, f64)| {
            let cell = |column: &Vec<f64>| column.get(row).copied().filter(|it| !it.is_nan());
            Example { row: numbers.iter().map(cell).collect(), score }
        };
        Ok(scores.into_iter().enumerate().map(example).collect())
    }
}

impl Calibration {
    /// The smallest score whose p-value is at most `p`; `None` when no score's is.
    fn border(&self, p: f64) -> Option<f64> {
        let is_unlikely = |score: f64| self.p_value(score) <= p;
        is_unlikely(f64::MAX).then(|| smallest(is_unlikely))
    }
}
