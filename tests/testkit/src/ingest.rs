use std::collections::BTreeMap;
use std::sync::Mutex;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::{IngestEvidence, IngestedTable, TableIngest, TableSource};
use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, ErrorKind, Result};

/// Files by location, read already.
#[derive(Debug, Default)]
pub struct MemoryIngest(Mutex<BTreeMap<String, (TableReference, IngestEvidence)>>);

impl MemoryIngest {
    /// Puts a file at a location, in place of the one that was there.
    pub fn put(&self, location: &str, table: TableReference, evidence: IngestEvidence) {
        self.0.lock().expect("a lock").insert(location.to_owned(), (table, evidence));
    }
}

impl TableIngest for MemoryIngest {
    fn finds(&self, location: &str) -> bool {
        self.0.lock().expect("a lock").contains_key(location)
    }

    fn ingest(
        &self,
        source: &TableSource,
        _progress: &dyn Fn(u64, Option<u64>),
        cancellation: &Cancellation,
    ) -> Result<IngestedTable> {
        cancellation.check()?;
        let files = self.0.lock().expect("a lock");
        let missing = || Error::input(format!("no file at {}", source.location));
        let (table, evidence) = files.get(&source.location).cloned().ok_or_else(missing)?;
        Ok(IngestedTable { table, evidence })
    }
}

/// What every ingest must do with a table that is there and with one that is not.
pub fn table_ingest_conformance(ingest: &dyn TableIngest, there: &str, missing: &str) {
    let ready = Cancellation::default();
    let source =
        |location: &str| TableSource { location: location.to_owned(), ..TableSource::default() };
    assert!(ingest.finds(there), "{there} is there");
    let first = ingest.ingest(&source(there), &|_, _| (), &ready).expect("a table");
    let again = ingest.ingest(&source(there), &|_, _| (), &ready).expect("the table again");
    assert_eq!(again.table.digest, first.table.digest, "the same content has the same digest");
    assert_eq!(again.table.rows, first.table.rows);
    assert_eq!(again.table.schema, first.table.schema);
    assert_eq!(again.evidence, first.evidence);

    assert!(!ingest.finds(missing), "{missing} is not there");
    let refused = ingest.ingest(&source(missing), &|_, _| (), &ready).expect_err("no table");
    assert_eq!(refused.kind(), ErrorKind::Input);

    let cancelled = Cancellation::default();
    cancelled.cancel();
    let stopped = ingest.ingest(&source(there), &|_, _| (), &cancelled).expect_err("no table");
    assert_eq!(stopped.kind(), ErrorKind::Interrupted);
}

#[cfg(test)]
mod tests {
    use shared_kernel_domain::ingest::TableFormat;

    use super::*;
    use crate::MemoryTable;

    #[test]
    fn files_in_memory_are_ingested() {
        let ingest = MemoryIngest::default();
        let table = MemoryTable::default().integers("n", (0..3).map(Some)).reference();
        let evidence = IngestEvidence::of_self_describing(TableFormat::Csv);
        ingest.put("there.csv", table, evidence);
        table_ingest_conformance(&ingest, "there.csv", "missing.csv");
    }
}
