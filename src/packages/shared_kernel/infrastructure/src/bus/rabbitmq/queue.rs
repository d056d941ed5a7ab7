//! A group's queue while we consume from it.

use std::time::Duration;

use futures::{FutureExt, StreamExt};
use lapin::Consumer;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::{FieldTable, ShortString};
use shared_kernel_domain::event::Context;

use super::client::Client;
use super::link::Link;
use super::standing::Trouble;
use crate::bus::transport::STRETCH;

/// Messages on their way to us: those being taken in, and as many more.
const PREFETCH: u16 = 2 * STRETCH as u16;

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
        client.names.declare_queue(&link.channel, group, source).await?;
        link.channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        let (name, tag) = (client.names.queue(group)?, ShortString::default());
        let (options, table) = (BasicConsumeOptions::default(), FieldTable::default());
        let consumer = link.channel.basic_consume(name, tag, options, table).await?;
        Ok(Self { link, group, source, consumer, ended: None })
    }

    /// Declares the queue again, in case that somebody removed it or unbound it.
    pub(super) async fn mend(&self, client: &Client) -> Result<(), Trouble> {
        client.names.declare_queue(&self.link.channel, self.group, self.source).await
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
        if let Err(error) = self.try_to_settle(messages, wrong).await {
            self.ended.get_or_insert(error.into());
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
