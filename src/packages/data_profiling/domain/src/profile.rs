use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::event::DatasetVersionRef;
use shared_kernel_domain::ingest::IngestEvidence;
use shared_kernel_domain::scan::ScanOutcome;
use shared_kernel_domain::table::{ColumnType, ContentDigest};

use crate::column::ColumnProfile;
use crate::figure::Figure;
use crate::findings::{Finding, findings};
use crate::plan::ProfileSlots;
use crate::portable::ProfileSource;

/// What is profiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileSubject {
    /// What to call the table.
    pub name: String,
    /// The digest of its values.
    pub digest: ContentDigest,
    /// The dataset version it is, if it is one.
    pub dataset: Option<DatasetVersionRef>,
}

/// Columns of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TypeCount {
    /// The type.
    pub column_type: ColumnType,
    /// How many columns have it.
    pub columns: u32,
}

/// What is in a table, column by column.
///
/// Counts that are bare numbers are exact; every other figure says how far it can be trusted, or
/// why it is missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Profile {
    /// Always `pynomaly.profile/1`.
    pub schema: String,
    /// What the table is called.
    pub name: String,
    /// The digest of its values.
    pub digest: ContentDigest,
    /// The dataset version it is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<DatasetVersionRef>,
    /// The tables it was merged from, if it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ProfileSource>,
    /// How the source was read, when it was read for this profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingest: Option<IngestEvidence>,
    /// Rows.
    pub rows: u64,
    /// Cells without a value.
    pub null_cells: u64,
    /// Their share of all cells.
    pub null_share: Figure<f64>,
    /// Columns by type.
    pub types: Vec<TypeCount>,
    /// What a careful reader would point out, in the order of the columns.
    pub findings: Vec<Finding>,
    /// The columns, in the table's order.
    pub columns: Vec<ColumnProfile>,
}

impl Profile {
    /// The schema's name.
    pub const SCHEMA: &'static str = "pynomaly.profile/1";

    /// The profile of a table from the scan of its plan.
    pub fn from_outcome(
        subject: ProfileSubject,
        slots: &ProfileSlots,
        outcome: &ScanOutcome,
    ) -> Result<Self> {
        let mut columns = Vec::with_capacity(slots.columns.len());
        for (field, slot) in &slots.columns {
            columns.push(ColumnProfile::new(field, outcome.get(*slot)?));
        }
        let null_cells = columns.iter().map(|column| column.nulls).sum();
        let cells: u64 = columns.iter().map(|column| column.rows).sum();
        let null_share = if cells == 0 {
            Figure::missing("the table has no cells")
        } else {
            Figure::exact(null_cells as f64 / cells as f64)
        };
        Ok(Self {
            schema: Self::SCHEMA.to_owned(),
            name: subject.name,
            digest: subject.digest,
            dataset: subject.dataset,
            sources: Vec::new(),
            ingest: None,
            rows: outcome.rows,
            null_cells,
            null_share,
            types: types(&columns),
            findings: columns.iter().flat_map(findings).collect(),
            columns,
        })
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// What was found about a column.
    pub fn findings_of<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a Finding> {
        self.findings.iter().filter(move |finding| finding.column == column)
    }
}

fn types(columns: &[ColumnProfile]) -> Vec<TypeCount> {
    let mut counts: BTreeMap<&str, TypeCount> = BTreeMap::new();
    for column in columns {
        counts
            .entry(column.stored_type.name())
            .or_insert(TypeCount { column_type: column.stored_type, columns: 0 })
            .columns += 1;
    }
    let mut types: Vec<TypeCount> = counts.into_values().collect();
    types.sort_by_key(|count| std::cmp::Reverse(count.columns));
    types
}
