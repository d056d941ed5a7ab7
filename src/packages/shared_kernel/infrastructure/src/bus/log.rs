//! The event log across all contexts: what was published and what became of it.

use std::sync::Arc;
use std::time::Duration;

use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::bus::{
    DeliveryRecord, DeliveryState, EventFilter, EventLog, GroupStatus,
};
use shared_kernel_domain::clock::{Clock, Timestamp};
use shared_kernel_domain::event::Envelope;
use shared_kernel_domain::identity::{CorrelationId, EventId};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};

use super::Stores;
use crate::store::{Row, Signal, Transaction, Value};

/// Upper bounds of the end-to-end histogram, in milliseconds.
const BOUNDS_MS: [f64; 10] =
    [1.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1_000.0, 5_000.0, 30_000.0, f64::MAX];

/// How a delivery's columns are read.
const DELIVERY_COLUMNS: &str = "group_name, event_id, event_type, subject, correlation_id, state, \
                                attempts, last_error, started_at, handled_in_ms";

/// The event log of the stores that are open in this process.
pub struct Log {
    stores: Stores,
    activity: Arc<Signal>,
    clock: Arc<dyn Clock>,
}

impl Log {
    /// A log over the stores; `groups` are the consumer groups with the source they listen to.
    pub fn new(stores: Stores, activity: Arc<Signal>, clock: Arc<dyn Clock>) -> Self {
        Self { stores, activity, clock }
    }

    fn gather<T>(&self, query: impl Fn(&mut dyn Transaction) -> Result<Vec<T>>) -> Result<Vec<T>> {
        let mut gathered = Vec::new();
        for store in self.stores.values() {
            gathered.extend(store.read(&query)?);
        }
        Ok(gathered)
    }

    fn delivery_records(&self, condition: &str, params: &[Value]) -> Result<Vec<DeliveryRecord>> {
        let sql = format!(
            "SELECT {DELIVERY_COLUMNS} FROM inbox WHERE wanted = 1 AND {condition} ORDER BY arrival"
        );
        let mut records = self.gather(|transaction| {
            transaction.query(&sql, params)?.iter().map(delivery_record).collect()
        })?;
        records.sort_by_key(|record| record.event_id);
        Ok(records)
    }

    /// What a group has not received yet.
    fn not_received(&self, source: &str, position: i64) -> Result<u64> {
        let publisher = self.stores.values().find(|store| store.context().source() == source);
        let newest = match publisher {
            Some(publisher) => publisher.read(super::outbox::newest_position)?,
            None => position,
        };
        Ok(newest.saturating_sub(position).max(0) as u64)
    }
}

impl EventLog for Log {
    fn events(&self, filter: &EventFilter) -> Result<Vec<Envelope>> {
        let mut sql = "SELECT envelope FROM outbox WHERE 1 = 1".to_owned();
        let mut params: Vec<Value> = Vec::new();
        let mut narrow = |clause: &str, value: Value| {
            params.push(value);
            sql.push_str(&clause.replace('?', &format!("${}", params.len())));
        };
        if let Some(correlation_id) = &filter.correlation_id {
            narrow(" AND correlation_id = ?", correlation_id.to_string().into());
        }
        if let Some(subject) = &filter.subject {
            narrow(" AND subject = ?", subject.into());
        }
        if let Some(event_type) = &filter.event_type {
            narrow(" AND event_type LIKE ?", format!("%{}%", event_type.to_lowercase()).into());
        }
        let limit = filter.limit.map_or(i64::MAX, |limit| limit as i64);
        narrow(" ORDER BY position DESC LIMIT ?", limit.into());
        let mut events: Vec<Envelope> = self.gather(|transaction| {
            transaction.query(&sql, &params)?.iter().map(|row| row.json(0)).collect()
        })?;
        events.sort_by_key(|event| event.id);
        if let Some(limit) = filter.limit {
            events.drain(..events.len().saturating_sub(limit));
        }
        Ok(events)
    }

    fn event(&self, id: &EventId) -> Result<Option<Envelope>> {
        let found = self.gather(|transaction| {
            transaction
                .query("SELECT envelope FROM outbox WHERE event_id = $1", &[id.to_string().into()])?
                .iter()
                .map(|row| row.json(0))
                .collect()
        })?;
        Ok(found.into_iter().next())
    }

    fn deliveries(&self, correlation: Option<&CorrelationId>) -> Result<Vec<DeliveryRecord>> {
        match correlation {
            Some(id) => self.delivery_records("correlation_id = $1", &[id.to_string().into()]),
            None => self.delivery_records("1 = 1", &[]),
        }
    }

    fn parked(&self) -> Result<Vec<DeliveryRecord>> {
        self.delivery_records("state = 'parked'", &[])
    }

