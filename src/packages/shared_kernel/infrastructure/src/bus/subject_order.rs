//! One subject's order in an inbox: which of its events is next, and how it goes on.
//!
//! At most one event of a subject is ready or being handled. An event that the subject has gone
//! past, and that is requeued or replayed, is *returned*: it does not move the subject's next
//! sequence, so nothing already known comes in again, and the subject handles its returned events,
//! earliest first, before it goes on.

use shared_kernel_domain::Result;

use super::inbox::{Inbox, READY};
use crate::store::{Row, Value};

/// The next sequence of an event's subject, inside a statement over the inbox.
pub(super) const NEXT_SEQUENCE: &str = "COALESCE((
    SELECT next_sequence FROM inbox_subject
    WHERE inbox_subject.group_name = inbox.group_name AND inbox_subject.source = inbox.source
          AND inbox_subject.subject = inbox.subject), 1)";
/// The earliest returned event of its subject.
const EARLIEST_RETURNED: &str = "(
    SELECT MIN(sequence) FROM inbox AS other
    WHERE other.group_name = inbox.group_name AND other.source = inbox.source
          AND other.subject = inbox.subject AND other.returned = 1)";
/// Whether an event of its subject is ready or being handled: a returned one or the next.
fn has_active() -> String {
    let active = |which: &str| {
        format!(
            "EXISTS (SELECT 1 FROM inbox AS other
                     WHERE other.group_name = inbox.group_name AND other.source = inbox.source
                           AND other.subject = inbox.subject AND {which}
                           AND other.state IN ('ready', 'ready_again', 'handling'))"
        )
    };
    let next = format!("other.sequence = {NEXT_SEQUENCE}");
    format!("({} OR {})", active("other.returned = 1"), active(&next))
}

/// How far a subject is.
struct Front {
    /// The sequence of its next event.
    next: i64,
    /// Whether that one has come and waits.
    is_waiting: bool,
    /// The sequence of its earliest returned event.
    earliest_returned: Option<i64>,
}

/// What a subject has at a place in its order.
enum Ahead {
    /// What it does not wait for.
    Passable,
    /// An event that may be next.
    Waiting,
    /// Nothing yet, or what it waits for.
    Held,
}

