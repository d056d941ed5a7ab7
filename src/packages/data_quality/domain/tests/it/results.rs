//! Results of every kind, as proptest makes them.

use data_quality_domain::{CheckResult, Dimension, Severity, Threshold, Unit, Verdict};
use proptest::prelude::*;
use shared_kernel_domain::measured::Measured;

/// A result, judged by its threshold as the checks do it.
pub(crate) fn result(
    dimension: Dimension,
    level: Severity,
    evaluated: u64,
    failed: u64,
    error: Option<f64>,
) -> CheckResult {
    let share = failed as f64 / evaluated.max(1) as f64;
    let (verdict, severity) = match error {
        _ if evaluated == 0 => (Verdict::NotEvaluated { reason: "no rows".to_owned() }, level),
        Some(limit) if share > limit => (Verdict::Failed, Severity::Error),
        _ if failed > 0 => (Verdict::Failed, level),
        _ => (Verdict::Passed, level),
    };
    let count = |count| (evaluated > 0).then_some(Measured::exact(count));
    CheckResult {
        check: "null_share".to_owned(),
        columns: vec!["a".to_owned()],
        dimension,
        severity,
        verdict,
        unit: Unit::Values,
        evaluated: count(evaluated),
        failed: count(failed),
        threshold: Some(Threshold { warning: 0.0, error }),
        evidence: Vec::new(),
        sentence: format!("{failed} of {evaluated}"),
        contract: None,
    }
}

/// Any result, with its counts.
pub(crate) fn any_result() -> impl Strategy<Value = CheckResult> {
    let level = prop_oneof![Just(Severity::Info), Just(Severity::Warning)];
    let dimension = (0..Dimension::ALL.len()).prop_map(|index| Dimension::ALL[index]);
    let error = prop_oneof![Just(None), Just(Some(0.01)), Just(Some(0.5))];
    (dimension, level, 0_u64..1_000_000, 0.0..=1.0_f64, error).prop_map(
        |(dimension, level, evaluated, share, error)| {
            let error = error.filter(|_| level > Severity::Info);
            result(dimension, level, evaluated, (share * evaluated as f64) as u64, error)
        },
    )
}

pub(crate) fn any_results() -> impl Strategy<Value = Vec<CheckResult>> {
    prop::collection::vec(any_result(), 0..30)
}
