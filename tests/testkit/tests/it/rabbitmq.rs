//! The shared RabbitMQ, and a private one.

use std::time::Duration;

use lapin::options::{BasicPublishOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use testkit::servers::{PrivateRabbitMq, rabbitmq};
use tokio::runtime::Runtime;

use crate::wait_until;

async fn connect(url: &str) -> lapin::Result<(Connection, Channel)> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    Ok((connection, channel))
}

/// Declares a durable queue, or asks for one that has to be there already.
async fn queue(url: &str, name: &str, passive: bool) -> lapin::Result<()> {
    let (connection, channel) = connect(url).await?;
    let options = QueueDeclareOptions { passive, durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(name.into(), options, FieldTable::default()).await?;
    connection.close(200, "done".into()).await
}

async fn publish(channel: &Channel, queue: &str) -> lapin::Result<()> {
    let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
    channel.basic_publish("".into(), queue.into(), options, b"words", properties).await?;
    Ok(())
}

#[test]
fn two_tests_share_a_broker_and_no_name() {
    let [one, other] = [rabbitmq(), rabbitmq()];
    assert_eq!(one.url(), other.url());
    assert_ne!(one.namespace(), other.namespace());
    let runtime = Runtime::new().expect("threads");
    let name = format!("{}.queue", one.namespace());
    runtime.block_on(queue(one.url(), &name, false)).expect("a queue");
    runtime.block_on(queue(other.url(), &name, true)).expect("the same broker has it");
}

#[test]
fn a_private_broker_keeps_its_queues_until_it_is_reset_and_blocks_when_told() {
    let server = PrivateRabbitMq::start();
    let runtime = Runtime::new().expect("threads");
    runtime.block_on(queue(server.url(), "kept", false)).expect("a queue");
    // A broker writes down what queues it has a moment after it said so.
    std::thread::sleep(Duration::from_secs(1));

    server.kill();
    assert!(runtime.block_on(connect(server.url())).is_err(), "nobody listens");
    server.start_again();
    runtime.block_on(queue(server.url(), "kept", true)).expect("the queue is still there");

    server.block();
    let (connection, channel) =
        runtime.block_on(connect(server.url())).expect("the broker accepts");
    runtime.block_on(publish(&channel, "kept")).expect("sent");
    wait_until("the publisher is told", || connection.status().blocked());
    server.unblock();
    wait_until("it may go on", || !connection.status().blocked());

    server.reset();
    assert!(runtime.block_on(queue(server.url(), "kept", true)).is_err(), "the queue is gone");
}
