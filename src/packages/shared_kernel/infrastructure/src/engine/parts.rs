//! The files of a table: that they are unchanged, what they hold, and how they are divided.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use arrow::datatypes::SchemaRef;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use shared_kernel_domain::table::TablePart;
use shared_kernel_domain::{Error, Result};

/// More partitions than this are never made.
const MOST_PARTITIONS: usize = 16;
/// Every partition holds a state of its own for every column, so wide tables get fewer.
const MOST_PARTITION_COLUMNS: usize = 32_768;

/// A Parquet file and what its footer says.
pub(crate) struct PartFile {
    pub(crate) location: String,
    pub(crate) bytes: u64,
    /// Nanoseconds since 1970.
    pub(crate) modified: i64,
    pub(crate) metadata: Arc<ParquetMetaData>,
    pub(crate) schema: SchemaRef,
}

impl PartFile {
    /// Opens a file and reads its footer.
    pub(crate) fn open(location: &str) -> Result<Self> {
        let file = File::open(location).map_err(|error| cannot_open(location, error))?;
        let (bytes, modified) = size_and_time(Path::new(location))?;
        let damaged = |error: ParquetError| {
            Error::input(format!("{location} is not a readable Parquet file: {error}"))
                .at(location)
                .hint("the file may be damaged, cut off, or of another format")
        };
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&file).map_err(damaged)?;
        check_footer(&metadata, bytes).map_err(damaged)?;
        let file_metadata = metadata.file_metadata();
        let schema = parquet_to_arrow_schema(
            file_metadata.schema_descr(),
            file_metadata.key_value_metadata(),
        )
        .map_err(damaged)?;
        Ok(Self {
            location: location.to_owned(),
            bytes,
            modified,
            metadata: Arc::new(metadata),
            schema: Arc::new(schema),
        })
    }

    /// Rows in the file.
    pub(crate) fn rows(&self) -> u64 {
        self.metadata.row_groups().iter().map(|group| group.num_rows().max(0) as u64).sum()
    }

    /// How a table refers to the file where it is.
    pub(crate) fn reference(&self) -> TablePart {
        self.reference_at(self.location.clone())
    }

    /// How a table refers to the file if it is kept in the home: by its path there.
    pub(crate) fn kept_reference(&self, home: &Path) -> TablePart {
        let kept = Path::new(&self.location).strip_prefix(home).ok().and_then(Path::to_str);
        self.reference_at(kept.unwrap_or(&self.location).to_owned())
    }

    fn reference_at(&self, location: String) -> TablePart {
        TablePart { location, rows: self.rows(), bytes: self.bytes, modified: self.modified }
    }
}

/// Opens files of a table, after a check that they are what was referenced.
pub(crate) fn open_parts(home: &Path, parts: &[TablePart]) -> Result<Vec<PartFile>> {
    parts.iter().map(|part| open_part(home, part)).collect()
}

/// Opens a file of a table, after a check that it is what was referenced.
pub(crate) fn open_part(home: &Path, part: &TablePart) -> Result<PartFile> {
    let place = PartPlace::of(home, &part.location);
    let (path, is_kept) = (place.path(home), matches!(place, PartPlace::Home(_)));
    let location = path.to_string_lossy();
    // The file was there when it was uploaded: what keeps it away may pass.
    let (bytes, modified) = size_and_time(&path).map_err(|error| {
        let hint = if is_kept {
            "it belongs to the home: bring it back from a backup, or upload the table again"
        } else {
            "bring the file back to where it was uploaded from, or upload it again from where it is now"
        };
        Error::unavailable(format!("{location} cannot be reached"))
            .at(location.clone())
            .hint(hint)
            .caused_by(error)
    })?;
    let changed = || {
        Error::input(format!("{location} was changed since it was uploaded"))
            .at(location.clone())
            .hint("upload it again as a new version; `dataset upload --copy` keeps a copy that cannot change")
    };
    // What is kept never changes, and a copy of the home has times of its own.
    if bytes != part.bytes || (modified != part.modified && !is_kept) {
        return Err(changed());
    }
    let file = PartFile::open(&location)?;
    if file.rows() != part.rows {
        return Err(changed());
    }
    Ok(file)
}

/// Where a part's file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartPlace {
    /// Kept in the home, at this path within it.
    Home(PathBuf),
    /// Referred to where it is.
    Outside(PathBuf),
}

impl PartPlace {
    /// Where a location leads from a home.
    ///
    /// Once, kept files were referred to by absolute paths too. When such a home was moved, the
    /// file lies in it where it always did.
    pub fn of(home: &Path, location: &str) -> Self {
        let path = Path::new(location);
        if path.components().all(|part| matches!(part, Component::Normal(_))) {
            return Self::Home(path.to_owned());
        }
        if let Ok(within) = path.strip_prefix(home) {
            return Self::Home(within.to_owned());
        }
        if !path.exists()
            && let (Some(name), Some(folder)) =
                (path.file_name(), path.parent().and_then(Path::file_name))
        {
            let within = Path::new(folder).join(name);
            if home.join(&within).exists() {
                return Self::Home(within);
            }
        }
        Self::Outside(path.to_owned())
    }

