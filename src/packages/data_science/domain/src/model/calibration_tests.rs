use proptest::prelude::*;

use super::*;

fn held_back(scores: &[f64]) -> Calibration {
    Calibration::of(CalibrationSource::HeldBack, scores)
}

/// Exponential scores: the quantiles of as many rows.
fn exponential(rows: usize) -> Vec<f64> {
    (0..rows).map(|row| -(1.0 - (row as f64 + 0.5) / rows as f64).ln()).collect()
}

#[test]
fn p_values_count_the_scores_that_are_as_high() {
    let calibration = held_back(&[1.0, 2.0, 2.0, 3.0]);
    let told = [0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 9.0].map(|score| calibration.p_value(score) * 5.0);
    assert_eq!(told, [5.0, 5.0, 4.0, 4.0, 2.0, 2.0, 1.0]);
    let told = [0.0, 1.0, 2.0, 3.0, 9.0].map(|score| calibration.percentile(score));
    assert_eq!(told, [0.0, 25.0, 75.0, 100.0, 100.0]);
    assert_eq!(calibration.extrapolated_below(), None);
}

#[test]
fn of_very_many_scores_percentiles_are_within_their_bound() {
    let scores = exponential(60_000);
    let calibration = held_back(&scores);
    let Exactness::Approximate { error } = calibration.exactness() else { panic!("thinned") };
    for (row, &score) in scores.iter().enumerate() {
        let exact = 100.0 * (row as f64 + 1.0) / 60_000.0;
        assert!((calibration.percentile(score) - exact).abs() <= error, "{score}");
    }
    assert_eq!(calibration.quantile(0.0), Some(scores[0]));
    assert_eq!(calibration.quantile(1.0), scores.last().copied());
    assert!(held_back(&scores[..9_000]).exactness() == Exactness::Exact);
}

#[test]
fn beyond_the_scores_the_tail_goes_on() {
    let calibration = held_back(&exponential(2_000));
    assert_eq!(calibration.set_aside(), 0);
    let below = calibration.extrapolated_below().unwrap();
    assert!((0.004..0.006).contains(&below), "{below}");
    for p in [1e-3, 1e-4, 1e-5] {
        let told = calibration.p_value(-f64::ln(p));
        assert!((told / p).ln().abs() < 0.4, "{told} for {p}");
    }
    assert!(calibration.p_value(1e300) > 0.0);
}

#[test]
fn anomalies_among_the_calibration_rows_are_set_aside() {
    let mut scores = exponential(2_000);
    for score in &mut scores[..10] {
        *score = 40.0;
    }
    let calibration = held_back(&scores);
    assert!((10..=11).contains(&calibration.set_aside()));
    assert!(calibration.p_value(40.0) < 1e-9);
    let clean = held_back(&exponential(2_000));
    for score in [1.0, 2.0, 3.0, 4.0, 5.0] {
        let (told, true_p) = (calibration.p_value(score), clean.p_value(score));
        assert!((told / true_p).ln().abs() < 0.1, "{told} for {true_p}");
    }
}

#[test]
fn scores_that_are_all_alike_say_nothing() {
    let calibration = held_back(&[0.5; 1_000]);
    assert_eq!((calibration.p_value(0.5), calibration.set_aside()), (1.0, 0));
    assert_eq!(calibration.extrapolated_below(), None);
}

proptest! {
    #[test]
    fn p_values_are_probabilities_that_fall_as_scores_rise(
        scores in prop::collection::vec(prop_oneof![(0_u8..9).prop_map(f64::from), -1e9..1e9_f64], 1..400),
        mut asked in prop::collection::vec(-2e9..2e9_f64, 2..40),
    ) {
        let calibration = held_back(&scores);
        calibration.check().unwrap();
        asked.extend(&scores);
        asked.sort_by(f64::total_cmp);
        let told: Vec<f64> = asked.iter().map(|&score| calibration.p_value(score)).collect();
        prop_assert!(told.iter().all(|&p| p > 0.0 && p <= 1.0), "{told:?}");
        prop_assert!(told.is_sorted_by(|a, b| a >= b), "{told:?}");
        // Without a tail, the definition.
        if calibration.extrapolated_below().is_none() {
            for (&score, &p) in asked.iter().zip(&told) {
                let as_high = scores.iter().filter(|&&other| other >= score).count();
                prop_assert_eq!(p, (1 + as_high) as f64 / (1 + scores.len()) as f64);
            }
        }
    }
}
