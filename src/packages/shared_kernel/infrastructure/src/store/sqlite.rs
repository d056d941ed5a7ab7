//! SQLite: one writer with group commit, a pool of readers, write-ahead log.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use shared_kernel_domain::{Error, Result};

use super::backend::{Backend, Dialect, Durability, Snapshot, Transaction, WriteWork};
use super::value::{Row, Value};
use super::writer::{Session, Writer};

/// How long to wait for another process's write transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Idle read connections kept.
const READER_LIMIT: usize = 4;

/// One SQLite database.
pub(super) struct Sqlite {
    path: PathBuf,
    writer: Writer,
    readers: Mutex<Vec<SqliteSession>>,
}

impl Sqlite {
    /// Opens or creates the database.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut session = SqliteSession::open(path)?;
        session.execute_script("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 4000;")?;
        Ok(Self {
            path: path.to_owned(),
            writer: Writer::start(session)?,
            readers: Mutex::default(),
        })
    }

    fn reader(&self) -> Result<SqliteSession> {
        let pooled = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(session) = pooled {
            return Ok(session);
        }
        SqliteSession::open_to_read(&self.path)
    }
}

/// Reads a database as it is, whatever its schema, until the snapshot is dropped.
pub(super) fn snapshot(path: &Path) -> Result<Snapshot> {
    let mut session = SqliteSession::open_to_read(path)?;
    // A transaction sees what was committed when it first read.
    session.execute_script("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")?;
    Ok(Box::new(session))
}

impl Backend for Sqlite {
    fn write(&self, durability: Durability, work: WriteWork) -> Result<()> {
        self.writer.write(durability, work)
    }

    fn read(&self, work: &mut dyn FnMut(&mut dyn Transaction) -> Result<()>) -> Result<()> {
        let mut session = self.reader()?;
        session.execute_script("BEGIN")?;
        let outcome = work(&mut session);
        session.execute_script("COMMIT")?;
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READER_LIMIT {
            readers.push(session);
        }
        outcome
    }

    fn snapshot(&self) -> Result<Snapshot> {
        snapshot(&self.path)
    }

    fn close(self: Box<Self>) {
        drop(self.readers);
        self.writer.close();
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

/// One connection.
struct SqliteSession {
    connection: Connection,
    path: PathBuf,
    synchronous: Option<Durability>,
}

impl SqliteSession {
    fn open(path: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .map_err(|cause| database_error(&cause, path))?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(|cause| database_error(&cause, path))?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(Self { connection, path: path.to_owned(), synchronous: None })
    }

    fn open_to_read(path: &Path) -> Result<Self> {
        let mut session = Self::open(path)?;
        session.execute_script("PRAGMA query_only = ON;")?;
        Ok(session)
    }
}

impl Session for SqliteSession {
    fn begin(&mut self, durability: Durability) -> Result<()> {
        if self.synchronous != Some(durability) {
            self.execute_script(match durability {
                Durability::Process => "PRAGMA synchronous = NORMAL",
                Durability::Power => "PRAGMA synchronous = FULL",
            })?;
            self.synchronous = Some(durability);
        }
        self.execute_script("BEGIN IMMEDIATE")
    }

    fn commit(&mut self) -> Result<()> {
        self.execute_script("COMMIT")
    }

    fn roll_back(&mut self) {
        if self.is_open() {
            // Nothing more can be done about a rollback that fails; the next BEGIN reports it.
            let _ = self.execute_script("ROLLBACK");
        }
    }

    fn tidy(&mut self) {
        // Moving the log into the database in a pause keeps it out of somebody's commit. Where it
        // cannot be done now, the next pause or a longer log will.
        let _ = self.execute_script("PRAGMA wal_checkpoint(PASSIVE)");
    }

    fn is_open(&self) -> bool {
        !self.connection.is_autocommit()
    }
}

impl Transaction for SqliteSession {
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        let run = || {
            let mut statement = self.connection.prepare_cached(&numbered(sql))?;
            statement.execute(rusqlite::params_from_iter(params))
        };
        run().map(|changed| changed as u64).map_err(|cause| database_error(&cause, &self.path))
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
        run().map_err(|cause| database_error(&cause, &self.path))
    }

    fn execute_script(&mut self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(|cause| database_error(&cause, &self.path))
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
            Error::unavailable("the disk under the store is full or failing")
                .hint("make room or check the disk, and run the command again")
        }
        _ => Error::internal(format!("the store refused a statement: {cause}")),
    };
    error.at(place).caused_by(cause.to_string())
}
