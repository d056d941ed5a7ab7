use data_science_domain::anomaly::{Anomaly, AnomalyReport};
use data_science_domain::feedback::{
    Feedback, FeedbackChange, MOST_FEEDBACK, RowOfVersion, Verdict, changes, judged_columns,
    no_such_finding, review,
};
use data_science_domain::pipeline::{Pipeline, no_such_pipeline};
use serde_json::json;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};

use crate::DataScienceContainer;

/// Who acts on the command line.
const USER: &str = "user";

/// Which rows feedback is about, and whether it is to be kept.
#[derive(Clone, Debug)]
pub struct FeedbackRequest {
    /// The pipeline's name.
    pub pipeline: String,
    /// The number of the version whose rows they are; `None` is the newest that was scored.
    pub version: Option<u32>,
    /// The rows' numbers, from 0.
    pub rows: Vec<u64>,
    /// Only say what it would change.
    pub dry_run: bool,
}

/// What becomes of feedback on these rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedbackAction {
    /// It is given, for a reason.
    Give(Verdict, Option<String>),
    /// It is taken back.
    Withdraw,
}

/// What was done, or would be.
#[derive(Clone, Debug)]
pub struct FeedbackOutcome {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// Whether nothing was kept.
    pub dry_run: bool,
    /// The feedback that was given, or taken back.
    pub feedback: Vec<Feedback>,
    /// Earlier feedback on the same rows that it took the place of.
    pub replaced: Vec<Feedback>,
    /// The number of the newest version that was scored.
    pub previewed_version: u32,
    /// What that version's report told before.
    pub before: AnomalyReport,
    /// What it tells after.
    pub after: AnomalyReport,
    /// The rows of it that change.
    pub changes: Vec<FeedbackChange>,
}

/// All feedback on what a pipeline told, by version and row.
pub fn feedback_of_pipeline(
    container: &DataScienceContainer,
    name: &str,
) -> Result<(Pipeline, Vec<Feedback>)> {
    let pipeline = container.pipelines.by_name(name)?.ok_or_else(|| no_such_pipeline(name))?;
    let feedback = container.feedback.of_pipeline(&pipeline.id)?;
    Ok((pipeline, feedback))
}

/// Keeps what somebody says of rows that a pipeline told, or forgets it, and says what that changes
/// in the newest version that was scored.
pub fn change_feedback(
    container: &DataScienceContainer,
    request: &FeedbackRequest,
    action: &FeedbackAction,
) -> Result<FeedbackOutcome> {
    let (pipeline, known) = feedback_of_pipeline(container, &request.pipeline)?;
    let (newest, report) = newest_report(container, &pipeline)?;
    let mut rows = request.rows.clone();
    rows.sort_unstable();
    rows.dedup();
    let (feedback, replaced, kept) = match action {
        FeedbackAction::Give(verdict, reason) => {
            let (version, told) = match request.version {
                Some(version) if version != newest => told_of(container, &pipeline, version)?,
                _ => (newest, report.clone()),
            };
            let giving = Giving { pipeline: &pipeline, version, told: &told };
            let given = giving.on(&rows, *verdict, reason.as_deref(), container)?;
            let keys: Vec<RowOfVersion> = given.iter().map(Feedback::key).collect();
            let (replaced, others) = parted(known.clone(), &keys);
            if others.len() + given.len() > MOST_FEEDBACK {
                return Err(too_much(&pipeline.name));
            }
            (given.clone(), replaced, [others, given].concat())
        }
        FeedbackAction::Withdraw => {
            let version = request.version.unwrap_or(newest);
            let keys = known_rows(&known, &pipeline.name, version, &rows)?;
            let (withdrawn, others) = parted(known.clone(), &keys);
            (withdrawn, Vec::new(), others)
        }
    };
    if !request.dry_run {
        keep(container, &pipeline, action, &feedback, &replaced)?;
    }
    let (before, after) = (review(&report, &known), review(&report, &kept));
    let changes = changes(&before, &after);
    let (dry_run, previewed_version) = (request.dry_run, newest);
    Ok(FeedbackOutcome {
        pipeline,
        dry_run,
        feedback,
        replaced,
        previewed_version,
        before,
        after,
        changes,
    })
}

/// Rows of a version that feedback is given on.
struct Giving<'a> {
    pipeline: &'a Pipeline,
    version: u32,
    told: &'a AnomalyReport,
}

