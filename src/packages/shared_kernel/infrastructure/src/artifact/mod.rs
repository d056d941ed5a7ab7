//! Big things, kept by content: in a local folder or in an S3-compatible store.

mod local;
mod object;
mod reason;
mod s3;

pub use local::LocalArtifactStore;
pub use local::make_directory;
pub(crate) use local::sync_directory;
pub use object::ObjectArtifactStore;
pub use s3::{S3Keys, S3Location};

use shared_kernel_domain::artifact::ArtifactDigest;

/// The shelf of an artifact: the first two digits of its digest, so that no folder grows too wide.
fn shelf(digest: &ArtifactDigest) -> &str {
    digest.as_str().get(..2).unwrap_or("00")
}
