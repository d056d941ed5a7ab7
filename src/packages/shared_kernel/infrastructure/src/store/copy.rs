//! Copies of the databases of all contexts: of one moment, whole or not at all, and verified.
//!
//! One moment: for its duration nobody commits in any context, so an inbox is never ahead of the
//! outbox it read from. Whole: each context is copied in one transaction of its target, within the
//! transaction of the one before, and only when all are in and were read back does any commit.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};

use super::backend::{Dialect, Durability, Snapshot, Transaction};
use super::catalogue::{Table, quoted, tables};
use super::table_digest::{Digester, TableDigest};
use super::value::{Row, Value};
use super::{Store, sqlite, table_rows};

/// The databases of contexts as they were at one moment, for as long as this lives.
pub struct Snapshots(BTreeMap<Context, Snapshot>);

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// The tables as they are in the target now, in the order of contexts.
    pub tables: Vec<TableDigest>,
    /// Values that the target's database cannot keep as they were: zero bytes in texts
    /// (PostgreSQL) and the sign of zero (SQLite).
    pub altered_values: u64,
}

impl Snapshots {
    /// Holds back the commits of all contexts, in their order, and begins to read each.
    pub fn take(stores: &BTreeMap<Context, Arc<Store>>) -> Result<Self> {
        let all: Vec<Arc<Store>> = stores.values().cloned().collect();
        let mut to_hold = all.clone();
        to_hold.reverse();
        hold_and_read(to_hold, all).map(Self)
    }

    /// Reads databases that nobody works in from their files, whatever their schema.
    pub fn of_files(files: &BTreeMap<Context, PathBuf>) -> Result<Self> {
        let open = files.iter().map(|(context, path)| Ok((*context, sqlite::snapshot(path)?)));
        open.collect::<Result<_>>().map(Self)
    }

    /// An error that names a table which has rows, if one has.
    pub fn must_be_empty(&mut self) -> Result<()> {
        for (context, snapshot) in &mut self.0 {
            let tables = tables(snapshot.as_mut())?;
            refuse_occupied(snapshot.as_mut(), *context, &tables)?;
        }
        Ok(())
    }

    /// The digests of all tables.
    pub fn digests(&mut self, cancellation: &Cancellation) -> Result<Vec<TableDigest>> {
        let mut digests = Vec::new();
        for (context, snapshot) in &mut self.0 {
            for table in tables(snapshot.as_mut())? {
                digests.push(digest(snapshot.as_mut(), *context, &table, cancellation)?);
            }
        }
        Ok(digests)
    }

    /// Copies every table into the store of the same context, which must hold nothing yet. What
    /// was being handled is ready to be handled there; the number of its attempt stays.
    ///
    /// When anything fails, also when what is read back differs, the targets hold nothing.
    pub fn copy_into(
        self,
        targets: &BTreeMap<Context, Arc<Store>>,
        cancellation: &Cancellation,
    ) -> Result<Copied> {
        let mut pairs = Vec::new();
        for (context, source) in self.0.into_iter().rev() {
            let target = targets.get(&context).cloned();
            let target = target
                .ok_or_else(|| Error::internal(format!("{context} has no store to copy to")))?;
            pairs.push(Pair { context, source, target });
        }
        copy_nested(pairs, cancellation.clone(), Copied::default())
    }
}

fn hold_and_read(
    mut to_hold: Vec<Arc<Store>>,
    all: Vec<Arc<Store>>,
) -> Result<BTreeMap<Context, Snapshot>> {
    match to_hold.pop() {
        Some(store) => store.write(Durability::Process, move |_| hold_and_read(to_hold, all)),
        None => all
            .iter()
            .map(|store| Ok((store.context, store.backend.snapshot()?)))
            .collect::<Result<_>>(),
    }
}

struct Pair {
    context: Context,
    source: Snapshot,
    target: Arc<Store>,
}

