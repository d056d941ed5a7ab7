//! Replay (G9): a group handles events again that it has handled and that are still kept.
//!
//! All of it is one commit, so that no newer event of a subject gets in between. It changes at
//! most as many deliveries as are kept.

use std::sync::Arc;

use serde_json::json;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::bus::Replay;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::{Error, Result};

use super::Stores;
use super::inbox::Inbox;
use super::status::{consumer, publisher};
use crate::store::{Durability, Store, Transaction, Value, append_audit};

/// Events marked in one statement.
const STRETCH: usize = 500;

/// Has a group handle events again; returns how many.
pub(super) fn replay(stores: &Stores, group: &str, which: &Replay, actor: &str) -> Result<u64> {
    let unknown = || {
        Error::usage(format!("there is no consumer group called {group}"))
            .hint("`pynomaly events status` lists them")
    };
    let store = consumer(stores, group).ok_or_else(unknown)?;
    let source = source_of(store, group)?.ok_or_else(unknown)?;
    let publisher = publisher(stores, &source)
        .ok_or_else(|| Error::internal(format!("no store of {source} is open")))?;
    let chosen = Chosen::find(publisher, which)?;
    let (actor, which) = (actor.to_owned(), words(which));
    let (group, now) = (group.to_owned(), store.now());
    let replayed = store.write(Durability::Power, move |transaction| {
        let replayed = Inbox::new(transaction, &group).replay(&chosen)?;
        if replayed > 0 {
            let detail = json!({ "which": which, "events": replayed });
            let entry = AuditEntry::new(actor, "group.replayed", group, detail);
            append_audit(transaction, &[entry], now)?;
        }
        Ok(replayed)
    })?;
    store.activity().notify();
    Ok(replayed)
}

fn source_of(store: &Arc<Store>, group: &str) -> Result<Option<String>> {
    store.read(|transaction| {
        let row = transaction.query_one(
            "SELECT source FROM inbox_position WHERE group_name = $1",
            &[group.into()],
        )?;
        row.map(|row| row.text(0)).transpose()
    })
}

/// For the audit record.
fn words(which: &Replay) -> String {
    match which {
        Replay::All => "all".to_owned(),
        Replay::FromPosition(position) => format!("from position {position}"),
        Replay::FromEvent(event) => format!("from event {event}"),
        Replay::Since(time) => format!("since {time}"),
        Replay::Subject(subject) => format!("of subject {subject}"),
    }
}

/// What of the handled events.
enum Chosen {
    All,
    Subject(String),
    Events(Vec<String>),
}

impl Chosen {
    fn find(publisher: &Store, which: &Replay) -> Result<Self> {
        publisher.read(|transaction| {
            let first = match which {
                Replay::All => return Ok(Self::All),
                Replay::Subject(subject) => return Ok(Self::Subject(subject.clone())),
                Replay::FromPosition(position) => Some(*position),
                Replay::FromEvent(event) => {
                    let row = transaction.query_one(
                        "SELECT position FROM outbox WHERE event_id = $1",
                        &[event.to_string().into()],
                    )?;
                    let missing = || {
                        Error::usage(format!(
                            "event {event} is not what the group listens to, or not kept any more"
                        ))
                    };
                    Some(row.ok_or_else(missing)?.integer(0)?)
                }
                Replay::Since(time) => first_since(transaction, *time)?,
            };
            let Some(first) = first else { return Ok(Self::Events(Vec::new())) };
            let rows = transaction.query(
                "SELECT event_id FROM outbox WHERE position >= $1 ORDER BY position",
                &[first.into()],
            )?;
            rows.iter().map(|row| row.text(0)).collect::<Result<_>>().map(Self::Events)
        })
    }
}

/// The position of the first event that was recorded at a time or later.
fn first_since(transaction: &mut dyn Transaction, time: Timestamp) -> Result<Option<i64>> {
    for row in
        transaction.query("SELECT position, recorded_at FROM outbox ORDER BY position", &[])?
    {
        if row.id::<Timestamp>(1)? >= time {
            return row.integer(0).map(Some);
        }
    }
    Ok(None)
}

impl Inbox<'_> {
    /// Returns handled events to their subjects as replays; says how many.
    fn replay(&mut self, chosen: &Chosen) -> Result<u64> {
        let group: Value = self.group.into();
        let replayed = match chosen {
            Chosen::All => self.return_done("", &[group])?,
            Chosen::Subject(subject) => {
                self.return_done("AND subject = $2", &[group, subject.into()])?
            }
            Chosen::Events(events) => {
                let mut replayed = 0;
                for stretch in events.chunks(STRETCH) {
                    let (these, params) = self.these(stretch);
                    replayed += self.return_done(&format!("AND event_id IN ({these})"), &params)?;
                }
                replayed
            }
        };
        if replayed > 0 {
            self.rouse_all_returned()?;
        }
        Ok(replayed)
    }

    fn return_done(&mut self, condition: &str, params: &[Value]) -> Result<u64> {
        let sql = format!(
            "UPDATE inbox SET state = 'waiting', round = round + 1, attempts = 0, replay = 1,
                    returned = 1, last_error = NULL, started_at = NULL, handled_in_ms = NULL
             WHERE group_name = $1 AND state = 'done' {condition}"
        );
        self.transaction.execute(&sql, params)
    }
}
