//! Where a foreign table is: a file, a folder, a glob or standard input.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use shared_kernel_domain::{Error, Result};

use crate::engine::parts::cannot_open;

/// What a location names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Located {
    /// `-`.
    StandardInput,
    /// Absolute paths, sorted; at least one.
    Files(Vec<PathBuf>),
}

/// Whether there is something at a location.
pub(super) fn exists(location: &str) -> bool {
    location == "-"
        || Path::new(location).exists()
        || (is_glob(location)
            && glob::glob(location).is_ok_and(|mut paths| paths.any(|p| p.is_ok())))
}

/// Finds the files of a location.
pub(super) fn locate(location: &str) -> Result<Located> {
    if location == "-" {
        return Ok(Located::StandardInput);
    }
    let path = Path::new(location);
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(Located::Files(parquet_files(path)?)),
        Ok(_) => Ok(Located::Files(vec![absolute(path)?])),
        Err(error) if error.kind() == ErrorKind::NotFound && is_glob(location) => {
            Ok(Located::Files(matching_files(location)?))
        }
        Err(error) => Err(cannot_open(location, error)),
    }
}

fn is_glob(location: &str) -> bool {
    location.contains(['*', '?', '['])
}

fn absolute(path: &Path) -> Result<PathBuf> {
    path.canonicalize().map_err(|error| cannot_open(&path.display().to_string(), error))
}

/// The Parquet files of a folder, by name; hidden files and those with a leading underscore are
/// what other tools leave there.
fn parquet_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let location = folder.display().to_string();
    let entries = std::fs::read_dir(folder).map_err(|error| cannot_open(&location, error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| cannot_open(&location, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let hidden = name.starts_with(['.', '_']);
        if !hidden && has_ending(&path, &["parquet", "parq", "pq"]) && path.is_file() {
            files.push(absolute(&path)?);
        }
    }
    if files.is_empty() {
        return Err(Error::input(format!("{location} is a folder without Parquet files"))
            .at(location.clone())
            .hint(format!("name one file, or a glob such as '{location}/**/*.parquet'")));
    }
    files.sort();
    Ok(files)
}

fn matching_files(pattern: &str) -> Result<Vec<PathBuf>> {
    let paths = glob::glob(pattern).map_err(|error| {
        Error::input(format!("{pattern} is not a valid pattern: {error}"))
            .hint("use *, ?, ** and [abc]; put a path that has such characters itself in [ ]")
    })?;
    let mut files = Vec::new();
    for path in paths {
        let path = path.map_err(|error| {
            Error::input(format!("{} could not be read", error.path().display())).caused_by(error)
        })?;
        if path.is_file() {
            files.push(absolute(&path)?);
        }
    }
    if files.is_empty() {
        return Err(Error::input(format!("no file matches {pattern}"))
            .hint("check the pattern; quote it so that the shell does not expand it"));
    }
    files.sort();
    Ok(files)
}

/// Whether a path ends in one of these endings, in any case.
pub(super) fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    endings.contains(&ending.as_str())
}
