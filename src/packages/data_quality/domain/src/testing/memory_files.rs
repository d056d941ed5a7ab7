use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared_kernel_domain::{Error, Result};

use crate::contract::{ContractFile, ContractFiles};
use crate::examination::{FailingRow, FailingRowsFile, FailingRowsFormat, FailingRowsWriter};

/// Contracts by path.
#[derive(Debug, Default)]
pub struct MemoryContracts(Mutex<BTreeMap<String, String>>);

impl MemoryContracts {
    /// Puts a contract at a path.
    pub fn put(&self, path: &str, text: &str) {
        lock(&self.0).insert(path.to_owned(), text.to_owned());
    }
}

impl ContractFiles for MemoryContracts {
    fn read(&self, path: &str) -> Result<ContractFile> {
        let text = lock(&self.0).get(path).cloned();
        let text = text.ok_or_else(|| Error::usage("there is no such contract").at(path))?;
        Ok(ContractFile { path: path.to_owned(), text })
    }

    fn beside(&self, _: &str, path: &str) -> String {
        path.to_owned()
    }
}

type Files = Arc<Mutex<BTreeMap<String, Vec<FailingRow>>>>;

/// Finished files of failing rows by path.
#[derive(Debug, Default)]
pub struct MemoryFailingRows(Files);

impl MemoryFailingRows {
    /// The rows of a finished file.
    pub fn of(&self, path: &str) -> Option<Vec<FailingRow>> {
        lock(&self.0).get(path).cloned()
    }
}

impl FailingRowsWriter for MemoryFailingRows {
    fn create(
        &self,
        path: &str,
        _: FailingRowsFormat,
        _: &[String],
    ) -> Result<Box<dyn FailingRowsFile>> {
        let (files, path) = (Arc::clone(&self.0), path.to_owned());
        Ok(Box::new(MemoryFile { files, path, rows: Vec::new() }))
    }
}

struct MemoryFile {
    files: Files,
    path: String,
    rows: Vec<FailingRow>,
}

impl FailingRowsFile for MemoryFile {
    fn write(&mut self, rows: &[FailingRow]) -> Result<()> {
        self.rows.extend_from_slice(rows);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        lock(&self.files).insert(self.path, self.rows);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
