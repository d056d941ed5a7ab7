//! A fixture to test the handler on: fakes, and the events it is fed.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use mlops_application::{TRAIN_GROUP, TrainOnProfile};
use mlops_domain::testing::{InMemoryModels, dataset_version, example_id, trained};
use shared_kernel_domain::bus::{Delivery, EventHandler};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::clock::{Clock, Timestamp};
use shared_kernel_domain::event::{EventPayload, GateDecision, ProfileGenerated};
use shared_kernel_domain::identity::DatasetVersionId;
use shared_kernel_domain::training::{ModelTrainer, TrainedModel, TrainingRequest};
use shared_kernel_domain::{Error, Result};
use testkit::CountingIds;

/// A clock that goes on one second with each look.
#[derive(Default)]
struct TickingClock(AtomicI64);

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        let second = self.0.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_second(1_785_000_000 + second).expect("a time")
    }
}

/// A trainer that answers as it was told to, then with the same model for ever.
#[derive(Default)]
pub(crate) struct ScriptedTrainer {
    answers: Mutex<VecDeque<Result<TrainedModel>>>,
    requests: Mutex<Vec<TrainingRequest>>,
    deleted: Mutex<Vec<DatasetVersionId>>,
}

impl ScriptedTrainer {
    pub(crate) fn next_answer(&self, answer: Result<TrainedModel>) {
        self.answers.lock().expect("a lock").push_back(answer);
    }

    /// From now on there is no such version.
    pub(crate) fn delete(&self, version: DatasetVersionId) {
        self.deleted.lock().expect("a lock").push(version);
    }

    pub(crate) fn requests(&self) -> Vec<TrainingRequest> {
        self.requests.lock().expect("a lock").clone()
    }
}

impl ModelTrainer for ScriptedTrainer {
    fn train(
        &self,
        request: &TrainingRequest,
        cancellation: &Cancellation,
    ) -> Result<TrainedModel> {
        cancellation.check()?;
        self.requests.lock().expect("a lock").push(request.clone());
        if self.deleted.lock().expect("a lock").contains(&request.dataset_version_id) {
            return Err(Error::input("there is no such version"));
        }
        self.answers.lock().expect("a lock").pop_front().unwrap_or_else(|| Ok(trained()))
    }
}

pub(crate) struct Fixture {
    pub(crate) trainer: Arc<ScriptedTrainer>,
    pub(crate) models: Arc<InMemoryModels>,
    handler: TrainOnProfile,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let trainer = Arc::new(ScriptedTrainer::default());
        let models = Arc::new(InMemoryModels::default());
        let handler = TrainOnProfile::new(
            Arc::new(TickingClock::default()),
            Arc::new(CountingIds::default()),
            Arc::clone(&trainer) as _,
            Arc::clone(&models) as _,
        );
        Self { trainer, models, handler }
    }

    pub(crate) fn handle(&self, delivery: &Delivery) -> Result<()> {
        self.handler.handle(delivery, &Cancellation::default())
    }

    /// The payloads of the published events of a type.
    pub(crate) fn published<E: EventPayload>(&self) -> Vec<E> {
        self.models.committed(|committed| {
            let events = committed.units.iter().flat_map(|unit| &unit.events);
            let wanted = events.filter(|event| event.event_type == E::TYPE);
            wanted.map(|event| serde_json::from_value(event.data.clone()).expect("it")).collect()
        })
    }
}

pub(crate) fn passed() -> GateDecision {
    GateDecision::by_reasons(Vec::new())
}

pub(crate) fn failed() -> GateDecision {
    GateDecision::by_reasons(vec!["38.4 % of dep_time is missing".to_owned()])
}

/// `profile.generated` of version `version` of dataset 1, as event number `event`.
pub(crate) fn profiled(version: u32, event: u32, gate: GateDecision) -> Delivery {
    let payload = ProfileGenerated {
        dataset: dataset_version(1, version),
        profile_id: example_id(10_000 + version),
        rows: 336_776,
        columns: 19,
        gate,
    };
    testkit::delivery(TRAIN_GROUP, event, &payload)
}

/// The same event, handed out again.
pub(crate) fn again(delivery: &Delivery) -> Delivery {
    Delivery { attempt: delivery.attempt + 1, ..delivery.clone() }
}
