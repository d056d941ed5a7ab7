//! SQLite: one writer thread with group commit, a pool of readers, write-ahead log.
//!
//! Writers queue; whoever waits together is committed together, each job in its own savepoint, so
//! that one sync to the medium serves all of them and a failing job undoes only itself. Jobs that
//! need not survive power loss are committed without a sync when no other job asks for one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use shared_kernel_domain::{Error, Result};

use super::backend::{Backend, Dialect, Durability, Transaction, WriteWork};
use super::value::{Row, Value};
use crate::step::{Step, reach};

/// Jobs committed together at most.
const GROUP_COMMIT_LIMIT: usize = 256;
/// How long to wait for another process's write transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Idle read connections kept.
const READER_LIMIT: usize = 4;

struct Job {
    durability: Durability,
    work: WriteWork,
    reply: SyncSender<Result<()>>,
}

/// One SQLite database.
pub struct Sqlite {
    path: PathBuf,
    jobs: Mutex<Sender<Job>>,
    readers: Mutex<Vec<Connection>>,
}

impl Sqlite {
    /// Opens or creates the database.
    pub fn open(path: &Path) -> Result<Self> {
        let connection = open_connection(path)?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;")
            .map_err(|cause| database_error(&cause, path))?;
        let (jobs, queue) = channel();
        let writer_path = path.to_owned();
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || Writer { connection, path: writer_path, synchronous: None }.run(&queue))
            .map_err(|cause| {
                Error::unavailable("cannot start the store's writer thread").caused_by(cause)
            })?;
        Ok(Self { path: path.to_owned(), jobs: Mutex::new(jobs), readers: Mutex::default() })
    }

    fn reader(&self) -> Result<Connection> {
        let pooled = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = pooled {
            return Ok(connection);
        }
        let connection = open_connection(&self.path)?;
        connection
            .execute_batch("PRAGMA query_only = ON;")
            .map_err(|cause| database_error(&cause, &self.path))?;
        Ok(connection)
    }
}

impl Backend for Sqlite {
    fn write(&self, durability: Durability, work: WriteWork) -> Result<()> {
        let (reply, answer) = sync_channel(1);
        let writer_is_gone = || Error::internal("the store's writer thread has ended");
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send(Job { durability, work, reply })
            .map_err(|_| writer_is_gone())?;
        answer.recv().map_err(|_| writer_is_gone())?
    }

    fn read(&self, work: &mut dyn FnMut(&mut dyn Transaction) -> Result<()>) -> Result<()> {
        let connection = self.reader()?;
        let begin =
            |sql| connection.execute_batch(sql).map_err(|cause| database_error(&cause, &self.path));
        begin("BEGIN")?;
        let outcome = work(&mut SqliteTransaction { connection: &connection, path: &self.path });
        begin("COMMIT")?;
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READER_LIMIT {
            readers.push(connection);
        }
        outcome
    }

    fn check(&self) -> Result<Vec<String>> {
        let mut defects = Vec::new();
        self.read(&mut |transaction| {
            for row in transaction.query("PRAGMA quick_check", &[])? {
                let sentence = row.text(0)?;
                if sentence != "ok" {
                    defects.push(sentence);
                }
            }
            Ok(())
        })?;
        Ok(defects)
    }
}

fn open_connection(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|cause| database_error(&cause, path))?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(|cause| database_error(&cause, path))?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

struct Writer {
    connection: Connection,
    path: PathBuf,
    synchronous: Option<Durability>,
}

impl Writer {
    fn run(mut self, queue: &Receiver<Job>) {
        while let Ok(first) = queue.recv() {
            let mut jobs = vec![first];
            while jobs.len() < GROUP_COMMIT_LIMIT {
                let Ok(job) = queue.try_recv() else { break };
                jobs.push(job);
            }
            self.commit_together(jobs);
        }
    }

