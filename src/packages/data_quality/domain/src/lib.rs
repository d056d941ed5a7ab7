//! Data quality: what makes a table fit or unfit for use, and how that is known.
//!
//! [`add_checks`] says what one scan must compute for the built-in checks of `check`, one per
//! file; [`Slots::judge`] turns the filled summaries into [`CheckResult`]s; duplicates need exact
//! second passes, and the report says so. [`score`] sums up by dimension, [`Gate`] decides.
//!
//! Invariants: a check that could not be evaluated is never counted as passed; every score can be
//! computed again from the counts stored in the report; nothing here reads a table, the clock or
//! a database.

pub mod check;
pub mod contract;
pub mod difference;
pub mod examination;
pub mod exchange;
pub mod expression;
mod gate;
mod incident;
mod ingest;
pub mod monitor;
pub mod mutation;
mod name;
mod plan;
mod policy;
mod problem;
mod report;
mod repository;
mod result;
pub mod rule;
pub mod score;
pub mod suggest;
pub mod summary;
#[cfg(feature = "testing")]
pub mod testing;
mod verdict;
mod webhook;
pub mod yaml;

pub use gate::{Gate, GatePolicy, GateRepository, is_called};
pub use incident::{Acknowledgement, Cause, Handling, Incident, IncidentRepository, after_span};
pub use ingest::IngestFacts;
pub use name::identifies;
pub use plan::{Findings, KeyCandidate, LeftOut, Slots, add_checks, reference_date};
pub use policy::{CheckPolicy, LengthPolicy};
pub use problem::{Problem, ProblemLevel};
pub use report::{
    ContractFacts, DimensionScore, Pass, QualityReport, Scores, StoredReport, TableFacts,
    VerdictCounts,
};
pub use repository::{QualityReportRepository, VersionBefore};
pub use result::{CheckResult, ContractRule, Evidence, Threshold, Unit};
pub use verdict::{Dimension, Severity, Verdict};
pub use webhook::{WatchedDataset, Webhook, WebhookRepository, webhook_name};
