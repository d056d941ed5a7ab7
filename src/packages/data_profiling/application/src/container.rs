use std::sync::Arc;

use data_profiling_domain::{ProfileFiles, ProfileRepository};
use shared_kernel_application::SharedContainer;

/// What the use cases of data profiling stand on; built once by the composition root.
#[derive(Clone)]
pub struct DataProfilingContainer {
    /// The kernel's ports.
    pub shared: SharedContainer,
    /// The profiles of dataset versions.
    pub profiles: Arc<dyn ProfileRepository>,
    /// Profiles that users keep in files.
    pub files: Arc<dyn ProfileFiles>,
}

impl DataProfilingContainer {
    /// A container.
    pub fn new(
        shared: SharedContainer,
        profiles: Arc<dyn ProfileRepository>,
        files: Arc<dyn ProfileFiles>,
    ) -> Self {
        Self { shared, profiles, files }
    }
}