impl Inbox<'_> {
    /// A subject goes on behind an event that has ended: source, subject, sequence, returned.
    pub(super) fn go_on_behind(&mut self, row: &Row) -> Result<bool> {
        let (source, subject, sequence) = (row.text(0)?, row.text(1)?, row.integer(2)?);
        if row.integer(3)? == 0 {
            return self.go_on(&source, &subject, sequence + 1);
        }
        self.transaction.execute(
            "UPDATE inbox SET returned = 0
             WHERE group_name = $1 AND source = $2 AND subject = $3 AND sequence = $4",
            &self.place(&source, &subject, sequence),
        )?;
        let (next, _) = self.progress(&source, &subject)?;
        self.go_on(&source, &subject, next)
    }

    /// A subject goes past its next event, which is not to be handled.
    pub(super) fn pass(
        &mut self,
        source: &str,
        subject: &str,
        sequence: i64,
        has_returned: bool,
    ) -> Result<bool> {
        if has_returned {
            // One of those is at work, or its end is what the subject waits for.
            return self.move_on(source, subject, sequence + 1).map(|_| false);
        }
        self.go_on(source, subject, sequence + 1)
    }

    /// Makes the subject's earliest open event ready; none of them is ready or being handled, and
    /// what is before `next` has ended but for what was returned. Says whether there was one.
    fn go_on(&mut self, source: &str, subject: &str, next: i64) -> Result<bool> {
        let front = self.move_on(source, subject, next)?;
        let sequence = match front.earliest_returned {
            Some(returned) => returned,
            None if front.is_waiting => front.next,
            None => return Ok(false),
        };
        let made_ready = self.transaction.execute(
            &format!(
                "UPDATE inbox SET state = {READY}
                 WHERE group_name = $1 AND source = $2 AND subject = $3 AND sequence = $4
                       AND state = 'waiting'"
            ),
            &self.place(source, subject, sequence),
        )?;
        Ok(made_ready > 0)
    }

    /// Moves a subject's next sequence to `next` and past what nobody waits for, never back.
    fn move_on(&mut self, source: &str, subject: &str, mut next: i64) -> Result<Front> {
        let ahead = loop {
            match self.ahead(source, subject, next)? {
                Ahead::Passable => next += 1,
                ahead => break ahead,
            }
        };
        let row = self.transaction.query_one(
            "INSERT INTO inbox_subject (group_name, source, subject, next_sequence)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (group_name, source, subject) DO UPDATE
             SET next_sequence = CASE WHEN excluded.next_sequence > inbox_subject.next_sequence
                                      THEN excluded.next_sequence
                                      ELSE inbox_subject.next_sequence END
             RETURNING (SELECT MIN(sequence) FROM inbox
                        WHERE group_name = $1 AND source = $2 AND subject = $3 AND returned = 1)",
            &self.place(source, subject, next),
        )?;
        let earliest_returned = row.map_or(Ok(None), |row| row.opt_integer(0))?;
        Ok(Front { next, is_waiting: matches!(ahead, Ahead::Waiting), earliest_returned })
    }

    /// What a subject has at a place in its order; an event that nobody wants is forgotten.
    fn ahead(&mut self, source: &str, subject: &str, sequence: i64) -> Result<Ahead> {
        let place = self.place(source, subject, sequence);
        let event = self.transaction.query_one(
            "SELECT wanted, skippable, state FROM inbox
             WHERE group_name = $1 AND source = $2 AND subject = $3 AND sequence = $4",
            &place,
        )?;
        let Some(event) = event else { return Ok(Ahead::Held) };
        if event.integer(0)? == 0 {
            self.transaction.execute(
                "DELETE FROM inbox
                 WHERE group_name = $1 AND source = $2 AND subject = $3 AND sequence = $4",
                &place,
            )?;
            return Ok(Ahead::Passable);
        }
        let is_skippable = event.integer(1)? == 1;
        Ok(match event.text(2)?.as_str() {
            "waiting" => Ahead::Waiting,
            "done" | "discarded" => Ahead::Passable,
            "parked" if is_skippable => Ahead::Passable,
            _ => Ahead::Held,
        })
    }

    /// A subject's next sequence, and whether returned events come before it.
    pub(super) fn progress(&mut self, source: &str, subject: &str) -> Result<(i64, bool)> {
        let row = self.transaction.query_one(
            "SELECT (SELECT next_sequence FROM inbox_subject
                     WHERE group_name = $1 AND source = $2 AND subject = $3),
                    (SELECT returned FROM inbox
                     WHERE group_name = $1 AND source = $2 AND subject = $3 AND returned = 1
                     LIMIT 1)",
            &[self.group.into(), source.into(), subject.into()],
        )?;
        let Some(row) = row else { return Ok((1, false)) };
        Ok((row.opt_integer(0)?.unwrap_or(1), row.opt_integer(1)?.is_some()))
    }

    fn place(&self, source: &str, subject: &str, sequence: i64) -> [Value; 4] {
        [self.group.into(), source.into(), subject.into(), sequence.into()]
    }

    /// Lets a subject go on, unless one of its events is ready or being handled; says whether one
    /// became ready.
    pub(super) fn rouse(&mut self, source: &str, subject: &str) -> Result<bool> {
        let (next, _) = self.progress(source, subject)?;
        let active = self.transaction.query_one(
            "SELECT 1 FROM inbox
             WHERE group_name = $1 AND source = $2 AND subject = $3 AND sequence = $4
                   AND state IN ('ready', 'ready_again', 'handling')
             UNION ALL
             SELECT 1 FROM inbox
             WHERE group_name = $1 AND source = $2 AND subject = $3 AND returned = 1
                   AND state IN ('ready', 'ready_again', 'handling')
             LIMIT 1",
            &self.place(source, subject, next),
        )?;
        if active.is_some() {
            return Ok(false);
        }
        self.go_on(source, subject, next)
    }

    /// Makes those of these events ready that are the earliest open one of their subject, where no
    /// event of the subject is ready or being handled.
    pub(super) fn rouse_events(&mut self, events: &[String]) -> Result<()> {
        let (these, params) = self.these(events);
        let has_active = has_active();
        self.transaction.execute(
            &format!(
                "UPDATE inbox SET state = {READY}
                 WHERE group_name = $1 AND state = 'waiting' AND event_id IN ({these})
                       AND sequence = COALESCE({EARLIEST_RETURNED}, {NEXT_SEQUENCE})
                       AND NOT {has_active}"
            ),
            &params,
        )?;
        Ok(())
    }

    /// Makes the earliest returned event of each subject ready, where no event of the subject is
    /// ready or being handled.
    pub(super) fn rouse_all_returned(&mut self) -> Result<()> {
        let has_active = has_active();
        self.transaction.execute(
            &format!(
                "UPDATE inbox SET state = {READY}
                 WHERE group_name = $1 AND state = 'waiting' AND returned = 1
                       AND sequence = {EARLIEST_RETURNED} AND NOT {has_active}"
            ),
            &[self.group.into()],
        )?;
        Ok(())
    }

    /// The parameters of a statement over a group's events, and where the events are among them.
    pub(super) fn these(&self, events: &[String]) -> (String, Vec<Value>) {
        let places: Vec<String> = (2..events.len() + 2).map(|place| format!("${place}")).collect();
        let group = Value::from(self.group);
        (places.join(", "), std::iter::once(group).chain(events.iter().map(Value::from)).collect())
    }
}
