use std::collections::BTreeMap;
use std::sync::Mutex;

use shared_kernel_domain::artifact::{ArtifactDigest, ArtifactStore};
use shared_kernel_domain::{Error, ErrorKind, Result};

/// Artifacts kept in memory.
#[derive(Debug, Default)]
pub struct MemoryArtifacts(Mutex<BTreeMap<ArtifactDigest, Vec<u8>>>);

impl ArtifactStore for MemoryArtifacts {
    fn put(&self, bytes: &[u8]) -> Result<ArtifactDigest> {
        let digest = ArtifactDigest::of(bytes);
        self.0.lock().expect("a lock").insert(digest.clone(), bytes.to_vec());
        Ok(digest)
    }

    fn get(&self, digest: &ArtifactDigest) -> Result<Vec<u8>> {
        let artifacts = self.0.lock().expect("a lock");
        let missing = || Error::unavailable(format!("artifact {digest} is not in the store"));
        artifacts.get(digest).cloned().ok_or_else(missing)
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }
}

/// What every artifact store must do. The store must not hold `never put`.
pub fn artifact_store_conformance(store: &dyn ArtifactStore) {
    store.check().expect("ready before the first artifact");
    let every_byte: Vec<u8> = (0..=u8::MAX).cycle().take(100_000).collect();
    let artifacts: [&[u8]; 3] = [b"", b"a model", &every_byte];
    for bytes in artifacts {
        let digest = store.put(bytes).expect("stored");
        assert_eq!(digest, ArtifactDigest::of(bytes), "the address is the digest of the bytes");
        assert_eq!(store.put(bytes).expect("stored again"), digest);
    }
    for bytes in artifacts {
        let found = store.get(&ArtifactDigest::of(bytes)).expect("found");
        assert!(found == bytes, "{} bytes came back as they were put", bytes.len());
    }
    store.check().expect("ready with artifacts");
    let missing = store.get(&ArtifactDigest::of(b"never put")).expect_err("nothing to find");
    assert_eq!(missing.kind(), ErrorKind::Unavailable);
    assert!(missing.what().contains("is not in the store"), "{missing}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artifacts_in_memory_are_kept() {
        artifact_store_conformance(&MemoryArtifacts::default());
    }
}
