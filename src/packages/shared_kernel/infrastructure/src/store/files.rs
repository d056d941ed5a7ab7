//! Whole files beside the databases: linked or copied, verified by digest, made durable.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use crate::artifact::sync_directory;

/// Bytes between two looks at a wish to stop.
const STRETCH: u64 = 64 << 20;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDigest {
    /// Its size.
    pub bytes: u64,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub digest: String,
}

impl FileDigest {
    /// Reads a file.
    pub fn of(path: &Path, cancellation: &Cancellation) -> Result<Self> {
        let mut file = File::open(path).map_err(|cause| cannot("read", path, cause))?;
        let mut hasher = blake3::Hasher::new();
        let mut bytes = 0;
        let mut buffer = vec![0; 1 << 20];
        loop {
            cancellation.check()?;
            let count = file.read(&mut buffer).map_err(|cause| cannot("read", path, cause))?;
            let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
            hasher.update(read);
            bytes += count as u64;
        }
        Ok(Self { bytes, digest: hasher.finalize().to_hex().to_string() })
    }
}

/// Gives a file that never changes a second place: the same file where the disk allows it, else a
/// copy that was read back. What was there before is replaced at once.
pub fn link_or_copy(from: &Path, to: &Path, cancellation: &Cancellation) -> Result<FileDigest> {
    place(from, to, true, cancellation)
}

/// Copies a file, and reads the copy back.
pub fn copy(from: &Path, to: &Path, cancellation: &Cancellation) -> Result<FileDigest> {
    place(from, to, false, cancellation)
}

fn place(
    from: &Path,
    to: &Path,
    may_link: bool,
    cancellation: &Cancellation,
) -> Result<FileDigest> {
    let digest = FileDigest::of(from, cancellation)?;
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(|cause| cannot("make", folder, cause))?;
    }
    let unfinished = unfinished(to);
    remove(&unfinished)?;
    if !may_link || std::fs::hard_link(from, &unfinished).is_err() {
        let copied = copy_bytes(from, &unfinished, cancellation)
            .and_then(|()| FileDigest::of(&unfinished, cancellation));
        if !copied.as_ref().is_ok_and(|copied| *copied == digest) {
            let _ = remove(&unfinished);
            copied?;
            return Err(Error::unavailable("the copy of a file differs from the file")
                .at(from.display().to_string())
                .hint("see whether the file is being changed, and whether the disk is sound"));
        }
    }
    std::fs::rename(&unfinished, to).map_err(|cause| cannot("make", to, cause))?;
    // Two names of one file are both still there then.
    remove(&unfinished)?;
    Ok(digest)
}

/// The file's name until it is whole.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".unfinished-");
    name.push(path.file_name().unwrap_or_default());
    path.with_file_name(name)
}

fn copy_bytes(from: &Path, to: &Path, cancellation: &Cancellation) -> Result<()> {
    let cannot_write = |cause| cannot("write", to, cause);
    let source = File::open(from).map_err(|cause| cannot("read", from, cause))?;
    let mut target = File::create_new(to).map_err(cannot_write)?;
    loop {
        cancellation.check()?;
        // The kernel may share the bytes, where the file system can.
        let count = std::io::copy(&mut (&source).take(STRETCH), &mut target);
        if count.map_err(cannot_write)? == 0 {
            break;
        }
    }
    let modified = source.metadata().and_then(|metadata| metadata.modified());
    modified
        .and_then(|time| target.set_modified(time))
        .and_then(|()| target.sync_all())
        .map_err(cannot_write)
}

/// Removes a file, if it is there.
pub fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(cannot("remove", path, cause)),
        _ => Ok(()),
    }
}

/// Makes all files and folders below a folder durable.
pub fn sync_tree(folder: &Path) -> Result<()> {
    let failed = |cause| cannot("write", folder, cause);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            sync_tree(&path)?;
        } else {
            File::open(&path)
                .and_then(|file| file.sync_all())
                .map_err(|cause| cannot("write", &path, cause))?;
        }
    }
    sync_folder(folder)
}

/// Makes the names in a folder durable.
pub fn sync_folder(folder: &Path) -> Result<()> {
    sync_directory(folder).map_err(|cause| cannot("write", folder, cause))
}

/// Why something could not be done to a file.
pub fn cannot(verb: &str, path: &Path, cause: std::io::Error) -> Error {
    let hint = match cause.kind() {
        ErrorKind::NotFound => "see whether it was moved or deleted",
        ErrorKind::PermissionDenied => "see whose it is, and who may work with it",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room and try again",
        _ => "see whether the disk is there, sound and not full",
    };
    Error::unavailable(format!("cannot {verb} a file or folder: {cause}"))
        .at(path.display().to_string())
        .hint(hint)
        .caused_by(cause)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_file_is_linked_or_copied_with_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("a/b/to"));
        std::fs::write(&from, "some bytes").unwrap();
        let none = Cancellation::default();
        let linked = link_or_copy(&from, &to, &none).unwrap();
        assert_eq!(linked, FileDigest::of(&from, &none).unwrap());
        let inode = |path: &Path| std::fs::metadata(path).unwrap().ino();
        assert_eq!(inode(&from), inode(&to));
        assert_eq!(link_or_copy(&from, &to, &none).unwrap(), linked, "again");
        assert_eq!(copy(&from, &to, &none).unwrap(), linked, "over it");
        assert_ne!(inode(&from), inode(&to));
        let time = |path: &Path| std::fs::metadata(path).unwrap().modified().unwrap();
        assert_eq!(time(&from), time(&to));
        let names = std::fs::read_dir(to.parent().unwrap()).unwrap().count();
        assert_eq!(names, 1, "nothing else is left");
    }

    #[test]
    fn an_interrupted_copy_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::write(&from, "some bytes").unwrap();
        let cancelled = Cancellation::default();
        cancelled.cancel();
        assert!(copy(&from, &to, &cancelled).is_err());
        assert!(copy(&folder.path().join("none"), &to, &Cancellation::default()).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
