//! The inbox: a consumer group's durable work queue, in its own context's database.
//!
//! Order and deduplication rest on the source's sequence per subject, which has no gaps: an event
//! is ready when its sequence is the subject's next one; a smaller one was handled before and is
//! dropped; a larger one waits. So the group's transport may repeat and reorder as it likes.
//!
//! States: waiting (an earlier event of the subject is open) → ready → handling → done, or parked
//! after too many attempts until a person makes it ready again.

use std::time::Duration;

use shared_kernel_domain::bus::{Delivery, PoisonPolicy, Receipt};
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::Envelope;
use shared_kernel_domain::{Error, ErrorKind, Result};

use crate::store::{Row, Transaction, Value, next_number};

/// A group's inbox tables seen through one transaction.
pub(crate) struct Inbox<'a> {
    transaction: &'a mut dyn Transaction,
    group: &'a str,
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
        let row = self.transaction.query_one(
            "SELECT position FROM inbox_position WHERE group_name = $1 AND source = $2",
            &[self.group.into(), source.into()],
        )?;
        row.map_or(Ok(0), |row| row.integer(0))
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
        policy: PoisonPolicy,
    ) -> Result<bool> {
        let next = self.next_sequence(&envelope.source, &envelope.subject)?;
        let sequence = envelope.sequence as i64;
        if sequence < next {
            return Ok(false);
        }
        let is_next = sequence == next;
        if is_next && matches!(interest, Interest::Unwanted) {
            return self.advance(&envelope.source, &envelope.subject, next);
        }
        let (state, last_error) = match interest {
            Interest::Unreadable(reason) => ("parked", Some(reason.as_str())),
            _ if is_next => ("ready", None),
            _ => ("waiting", None),
        };
        let skippable = policy == PoisonPolicy::SkipEvent;
        let arrival = next_number(self.transaction, &format!("inbox/{}", self.group))?;
        let text = serde_json::to_string(envelope)
            .map_err(|cause| Error::internal("an event does not serialise").caused_by(cause))?;
        let inserted = self.transaction.execute(
            "INSERT INTO inbox (group_name, event_id, arrival, source, subject, sequence,
                                event_type, correlation_id, published_at, envelope, wanted, skippable,
                                state, attempts, last_error)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14)
             ON CONFLICT (group_name, event_id) DO NOTHING",
            &[
                self.group.into(),
                envelope.id.to_string().into(),
                arrival.into(),
                (&envelope.source).into(),
                (&envelope.subject).into(),
                sequence.into(),
                (&envelope.event_type).into(),
                envelope.correlation_id.to_string().into(),
                envelope.time.to_string().into(),
                text.into(),
                (!matches!(interest, Interest::Unwanted)).into(),
                skippable.into(),
                state.into(),
                last_error.into(),
            ],
        )?;
        if inserted > 0 && is_next && skippable && state == "parked" {
            return self.advance(&envelope.source, &envelope.subject, sequence);
        }
        Ok(inserted > 0 && state == "ready")
    }

    /// The events that may be handled now, oldest first, at most `limit`.
    pub(crate) fn ready(&mut self, limit: usize) -> Result<Vec<(String, String)>> {
        self.transaction
            .query(
                "SELECT event_id, subject FROM inbox WHERE group_name = $1 AND state = 'ready'
                 ORDER BY arrival LIMIT $2",
                &[self.group.into(), limit.into()],
            )?
            .iter()
            .map(|row| Ok((row.text(0)?, row.text(1)?)))
            .collect()
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
             WHERE group_name = $1 AND event_id = $2 AND state = 'ready'
                   AND attempts < $4
             RETURNING envelope, attempts",
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
                attempt: row.integer(1)? as u32,
            })
        })
        .transpose()
    }

    /// Hands an event back without counting the attempt.
    pub(crate) fn hand_back(&mut self, receipt: &Receipt) -> Result<()> {
        self.transaction.execute(
            "UPDATE inbox SET state = 'ready', attempts = attempts - 1
             WHERE group_name = $1 AND event_id = $2 AND state = 'handling' AND attempts = $3",
            &receipt_params(receipt),
        )?;
        Ok(())
    }

    /// Records a failed attempt: the event is ready for the next one.
    pub(crate) fn fail(&mut self, receipt: &Receipt, error: &str) -> Result<()> {
        let [group, event, attempt] = receipt_params(receipt);
        self.transaction.execute(
            "UPDATE inbox SET state = 'ready', last_error = $4
             WHERE group_name = $1 AND event_id = $2 AND state = 'handling' AND attempts = $3",
            &[group, event, attempt, error.into()],
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
             WHERE group_name = $1 AND event_id = $2 AND state IN ('ready', 'handling')
                   AND attempts >= $4
             RETURNING source, subject, sequence, skippable",
            &[self.group.into(), event_id.into(), error.into(), max_attempts.into()],
        )?;
        match row {
            Some(row) if row.integer(3)? == 1 => self.advance_past(&row),
            _ => Ok(false),
        }
    }

    /// Ends a delivery whose receipt is still good; returns whether another event became ready.
    fn end(&mut self, receipt: &Receipt, took: Option<Duration>) -> Result<bool> {
        let [group, event, attempt] = receipt_params(receipt);
        let row = self.transaction.query_one(
            "UPDATE inbox SET state = 'done', handled_in_ms = $4
             WHERE group_name = $1 AND event_id = $2 AND state = 'handling' AND attempts = $3
             RETURNING source, subject, sequence",
            &[group, event, attempt, took.map(|took| took.as_secs_f64() * 1e3).into()],
        )?;
        let Some(row) = row else {
            let stale = format!(
                "attempt {} at event {} of {} is not the current one any more",
                receipt.attempt, receipt.event_id, receipt.group
            );
            return Err(Error::new(ErrorKind::Interrupted, stale));
        };
        self.advance_past(&row)
    }

    fn advance_past(&mut self, row: &Row) -> Result<bool> {
        self.advance(&row.text(0)?, &row.text(1)?, row.integer(2)?)
    }

    /// Moves a subject's next sequence past `handled` and past what nobody wants; returns whether
    /// the event there became ready.
    fn advance(&mut self, source: &str, subject: &str, handled: i64) -> Result<bool> {
        let place = |sequence: i64| -> [Value; 4] {
            [self.group.into(), source.into(), subject.into(), sequence.into()]
        };
        let mut next = handled + 1;
        let became_ready = loop {
            let waiting = self.transaction.query_one(
                "SELECT wanted, skippable, state FROM inbox
                 WHERE group_name = $1 AND source = $2 AND subject = $3 AND sequence = $4",
                &place(next),
            )?;
            let Some(waiting) = waiting else { break false };
            if waiting.integer(0)? == 0 {
                self.transaction.execute(
                    "DELETE FROM inbox
                     WHERE group_name = $1 AND source = $2 AND subject = $3 AND sequence = $4",
                    &place(next),
                )?;
            } else if waiting.text(2)? == "waiting" {
                self.transaction.execute(
                    "UPDATE inbox SET state = 'ready'
                     WHERE group_name = $1 AND source = $2 AND subject = $3 AND sequence = $4",
                    &place(next),
                )?;
                break true;
            } else if waiting.text(2)? != "parked" || waiting.integer(1)? == 0 {
                break false;
            }
            next += 1;
        };
        self.transaction.execute(
            "INSERT INTO inbox_subject (group_name, source, subject, next_sequence)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (group_name, source, subject)
             DO UPDATE SET next_sequence = excluded.next_sequence
             WHERE excluded.next_sequence > inbox_subject.next_sequence",
            &place(next),
        )?;
        Ok(became_ready)
    }

    fn next_sequence(&mut self, source: &str, subject: &str) -> Result<i64> {
        let row = self.transaction.query_one(
            "SELECT next_sequence FROM inbox_subject
             WHERE group_name = $1 AND source = $2 AND subject = $3",
            &[self.group.into(), source.into(), subject.into()],
        )?;
        row.map_or(Ok(1), |row| row.integer(0))
    }
}

fn receipt_params(receipt: &Receipt) -> [Value; 3] {
    [(&receipt.group).into(), receipt.event_id.to_string().into(), receipt.attempt.into()]
}

/// Ends a delivery inside the transaction of its handler's changes; refuses a stale receipt.
pub(crate) fn complete(
    transaction: &mut dyn Transaction,
    receipt: &Receipt,
    took: Option<Duration>,
) -> Result<()> {
    Inbox::new(transaction, &receipt.group).end(receipt, took).map(drop)
}
