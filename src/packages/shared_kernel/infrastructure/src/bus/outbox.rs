//! The outbox: events become durable with the state change they tell of, in commit order.

use std::collections::HashMap;

use serde_json::Map;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::{Context, Envelope, NewEvent};
use shared_kernel_domain::identity::{CorrelationId, EventId};
use shared_kernel_domain::{Error, Result};

use crate::store::{Transaction, next_number};

/// An event and its place in its source's order.
#[derive(Clone, Debug)]
pub(crate) struct Positioned {
    /// From 1, gapless, in commit order.
    pub(crate) position: i64,
    /// The event.
    pub(crate) envelope: Envelope,
}

/// An event as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// From 1, gapless, in commit order.
    pub(crate) position: i64,
    /// Its id.
    pub(crate) event_id: String,
    /// Its type.
    pub(crate) event_type: String,
    /// When it was recorded.
    pub(crate) recorded_at: String,
    /// The envelope's JSON text.
    pub(crate) envelope: String,
}

/// Appends an event.
pub(crate) fn append(
    transaction: &mut dyn Transaction,
    context: Context,
    event: NewEvent,
    id: EventId,
    now: Timestamp,
) -> Result<()> {
    let position = next_number(transaction, "outbox")?;
    let sequence = next_number(transaction, &format!("subject/{}", event.subject))?;
    let correlation_id = event.correlation_id.unwrap_or(CorrelationId::new(*id.as_uuid()));
    let traceparent = event.traceparent.unwrap_or_else(|| first_traceparent(&correlation_id, &id));
    let envelope = Envelope {
        specversion: "1.0".to_owned(),
        id,
        source: context.source(),
        dataschema: format!("https://pynomaly.io/schemas/events/{}.json", event.event_type),
        event_type: event.event_type,
        subject: event.subject,
        time: now,
        datacontenttype: "application/json".to_owned(),
        sequence: sequence as u64,
        correlation_id,
        causation_id: event.causation_id,
        traceparent: Some(traceparent),
        data: event.data,
        extensions: Map::new(),
    };
    let text = serde_json::to_string(&envelope)
        .map_err(|cause| Error::internal("an event does not serialise").caused_by(cause))?;
    transaction.execute(
        "INSERT INTO outbox (position, event_id, event_type, subject, sequence, correlation_id,
                             recorded_at, envelope)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            position.into(),
            id.to_string().into(),
            envelope.event_type.into(),
            envelope.subject.into(),
            sequence.into(),
            correlation_id.to_string().into(),
            now.to_string().into(),
            text.into(),
        ],
    )?;
    Ok(())
}

/// The W3C trace context of a chain: the trace id is the correlation id, so that one trace spans
/// the chain from upload to pipeline update.
fn first_traceparent(correlation_id: &CorrelationId, id: &EventId) -> String {
    let span = &id.as_uuid().simple().to_string()[16..];
    format!("00-{}-{span}-01", correlation_id.as_uuid().simple())
}

/// Events after a position, in commit order.
pub(crate) fn after(
    transaction: &mut dyn Transaction,
    position: i64,
    limit: usize,
) -> Result<Vec<Positioned>> {
    transaction
        .query(
            "SELECT position, envelope FROM outbox WHERE position > $1 ORDER BY position LIMIT $2",
            &[position.into(), limit.into()],
        )?
        .iter()
        .map(|row| Ok(Positioned { position: row.integer(0)?, envelope: row.json(1)? }))
        .collect()
}

/// Events after a position as they are stored, in commit order.
pub(crate) fn stored_after(
    transaction: &mut dyn Transaction,
    position: i64,
    limit: usize,
) -> Result<Vec<Stored>> {
    transaction
        .query(
            "SELECT position, event_id, event_type, recorded_at, envelope FROM outbox
             WHERE position > $1 ORDER BY position LIMIT $2",
            &[position.into(), limit.into()],
        )?
        .iter()
        .map(|row| {
            Ok(Stored {
                position: row.integer(0)?,
                event_id: row.text(1)?,
                event_type: row.text(2)?,
                recorded_at: row.text(3)?,
                envelope: row.text(4)?,
            })
        })
        .collect()
}

/// The ids of the events after a position, up to and with another.
pub(crate) fn ids(
    transaction: &mut dyn Transaction,
    after: i64,
    through: i64,
) -> Result<HashMap<i64, String>> {
    transaction
        .query(
            "SELECT position, event_id FROM outbox WHERE position > $1 AND position <= $2",
            &[after.into(), through.into()],
        )?
        .iter()
        .map(|row| Ok((row.integer(0)?, row.text(1)?)))
        .collect()
}

/// The position of the newest event, 0 when there is none.
pub(crate) fn newest_position(transaction: &mut dyn Transaction) -> Result<i64> {
    let row = transaction.query_one("SELECT COALESCE(MAX(position), 0) FROM outbox", &[])?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// The position of the newest event ever published, whether it is kept or not.
pub(crate) fn published(transaction: &mut dyn Transaction) -> Result<i64> {
    let row = transaction.query_one("SELECT value FROM counter WHERE name = 'outbox'", &[])?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// The position before the earliest event that is kept.
pub(crate) fn before_earliest(transaction: &mut dyn Transaction) -> Result<i64> {
    let row = transaction.query_one("SELECT MIN(position) FROM outbox", &[])?;
    match row.map_or(Ok(None), |row| row.opt_integer(0))? {
        Some(earliest) => Ok(earliest - 1),
        None => published(transaction),
    }
}
