//! A group's consumer: takes in what the broker brings, and reads from the outbox what it does not.
//!
//! The position up to which everything came is remembered with the events themselves. A message at
//! the next position is taken in; at a known one it is dropped; beyond a gap the outbox is read. Of
//! several processes one gets the messages; the others watch, as this one does when it is idle, and
//! read the outbox when nobody takes in what is there.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use lapin::message::Delivery;
use shared_kernel_domain::Result;
use shared_kernel_domain::event::{Context, Envelope};

use super::client::{Beside, Client, Patience};
use super::measure::{self, Way};
use super::message::Brought;
use super::queue::{Coming, Queue};
use super::standing::{Standing, Trouble};
use crate::bus::outbox;
use crate::bus::transport::{STRETCH, Sink, carry_stretch};
use crate::store::Store;

/// How often a consumer that nothing comes to looks at the outbox. What it saw there is left to
/// the broker, or to another process, until the next look.
const LOOK: Duration = Duration::from_secs(1);

/// Carries events of `source` to a group, until asked to stop: through the broker while it is
/// there, from the outbox while it is not.
pub(super) fn carry(client: &Arc<Client>, source: &Store, sink: &dyn Sink) -> Result<()> {
    let (group, context) = (sink.group(), source.context());
    let standing = Arc::new(client.standing(format!("the group {group}")));
    let (name, position) = (context.source(), sink.position()?);
    let mut carrier = Carrier { client, source, sink, name, position, expected: None };
    let mut patience = Patience::default();
    loop {
        let connecting =
            connect(Arc::clone(client), Arc::clone(&standing), patience, group, context);
        let connected = carrier.carry_until_connected(client.beside(connecting))?;
        let Some((mut queue, so_far)) = connected else { return Ok(()) };
        patience = so_far;
        let lost = carrier.carry_through(&mut queue);
        client.finish(queue.link.close());
        patience.lost();
        if let Some(trouble) = lost? {
            standing.away(trouble);
        }
    }
}

/// Connects to a group's queue, as often as it takes.
async fn connect(
    client: Arc<Client>,
    standing: Arc<Standing>,
    mut patience: Patience,
    group: &'static str,
    source: Context,
) -> (Queue, Patience) {
    loop {
        patience.wait().await;
        match Queue::open(&client, group, source).await {
            Ok(queue) => {
                patience.connected();
                standing.connected(queue.link.status().clone());
                return (queue, patience);
            }
            Err(trouble) => standing.away(trouble),
        }
    }
}

struct Carrier<'a> {
    client: &'a Arc<Client>,
    source: &'a Store,
    sink: &'a dyn Sink,
    /// The source, as it stands in its events.
    name: String,
    /// Up to where everything came.
    position: i64,
    /// What the outbox had at the last look, if it had not come then.
    expected: Option<i64>,
}

