//! The relay: publishes what a context commits to its outbox, in order, and remembers how far the
//! broker has confirmed it.
//!
//! Where several processes run a context, one relays: it sees that nobody else moves the mark. The
//! others stand by, and one of them takes over when the mark stands still though there is more.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesOrdered;
use lapin::Confirmation;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Context;

use super::client::{Client, Patience};
use super::link::Link;
use super::measure;
use super::message::properties;
use super::standing::{Standing, Trouble};
use crate::bus::outbox::{self, Stored};
use crate::bus::transport::{NET, STRETCH};
use crate::step::{Step, reach};
use crate::store::{Durability, Store, Transaction};

/// A mark that stood still so long, though there is more, is nobody's.
const STAND_BY: Duration = Duration::from_secs(1);
/// Longer events do not travel through the broker, whose prefetch counts messages and not bytes;
/// whoever misses one reads it from the outbox.
const LONGEST: usize = 128 << 10;

/// Publishes what `source` commits, until asked to stop.
pub(super) fn send(client: &Arc<Client>, source: &Store, stop: &Cancellation) -> Result<()> {
    let context = source.context();
    let mut relay = Relay {
        client,
        source,
        stop,
        name: client.names.relay(),
        position: 0,
        standing: client.standing(format!("the events of {context}")),
    };
    relay.begin()?;
    let mut patience = Patience::default();
    while let Some(link) = relay.connected(&mut patience) {
        let lost = relay.publish_through(&link);
        client.finish(link.close());
        if let Some(trouble) = lost? {
            relay.standing.away(trouble);
        }
        patience.lost();
    }
    Ok(())
}

struct Relay<'a> {
    client: &'a Arc<Client>,
    source: &'a Store,
    stop: &'a Cancellation,
    /// Whose mark it is.
    name: String,
    /// Up to where the broker has confirmed, as far as we know.
    position: i64,
    standing: Standing,
}

impl Relay<'_> {
    /// Sets the mark if there is none: what was published before is in the outbox for everybody.
    fn begin(&mut self) -> Result<()> {
        let name = self.name.clone();
        self.position = self.source.write(Durability::Process, move |transaction| {
            if let Some(position) = mark(transaction, &name)? {
                return Ok(position);
            }
            let newest = outbox::newest_position(transaction)?;
            raise(transaction, &name, newest)?;
            Ok(newest)
        })?;
        Ok(())
    }

    /// A connection, as soon as there is one; `None` when the bus stops first.
    fn connected(&self, patience: &mut Patience) -> Option<Link> {
        let opening = async {
            loop {
                patience.wait().await;
                match open(self.client, self.source.context()).await {
                    Ok(link) => return link,
                    Err(trouble) => self.standing.away(trouble),
                }
            }
        };
        let link = self.client.wait(self.stop, opening)?;
        patience.connected();
        self.standing.connected(link.status().clone());
        Some(link)
    }

    /// Publishes until the bus stops (`None`) or the link breaks.
    fn publish_through(&mut self, link: &Link) -> Result<Option<Trouble>> {
        while !self.stop.is_cancelled() {
            if !link.is_alive() {
                return Ok(Some(Trouble::cut_off()));
            }
            let seen = self.source.published().seen();
            let (marked, stretch) = self.source.read(|transaction| {
                let marked = mark(transaction, &self.name)?.unwrap_or(0).max(self.position);
                Ok((marked, outbox::stored_after(transaction, marked, STRETCH)?))
            })?;
            if marked > self.position {
                self.position = marked;
                self.stand_by(link)?;
                continue;
            }
            let Some(last) = stretch.last() else {
                self.source.published().wait_beyond(seen, NET);
                continue;
            };
            reach(Step::AfterRelayRead);
            self.standing.unconfirmed(true);
            let published = self.client.wait(self.stop, self.publish(link, &stretch));
            self.standing.unconfirmed(false);
            match published {
                None => break,
                Some(Err(trouble)) => return Ok(Some(trouble)),
                Some(Ok(())) => reach(Step::AfterConfirm),
            }
            measure::relayed(self.source.context().name(), stretch.len());
            if self.raise_mark(last.position)? {
                self.position = last.position;
            }
            reach(Step::AfterMark);
        }
        Ok(None)
    }

    /// Publishes together and waits until the broker has confirmed each.
    async fn publish(&self, link: &Link, stretch: &[Stored]) -> Result<(), Trouble> {
        let (exchange, key) = (self.client.names.events()?, self.source.context().name());
        let publishing = stretch.iter().filter(|event| event.envelope.len() <= LONGEST);
        let mut sent: FuturesOrdered<_> = publishing
            .map(|event| {
                link.channel.basic_publish(
                    exchange.clone(),
                    key.into(),
                    BasicPublishOptions::default(),
                    event.envelope.as_bytes(),
                    properties(event),
                )
            })
            .collect();
        let mut confirms = Vec::with_capacity(stretch.len());
        while let Some(confirm) = sent.next().await {
            confirms.push(confirm?);
        }
        reach(Step::AfterBrokerPublish);
        for confirm in confirms {
            if let Confirmation::Nack(_) = confirm.await? {
                return Err(Trouble::new(
                    "it did not take an event",
                    "see in its log why; the event is sent again",
                ));
            }
        }
        Ok(())
    }

    /// Moves the mark forward; false when another process has moved it as far already.
    fn raise_mark(&self, position: i64) -> Result<bool> {
        let name = self.name.clone();
        self.source
            .write(Durability::Process, move |transaction| raise(transaction, &name, position))
    }

    /// Returns when nobody else moves the mark, though there is more.
    fn stand_by(&mut self, link: &Link) -> Result<()> {
        while !self.stop.is_cancelled() && link.is_alive() {
            let newest = self.source.read(outbox::newest_position)?;
            self.client.pause(STAND_BY, self.stop);
            let marked = self.source.read(|transaction| mark(transaction, &self.name))?;
            self.position = self.position.max(marked.unwrap_or(0));
            if self.position < newest {
                break;
            }
        }
        Ok(())
    }
}

async fn open(client: &Client, context: Context) -> Result<Link, Trouble> {
    let link = Link::open(&client.uri, format!("pynomaly {context}")).await?;
    let preparing = async {
        client.names.declare_events(&link.channel).await?;
        Ok(link.channel.confirm_select(ConfirmSelectOptions::default()).await?)
    };
    link.ask(preparing).await?;
    Ok(link)
}

/// Up to where a relay has published, if it ever began.
fn mark(transaction: &mut dyn Transaction, name: &str) -> Result<Option<i64>> {
    let row =
        transaction.query_one("SELECT position FROM relay WHERE name = $1", &[name.into()])?;
    row.map(|row| row.integer(0)).transpose()
}

/// Moves a relay's mark forward, never back; returns whether it moved.
fn raise(transaction: &mut dyn Transaction, name: &str, position: i64) -> Result<bool> {
    let raised = transaction.execute(
        "INSERT INTO relay (name, position) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET position = excluded.position
         WHERE excluded.position > relay.position",
        &[name.into(), position.into()],
    )?;
    Ok(raised > 0)
}
