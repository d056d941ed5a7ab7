//! Distributions of other tables, for rules that compare a column with one.

use data_quality_domain::Pass;
use data_quality_domain::examination::{
    DistributionReading, ReadDistribution, ReferenceDistribution,
};
use data_quality_domain::rule::ReferenceColumn;
use shared_kernel_application::{DataRequest, resolve_table};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{ScanOutcome, ScanPlan};
use shared_kernel_domain::table::TableReference;

use crate::DataQualityContainer;
use crate::contract::{UsableContract, place_of};

/// Reads distributions for the rules of a contract.
pub(crate) struct ReadingDistribution<'a> {
    pub(crate) container: &'a DataQualityContainer,
    pub(crate) contract: &'a UsableContract,
    /// The table that is checked, which is no reference for itself.
    pub(crate) table: &'a TableReference,
    pub(crate) cancellation: &'a Cancellation,
}

impl ReadingDistribution<'_> {
    /// The distribution of a column: one scan of it, and another where it has too many different
    /// numbers to hold each.
    pub(crate) fn read(
        &self,
        column: &ReferenceColumn,
        passes: &mut Vec<Pass>,
    ) -> Result<std::result::Result<ReferenceDistribution, String>> {
        let data = place_of(self.container, self.contract, &column.of.table);
        let request = DataRequest { data, ..DataRequest::default() };
        let shared = &self.container.shared;
        let resolved = resolve_table(shared, &request, &|_, _| (), self.cancellation)?;
        let table = &resolved.table;
        if table.is_same_as(self.table) {
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
