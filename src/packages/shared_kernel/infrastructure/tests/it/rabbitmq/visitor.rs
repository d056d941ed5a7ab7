//! Somebody else at the broker: looks into queues, deletes them, puts things into them.

use std::time::{Duration, Instant};

use futures::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicConsumeOptions, BasicGetOptions, BasicPublishOptions, ExchangeDeleteOptions,
    QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};
use tokio::runtime::Runtime;

pub(crate) struct Visitor {
    runtime: Runtime,
    connection: Connection,
    channel: Channel,
}

impl Visitor {
    pub(crate) fn at(url: &str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap();
        let (connection, channel) = runtime.block_on(async {
            let connection = Connection::connect(url, ConnectionProperties::default());
            let connection = connection.await.unwrap();
            let channel = connection.create_channel().await.unwrap();
            (connection, channel)
        });
        Self { runtime, connection, channel }
    }

    /// A queue of its own that gets a copy of every event of a context.
    pub(crate) fn overhear(&self, exchange: &str, context: &str) -> String {
        self.runtime.block_on(async {
            let options = QueueDeclareOptions { exclusive: true, ..Default::default() };
            let queue = self.channel.queue_declare("".into(), options, FieldTable::default());
            let name = queue.await.unwrap().name().clone();
            let (options, table) = (QueueBindOptions::default(), FieldTable::default());
            let bound = self.channel.queue_bind(
                name.clone(),
                exchange.into(),
                context.into(),
                options,
                table,
            );
            bound.await.unwrap();
            name.to_string()
        })
    }

    pub(crate) fn declare_classic(&self, queue: &str) {
        let options = QueueDeclareOptions { durable: true, ..Default::default() };
        let declared = self.channel.queue_declare(queue.into(), options, FieldTable::default());
        self.runtime.block_on(declared).unwrap();
    }

    pub(crate) fn delete_queue(&self, queue: &str) {
        let deleted = self.channel.queue_delete(queue.into(), QueueDeleteOptions::default());
        self.runtime.block_on(deleted).unwrap();
    }

    pub(crate) fn delete_exchange(&self, exchange: &str) {
        let deleted =
            self.channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default());
        self.runtime.block_on(deleted).unwrap();
    }

    /// Puts a message straight into a queue.
    pub(crate) fn put(&self, queue: &str, payload: &[u8], properties: BasicProperties) {
        let options = BasicPublishOptions::default();
        let put = self.channel.basic_publish("".into(), queue.into(), options, payload, properties);
        drop(self.runtime.block_on(put).unwrap());
    }

    /// Takes the oldest message out of a queue.
    pub(crate) fn take(&self, queue: &str) -> Option<Delivery> {
        let options = BasicGetOptions { no_ack: true };
        let got = self.channel.basic_get(queue.into(), options);
        self.runtime.block_on(got).unwrap().map(|message| message.delivery)
    }

    /// Takes so many messages out of a queue, as they come.
    pub(crate) fn take_all(&self, queue: &str, count: usize) -> Vec<Delivery> {
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut taken = Vec::new();
        while taken.len() < count {
            match self.take(queue) {
                Some(message) => taken.push(message),
                None => assert!(Instant::now() < deadline, "{} of {count} came", taken.len()),
            }
        }
        taken
    }

    /// Consumes from a queue, before all who come later.
    pub(crate) fn consume(&self, queue: &str) -> Consumer {
        let (options, table) = (BasicConsumeOptions::default(), FieldTable::default());
        let consumer = self.channel.basic_consume(queue.into(), "".into(), options, table);
        self.runtime.block_on(consumer).unwrap()
    }

    /// Keeps what comes to itself: returns when the first message has.
    pub(crate) fn hoard(&self, consumer: &mut Consumer) {
        self.runtime.block_on(consumer.next()).unwrap().unwrap();
    }

    /// Leaves; what it kept goes back to the queue.
    pub(crate) fn leave(self) {
        self.runtime.block_on(self.connection.close(200, "bye".into())).unwrap();
    }
}
