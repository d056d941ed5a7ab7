//! What lies in the queues, and who takes it out.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use shared_kernel_domain::event::Envelope;
use testkit::servers::rabbitmq;

use super::counters;
use super::flow::{Flow, GROUP, clean_up, named};
use super::visitor::Visitor;
use crate::world::{Home, on_every_store};

on_every_store! {
    events_travel_through_the_broker_once_and_in_order
}

fn events_travel_through_the_broker_once_and_in_order(home: Home) {
    let broker = rabbitmq();
    counters::begin();
    let flow = Flow::start_connected(&home, &broker);
    let visitor = Visitor::at(broker.url());
    let copies = visitor.overhear(&named(&broker, "events"), "data_science");
    let by_broker = || counters::counted("pynomaly_events_carried_total", &["way=broker"]);
    let before = by_broker();
    flow.publish(3, 20);
    flow.wait_until_all(3, 20);
    assert!(by_broker() - before > 60, "most of 120 events came through the broker");
    // What travels is CloudEvents, structured, and says where it is in the outbox.
    for (index, message) in visitor.take_all(&copies, 60).iter().enumerate() {
        let event: Envelope = serde_json::from_slice(&message.data).unwrap();
        let properties = &message.properties;
        let text = |short: &Option<lapin::types::ShortString>| short.as_ref().unwrap().to_string();
        assert_eq!(text(properties.content_type()), "application/cloudevents+json");
        assert_eq!(text(properties.message_id()), event.id.to_string());
        assert_eq!(text(properties.kind()), event.event_type);
        assert_eq!(*properties.delivery_mode(), Some(2));
        assert_eq!(properties.timestamp().unwrap() as i64, event.time.as_second());
        let position = AMQPValue::LongLongInt(index as i64 + 1);
        assert_eq!(properties.headers().as_ref().unwrap().inner()["x-position"], position);
    }
    flow.stop();
    clean_up(&broker);
}

#[test]
fn messages_that_come_several_times_and_in_any_order_have_their_effect_once_and_in_order() {
    let (home, broker) = (Home::on_sqlite(), rabbitmq());
    let flow = Flow::start_connected(&home, &broker);
    let visitor = Visitor::at(broker.url());
    let copies = visitor.overhear(&named(&broker, "events"), "data_science");
    flow.publish(4, 25);
    let messages = visitor.take_all(&copies, 100);
    let queue = named(&broker, GROUP);
    for round in 0..5 {
        flow.publish(4, 5);
        for index in 0..messages.len() {
            let message = &messages[(index * 7919 + round * 13) % messages.len()];
            visitor.put(&queue, &message.data, message.properties.clone());
        }
    }
    flow.wait_until_all(4, 50);
    flow.stop();
    clean_up(&broker);
}

#[test]
fn what_is_no_event_of_ours_goes_to_the_dead_letters_and_the_consumer_lives() {
    let (home, broker) = (Home::on_sqlite(), rabbitmq());
    counters::begin();
    let flow = Flow::start_connected(&home, &broker);
    let visitor = Visitor::at(broker.url());
    let copies = visitor.overhear(&named(&broker, "events"), "data_science");
    flow.publish(1, 3);
    let genuine = visitor.take_all(&copies, 3).remove(2);
    let mut event: Envelope = serde_json::from_slice(&genuine.data).unwrap();
    let at = |position: i64| {
        let mut headers = FieldTable::default();
        headers.insert("x-position".into(), AMQPValue::LongLongInt(position));
        BasicProperties::default().with_headers(headers)
    };
    let unreadable = || counters::counted("pynomaly_events_unreadable_total", &["count"]);
    let before = unreadable();
    let queue = named(&broker, GROUP);
    visitor.put(&queue, b"garbage", BasicProperties::default());
    visitor.put(&queue, b"garbage", at(4));
    visitor.put(&queue, b"", at(4));
    visitor.put(&queue, &genuine.data, BasicProperties::default());
    visitor.put(&queue, &genuine.data, at(-1));
    // An event of somebody else's outbox, at the next position and beyond all of ours.
    event.id = serde_json::from_value(serde_json::json!(event.correlation_id)).unwrap();
    event.sequence += 1;
    visitor.put(&queue, &serde_json::to_vec(&event).unwrap(), at(4));
    visitor.put(&queue, &serde_json::to_vec(&event).unwrap(), at(1_000_000));
    event.source = "/pynomaly/mlops".to_owned();
    visitor.put(&queue, &serde_json::to_vec(&event).unwrap(), at(4));
    assert_eq!(visitor.take_all(&named(&broker, "dead-letters"), 8).len(), 8);
    home.wait_until("it is counted", || unreadable() - before == 8);
    flow.publish(1, 1);
    flow.wait_until_all(1, 4);
    assert!(flow.transport.health().is_ok());
    flow.stop();
    clean_up(&broker);
}

#[test]
fn a_consumer_takes_over_what_a_dead_one_had_in_hand() {
    let (home, broker) = (Home::on_sqlite(), rabbitmq());
    // The queue as the first consumer left it, and somebody in front of us.
    Flow::start_connected(&home, &broker).stop();
    let dying = Visitor::at(broker.url());
    let mut consumer = dying.consume(&named(&broker, GROUP));
    let flow = Flow::start(&home, &broker);
    flow.publish(2, 1);
    dying.hoard(&mut consumer);
    flow.wait_until_connected();
    flow.publish(2, 9);
    // The one in front has them all and does nothing with them: the outbox has them too.
    flow.wait_until_all(2, 10);
    dying.leave();
    flow.publish(2, 10);
    flow.wait_until_all(2, 20);
    flow.stop();
    clean_up(&broker);
}

#[test]
fn two_processes_relay_once_and_one_goes_on_when_the_other_leaves() {
    let (home, broker) = (Home::on_postgres(), rabbitmq());
    let other = home.reopened();
    let first = Flow::start_connected(&home, &broker);
    let second = Flow::start_connected(&other, &broker);
    let visitor = Visitor::at(broker.url());
    let copies = visitor.overhear(&named(&broker, "events"), "data_science");
    first.publish(5, 40);
    second.wait_until_all(5, 40);
    first.wait_until_relayed();
    let twice = visitor.take_all(&copies, 200);
    let mut surplus = 0;
    while visitor.take(&copies).is_some() {
        surplus += 1;
    }
    assert!(surplus < 50, "{surplus} events beyond {} were relayed twice", twice.len());
    first.stop();
    second.publish(5, 10);
    second.wait_until_all(5, 50);
    second.wait_until_relayed();
    second.stop();
    clean_up(&broker);
}

#[test]
fn a_queue_with_other_settings_is_named_and_events_go_another_way() {
    let (home, broker) = (Home::on_sqlite(), rabbitmq());
    let (visitor, queue) = (Visitor::at(broker.url()), named(&broker, GROUP));
    visitor.declare_classic(&queue);
    let flow = Flow::start(&home, &broker);
    let told = flow.wait_for_trouble("exists with other settings");
    assert!(told.contains(&format!("delete the queue {queue}")), "{told}");
    flow.publish(2, 10);
    flow.wait_until_all(2, 10);
    visitor.delete_queue(&queue);
    flow.wait_until_connected();
    flow.publish(2, 10);
    flow.wait_until_all(2, 20);
    flow.stop();
    clean_up(&broker);
}