    /// The path of the file.
    pub fn path(&self, home: &Path) -> PathBuf {
        match self {
            Self::Home(within) => home.join(within),
            Self::Outside(path) => path.clone(),
        }
    }
}

/// Refuses a footer whose numbers of rows disagree, or by which a column lies outside of its file:
/// readers take both as they are.
fn check_footer(metadata: &ParquetMetaData, bytes: u64) -> Result<(), ParquetError> {
    let wrong = |what: String| Err(ParquetError::General(what));
    let mut rows = 0_i64;
    for (index, group) in metadata.row_groups().iter().enumerate() {
        if group.num_rows() < 0 {
            return wrong(format!("row group {index} has a negative number of rows"));
        }
        rows = rows.saturating_add(group.num_rows());
        for chunk in group.columns() {
            let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
            let (start, size) = (u64::try_from(start), u64::try_from(chunk.compressed_size()));
            let end = start.ok().zip(size.ok()).and_then(|(start, size)| start.checked_add(size));
            if end.is_none_or(|end| end > bytes) || chunk.data_page_offset() < 0 {
                let column = chunk.column_path();
                return wrong(format!("column {column} of row group {index} lies outside of it"));
            }
        }
    }
    let stated = metadata.file_metadata().num_rows();
    if stated != rows {
        return wrong(format!("it states {stated} rows and has {rows}"));
    }
    Ok(())
}

/// Size in bytes and modification time in nanoseconds since 1970.
pub(crate) fn size_and_time(path: &Path) -> Result<(u64, i64)> {
    let location = path.display().to_string();
    let metadata = std::fs::metadata(path).map_err(|error| cannot_open(&location, error))?;
    let since_epoch = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX));
    Ok((metadata.len(), since_epoch))
}

/// Why a file could not be opened, in the user's terms.
pub(crate) fn cannot_open(location: &str, error: std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::input(format!("{location} does not exist"))
            .hint("check the path; a relative path starts where the command runs"),
        ErrorKind::PermissionDenied => Error::input(format!("{location} may not be read"))
            .hint("ask for permission to read the file, or run as a user who has it"),
        _ => Error::input(format!("{location} could not be read: {error}")),
    }
    .at(location)
    .caused_by(error)
}

/// A run of row groups of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartRun {
    /// Which file.
    pub(crate) part: usize,
    /// Which row groups, ascending.
    pub(crate) groups: Vec<usize>,
}

/// Divides the row groups of a table into at most 16 contiguous partitions of about equal rows,
/// partition i before partition i + 1. The division depends on the data alone, never on threads.
pub(crate) fn partitions(parts: &[PartFile], columns: usize) -> Vec<Vec<PartRun>> {
    let mut groups = Vec::new();
    for (part, file) in parts.iter().enumerate() {
        for (group, metadata) in file.metadata.row_groups().iter().enumerate() {
            groups.push((part, group, metadata.num_rows().max(0) as u64));
        }
    }
    divide(&groups, columns)
}

fn divide(groups: &[(usize, usize, u64)], columns: usize) -> Vec<Vec<PartRun>> {
    let total: u64 = groups.iter().map(|group| group.2).sum();
    let most = (MOST_PARTITION_COLUMNS / columns.max(1)).clamp(1, MOST_PARTITIONS);
    let count = groups.len().clamp(1, most) as u64;
    let mut divided: BTreeMap<u64, Vec<PartRun>> = BTreeMap::new();
    let mut before = 0;
    for &(part, group, rows) in groups {
        if rows == 0 {
            continue;
        }
        // where the middle of the group lies decides, so that uneven groups balance
        let middle = u128::from(before + rows / 2) * u128::from(count) / u128::from(total);
        let runs = divided.entry(middle as u64).or_default();
        match runs.last_mut() {
            Some(run) if run.part == part => run.groups.push(group),
            _ => runs.push(PartRun { part, groups: vec![group] }),
        }
        before += rows;
    }
    divided.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_contiguous_balanced_and_complete() {
        let groups: Vec<_> = (0..100).map(|group| (group / 30, group % 30, 1_000)).collect();
        let divided = divide(&groups, 10);
        assert_eq!(divided.len(), 16);
        let flat: Vec<_> = divided
            .iter()
            .flatten()
            .flat_map(|run| run.groups.iter().map(|&group| (run.part, group, 1_000)))
            .collect();
        assert_eq!(flat, groups);
        let sizes = divided.iter().map(|runs| runs.iter().map(|run| run.groups.len()).sum());
        assert!(sizes.clone().max() <= sizes.min().map(|least: usize| least + 1));
    }

    #[test]
    fn wide_tables_get_fewer_partitions_and_empty_ones_none() {
        let groups: Vec<_> = (0..100).map(|group| (0, group, 1_000)).collect();
        assert_eq!(divide(&groups, 10_000).len(), 3);
        assert!(divide(&[(0, 0, 0)], 3).is_empty());
        assert!(divide(&[], 3).is_empty());
    }
}
