use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::event::DatasetVersionRef;
use shared_kernel_domain::ingest::IngestEvidence;
use shared_kernel_domain::scan::ScanOutcome;
use shared_kernel_domain::summary::MissingRows;
use shared_kernel_domain::table::{ColumnType, ContentDigest};

use crate::column::ColumnProfile;
use crate::duplicate_rows::DuplicateRows;
use crate::edge_rows::{EdgeRows, TableSample};
use crate::figure::Figure;
use crate::findings::{Finding, all_findings};
use crate::nested::NestedProfile;
use crate::overview::TableOverview;
use crate::plan::ProfileSlots;
use crate::portable::ProfileSource;
use crate::structure::{ColumnFacts, TableStructure};

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
    /// Figures of the table as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overview: Option<TableOverview>,
    /// Rows that come several times; a profile that was merged, or of a dataset version, whose quality
    /// report counts them, does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_rows: Option<DuplicateRows>,
    /// What the columns have to do with one another and with time; a profile that was merged, or
    /// is to be, has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<TableStructure>,
    /// The first and the last rows; a profile that was merged, or of which all values are left out,
    /// has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<TableSample>,
    /// Columns whose values are left out on request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted_columns: Vec<String>,
    /// What a careful reader would point out, the most important first, then in the order of the
    /// columns.
    pub findings: Vec<Finding>,
    /// Findings beyond those listed, of kinds of which there are very many.
    #[serde(default)]
    pub unlisted_findings: u64,
    /// The columns, in the table's order.
    pub columns: Vec<ColumnProfile>,
    /// What lies within columns of lists, records and maps, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nested: Option<NestedProfile>,
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
        let mut summaries = Vec::with_capacity(slots.columns.len());
        for slots in &slots.columns {
            let summary = outcome.get(slots.summary)?;
            let semantic = outcome.get(slots.semantic)?;
            columns.push(ColumnProfile::new(&slots.field, summary, semantic)?);
            summaries.push(summary);
        }
        let missing_rows = match slots.missing_rows {
            Some(slot) => *outcome.get(slot)?,
            None => MissingRows::new(),
        };
        let null_cells = columns.iter().map(|column| column.nulls).sum();
        let cells: u64 = columns.iter().map(|column| column.rows).sum();
        let null_share = if cells == 0 {
            Figure::missing("the table has no cells")
        } else {
            Figure::exact(null_cells as f64 / cells as f64)
        };
        let structure = structure(slots, outcome, &columns)?;
        let nested = NestedProfile::new(&slots.nested, outcome)?;
        summaries.extend(slots.nested.summaries(outcome)?);
        let within = nested.iter().flat_map(|nested| &nested.columns);
        let each = columns.iter().chain(within).zip(summaries);
        let (findings, unlisted_findings) =
            all_findings(outcome.rows, each, nested.as_ref(), structure.as_ref());
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
            overview: Some(TableOverview::new(&columns, outcome.rows, &missing_rows)),
            duplicate_rows: None,
            structure,
            sample: slots
                .edge_rows
                .map(|slot| outcome.get(slot))
                .transpose()?
                .map(EdgeRows::sample),
            findings,
            unlisted_findings,
            redacted_columns: Vec::new(),
            columns,
            nested,
        })
    }

    /// The findings anew, after figures were replaced by exact ones.
    pub fn with_findings_anew(
        mut self,
        slots: &ProfileSlots,
        outcome: &ScanOutcome,
    ) -> Result<Self> {
        let summaries = slots.columns.iter().map(|slots| outcome.get(slots.summary));
        let mut summaries = summaries.collect::<Result<Vec<_>>>()?;
        summaries.extend(slots.nested.summaries(outcome)?);
        let each = self.all_columns().zip(summaries);
        let (findings, unlisted) =
            all_findings(self.rows, each, self.nested.as_ref(), self.structure.as_ref());
        (self.findings, self.unlisted_findings) = (findings, unlisted);
        Ok(self)
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns, then those within them.
    pub fn all_columns(&self) -> impl Iterator<Item = &ColumnProfile> {
        self.columns.iter().chain(self.nested.iter().flat_map(|nested| &nested.columns))
    }

    /// The same, to be changed.
    pub(crate) fn all_columns_mut(&mut self) -> impl Iterator<Item = &mut ColumnProfile> {
        self.columns.iter_mut().chain(self.nested.iter_mut().flat_map(|nested| &mut nested.columns))
    }

    /// What was found about a column.
    pub fn findings_of<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a Finding> {
        self.findings.iter().filter(move |finding| {
            finding.column == column || finding.columns.iter().any(|of| of == column)
        })
    }
}

fn structure(
    slots: &ProfileSlots,
    outcome: &ScanOutcome,
    columns: &[ColumnProfile],
) -> Result<Option<TableStructure>> {
    let Some((slots, options)) = &slots.structure else { return Ok(None) };
    let facts = columns.iter().filter_map(|column| {
        Some(ColumnFacts {
            name: column.name.clone(),
            column_type: column.stored_type,
            nulls: column.nulls,
            distinct: *column.distinct.measured()?,
        })
    });
    let facts: Vec<ColumnFacts> = facts.collect();
    TableStructure::from_outcome(slots, outcome, &facts, *options).map(Some)
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
