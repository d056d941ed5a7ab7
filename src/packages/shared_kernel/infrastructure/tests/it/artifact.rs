//! The artifact stores through their port.

use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::artifact::{ArtifactDigest, ArtifactStore};
use shared_kernel_infrastructure::artifact::LocalArtifactStore;
use testkit::artifact_store_conformance;

mod cable;
mod object;
mod s3;

#[test]
fn artifacts_are_kept_as_the_port_promises_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalArtifactStore::new(folder.path().join("artifacts"));
    artifact_store_conformance(&store);
    let digest = ArtifactDigest::of(b"a model");
    let shelf = folder.path().join("artifacts").join(&digest.as_str()[..2]);
    assert_eq!(std::fs::read_dir(shelf).unwrap().count(), 1);
}

#[test]
fn a_damaged_artifact_is_told_and_can_be_put_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalArtifactStore::new(folder.path());
    let digest = store.put(b"a report").unwrap();
    let path = folder.path().join(&digest.as_str()[..2]).join(digest.as_str());
    std::fs::write(path, b"a rep").unwrap();
    let damaged = store.get(&digest).unwrap_err();
    assert_eq!(damaged.kind(), ErrorKind::Unavailable);
    assert!(damaged.what().contains("is damaged"), "{damaged}");
    store.put(b"a report").unwrap();
    assert_eq!(store.get(&digest).unwrap(), b"a report");
}

#[test]
fn a_folder_that_is_no_folder_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("artifacts");
    std::fs::write(&place, b"a file").unwrap();
    let error = LocalArtifactStore::new(&place).check().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.what(), "the folder of the artifacts is not writable");
    std::fs::remove_file(&place).unwrap();
    LocalArtifactStore::new(&place).check().unwrap();
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 0, "the check leaves nothing");
}
