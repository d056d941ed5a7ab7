//! Dead letters (G8): parked events are requeued or discarded by a person, each with an audit
//! record, in small commits.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::bus::ParkedFilter;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::Result;

use super::inbox::Inbox;
use super::{Stores, measure};
use crate::store::{Durability, Store, Transaction, Value, append_audit, next_number};

/// Commits of a requeue per second, where its rate allows for so many.
const COMMITS_PER_SECOND: u32 = 10;
/// Events discarded in one commit.
const DISCARDS: usize = 100;
/// A look at whether to stop at least so often.
const LOOK: Duration = Duration::from_millis(50);

/// What to do with a parked event inside a transaction; whether it was parked.
type Step = fn(&mut Inbox<'_>, &str) -> Result<bool>;

/// The condition that picks parked events out of the inbox, and its parameters.
pub(super) fn condition(which: &ParkedFilter) -> (String, Vec<Value>) {
    // Every group has a position; with its name the index finds what is parked.
    let mut condition =
        "state = 'parked' AND group_name IN (SELECT group_name FROM inbox_position)".to_owned();
    let mut params: Vec<Value> = Vec::new();
    let mut narrow = |clause: &str, value: Value| {
        params.push(value);
        condition.push_str(&format!(" AND {clause} ${}", params.len()));
    };
    if let Some(event_id) = &which.event_id {
        narrow("event_id =", event_id.to_string().into());
    }
    if let Some(group) = &which.group {
        narrow("group_name =", group.into());
    }
    if let Some(event_type) = &which.event_type {
        narrow("event_type LIKE", format!("%{}%", event_type.to_lowercase()).into());
    }
    if let Some(subject) = &which.subject {
        narrow("subject =", subject.into());
    }
    (condition, params)
}

/// Gives parked events another row of attempts, at most so many a second.
pub(super) fn requeue(
    stores: &Stores,
    which: &ParkedFilter,
    per_second: NonZeroU32,
    actor: &str,
    cancellation: &Cancellation,
) -> Result<u64> {
    let in_one_commit = per_second.get().div_ceil(COMMITS_PER_SECOND);
    let pause = Duration::from_secs(1) * in_one_commit / per_second.get();
    let step: Step = |inbox, event_id| inbox.requeue(event_id);
    let act = Act { step, action: "event.requeued", actor, reason: None };
    act.on(stores, which, in_one_commit as usize, pause, cancellation)
}

/// Gives parked events up for good.
pub(super) fn discard(
    stores: &Stores,
    which: &ParkedFilter,
    reason: &str,
    actor: &str,
    cancellation: &Cancellation,
) -> Result<u64> {
    let step: Step = |inbox, event_id| inbox.discard(event_id);
    let act = Act { step, action: "event.discarded", actor, reason: Some(reason) };
    act.on(stores, which, DISCARDS, Duration::ZERO, cancellation)
}

/// What a person does to parked events.
struct Act<'a> {
    step: Step,
    action: &'static str,
    actor: &'a str,
    reason: Option<&'a str>,
}

impl Act<'_> {
    /// Does it to all that are parked now, so many in each commit, with pauses between commits.
    fn on(
        &self,
        stores: &Stores,
        which: &ParkedFilter,
        in_one_commit: usize,
        pause: Duration,
        cancellation: &Cancellation,
    ) -> Result<u64> {
        let mut done = 0;
        let mut not_before = Instant::now();
        for store in stores.values() {
            for stretch in parked(store, which)?.chunks(in_one_commit) {
                if !wait_until(not_before, cancellation) {
                    return Ok(done);
                }
                not_before = Instant::now() + pause;
                done += self.commit(store, stretch).map_err(|error| match done {
                    0 => error,
                    _ => error.hint(format!("{done} were done before; the others are parked")),
                })?;
            }
        }
        Ok(done)
    }

    fn commit(&self, store: &Arc<Store>, stretch: &[(String, String)]) -> Result<u64> {
        let (step, now) = (self.step, store.now());
        let letters: Vec<(String, String, AuditEntry)> = stretch
            .iter()
            .map(|(group, event_id)| (group.clone(), event_id.clone(), self.entry(group, event_id)))
            .collect();
        let groups = store.write(Durability::Power, move |transaction| {
            let mut groups = Vec::new();
            for (group, event_id, entry) in letters {
                // Somebody else may have been first.
                if step(&mut Inbox::new(transaction, &group), &event_id)? {
                    append_audit(transaction, &entry, now)?;
                    groups.push(group);
                }
            }
            Ok(groups)
        })?;
        if self.reason.is_some() {
            groups.iter().for_each(|group| measure::discarded(group));
        }
        store.activity().notify();
        Ok(groups.len() as u64)
    }

    fn entry(&self, group: &str, event_id: &str) -> AuditEntry {
        let detail = match self.reason {
            Some(reason) => json!({ "group": group, "reason": reason }),
            None => json!({ "group": group }),
        };
        AuditEntry::new(self.actor, self.action, event_id, detail)
    }
}

/// Group and id of parked events, in the order in which they came in.
fn parked(store: &Store, which: &ParkedFilter) -> Result<Vec<(String, String)>> {
    let (condition, params) = condition(which);
    let sql =
        format!("SELECT group_name, event_id FROM inbox WHERE {condition} ORDER BY arrival");
    store.read(|transaction: &mut dyn Transaction| {
        let rows = transaction.query(&sql, &params)?;
        rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
    })
}

/// Whether the moment came before a request to stop did.
fn wait_until(moment: Instant, cancellation: &Cancellation) -> bool {
    loop {
        if cancellation.is_cancelled() {
            return false;
        }
        let left = moment.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        std::thread::sleep(left.min(LOOK));
    }
}

impl Inbox<'_> {
    /// Gives a parked event another row of attempts, behind what waits already.
    fn requeue(&mut self, event_id: &str) -> Result<bool> {
        let arrival = next_number(self.transaction, &format!("inbox/{}", self.group))?;
        let row = self.transaction.query_one(
            "UPDATE inbox SET state = 'waiting', arrival = $3, round = round + 1, attempts = 0,
                    returned = CASE WHEN sequence < (
                        SELECT next_sequence FROM inbox_subject AS own
                        WHERE own.group_name = inbox.group_name AND own.source = inbox.source
                              AND own.subject = inbox.subject) THEN 1 ELSE 0 END
             WHERE group_name = $1 AND event_id = $2 AND state = 'parked'
             RETURNING source, subject",
            &[self.group.into(), event_id.into(), arrival.into()],
        )?;
        let Some(row) = row else { return Ok(false) };
        self.rouse(&row.text(0)?, &row.text(1)?)?;
        Ok(true)
    }

    /// Gives a parked event up for good.
    fn discard(&mut self, event_id: &str) -> Result<bool> {
        let row = self.transaction.query_one(
            "UPDATE inbox SET state = 'discarded', returned = 0
             WHERE group_name = $1 AND event_id = $2 AND state = 'parked'
             RETURNING source, subject",
            &[self.group.into(), event_id.into()],
        )?;
        let Some(row) = row else { return Ok(false) };
        self.rouse(&row.text(0)?, &row.text(1)?)?;
        Ok(true)
    }
}
