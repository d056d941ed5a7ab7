use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, Result};

use crate::examination::{InvalidRow, QuarantineFiles, QuarantineWriter, RowSet, Split};

type Folders = Arc<Mutex<BTreeMap<String, Vec<InvalidRow>>>>;

/// Finished splits by folder: the rows that were set aside. A row's digest is its number.
#[derive(Debug, Default)]
pub struct MemoryQuarantine(Folders);

impl MemoryQuarantine {
    /// The rows that were set aside into a folder.
    pub fn of(&self, folder: &str) -> Option<Vec<InvalidRow>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(folder).cloned()
    }
}

impl QuarantineWriter for MemoryQuarantine {
    fn begin(
        &self,
        folder: &str,
        table: &TableReference,
        replace: bool,
    ) -> Result<Box<dyn QuarantineFiles>> {
        if self.of(folder).is_some() && !replace {
            return Err(Error::usage("the folder is not empty").at(folder));
        }
        Ok(Box::new(MemorySplit {
            folders: Arc::clone(&self.0),
            folder: folder.to_owned(),
            rows: table.rows,
            taken: 0,
            invalid: Vec::new(),
        }))
    }
}

struct MemorySplit {
    folders: Folders,
    folder: String,
    rows: u64,
    taken: u64,
    invalid: Vec<InvalidRow>,
}

impl QuarantineFiles for MemorySplit {
    fn take(&mut self, rows: u64, invalid: &[InvalidRow]) -> Result<()> {
        let next = self.taken..self.taken + rows;
        assert!(invalid.iter().all(|row| next.contains(&row.row)), "rows come in order");
        self.taken = next.end;
        self.invalid.extend_from_slice(invalid);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Split> {
        if self.taken != self.rows {
            return Err(Error::internal("rows were lost"));
        }
        let set = |rows: &mut dyn Iterator<Item = u64>| {
            let (mut count, mut sum) = (0, 0_u128);
            for row in rows {
                count += 1;
                sum += u128::from(row);
            }
            RowSet { rows: count, digest: format!("{sum:032x}") }
        };
        let is_invalid = |row: &u64| self.invalid.iter().any(|known| known.row == *row);
        let split = Split {
            all: set(&mut (0..self.rows)),
            valid: set(&mut (0..self.rows).filter(|row| !is_invalid(row))),
            invalid: set(&mut (0..self.rows).filter(is_invalid)),
        };
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.insert(self.folder, self.invalid);
        Ok(split)
    }
}
