//! Files of failing rows, as Parquet or CSV; each appears under its name when it is complete.

mod csv_file;
mod parquet_file;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use data_quality_domain::examination::{FailingRowsFile, FailingRowsFormat, FailingRowsWriter};
use shared_kernel_domain::{Error, Result};
use tempfile::NamedTempFile;

/// Writes failing rows to files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalFailingRows;

impl FailingRowsWriter for LocalFailingRows {
    fn create(
        &self,
        path: &str,
        format: FailingRowsFormat,
        keys: &[String],
    ) -> Result<Box<dyn FailingRowsFile>> {
        let target = Target::create(path)?;
        Ok(match format {
            FailingRowsFormat::Csv => Box::new(csv_file::CsvRows::begin(target, keys)?),
            FailingRowsFormat::Parquet => Box::new(parquet_file::ParquetRows::begin(target, keys)?),
        })
    }
}

/// A file that has no name until it is complete.
struct Target {
    path: PathBuf,
    file: NamedTempFile,
}

impl Target {
    fn create(path: &str) -> Result<Self> {
        let path = PathBuf::from(path);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = tempfile::Builder::new()
            .prefix(".pynomaly-")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(|cause| lost(&path, cause))?;
        Ok(Self { path, file })
    }

    fn finish(self) -> Result<()> {
        let Self { path, file } = self;
        file.as_file().sync_all().map_err(|cause| lost(&path, cause))?;
        file.persist(&path).map_err(|failed| lost(&path, failed.error))?;
        Ok(())
    }
}

/// The error of a file that could not be written.
fn lost(path: &Path, cause: io::Error) -> Error {
    Error::unavailable(format!("the failing rows cannot be written: {}", cause.kind()))
        .at(path.display().to_string())
        .hint("check that the folder exists, can be written and has room")
        .caused_by(cause)
}
