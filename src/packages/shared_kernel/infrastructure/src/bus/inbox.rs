//! The inbox: a consumer group's durable work queue, in its own context's database.
//!
//! Order and deduplication rest on the source's sequence per subject, which has no gaps: an event
//! is ready when its sequence is the subject's next one; a smaller one was handled before and is
//! dropped; a larger one waits. So the group's transport may repeat and reorder as it likes.
//!
//! States: waiting (an earlier event of the subject is open) → ready → handling → done, or parked
//! after too many attempts until a person requeues or discards it. What was requeued or replayed is
//! `ready_again` instead of ready: it gives way to what comes in for the first time. At most one event of a subject
//! is ready or being handled.

use std::time::Duration;

use shared_kernel_domain::bus::{Delivery, PoisonPolicy, Receipt};
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::Envelope;
use shared_kernel_domain::{Error, ErrorKind, Result};

use crate::store::{Transaction, Value, next_number};

/// The state of an event that may be handled now.
pub(super) const READY: &str = "CASE WHEN round > 0 THEN 'ready_again' ELSE 'ready' END";

/// A group's inbox tables seen through one transaction.
pub(crate) struct Inbox<'a> {
    pub(super) transaction: &'a mut dyn Transaction,
    pub(super) group: &'a str,
}

/// How a group takes its events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// What happens behind a parked event.
    pub(crate) policy: PoisonPolicy,
    /// Whether each is a replay.
    pub(crate) shadow: bool,
}

/// Whether a group wants an event.
pub(crate) enum Interest {
    /// Its handler gets it.
    Wanted,
    /// It is passed over.
    Unwanted,
    /// Nobody here can read it: it is parked, never dropped.
    Unreadable(String),
}

impl<'a> Inbox<'a> {
    pub(crate) fn new(transaction: &'a mut dyn Transaction, group: &'a str) -> Self {
        Self { transaction, group }
    }

    /// The position up to which a source's outbox was received.
    pub(crate) fn position(&mut self, source: &str) -> Result<i64> {
        Ok(self.known_position(source)?.unwrap_or_default())
    }

    /// The same; `None` when the group has not begun yet.
    pub(super) fn known_position(&mut self, source: &str) -> Result<Option<i64>> {
        let row = self.transaction.query_one(
            "SELECT position FROM inbox_position WHERE group_name = $1 AND source = $2",
            &[self.group.into(), source.into()],
        )?;
        row.map(|row| row.integer(0)).transpose()
    }

    /// Remembers that a source's outbox was received up to a position.
    pub(crate) fn set_position(&mut self, source: &str, position: i64) -> Result<()> {
        self.transaction.execute(
            "INSERT INTO inbox_position (group_name, source, position) VALUES ($1, $2, $3)
             ON CONFLICT (group_name, source) DO UPDATE SET position = excluded.position
             WHERE excluded.position > inbox_position.position",
            &[self.group.into(), source.into(), position.into()],
        )?;
        Ok(())
    }

