//! Tables split into `valid.parquet` and `invalid.parquet`: a folder that appears under its name when
//! both files are complete and have been read back.

mod digest;
mod files;
mod source;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use data_quality_domain::examination::{
    InvalidRow, QuarantineFiles, QuarantineWriter, RowSet, Split,
};
use parquet::errors::ParquetError;
use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, Result};
use tempfile::TempDir;

use self::digest::{RowDigests, digest_of_file};
use self::files::{HalfFile, with_reasons};
use self::source::Source;

/// The file of the rows that are kept.
const VALID: &str = "valid.parquet";
/// The file of the rows that are set aside.
const INVALID: &str = "invalid.parquet";

/// Splits tables into folders of this machine.
#[derive(Clone, Debug)]
pub struct LocalQuarantine {
    home: PathBuf,
}

impl LocalQuarantine {
    /// A writer for tables whose kept files lie in this home.
    pub fn new(home: PathBuf) -> Self {
        Self { home }
    }
}

impl QuarantineWriter for LocalQuarantine {
    fn begin(
        &self,
        folder: &str,
        table: &TableReference,
        replace: bool,
    ) -> Result<Box<dyn QuarantineFiles>> {
        let place = Place::claim(folder, replace)?;
        let source = Source::open(&self.home, table)?;
        let valid = HalfFile::create(place.temporary.path().join(VALID), source.schema().clone())?;
        let schema = with_reasons(source.schema());
        let invalid = HalfFile::create(place.temporary.path().join(INVALID), schema)?;
        let digests = RowDigests::of(source.schema())?;
        Ok(Box::new(SplitFiles { place, source, valid, invalid, digests, taken: 0 }))
    }
}

struct SplitFiles {
    place: Place,
    source: Source,
    valid: HalfFile,
    invalid: HalfFile,
    digests: RowDigests,
    taken: u64,
}

impl QuarantineFiles for SplitFiles {
    fn take(&mut self, rows: u64, invalid: &[InvalidRow]) -> Result<()> {
        let end = self.taken + rows;
        let mut rest = invalid;
        while self.taken < end {
            let Some(batch) = self.source.next(end - self.taken)? else {
                return Err(Error::input("the table has fewer rows than when it was read")
                    .hint("something changed it meanwhile: run the command again"));
            };
            self.digests.add(&batch)?;
            let last = self.taken + batch.num_rows() as u64;
            let here = rest.partition_point(|row| row.row < last);
            let (now, later) = rest.split_at(here);
            files::write(&mut self.valid, &mut self.invalid, &batch, self.taken, now)?;
            rest = later;
            self.taken = last;
        }
        if rest.is_empty() { Ok(()) } else { Err(Error::internal("a row came out of order")) }
    }

    fn finish(self: Box<Self>) -> Result<Split> {
        let Self { place, mut source, valid, invalid, digests, taken } = *self;
        if source.next(1)?.is_some() {
            return Err(Error::internal(format!("only {taken} rows of a table were split")));
        }
        let columns = source.schema().fields().len();
        let all = digests.row_set();
        let (valid, invalid) = (valid.finish()?, invalid.finish()?);
        let valid = digest_of_file(&valid, columns)?;
        let invalid = digest_of_file(&invalid, columns)?;
        if !valid.makes_with(&invalid, &all) {
            return Err(Error::internal("the files of a split do not hold each row exactly once"));
        }
        place.reveal()?;
        let sets = [all, valid, invalid].map(|it| RowSet { rows: it.rows, digest: it.text() });
        let [all, valid, invalid] = sets;
        Ok(Split { all, valid, invalid })
    }
}

/// A folder that has no name until it is complete.
struct Place {
    folder: PathBuf,
    temporary: TempDir,
}

impl Place {
    fn claim(folder: &str, replace: bool) -> Result<Self> {
        let folder = PathBuf::from(folder);
        check_free(&folder, replace)?;
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        let temporary = tempfile::Builder::new()
            .prefix(".pynomaly-")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .tempdir_in(parent.unwrap_or(Path::new(".")))
            .map_err(|cause| lost(&folder, cause))?;
        Ok(Self { folder, temporary })
    }

    /// Gives the folder its name. What was there before goes when the new one is in its place.
    fn reveal(self) -> Result<()> {
        let Self { folder, temporary } = self;
        let failed = |cause: io::Error| lost(&folder, cause);
        sync_folder(temporary.path()).map_err(failed)?;
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        let is_taken = std::fs::read_dir(&folder).is_ok_and(|mut found| found.next().is_some());
        if is_taken {
            check_free(&folder, true)?;
            let before =
                tempfile::Builder::new().prefix(".pynomaly-").tempdir_in(parent).map_err(failed)?;
            std::fs::rename(&folder, before.path()).map_err(failed)?;
            if let Err(cause) = std::fs::rename(temporary.path(), &folder) {
                let _ = std::fs::rename(before.path(), &folder);
                return Err(failed(cause));
            }
        } else {
            std::fs::rename(temporary.path(), &folder).map_err(failed)?;
        }
        // it has moved: there is nothing left to remove
        let _ = temporary.keep();
        sync_folder(parent).map_err(failed)
    }
}

/// Whether nothing would be lost: the folder is not there, is empty, or holds a split that may be
/// replaced.
fn check_free(folder: &Path, replace: bool) -> Result<()> {
    let shown = || folder.display().to_string();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) if cause.kind() == io::ErrorKind::NotADirectory => {
            return Err(Error::usage("a split table is a folder, and this is a file")
                .at(shown())
                .hint("name a folder that is not there yet"));
        }
        Err(cause) => return Err(lost(folder, cause)),
    };
    for entry in entries {
        let name = entry.map_err(|cause| lost(folder, cause))?.file_name();
        if !replace {
            return Err(Error::usage(
                "the folder is not empty, and nothing is overwritten unasked",
            )
            .at(shown())
            .hint("name another folder, or replace the split that is there with --overwrite"));
        }
        if name != VALID && name != INVALID {
            let name = name.to_string_lossy().into_owned();
            return Err(Error::usage(format!(
                "the folder holds {name:?}, which is no part of a split"
            ))
            .at(shown())
            .hint("only a folder with nothing but valid.parquet and invalid.parquet is replaced"));
        }
    }
    Ok(())
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

/// The error of a split that could not be written.
fn lost(path: &Path, cause: io::Error) -> Error {
    Error::unavailable(format!("the split table cannot be written: {}", cause.kind()))
        .at(path.display().to_string())
        .hint("check that the folder around it exists, can be written and has room")
        .caused_by(cause)
}

/// The same of the Parquet writer's errors.
fn unwritten(path: &Path, cause: ParquetError) -> Error {
    let cause = match cause {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        cause => io::Error::other(cause),
    };
    lost(path, cause)
}
