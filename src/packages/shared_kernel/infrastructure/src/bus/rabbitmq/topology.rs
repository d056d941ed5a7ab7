//! The broker's exchanges and queues: durable, and declared by whoever comes first.
//!
//! `<namespace>.events` takes every event under its context's name; `<namespace>.<group>` is a
//! group's quorum queue, read by one consumer at a time. What a group cannot read, and what came
//! too often, goes to `<namespace>.dead-letters`, where nothing expires.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{Channel, ExchangeKind};
use shared_kernel_domain::Error;
use shared_kernel_domain::event::Context;

use super::standing::{Trouble, reason};

/// Deliveries of a message before the broker puts it aside.
const DELIVERY_LIMIT: i32 = 20;
/// What AMQP answers when something exists with other settings.
const PRECONDITION_FAILED: u16 = 406;
/// Longest namespace: with a group behind it, it is still a name that AMQP can write.
const LONGEST_NAMESPACE: usize = 100;

/// The names of an installation's exchanges and queues.
pub(super) struct Names {
    namespace: String,
}

impl Names {
    pub(super) fn new(namespace: &str) -> Result<Self, Error> {
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

    pub(super) fn events(&self) -> Result<ShortString, Trouble> {
        self.named("events")
    }

    pub(super) fn queue(&self, group: &str) -> Result<ShortString, Trouble> {
        self.named(group)
    }

    fn dead_letters(&self) -> Result<ShortString, Trouble> {
        self.named("dead-letters")
    }

    fn named(&self, what: &str) -> Result<ShortString, Trouble> {
        ShortString::try_new(format!("{}.{what}", self.namespace)).map_err(|_| {
            Trouble::new(format!("{what} is too long for a name"), "use a shorter namespace")
        })
    }

    /// What is published goes here.
    pub(super) async fn declare_events(&self, channel: &Channel) -> Result<(), Trouble> {
        exchange(channel, self.events()?, ExchangeKind::Direct).await
    }

    /// A group's queue, with all that is around it.
    pub(super) async fn declare_queue(
        &self,
        channel: &Channel,
        group: &str,
        source: Context,
    ) -> Result<(), Trouble> {
        self.declare_events(channel).await?;
        let (aside, own) = (self.dead_letters()?, self.queue(group)?);
        exchange(channel, aside.clone(), ExchangeKind::Fanout).await?;
        queue(channel, aside.clone(), &[]).await?;
        bind(channel, aside.clone(), aside.clone(), "").await?;
        let settings = [
            ("x-single-active-consumer", AMQPValue::Boolean(true)),
            ("x-delivery-limit", AMQPValue::LongInt(DELIVERY_LIMIT)),
            ("x-dead-letter-exchange", AMQPValue::LongString(LongString::from(aside.as_str()))),
        ];
        queue(channel, own.clone(), &settings).await?;
        bind(channel, own, self.events()?, source.name()).await
    }
}

async fn exchange(channel: &Channel, name: ShortString, kind: ExchangeKind) -> Result<(), Trouble> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_a_short_word() {
        for good in ["pynomaly", "team-a.pynomaly_2", &"x".repeat(LONGEST_NAMESPACE)] {
            let names = Names::new(good).unwrap();
            assert_eq!(names.queue("mlops.train").unwrap().as_str(), format!("{good}.mlops.train"));
        }
        for bad in ["", "a b", "a/b", "ä", "amq", "amq.x", &"x".repeat(LONGEST_NAMESPACE + 1)] {
            let error = Names::new(bad).err().unwrap();
            assert!(error.what().contains("cannot be a namespace"), "{error}");
            assert!(error.hint_text().is_some());
        }
        assert!(Names::new("pynomaly").unwrap().queue(&"x".repeat(255)).is_err());
    }
}
