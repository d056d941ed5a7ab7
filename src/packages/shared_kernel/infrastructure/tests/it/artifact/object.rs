//! Artifacts over object stores that need no server.

use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::artifact::{ArtifactDigest, ArtifactStore};
use shared_kernel_infrastructure::artifact::ObjectArtifactStore;
use testkit::artifact_store_conformance;

/// A store in memory, and what is behind it.
fn in_memory(prefix: &str) -> (ObjectArtifactStore, Arc<InMemory>) {
    let memory = Arc::new(InMemory::new());
    let store = ObjectArtifactStore::over(Arc::clone(&memory) as _, prefix, "memory").unwrap();
    (store, memory)
}

fn key(prefix: &str, digest: &ArtifactDigest) -> Path {
    Path::from(format!("{prefix}/{}/{digest}", &digest.as_str()[..2]))
}

fn now<T>(work: impl Future<Output = object_store::Result<T>>) -> T {
    futures::executor::block_on(work).unwrap()
}

#[test]
fn artifacts_in_memory_are_kept_as_the_port_promises() {
    artifact_store_conformance(&in_memory("").0);
    artifact_store_conformance(&in_memory("home/artifacts").0);
}

#[test]
fn artifacts_in_files_are_kept_as_the_port_promises() {
    let folder = tempfile::tempdir().unwrap();
    let files = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
    let store = ObjectArtifactStore::over(files, "home", "files").unwrap();
    artifact_store_conformance(&store);
    let digest = ArtifactDigest::of(b"a model");
    let shelf = folder.path().join("home").join(&digest.as_str()[..2]);
    assert_eq!(std::fs::read(shelf.join(digest.as_str())).unwrap(), b"a model");
}

#[test]
fn an_artifact_that_is_there_is_not_sent_again() {
    let (store, memory) = in_memory("home");
    let digest = store.put(b"a model").unwrap();
    let first = now(memory.head(&key("home", &digest)));
    store.put(b"a model").unwrap();
    assert_eq!(now(memory.head(&key("home", &digest))).e_tag, first.e_tag);
}

#[test]
fn a_large_artifact_goes_in_pieces() {
    let (store, memory) = in_memory("home");
    let bytes: Vec<u8> = (0..u32::MAX).step_by(65_537).flat_map(u32::to_le_bytes).collect();
    let bytes = bytes.repeat(100);
    assert!(bytes.len() > 24 << 20, "three pieces and a rest");
    let digest = store.put(&bytes).unwrap();
    assert_eq!(now(memory.head(&key("home", &digest))).size, bytes.len() as u64);
    assert!(store.get(&digest).unwrap() == bytes);
}

#[test]
fn a_damaged_artifact_is_told_and_a_cut_one_can_be_put_again() {
    let (store, memory) = in_memory("home");
    let digest = store.put(b"a report").unwrap();
    let key = key("home", &digest);
    for damage in ["a rep", "A report", ""] {
        now(memory.put(&key, damage.into()));
        let error = store.get(&digest).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.what(), format!("artifact {digest} is damaged"));
        assert_eq!(error.location(), Some(format!("{key} in memory").as_str()));
    }
    store.put(b"a report").unwrap();
    assert_eq!(store.get(&digest).unwrap(), b"a report");
}

#[test]
fn a_damaged_artifact_of_the_right_length_is_put_again_once_it_is_deleted() {
    let (store, memory) = in_memory("home");
    let digest = store.put(b"a report").unwrap();
    let key = key("home", &digest);
    now(memory.put(&key, "A report".into()));
    store.put(b"a report").unwrap();
    let error = store.get(&digest).unwrap_err();
    assert!(error.hint_text().unwrap().contains("delete it and make the artifact again"));
    now(memory.delete(&key));
    store.put(b"a report").unwrap();
    assert_eq!(store.get(&digest).unwrap(), b"a report");
}

#[test]
fn a_store_works_and_ends_on_the_threads_of_another_runtime() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let work = runtime.spawn(async {
        let (store, _) = in_memory("");
        let digest = store.put(b"a model").unwrap();
        store.get(&digest).unwrap()
    });
    assert_eq!(runtime.block_on(work).unwrap(), b"a model");
}

#[test]
fn a_store_serves_many_threads_at_once() {
    let (store, memory) = in_memory("");
    std::thread::scope(|scope| {
        for number in 0..8_u32 {
            let store = &store;
            scope.spawn(move || {
                for part in [0, number] {
                    let bytes = part.to_le_bytes().repeat(10_000);
                    let digest = store.put(&bytes).unwrap();
                    assert!(store.get(&digest).unwrap() == bytes);
                }
            });
        }
    });
    let kept = futures::TryStreamExt::try_collect::<Vec<_>>(memory.list(None));
    assert_eq!(now(kept).len(), 8);
}

#[test]
fn a_prefix_that_is_none_is_refused() {
    let memory = Arc::new(InMemory::new());
    let error = ObjectArtifactStore::over(memory, "a//b", "memory").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.what().contains(r#""a//b""#), "{error}");
}