impl Carrier<'_> {
    /// Carries as the embedded transport does, until there is a connection; `None` when the bus
    /// stops first.
    fn carry_until_connected<T: Send + 'static>(
        &mut self,
        connecting: Beside<T>,
    ) -> Result<Option<T>> {
        loop {
            let stopping = self.sink.stop().is_cancelled();
            let seen = self.source.published().seen();
            let carried = self.carry_stretch()?;
            if stopping {
                return Ok(None);
            }
            if connecting.is_finished() {
                return Ok(self.client.wait(self.sink.stop(), connecting.outcome()).flatten());
            }
            if !carried {
                self.source.published().wait_beyond(seen, LOOK);
            }
        }
    }

    /// Carries what the broker brings, until the bus stops (`None`) or the queue is out of reach.
    fn carry_through(&mut self, queue: &mut Queue) -> Result<Option<Trouble>> {
        self.expected = None;
        while !self.sink.stop().is_cancelled() {
            let Some(coming) = self.client.wait(self.sink.stop(), queue.next(LOOK)) else { break };
            match coming {
                Coming::Messages(messages) => self.take(queue, &messages)?,
                Coming::Nothing => {
                    if let Some(trouble) = self.look(queue)? {
                        return Ok(Some(trouble));
                    }
                }
                Coming::Lost(trouble) => return Ok(Some(trouble)),
            }
        }
        Ok(None)
    }

    /// Takes messages in, durably, and only then tells the broker that they came.
    fn take(&mut self, queue: &mut Queue, messages: &[Delivery]) -> Result<()> {
        self.expected = None;
        let mut wrong = Vec::new();
        let mut next: Vec<(u64, Brought)> = Vec::new();
        let mut newest_known = None;
        for message in messages {
            let Some(brought) = Brought::read(message, &self.name) else {
                wrong.push(message.delivery_tag);
                continue;
            };
            let position = brought.position;
            if position > self.position + next.len() as i64 + 1 {
                self.receive(&mut next, &mut wrong)?;
                self.bridge(position)?;
            }
            let awaited = self.position + next.len() as i64 + 1;
            match position.cmp(&awaited) {
                Ordering::Equal => next.push((message.delivery_tag, brought)),
                Ordering::Less => newest_known = Some(position),
                // The outbox has no such event.
                Ordering::Greater => wrong.push(message.delivery_tag),
            }
        }
        let is_behind = next.is_empty()
            && newest_known.is_some_and(|position| position + (STRETCH as i64) < self.position);
        self.receive(&mut next, &mut wrong)?;
        if self.sink.stop().is_cancelled() {
            // Not all may have been looked up; what is not settled comes again.
            return Ok(());
        }
        self.settle(queue, messages, &wrong);
        if is_behind {
            // The relay has much to repeat; what is new would wait behind it.
            self.catch_up(i64::MAX)?;
        }
        Ok(())
    }

    /// Takes in events that came at the next positions, after a look whether they are the outbox's
    /// own: a queue may hold those of another installation, or of a time before a backup was
    /// restored.
    fn receive(&mut self, next: &mut Vec<(u64, Brought)>, wrong: &mut Vec<u64>) -> Result<()> {
        let Some((_, last)) = next.last() else { return Ok(()) };
        let last = last.position;
        let ids = self.source.read(|transaction| outbox::ids(transaction, self.position, last))?;
        let brought: Vec<(u64, Brought)> = std::mem::take(next);
        let mut events: Vec<Envelope> = Vec::with_capacity(brought.len());
        for (tag, Brought { position, envelope }) in brought {
            match ids.get(&position) {
                Some(id) if *id == envelope.id.to_string() => events.push(envelope),
                _ => wrong.push(tag),
            }
        }
        if events.len() as i64 != last - self.position {
            return self.catch_up(last);
        }
        self.sink.receive(&events, Some(last))?;
        measure::carried(self.sink.group(), Way::Broker, events.len());
        self.position = last;
        Ok(())
    }

    /// Reads the outbox up to before a position, so that the event there is the next one.
    fn bridge(&mut self, position: i64) -> Result<()> {
        // Another process of the group may have taken in what is missing here.
        self.position = self.position.max(self.sink.position()?);
        self.catch_up(position - 1)
    }

    /// Tells the broker what became of its messages. If it does not hear it, it brings them again.
    fn settle(&self, queue: &mut Queue, messages: &[Delivery], wrong: &[u64]) {
        self.client.wait(self.sink.stop(), queue.settle(messages, wrong));
        measure::unreadable(self.sink.group(), wrong.len());
    }

    /// Sees whether the outbox has what nobody brought. If so, reads it, and mends the queue in
    /// case it was that.
    fn look(&mut self, queue: &mut Queue) -> Result<Option<Trouble>> {
        let newest = self.source.read(outbox::newest_position)?;
        if newest > self.position {
            // Another process of the group may have taken it in.
            self.position = self.position.max(self.sink.position()?);
        }
        if newest <= self.position {
            self.expected = None;
            return Ok(None);
        }
        if self.expected.is_none_or(|expected| expected <= self.position) {
            self.expected = Some(newest);
            return Ok(None);
        }
        self.expected = None;
        self.catch_up(i64::MAX)?;
        let mended = self.client.wait(self.sink.stop(), queue.mend(self.client));
        Ok(mended.and_then(Result::err))
    }

    /// Carries from the outbox up to a position, or to its end.
    fn catch_up(&mut self, through: i64) -> Result<()> {
        while self.position < through && !self.sink.stop().is_cancelled() {
            if !self.carry_stretch()? {
                break;
            }
        }
        Ok(())
    }

    /// Carries some events from the outbox; false when there are none.
    fn carry_stretch(&mut self) -> Result<bool> {
        let Some((count, position)) = carry_stretch(self.source, self.sink, self.position)? else {
            return Ok(false);
        };
        measure::carried(self.sink.group(), Way::Outbox, count);
        self.position = position;
        Ok(true)
    }
}
