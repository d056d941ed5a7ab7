//! The gate: whether a model may learn from a table.

use shared_kernel_domain::event::GateDecision;

use crate::result::CheckResult;
use crate::score;
use crate::verdict::Severity;

/// When the gate closes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GatePolicy {
    /// The lowest overall score that passes, from 0 to 1.
    pub least_score: f64,
    /// The level at which a failed check closes the gate by itself.
    pub fail_on: Severity,
}

impl Default for GatePolicy {
    fn default() -> Self {
        Self { least_score: 0.75, fail_on: Severity::Error }
    }
}

/// Decides by results and score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gate {
    /// Its thresholds.
    pub policy: GatePolicy,
}

/// Failed checks named one by one in a decision; the rest is counted.
const NAMED_REASONS: usize = 10;

impl Gate {
    /// Passes when something was evaluated, no check failed at the gate's level and the score is
    /// high enough. What could not be evaluated counts for nothing; a table of which nothing could
    /// be evaluated does not pass.
    pub fn decide(&self, results: &[CheckResult]) -> GateDecision {
        let failed: Vec<&CheckResult> = results
            .iter()
            .filter(|result| result.has_failed() && result.severity >= self.policy.fail_on)
            .collect();
        let mut reasons: Vec<String> =
            failed.iter().take(NAMED_REASONS).map(|result| result.sentence.clone()).collect();
        if failed.len() > NAMED_REASONS {
            let more = failed.len() - NAMED_REASONS;
            reasons.push(format!("{more} more checks failed at {} level", self.policy.fail_on));
        }
        match score::overall(results) {
            None => reasons.push("nothing could be evaluated".to_owned()),
            Some(score) if score < self.policy.least_score => reasons.push(format!(
                "the score {score:.3} is below {:.3}, the least that passes",
                self.policy.least_score
            )),
            Some(_) => {}
        }
        GateDecision { passed: reasons.is_empty(), reasons }
    }
}
