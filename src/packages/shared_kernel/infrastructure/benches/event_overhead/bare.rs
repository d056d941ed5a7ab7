//! The broker by itself: a message of the same size through a queue of the same kind.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions,
    ExchangeDeleteOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};
use testkit::servers::Broker;
use tokio::runtime::Runtime;

/// As long as the envelope of the events that are measured.
const LENGTH: usize = 620;

/// A publisher and a consumer, each with a connection.
pub(crate) struct BareClient {
    runtime: Runtime,
    queue: String,
    publisher: Channel,
    consumer: Mutex<Consumer>,
    _connections: [Connection; 2],
}

impl BareClient {
    pub(crate) fn connect(broker: &Broker) -> Self {
        let runtime = runtime();
        let queue = format!("{}.bare", broker.namespace());
        let (publisher, consumer, connections) = runtime.block_on(async {
            let (publishing, publisher) = open(broker).await;
            let (consuming, channel) = open(broker).await;
            publisher.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
            let mut quorum = FieldTable::default();
            quorum.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
            let durable = QueueDeclareOptions { durable: true, ..Default::default() };
            channel.queue_declare(queue.as_str().into(), durable, quorum).await.unwrap();
            let (options, table) = (BasicConsumeOptions::default(), FieldTable::default());
            let name = queue.as_str().into();
            let consumer = channel.basic_consume(name, "".into(), options, table).await.unwrap();
            (publisher, Mutex::new(consumer), [publishing, consuming])
        });
        Self { runtime, queue, publisher, consumer, _connections: connections }
    }

    /// How long until a message is confirmed, and until it is delivered.
    pub(crate) fn publish_and_wait(&self) -> (Duration, Duration) {
        let mut consumer = self.consumer.lock().unwrap();
        self.runtime.block_on(async {
            let begins = Instant::now();
            let publishing = async {
                let properties = BasicProperties::default().with_delivery_mode(2);
                let confirm = self.publisher.basic_publish(
                    "".into(),
                    self.queue.as_str().into(),
                    BasicPublishOptions::default(),
                    &[b' '; LENGTH],
                    properties,
                );
                confirm.await.unwrap().await.unwrap();
                begins.elapsed()
            };
            let delivering = async {
                let delivery = consumer.next().await.unwrap().unwrap();
                let delivered = begins.elapsed();
                delivery.ack(BasicAckOptions::default()).await.unwrap();
                delivered
            };
            futures::future::join(publishing, delivering).await
        })
    }
}

/// Leaves nothing on a broker that lives on.
pub(crate) fn clean_up(broker: &Broker) {
    runtime().block_on(async {
        let (_connection, channel) = open(broker).await;
        for queue in ["bare", "data_quality.bench", "data_science.bench", "dead-letters"] {
            let queue = format!("{}.{queue}", broker.namespace());
            channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
        }
        for exchange in ["events", "dead-letters"] {
            let exchange = format!("{}.{exchange}", broker.namespace());
            channel
                .exchange_delete(exchange.into(), ExchangeDeleteOptions::default())
                .await
                .unwrap();
        }
    });
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

async fn open(broker: &Broker) -> (Connection, Channel) {
    let connection = Connection::connect(broker.url(), ConnectionProperties::default());
    let connection = connection.await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}
