//! Rows of a table against those of another one.

use std::sync::Arc;

use data_quality_domain::Pass;
use data_quality_domain::examination::{
    AskedRows, ComparedRows, ContractPlan, OtherRows, OtherValues, RowsApart,
};
use shared_kernel_domain::Result;
use shared_kernel_domain::table::Cell;

use crate::contract::{UsableContract, or_reason};
use crate::contract_check::ContractCheck;

impl ContractCheck<'_> {
    /// Compares rows for the rules of a contract: one pass over the other table and one over this for
    /// each. `room` is how many bytes may be held, and becomes what is left of them.
    pub(crate) fn compare_rows(
        &self,
        contract: &UsableContract,
        plan: &mut ContractPlan<'_>,
        room: &mut usize,
        passes: &mut Vec<Pass>,
    ) -> Result<()> {
        for asked in plan.rows_to_compare() {
            let found = or_reason(self.compare(contract, &asked, *room, passes))?;
            if let Ok((apart, _)) = &found {
                *room = room.saturating_sub(apart.bytes());
            }
            plan.compared(&asked, found);
        }
        Ok(())
    }

    fn compare(
        &self,
        contract: &UsableContract,
        asked: &AskedRows<'_>,
        room: usize,
        passes: &mut Vec<Pass>,
    ) -> Result<std::result::Result<ComparedRows, String>> {
        let shared = &self.container.shared;
        let tables = self.other_tables(contract);
        let resolved = tables.find_to_scan(&asked.same.table)?;
        let (name, other) = (resolved.name, resolved.table);
        if tables.is_itself(&asked.same.table, &other) {
            return Ok(Err(format!("{} is the table itself", asked.same.table)));
        }
        let filter = asked.rule.filter.as_ref();
        let schemas = (self.side.schema, &other.schema);
        let begun = OtherRows::begin(asked.same, filter, schemas, room);
        let mut others = match begun {
            Ok(others) => others,
            Err(reason) => return Ok(Err(reason)),
        };
        let columns = others.columns().to_vec();
        let mut refused = None;
        shared.scanner.stream(&other, &columns, self.cancellation, &mut |batch| {
            if refused.is_none() {
                refused = others.take(batch)?.err();
            }
            Ok(())
        })?;
        passes.push(Pass {
            purpose: format!("rows of {name}"),
            columns: columns.len() as u32,
            rows: other.rows,
        });
        if let Some(reason) = refused {
            return Ok(Err(format!("{name}: {reason}")));
        }
        let mut comparing = others.compare();
        let columns = comparing.columns().to_vec();
        shared
            .scanner
            .stream(self.table, &columns, self.cancellation, &mut |batch| comparing.take(batch))?;
        passes.push(Pass {
            purpose: format!("rows compared with {name}"),
            columns: columns.len() as u32,
            rows: self.table.rows,
        });
        let apart = comparing.finish(other, name);
        let evidence = self.examples(&apart)?;
        Ok(Ok((Arc::new(apart), evidence)))
    }

    /// The first rows that differ, with the values on both sides.
    fn examples(&self, apart: &RowsApart) -> Result<Vec<data_quality_domain::Evidence>> {
        let scanner = &self.container.shared.scanner;
        let (here, there) = apart.examples();
        let rows = |table, columns: &[String], rows: &[u64]| -> Result<Vec<Vec<Cell>>> {
            if rows.is_empty() || columns.is_empty() {
                return Ok(vec![Vec::new(); rows.len()]);
            }
            scanner.rows(table, columns, rows)
        };
        let here = rows(self.table, &apart.columns(), &here)?;
        let there = rows(&apart.other, &apart.other_columns(), &there)?;
        Ok(apart.evidence(&here, &there))
    }

    /// What the other table holds where a table differs from it.
    pub(crate) fn other_values(&self, apart: &RowsApart) -> Result<OtherValues> {
        let mut values = OtherValues::of(apart);
        let scanner = &self.container.shared.scanner;
        scanner.stream(&apart.other, &apart.other_columns(), self.cancellation, &mut |batch| {
            values.take(batch)
        })?;
        Ok(values)
    }
}