    /// Takes in an event; returns whether an event became ready.
    pub(crate) fn receive(
        &mut self,
        envelope: &Envelope,
        interest: &Interest,
        terms: Terms,
    ) -> Result<bool> {
        let (source, subject) = (&envelope.source, &envelope.subject);
        let (next, has_returned) = self.progress(source, subject)?;
        let sequence = envelope.sequence as i64;
        if sequence < next {
            return Ok(false);
        }
        let is_next = sequence == next;
        if is_next && matches!(interest, Interest::Unwanted) {
            return self.pass(source, subject, next, has_returned);
        }
        let (state, last_error) = match interest {
            Interest::Unreadable(reason) => ("parked", Some(reason.as_str())),
            _ if is_next && !has_returned => ("ready", None),
            _ => ("waiting", None),
        };
        let skippable = terms.policy == PoisonPolicy::SkipEvent;
        let arrival = next_number(self.transaction, &format!("inbox/{}", self.group))?;
        let text = serde_json::to_string(envelope)
            .map_err(|cause| Error::internal("an event does not serialise").caused_by(cause))?;
        let inserted = self.transaction.execute(
            "INSERT INTO inbox (group_name, event_id, arrival, source, subject, sequence,
                                event_type, correlation_id, published_at, envelope, wanted, skippable,
                                state, attempts, last_error, replay)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14, $15)
             ON CONFLICT (group_name, event_id) DO NOTHING",
            &[
                self.group.into(),
                envelope.id.to_string().into(),
                arrival.into(),
                source.into(),
                subject.into(),
                sequence.into(),
                (&envelope.event_type).into(),
                envelope.correlation_id.to_string().into(),
                envelope.time.to_string().into(),
                text.into(),
                (!matches!(interest, Interest::Unwanted)).into(),
                skippable.into(),
                state.into(),
                last_error.into(),
                terms.shadow.into(),
            ],
        )?;
        if inserted > 0 && is_next && skippable && state == "parked" {
            return self.pass(source, subject, sequence, has_returned);
        }
        Ok(inserted > 0 && state == "ready")
    }

    /// How many events may be handled for the first time now, counted up to `limit`.
    pub(crate) fn count_ready(&mut self, limit: usize) -> Result<usize> {
        let ready = self.transaction.query(
            "SELECT 1 FROM inbox WHERE group_name = $1 AND state = 'ready' LIMIT $2",
            &[self.group.into(), limit.into()],
        )?;
        Ok(ready.len())
    }

    /// The events that may be handled now: those for the first time before those that were returned
    /// by a person or the other way round, each oldest first and at most `limit`.
    pub(crate) fn ready(&mut self, limit: usize, again_first: bool) -> Result<Vec<String>> {
        let rows = self.transaction.query(
            "SELECT event_id, 0 AS lane FROM (
                 SELECT event_id FROM inbox WHERE group_name = $1 AND state = 'ready'
                 ORDER BY arrival LIMIT $2) AS first_time
             UNION ALL
             SELECT event_id, 1 AS lane FROM (
                 SELECT event_id FROM inbox WHERE group_name = $1 AND state = 'ready_again'
                 ORDER BY arrival LIMIT $2) AS again",
            &[self.group.into(), limit.into()],
        )?;
        let mut events: Vec<(bool, String)> = rows
            .iter()
            .map(|row| Ok((row.integer(1)? == 1, row.text(0)?)))
            .collect::<Result<_>>()?;
        events.sort_by_key(|(is_again, _)| *is_again != again_first);
        Ok(events.into_iter().map(|(_, event_id)| event_id).collect())
    }

    /// Counts an attempt and takes the event for handling; `None` when it is not ready any more or
    /// its attempts are used up.
    pub(crate) fn claim(
        &mut self,
        event_id: &str,
        holder: &str,
        max_attempts: u32,
        now: Timestamp,
    ) -> Result<Option<Delivery>> {
        let row = self.transaction.query_one(
            "UPDATE inbox SET state = 'handling', attempts = attempts + 1, started_at = $3,
                    holder = $5
             WHERE group_name = $1 AND event_id = $2 AND state IN ('ready', 'ready_again')
                   AND attempts < $4
             RETURNING envelope, round, attempts, replay",
            &[
                self.group.into(),
                event_id.into(),
                now.to_string().into(),
                max_attempts.into(),
                holder.into(),
            ],
        )?;
        row.map(|row| {
            Ok(Delivery {
                group: self.group.to_owned(),
                envelope: row.json(0)?,
                round: row.integer(1)? as u32,
                attempt: row.integer(2)? as u32,
                replay: row.integer(3)? == 1,
            })
        })
        .transpose()
    }

    /// Hands an event back without counting the attempt.
    pub(crate) fn hand_back(&mut self, receipt: &Receipt) -> Result<()> {
        self.transaction.execute(
            &format!(
                "UPDATE inbox SET state = {READY}, attempts = attempts - 1
                 WHERE group_name = $1 AND event_id = $2 AND state = 'handling' AND round = $3
                       AND attempts = $4"
            ),
            &receipt_params(receipt),
        )?;
        Ok(())
    }

    /// Records a failed attempt: the event is ready for the next one.
    pub(crate) fn fail(&mut self, receipt: &Receipt, error: &str) -> Result<()> {
        let [group, event, round, attempt] = receipt_params(receipt);
        self.transaction.execute(
            &format!(
                "UPDATE inbox SET state = {READY}, last_error = $5
                 WHERE group_name = $1 AND event_id = $2 AND state = 'handling' AND round = $3
                       AND attempts = $4"
            ),
            &[group, event, round, attempt, error.into()],
        )?;
        Ok(())
    }

    /// Gives up an event whose attempts are used up; returns whether another became ready. An event
    /// that somebody may still try stays as it is.
    pub(crate) fn park(
        &mut self,
        event_id: &str,
        max_attempts: u32,
        error: Option<&str>,
    ) -> Result<bool> {
        let row = self.transaction.query_one(
            "UPDATE inbox SET state = 'parked', last_error = COALESCE($3, last_error)
             WHERE group_name = $1 AND event_id = $2 AND state IN ('ready', 'ready_again', 'handling')
                   AND attempts >= $4
             RETURNING source, subject, sequence, returned, skippable",
            &[self.group.into(), event_id.into(), error.into(), max_attempts.into()],
        )?;
        match row {
            Some(row) if row.integer(4)? == 1 => self.go_on_behind(&row),
            _ => Ok(false),
        }
    }

    /// Ends a delivery whose receipt is still good; returns whether another event became ready.
    fn end(&mut self, receipt: &Receipt, took: Option<Duration>) -> Result<bool> {
        let [group, event, round, attempt] = receipt_params(receipt);
        let took_ms = took.map(|took| took.as_secs_f64() * 1e3);
        let row = self.transaction.query_one(
            "UPDATE inbox SET state = 'done', handled_in_ms = $5
             WHERE group_name = $1 AND event_id = $2 AND state = 'handling' AND round = $3
                   AND attempts = $4
             RETURNING source, subject, sequence, returned",
            &[group, event, round, attempt, took_ms.into()],
        )?;
        let Some(row) = row else {
            let stale = format!(
                "attempt {} at event {} of {} is not the current one any more",
                receipt.attempt, receipt.event_id, receipt.group
            );
            return Err(Error::new(ErrorKind::Interrupted, stale));
        };
        self.go_on_behind(&row)
    }
}

fn receipt_params(receipt: &Receipt) -> [Value; 4] {
    [
        (&receipt.group).into(),
        receipt.event_id.to_string().into(),
        receipt.round.into(),
        receipt.attempt.into(),
    ]
}

/// Ends a delivery inside the transaction of its handler's changes; refuses a stale receipt.
pub(crate) fn complete(
    transaction: &mut dyn Transaction,
    receipt: &Receipt,
    took: Option<Duration>,
) -> Result<()> {
    Inbox::new(transaction, &receipt.group).end(receipt, took).map(drop)
}
