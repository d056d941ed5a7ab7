//! Scaling of features for detectors that measure distances or densities.
//!
//! Each feature is centred and divided by its scale, so that no unit of measurement decides what is
//! near. Scaled values are clamped to ±[`LIMIT`]: squares and products of four of them stay finite.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::{Error, Result};

use crate::matrix::FeatureMatrix;

/// The largest scaled value: whatever came, a product of four stays far below overflow.
pub const LIMIT: f64 = 1e50;

/// The interquartile range of a normal distribution with standard deviation 1.
const NORMAL_INTERQUARTILE_RANGE: f64 = 1.348_979_500_392_163_5;

/// Centre and scale of each feature, learned from training rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    centres: Vec<f64>,
    /// Above zero.
    scales: Vec<f64>,
}

impl Scaler {
    /// Median and interquartile range, the latter divided by 1.349 so that it is the standard
    /// deviation of normal data: far out values do not change what counts as far.
    ///
    /// A feature whose middle half is one value takes its standard deviation, a constant one 1.
    pub fn robust(features: &FeatureMatrix) -> Self {
        Self::of(features, |column| {
            let mut sorted = column.to_vec();
            sorted.sort_unstable_by(f64::total_cmp);
            let quantile = |share| quantile_of_sorted(&sorted, share);
            // Halved before subtracting, so that the widest column does not overflow.
            let range = (quantile(0.75) / 2.0 - quantile(0.25) / 2.0) * 2.0;
            let scale = range / NORMAL_INTERQUARTILE_RANGE;
            let scale = if scale > 0.0 { scale } else { mean_and_deviation(column).1 };
            (quantile(0.5), scale)
        })
    }

    /// Median and the range of the middle values, without a share `tail` (below ½) at each end: far
    /// out values up to that share do not change what counts as far.
    ///
    /// A feature whose middle is one value takes its whole range, a constant one 1.
    pub fn central(features: &FeatureMatrix, tail: f64) -> Self {
        Self::of(features, |column| {
            let mut sorted = column.to_vec();
            sorted.sort_unstable_by(f64::total_cmp);
            // Halved before subtracting, so that the widest column does not overflow.
            let half_range = |tail: f64| {
                quantile_of_sorted(&sorted, 1.0 - tail) / 2.0
                    - quantile_of_sorted(&sorted, tail) / 2.0
            };
            let half = half_range(tail);
            let half = if half > 0.0 { half } else { half_range(0.0) };
            (quantile_of_sorted(&sorted, 0.5), 2.0 * half)
        })
    }

    /// Mean and standard deviation (of the rows as the population); 1 for a constant feature.
    pub fn standard(features: &FeatureMatrix) -> Self {
        Self::of(features, mean_and_deviation)
    }

    /// Neither centres nor scales: for methods whose own steps are free of scale.
    pub fn identity(features: usize) -> Self {
        Self { centres: vec![0.0; features], scales: vec![1.0; features] }
    }

    fn of(features: &FeatureMatrix, of_column: impl Fn(&[f64]) -> (f64, f64) + Sync) -> Self {
        let usable = |(centre, scale): (f64, f64)| {
            (centre, if scale > 0.0 { scale.min(f64::MAX) } else { 1.0 })
        };
        let (centres, scales) =
            features.columns().par_iter().map(|column| usable(of_column(column))).unzip();
        Self { centres, scales }
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.centres.len()
    }

    /// What each feature is centred on, in its own units.
    pub fn centres(&self) -> &[f64] {
        &self.centres
    }

    /// One scaled unit of each feature, in its own units; above zero.
    pub fn scales(&self) -> &[f64] {
        &self.scales
    }

    /// All rows scaled, row-major: `rows × features` finite numbers.
    pub fn apply(&self, features: &FeatureMatrix) -> Vec<f64> {
        let mut scaled = Vec::new();
        self.apply_block(features, 0..features.rows(), &mut scaled);
        scaled
    }

    /// Some rows scaled, row-major, into `block` (cleared first).
    pub fn apply_block(&self, features: &FeatureMatrix, rows: Range<usize>, block: &mut Vec<f64>) {
        features.copy_block(rows.start, rows.end, block);
        for row in block.chunks_exact_mut(self.features().max(1)) {
            self.scale(row);
        }
    }

    /// One row scaled.
    pub fn apply_row(&self, row: &[f64]) -> Vec<f64> {
        let mut scaled = row.to_vec();
        self.scale(&mut scaled);
        scaled
    }

    /// Scales a row where it is.
    fn scale(&self, row: &mut [f64]) {
        for ((value, centre), scale) in row.iter_mut().zip(&self.centres).zip(&self.scales) {
            *value = ((*value - centre) / scale).clamp(-LIMIT, LIMIT);
        }
    }

    /// Refuses what could make a scaled value not a number, and another number of features.
    pub fn check(&self, features: usize) -> Result<()> {
        let sound = self.centres.len() == features
            && self.scales.len() == features
            && self.centres.iter().all(|centre| centre.is_finite())
            && self.scales.iter().all(|&scale| scale > 0.0 && scale.is_finite());
        if sound { Ok(()) } else { Err(Error::input("the scaling in the model is broken")) }
    }
}