    fn requeue(&self, group: &str, event_id: &EventId, actor: &str) -> Result<()> {
        let owner = self.stores.values().find(|store| {
            group.split_once('.').is_some_and(|(name, _)| name == store.context().name())
        });
        let Some(store) = owner else { return Err(not_parked(event_id)) };
        let entry = AuditEntry::new(
            actor,
            "event.requeued",
            event_id,
            serde_json::json!({ "group": group }),
        );
        let (group, event) = (group.to_owned(), *event_id);
        store.commit(UnitOfWork::of_command().audit(entry), move |transaction| {
            let changed = transaction.execute(
                "UPDATE inbox SET state = 'ready', attempts = 0
                 WHERE group_name = $1 AND event_id = $2 AND state = 'parked'",
                &[group.into(), event.to_string().into()],
            )?;
            // Refusing rolls the audit record back with it.
            if changed == 1 { Ok(()) } else { Err(not_parked(&event)) }
        })
    }

    fn status(&self) -> Result<Vec<GroupStatus>> {
        let mut all = Vec::new();
        let now = self.clock.now();
        for store in self.stores.values() {
            let listening = store.read(|transaction| {
                transaction.query(
                    "SELECT group_name, source, position FROM inbox_position ORDER BY group_name",
                    &[],
                )
            })?;
            for row in listening {
                let group = row.text(0)?;
                let mut status =
                    store.read(|transaction| inbox_status(transaction, &group, now))?;
                status.lag_events += self.not_received(&row.text(1)?, row.integer(2)?)?;
                all.push(status);
            }
        }
        Ok(all)
    }

    fn activity(&self) -> u64 {
        self.activity.seen()
    }

    fn wait(&self, beyond: u64, timeout: Duration) {
        self.activity.wait_beyond(beyond, timeout);
    }
}

fn not_parked(event_id: &EventId) -> Error {
    Error::usage(format!("event {event_id} is not parked in that group"))
        .hint("`pynomaly events dead-letters` lists what is parked")
}

fn delivery_record(row: &Row) -> Result<DeliveryRecord> {
    let state = row.text(5)?;
    Ok(DeliveryRecord {
        group: row.text(0)?,
        event_id: row.id(1)?,
        event_type: row.text(2)?,
        subject: row.text(3)?,
        correlation_id: row.id(4)?,
        state: match state.as_str() {
            "waiting" => DeliveryState::Waiting,
            "ready" => DeliveryState::Pending,
            "handling" => DeliveryState::Handling,
            "done" => DeliveryState::Done,
            "parked" => DeliveryState::Parked,
            _ => return Err(Error::internal(format!("unknown state of a delivery: {state}"))),
        },
        attempts: row.integer(6)? as u32,
        last_error: row.opt_text(7)?,
        started_at: row.opt_text(8)?.and_then(|text| text.parse().ok()),
        handled_in_ms: row.opt_real(9)?,
    })
}

fn inbox_status(
    transaction: &mut dyn Transaction,
    group: &str,
    now: Timestamp,
) -> Result<GroupStatus> {
    let counts = transaction.query(
        "SELECT state, COUNT(*), MIN(published_at),
                CAST(SUM(CASE WHEN attempts > 1 THEN attempts - 1 ELSE 0 END) AS BIGINT)
         FROM inbox WHERE group_name = $1 AND wanted = 1 GROUP BY state ORDER BY state",
        &[group.into()],
    )?;
    let mut status = GroupStatus {
        group: group.to_owned(),
        lag_events: 0,
        lag_seconds: 0.0,
        retries: 0,
        parked: 0,
        handled: 0,
        end_to_end_ms: BOUNDS_MS.iter().map(|bound| (*bound, 0)).collect(),
    };
    for row in counts {
        let count = row.integer(1)? as u64;
        match row.text(0)?.as_str() {
            "done" => status.handled = count,
            "parked" => status.parked = count,
            _ => {
                status.lag_events += count;
                status.retries += row.integer(3)? as u64;
                if let Some(oldest) =
                    row.opt_text(2)?.and_then(|text| text.parse::<Timestamp>().ok())
                {
                    let age = now.duration_since(oldest).as_secs_f64();
                    status.lag_seconds = status.lag_seconds.max(age);
                }
            }
        }
    }
    for row in transaction.query(
        "SELECT published_at, started_at, handled_in_ms FROM inbox
         WHERE group_name = $1 AND state = 'done' AND handled_in_ms IS NOT NULL
         ORDER BY arrival DESC LIMIT 1000",
        &[group.into()],
    )? {
        let (published, started): (Timestamp, Timestamp) = (row.id(0)?, row.id(1)?);
        let took = started.duration_since(published).as_secs_f64() * 1e3 + row.real(2)?;
        if let Some((_, count)) = status.end_to_end_ms.iter_mut().find(|(bound, _)| took <= *bound)
        {
            *count += 1;
        }
    }
    Ok(status)
}
