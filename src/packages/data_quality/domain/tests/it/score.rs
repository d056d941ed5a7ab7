use data_quality_domain::{CheckResult, Dimension, Scores, Severity, score};
use proptest::prelude::*;

use crate::results::{any_results, result};

/// The documented formula, written down a second time over the counts of the JSON document.
fn by_hand(document: &serde_json::Value, dimension: &str) -> Option<f64> {
    let mut shares = Vec::new();
    for result in document.as_array()? {
        let counted = result["severity"] != "info" && result["verdict"] != "not_evaluated";
        if result["dimension"] == dimension && counted {
            let failed = result["failed"]["value"].as_f64()?;
            shares.push(1.0 - failed / result["evaluated"]["value"].as_f64()?);
        }
    }
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

#[test]
fn the_worked_example_of_the_documentation() {
    let of =
        |dimension, level, evaluated, failed| result(dimension, level, evaluated, failed, None);
    let results = [
        of(Dimension::Completeness, Severity::Warning, 100, 10),
        of(Dimension::Completeness, Severity::Warning, 50, 0),
        of(Dimension::Completeness, Severity::Info, 50, 50),
        of(Dimension::Uniqueness, Severity::Warning, 200, 50),
        of(Dimension::Uniqueness, Severity::Warning, 0, 0),
    ];
    assert_eq!(score::of_dimension(&results, Dimension::Completeness), Some((0.95, 2)));
    assert_eq!(score::of_dimension(&results, Dimension::Uniqueness), Some((0.75, 1)));
    assert_eq!(score::of_dimension(&results, Dimension::Coverage), None);
    assert_eq!(score::overall(&results), Some(0.85));
}

#[test]
fn one_failure_in_very_many_never_rounds_to_a_full_score() {
    let results = [result(Dimension::Conformity, Severity::Warning, 1 << 50, 1, None)];
    assert!(score::overall(&results) < Some(1.0));
}

proptest! {
    #[test]
    fn scores_can_be_computed_again_from_the_stored_counts(results in any_results()) {
        let document = serde_json::to_value(&results).expect("JSON");
        let scores = Scores::of(&results);
        let mut means = Vec::new();
        for dimension in Dimension::ALL {
            let told = scores.dimensions.iter().find(|score| score.dimension == dimension);
            let expected = by_hand(&document, dimension.name());
            prop_assert_eq!(told.is_some(), expected.is_some());
            if let (Some(told), Some(expected)) = (told, expected) {
                prop_assert!((told.score.value - expected).abs() <= 1e-9);
                means.push(expected);
            }
        }
        let overall = scores.overall.map(|score| score.value);
        prop_assert_eq!(overall.is_some(), !means.is_empty());
        if let Some(overall) = overall {
            prop_assert!((overall - means.iter().sum::<f64>() / means.len() as f64).abs() <= 2e-9);
            prop_assert!((0.0..=1.0).contains(&overall));
        }
    }

    #[test]
    fn scores_survive_the_document_bit_by_bit(results in any_results()) {
        let json = serde_json::to_string(&(&results, Scores::of(&results))).expect("JSON");
        let (results, scores): (Vec<CheckResult>, Scores) = serde_json::from_str(&json).expect("read");
        prop_assert_eq!(Scores::of(&results), scores);
    }

    #[test]
    fn another_failing_unit_never_raises_a_score(results in any_results(), index in any::<prop::sample::Index>()) {
        prop_assume!(!results.is_empty());
        let mut worse = results.clone();
        let chosen = &mut worse[index.index(results.len())];
        if let (Some(failed), Some(evaluated)) = (chosen.failed.as_mut(), chosen.evaluated) {
            failed.value = (failed.value + 1).min(evaluated.value);
        }
        prop_assert!(score::overall(&worse) <= score::overall(&results));
    }
}
