//! The broker's exchanges and queues: durable, and declared by whoever comes first.
//!
//! `<namespace>.events` takes every event under its context's name; `<namespace>.<group>` is a
//! group's quorum queue, read by one consumer at a time. What a group cannot read, and what came
//! too often, goes to `<namespace>.dead-letters`, where nothing expires.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{Channel, ExchangeKind};
use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};

use super::standing::{Trouble, reason};

/// Deliveries of a message before the broker puts it aside.
const DELIVERY_LIMIT: i32 = 20;
/// What AMQP answers when something exists with other settings.
const PRECONDITION_FAILED: u16 = 406;
/// Longest namespace: with the longest group it is still a name that AMQP can write.
const LONGEST_NAMESPACE: usize = 100;

/// The names of an installation's exchanges and queues.
pub(super) struct Names {
    namespace: String,
}

impl Names {
    pub(super) fn new(namespace: &str) -> Result<Self> {
        let is_name = !namespace.is_empty()
            && namespace.len() <= LONGEST_NAMESPACE
            && namespace.split('.').next() != Some("amq")
            && namespace.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if !is_name {
            return Err(Error::usage(format!("{namespace:?} cannot be a namespace in RabbitMQ"))
                .hint(format!(
                    "use up to {LONGEST_NAMESPACE} letters, digits, '.', '_' and '-', and not amq"
                )));
        }
        Ok(Self { namespace: namespace.to_owned() })
    }

    /// The name of the relay's place in the outbox.
    pub(super) fn relay(&self) -> String {
        format!("rabbitmq/{}", self.namespace)
    }

    pub(super) fn events(&self) -> ShortString {
        self.named("events")
    }

    pub(super) fn queue(&self, group: &str) -> ShortString {
        self.named(group)
    }

    fn dead_letters(&self) -> ShortString {
        self.named("dead-letters")
    }

    /// Groups have short names in the source text; one that AMQP cannot write is refused by the
    /// broker as any wrong name is.
    fn named(&self, what: &str) -> ShortString {
        ShortString::try_new(format!("{}.{what}", self.namespace)).unwrap_or_default()
    }

    /// What is published goes here.
    pub(super) async fn declare_events(&self, channel: &Channel) -> Result<(), Trouble> {
        exchange(channel, self.events(), ExchangeKind::Direct).await
    }

    /// A group's queue, with all that is around it.
    pub(super) async fn declare_queue(
        &self,
        channel: &Channel,
        group: &str,
        source: Context,
    ) -> Result<(), Trouble> {
        self.declare_events(channel).await?;
        let aside = self.dead_letters();
        exchange(channel, aside.clone(), ExchangeKind::Fanout).await?;
        queue(channel, aside.clone(), &[]).await?;
        bind(channel, aside.clone(), aside.clone(), "").await?;
        let settings = [
            ("x-single-active-consumer", AMQPValue::Boolean(true)),
            ("x-delivery-limit", AMQPValue::LongInt(DELIVERY_LIMIT)),
            ("x-dead-letter-exchange", AMQPValue::LongString(LongString::from(aside.as_str()))),
        ];
        queue(channel, self.queue(group), &settings).await?;
        bind(channel, self.queue(group), self.events(), source.name()).await
    }
}

async fn exchange(
    channel: &Channel,
    name: ShortString,
    kind: ExchangeKind,
) -> Result<(), Trouble> {
    let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
    let declared = channel.exchange_declare(name.clone(), kind, options, FieldTable::default());
    declared.await.map_err(|error| refused(&error, "exchange", &name))
}

async fn queue(
    channel: &Channel,
    name: ShortString,
    settings: &[(&'static str, AMQPValue)],
) -> Result<(), Trouble> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    for (setting, value) in settings {
        arguments.insert((*setting).into(), value.clone());
    }
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    let declared = channel.queue_declare(name.clone(), options, arguments).await;
    declared.map(drop).map_err(|error| refused(&error, "queue", &name))
}

async fn bind(
    channel: &Channel,
    queue: ShortString,
    exchange: ShortString,
    key: &'static str,
) -> Result<(), Trouble> {
    let options = QueueBindOptions::default();
    let bound =
        channel.queue_bind(queue.clone(), exchange, key.into(), options, FieldTable::default());
    bound.await.map_err(|error| refused(&error, "queue", &queue))
}

fn refused(error: &lapin::Error, kind: &str, name: &ShortString) -> Trouble {
    match error.kind() {
        lapin::ErrorKind::ProtocolError(cause) if cause.get_id() == PRECONDITION_FAILED => {
            Trouble::new(
                format!("the {kind} {name} exists with other settings: {}", cause.get_message()),
                format!(
                    "delete the {kind} {name}: it is made anew, and no event is lost with it, for \
                     they are in the database"
                ),
            )
        }
        lapin::ErrorKind::ProtocolError(_) => {
            Trouble { what: format!("the {kind} {name}: {}", reason(error)), ..error.into() }
        }
        _ => error.into(),
    }
}
