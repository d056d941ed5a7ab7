//! The quality report: one document, the same bytes for the same table on the same day.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::event::{DatasetVersionRef, GateDecision, IssueCounts};
use shared_kernel_domain::identity::QualityReportId;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::table::{ContentDigest, TableReference};

use crate::check;
use crate::examination::QuarantineFacts;
use crate::gate::Gate;
use crate::ingest::IngestFacts;
use crate::monitor::VersionMetrics;
use crate::plan::LeftOut;
use crate::problem::Problem;
use crate::result::CheckResult;
use crate::score;
use crate::verdict::{Dimension, Severity, Verdict};

/// The table a report is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TableFacts {
    /// What the user called it.
    pub name: String,
    /// The digest of its values.
    pub digest: ContentDigest,
    /// Rows.
    pub rows: u64,
    /// Columns.
    pub columns: u32,
}

impl TableFacts {
    /// Facts of a table under a name.
    pub fn of(name: &str, table: &TableReference) -> Self {
        Self {
            name: name.to_owned(),
            digest: table.digest.clone(),
            rows: table.rows,
            columns: table.schema.fields.len() as u32,
        }
    }
}

/// A contract that a table was checked against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContractFacts {
    /// The file.
    pub file: String,
    /// `id`
    pub id: String,
    /// `version`
    pub version: Option<String>,
    /// The table in it.
    pub object: String,
    /// Rules that were looked at.
    pub rules: u32,
    /// What is odd in the file.
    pub warnings: Vec<Problem>,
}

/// One pass over the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pass {
    /// What for.
    pub purpose: String,
    /// Columns read.
    pub columns: u32,
    /// Rows read.
    pub rows: u64,
}

/// The score of one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DimensionScore {
    /// The dimension.
    pub dimension: Dimension,
    /// From 0 to 1: the mean of `1 − failed / evaluated` over the results counted.
    pub score: Measured<f64>,
    /// Results counted: evaluated, and above information level.
    pub results: u32,
}

/// The overall score and that of each dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scores {
    /// From 0 to 1: the mean of the scores of the dimensions; `null` when nothing was evaluated.
    pub overall: Option<Measured<f64>>,
    /// Why there is no overall score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Dimensions in which something was counted.
    pub dimensions: Vec<DimensionScore>,
}

impl Scores {
    /// Scores from counts alone.
    pub fn of(results: &[CheckResult]) -> Self {
        let overall = score::overall(results).map(Measured::exact);
        let dimensions = Dimension::ALL.into_iter().filter_map(|dimension| {
            let (value, counted) = score::of_dimension(results, dimension)?;
            Some(DimensionScore { dimension, score: Measured::exact(value), results: counted })
        });
        let reason = overall.is_none().then(|| "nothing could be evaluated".to_owned());
        Self { overall, reason, dimensions: dimensions.collect() }
    }
}

/// Results by outcome; they add up to all results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictCounts {
    /// Passed.
    pub passed: u32,
    /// Failed at information level.
    pub infos: u32,
    /// Failed at warning level.
    pub warnings: u32,
    /// Failed at error level.
    pub errors: u32,
    /// Not evaluated.
    pub not_evaluated: u32,
}

impl VerdictCounts {
    fn of(results: &[CheckResult]) -> Self {
        let mut counts = Self::default();
        for result in results {
            let count = match (&result.verdict, result.severity) {
                (Verdict::NotEvaluated { .. }, _) => &mut counts.not_evaluated,
                (Verdict::Passed, _) => &mut counts.passed,
                (Verdict::Failed, Severity::Info) => &mut counts.infos,
                (Verdict::Failed, Severity::Warning) => &mut counts.warnings,
                (Verdict::Failed, Severity::Error) => &mut counts.errors,
            };
            *count += 1;
        }
        counts
    }

    /// As the event tells them, which has no place for information.
    pub fn issues(self) -> IssueCounts {
        IssueCounts {
            passed: self.passed,
            warnings: self.warnings,
            errors: self.errors,
            not_evaluated: self.not_evaluated,
        }
    }
}

/// A quality report (`pynomaly.check/1`). It holds no time, id or duration, so that it can be
/// compared byte by byte.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityReport {
    /// `pynomaly.check/1`.
    pub schema: String,
    /// The table.
    pub table: TableFacts,
    /// The day against which dates were judged, UTC.
    #[schemars(with = "String")]
    pub reference_date: Date,
    /// Whether a model may learn from the table, and why not.
    pub gate: GateDecision,
    /// The scores.
    pub score: Scores,
    /// Results by outcome.
    pub checks: VerdictCounts,
    /// Every result: the contracts' rules in the order of the files, then the built-in checks in a
    /// fixed order, then by column.
    pub results: Vec<CheckResult>,
    /// Columns that a check did not look at, and why.
    pub left_out: Vec<LeftOut>,
    /// The contracts; left out when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contracts: Vec<ContractFacts>,
    /// How the table was split; left out when it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<QuarantineFacts>,
    /// Records that could not be read; `null` when nothing is known of the reading.
    pub ingest: Option<IngestFacts>,
    /// The passes made over the table.
    pub passes: Vec<Pass>,
}

impl QualityReport {
    /// The document's schema name.
    pub const SCHEMA: &'static str = "pynomaly.check/1";

    /// Puts a report together: orders results, scores them, asks the gate. Facts about the reading
    /// are for the caller to add.
    pub fn assemble(
        table: TableFacts,
        reference_date: Date,
        mut results: Vec<CheckResult>,
        left_out: Vec<LeftOut>,
        passes: Vec<Pass>,
        gate: &Gate,
    ) -> Self {
        // Stable: results of one check stay in the order of the columns, and a contract's rules,
        // which come first, in theirs.
        results.sort_by_key(|result| {
            let check = check::NAMES.iter().position(|&name| name == result.check);
            (result.contract.is_none(), check.filter(|_| result.contract.is_none()))
        });
        Self {
            schema: Self::SCHEMA.to_owned(),
            table,
            reference_date,
            gate: gate.decide(&results),
            score: Scores::of(&results),
            checks: VerdictCounts::of(&results),
            results,
            left_out,
            contracts: Vec::new(),
            quarantine: None,
            ingest: None,
            passes,
        }
    }

    /// The results that failed, worst first: by level, then by failing share, then in the
    /// report's order.
    pub fn issues(&self) -> Vec<&CheckResult> {
        let mut issues: Vec<&CheckResult> =
            self.results.iter().filter(|result| result.has_failed()).collect();
        issues.sort_by(|left, right| {
            right.severity.cmp(&left.severity).then_with(|| {
                let share = |result: &CheckResult| result.failed_share().unwrap_or_default();
                share(right).total_cmp(&share(left))
            })
        });
        issues
    }

    /// The results that could not be evaluated.
    pub fn not_evaluated(&self) -> impl Iterator<Item = &CheckResult> {
        self.results.iter().filter(|result| result.is_not_evaluated())
    }

    /// Whether a check failed at a level or above.
    pub fn fails_at(&self, level: Severity) -> bool {
        self.results.iter().any(|result| result.has_failed() && result.severity >= level)
    }
}

/// A report of a dataset version, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredReport {
    /// Its id.
    pub id: QualityReportId,
    /// The version it is about.
    pub dataset: DatasetVersionRef,
    /// When it was made; information only.
    pub created_at: Timestamp,
    /// The report.
    pub report: QualityReport,
    /// What later versions are held against, kept beside the document; `None` of reports that were
    /// made before there were monitors.
    #[serde(skip)]
    pub metrics: Option<VersionMetrics>,
}
