//! A group's queue while we consume from it.

use std::time::Duration;

use futures::{FutureExt, StreamExt};
use lapin::Consumer;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions, QueueDeleteOptions,
};
use lapin::types::{FieldTable, ShortString};
use shared_kernel_domain::event::Context;

use super::client::Client;
use super::link::Link;
use super::standing::Trouble;
use crate::bus::transport::STRETCH;

/// Messages on their way to us: those being taken in, and as many more.
const PREFETCH: u16 = 2 * STRETCH as u16;

/// How long a queue may take to let us consume: a leader may have to be elected first.
const LEADER_PATIENCE: Duration = Duration::from_secs(15);

/// What came from a queue.
pub(super) enum Coming {
    /// All that was there.
    Messages(Vec<Delivery>),
    /// Nothing for a while.
    Nothing,
    /// Nothing will come any more.
    Lost(Trouble),
}

/// A group's queue, consumed through a connection of its own.
pub(super) struct Queue {
    pub(super) link: Link,
    group: &'static str,
    source: Context,
    consumer: Consumer,
    ended: Option<Trouble>,
}

impl Queue {
    /// Connects, declares the queue and begins to consume.
    pub(super) async fn open(
        client: &Client,
        group: &'static str,
        source: Context,
    ) -> Result<Self, Trouble> {
        let link = Link::open(&client.uri, format!("pynomaly {group}")).await?;
        link.ask(client.names.declare_queue(&link.channel, group, source)).await?;
        let name = client.names.queue(group)?;
        let consuming = consume(&link, name.clone());
        match tokio::time::timeout(LEADER_PATIENCE, consuming).await {
            Ok(consumer) => Ok(Self { link, group, source, consumer: consumer?, ended: None }),
            Err(_) => Err(replace(client, name).await),
        }
    }

    /// Declares the queue again, in case that somebody removed it or unbound it.
    pub(super) async fn mend(&self, client: &Client) -> Result<(), Trouble> {
        let declaring = client.names.declare_queue(&self.link.channel, self.group, self.source);
        self.link.ask(declaring).await
    }

    /// The messages that are there, as soon as there is one.
    pub(super) async fn next(&mut self, patience: Duration) -> Coming {
        if let Some(trouble) = self.ended.take() {
            return Coming::Lost(trouble);
        }
        let first = match tokio::time::timeout(patience, self.consumer.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(error))) => return Coming::Lost(error.into()),
            Ok(None) => return Coming::Lost(Trouble::cancelled()),
            Err(_) if self.link.is_alive() => return Coming::Nothing,
            Err(_) => return Coming::Lost(Trouble::cut_off()),
        };
        let mut messages = vec![first];
        while messages.len() < STRETCH {
            match self.consumer.next().now_or_never() {
                Some(Some(Ok(message))) => messages.push(message),
                Some(Some(Err(error))) => {
                    self.ended = Some(error.into());
                    break;
                }
                Some(None) => {
                    self.ended = Some(Trouble::cancelled());
                    break;
                }
                None => break,
            }
        }
        Coming::Messages(messages)
    }

    /// Acknowledges messages; those that are wrong go to the dead letters.
    pub(super) async fn settle(&mut self, messages: &[Delivery], wrong: &[u64]) {
        let settling = async { Ok(self.try_to_settle(messages, wrong).await?) };
        if let Err(trouble) = self.link.ask(settling).await {
            self.ended.get_or_insert(trouble);
        }
    }

    async fn try_to_settle(&self, messages: &[Delivery], wrong: &[u64]) -> lapin::Result<()> {
        let channel = &self.link.channel;
        for tag in wrong {
            channel.basic_reject(*tag, BasicRejectOptions { requeue: false }).await?;
        }
        let tags = messages.iter().map(|message| message.delivery_tag);
        match tags.filter(|tag| !wrong.contains(tag)).max() {
            Some(last) => channel.basic_ack(last, BasicAckOptions { multiple: true }).await,
            None => Ok(()),
        }
    }
}

async fn consume(link: &Link, name: ShortString) -> lapin::Result<Consumer> {
    link.channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
    let (options, table) = (BasicConsumeOptions::default(), FieldTable::default());
    link.channel.basic_consume(name, ShortString::default(), options, table).await
}

/// Deletes a queue that has no leader, so that the next attempt makes it anew. RabbitMQ leaves such
/// a queue when it is killed soon after it was declared: it never answers, and holds back the
/// confirms of all that is published to it. No event is lost with it, for the outbox has them all.
async fn replace(client: &Client, name: ShortString) -> Trouble {
    let what = format!("the queue {name} has no leader");
    let deleting = async {
        let link = Link::open(&client.uri, "pynomaly".to_owned()).await?;
        let deleting = link.channel.queue_delete(name.clone(), QueueDeleteOptions::default());
        tokio::time::timeout(LEADER_PATIENCE, deleting).await.map_err(|_| Trouble::silent())??;
        Ok::<_, Trouble>(())
    };
    match deleting.await {
        Ok(()) => Trouble::new(what, "it is made anew; no event is lost with it"),
        Err(trouble) => Trouble::new(
            format!("{what}, and cannot be deleted: {}", trouble.what),
            format!("delete the queue {name}: it is made anew, and no event is lost with it"),
        ),
    }
}
