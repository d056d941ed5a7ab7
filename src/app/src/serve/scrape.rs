//! The metrics, as Prometheus reads them.

use std::sync::Arc;
use std::time::Duration;

use metrics::{describe_gauge, gauge, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use shared_kernel_domain::bus::GroupStatus;
use shared_kernel_domain::{Error, Result};

use super::http::Limits;
use super::question::{Cached, Question};

/// Upper bounds of histograms in seconds: from a local wake-up to a training.
const SECONDS: [f64; 16] = [
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 30.0,
    300.0,
];

/// From now on this process remembers what it measures; once in its life.
pub(crate) fn record_metrics() -> Result<PrometheusHandle> {
    let failed = |cause: metrics_exporter_prometheus::BuildError| {
        Error::internal("the metrics of this process are recorded elsewhere").caused_by(cause)
    };
    PrometheusBuilder::new()
        .set_buckets(&SECONDS)
        .map_err(failed)?
        .install_recorder()
        .map_err(failed)
}

/// Writes the metrics, the state of the consumer groups as it is now among them.
pub(super) struct Scrape {
    measured: PrometheusHandle,
    groups: Question<Result<Vec<GroupStatus>>>,
    newest: Cached<Arc<str>>,
    limit: Duration,
}

impl Scrape {
    /// What was measured, and whom to ask about the groups.
    pub(super) fn new(
        measured: PrometheusHandle,
        groups: Arc<dyn Fn() -> Result<Vec<GroupStatus>> + Send + Sync>,
        limits: &Limits,
    ) -> Self {
        Self {
            measured,
            groups: Question::new(groups),
            newest: Cached::new(limits.age),
            limit: limits.answer,
        }
    }

    /// The whole text. When the groups cannot be asked theirs is missing: an old number would lie.
    pub(super) async fn text(&self) -> String {
        let groups = self.newest.get(async {
            let known = self.groups.answer(self.limit).await.ok().and_then(Result::ok);
            Arc::from(state_of(known.as_deref()))
        });
        let groups = groups.await;
        format!("{}{groups}", self.measured.render())
    }
}

/// A text of its own, so that no number outlives its answer.
fn state_of(groups: Option<&[GroupStatus]>) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    with_local_recorder(&recorder, || {
        describe_gauge!(
            "pynomaly_events_readable",
            "Whether the state of the consumer groups could be read: 1 or 0"
        );
        gauge!("pynomaly_events_readable").set(if groups.is_some() { 1.0 } else { 0.0 });
        describe_gauge!(
            "pynomaly_events_lag",
            "Events that were published and that the group has not handled"
        );
        describe_gauge!("pynomaly_events_lag_seconds", "Age of the oldest of them in seconds");
        describe_gauge!("pynomaly_events_parked", "Events that wait for a person");
        for status in groups.unwrap_or_default() {
            let group = || status.group.clone();
            gauge!("pynomaly_events_lag", "group" => group()).set(status.lag_events as f64);
            gauge!("pynomaly_events_lag_seconds", "group" => group()).set(status.lag_seconds);
            gauge!("pynomaly_events_parked", "group" => group()).set(status.parked as f64);
        }
    });
    recorder.handle().render()
}
