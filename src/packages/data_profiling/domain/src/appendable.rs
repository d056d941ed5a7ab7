//! The state of a profile, from which it goes on when its table grows at the end.

use serde::{Deserialize, Serialize};
use shared_kernel_domain::scan::{ScanOutcome, ScanPlan};
use shared_kernel_domain::table::{NestedSchema, TableSchema};
use shared_kernel_domain::{Error, Result};

use crate::state::{filled, states};

/// The summaries may change with it; a state of another version is not gone on from.
const VERSION: u8 = 2;

/// Everything a profile was made of, so that later rows can be taken in without the earlier ones.
///
/// Times that lie in the future are those after the moment at which their own part was profiled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppendableProfile {
    version: u8,
    schema: TableSchema,
    nested: NestedSchema,
    rows: u64,
    /// The states of the plan's summaries, in its order.
    summaries: Vec<Vec<u8>>,
}

impl AppendableProfile {
    /// The state of a scan of [`crate::profile_plan`].
    pub fn of(schema: &TableSchema, nested: &NestedSchema, outcome: &ScanOutcome) -> Result<Self> {
        Ok(Self {
            version: VERSION,
            schema: schema.clone(),
            nested: nested.clone(),
            rows: outcome.rows,
            summaries: states(outcome, usize::MAX)?,
        })
    }

    /// What one scan of all rows would have led to: this state, and a scan of the rows after it.
    /// `plan` is that of the whole table; a state of another plan is refused.
    pub fn go_on(&self, plan: ScanPlan, later: &ScanOutcome) -> Result<ScanOutcome> {
        let later_states = states(later, usize::MAX)?;
        let mut summaries = filled(plan, &self.summaries)?.ok_or_else(other_figures)?;
        if summaries.len() != later_states.len() {
            return Err(other_figures());
        }
        for (summary, later) in summaries.iter_mut().zip(&later_states) {
            summary.merge_bytes(later)?;
        }
        Ok(ScanOutcome::new(summaries, self.rows + later.rows))
    }

    /// The rows it was made of.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The whole of it.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_stdvec(self)
            .map_err(|cause| Error::internal("a profile does not serialise").caused_by(cause))
    }

    /// What [`Self::to_bytes`] made of a table with these columns; `None` when it was another
    /// version of this program, or other columns.
    pub fn from_bytes(bytes: &[u8], schema: &TableSchema, nested: &NestedSchema) -> Option<Self> {
        if bytes.first() != Some(&VERSION) {
            return None;
        }
        let state: Self = postcard::from_bytes(bytes).ok()?;
        ((&state.schema, &state.nested) == (schema, nested)).then_some(state)
    }
}

fn other_figures() -> Error {
    Error::internal("the state of a profile has other figures than its columns need")
}
