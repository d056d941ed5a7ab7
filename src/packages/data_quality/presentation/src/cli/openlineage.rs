//! A report as an OpenLineage event: a run of a check that has read a dataset, with the assertions it
//! made (facet `dataQualityAssertions`), for catalogues such as Marquez and DataHub.
//!
//! An assertion has no third state: what could not be evaluated did not succeed, and says so.

use data_quality_domain::{CheckResult, QualityReport, Verdict};
use serde::Serialize;
use shared_kernel_domain::Result;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::identity::RunId;
use shared_kernel_presentation::cli::json_document;

use super::FailOn;

/// What made the event.
const PRODUCER: &str = concat!("https://pynomaly.io/pynomaly/", env!("CARGO_PKG_VERSION"));
const EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
const ASSERTIONS: &str = "https://openlineage.io/spec/facets/1-0-1/\
    DataQualityAssertionsDatasetFacet.json#/$defs/DataQualityAssertionsDatasetFacet";
const METRICS: &str = "https://openlineage.io/spec/facets/1-0-2/\
    DataQualityMetricsInputDatasetFacet.json#/$defs/DataQualityMetricsInputDatasetFacet";

/// When and as what a check was run.
#[derive(Clone, Copy, Debug)]
pub struct LineageRun<'a> {
    /// The run.
    pub id: RunId,
    /// When it ended.
    pub at: Timestamp,
    /// The namespace of the job and the dataset.
    pub namespace: &'a str,
}

/// The report as one event, ending with a line break.
pub fn openlineage(report: &QualityReport, run: LineageRun<'_>, fail_on: FailOn) -> Result<String> {
    let table = &report.table.name;
    json_document(&Document {
        event_type: "COMPLETE",
        event_time: run.at.to_string(),
        run: Run { id: run.id.to_string() },
        job: Named { namespace: run.namespace, name: &format!("pynomaly.check.{table}") },
        inputs: [Dataset {
            named: Named { namespace: run.namespace, name: table },
            input_facets: InputFacets {
                data_quality_metrics: Metrics {
                    stamp: Stamp { producer: PRODUCER, schema: METRICS },
                    row_count: report.table.rows,
                    columns: NoMetrics {},
                },
                data_quality_assertions: Assertions {
                    stamp: Stamp { producer: PRODUCER, schema: ASSERTIONS },
                    assertions: report
                        .results
                        .iter()
                        .map(|it| Assertion::of(it, fail_on))
                        .collect(),
                },
            },
        }],
        outputs: [],
        producer: PRODUCER,
        schema: EVENT,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    event_type: &'static str,
    event_time: String,
    run: Run,
    job: Named<'a>,
    inputs: [Dataset<'a>; 1],
    outputs: [(); 0],
    producer: &'static str,
    #[serde(rename = "schemaURL")]
    schema: &'static str,
}

#[derive(Serialize)]
struct Run {
    #[serde(rename = "runId")]
    id: String,
}

#[derive(Serialize)]
struct Named<'a> {
    namespace: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dataset<'a> {
    #[serde(flatten)]
    named: Named<'a>,
    input_facets: InputFacets<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InputFacets<'a> {
    data_quality_metrics: Metrics,
    data_quality_assertions: Assertions<'a>,
}

/// What every facet says of itself.
#[derive(Serialize)]
struct Stamp {
    #[serde(rename = "_producer")]
    producer: &'static str,
    #[serde(rename = "_schemaURL")]
    schema: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    #[serde(flatten)]
    stamp: Stamp,
    row_count: u64,
    #[serde(rename = "columnMetrics")]
    columns: NoMetrics,
}

/// The standard asks for metrics by column; a report has none of its own.
#[derive(Serialize)]
struct NoMetrics {}

#[derive(Serialize)]
struct Assertions<'a> {
    #[serde(flatten)]
    stamp: Stamp,
    assertions: Vec<Assertion<'a>>,
}

#[derive(Serialize)]
struct Assertion<'a> {
    /// The rule of a contract by its id, or the check.
    #[serde(rename = "assertion")]
    name: &'a str,
    success: bool,
    /// The column, of what is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'a str>,
    /// Beyond the standard: whether it could be evaluated, and what was found.
    verdict: &'static str,
    message: &'a str,
}

impl<'a> Assertion<'a> {
    fn of(result: &'a CheckResult, fail_on: FailOn) -> Self {
        let (success, verdict) = match &result.verdict {
            Verdict::Passed => (true, "passed"),
            // As the exit code says: below that level it is a remark.
            Verdict::Failed => (result.severity < fail_on.level(), "failed"),
            Verdict::NotEvaluated { .. } => (false, "not_evaluated"),
        };
        let column = match result.columns.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        };
        let name = result.contract.as_ref().map_or(&result.check, |contract| &contract.rule);
        Self { name, success, column, verdict, message: &result.sentence }
    }
}
