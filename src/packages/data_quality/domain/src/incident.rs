//! Incidents: what one bad version, or several in a row, of a dataset caused.
//!
//! A version is bad when its gate is closed or a monitor warns of it. The first one opens an incident
//! with all that failed as its causes; the next ones go on with it; the first good one closes it. A
//! dataset has at most one open incident, however many checks and columns a batch breaks.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::event::{
    DatasetVersionRef, IncidentCause, IncidentChange, IncidentChanged,
};
use shared_kernel_domain::identity::{DatasetId, IncidentId};
use shared_kernel_domain::unit_of_work::UnitOfWork;

use crate::monitor;
use crate::report::StoredReport;
use crate::result::CheckResult;
use crate::verdict::Severity;

/// What one bad version, or several in a row, caused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// The dataset.
    pub dataset_id: DatasetId,
    /// The dataset's name.
    pub dataset: String,
    /// The first bad version.
    pub opened_by: u32,
    /// When that was judged.
    #[schemars(with = "String")]
    pub opened_at: Timestamp,
    /// The newest bad version.
    pub last_bad: u32,
    /// How many versions were bad.
    pub bad_versions: u32,
    /// Whether the gate was closed for one of them, so that no model learned from it.
    pub gate_closed: bool,
    /// The good version that closed it; `null` while it is open.
    pub closed_by: Option<u32>,
    /// When that was judged.
    #[schemars(with = "Option<String>")]
    pub closed_at: Option<Timestamp>,
    /// What failed, worst first, each check and its columns once.
    pub causes: Vec<Cause>,
    /// Causes that are not listed.
    pub unlisted_causes: u32,
    /// What somebody said of it.
    #[serde(default)]
    pub acknowledgement: Option<Acknowledgement>,
    /// Until when it is left out of the list of open ones.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub snoozed_until: Option<Timestamp>,
}

/// A check that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cause {
    /// The check, monitor or rule.
    pub check: String,
    /// The columns.
    pub columns: Vec<String>,
    /// The level at which it failed.
    pub severity: Severity,
    /// What was found, of the first version in which it was.
    pub sentence: String,
    /// That version.
    pub version: u32,
}

impl Cause {
    fn published(&self) -> IncidentCause {
        IncidentCause {
            check: self.check.clone(),
            columns: self.columns.clone(),
            severity: self.severity.name().to_owned(),
            sentence: self.sentence.clone(),
            version: self.version,
        }
    }
}

/// What somebody said of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Acknowledgement {
    /// Who.
    pub by: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What.
    pub note: Option<String>,
}

/// Causes that an incident lists.
const MOST_CAUSES: usize = 50;

impl Incident {
    /// The incident of a dataset after a version, when the version opens, goes on with or closes one;
    /// `open` is the one that was open before, `id` that of a new one.
    pub fn after(open: Option<Self>, judged: &StoredReport, id: IncidentId) -> Option<Self> {
        let failed: Vec<&CheckResult> = judged.report.issues();
        let gate_closed = !judged.report.gate.passed;
        let warns = |result: &&CheckResult| {
            result.severity > Severity::Info && monitor::NAMES.contains(&result.check.as_str())
        };
        let version = judged.dataset.version;
        let is_bad = gate_closed || failed.iter().any(warns);
        match (open, is_bad) {
            (None, false) => None,
            (Some(open), false) => {
                Some(Self { closed_by: Some(version), closed_at: Some(judged.created_at), ..open })
            }
            (open, true) => {
                let mut incident = open.unwrap_or_else(|| Self::opened(judged, id));
                incident.last_bad = version;
                incident.bad_versions += 1;
                incident.gate_closed |= gate_closed;
                incident.take_causes(&failed, version);
                if judged.report.score.overall.is_none() {
                    incident.take_closed_gate(judged);
                }
                Some(incident)
            }
        }
    }

    fn opened(judged: &StoredReport, id: IncidentId) -> Self {
        Self {
            id,
            dataset_id: judged.dataset.dataset_id,
            dataset: judged.dataset.dataset_name.clone(),
            opened_by: judged.dataset.version,
            opened_at: judged.created_at,
            last_bad: judged.dataset.version,
            bad_versions: 0,
            gate_closed: false,
            closed_by: None,
            closed_at: None,
            causes: Vec::new(),
            unlisted_causes: 0,
            acknowledgement: None,
            snoozed_until: None,
        }
    }

    /// Adds what failed above information level, and is not among the causes yet.
    fn take_causes(&mut self, failed: &[&CheckResult], version: u32) {
        for result in failed.iter().filter(|result| result.severity > Severity::Info) {
            let check = result.contract.as_ref().map_or(&result.check, |contract| &contract.rule);
            let is_known = |cause: &Cause| cause.check == *check && cause.columns == result.columns;
            if self.causes.iter().any(is_known) {
                continue;
            }
            self.take(Cause {
                check: check.clone(),
                columns: result.columns.clone(),
                severity: result.severity,
                sentence: result.sentence.clone(),
                version,
            });
        }
        self.causes.sort_by_key(|cause| std::cmp::Reverse(cause.severity));
    }

