use shared_kernel_domain::scan::{ScanPlan, Slot};
use shared_kernel_domain::summary::{ColumnProfileSummary, MissingRows};
use shared_kernel_domain::table::{Field, NestedSchema, TableSchema};

use crate::edge_rows::EdgeRows;
use crate::nested::NestedSlots;
use crate::semantic::SemanticSummary;
use crate::structure::{StructureOptions, StructureSlots, add_structure};

/// Where the results of a plan will be found.
pub struct ProfileSlots {
    pub(crate) columns: Vec<ColumnSlots>,
    /// Over all columns, if there are any.
    pub(crate) missing_rows: Option<Slot<MissingRows>>,
    /// What lies within columns.
    pub(crate) nested: NestedSlots,
    /// The first and the last rows, where they are told.
    pub(crate) edge_rows: Option<Slot<EdgeRows>>,
    /// Where the structure is searched for.
    pub(crate) structure: Option<(StructureSlots, StructureOptions)>,
}

/// Where the results of a column will be found.
pub(crate) struct ColumnSlots {
    pub(crate) field: Field,
    pub(crate) summary: Slot<ColumnProfileSummary>,
    pub(crate) semantic: Slot<SemanticSummary>,
}

/// What a profile may be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProfileOptions {
    /// When "now" is, in seconds since 1970, to tell which dates and points in time are later.
    pub as_of: Option<i64>,
}

/// What one scan has to compute for a profile of the columns and of what lies within them; `rows` is
/// the number of rows, where it is known.
pub fn profile_plan(
    schema: &TableSchema,
    nested: &NestedSchema,
    rows: Option<u64>,
    options: ProfileOptions,
) -> (ScanPlan, ProfileSlots) {
    let (mut plan, mut slots) = mergeable_plan(schema, nested);
    if !schema.fields.is_empty() {
        let names: Vec<&str> = schema.names().collect();
        slots.edge_rows = Some(plan.add(&names, EdgeRows::new(names.len())));
        let options = StructureOptions { as_of: options.as_of, ..StructureOptions::default() };
        slots.structure = Some((add_structure(&mut plan, schema, rows, options), options));
    }
    (plan, slots)
}

/// What one scan has to compute for a profile that can be merged with those of other tables: what
/// columns have to do with one another and with the order of rows is left out, and so is a sample.
pub fn mergeable_plan(schema: &TableSchema, nested: &NestedSchema) -> (ScanPlan, ProfileSlots) {
    let mut plan = ScanPlan::default();
    let mut columns = Vec::with_capacity(schema.fields.len());
    for field in &schema.fields {
        let name = [field.name.as_str()];
        columns.push(ColumnSlots {
            field: field.clone(),
            summary: plan.add(&name, ColumnProfileSummary::new()),
            semantic: plan.add(&name, SemanticSummary::new()),
        });
    }
    let names: Vec<&str> = schema.names().collect();
    let missing_rows = (!names.is_empty()).then(|| plan.add(&names, MissingRows::new()));
    let nested = NestedSlots::add(&mut plan, nested);
    (plan, ProfileSlots { columns, missing_rows, nested, edge_rows: None, structure: None })
}
