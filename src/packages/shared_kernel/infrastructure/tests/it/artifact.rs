//! The local artifact store through its port.

use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::artifact::{ArtifactDigest, ArtifactStore};
use shared_kernel_infrastructure::artifact::LocalArtifactStore;

#[test]
fn what_was_put_comes_back_under_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalArtifactStore::new(folder.path().join("artifacts"));
    let digest = store.put(b"a model").unwrap();
    assert_eq!(digest, ArtifactDigest::of(b"a model"));
    assert_eq!(store.put(b"a model").unwrap(), digest);
    assert_eq!(store.get(&digest).unwrap(), b"a model");
    let shelf = folder.path().join("artifacts").join(&digest.as_str()[..2]);
    assert_eq!(std::fs::read_dir(shelf).unwrap().count(), 1);
}

#[test]
fn a_missing_or_damaged_artifact_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalArtifactStore::new(folder.path());
    let missing = store.get(&ArtifactDigest::of(b"never put")).unwrap_err();
    assert!(missing.what().contains("is not in the store"), "{missing}");
    let digest = store.put(b"a report").unwrap();
    let path = folder.path().join(&digest.as_str()[..2]).join(digest.as_str());
    std::fs::write(path, b"a rep").unwrap();
    let damaged = store.get(&digest).unwrap_err();
    assert_eq!(damaged.kind(), ErrorKind::Unavailable);
    assert!(damaged.what().contains("is damaged"), "{damaged}");
    store.put(b"a report").unwrap();
    assert_eq!(store.get(&digest).unwrap(), b"a report");
}
