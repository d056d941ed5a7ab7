use data_quality_domain::{CheckResult, Dimension, Gate, GatePolicy, Severity, Verdict, score};
use proptest::prelude::*;

use crate::results::{any_results, result};

fn gate(least_score: f64) -> Gate {
    Gate { policy: GatePolicy { least_score, ..GatePolicy::default() } }
}

#[test]
fn what_was_not_evaluated_is_never_a_pass() {
    let blind = result(Dimension::Completeness, Severity::Warning, 0, 0, None);
    let decision = Gate::default().decide(&[blind]);
    assert!(!decision.passed);
    assert_eq!(decision.reasons, ["nothing could be evaluated"]);
    assert!(!Gate::default().decide(&[]).passed);
}

#[test]
fn warnings_alone_pass_and_an_error_closes_the_gate() {
    let warning = result(Dimension::Completeness, Severity::Warning, 100, 20, None);
    assert!(Gate::default().decide(std::slice::from_ref(&warning)).passed);
    let error = result(Dimension::Conformity, Severity::Warning, 100, 2, Some(0.01));
    let decision = Gate::default().decide(&[warning, error]);
    assert!(!decision.passed);
    assert_eq!(decision.reasons, ["2 of 100"]);
}

#[test]
fn a_low_score_closes_the_gate_and_is_told() {
    let poor = result(Dimension::Completeness, Severity::Warning, 100, 60, None);
    let decision = Gate::default().decide(&[poor]);
    assert_eq!(decision.reasons, ["the score 0.400 is below 0.750, the least that passes"]);
}

#[test]
fn very_many_errors_are_counted_rather_than_listed() {
    let error = result(Dimension::Conformity, Severity::Warning, 1000, 20, Some(0.01));
    let decision = Gate::default().decide(&vec![error; 25]);
    assert_eq!(decision.reasons.len(), 11);
    assert_eq!(decision.reasons[10], "15 more checks failed at error level");
}

proptest! {
    #[test]
    fn a_decision_passes_exactly_when_it_has_no_reason(results in any_results(), least in 0.0..=1.0_f64) {
        let decision = gate(least).decide(&results);
        prop_assert_eq!(decision.passed, decision.reasons.is_empty());
        if decision.passed {
            prop_assert!(score::overall(&results) >= Some(least));
            prop_assert!(!results.iter().any(|result| result.has_failed() && result.severity == Severity::Error));
        }
    }

    #[test]
    fn more_failures_never_open_the_gate(
        results in any_results(),
        evaluated in 1_u64..100_000,
        fewer in 0.0..=1.0_f64,
        least in 0.0..=1.0_f64,
    ) {
        let with = |failed| {
            let mut results = results.clone();
            results.push(result(Dimension::Conformity, Severity::Warning, evaluated, failed, Some(0.01)));
            gate(least).decide(&results).passed
        };
        let few = (fewer * evaluated as f64) as u64;
        prop_assert!(with(few) || !with(evaluated.min(few + 1)));
    }

    #[test]
    fn a_stricter_gate_never_passes_more(results in any_results(), low in 0.0..=1.0_f64, high in 0.0..=1.0_f64) {
        let (low, high) = (low.min(high), low.max(high));
        prop_assert!(gate(low).decide(&results).passed || !gate(high).decide(&results).passed);
        let on_warning = Gate { policy: GatePolicy {
            least_score: low,
            fail_on: Some(Severity::Warning),
            ..GatePolicy::default()
        } };
        prop_assert!(gate(low).decide(&results).passed || !on_warning.decide(&results).passed);
    }
}

#[test]
fn a_policy_asks_more_of_a_dimension_and_of_single_checks() {
    let warning = result(Dimension::Completeness, Severity::Warning, 100, 20, None);
    let name = warning.check.clone();
    let results = [warning];
    let decide = |change: &dyn Fn(&mut GatePolicy)| {
        let mut policy = GatePolicy::default();
        change(&mut policy);
        Gate { policy }.decide(&results).reasons
    };
    assert_eq!(decide(&|_| ()), Vec::<String>::new());
    let least = |policy: &mut GatePolicy| {
        policy.least_of_dimension.insert(Dimension::Completeness, 0.9);
        policy.least_of_dimension.insert(Dimension::Timeliness, 0.1);
    };
    assert_eq!(
        decide(&least),
        [
            "the score of completeness 0.800 is below 0.900, the least that passes",
            "nothing about timeliness could be evaluated",
        ]
    );
    let required =
        |policy: &mut GatePolicy| policy.required.extend([name.clone(), "zzz".to_owned()]);
    let reasons = decide(&required);
    assert!(reasons[0].contains(&format!("{name} is required: 20 of 100")), "{reasons:?}");
    assert_eq!(reasons[1], "zzz is required, and there is no such check");
}

#[test]
fn what_is_tolerated_does_not_close_the_gate_by_itself() {
    let mut error = result(Dimension::Conformity, Severity::Warning, 100, 2, Some(0.01));
    error.columns = vec!["dep_time".to_owned()];
    let tolerating = |name: String| {
        let policy = GatePolicy { tolerated: [name].into(), ..GatePolicy::default() };
        Gate { policy }.decide(std::slice::from_ref(&error)).passed
    };
    assert!(tolerating(error.check.clone()));
    assert!(tolerating(format!("dep_time.{}", error.check)));
    assert!(!tolerating(format!("arr_time.{}", error.check)));
    let never = GatePolicy { fail_on: None, ..GatePolicy::default() };
    assert!(Gate { policy: never }.decide(&[error]).passed, "the scores alone decide");
}

#[test]
fn gaps_close_the_gate_where_the_policy_says_so() {
    let good = result(Dimension::Completeness, Severity::Error, 100, 0, None);
    let gap = CheckResult {
        verdict: Verdict::NotEvaluated { reason: "no column a".to_owned() },
        evaluated: None,
        failed: None,
        ..good.clone()
    };
    let results = [good, gap];
    assert!(Gate::default().decide(&results).passed);
    let policy = GatePolicy { gaps_close: true, ..GatePolicy::default() };
    let reasons = Gate { policy }.decide(&results).reasons;
    assert!(reasons.len() == 1 && reasons[0].ends_with("was not evaluated: no column a"));
    let required =
        GatePolicy { required: [results[1].check.clone()].into(), ..GatePolicy::default() };
    assert!(!Gate { policy: required }.decide(&results).passed, "what is required must be known");
}
