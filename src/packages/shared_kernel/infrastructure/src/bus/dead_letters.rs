//! Dead letters (G8): parked events are requeued or discarded by a person, each with an audit
//! record, in small commits.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use serde_json::json;
use shared_kernel_domain::Result;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::bus::ParkedFilter;
use shared_kernel_domain::cancellation::Cancellation;

use super::inbox::Inbox;
use super::subject_order::NEXT_SEQUENCE;
use super::{Stores, measure};
use crate::store::{Durability, Store, Value, append_audit};

/// Commits of a requeue per second, where its rate allows for so many.
const COMMITS_PER_SECOND: u32 = 10;
/// Events requeued in one commit at most.
const REQUEUES: u32 = 250;
/// Events discarded in one commit, which moves the subject of each on.
const DISCARDS: usize = 25;
/// Between two commits of a discard.
const DISCARD_PAUSE: Duration = Duration::from_millis(20);
/// A look at whether to stop at least so often.
const LOOK: Duration = Duration::from_millis(50);

/// What to do with events inside a transaction; which of them were parked.
type Step = fn(&mut Inbox<'_>, &[String]) -> Result<Vec<String>>;

/// The condition that picks parked events out of the inbox, and its parameters.
pub(super) fn condition(which: &ParkedFilter) -> (String, Vec<Value>) {
    // Every group has a position; with its name the index finds what is parked.
    let mut condition =
        "state = 'parked' AND group_name IN (SELECT group_name FROM inbox_position)".to_owned();
    let mut params: Vec<Value> = Vec::new();
    let mut narrow = |clause: &str, value: Value| {
        params.push(value);
        condition = format!("{condition} AND {clause} ${}", params.len());
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
    let in_one_commit = per_second.get().div_ceil(COMMITS_PER_SECOND).min(REQUEUES);
    let pause = Duration::from_secs(1) * in_one_commit / per_second.get();
    let step: Step = |inbox, events| inbox.requeue(events);
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
    let step: Step = |inbox, events| inbox.discard(events);
    let act = Act { step, action: "event.discarded", actor, reason: Some(reason) };
    act.on(stores, which, DISCARDS, DISCARD_PAUSE, cancellation)
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
            for (group, events) in parked(store, which)? {
                for stretch in events.chunks(in_one_commit) {
                    if !wait_until(not_before, cancellation) {
                        return Ok(done);
                    }
                    not_before = Instant::now() + pause;
                    done += self.commit(store, &group, stretch).map_err(|error| match done {
                        0 => error,
                        _ => error.hint(format!("{done} were done before; the rest is parked")),
                    })?;
                }
            }
        }
        Ok(done)
    }

    fn commit(&self, store: &Store, group: &str, events: &[String]) -> Result<u64> {
        let (step, now) = (self.step, store.now());
        let (name, events) = (group.to_owned(), events.to_vec());
        let entry = self.entry(group);
        let done = store.write(Durability::Power, move |transaction| {
            // Somebody else may have been first with some.
            let done = step(&mut Inbox::new(transaction, &name), &events)?;
            let of_each = |event: &String| AuditEntry { subject: event.clone(), ..entry.clone() };
            let entries: Vec<AuditEntry> = done.iter().map(of_each).collect();
            append_audit(transaction, &entries, now)?;
            Ok(done.len() as u64)
        })?;
        if self.reason.is_some() {
            measure::discarded(group, done);
        }
        store.activity().notify();
        Ok(done)
    }

    fn entry(&self, group: &str) -> AuditEntry {
        let detail = match self.reason {
            Some(reason) => json!({ "group": group, "reason": reason }),
            None => json!({ "group": group }),
        };
        AuditEntry::new(self.actor, self.action, "", detail)
    }
}

/// The ids of parked events by group, in the order in which they came in.
fn parked(store: &Store, which: &ParkedFilter) -> Result<BTreeMap<String, Vec<String>>> {
    let (condition, params) = condition(which);
    let sql = format!("SELECT group_name, event_id FROM inbox WHERE {condition} ORDER BY arrival");
    store.read(|transaction| {
        let mut parked: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in transaction.query(&sql, &params)? {
            parked.entry(row.text(0)?).or_default().push(row.text(1)?);
        }
        Ok(parked)
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
    /// Gives parked events another row of attempts. Statements over all of them keep the commit
    /// short, since what comes in meanwhile waits for it.
    fn requeue(&mut self, events: &[String]) -> Result<Vec<String>> {
        let (these, params) = self.these(events);
        let requeued = self.transaction.query(
            &format!(
                "UPDATE inbox SET state = 'waiting', round = round + 1, attempts = 0,
                        returned = CASE WHEN sequence < {NEXT_SEQUENCE} THEN 1 ELSE 0 END
                 WHERE group_name = $1 AND state = 'parked' AND event_id IN ({these})
                 RETURNING event_id"
            ),
            &params,
        )?;
        self.rouse_events(events)?;
        requeued.iter().map(|row| row.text(0)).collect()
    }

    /// Gives parked events up for good.
    fn discard(&mut self, events: &[String]) -> Result<Vec<String>> {
        let (these, params) = self.these(events);
        let discarded = self.transaction.query(
            &format!(
                "UPDATE inbox SET state = 'discarded', returned = 0
                 WHERE group_name = $1 AND state = 'parked' AND event_id IN ({these})
                 RETURNING event_id, source, subject"
            ),
            &params,
        )?;
        for row in &discarded {
            self.rouse(&row.text(1)?, &row.text(2)?)?;
        }
        discarded.iter().map(|row| row.text(0)).collect()
    }
}
