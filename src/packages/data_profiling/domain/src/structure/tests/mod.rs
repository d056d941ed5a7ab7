//! Structure on tables in memory, against slow oracles.

mod dependencies;
mod document;
mod keys;
mod missing;
mod repetition;
mod statistics;
mod summaries;
mod times;

use std::collections::HashSet;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::scan::{ScanPlan, TableScanner};
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::Cell;
use testkit::{MemoryScanner, MemoryTable};

use super::row_sample::RowSample;
use super::sampled_table::SampledTable;
use super::{ColumnFacts, StructureOptions, TableStructure, add_structure};

/// 2024-01-01T00:00:00, a Monday.
const NEW_YEAR: i64 = 1_704_067_200;

fn options() -> StructureOptions {
    StructureOptions::within_seconds(1.0)
}

fn names(table: &MemoryTable) -> Vec<String> {
    table.reference().schema.names().map(str::to_owned).collect()
}

/// The cells of a table, column by column.
fn columns(table: &MemoryTable) -> Vec<Vec<Cell>> {
    let names = names(table);
    let rows: Vec<_> = (0..table.rows()).map(|row| table.cells(&names, row).unwrap()).collect();
    (0..names.len()).map(|place| rows.iter().map(|row| row[place].clone()).collect()).collect()
}

fn facts(table: &MemoryTable) -> Vec<ColumnFacts> {
    let fields = table.reference().schema.fields;
    let facts = fields.into_iter().zip(columns(table)).map(|(field, cells)| {
        let present: Vec<String> = cells
            .iter()
            .filter(|&cell| *cell != Cell::Null)
            .map(|cell| format!("{cell:?}"))
            .collect();
        ColumnFacts {
            name: field.name,
            column_type: field.column_type,
            nulls: (cells.len() - present.len()) as u64,
            distinct: Measured::exact(present.iter().collect::<HashSet<_>>().len() as u64),
        }
    });
    facts.collect()
}

fn structure_in_batches(
    table: &MemoryTable,
    batch_rows: usize,
    options: StructureOptions,
) -> TableStructure {
    let scanner = MemoryScanner::in_batches_of(batch_rows);
    let reference = scanner.add(table);
    let mut plan = ScanPlan::default();
    let slots = add_structure(&mut plan, &reference.schema, Some(reference.rows), options);
    let outcome = scanner.summarize(&reference, plan, &Cancellation::default()).unwrap();
    TableStructure::from_outcome(&slots, &outcome, &facts(table), options).unwrap()
}

fn structure(table: &MemoryTable) -> TableStructure {
    structure_in_batches(table, 7, options())
}

/// A summary over all columns that took in the table in one piece.
fn filled<S: Summary>(table: &MemoryTable, mut summary: S) -> S {
    table
        .for_each_batch(&names(table), table.rows().max(1), |batch| summary.update(batch))
        .unwrap();
    summary
}

fn sampled(table: &MemoryTable) -> SampledTable {
    let fields = table.reference().schema.fields;
    let sample = filled(table, RowSample::new(fields.len(), Some(table.rows() as u64)));
    SampledTable::of(&sample, &fields, usize::MAX).unwrap()
}
