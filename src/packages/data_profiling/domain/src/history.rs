//! How a dataset came to be what it is: its versions, and what each changed for readers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::table::ContentDigest;

use crate::changes::{Change, Compatibility, compare};
use crate::drift::{ColumnDrift, EffectSize};
use crate::figure::Figure;
use crate::repository::ProfileRecord;

/// The versions of a dataset, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileHistory {
    /// Always `pynomaly.profile_history/1`.
    pub schema: String,
    /// The dataset.
    pub dataset: String,
    /// Its profiled versions, the newest first.
    pub versions: Vec<VersionProfile>,
    /// Earlier versions that are not listed.
    pub unlisted_versions: u64,
}

/// A version, and what it changed since the profiled version before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VersionProfile {
    /// Its number, from 1.
    pub version: u32,
    /// When it was profiled.
    #[schemars(with = "String")]
    pub profiled_at: Timestamp,
    /// The digest of its values.
    pub digest: ContentDigest,
    /// Rows.
    pub rows: u64,
    /// Columns.
    pub columns: u32,
    /// The share of cells without a value.
    pub null_share: Figure<f64>,
    /// Columns that came, went or changed their type; none of a first version.
    pub schema_changes: Vec<Change>,
    /// What those mean for readers: the worst of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compatibility: Option<Compatibility>,
    /// Columns whose values moved by a large effect.
    pub drifted: Vec<ColumnDrift>,
}

impl ProfileHistory {
    /// The schema's name.
    pub const SCHEMA: &'static str = "pynomaly.profile_history/1";
}

impl VersionProfile {
    /// A version beside the profiled one before it, if there was one.
    pub fn new(record: &ProfileRecord, previous: Option<&ProfileRecord>) -> Self {
        let profile = &record.profile;
        let changes = previous.map(|previous| compare(&previous.profile, profile));
        let (changes, drift) = changes.map_or_else(Default::default, |it| (it.changes, it.drift));
        let of_schema = changes.into_iter().filter(|change| change.compatibility.is_some());
        let schema_changes: Vec<Change> = of_schema.collect();
        let drifted = drift.into_iter().filter(|column| column.effect == EffectSize::Large);
        Self {
            version: record.dataset.version,
            profiled_at: record.created_at,
            digest: profile.digest.clone(),
            rows: profile.rows,
            columns: profile.columns.len() as u32,
            null_share: profile.null_share.clone(),
            compatibility: schema_changes.iter().filter_map(|change| change.compatibility).max(),
            schema_changes,
            drifted: drifted.collect(),
        }
    }
}
