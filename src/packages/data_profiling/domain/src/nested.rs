//! What lies within lists, records and maps.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::scan::{ScanOutcome, ScanPlan, Slot};
use shared_kernel_domain::summary::{ColumnProfileSummary, ListLengths};
use shared_kernel_domain::table::{
    Field, LeftOutPath, NestedContent, NestedField, NestedSchema, NestedUnit,
};

use crate::column::ColumnProfile;
use crate::figure::{Figure, share};
use crate::semantic::SemanticSummary;

/// Values within the nested columns of a table, by path: `a.b` is member `b` of record `a`, `a[]` the
/// items of list `a`, `m{}.key` and `m{}.value` those of map `m`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NestedProfile {
    /// How long lists are, and how large maps.
    pub lists: Vec<ListProfile>,
    /// The values, as columns whose names are their paths.
    pub columns: Vec<ColumnProfile>,
    /// Paths that are not looked into, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutPath>,
}

/// Where a column lies that is within another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NestedPlace {
    /// The column of the table.
    pub column: String,
    /// What the column's `rows` are: rows of the table, or items of a list.
    pub unit: NestedUnit,
    /// The path of the innermost list or map around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
}

/// How long the lists at a path are, or how large the maps. All figures are exact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListProfile {
    /// The path of the items, such as `a.b[]`; of the entries of a map, such as `m{}`.
    pub path: String,
    /// Where the lists are.
    pub within: NestedPlace,
    /// Rows, or items of the list around it: each may hold a list.
    pub places: u64,
    /// Those without a list.
    pub nulls: u64,
    /// Lists without items; they are no nulls.
    pub empty: u64,
    /// Items of all lists together: the `rows` of the columns right within.
    pub items: u64,
    /// Items of the shortest list.
    pub shortest: Figure<u64>,
    /// Items of the longest list.
    pub longest: Figure<u64>,
    /// The mean of the lengths, empty lists included.
    pub mean_length: Figure<f64>,
}

/// Where the results of nested fields will be found.
#[derive(Default)]
pub(crate) struct NestedSlots {
    pub(crate) columns: Vec<NestedColumnSlots>,
    lists: Vec<(NestedField, Slot<ListLengths>)>,
    left_out: Vec<LeftOutPath>,
}

/// Where the results of values will be found.
pub(crate) struct NestedColumnSlots {
    pub(crate) nested: NestedField,
    field: Field,
    pub(crate) summary: Slot<ColumnProfileSummary>,
    semantic: Slot<SemanticSummary>,
}

impl NestedSlots {
    /// Adds to a plan what is to be computed of nested fields, in their order.
    pub(crate) fn add(plan: &mut ScanPlan, schema: &NestedSchema) -> Self {
        let mut slots = Self { left_out: schema.left_out.clone(), ..Self::default() };
        for nested in &schema.fields {
            match nested.content {
                NestedContent::Values(column_type) => slots.columns.push(NestedColumnSlots {
                    nested: nested.clone(),
                    field: Field { name: nested.path.clone(), column_type },
                    summary: plan.add_nested(nested, ColumnProfileSummary::new()),
                    semantic: plan.add_nested(nested, SemanticSummary::new()),
                }),
                NestedContent::Lengths => {
                    let slot = plan.add_nested(nested, ListLengths::new());
                    slots.lists.push((nested.clone(), slot));
                }
            }
        }
        slots
    }

    /// The summaries of the columns, in their order.
    pub(crate) fn summaries<'a>(
        &self,
        outcome: &'a ScanOutcome,
    ) -> Result<Vec<&'a ColumnProfileSummary>> {
        self.columns.iter().map(|slots| outcome.get(slots.summary)).collect()
    }
}

impl NestedProfile {
    /// What a scan found; nothing where no column is nested.
    pub(crate) fn new(slots: &NestedSlots, outcome: &ScanOutcome) -> Result<Option<Self>> {
        if slots.columns.is_empty() && slots.lists.is_empty() && slots.left_out.is_empty() {
            return Ok(None);
        }
        let column = |slots: &NestedColumnSlots| {
            let (summary, semantic) = (outcome.get(slots.summary)?, outcome.get(slots.semantic)?);
            let within = Some(NestedPlace::of(&slots.nested));
            Ok(ColumnProfile { within, ..ColumnProfile::new(&slots.field, summary, semantic)? })
        };
        let list = |(nested, slot): &(NestedField, Slot<ListLengths>)| {
            Ok(ListProfile::new(nested, outcome.get(*slot)?))
        };
        Ok(Some(Self {
            lists: slots.lists.iter().map(list).collect::<Result<_>>()?,
            columns: slots.columns.iter().map(column).collect::<Result<_>>()?,
            left_out: slots.left_out.clone(),
        }))
    }

    /// Whether something is known of what lies within a column.
    pub(crate) fn looks_into(&self, column: &str) -> bool {
        let places = self.columns.iter().filter_map(|it| it.within.as_ref());
        places.chain(self.lists.iter().map(|it| &it.within)).any(|it| it.column == column)
    }
}

impl NestedPlace {
    fn of(nested: &NestedField) -> Self {
        Self { column: nested.column.clone(), unit: nested.unit, list: nested.list.clone() }
    }
}

impl ListProfile {
    fn new(nested: &NestedField, lengths: &ListLengths) -> Self {
        let none = "there is no list";
        let end = |of: fn((u64, u64)) -> u64| {
            lengths.range().map_or_else(|| Figure::missing(none), |range| Figure::exact(of(range)))
        };
        Self {
            path: nested.path.clone(),
            within: NestedPlace::of(nested),
            places: lengths.places(),
            nulls: lengths.nulls(),
            empty: lengths.empty(),
            items: lengths.items(),
            shortest: end(|range| range.0),
            longest: end(|range| range.1),
            mean_length: share(lengths.items(), lengths.lists(), none),
        }
    }
}
