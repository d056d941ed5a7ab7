//! Embedded migrations: applied in order, once, each in its own transaction.

use std::borrow::Cow;

use shared_kernel_domain::{Error, Result};

use super::backend::{Backend, Dialect, Durability};

/// One step of a component's schema.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// From 1, without gaps.
    pub version: u32,
    /// Statements in the SQL that all databases share.
    pub sql: &'static str,
}

/// Brings a component's schema up to date; refuses a schema that is newer than this binary.
pub(crate) fn migrate(
    backend: &dyn Backend,
    component: &'static str,
    migrations: &'static [Migration],
) -> Result<()> {
    let newest = migrations.last().map_or(0, |migration| i64::from(migration.version));
    if applied_version(backend, component) == Some(newest) {
        return Ok(());
    }
    backend.write(
        Durability::Power,
        Box::new(move |transaction| {
            transaction.execute_script(
                "CREATE TABLE IF NOT EXISTS schema_migration (
                     component TEXT NOT NULL, version BIGINT NOT NULL,
                     PRIMARY KEY (component, version))",
            )?;
            let applied = transaction
                .query_one(
                    "SELECT COALESCE(MAX(version), 0) FROM schema_migration WHERE component = $1",
                    &[component.into()],
                )?
                .map_or(Ok(0), |row| row.integer(0))?;
            if applied > newest {
                return Err(Error::unavailable(format!(
                    "the store was written by a newer pynomaly: {component} is at schema {applied}, this binary knows {newest}"
                ))
                .hint("use the newer binary, or another --home"));
            }
            for migration in migrations.iter().filter(|step| i64::from(step.version) > applied) {
                let sql = in_dialect(migration.sql, transaction.dialect());
                transaction.execute_script(&sql)?;
                transaction.execute(
                    "INSERT INTO schema_migration (component, version) VALUES ($1, $2)",
                    &[component.into(), migration.version.into()],
                )?;
            }
            Ok(())
        }),
    )
}

/// Text sorts by its bytes on every database, whatever language PostgreSQL was set up for.
fn in_dialect(sql: &'static str, dialect: Dialect) -> Cow<'static, str> {
    match dialect {
        Dialect::Sqlite => Cow::Borrowed(sql),
        Dialect::Postgres => Cow::Owned(sql.replace(" TEXT", " TEXT COLLATE \"C\"")),
    }
}

/// The schema's version, if it can be read: a fresh database has no table of versions yet.
fn applied_version(backend: &dyn Backend, component: &str) -> Option<i64> {
    let mut version = None;
    let read = backend.read(&mut |transaction| {
        let row = transaction.query_one(
            "SELECT MAX(version) FROM schema_migration WHERE component = $1",
            &[component.into()],
        )?;
        version = row.map_or(Ok(None), |row| row.opt_integer(0))?;
        Ok(())
    });
    read.ok().and(version)
}
