//! The event flow as its users see it: handlers, subscriptions, deliveries and the log.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::cancellation::Cancellation;
use crate::clock::Timestamp;
use crate::event::{Context, DatasetUploaded, Envelope, EventPayload};
use crate::identity::{CorrelationId, DatasetId, DatasetVersionId, EventId};

/// Proof that a handler was given an event: completing it twice, or after another attempt began,
/// is refused (round and attempt are the fencing token).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The consumer group.
    pub group: String,
    /// The event.
    pub event_id: EventId,
    /// How often the event was given another row of attempts.
    pub round: u32,
    /// The attempt, from 1 in each round.
    pub attempt: u32,
    /// Whether it is a replay: what is published with its completion does not go out.
    pub replay: bool,
}

/// An event handed to a consumer group.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The consumer group.
    pub group: String,
    /// The event.
    pub envelope: Envelope,
    /// How often the event was given another row of attempts, by requeue or replay.
    pub round: u32,
    /// The attempt, from 1 in each round; it was committed before the handler was called.
    pub attempt: u32,
    /// Whether it is a replay (guarantee G9): the event was handled before, or the group is a
    /// shadow. The handler's changes are committed; the events it publishes are not, since they
    /// were the first time. Nothing outside may be told again either.
    pub replay: bool,
}

impl Delivery {
    /// What completes this delivery when it is committed with the handler's changes.
    pub fn receipt(&self) -> Receipt {
        Receipt {
            group: self.group.clone(),
            event_id: self.envelope.id,
            round: self.round,
            attempt: self.attempt,
            replay: self.replay,
        }
    }
}

/// What a consumer group does with an event.
pub trait EventHandler: Send + Sync {
    /// Handles a delivery. On success its receipt has been committed, in one transaction with the
    /// handler's changes and outgoing events; an event that asks for nothing is committed alone.
    /// An event handled twice has its effect once: a replay brings any event again, also after
    /// later ones of its subject. `Interrupted` hands the event back without counting the attempt.
    fn handle(&self, delivery: &Delivery, cancellation: &Cancellation) -> Result<()>;

    /// How often an event is tried before it is parked, where it depends on somebody outside and
    /// the bus's own number would be over in seconds.
    fn most_attempts(&self) -> Option<u32> {
        None
    }
}

/// What happens to later events of a subject when one of its events was parked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoisonPolicy {
    /// They wait until somebody requeues or discards it.
    BlockSubject,
    /// They go on without it.
    SkipEvent,
}

/// Where a consumer group begins that has no place in its source's order yet (guarantee G3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartAt {
    /// With the earliest event that is kept.
    #[default]
    Earliest,
    /// With the next event that is published.
    Now,
    /// With the event at this position, or the earliest kept if that one is gone.
    Position(i64),
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
    /// Where it begins, the first time.
    pub start: StartAt,
    /// Whether everything it gets is a replay: a shadow builds state anew beside a live group and
    /// publishes nothing.
    pub shadow: bool,
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
    /// Given up for good by a person; the audit trail says why.
    Discarded,
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
    /// Attempts so far, since it was last requeued or replayed.
    pub attempts: u32,
    /// Whether it is or was handled as a replay.
    pub replay: bool,
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

/// Which parked events, of all; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct ParkedFilter {
    /// Only this event.
    pub event_id: Option<EventId>,
    /// Only in this group.
    pub group: Option<String>,
    /// Only types that contain this text.
    pub event_type: Option<String>,
    /// Only this subject.
    pub subject: Option<String>,
}

/// Which handled events are handled again. Where a beginning is named, it is every event from
/// there on, in the order of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// All that are kept.
    All,
    /// From this position of the source.
    FromPosition(i64),
    /// From this event.
    FromEvent(EventId),
    /// From the first event that was recorded at this time or later.
    Since(Timestamp),
    /// Only those of this subject.
    Subject(String),
}

/// How far the events of each context were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions(BTreeMap<Context, i64>);

impl Positions {
    /// How far the events of a context were seen; 0 is not at all.
    pub fn of(&self, context: Context) -> i64 {
        self.0.get(&context).copied().unwrap_or_default()
    }

    /// Remembers how far the events of a context were seen.
    pub fn set(&mut self, context: Context, position: i64) {
        self.0.insert(context, position);
    }
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

/// The event that brought a dataset version; `None` when it is not kept any more.
pub fn upload_of_version(
    events: &dyn EventLog,
    dataset: &DatasetId,
    version: &DatasetVersionId,
) -> Result<Option<Envelope>> {
    let filter = EventFilter {
        subject: Some(dataset.to_string()),
        event_type: Some(DatasetUploaded::TYPE.to_owned()),
        ..EventFilter::default()
    };
    for event in events.events(&filter)? {
        if event.payload::<DatasetUploaded>()?.dataset.version_id == *version {
            return Ok(Some(event));
        }
    }
    Ok(None)
}

/// What was published and what became of it.
pub trait EventLog: Send + Sync {
    /// Published events in the order they were recorded.
    fn events(&self, filter: &EventFilter) -> Result<Vec<Envelope>>;

    /// One event.
    fn event(&self, id: &EventId) -> Result<Option<Envelope>>;

    /// What became of a chain's events, or of all events when `None`.
    fn deliveries(&self, correlation: Option<&CorrelationId>) -> Result<Vec<DeliveryRecord>>;

    /// Where the newest event of each context is.
    fn newest(&self) -> Result<Positions>;

    /// The next events behind what was seen, those of one context in the order they were
    /// committed, and how far they go; not too many at once, none only when there is no more.
    fn events_after(&self, seen: &Positions) -> Result<(Vec<Envelope>, Positions)>;

    /// Parked events.
    fn parked(&self, which: &ParkedFilter) -> Result<Vec<DeliveryRecord>>;

    /// Gives parked events another row of attempts, at most so many a second, so that what comes
    /// in meanwhile does not suffer; those of one subject keep their order. Each is an audit
    /// record. Returns how many; when asked to stop, those that were done until then.
    fn requeue(
        &self,
        which: &ParkedFilter,
        per_second: NonZeroU32,
        actor: &str,
        cancellation: &Cancellation,
    ) -> Result<u64>;

    /// Gives parked events up for good; their subjects go on without them. Each is an audit
    /// record with the reason. Returns how many; when asked to stop, those that were done until
    /// then.
    fn discard(
        &self,
        which: &ParkedFilter,
        reason: &str,
        actor: &str,
        cancellation: &Cancellation,
    ) -> Result<u64>;

    /// Has a group handle events again that it has handled and that are still kept, those of one
    /// subject in order and before newer ones. Returns how many; it is one audit record.
    fn replay(&self, group: &str, which: &Replay, actor: &str) -> Result<u64>;

    /// Health of every group.
    fn status(&self) -> Result<Vec<GroupStatus>>;

    /// How often something was published, handled or parked in this process.
    fn activity(&self) -> u64;

    /// Waits until there was more activity than `beyond`, at most `timeout`.
    fn wait(&self, beyond: u64, timeout: Duration);
}