impl Giving<'_> {
    fn on(
        &self,
        rows: &[u64],
        verdict: Verdict,
        reason: Option<&str>,
        container: &DataScienceContainer,
    ) -> Result<Vec<Feedback>> {
        let at = container.shared.clock.now();
        let mut given = Vec::with_capacity(rows.len());
        for &row in rows {
            let told = &self.told.anomalies;
            let anomaly: &Anomaly = told
                .iter()
                .find(|anomaly| anomaly.row == row)
                .ok_or_else(|| no_such_finding(row, self.version, told))?;
            given.push(Feedback {
                pipeline_id: self.pipeline.id,
                version_id: self.told.version_id,
                version: self.version,
                row,
                verdict,
                by: USER.to_owned(),
                at,
                reason: reason.map(str::to_owned),
                columns: judged_columns(anomaly),
            });
        }
        Ok(given)
    }
}

fn keep(
    container: &DataScienceContainer,
    pipeline: &Pipeline,
    action: &FeedbackAction,
    feedback: &[Feedback],
    replaced: &[Feedback],
) -> Result<()> {
    let mut unit = UnitOfWork::of_command();
    for said in feedback {
        let earlier = replaced.iter().find(|earlier| earlier.key() == said.key());
        let (what, detail) = match action {
            FeedbackAction::Give(verdict, reason) => {
                let replaces = earlier.map(|earlier| earlier.verdict.name());
                let detail = json!({ "version": said.version, "row": said.row, "reason": reason, "replaces": replaces });
                (verdict.name(), detail)
            }
            FeedbackAction::Withdraw => {
                let verdict = said.verdict.name();
                let detail =
                    json!({ "version": said.version, "row": said.row, "verdict": verdict });
                ("withdrawn", detail)
            }
        };
        unit = unit.audit(AuditEntry::new(USER, format!("feedback.{what}"), pipeline.id, detail));
    }
    match action {
        FeedbackAction::Give(..) => container.feedback.give(feedback, unit),
        FeedbackAction::Withdraw => {
            let keys: Vec<RowOfVersion> = feedback.iter().map(Feedback::key).collect();
            container.feedback.withdraw(&pipeline.id, &keys, unit)
        }
    }
}

/// The newest version that the pipeline scored, by number, and what was found there.
fn newest_report(
    container: &DataScienceContainer,
    pipeline: &Pipeline,
) -> Result<(u32, AnomalyReport)> {
    for version in container.datasets.versions(&pipeline.dataset_id)?.into_iter().rev() {
        if let Some(report) = container.anomalies.of_version(&version.id)? {
            return Ok((version.number, report));
        }
    }
    let what = format!("pipeline {:?} has told no rows yet", pipeline.name);
    Err(Error::usage(what).hint("`pynomaly run DATA` scores a version of its dataset"))
}

/// What was found in the version of a number.
fn told_of(
    container: &DataScienceContainer,
    pipeline: &Pipeline,
    number: u32,
) -> Result<(u32, AnomalyReport)> {
    let hint = || format!("see `pynomaly dataset versions {}`", pipeline.name);
    let versions = container.datasets.versions(&pipeline.dataset_id)?;
    let count = versions.len();
    let version =
        versions.into_iter().find(|version| version.number == number).ok_or_else(|| {
            let what = format!("{} has no version {number}; it has {count}", pipeline.name);
            Error::usage(what).hint(hint())
        })?;
    let report = container.anomalies.of_version(&version.id)?.ok_or_else(|| {
        let what = format!("version {number} of {} was not scored", pipeline.name);
        Error::usage(what).hint("name another by --version")
    })?;
    Ok((number, report))
}

/// Feedback on some rows, and all other.
fn parted(feedback: Vec<Feedback>, rows: &[RowOfVersion]) -> (Vec<Feedback>, Vec<Feedback>) {
    feedback.into_iter().partition(|given| rows.contains(&given.key()))
}

/// The rows by which feedback is to be taken back; refused where there is none.
fn known_rows(
    known: &[Feedback],
    pipeline: &str,
    version: u32,
    rows: &[u64],
) -> Result<Vec<RowOfVersion>> {
    let mut keys = Vec::with_capacity(rows.len());
    for &row in rows {
        let found = known.iter().find(|given| given.row == row && given.version == version);
        let Some(found) = found else {
            let elsewhere = known.iter().rfind(|given| given.row == row);
            let hint = elsewhere.map_or_else(
                || format!("see `pynomaly feedback list {pipeline}`"),
                |given| {
                    format!(
                        "it was given on row {row} of version {0}: add --version {0}",
                        given.version
                    )
                },
            );
            let what = format!("there is no feedback on row {row} of version {version}");
            return Err(Error::usage(what).hint(hint));
        };
        keys.push(found.key());
    }
    Ok(keys)
}

fn too_much(pipeline: &str) -> Error {
    Error::usage(format!(
        "a pipeline keeps feedback on {MOST_FEEDBACK} rows at most, and {pipeline} would have more"
    ))
    .hint(format!(
        "take back what is covered by other rows: `pynomaly feedback list {pipeline}` and \
         `pynomaly feedback withdraw {pipeline} --row N`"
    ))
}
