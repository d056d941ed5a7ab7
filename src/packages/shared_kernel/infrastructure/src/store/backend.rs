//! What a database must offer: the traits that SQLite and PostgreSQL implement.

use std::sync::Arc;

use shared_kernel_domain::Result;

use super::value::{Row, Value};

/// How long a commit must be able to survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// The death of the process: bookkeeping that a power loss may take back.
    Process,
    /// Power loss: the commit returns after the data is on the medium.
    Power,
}

/// Differences between the databases that SQL text has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// An open transaction. Parameters are written `$1`, `$2`…
pub trait Transaction {
    /// Runs a statement; returns the number of rows it changed.
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64>;

    /// Runs a query, or a statement with RETURNING.
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>>;

    /// Runs several statements without parameters.
    fn execute_script(&mut self, sql: &str) -> Result<()>;

    /// Has other processes told of the commit, where they can share the database.
    fn announce(&mut self) {}

    /// The database behind it.
    fn dialect(&self) -> Dialect;

    /// The first row of a query.
    fn query_one(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>> {
        Ok(self.query(sql, params)?.into_iter().next())
    }
}

/// Work inside a write transaction.
pub type WriteWork = Box<dyn FnOnce(&mut dyn Transaction) -> Result<()> + Send>;

/// An open read transaction.
pub type Snapshot = Box<dyn Transaction + Send>;

/// One database of one context.
pub trait Backend: Send + Sync {
    /// Runs work in a write transaction; it is committed when the work and the commit succeed.
    fn write(&self, durability: Durability, work: WriteWork) -> Result<()>;

    /// Runs queries on one consistent snapshot.
    fn read(&self, work: &mut dyn FnMut(&mut dyn Transaction) -> Result<()>) -> Result<()>;

    /// Begins to read what is committed now, and goes on reading that until it is dropped.
    fn snapshot(&self) -> Result<Snapshot>;

    /// Ends all its connections and waits for that; what is in the database's files is all of it.
    fn close(self: Box<Self>) {}

    /// Checks the database's structure; a plain sentence per defect.
    fn check(&self) -> Result<Vec<String>>;

    /// Calls `told` whenever another process announces a commit, until the backend is dropped.
    fn listen(&self, _told: Arc<dyn Fn() + Send + Sync>) -> Result<()> {
        Ok(())
    }

    /// Lets the members of the role `pynomaly_reader` read these tables, if there is one.
    fn publish(&self, _tables: &[&str]) -> Result<()> {
        Ok(())
    }

    /// Whether several processes may run the event flow on it at the same time.
    fn is_shared(&self) -> bool {
        false
    }
}