    /// A gate that is closed because nothing could be looked at has no failed check.
    fn take_closed_gate(&mut self, judged: &StoredReport) {
        let known = self.causes.iter().any(|cause| cause.check == "gate");
        if let (false, Some(reason)) = (known, judged.report.gate.reasons.first()) {
            self.take(Cause {
                check: "gate".to_owned(),
                columns: Vec::new(),
                severity: Severity::Error,
                sentence: reason.clone(),
                version: judged.dataset.version,
            });
        }
    }

    fn take(&mut self, cause: Cause) {
        if self.causes.len() < MOST_CAUSES {
            self.causes.push(cause);
        } else {
            self.unlisted_causes += 1;
        }
    }

    /// What others hear of it after `version` changed it; `was_open` says whether it was open before.
    pub fn changed_by(&self, version: &DatasetVersionRef, was_open: bool) -> IncidentChanged {
        let change = match (was_open, self.is_open()) {
            (_, false) => IncidentChange::Closed,
            (true, true) => IncidentChange::Continued,
            (false, true) => IncidentChange::Opened,
        };
        IncidentChanged {
            dataset: version.clone(),
            incident_id: self.id,
            change,
            summary: self.summary(version, change),
            opened_by: self.opened_by,
            bad_versions: self.bad_versions,
            gate_closed: self.gate_closed,
            causes: self.causes.iter().map(Cause::published).collect(),
            unlisted_causes: self.unlisted_causes,
        }
    }

    fn summary(&self, version: &DatasetVersionRef, change: IncidentChange) -> String {
        let subject = format!("{} version {}", version.dataset_name, version.version);
        let bad = match self.bad_versions {
            1 => "1 bad version".to_owned(),
            bad => format!("{bad} bad versions"),
        };
        let worst = self.causes.first().map_or("", |cause| &cause.sentence);
        match change {
            IncidentChange::Opened => format!("{subject} is bad: {worst}"),
            IncidentChange::Continued => format!("{subject} is bad as well, {bad} so far: {worst}"),
            IncidentChange::Closed => format!("{subject} is good again after {bad}"),
        }
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.closed_by.is_none()
    }

    /// Whether it is open and not put off.
    pub fn needs_attention(&self, now: Timestamp) -> bool {
        self.is_open() && self.snoozed_until.is_none_or(|until| until <= now)
    }
}

/// The time that is a span such as `3d`, `12h` or `2 weeks` from now; `None` when it is no span, or
/// one that leads back.
pub fn after_span(now: Timestamp, span: &str) -> Option<Timestamp> {
    let span: Span = span.trim().parse().ok()?;
    let then = now.to_zoned(TimeZone::UTC).checked_add(span).ok()?.timestamp();
    (then > now).then_some(then)
}

/// What somebody does with an incident.
#[derive(Clone, Debug, PartialEq)]
pub enum Handling {
    /// It is known.
    Acknowledge(Acknowledgement),
    /// It is put off until then.
    Snooze(Timestamp),
}

/// Where incidents are kept. They are opened, gone on with and closed together with the report of a
/// version, by [`QualityReportRepository::save`](crate::QualityReportRepository::save).
pub trait IncidentRepository: Send + Sync {
    /// The open incident of a dataset.
    fn open_of(&self, dataset: &DatasetId) -> Result<Option<Incident>>;

    /// An incident by id.
    fn incident(&self, id: &IncidentId) -> Result<Option<Incident>>;

    /// The newest `most` incidents, newest first; closed ones too when `all`.
    fn incidents(&self, all: bool, most: usize) -> Result<Vec<Incident>>;

    /// Keeps what somebody does with an incident, whatever becomes of it meanwhile.
    fn handle(&self, id: &IncidentId, handling: &Handling, unit: UnitOfWork) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_lead_from_now_on() {
        let now: Timestamp = "2026-01-30T06:00:00Z".parse().unwrap();
        let then = |span: &str| after_span(now, span).map(|then| then.to_string());
        assert_eq!(then("3d").as_deref(), Some("2026-02-02T06:00:00Z"));
        assert_eq!(then("12h").as_deref(), Some("2026-01-30T18:00:00Z"));
        assert_eq!(then("2 weeks").as_deref(), Some("2026-02-13T06:00:00Z"));
        for wrong in ["", "soon", "-3d", "0h", "99999999999d"] {
            assert_eq!(then(wrong), None, "{wrong}");
        }
    }
}
