//! The store of a context: state, outbox, inbox and audit in one database and one transaction.
//!
//! Invariants: a state change and its events, audit records and completed delivery commit
//! together or not at all (G1, G4); a commit that returned survives power loss (G2); positions and
//! sequences are gapless and in commit order (G5, G14).

mod audit;
mod backend;
mod catalogue;
mod copy;
mod counter;
pub mod files;
mod location;
mod migration;
mod postgres;
mod postgres_connection;
mod signal;
mod sqlite;
mod table_digest;
mod table_rows;
mod value;
mod writer;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use shared_kernel_domain::bus::Receipt;
use shared_kernel_domain::clock::{Clock, Timestamp};
use shared_kernel_domain::event::Context;
use shared_kernel_domain::identity::{EventId, IdGenerator};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};

pub(crate) use audit::append as append_audit;
pub use backend::{Backend, Dialect, Durability, Snapshot, Transaction, WriteWork};
pub use copy::{Copied, Snapshots};
pub(crate) use counter::next_number;
pub use location::Location;
pub use migration::Migration;
pub use signal::Signal;
pub use table_digest::TableDigest;
pub use value::{Row, Value};

use crate::bus::{inbox, outbox};
use crate::step::{Step, reach};

/// The database of one context.
pub struct Store {
    context: Context,
    backend: Box<dyn Backend>,
    owned: bool,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    published: Arc<Signal>,
    activity: Arc<Signal>,
    handling: Mutex<HashMap<(String, EventId), Instant>>,
}

impl Store {
    /// Opens or creates a context's database and brings it up to date.
    ///
    /// `activity` is notified of everything that is published, handled or parked.
    pub fn open(
        location: &Location,
        context: Context,
        migrations: &'static [Migration],
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        activity: Arc<Signal>,
    ) -> Result<Arc<Self>> {
        let (backend, owned) = (location.open(context)?, location.is_owned());
        if owned {
            migration::migrate(backend.as_ref(), "bus", crate::bus::MIGRATIONS)?;
            migration::migrate(backend.as_ref(), context.name(), migrations)?;
        }
        let published = Arc::default();
        let handling = Mutex::default();
        Ok(Arc::new(Self { context, backend, owned, clock, ids, published, activity, handling }))
    }

    /// Lets the roles of other contexts read what flows between contexts and these tables, where
    /// the database tells roles apart and this process owns the context.
    pub fn publish_tables(&self, tables: &[&str]) -> Result<()> {
        self.backend.publish(&[crate::bus::PUBLISHED_TABLES, tables].concat())
    }

    /// Wakes whoever waits in this process when another one publishes.
    pub(crate) fn listen(&self) -> Result<()> {
        let (published, activity) = (Arc::clone(&self.published), Arc::clone(&self.activity));
        self.backend.listen(Arc::new(move || {
            published.notify();
            activity.notify();
        }))
    }

    /// Whether several processes may run the event flow on it at the same time.
    pub fn is_shared(&self) -> bool {
        self.backend.is_shared()
    }

    /// Whether this process may write to it.
    pub(crate) fn is_owned(&self) -> bool {
        self.owned
    }

    /// The context whose database this is.
    pub fn context(&self) -> Context {
        self.context
    }

