//! Formulas against the detectors they come from.

use proptest::prelude::*;
use shared_kernel_domain::cancellation::Cancellation;

use super::*;
use crate::detector::hbos::{Bins, Hbos};
use crate::detector::pca::{Pca, PcaScore};
use crate::detector::{Algorithm, algorithm, algorithms};
use crate::matrix::FeatureMatrix;

static VARIANTS: [&dyn Algorithm; 2] = [
    &Hbos { kind: Bins::Dynamic, bins: 0, alpha: 0.1, tolerance: 0.5 },
    &Pca { score: PcaScore::ComponentScores, trimmed: 0.1 },
];

fn portable() -> impl Iterator<Item = &'static dyn Algorithm> {
    PORTABLE.into_iter().map(|name| algorithm(name).unwrap()).chain(VARIANTS)
}

/// The formula's scores of rows are the detector's; without linear algebra but for the rounding of
/// a sum of as many terms.
fn check(algorithm: &dyn Algorithm, fitted: &FeatureMatrix, others: &FeatureMatrix) {
    let detector = algorithm.fit(fitted, 3, &Cancellation::default()).unwrap();
    // Of one row, and of rows that are all the same, some learn nothing.
    let Ok(formula) = detector.formula() else { return };
    for rows in [fitted, others] {
        let mut row = Vec::new();
        for (index, score) in detector.score(rows).into_iter().enumerate() {
            rows.copy_row(index, &mut row);
            let found = formula.evaluate(&row);
            let off = (found - score).abs() / score.abs().max(1.0);
            assert!(off < 1e-12, "{}: {found} for {score} of {row:?}", algorithm.name());
        }
    }
}

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

#[test]
fn every_detector_is_portable_or_says_that_it_is_not() {
    let table = matrix(vec![(0..40).map(f64::from).collect(), [1.0, 2.0, 5.0, 5.0].repeat(10)]);
    for algorithm in algorithms() {
        let detector = algorithm.fit(&table, 1, &Cancellation::default()).unwrap();
        let formula = detector.formula();
        assert_eq!(formula.is_ok(), PORTABLE.contains(&algorithm.name()), "{}", algorithm.name());
        if let Err(error) = formula {
            assert!(error.hint_text().unwrap().contains("isolation_forest, "), "{error}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whole numbers lie on borders, and far ones outside of all.
    #[test]
    fn formulas_score_as_their_detectors_do(
        columns in (1_usize..60, 1_usize..5).prop_flat_map(|(rows, features)| {
            prop::collection::vec(prop::collection::vec(-20_i16..20, rows), features)
        }),
        fine: bool,
        others in prop::collection::vec(-30.0..30.0_f64, 40),
    ) {
        let number = |&it: &i16| if fine { f64::from(it).sin() * 7.0 } else { f64::from(it) };
        let fitted: Vec<Vec<f64>> =
            columns.iter().map(|column| column.iter().map(number).collect()).collect();
        let near = |column: &Vec<f64>| -> Vec<f64> {
            let neighbours = column.iter().flat_map(|it| [it.next_up(), it.next_down(), it + 0.5]);
            let far = [f64::MAX, f64::MIN, 1e300, -1e300, 0.0, 5e-324, 1e60];
            let whole = (-30..30).map(f64::from);
            neighbours.chain(others.iter().copied()).chain(whole).chain(far).collect()
        };
        let others = matrix(fitted.iter().map(near).collect());
        let fitted = matrix(fitted);
        for algorithm in portable() {
            check(algorithm, &fitted, &others);
        }
    }
}
