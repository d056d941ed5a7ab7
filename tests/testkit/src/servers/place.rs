//! A place for a context's database, so that one test runs on every kind of store.

use std::fmt::Display;

use tempfile::TempDir;

use super::postgres::{Database, Postgres};

/// Where a test keeps databases; they go with it.
pub enum StorePlace {
    /// A folder for SQLite files.
    Folder(TempDir),
    /// A PostgreSQL database.
    Database(Database),
}

impl StorePlace {
    /// A folder of the test's own.
    pub fn on_sqlite() -> Self {
        Self::Folder(tempfile::tempdir().expect("a folder"))
    }

    /// A database of the test's own on the shared server.
    pub fn on_postgres() -> Self {
        Self::Database(Postgres::shared().database())
    }

    /// The path of a SQLite file, or the URL of a PostgreSQL database, for a context.
    pub fn of(&self, context: impl Display) -> String {
        match self {
            Self::Folder(folder) => {
                folder.path().join(format!("{context}.sqlite")).display().to_string()
            }
            Self::Database(database) => database.url().to_owned(),
        }
    }
}

/// Runs each of these functions as a test, once per kind of store, with a place of its own.
#[macro_export]
macro_rules! on_every_store {
    ($($test:ident)*) => {
        mod on_sqlite {
            $(#[test] fn $test() { super::$test($crate::servers::StorePlace::on_sqlite()); })*
        }
        mod on_postgres {
            $(#[test] fn $test() { super::$test($crate::servers::StorePlace::on_postgres()); })*
        }
    };
}
