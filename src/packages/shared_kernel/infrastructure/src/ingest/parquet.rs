//! Parquet files: referenced in place, or copied into the store.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::datatypes::Schema;
use datafusion::common::nested_struct::validate_data_type_compatibility;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{ScanPlan, TableScanner};
use shared_kernel_domain::summary::ContentDigestSummary;
use shared_kernel_domain::table::{ContentDigest, TableReference};
use shared_kernel_domain::{Error, Result};

use super::snapshot::{cannot_write, table_schema};
use crate::artifact::{make_directory, sync_directory};
use crate::engine::Engine;
use crate::engine::canonical::{canonical_field, is_nested};
use crate::engine::decoding::decoded;
use crate::engine::parts::PartFile;

/// Refers to Parquet files where they are; their digest takes one scan, unless it is left out.
pub(super) fn reference(
    engine: &Engine,
    files: &[PathBuf],
    leave_digest: bool,
    cancellation: &Cancellation,
) -> Result<TableReference> {
    let parts = files.iter().map(|file| open(file)).collect::<Result<Vec<_>>>()?;
    let first = parts.first().ok_or_else(|| Error::internal("a table without files"))?;
    check_columns(first)?;
    for part in &parts {
        check_agreement(first, part)?;
    }
    let mut table = TableReference {
        schema: table_schema(&first.schema),
        rows: parts.iter().map(PartFile::rows).sum(),
        parts: parts.iter().map(PartFile::reference).collect(),
        digest: ContentDigest::UNKNOWN,
    };
    if leave_digest {
        return Ok(table);
    }
    let names: Vec<&str> = table.schema.names().collect();
    let mut plan = ScanPlan::default();
    let slot = plan.add(&names, ContentDigestSummary::default());
    let outcome = engine.summarize(&table, plan, cancellation)?;
    table.digest = outcome.get(slot)?.digest(names);
    Ok(table)
}

/// Opens a file; a reader that gives up on damaged bytes by a panic gives an error here.
fn open(path: &Path) -> Result<PartFile> {
    let location = path.to_str().ok_or_else(|| {
        Error::input(format!("{} has a name that is not UTF-8", path.display()))
            .hint("rename the file")
    })?;
    let unreadable =
        || Error::input(format!("{location} is not a readable Parquet file")).at(location);
    decoded(|| PartFile::open(location), unreadable)?
}

fn check_columns(part: &PartFile) -> Result<()> {
    let mut seen = HashSet::new();
    if part.schema.fields().is_empty() {
        return Err(Error::input(format!("{} has no columns", part.location)));
    }
    match part.schema.fields().iter().find(|field| !seen.insert(field.name())) {
        Some(twice) => Err(Error::input(format!("two columns are called {:?}", twice.name()))
            .at(part.location.clone())
            .hint("give the columns of the file distinct names")),
        None => Ok(()),
    }
}

/// Parts agree when the same columns of the same kinds stand in the same order.
fn check_agreement(first: &PartFile, part: &PartFile) -> Result<()> {
    let columns = |schema: &Schema| -> Vec<_> {
        schema.fields().iter().map(|field| canonical_field(field)).collect()
    };
    let (expected, found) = (columns(&first.schema), columns(&part.schema));
    let difference = |what: String| {
        Err(Error::input(format!("the files of the table do not agree: {what}"))
            .at(part.location.clone())
            .hint(format!("all files need the columns of {}", first.location)))
    };
    for (expected, found) in expected.iter().zip(&found) {
        if expected.name() != found.name() {
            return difference(format!(
                "column {:?} stands where {:?} was expected",
                found.name(),
                expected.name()
            ));
        }
        if expected.data_type() != found.data_type() || expected.metadata() != found.metadata() {
            return difference(format!(
                "column {:?} is {} where {} was expected",
                found.name(),
                found.data_type(),
                expected.data_type()
            ));
        }
    }
    for (expected, found) in first.schema.fields().iter().zip(part.schema.fields()) {
        let (wanted, stored) = (expected.data_type(), found.data_type());
        let is_readable = !is_nested(wanted)
            || validate_data_type_compatibility(found.name(), stored, wanted).is_ok();
        if !is_readable {
            return difference(format!(
                "the records in column {:?} have other fields",
                found.name()
            ));
        }
    }
    match (expected.get(found.len()), found.get(expected.len())) {
        (Some(missing), _) => difference(format!("column {:?} is missing", missing.name())),
        (_, Some(extra)) => difference(format!("column {:?} is only in one", extra.name())),
        _ => Ok(()),
    }
}

/// Copies the files of a table into the store's folder, each under a name made of its bytes.
pub(super) fn copy_into(table: &mut TableReference, directory: &Path, home: &Path) -> Result<()> {
    make_directory(directory).map_err(|error| cannot_write(directory, error))?;
    let digest = table.digest.clone();
    for part in &mut table.parts {
        let copy = copy_file(Path::new(&part.location), directory, &digest)
            .map_err(|error| cannot_write(directory, error))?;
        *part = open(&copy)?.kept_reference(home);
    }
    sync_directory(directory).map_err(|error| cannot_write(directory, error))
}

fn copy_file(from: &Path, directory: &Path, digest: &ContentDigest) -> std::io::Result<PathBuf> {
    let mut source = File::open(from)?;
    let mut copy = tempfile::Builder::new().prefix(".copy-").tempfile_in(directory)?;
    std::io::copy(&mut source, &mut copy)?;
    copy.as_file().sync_all()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(copy.path())?)?;
    let name = hasher.finalize().to_hex();
    let to = directory.join(format!("{digest}-{}.parquet", name.get(..16).unwrap_or_default()));
    match copy.persist_noclobber(&to) {
        Ok(_) => Ok(to),
        Err(taken) if taken.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(to),
        Err(failed) => Err(failed.error),
    }
}
