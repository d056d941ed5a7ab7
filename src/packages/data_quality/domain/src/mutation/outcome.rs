//! What counts as caught.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::monitor;
use crate::result::{CheckResult, Unit};
use crate::verdict::Severity;

/// How a corruption is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It fails, and did not before.
    Fails,
    /// It failed before, and now at a higher level, or more than twice as much breaks it.
    FailsMore,
    /// It could be evaluated before, and cannot any more: the check ends with exit code 4.
    NotEvaluated,
}

/// A rule, check or monitor that notices a corruption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Catch {
    /// The rule's id in the contract, or the check's or monitor's name.
    pub name: String,
    /// The columns it is about; empty for the whole table.
    pub columns: Vec<String>,
    /// How.
    pub how: How,
    /// What it says.
    pub sentence: String,
}

/// One corruption at one place, and what noticed it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attempt {
    /// The columns that it was done to; empty for the whole table.
    pub columns: Vec<String>,
    /// Rows concerned.
    pub rows: u64,
    /// What was done there.
    pub detail: String,
    /// Rules of the contract that catch it.
    pub rules: Vec<Catch>,
    /// Built-in checks that catch it.
    pub built_in: Vec<Catch>,
    /// Monitors that catch it.
    pub monitors: Vec<Catch>,
    /// Ids of suggested rules that would catch it, where no rule of the contract does.
    pub suggested: Vec<String>,
}

impl Attempt {
    /// Whether anything noticed it.
    pub fn is_noticed(&self) -> bool {
        !(self.rules.is_empty() && self.built_in.is_empty() && self.monitors.is_empty())
    }
}

/// Adds what notices a corruption: results of the table as it is, and of the corrupted one; `renamed`
/// is a column's new name and the one that it had.
///
/// A rule of a contract catches it when it fails at warning level or above and did not, fails more
/// ([`How::FailsMore`]), or cannot be evaluated any more. A built-in check or a monitor catches it when
/// it fails, or fails more, in the same way.
pub fn caught_by(
    before: &[CheckResult],
    after: &[CheckResult],
    renamed: Option<&(String, String)>,
    attempt: &mut Attempt,
) {
    for result in after {
        let known = before.iter().find(|known| is_same(known, result, renamed));
        let Some(how) = how(known, result) else { continue };
        let rule = result.contract.as_ref();
        let catch = Catch {
            name: rule.map_or_else(|| result.check.clone(), |rule| rule.rule.clone()),
            columns: result.columns.clone(),
            how,
            sentence: result.sentence.clone(),
        };
        if rule.is_some() {
            attempt.rules.push(catch);
        } else if how == How::NotEvaluated {
            // a check of a column that is not there any more says nothing of it
        } else if monitor::NAMES.contains(&result.check.as_str()) {
            attempt.monitors.push(catch);
        } else {
            attempt.built_in.push(catch);
        }
    }
}

/// Whether two results are of the same rule, check or monitor.
fn is_same(before: &CheckResult, after: &CheckResult, renamed: Option<&(String, String)>) -> bool {
    match (&before.contract, &after.contract) {
        (Some(one), Some(other)) => one.rule == other.rule && one.contract == other.contract,
        (None, None) if before.check != after.check => false,
        // of which columns a monitor speaks depends on what it finds
        (None, None) if monitor::NAMES.contains(&after.check.as_str()) => true,
        (None, None) => {
            let called = |column: &String| match renamed {
                Some((now, then)) if now == column => then.clone(),
                _ => column.clone(),
            };
            before.columns.iter().cloned().eq(after.columns.iter().map(called))
        }
        _ => false,
    }
}

fn how(before: Option<&CheckResult>, after: &CheckResult) -> Option<How> {
    if after.is_not_evaluated() {
        let was = before.is_some_and(|before| !before.is_not_evaluated());
        return was.then_some(How::NotEvaluated);
    }
    if !after.has_failed() || after.severity < Severity::Warning {
        return None;
    }
    let Some(before) = before.filter(|before| before.has_failed()) else {
        return Some(How::Fails);
    };
    let broken = |result: &CheckResult| result.failed.map_or(0, |failed| failed.value);
    let is_more = after.unit != Unit::Figures && broken(after) > 2 * broken(before);
    (after.severity > before.severity || is_more).then_some(How::FailsMore)
}
