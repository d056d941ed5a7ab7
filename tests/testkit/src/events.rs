use std::num::NonZeroU32;
use std::time::Duration;

use shared_kernel_domain::bus::{
    Delivery, DeliveryRecord, EventFilter, EventLog, GroupStatus, ParkedFilter, Positions, Replay,
};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::{Envelope, EventPayload};
use shared_kernel_domain::identity::{CorrelationId, EventId};
use shared_kernel_domain::{Error, Result};
use uuid::Uuid;

/// A log in which nothing was ever published.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvents;

impl EventLog for NoEvents {
    fn events(&self, _filter: &EventFilter) -> Result<Vec<Envelope>> {
        Ok(Vec::new())
    }

    fn event(&self, _id: &EventId) -> Result<Option<Envelope>> {
        Ok(None)
    }

    fn deliveries(&self, _correlation: Option<&CorrelationId>) -> Result<Vec<DeliveryRecord>> {
        Ok(Vec::new())
    }

    fn newest(&self) -> Result<Positions> {
        Ok(Positions::default())
    }

    fn events_after(&self, seen: &Positions) -> Result<(Vec<Envelope>, Positions)> {
        Ok((Vec::new(), seen.clone()))
    }

    fn parked(&self, _which: &ParkedFilter) -> Result<Vec<DeliveryRecord>> {
        Ok(Vec::new())
    }

    fn requeue(
        &self,
        _which: &ParkedFilter,
        _per_second: NonZeroU32,
        _actor: &str,
        _cancellation: &Cancellation,
    ) -> Result<u64> {
        Ok(0)
    }

    fn discard(
        &self,
        _which: &ParkedFilter,
        _reason: &str,
        _actor: &str,
        _cancellation: &Cancellation,
    ) -> Result<u64> {
        Ok(0)
    }

    fn replay(&self, group: &str, _which: &Replay, _actor: &str) -> Result<u64> {
        Err(Error::usage(format!("there is no consumer group called {group}")))
    }

    fn status(&self) -> Result<Vec<GroupStatus>> {
        Ok(Vec::new())
    }

    fn activity(&self) -> u64 {
        0
    }

    fn wait(&self, _beyond: u64, _timeout: Duration) {}
}

/// Event `number`, from 1, as the bus hands it to a consumer group for the first time. It begins a
/// chain of its own.
pub fn delivery<E: EventPayload>(group: &str, number: u32, payload: &E) -> Delivery {
    let id = |range: u128| Uuid::from_u128(range + u128::from(number));
    let envelope = Envelope {
        specversion: "1.0".to_owned(),
        id: EventId::new(id(0x1_0000_0000)),
        source: E::SOURCE.source(),
        event_type: E::TYPE.to_owned(),
        subject: payload.subject(),
        time: Timestamp::UNIX_EPOCH,
        datacontenttype: "application/json".to_owned(),
        dataschema: String::new(),
        sequence: number.into(),
        correlation_id: CorrelationId::new(id(0x2_0000_0000)),
        causation_id: None,
        traceparent: None,
        data: serde_json::to_value(payload).expect("a payload is JSON"),
        extensions: serde_json::Map::new(),
    };
    Delivery { group: group.to_owned(), envelope, round: 0, attempt: 1, replay: false }
}