    /// Commits a state change with its events, audit records and completed delivery, durably. The
    /// completion of a replay publishes nothing: its events went out the first time.
    pub fn commit<T: Send + 'static>(
        &self,
        mut unit: UnitOfWork,
        change: impl FnOnce(&mut dyn Transaction) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if unit.completes.as_ref().is_some_and(|receipt| receipt.replay) {
            unit.events.clear();
        }
        let publishes = !unit.events.is_empty();
        let receipt = unit.completes.clone();
        let handled_in = receipt.as_ref().and_then(|receipt| self.handling_since(receipt));
        let (context, now) = (self.context, self.clock.now());
        let event_ids: Vec<EventId> =
            unit.events.iter().map(|_| EventId::generate(self.ids.as_ref())).collect();
        reach(Step::BeforeBegin);
        let value = self.write(Durability::Power, move |transaction| {
            let value = change(transaction)?;
            reach(Step::AfterState);
            if !unit.events.is_empty() {
                transaction.announce();
            }
            for (event, id) in unit.events.into_iter().zip(event_ids) {
                outbox::append(transaction, context, event, id, now)?;
            }
            audit::append(transaction, &unit.audit, now)?;
            if let Some(receipt) = &unit.completes {
                let took = handled_in.map(|since| since.elapsed());
                inbox::complete(transaction, receipt, took)?;
            }
            reach(Step::AfterOutbox);
            Ok(value)
        })?;
        reach(Step::AfterCommit);
        if let Some(receipt) = &receipt {
            self.end_handling(receipt);
        }
        if publishes {
            self.published.notify();
        }
        self.activity.notify();
        Ok(value)
    }

    /// Queries one consistent snapshot.
    pub fn read<T>(&self, query: impl FnOnce(&mut dyn Transaction) -> Result<T>) -> Result<T> {
        let mut query = Some(query);
        let mut answer = None;
        self.backend.read(&mut |transaction| {
            if let Some(query) = query.take() {
                answer = Some(query(transaction)?);
            }
            Ok(())
        })?;
        answer.ok_or_else(|| Error::internal("the store did not run a query"))
    }

    /// Whether the database answers.
    pub fn answers(&self) -> Result<()> {
        self.read(|transaction| transaction.query("SELECT 1 FROM schema_migration", &[]).map(drop))
    }

    /// Ends its connections and waits for that: what lies in a SQLite file is all of it then.
    pub fn close(self: Arc<Self>) -> Result<()> {
        let store = Arc::into_inner(self)
            .ok_or_else(|| Error::internal("a store was closed while it was in use"))?;
        store.backend.close();
        Ok(())
    }

    /// Defects of the database's structure, one sentence each.
    pub fn check(&self) -> Result<Vec<String>> {
        self.backend.check()
    }

    /// The time of day, for records.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new unique id.
    pub(crate) fn new_id(&self) -> String {
        self.ids.next().to_string()
    }

    /// Notified of every publication.
    pub(crate) fn published(&self) -> &Signal {
        &self.published
    }

    /// Notified of everything.
    pub(crate) fn activity(&self) -> &Signal {
        &self.activity
    }

    /// Runs bookkeeping or a change in a write transaction, without companions.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        change: impl FnOnce(&mut dyn Transaction) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let answer = Arc::new(Mutex::new(None));
        let place = Arc::clone(&answer);
        self.backend.write(
            durability,
            Box::new(move |transaction| {
                let value = change(transaction)?;
                *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                Ok(())
            }),
        )?;
        let value = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or_else(|| Error::internal("the store did not run a change"))
    }

    /// Remembers when the handling of a delivery began.
    pub(crate) fn begin_handling(&self, receipt: &Receipt) {
        let mut handling = self.handling.lock().unwrap_or_else(PoisonError::into_inner);
        handling.insert((receipt.group.clone(), receipt.event_id), Instant::now());
    }

    /// Forgets a delivery.
    pub(crate) fn end_handling(&self, receipt: &Receipt) {
        let mut handling = self.handling.lock().unwrap_or_else(PoisonError::into_inner);
        handling.remove(&(receipt.group.clone(), receipt.event_id));
    }

    /// Whether the handling of a delivery is still open.
    pub(crate) fn is_handling(&self, receipt: &Receipt) -> bool {
        self.handling_since(receipt).is_some()
    }

    fn handling_since(&self, receipt: &Receipt) -> Option<Instant> {
        let handling = self.handling.lock().unwrap_or_else(PoisonError::into_inner);
        handling.get(&(receipt.group.clone(), receipt.event_id)).copied()
    }
}
