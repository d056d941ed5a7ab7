use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::artifact::ArtifactDigest;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::DatasetVersionRef;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId, ProfileId};
use shared_kernel_domain::unit_of_work::UnitOfWork;

use crate::profile::Profile;

/// The profile of a dataset version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileRecord {
    /// Its id.
    pub id: ProfileId,
    /// The version.
    pub dataset: DatasetVersionRef,
    /// When it was made.
    pub created_at: Timestamp,
    /// The profile.
    pub profile: Profile,
    /// The artifact with its state, where the table may grow at the end (see
    /// [`crate::AppendableProfile`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ArtifactDigest>,
}

/// The profiles of dataset versions.
pub trait ProfileRepository: Send + Sync {
    /// Keeps a profile together with its companions, in one transaction. A version has one
    /// profile: when it has one already, that one stays and only the companions are committed.
    fn save(&self, record: &ProfileRecord, unit: UnitOfWork) -> Result<()>;

    /// The profile of a version.
    fn by_version(&self, version: &DatasetVersionId) -> Result<Option<ProfileRecord>>;

    /// The newest profile of a dataset's versions before `version`.
    fn previous(&self, dataset: &DatasetId, version: u32) -> Result<Option<ProfileRecord>>;
}
