//! Where a context's database is.

use std::path::PathBuf;

use shared_kernel_domain::Result;
use shared_kernel_domain::event::Context;

use super::backend::Backend;
use super::postgres::Postgres;
use super::postgres_connection::Address;
use super::sqlite::Sqlite;
use crate::service_url::ServiceUrl;

/// Where a context's database is, and whether it is one's own.
#[derive(Clone, Debug)]
pub enum Location {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// The context's schema in a PostgreSQL database.
    Postgres(ServiceUrl),
    /// The schema of a context that this process does not own: it reads what is published there.
    PostgresAsGuest(ServiceUrl),
}

impl Location {
    /// The schemes of a PostgreSQL address.
    pub const SCHEMES: [&str; 2] = ["postgres", "postgresql"];

    /// A PostgreSQL address, or the path of a SQLite file.
    pub fn parse(text: &str) -> Result<Self> {
        if Self::SCHEMES.iter().any(|scheme| text.starts_with(&format!("{scheme}://"))) {
            let url = ServiceUrl::parse(text, &Self::SCHEMES, "the address of the store")?;
            return Ok(Self::Postgres(url));
        }
        Ok(Self::Sqlite(text.into()))
    }

    /// Whether the database is this process's to set up.
    pub(super) fn is_owned(&self) -> bool {
        !matches!(self, Self::PostgresAsGuest(_))
    }

    pub(super) fn open(&self, context: Context) -> Result<Box<dyn Backend>> {
        let address = |url: &ServiceUrl| Address::new(url.clone(), context);
        Ok(match self {
            Self::Sqlite(path) => Box::new(Sqlite::open(path)?),
            Self::Postgres(url) => Box::new(Postgres::open(address(url))?),
            Self::PostgresAsGuest(url) => Box::new(Postgres::visit(address(url))?),
        })
    }
}
