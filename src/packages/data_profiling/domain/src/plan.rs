use shared_kernel_domain::scan::{ScanPlan, Slot};
use shared_kernel_domain::summary::ColumnProfileSummary;
use shared_kernel_domain::table::{Field, TableSchema};

/// Where the results of [`profile_plan`] will be found.
pub struct ProfileSlots {
    pub(crate) columns: Vec<(Field, Slot<ColumnProfileSummary>)>,
}

/// What one scan has to compute for a profile.
pub fn profile_plan(schema: &TableSchema) -> (ScanPlan, ProfileSlots) {
    let mut plan = ScanPlan::default();
    let mut columns = Vec::with_capacity(schema.fields.len());
    for field in &schema.fields {
        let slot = plan.add(&[field.name.as_str()], ColumnProfileSummary::new());
        columns.push((field.clone(), slot));
    }
    (plan, ProfileSlots { columns })
}