/// Copies the last pair, and the others within its transaction.
fn copy_nested(
    mut pairs: Vec<Pair>,
    cancellation: Cancellation,
    mut copied: Copied,
) -> Result<Copied> {
    let Some(Pair { context, mut source, target }) = pairs.pop() else { return Ok(copied) };
    target.write(Durability::Power, move |transaction| {
        if transaction.dialect() == Dialect::Postgres {
            // It stands still while the other contexts are copied.
            transaction.execute_script("SET LOCAL idle_in_transaction_session_timeout = 0")?;
        }
        copy_context(context, source.as_mut(), transaction, &cancellation, &mut copied)?;
        drop(source);
        copy_nested(pairs, cancellation, copied)
    })
}

fn copy_context(
    context: Context,
    source: &mut dyn Transaction,
    target: &mut dyn Transaction,
    cancellation: &Cancellation,
    copied: &mut Copied,
) -> Result<()> {
    let from = tables(source)?;
    let to = tables(target)?;
    if let Some(table) = from.iter().find(|table| !to.contains(table)) {
        return Err(Error::unavailable("the target has not the schema of what is copied")
            .at(format!("{context}.{}", table.name))
            .hint("both must be set up by the same version of pynomaly, and by nobody else"));
    }
    refuse_occupied(target, context, &to)?;
    let mut expected = Vec::with_capacity(from.len());
    for table in &from {
        let mut digester = Digester::new(table);
        let here = Here::of(table, target.dialect());
        table_rows::read(source, table, &mut |mut rows| {
            cancellation.check()?;
            for row in &mut rows {
                copied.altered_values += here.fit(row);
            }
            digester.add(&rows);
            table_rows::insert(target, table, &rows)
        })?;
        expected.push(digester.finish(context, table));
    }
    let mut found = Vec::with_capacity(expected.len());
    for table in &from {
        found.push(digest(target, context, table, cancellation)?);
    }
    TableDigest::compare(&expected, &found, "the copy").map_err(|error| {
        error.hint("nothing was kept of it; see whether somebody else writes there, and try again")
    })?;
    copied.tables.extend(found);
    Ok(())
}

fn refuse_occupied(
    transaction: &mut dyn Transaction,
    context: Context,
    tables: &[Table],
) -> Result<()> {
    for table in tables {
        let any = format!("SELECT 1 FROM {} LIMIT 1", quoted(&table.name));
        if transaction.query_one(&any, &[])?.is_some() {
            return Err(Error::usage("the target holds data already")
                .at(format!("{context}.{}", table.name))
                .hint("name an empty one: nothing is ever mixed or replaced"));
        }
    }
    Ok(())
}

fn digest(
    transaction: &mut dyn Transaction,
    context: Context,
    table: &Table,
    cancellation: &Cancellation,
) -> Result<TableDigest> {
    let mut digester = Digester::new(table);
    table_rows::read(transaction, table, &mut |rows| {
        cancellation.check()?;
        digester.add(&rows);
        Ok(())
    })?;
    Ok(digester.finish(context, table))
}

/// A row's new place: what it cannot be there.
struct Here {
    dialect: Dialect,
    /// The state and the holder of a delivery, in the inbox.
    delivery: Option<(usize, usize)>,
}

impl Here {
    fn of(table: &Table, dialect: Dialect) -> Self {
        let is_inbox = table.name == "inbox";
        let delivery = table.place("state").zip(table.place("holder")).filter(|_| is_inbox);
        Self { dialect, delivery }
    }

    /// Makes a row fit; returns how many of its values had to be altered.
    fn fit(&self, row: &mut Row) -> u64 {
        if let Some((state, holder)) = self.delivery {
            if let Some(Value::Text(state)) = row.0.get_mut(state)
                && state == "handling"
            {
                "ready".clone_into(state);
            }
            // Whoever holds it is not there.
            if let Some(holder) = row.0.get_mut(holder) {
                *holder = Value::Null;
            }
        }
        let mut altered = 0;
        for value in &mut row.0 {
            match (self.dialect, value) {
                (Dialect::Postgres, Value::Text(text)) if text.contains('\0') => {
                    *text = text.replace('\0', "\u{fffd}");
                    altered += 1;
                }
                (Dialect::Sqlite, Value::Real(number)) if is_negative_zero(*number) => {
                    *number = 0.0;
                    altered += 1;
                }
                _ => {}
            }
        }
        altered
    }
}

fn is_negative_zero(number: f64) -> bool {
    number.to_bits() == (-0.0_f64).to_bits()
}
