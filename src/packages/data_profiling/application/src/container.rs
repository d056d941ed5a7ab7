use std::sync::Arc;

use data_profiling_domain::ProfileRepository;
use shared_kernel_application::SharedContainer;

/// What the use cases of data profiling stand on; built once by the composition root.
#[derive(Clone)]
pub struct DataProfilingContainer {
    /// The kernel's ports.
    pub shared: SharedContainer,
    /// The profiles of dataset versions.
    pub profiles: Arc<dyn ProfileRepository>,
}

impl DataProfilingContainer {
    /// A container.
    pub fn new(shared: SharedContainer, profiles: Arc<dyn ProfileRepository>) -> Self {
        Self { shared, profiles }
    }
}
