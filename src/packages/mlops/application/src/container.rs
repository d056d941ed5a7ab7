use std::sync::Arc;

use mlops_domain::ModelRepository;
use shared_kernel_application::SharedContainer;
use shared_kernel_domain::bus::{PoisonPolicy, StartAt, Subscription};
use shared_kernel_domain::event::{Context, EventPayload, ProfileGenerated};
use shared_kernel_domain::training::ModelTrainer;

use crate::{TRAIN_GROUP, TrainOnProfile};

/// What the context's use cases stand on.
#[derive(Clone)]
pub struct MlopsContainer {
    /// The kernel's ports.
    pub shared: SharedContainer,
    /// Trains models; implemented by data science.
    pub trainer: Arc<dyn ModelTrainer>,
    /// The registry.
    pub models: Arc<dyn ModelRepository>,
}

/// What the context listens to.
pub fn subscriptions(container: &MlopsContainer) -> Vec<Subscription> {
    let train = TrainOnProfile::new(
        Arc::clone(&container.shared.clock),
        Arc::clone(&container.shared.ids),
        Arc::clone(&container.trainer),
        Arc::clone(&container.models),
    );
    vec![Subscription {
        group: TRAIN_GROUP,
        consumer: Context::Mlops,
        source: Context::DataProfiling,
        types: &[ProfileGenerated::TYPE],
        // A version that can't be trained on must not keep the next one from being watched.
        policy: PoisonPolicy::SkipEvent,
        start: StartAt::default(),
        shadow: false,
        handler: Arc::new(train),
    }]
}
