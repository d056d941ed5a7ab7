//! Retention (G10): the newest events are kept, older ones go once every group has passed them.
//!
//! Counted, not dated: no decision looks at the time of day. What is asked is the database, so the
//! groups of other processes count, and those of other versions that do not run any more. Parked
//! and discarded events stay for ever.

use std::sync::Arc;
use std::time::Duration;

use shared_kernel_domain::Result;
use shared_kernel_domain::bus::Subscription;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Context;

use super::{Stores, outbox};
use crate::store::{Durability, Signal, Store, Transaction, Value};

/// A look at what was published at least so often…
const LOOK: Duration = Duration::from_secs(1);
/// …a round when the share of what is kept that was published since the last one is one in so many…
const SHARE: u64 = 10;
/// …or, as other processes publish too, when so many looks went by.
const LOOKS: u32 = 60;
/// Rows deleted in one commit, so that it holds the writer only briefly.
const STRETCH: i64 = 500;
/// Between two such commits.
const PAUSE: Duration = Duration::from_millis(20);

/// Deletes, while the bus runs, what lies behind the newest `keep` events of each context and the
/// newest `keep` deliveries of each group.
pub(super) struct Retention {
    stores: Stores,
    groups: Vec<(Context, &'static str)>,
    keep: i64,
    /// Publications between two rounds.
    enough: u64,
    stop: Cancellation,
    wake: Arc<Signal>,
}

impl Retention {
    /// For the groups of this process, and the contexts that it owns.
    pub(super) fn new(
        stores: &Stores,
        subscriptions: &[Subscription],
        keep: u64,
        stop: Cancellation,
    ) -> Self {
        let groups = subscriptions.iter().map(|it| (it.consumer, it.group)).collect();
        let enough = (keep / SHARE).max(1);
        let keep = i64::try_from(keep).unwrap_or(i64::MAX);
        Self { stores: stores.clone(), groups, keep, enough, stop, wake: Arc::default() }
    }

    /// Has whoever runs it see that the bus stops.
    pub(super) fn wake(&self) -> Arc<Signal> {
        Arc::clone(&self.wake)
    }

    /// Runs until the bus stops.
    pub(super) fn run(&self) {
        while !self.stop.is_cancelled() {
            let seen = self.publications();
            // What fails now is deleted in a later round.
            let _ = self.round();
            for _ in 0..LOOKS {
                self.wake.wait_beyond(0, LOOK);
                if self.stop.is_cancelled() || self.publications() - seen >= self.enough {
                    break;
                }
            }
        }
    }

    fn publications(&self) -> u64 {
        self.stores.values().map(|store| store.published().seen()).sum()
    }

    fn round(&self) -> Result<()> {
        for source in self.stores.values().filter(|store| store.is_owned()) {
            self.forget_events(source)?;
        }
        for (consumer, group) in &self.groups {
            if let Some(consumer) = self.stores.get(consumer) {
                self.forget_deliveries(consumer, group)?;
            }
        }
        Ok(())
    }

    fn forget_events(&self, source: &Store) -> Result<()> {
        let (newest, first) = source.read(|transaction| {
            Ok((outbox::published(transaction)?, outbox::before_earliest(transaction)? + 1))
        })?;
        if newest - first < self.keep {
            return Ok(());
        }
        let border = self.passed(source)?.min(newest - self.keep);
        let mut below = first;
        while below <= border && self.pause() {
            let last = border.min(below + STRETCH - 1);
            source.write(Durability::Process, move |transaction| {
                transaction.execute("DELETE FROM outbox WHERE position <= $1", &[last.into()])
            })?;
            below = last + 1;
        }
        Ok(())
    }

    /// The position that every group and relay has passed, of whatever process; fails where one
    /// cannot be asked.
    fn passed(&self, source: &Store) -> Result<i64> {
        let name = source.context().source();
        let mut passed = source
            .read(|transaction| lowest(transaction, "SELECT MIN(position) FROM relay", &[]))?;
        for consumer in self.stores.values() {
            let position = consumer.read(|transaction| {
                let sql = "SELECT MIN(position) FROM inbox_position WHERE source = $1";
                lowest(transaction, sql, &[(&name).into()])
            })?;
            passed = passed.min(position);
        }
        Ok(passed)
    }

    fn forget_deliveries(&self, consumer: &Store, group: &'static str) -> Result<()> {
        let arrived = consumer.read(|transaction| {
            let row = transaction.query_one(
                "SELECT value FROM counter WHERE name = $1",
                &[format!("inbox/{group}").into()],
            )?;
            row.map_or(Ok(0), |row| row.integer(0))
        })?;
        let border = arrived - self.keep;
        while border > 0 && self.pause() {
            let deleted = consumer.write(Durability::Process, move |transaction| {
                transaction.execute(
                    "DELETE FROM inbox WHERE group_name = $1 AND event_id IN (
                         SELECT event_id FROM inbox
                         WHERE group_name = $1 AND state = 'done' AND arrival <= $2
                         ORDER BY arrival LIMIT $3)",
                    &[group.into(), border.into(), STRETCH.into()],
                )
            })?;
            if deleted == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Lets others write; whether to go on.
    fn pause(&self) -> bool {
        self.wake.wait_beyond(0, PAUSE);
        !self.stop.is_cancelled()
    }
}

fn lowest(transaction: &mut dyn Transaction, sql: &str, params: &[Value]) -> Result<i64> {
    let row = transaction.query_one(sql, params)?;
    Ok(row.map_or(Ok(None), |row| row.opt_integer(0))?.unwrap_or(i64::MAX))
}
