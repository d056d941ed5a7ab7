//! The gate: whether a model may learn from a table.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::event::GateDecision;
use shared_kernel_domain::identity::DatasetId;
use shared_kernel_domain::unit_of_work::UnitOfWork;

use crate::report::StoredReport;
use crate::result::CheckResult;
use crate::score;
use crate::verdict::{Dimension, Severity, Verdict};

/// When the gate closes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GatePolicy {
    /// The lowest overall score that passes, from 0 to 1.
    pub least_score: f64,
    /// The lowest score of a dimension that passes, from 0 to 1.
    #[serde(default)]
    pub least_of_dimension: BTreeMap<Dimension, f64>,
    /// The level at which a failed check closes the gate by itself; `null`: none does.
    pub fail_on: Option<Severity>,
    /// Checks and rules that must have passed, whatever their level; see [`is_called`].
    #[serde(default)]
    pub required: BTreeSet<String>,
    /// Checks and rules that do not close the gate by themselves.
    #[serde(default)]
    pub tolerated: BTreeSet<String>,
    /// Whether what could not be evaluated, at the level of `fail_on`, closes the gate.
    #[serde(default)]
    pub gaps_close: bool,
}

impl Default for GatePolicy {
    fn default() -> Self {
        Self {
            least_score: 0.75,
            least_of_dimension: BTreeMap::new(),
            fail_on: Some(Severity::Error),
            required: BTreeSet::new(),
            tolerated: BTreeSet::new(),
            gaps_close: false,
        }
    }
}

/// Decides by results and score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gate {
    /// Its thresholds.
    pub policy: GatePolicy,
}

/// Checks named one by one in a decision; the rest is counted.
const NAMED_REASONS: usize = 10;

impl Gate {
    /// Passes when something was evaluated, nothing that counts failed at the gate's level, what is
    /// required passed, and the scores are high enough. What could not be evaluated counts for
    /// nothing, unless the policy says otherwise; a table of which nothing could be evaluated does
    /// not pass.
    pub fn decide(&self, results: &[CheckResult]) -> GateDecision {
        let mut reasons = self.failed(results);
        reasons.extend(self.policy.required.iter().filter_map(|name| {
            let of_name: Vec<_> = results.iter().filter(|it| is_called(it, name)).collect();
            missing_requirement(name, &of_name)
        }));
        reasons.extend(self.low_scores(results));
        GateDecision::by_reasons(reasons)
    }

    fn failed(&self, results: &[CheckResult]) -> Vec<String> {
        let policy = &self.policy;
        let Some(level) = policy.fail_on else { return Vec::new() };
        let named = |names: &BTreeSet<String>, result: &CheckResult| {
            names.iter().any(|name| is_called(result, name))
        };
        let counts = |result: &&CheckResult| {
            let closes = result.has_failed() || policy.gaps_close && result.is_not_evaluated();
            closes
                && result.severity >= level
                && !named(&policy.tolerated, result)
                && !named(&policy.required, result)
        };
        let failed: Vec<&CheckResult> = results.iter().filter(counts).collect();
        let reason = |result: &&CheckResult| match &result.verdict {
            Verdict::NotEvaluated { reason } => {
                format!("{} of {} was not evaluated: {reason}", name_of(result), result.subject())
            }
            _ => result.sentence.clone(),
        };
        let mut reasons: Vec<String> = failed.iter().take(NAMED_REASONS).map(reason).collect();
        if failed.len() > NAMED_REASONS {
            let more = failed.len() - NAMED_REASONS;
            reasons.push(format!("{more} more checks failed at {level} level"));
        }
        reasons
    }

    fn low_scores(&self, results: &[CheckResult]) -> Vec<String> {
        let policy = &self.policy;
        let below = |what: &str, score: f64, least: f64| {
            (score < least)
                .then(|| format!("{what} {score:.3} is below {least:.3}, the least that passes"))
        };
        let overall = match score::overall(results) {
            None => Some("nothing could be evaluated".to_owned()),
            Some(score) => below("the score", score, policy.least_score),
        };
        let dimensions = policy.least_of_dimension.iter().filter_map(|(dimension, least)| {
            match score::of_dimension(results, *dimension) {
                None => Some(format!("nothing about {dimension} could be evaluated")),
                Some((score, _)) => below(&format!("the score of {dimension}"), score, *least),
            }
        });
        overall.into_iter().chain(dimensions).collect()
    }
}

/// Whether a policy's name means a result: a contract's rule by its id, with all its segments; a built-in check by its name,
/// for all its columns, or by `COLUMN.CHECK`.
pub fn is_called(result: &CheckResult, name: &str) -> bool {
    if let Some(contract) = &result.contract {
        let rest = contract.rule.strip_prefix(name);
        return rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['));
    }
    let of_column = name.strip_suffix(&result.check).and_then(|it| it.strip_suffix('.'));
    result.check == name || of_column.is_some_and(|it| result.columns.join("+") == it)
}

fn name_of(result: &CheckResult) -> &str {
    result.contract.as_ref().map_or(&result.check, |contract| &contract.rule)
}

fn missing_requirement(name: &str, results: &[&CheckResult]) -> Option<String> {
    if results.is_empty() {
        return Some(format!("{name} is required, and there is no such check"));
    }
    results.iter().find_map(|result| match &result.verdict {
        Verdict::Passed => None,
        Verdict::Failed => Some(format!("{name} is required: {}", result.sentence)),
        Verdict::NotEvaluated { reason } => {
            Some(format!("{name} is required, and was not evaluated: {reason}"))
        }
    })
}

/// The gates of datasets.
pub trait GateRepository: Send + Sync {
    /// The policy of a dataset, if it has one of its own.
    fn policy_of(&self, dataset: &DatasetId) -> Result<Option<GatePolicy>>;

    /// Gives a dataset a policy of its own, or takes it away.
    fn set_policy(
        &self,
        dataset: &DatasetId,
        policy: Option<&GatePolicy>,
        unit: UnitOfWork,
    ) -> Result<()>;

    /// Puts the decision of a report in place of the one that is stored with it; all else of a stored
    /// report stays.
    fn decide_again(&self, report: &StoredReport, unit: UnitOfWork) -> Result<()>;
}
