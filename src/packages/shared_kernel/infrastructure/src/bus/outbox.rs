//! The outbox: events become durable with the state change they tell of, in commit order.

use std::collections::HashMap;

use serde_json::Map;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::{Context, Envelope, NewEvent};
use shared_kernel_domain::identity::{CorrelationId, EventId};
use shared_kernel_domain::{Error, Result};

use crate::store::{Store, Transaction, next_number};

/// The longest event, in bytes of its envelope: what is larger belongs into the artifact store.
pub(crate) const LONGEST: usize = 16 << 20;
/// So many bytes of events are read at once, and what the last one has beyond that.
const READ_AT_ONCE: usize = 8 << 20;

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
    if text.len() > LONGEST {
        return Err(too_long(&envelope.event_type, text.len()));
    }
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

fn too_long(event_type: &str, bytes: usize) -> Error {
    let mebibytes = |bytes: usize| bytes as f64 / f64::from(1 << 20);
    let (bytes, longest) = (mebibytes(bytes), mebibytes(LONGEST));
    Error::input(format!("an event {event_type} of {bytes:.1} MiB is too long")).hint(format!(
        "at most {longest} MiB are possible; a table with fewer columns has less to tell"
    ))
}

/// What is read of an outbox at once: a number of events and a number of bytes.
fn stretch_after(columns: &str) -> String {
    format!(
        "SELECT {columns} FROM (
             SELECT {columns}, LENGTH(envelope) AS bytes,
                    SUM(LENGTH(envelope)) OVER (ORDER BY position) AS through
             FROM outbox WHERE position > $1 ORDER BY position LIMIT $2) AS stretch
         WHERE through - bytes < {READ_AT_ONCE} ORDER BY position"
    )
}

/// The next events after a position, in commit order.
pub(crate) fn after(
    transaction: &mut dyn Transaction,
    position: i64,
    limit: usize,
) -> Result<Vec<Positioned>> {
    transaction
        .query(&stretch_after("position, envelope"), &[position.into(), limit.into()])?
        .iter()
        .map(|row| Ok(Positioned { position: row.integer(0)?, envelope: row.json(1)? }))
        .collect()
}

/// The next events after a position as they are stored, in commit order.
pub(crate) fn stored_after(
    transaction: &mut dyn Transaction,
    position: i64,
    limit: usize,
) -> Result<Vec<Stored>> {
    transaction
        .query(
            &stretch_after("position, event_id, event_type, recorded_at, envelope"),
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

/// The position of the newest event ever published, which no group can be ahead of: an error where
/// one is, because then one of the two databases was put back to an older state by itself.
pub(crate) fn published_beyond(store: &Store, group: &str, position: i64) -> Result<i64> {
    let published = store.read(published)?;
    if position <= published {
        return Ok(published);
    }
    let context = store.context();
    Err(Error::unavailable(format!(
        "{group} has received {position} events of {context}, which has published only {published}: \
         the database of {context} is older than the others"
    ))
    .hint("bring all of them back from one backup with `pynomaly store restore`"))
}

/// The position before the earliest event that is kept.
pub(crate) fn before_earliest(transaction: &mut dyn Transaction) -> Result<i64> {
    let row = transaction.query_one("SELECT MIN(position) FROM outbox", &[])?;
    match row.map_or(Ok(None), |row| row.opt_integer(0))? {
        Some(earliest) => Ok(earliest - 1),
        None => published(transaction),
    }
}
