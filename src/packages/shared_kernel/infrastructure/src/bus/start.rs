//! Where a group begins that has no place in its source's order yet (G3).
//!
//! Order in the inbox rests on the sequence of each subject, which begins at 1. A group that does
//! not begin with the first event ever, because it does not want to or because older ones are not
//! kept, is told for each subject which sequence comes first.

use std::collections::BTreeMap;

use shared_kernel_domain::Result;
use shared_kernel_domain::bus::{StartAt, Subscription};

use super::inbox::Inbox;
use super::outbox;
use crate::store::{Durability, Store, Transaction, Value};

/// Subjects written in one statement.
const STRETCH: usize = 250;

/// Gives a group its place, if it has none; refuses a place that its source cannot have.
pub(super) fn begin(subscription: &Subscription, consumer: &Store, source: &Store) -> Result<()> {
    let (group, name, start) =
        (subscription.group, subscription.source.source(), subscription.start);
    let known =
        consumer.read(|transaction| Inbox::new(transaction, group).known_position(&name))?;
    if let Some(position) = known {
        return outbox::published_beyond(source, group, position).map(drop);
    }
    let place = source.read(|transaction| Place::find(transaction, start))?;
    consumer.write(Durability::Process, move |transaction| {
        // Another process may have been first.
        if Inbox::new(transaction, group).known_position(&name)?.is_some() {
            return Ok(());
        }
        let subjects: Vec<(String, i64)> = place.next_sequences.into_iter().collect();
        for stretch in subjects.chunks(STRETCH) {
            set_next_sequences(transaction, group, &name, stretch)?;
        }
        Inbox::new(transaction, group).set_position(&name, place.position)
    })
}

/// A place in a source's order.
struct Place {
    /// Up to here the group gets nothing.
    position: i64,
    /// Each subject's first sequence behind it, where that is not 1.
    next_sequences: BTreeMap<String, i64>,
}

impl Place {
    fn find(transaction: &mut dyn Transaction, start: StartAt) -> Result<Self> {
        let published = outbox::published(transaction)?;
        let before_earliest = outbox::before_earliest(transaction)?;
        let position = match start {
            StartAt::Earliest => before_earliest,
            StartAt::Now => published,
            StartAt::Position(first) => (first - 1).clamp(before_earliest, published),
        };
        if position == 0 {
            return Ok(Self { position, next_sequences: BTreeMap::new() });
        }
        let mut next_sequences = BTreeMap::new();
        for row in
            transaction.query("SELECT name, value FROM counter WHERE name LIKE 'subject/%'", &[])?
        {
            if let Some(subject) = row.text(0)?.strip_prefix("subject/") {
                next_sequences.insert(subject.to_owned(), row.integer(1)? + 1);
            }
        }
        for row in transaction.query(
            "SELECT subject, MIN(sequence) FROM outbox WHERE position > $1 GROUP BY subject",
            &[position.into()],
        )? {
            next_sequences.insert(row.text(0)?, row.integer(1)?);
        }
        next_sequences.retain(|_, next| *next > 1);
        Ok(Self { position, next_sequences })
    }
}

fn set_next_sequences(
    transaction: &mut dyn Transaction,
    group: &str,
    source: &str,
    subjects: &[(String, i64)],
) -> Result<()> {
    let mut params: Vec<Value> = vec![group.into(), source.into()];
    let mut rows = Vec::with_capacity(subjects.len());
    for (subject, next) in subjects {
        rows.push(format!("($1, $2, ${}, ${})", params.len() + 1, params.len() + 2));
        params.extend([subject.into(), (*next).into()]);
    }
    let rows = rows.join(", ");
    transaction.execute(
        &format!(
            "INSERT INTO inbox_subject (group_name, source, subject, next_sequence) VALUES {rows}"
        ),
        &params,
    )?;
    Ok(())
}
