//! The health of consumer groups (G17).

use shared_kernel_domain::Result;
use shared_kernel_domain::bus::GroupStatus;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::Context;

use super::{Stores, outbox};
use crate::store::{Store, Transaction};

/// Upper bounds of the end-to-end histogram, in milliseconds.
const BOUNDS_MS: [f64; 10] =
    [1.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1_000.0, 5_000.0, 30_000.0, f64::MAX];

/// Every group that has begun, and every known one that has not.
pub(super) fn of_groups(
    stores: &Stores,
    known: &[(&'static str, Context)],
    now: Timestamp,
) -> Result<Vec<GroupStatus>> {
    let mut all = Vec::new();
    for (context, store) in stores {
        let begun = store.read(|transaction| {
            transaction
                .query(
                    "SELECT group_name, source, position FROM inbox_position ORDER BY group_name",
                    &[],
                )?
                .iter()
                .map(|row| Ok((row.text(0)?, row.text(1)?, Some(row.integer(2)?))))
                .collect::<Result<Vec<_>>>()
        })?;
        let not_begun: Vec<_> = known
            .iter()
            .filter(|(group, _)| consumer(stores, group).is_some_and(|it| it.context() == *context))
            .filter(|(group, _)| begun.iter().all(|(name, ..)| name != group))
            .map(|(group, source)| ((*group).to_owned(), source.source(), None))
            .collect();
        for (group, source, position) in begun.into_iter().chain(not_begun) {
            let mut status = store.read(|transaction| inbox_status(transaction, &group, now))?;
            status.lag_events += not_received(stores, &group, &source, position)?;
            all.push(status);
        }
    }
    Ok(all)
}

/// The store with a group's inbox: a group's name begins with that of its context.
pub(super) fn consumer<'a>(stores: &'a Stores, group: &str) -> Option<&'a std::sync::Arc<Store>> {
    let (name, _) = group.split_once('.')?;
    stores.values().find(|store| store.context().name() == name)
}

/// The store in which the events of a source are published.
pub(super) fn publisher<'a>(stores: &'a Stores, source: &str) -> Option<&'a std::sync::Arc<Store>> {
    stores.values().find(|store| store.context().source() == source)
}

/// How many events a group has not received yet; it begins with the earliest that is kept.
fn not_received(stores: &Stores, group: &str, source: &str, position: Option<i64>) -> Result<u64> {
    let Some(publisher) = publisher(stores, source) else { return Ok(0) };
    let position = match position {
        Some(position) => position,
        None => publisher.read(outbox::before_earliest)?,
    };
    Ok((outbox::published_beyond(publisher, group, position)? - position) as u64)
}

/// What a group's inbox says. Replays are handled long after they were published: they count as
/// events, and say nothing of how long handling takes.
fn inbox_status(
    transaction: &mut dyn Transaction,
    group: &str,
    now: Timestamp,
) -> Result<GroupStatus> {
    let counts = transaction.query(
        "SELECT state, COUNT(*), MIN(CASE WHEN replay = 0 THEN published_at END),
                CAST(SUM(CASE WHEN attempts > 1 THEN attempts - 1 ELSE 0 END) AS BIGINT)
         FROM inbox WHERE group_name = $1 AND wanted = 1 GROUP BY state ORDER BY state",
        &[group.into()],
    )?;
    let mut status = GroupStatus {
        group: group.to_owned(),
        lag_events: 0,
        lag_seconds: 0.0,
        retries: 0,
        parked: 0,
        handled: 0,
        end_to_end_ms: BOUNDS_MS.iter().map(|bound| (*bound, 0)).collect(),
    };
    for row in counts {
        let count = row.integer(1)? as u64;
        match row.text(0)?.as_str() {
            "done" => status.handled = count,
            "parked" => status.parked = count,
            "discarded" => {}
            _ => {
                status.lag_events += count;
                status.retries += row.integer(3)? as u64;
                if let Some(oldest) =
                    row.opt_text(2)?.and_then(|text| text.parse::<Timestamp>().ok())
                {
                    let age = now.duration_since(oldest).as_secs_f64();
                    status.lag_seconds = status.lag_seconds.max(age);
                }
            }
        }
    }
    for row in transaction.query(
        "SELECT published_at, started_at, handled_in_ms FROM inbox
         WHERE group_name = $1 AND state = 'done' AND handled_in_ms IS NOT NULL AND replay = 0
         ORDER BY arrival DESC LIMIT 1000",
        &[group.into()],
    )? {
        let (published, started): (Timestamp, Timestamp) = (row.id(0)?, row.id(1)?);
        let took = started.duration_since(published).as_secs_f64() * 1e3 + row.real(2)?;
        if let Some((_, count)) = status.end_to_end_ms.iter_mut().find(|(bound, _)| took <= *bound)
        {
            *count += 1;
        }
    }
    Ok(status)
}