/// The quantile between the two values around it, as NumPy's `linear`; 0 of none.
fn quantile_of_sorted(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = share * last as f64;
    let (below, above) = (sorted[place as usize], sorted[place.ceil() as usize]);
    let fraction = place.fract();
    below * (1.0 - fraction) + above * fraction
}

/// Mean and population standard deviation, the latter 0 for a constant column; neither overflows.
fn mean_and_deviation(column: &[f64]) -> (f64, f64) {
    let rows = column.len().max(1) as f64;
    let first = column.first().copied().unwrap_or(0.0);
    let largest = column.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    if largest == 0.0 || column.iter().all(|&value| value == first) {
        return (first, 0.0);
    }
    // A power of two: dividing by it rounds nothing but what is too small to matter.
    let unit = largest.log2().floor().exp2().clamp(f64::MIN_POSITIVE, 2_f64.powi(1_023));
    let mean = column.iter().map(|value| value / unit).sum::<f64>() / rows;
    let squares = column.iter().map(|value| (value / unit - mean).powi(2)).sum::<f64>();
    // Below 2 × largest ≤ 2 × f64::MAX only for the deviation, so it may reach infinity: clamped.
    (mean * unit, ((squares / rows).sqrt() * unit).min(f64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
        FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
    }

    #[test]
    fn scales_are_those_of_scikit_learn() {
        // scikit-learn 1.9.1: RobustScaler(unit_variance=True) and StandardScaler() on the column.
        let features = matrix(vec![vec![1.0, 2.0, 4.0, 8.0, 100.0, 3.0]]);
        let robust = Scaler::robust(&features);
        assert_eq!(robust.centres(), [3.5]);
        assert!((robust.scales()[0] - 3.521_180_268_950_804_5).abs() < 1e-12, "{robust:?}");
        let standard = Scaler::standard(&features);
        assert!((standard.centres()[0] - 19.666_666_666_666_668).abs() < 1e-12);
        assert!((standard.scales()[0] - 35.993_826_631_181_57).abs() < 1e-12, "{standard:?}");
    }

    #[test]
    fn a_feature_without_spread_in_its_middle_takes_its_deviation_and_a_constant_one_1() {
        let mostly_zero = vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0];
        let features = matrix(vec![mostly_zero, vec![0.1; 10]]);
        let scaler = Scaler::robust(&features);
        assert_eq!(scaler.centres(), [0.0, 0.1]);
        assert!((scaler.scales()[0] - 3.0).abs() < 1e-12);
        assert_eq!(scaler.scales()[1], 1.0);
        assert_eq!(Scaler::standard(&features).scales()[1], 1.0);
        assert_eq!(scaler.apply_row(&[3.0, 0.6]), [1.0, 0.5]);
        Scaler::standard(&matrix(vec![vec![f64::MAX, f64::MIN, 0.0]])).check(1).unwrap();
        assert_eq!(Scaler::central(&features, 0.2).scales(), [10.0, 1.0]);
        let even = matrix(vec![(0..=100).map(f64::from).collect()]);
        assert_eq!(Scaler::central(&even, 0.05).scales(), [90.0]);
    }

    #[test]
    fn rows_alone_and_in_blocks_scale_alike() {
        let features = matrix(vec![vec![1.0, 2.0, 5.0], vec![-1.0, 0.0, 9.0]]);
        let scaler = Scaler::standard(&features);
        let all = scaler.apply(&features);
        assert_eq!(all[2..4], scaler.apply_row(&[2.0, 0.0])[..]);
        let mut block = vec![7.0; 99];
        scaler.apply_block(&features, 1..3, &mut block);
        assert_eq!(block, all[2..]);
        assert_eq!(Scaler::identity(2).apply_row(&[2.0, -3.5]), [2.0, -3.5]);
    }

    #[test]
    fn broken_scalers_are_refused() {
        let good = Scaler { centres: vec![0.0, 1.0], scales: vec![1.0, 2.0] };
        good.check(2).unwrap();
        assert!(good.check(3).is_err());
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Scaler { scales: vec![1.0, scale], ..good.clone() }.check(2).is_err());
        }
        assert!(Scaler { centres: vec![f64::NAN, 0.0], ..good.clone() }.check(2).is_err());
        assert!(Scaler { scales: vec![1.0], ..good }.check(2).is_err());
    }

    proptest! {
        #[test]
        fn any_finite_values_scale_to_finite_values(
            column in prop::collection::vec(
                prop_oneof![any::<f64>().prop_filter("finite", |value| value.is_finite()), -9.0..9.0],
                1..30,
            ),
            other in any::<f64>().prop_filter("finite", |value| value.is_finite()),
        ) {
            let features = matrix(vec![column]);
            let central = Scaler::central(&features, 0.05);
            for scaler in [Scaler::robust(&features), Scaler::standard(&features), central] {
                scaler.check(1).unwrap();
                let scaled = [scaler.apply(&features), scaler.apply_row(&[other])].concat();
                prop_assert!(scaled.iter().all(|value| value.abs() <= LIMIT), "{:?}", scaler);
            }
        }
    }
}
