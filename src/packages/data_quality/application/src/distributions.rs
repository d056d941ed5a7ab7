//! Distributions of other tables, for rules that compare a column with one.

use data_quality_domain::Pass;
use data_quality_domain::examination::{
    DistributionReading, ReadDistribution, ReferenceDistribution,
};
use data_quality_domain::rule::ReferenceColumn;
use shared_kernel_domain::Result;
use shared_kernel_domain::scan::{ScanOutcome, ScanPlan};

use crate::other_tables::OtherTables;

impl OtherTables<'_> {
    /// The distribution of a column: one scan of it, and another where it has too many different
    /// numbers to hold each.
    pub(crate) fn distribution(
        &self,
        column: &ReferenceColumn,
        passes: &mut Vec<Pass>,
    ) -> Result<std::result::Result<ReferenceDistribution, String>> {
        let shared = &self.container.shared;
        let resolved = self.find(&column.of.table)?;
        let table = &resolved.table;
        if self.is_itself(&column.of.table, table) {
            return Ok(Err(format!("{} is the table itself", column.of.table)));
        }
        let purpose =
            format!("distribution of {} of {}", column.of.columns.join(", "), resolved.name);
        let mut scan = |plan: ScanPlan| -> Result<ScanOutcome> {
            let outcome = shared.scanner.summarize(table, plan, self.cancellation)?;
            passes.push(Pass { purpose: purpose.clone(), columns: 1, rows: outcome.rows });
            Ok(outcome)
        };
        let mut plan = ScanPlan::default();
        let reading = match DistributionReading::begin(table, column, &mut plan) {
            Ok(reading) => reading,
            Err(reason) => return Ok(Err(format!("{}: {reason}", resolved.name))),
        };
        let read = match reading.read(&scan(plan)?)? {
            Ok(ReadDistribution::Known(known)) => Ok(known),
            Ok(ReadDistribution::ToCount(mut second)) => {
                let plan = std::mem::take(&mut second.plan);
                second.read(&scan(plan)?)?
            }
            Err(reason) => Err(reason),
        };
        Ok(read.map_err(|reason| format!("{}: {reason}", resolved.name)))
    }
}
