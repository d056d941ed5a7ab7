//! PostgreSQL: one schema per context, one writer at a time per context, a pool of readers.
//!
//! Every write transaction holds the context's advisory lock, which PostgreSQL releases only after
//! the commit is visible. So writes are serial over all processes, as they are in SQLite: a
//! position is never visible before a smaller one (F17), and what is written for SQLite's one
//! writer is right here too. Group commit makes up for it: whoever waits together shares one
//! round of lock, sync and release.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postgres::fallible_iterator::FallibleIterator;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, ErrorKind, Result};

use super::backend::{Backend, Dialect, Durability, Snapshot, Transaction, WriteWork};
use super::postgres_connection::{Address, PostgresSession};
use super::writer::Writer;

/// Idle read connections kept.
const READER_LIMIT: usize = 2;
/// A look at the connection of the listener at least so often, to see that it is to end.
const LISTENER_NET: Duration = Duration::from_millis(500);
/// How long the listener waits before it connects again.
const LISTENER_PATIENCE: Duration = Duration::from_secs(1);
/// The channel on which commits that publish are told of; the payload is the context.
pub(super) const CHANNEL: &str = "pynomaly";

/// One context's schema in a PostgreSQL database.
pub(super) struct Postgres {
    address: Address,
    owned: bool,
    writer: Writer,
    readers: Mutex<Vec<PostgresSession>>,
    ended: Arc<AtomicBool>,
}

impl Postgres {
    /// Connects as an owner of the context's schema, which is made when it is missing.
    pub(super) fn open(address: Address) -> Result<Self> {
        let mut session = PostgresSession::new(address.clone());
        session.connect()?;
        session.make_schema()?;
        Self::over(address, true, session)
    }

    /// Connects as a guest, who reads what the context publishes to others.
    pub(super) fn visit(address: Address) -> Result<Self> {
        let session = PostgresSession::new(address.clone());
        let visitor = Self::over(address, false, session)?;
        visitor.read(&mut |transaction| {
            transaction.query("SELECT 1 FROM outbox LIMIT 1", &[]).map(drop)
        })?;
        Ok(visitor)
    }

    fn over(address: Address, owned: bool, session: PostgresSession) -> Result<Self> {
        Ok(Self {
            address,
            owned,
            writer: Writer::start(session)?,
            readers: Mutex::default(),
            ended: Arc::default(),
        })
    }

    fn pooled_reader(&self) -> Option<PostgresSession> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep_reader(&self, session: PostgresSession) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if session.is_connected() && readers.len() < READER_LIMIT {
            readers.push(session);
        }
    }

    /// A session in a read transaction; a pooled one that was cut off meanwhile is replaced.
    fn begin_reading(&self) -> Result<PostgresSession> {
        while let Some(mut pooled) = self.pooled_reader() {
            if pooled.begin_reading().is_ok() {
                return Ok(pooled);
            }
        }
        let mut session = PostgresSession::new(self.address.clone());
        session.begin_reading()?;
        Ok(session)
    }
}

impl Backend for Postgres {
    fn write(&self, durability: Durability, work: WriteWork) -> Result<()> {
        self.writer.write(durability, work)
    }

    fn read(&self, work: &mut dyn FnMut(&mut dyn Transaction) -> Result<()>) -> Result<()> {
        let mut session = self.begin_reading()?;
        let outcome = work(&mut session);
        let ended = session.end_reading();
        self.keep_reader(session);
        outcome.and(ended)
    }

    fn snapshot(&self) -> Result<Snapshot> {
        let mut session = PostgresSession::new(self.address.clone());
        session.begin_reading()?;
        // It may stand still for as long as other contexts are copied. What it sees is settled by
        // its first query.
        session.script("SET LOCAL idle_in_transaction_session_timeout = 0; SELECT 1")?;
        Ok(Box::new(session))
    }

    fn check(&self) -> Result<Vec<String>> {
        // PostgreSQL checks its pages itself; that the schema can be read is what is left to ask.
        self.read(&mut |transaction| {
            transaction.query("SELECT component, version FROM schema_migration", &[]).map(drop)
        })?;
        Ok(Vec::new())
    }

    fn listen(&self, told: Arc<dyn Fn() + Send + Sync>) -> Result<()> {
        let (address, ended) = (self.address.clone(), Arc::clone(&self.ended));
        let thread = std::thread::Builder::new().name("store-listener".to_owned());
        thread
            .spawn(move || {
                while !ended.load(Ordering::Relaxed) {
                    // What was said while nobody listened may have been missed.
                    if listen_once(&address, &ended, told.as_ref()).is_err() {
                        told();
                        std::thread::sleep(LISTENER_PATIENCE);
                    }
                }
            })
            .map(drop)
            .map_err(|cause| {
                Error::unavailable("cannot start the store's listener thread").caused_by(cause)
            })
    }

    fn publish(&self, tables: &[&str]) -> Result<()> {
        if !self.owned {
            return Ok(());
        }
        let (schema, tables) = (self.address.context().name(), tables.join(", "));
        self.write(
            Durability::Process,
            Box::new(move |transaction| {
                let asked = transaction.query_one(
                    "SELECT has_schema_privilege(oid, $1, 'USAGE') FROM pg_roles
                     WHERE rolname = 'pynomaly_reader'",
                    &[schema.into()],
                )?;
                let Some(asked) = asked else { return Ok(()) };
                if asked.integer(0)? == 0 {
                    transaction.execute_script(&format!(
                        "GRANT USAGE ON SCHEMA {schema} TO pynomaly_reader"
                    ))?;
                }
                transaction.execute_script(&format!("GRANT SELECT ON {tables} TO pynomaly_reader"))
            }),
        )
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

fn listen_once(address: &Address, ended: &AtomicBool, told: &dyn Fn()) -> Result<()> {
    let mut client = address.connect()?;
    let refused = |cause| super::postgres_connection::database_error(&cause, address);
    client.batch_execute(&format!("LISTEN {CHANNEL}")).map_err(refused)?;
    told();
    while !ended.load(Ordering::Relaxed) {
        if client.is_closed() {
            return Err(Error::new(ErrorKind::Unavailable, "the listener was cut off"));
        }
        let mut notifications = client.notifications();
        let mut waiting = notifications.timeout_iter(LISTENER_NET);
        while let Some(notification) = waiting.next().map_err(refused)? {
            if notification.payload() == address.context().name() {
                told();
            }
        }
    }
    Ok(())
}

/// The key of the context's advisory lock; the class keeps it apart from other applications'.
pub(super) fn lock_statement(context: Context) -> String {
    const CLASS: i32 = i32::from_be_bytes(*b"PYNO");
    let number = Context::ALL.iter().position(|it| *it == context).unwrap_or_default();
    format!("SELECT pg_advisory_xact_lock({CLASS}, {number})")
}

impl Transaction for PostgresSession {
    fn execute(&mut self, sql: &str, params: &[super::Value]) -> Result<u64> {
        self.run(sql, params)
    }

    fn query(&mut self, sql: &str, params: &[super::Value]) -> Result<Vec<super::Row>> {
        self.rows(sql, params)
    }

    fn execute_script(&mut self, sql: &str) -> Result<()> {
        self.script(sql)
    }

    fn announce(&mut self) {
        self.announces = true;
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }
}
