//! The event flow as its users see it: handlers, subscriptions, deliveries and the log.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::cancellation::Cancellation;
use crate::clock::Timestamp;
use crate::event::{Context, Envelope};
use crate::identity::{CorrelationId, EventId};

/// Proof that a handler was given an event: completing it twice, or after another attempt began,
/// is refused (the attempt is the fencing token).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The consumer group.
    pub group: String,
    /// The event.
    pub event_id: EventId,
    /// The attempt, from 1.
    pub attempt: u32,
}

/// An event handed to a consumer group.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The consumer group.
    pub group: String,
    /// The event.
    pub envelope: Envelope,
    /// The attempt, from 1; it was committed before the handler was called.
    pub attempt: u32,
}

impl Delivery {
    /// What completes this delivery when it is committed with the handler's changes.
    pub fn receipt(&self) -> Receipt {
        Receipt { group: self.group.clone(), event_id: self.envelope.id, attempt: self.attempt }
    }
}

/// What a consumer group does with an event.
pub trait EventHandler: Send + Sync {
    /// Handles a delivery. On success its receipt has been committed, in one transaction with the
    /// handler's changes and outgoing events; an event that asks for nothing is committed alone.
    /// `Interrupted` hands the event back without counting the attempt.
    fn handle(&self, delivery: &Delivery, cancellation: &Cancellation) -> Result<()>;
}

/// What happens to later events of a subject when one of its events was parked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoisonPolicy {
    /// They wait until somebody requeues it.
    BlockSubject,
    /// They go on without it.
    SkipEvent,
}

/// A consumer group: which events of which context its handler gets.
#[derive(Clone)]
pub struct Subscription {
    /// Unique name, such as `data_quality.analyze`.
    pub group: &'static str,
    /// The context that consumes; its database holds the inbox.
    pub consumer: Context,
    /// The context that publishes.
    pub source: Context,
    /// Event types wanted; others of the source are passed over.
    pub types: &'static [&'static str],
    /// What happens behind a parked event.
    pub policy: PoisonPolicy,
    /// The handler.
    pub handler: Arc<dyn EventHandler>,
}

/// Where an event stands in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waiting until an earlier event of its subject is handled.
    Waiting,
    /// Ready for its first or next attempt.
    Pending,
    /// Being handled.
    Handling,
    /// Handled.
    Done,
    /// Given up; waits for a person.
    Parked,
}

/// What became of an event in one consumer group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryRecord {
    /// The group.
    pub group: String,
    /// The event.
    pub event_id: EventId,
    /// Its type.
    pub event_type: String,
    /// The ordering key.
    pub subject: String,
    /// The chain.
    pub correlation_id: CorrelationId,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: u32,
    /// The last attempt's error.
    pub last_error: Option<String>,
    /// When the last attempt began.
    #[schemars(with = "Option<String>")]
    pub started_at: Option<Timestamp>,
    /// How long the successful attempt took, in milliseconds.
    pub handled_in_ms: Option<f64>,
}

/// Which events to list, newest last.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only this chain.
    pub correlation_id: Option<CorrelationId>,
    /// Only this subject.
    pub subject: Option<String>,
    /// Only types that contain this text.
    pub event_type: Option<String>,
    /// At most so many, the newest.
    pub limit: Option<usize>,
}

/// A group's health (guarantee G17).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupStatus {
    /// The group.
    pub group: String,
    /// Events published and not yet handled.
    pub lag_events: u64,
    /// Age of the oldest of them in seconds.
    pub lag_seconds: f64,
    /// Attempts beyond the first, of all events that are not done.
    pub retries: u64,
    /// Events parked.
    pub parked: u64,
    /// Events handled.
    pub handled: u64,
    /// Time from publication to the end of handling: upper bounds in milliseconds and counts.
    pub end_to_end_ms: Vec<(f64, u64)>,
}

/// What was published and what became of it.
pub trait EventLog: Send + Sync {
    /// Published events in the order they were recorded.
    fn events(&self, filter: &EventFilter) -> Result<Vec<Envelope>>;

    /// One event.
    fn event(&self, id: &EventId) -> Result<Option<Envelope>>;

    /// What became of a chain's events, or of all events when `None`.
    fn deliveries(&self, correlation: Option<&CorrelationId>) -> Result<Vec<DeliveryRecord>>;

    /// Parked events.
    fn parked(&self) -> Result<Vec<DeliveryRecord>>;

    /// Gives a parked event another row of attempts; the audit trail says who did.
    fn requeue(&self, group: &str, event_id: &EventId, actor: &str) -> Result<()>;

    /// Health of every group.
    fn status(&self) -> Result<Vec<GroupStatus>>;

    /// How often something was published, handled or parked in this process.
    fn activity(&self) -> u64;

    /// Waits until there was more activity than `beyond`, at most `timeout`.
    fn wait(&self, beyond: u64, timeout: Duration);
}
