//! Big things (snapshots, models, reports): stored by content, written atomically.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;

/// The BLAKE3 digest of an artifact's bytes, in lower-case hexadecimal.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct ArtifactDigest(String);

impl ArtifactDigest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).to_hex().to_string())
    }

    /// The hexadecimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArtifactDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Where artifacts are kept.
pub trait ArtifactStore: Send + Sync {
    /// Stores bytes durably under their digest; storing them again changes nothing.
    fn put(&self, bytes: &[u8]) -> Result<ArtifactDigest>;

    /// The bytes of an artifact, checked against its digest.
    fn get(&self, digest: &ArtifactDigest) -> Result<Vec<u8>>;

    /// Whether artifacts can be put and got now; says why if they cannot.
    fn check(&self) -> Result<()>;
}
