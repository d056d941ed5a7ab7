//! Retention (G10): the newest events are kept, older ones go once every group has passed them.
//!
//! Counted, not dated: no decision looks at the time of day.

use shared_kernel_domain::Result;
use shared_kernel_domain::bus::Subscription;

use super::Stores;
use super::inbox::Inbox;
use crate::store::{Durability, Store};

/// Deletes what lies behind the newest `keep` events of each context and the newest `keep` handled
/// deliveries of each group. Events that a group has not received, and deliveries that are not
/// done, stay whatever their number.
pub(crate) fn apply(stores: &Stores, subscriptions: &[Subscription], keep: u64) -> Result<()> {
    for source in stores.values() {
        let mut passed = i64::MAX;
        for subscription in subscriptions.iter().filter(|it| it.source == source.context()) {
            let Some(consumer) = stores.get(&subscription.consumer) else { return Ok(()) };
            let name = source.context().source();
            let position = consumer
                .read(|transaction| Inbox::new(transaction, subscription.group).position(&name))?;
            passed = passed.min(position);
        }
        forget_events(source, passed, keep)?;
    }
    for subscription in subscriptions {
        if let Some(consumer) = stores.get(&subscription.consumer) {
            forget_deliveries(consumer, subscription.group, keep)?;
        }
    }
    Ok(())
}

fn forget_events(source: &Store, passed: i64, keep: u64) -> Result<()> {
    let newest = source.read(super::outbox::newest_position)?;
    let border = passed.min(newest.saturating_sub(keep as i64));
    if border <= 0 {
        return Ok(());
    }
    source.write(Durability::Process, move |transaction| {
        transaction.execute("DELETE FROM outbox WHERE position <= $1", &[border.into()])?;
        Ok(())
    })
}

fn forget_deliveries(consumer: &Store, group: &'static str, keep: u64) -> Result<()> {
    let newest = consumer.read(|transaction| {
        let row = transaction
            .query_one("SELECT MAX(arrival) FROM inbox WHERE group_name = $1", &[group.into()])?;
        row.map_or(Ok(None), |row| row.opt_integer(0))
    })?;
    let border = newest.unwrap_or(0).saturating_sub(keep as i64);
    if border <= 0 {
        return Ok(());
    }
    consumer.write(Durability::Process, move |transaction| {
        transaction.execute(
            "DELETE FROM inbox WHERE group_name = $1 AND state = 'done' AND arrival <= $2",
            &[group.into(), border.into()],
        )?;
        Ok(())
    })
}