    fn commit_together(&mut self, jobs: Vec<Job>) {
        let durability = jobs.iter().map(|job| job.durability).max().unwrap_or(Durability::Power);
        if let Err(error) = self.begin(durability) {
            for job in jobs {
                // A caller that has gone away needs no answer.
                let _ = job.reply.send(Err(same_error(&error)));
            }
            return;
        }
        let mut answers = Vec::with_capacity(jobs.len());
        let mut lost = None;
        for job in jobs {
            if let Some(error) = &lost {
                answers.push((job.reply, Err(same_error(error))));
                continue;
            }
            let outcome = self.in_savepoint(job.work);
            if let Err(error) = &outcome
                && self.connection.is_autocommit()
            {
                // A full disk, for example, ends the whole transaction: nobody's change is in.
                lost = Some(same_error(error));
            }
            answers.push((job.reply, outcome));
        }
        reach(Step::BeforeCommit);
        let committed = match lost {
            Some(error) => Err(error),
            None => self.batch("COMMIT"),
        };
        if committed.is_err() && !self.connection.is_autocommit() {
            // Nothing more can be done about a rollback that fails; the next BEGIN reports it.
            let _ = self.batch("ROLLBACK");
        }
        for (reply, outcome) in answers {
            let answer = match &committed {
                Ok(()) => outcome,
                Err(error) => outcome.and(Err(same_error(error))),
            };
            let _ = reply.send(answer);
        }
    }

    fn begin(&mut self, durability: Durability) -> Result<()> {
        if self.synchronous != Some(durability) {
            self.batch(match durability {
                Durability::Process => "PRAGMA synchronous = NORMAL",
                Durability::Power => "PRAGMA synchronous = FULL",
            })?;
            self.synchronous = Some(durability);
        }
        self.batch("BEGIN IMMEDIATE")
    }

    fn in_savepoint(&self, work: WriteWork) -> Result<()> {
        self.batch("SAVEPOINT job")?;
        let mut transaction = SqliteTransaction { connection: &self.connection, path: &self.path };
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut transaction)))
            .unwrap_or_else(|_| Err(Error::internal("a change of the store panicked")));
        match outcome {
            Ok(()) => self.batch("RELEASE job"),
            Err(error) => {
                // Where the transaction itself is gone there is no savepoint to go back to.
                let _ = self.batch("ROLLBACK TO job; RELEASE job");
                Err(error)
            }
        }
    }

    fn batch(&self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(|cause| database_error(&cause, &self.path))
    }
}

/// The same news for each of several waiting callers.
fn same_error(error: &Error) -> Error {
    let mut copy = Error::new(error.kind(), error.what());
    if let Some(location) = error.location() {
        copy = copy.at(location);
    }
    match error.hint_text() {
        Some(hint) => copy.hint(hint),
        None => copy,
    }
}

struct SqliteTransaction<'a> {
    connection: &'a Connection,
    path: &'a Path,
}

impl Transaction for SqliteTransaction<'_> {
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        let run = || {
            let mut statement = self.connection.prepare_cached(&numbered(sql))?;
            statement.execute(rusqlite::params_from_iter(params))
        };
        run().map(|changed| changed as u64).map_err(|cause| database_error(&cause, self.path))
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
        let run = || {
            let mut statement = self.connection.prepare_cached(&numbered(sql))?;
            let columns = statement.column_count();
            let mut found = statement.query(rusqlite::params_from_iter(params))?;
            let mut rows = Vec::new();
            while let Some(row) = found.next()? {
                let cells = (0..columns).map(|column| row.get_ref(column).map(value_of));
                rows.push(Row(cells.collect::<rusqlite::Result<_>>()?));
            }
            Ok(rows)
        };
        run().map_err(|cause| database_error(&cause, self.path))
    }

    fn execute_script(&mut self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(|cause| database_error(&cause, self.path))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }
}

/// SQLite takes `$1` for a name; `?1` is its numbered parameter.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

fn value_of(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Real(value) => Value::Real(value),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn database_error(cause: &rusqlite::Error, path: &Path) -> Error {
    let place = path.display().to_string();
    let error = match cause.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::unavailable("the disk under the store is full")
            .hint("make room and run the command again; nothing was half-written"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::unavailable("the store is locked by another process")
                .hint("wait for the other pynomaly command to end, or use another --home")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            Error::unavailable("the store cannot be written")
                .hint("check the permissions of the folder, or use another --home")
        }
        Some(ErrorCode::CannotOpen) => Error::unavailable("the store cannot be opened")
            .hint("check that the folder exists and can be written, or use another --home"),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Error::unavailable("the store is damaged")
                .hint("restore it from a backup; `pynomaly doctor` says what is wrong")
        }
        Some(ErrorCode::SystemIoFailure) => {
            Error::unavailable("the store cannot be read or written")
                .hint("check the disk under the store")
        }
        _ => Error::internal(format!("the store refused a statement: {cause}")),
    };
    error.at(place).caused_by(cause.to_string())
}
