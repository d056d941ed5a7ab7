//! An event as a message: CloudEvents structured JSON, with its position beside it.

use lapin::BasicProperties;
use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::Envelope;

use crate::bus::outbox::Stored;

/// CloudEvents 1.0, structured mode.
const CONTENT_TYPE: &str = "application/cloudevents+json";
/// The header with the event's position in its context's outbox.
const POSITION: &str = "x-position";
/// Survives a restart of the broker.
const PERSISTENT: u8 = 2;

/// What goes with an event besides its text.
pub(super) fn properties(event: &Stored) -> BasicProperties {
    let mut headers = FieldTable::default();
    headers.insert(POSITION.into(), AMQPValue::LongLongInt(event.position));
    let properties = BasicProperties::default()
        .with_content_type(CONTENT_TYPE.into())
        .with_delivery_mode(PERSISTENT)
        .with_headers(headers)
        .with_message_id(short(&event.event_id))
        .with_type(short(&event.event_type));
    match event.recorded_at.parse::<Timestamp>() {
        Ok(time) => properties.with_timestamp(time.as_second().max(0) as u64),
        Err(_) => properties,
    }
}

/// Information for those who look; AMQP writes no more than 255 bytes of it.
fn short(text: &str) -> ShortString {
    ShortString::try_new(text).unwrap_or_default()
}

/// An event as the broker brought it: not yet known to be one of the outbox.
pub(super) struct Brought {
    /// Where it says it is in the outbox.
    pub(super) position: i64,
    /// The event.
    pub(super) envelope: Envelope,
}

impl Brought {
    /// Reads a message; `None` when it is no event of `source` with a position.
    pub(super) fn read(delivery: &Delivery, source: &str) -> Option<Self> {
        let headers = delivery.properties.headers().as_ref()?;
        let Some(AMQPValue::LongLongInt(position)) = headers.inner().get(POSITION) else {
            return None;
        };
        let envelope: Envelope = serde_json::from_slice(&delivery.data).ok()?;
        (*position > 0 && envelope.source == source)
            .then_some(Self { position: *position, envelope })
    }
}
