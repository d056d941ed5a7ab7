use std::sync::Arc;

use data_science_domain::anomaly::AnomalyRepository;
use data_science_domain::dataset::DatasetRepository;
use data_science_domain::feedback::FeedbackRepository;
use data_science_domain::pipeline::PipelineRepository;
use data_science_domain::scores::ScoresWriter;
use shared_kernel_application::SharedContainer;
use shared_kernel_domain::bus::{PoisonPolicy, StartAt, Subscription};
use shared_kernel_domain::event::{Context, EventPayload, ModelTrained};

use crate::UpdatePipeline;

/// What data science's use cases stand on.
#[derive(Clone)]
pub struct DataScienceContainer {
    /// The kernel's ports.
    pub shared: SharedContainer,
    /// Datasets and versions.
    pub datasets: Arc<dyn DatasetRepository>,
    /// Pipelines.
    pub pipelines: Arc<dyn PipelineRepository>,
    /// What pipelines found.
    pub anomalies: Arc<dyn AnomalyRepository>,
    /// What people say of that.
    pub feedback: Arc<dyn FeedbackRepository>,
    /// Files of scores.
    pub scores: Arc<dyn ScoresWriter>,
    /// What detection may take of memory; what would take more is refused.
    pub memory_bytes: u64,
}

/// The consumer group that keeps pipelines up to date.
pub const GROUP: &str = "data_science.update_pipeline";

/// The events data science listens to.
pub fn subscriptions(container: &DataScienceContainer) -> Vec<Subscription> {
    vec![Subscription {
        group: GROUP,
        consumer: Context::DataScience,
        source: Context::Mlops,
        types: &[ModelTrained::TYPE],
        policy: PoisonPolicy::BlockSubject,
        start: StartAt::default(),
        shadow: false,
        handler: Arc::new(UpdatePipeline::new(container.clone())),
    }]
}
