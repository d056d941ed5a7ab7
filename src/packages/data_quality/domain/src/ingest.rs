//! What is known of the records that could not be read as rows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::ingest::IngestEvidence;

/// Records of the source that did not become rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IngestFacts {
    /// How many.
    pub bad_rows: u64,
    /// Those of them that stand in the table as rows without values.
    #[serde(default)]
    pub blank_rows: u64,
    /// The first of them, as `line N: reason`.
    pub examples: Vec<String>,
}

/// Examples kept in a report.
const EXAMPLES: usize = 5;

impl IngestFacts {
    /// Facts as an event carries them.
    pub fn new(bad_rows: u64, blank_rows: u64, examples: &[String]) -> Self {
        let examples = examples.iter().take(EXAMPLES).cloned().collect();
        Self { bad_rows, blank_rows, examples }
    }
}

impl From<&IngestEvidence> for IngestFacts {
    fn from(evidence: &IngestEvidence) -> Self {
        let line = |bad: &shared_kernel_domain::ingest::BadRow| {
            format!("line {}: {}", bad.line, bad.reason)
        };
        Self {
            bad_rows: evidence.bad_rows,
            blank_rows: evidence.blank_rows,
            examples: evidence.bad_row_examples.iter().take(EXAMPLES).map(line).collect(),
        }
    }
}
