use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use shared_kernel_domain::Result;

use crate::{ProfileFile, ProfileFiles};

/// Files in memory, by location.
#[derive(Debug, Default)]
pub struct MemoryProfileFiles(Mutex<BTreeMap<String, Vec<u8>>>);

impl MemoryProfileFiles {
    /// Puts bytes into a file.
    pub fn write(&self, location: &str, bytes: &[u8]) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(location.to_owned(), bytes.to_vec());
    }
}

impl ProfileFiles for MemoryProfileFiles {
    fn read(&self, location: &str) -> Result<Option<ProfileFile>> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.get(location).map_or(Ok(None), |bytes| ProfileFile::from_bytes(bytes))
    }
}
