//! The event log across all contexts: what was published and what became of it.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use shared_kernel_domain::bus::{
    DeliveryRecord, DeliveryState, EventFilter, EventLog, GroupStatus, ParkedFilter, Positions,
    Replay,
};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::clock::Clock;
use shared_kernel_domain::event::{Context, Envelope};
use shared_kernel_domain::identity::{CorrelationId, EventId};
use shared_kernel_domain::{Error, Result};

use super::transport::STRETCH;
use super::{Stores, dead_letters, outbox, replay, status};
use crate::store::{Row, Signal, Transaction, Value};

/// How a delivery's columns are read.
const DELIVERY_COLUMNS: &str = "group_name, event_id, event_type, subject, correlation_id, state, \
                                attempts, last_error, started_at, handled_in_ms, replay";

/// The event log of the stores that are open in this process.
pub struct Log {
    stores: Stores,
    groups: Vec<(&'static str, Context)>,
    activity: Arc<Signal>,
    clock: Arc<dyn Clock>,
}

impl Log {
    /// A log over the stores.
    pub fn new(stores: Stores, activity: Arc<Signal>, clock: Arc<dyn Clock>) -> Self {
        Self { stores, groups: Vec::new(), activity, clock }
    }

    /// Knows of consumer groups and the context each listens to, so that their status is told
    /// also before they began.
    #[must_use]
    pub fn with_groups(mut self, groups: Vec<(&'static str, Context)>) -> Self {
        self.groups = groups;
        self
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
        // A parked event is kept for longer than the outbox may have it.
        for table in ["outbox", "inbox"] {
            let sql = format!("SELECT envelope FROM {table} WHERE event_id = $1 LIMIT 1");
            let found = self.gather(|transaction| {
                let rows = transaction.query(&sql, &[id.to_string().into()])?;
                rows.iter().map(|row| row.json(0)).collect()
            })?;
            if let Some(envelope) = found.into_iter().next() {
                return Ok(Some(envelope));
            }
        }
        Ok(None)
    }

    fn deliveries(&self, correlation: Option<&CorrelationId>) -> Result<Vec<DeliveryRecord>> {
        match correlation {
            Some(id) => self.delivery_records("correlation_id = $1", &[id.to_string().into()]),
            None => self.delivery_records("1 = 1", &[]),
        }
    }

    fn newest(&self) -> Result<Positions> {
        let mut newest = Positions::default();
        for (context, store) in &self.stores {
            newest.set(*context, store.read(outbox::published)?);
        }
        Ok(newest)
    }

    fn events_after(&self, seen: &Positions) -> Result<(Vec<Envelope>, Positions)> {
        let mut reached = seen.clone();
        let mut stretches = Vec::new();
        for (context, store) in &self.stores {
            let behind = seen.of(*context);
            let stretch = store.read(|transaction| outbox::after(transaction, behind, STRETCH))?;
            if let Some(last) = stretch.last() {
                reached.set(*context, last.position);
            }
            stretches.push(stretch.into_iter().map(|it| it.envelope).peekable());
        }
        let mut events = Vec::new();
        // The ids of different contexts tell roughly what came first; one context's events stay in
        // their order whatever their ids.
        while let Some((_, next)) = stretches
            .iter_mut()
            .filter_map(|stretch| Some((stretch.peek()?.id, stretch)))
            .min_by_key(|(id, _)| *id)
        {
            events.extend(next.next());
        }
        Ok((events, reached))
    }

    fn parked(&self, which: &ParkedFilter) -> Result<Vec<DeliveryRecord>> {
        let (condition, params) = dead_letters::condition(which);
        self.delivery_records(&condition, &params)
    }

    fn requeue(
        &self,
        which: &ParkedFilter,
        per_second: NonZeroU32,
        actor: &str,
        cancellation: &Cancellation,
    ) -> Result<u64> {
        dead_letters::requeue(&self.stores, which, per_second, actor, cancellation)
    }

    fn discard(
        &self,
        which: &ParkedFilter,
        reason: &str,
        actor: &str,
        cancellation: &Cancellation,
    ) -> Result<u64> {
        dead_letters::discard(&self.stores, which, reason, actor, cancellation)
    }

    fn replay(&self, group: &str, which: &Replay, actor: &str) -> Result<u64> {
        replay::replay(&self.stores, group, which, actor)
    }

    fn status(&self) -> Result<Vec<GroupStatus>> {
        status::of_groups(&self.stores, &self.groups, self.clock.now())
    }

    fn activity(&self) -> u64 {
        self.activity.seen()
    }

    fn wait(&self, beyond: u64, timeout: Duration) {
        self.activity.wait_beyond(beyond, timeout);
    }
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
            "ready" | "ready_again" => DeliveryState::Pending,
            "handling" => DeliveryState::Handling,
            "done" => DeliveryState::Done,
            "parked" => DeliveryState::Parked,
            "discarded" => DeliveryState::Discarded,
            _ => return Err(Error::internal(format!("unknown state of a delivery: {state}"))),
        },
        attempts: row.integer(6)? as u32,
        last_error: row.opt_text(7)?,
        started_at: row.opt_text(8)?.and_then(|text| text.parse().ok()),
        handled_in_ms: row.opt_real(9)?,
        replay: row.integer(10)? == 1,
    })
}
