use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{
    BatchSink, DuplicateGroup, Duplicates, RowFunction, RowValueSink, ScanOutcome, ScanPlan,
    TableScanner,
};
use shared_kernel_domain::scratch::{BatchSource, ScratchTable, ScratchTables};
use shared_kernel_domain::table::{Cell, ContentDigest, TableReference, TableSchema};
use shared_kernel_domain::{Error, Result};

use crate::MemoryTable;

type Tables = BTreeMap<ContentDigest, Arc<MemoryTable>>;

/// Scans tables in memory, found by their digest. It reads every table in small batches and moves
/// summaries as bytes, as the engine does, so that borders show.
#[derive(Debug)]
pub struct MemoryScanner {
    tables: Arc<Mutex<Tables>>,
    batch_rows: usize,
    duplicate_passes: AtomicU64,
    summarized_rows: AtomicU64,
    short_of_memory: AtomicBool,
    scratch: AtomicU64,
}

impl Default for MemoryScanner {
    fn default() -> Self {
        Self::in_batches_of(64)
    }
}

impl MemoryScanner {
    /// A scanner of no tables yet, in batches of this many rows.
    pub fn in_batches_of(batch_rows: usize) -> Self {
        Self {
            tables: Arc::default(),
            batch_rows,
            duplicate_passes: AtomicU64::new(0),
            summarized_rows: AtomicU64::new(0),
            short_of_memory: AtomicBool::new(false),
            scratch: AtomicU64::new(0),
        }
    }

    /// Makes a table known and returns what stands for it.
    pub fn add(&self, table: &MemoryTable) -> TableReference {
        let reference = table.reference();
        let table = Arc::new(table.clone());
        self.tables.lock().expect("a lock").insert(reference.digest.clone(), table);
        reference
    }

    /// From now on there is too little memory to find duplicates.
    pub fn run_short_of_memory(&self) {
        self.short_of_memory.store(true, Ordering::Relaxed);
    }

    /// Passes made for duplicates so far.
    pub fn duplicate_passes(&self) -> u64 {
        self.duplicate_passes.load(Ordering::Relaxed)
    }

    /// Rows that scans of summaries read so far.
    pub fn summarized_rows(&self) -> u64 {
        self.summarized_rows.load(Ordering::Relaxed)
    }

    fn table(&self, table: &TableReference) -> Result<Arc<MemoryTable>> {
        let tables = self.tables.lock().expect("a lock");
        tables.get(&table.digest).cloned().ok_or_else(|| Error::input("no such table in memory"))
    }
}

impl TableScanner for MemoryScanner {
    fn summarize_from(
        &self,
        table: &TableReference,
        first_part: usize,
        plan: ScanPlan,
        cancellation: &Cancellation,
    ) -> Result<ScanOutcome> {
        cancellation.check()?;
        let found = self.table(table)?;
        let first_row: u64 = table.parts.iter().take(first_part).map(|part| part.rows).sum();
        let rows = table.rows - first_row;
        self.summarized_rows.fetch_add(rows, Ordering::Relaxed);
        let mut summaries = Vec::new();
        for item in plan.into_items() {
            if item.nested.is_some() {
                return Err(Error::internal("tables in memory have no nested columns"));
            }
            let mut whole = item.summary.fresh();
            found.for_each_batch_from(
                first_row as usize,
                &item.columns,
                self.batch_rows,
                |batch| {
                    let mut part = item.summary.fresh();
                    part.update(batch)?;
                    whole.merge_bytes(&part.to_bytes()?)
                },
            )?;
            summaries.push(whole);
        }
        Ok(ScanOutcome::new(summaries, rows))
    }

    fn evaluate(
        &self,
        table: &TableReference,
        function: Arc<dyn RowFunction>,
        cancellation: &Cancellation,
        sink: &mut RowValueSink<'_>,
    ) -> Result<()> {
        self.stream(table, function.columns(), cancellation, &mut |batch| {
            sink(batch.rows, &function.evaluate(batch)?)
        })
    }

    fn stream(
        &self,
        table: &TableReference,
        columns: &[String],
        cancellation: &Cancellation,
        sink: &mut BatchSink<'_>,
    ) -> Result<()> {
        cancellation.check()?;
        self.table(table)?.for_each_batch(columns, self.batch_rows, |batch| {
            cancellation.check()?;
            sink(batch)
        })
    }

    fn duplicates(
        &self,
        table: &TableReference,
        columns: &[String],
        examples: usize,
        cancellation: &Cancellation,
    ) -> Result<Duplicates> {
        cancellation.check()?;
        if self.short_of_memory.load(Ordering::Relaxed) {
            return Err(Error::unavailable("not enough memory to compare rows"));
        }
        self.duplicate_passes.fetch_add(1, Ordering::Relaxed);
        let found = self.table(table)?;
        let all: Vec<String> = table.schema.names().map(str::to_owned).collect();
        let columns = if columns.is_empty() { &all } else { columns };
        let mut groups: BTreeMap<String, DuplicateGroup> = BTreeMap::new();
        for row in 0..found.rows() {
            let cells = found.cells(columns, row)?;
            if cells.iter().any(|cell| *cell != Cell::Null) {
                let first = DuplicateGroup { first_row: row as u64, count: 0 };
                groups.entry(format!("{cells:?}")).or_insert(first).count += 1;
            }
        }
        let mut groups: Vec<DuplicateGroup> = groups.into_values().collect();
        let evaluated_rows = groups.iter().map(|group| group.count).sum();
        let duplicate_rows = groups.iter().map(|group| group.count - 1).sum();
        groups.retain(|group| group.count > 1);
        groups.sort_by_key(|group| (std::cmp::Reverse(group.count), group.first_row));
        groups.truncate(examples);
        Ok(Duplicates { evaluated_rows, duplicate_rows, groups })
    }

    fn rows(
        &self,
        table: &TableReference,
        columns: &[String],
        rows: &[u64],
    ) -> Result<Vec<Vec<Cell>>> {
        let found = self.table(table)?;
        rows.iter().map(|&row| found.cells(columns, row as usize)).collect()
    }
}

impl ScratchTables for MemoryScanner {
    fn store(&self, schema: &TableSchema, rows: &mut BatchSource<'_>) -> Result<ScratchTable> {
        let mut table: Option<MemoryTable> = None;
        rows(&mut |batch| {
            let more = MemoryTable::of_batch(schema, batch)?;
            match &mut table {
                Some(known) => known.append(more),
                none => *none = Some(more),
            }
            Ok(())
        })?;
        let table = table.ok_or_else(|| Error::internal("a table without a batch"))?;
        // equal tables are stored each for itself
        let number = self.scratch.fetch_add(1, Ordering::Relaxed);
        let digest = ContentDigest::from_hex(format!("scratch {number}"));
        let reference = TableReference { digest: digest.clone(), ..table.reference() };
        self.tables.lock().expect("a lock").insert(digest.clone(), Arc::new(table));
        let held = Held { digest, tables: Arc::clone(&self.tables) };
        Ok(ScratchTable::new(reference, held))
    }
}

/// Removes a table when dropped.
struct Held {
    digest: ContentDigest,
    tables: Arc<Mutex<Tables>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.tables.lock().expect("a lock").remove(&self.digest);
    }
}
