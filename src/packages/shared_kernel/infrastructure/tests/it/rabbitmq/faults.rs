//! The broker and the line to it fail in every way we know.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::broker::Broker;
use super::flow::{Flow, GROUP, Namespace};
use super::proxy::Proxy;
use super::visitor::Visitor;
use crate::world::Home;

/// How often the broker is killed; F5 asks for 50, which takes five minutes: it was done once by
/// hand with this constant.
const KILLS: usize = 10;

#[test]
fn a_broker_that_is_absent_killed_and_emptied_loses_nothing() {
    let (home, broker, namespace) = (Home::on_sqlite(), Broker::private(), Namespace::new());
    broker.kill();
    let flow = Flow::start(&home, broker.url(), &namespace);
    let told = flow.wait_for_trouble("onnection refused");
    assert!(!told.contains(broker.url()), "the password is not told: {told}");
    flow.publish(5, 10);
    flow.wait_until_all(5, 10);
    broker.start();
    flow.wait_until_connected();
    let mut each = 10;
    for _ in 0..KILLS {
        let is_back = AtomicBool::new(false);
        let published = std::thread::scope(|scope| {
            let publishing = scope.spawn(|| {
                let mut published = 0;
                while !is_back.load(Ordering::SeqCst) {
                    flow.publish(5, 1);
                    published += 1;
                    std::thread::sleep(Duration::from_millis(2));
                }
                published
            });
            broker.kill();
            broker.start();
            flow.wait_until_connected();
            is_back.store(true, Ordering::SeqCst);
            publishing.join().unwrap()
        });
        each += published;
    }
    flow.wait_until_all(5, each);
    broker.reset();
    flow.publish(5, 10);
    flow.wait_until_connected();
    flow.publish(5, 10);
    flow.wait_until_all(5, each + 20);
    flow.wait_until_relayed();
    flow.stop();
}

#[test]
fn queues_and_exchanges_that_are_deleted_come_back() {
    let (home, broker, namespace) = (Home::on_sqlite(), Broker::shared(), Namespace::new());
    let flow = Flow::start_connected(&home, broker.url(), &namespace);
    let visitor = Visitor::at(broker.url());
    flow.publish(2, 5);
    visitor.delete_queue(&namespace.named(GROUP));
    flow.publish(2, 5);
    flow.wait_until_all(2, 10);
    // Without the exchange the queue is bound to nothing: it is found by what does not come.
    visitor.delete_exchange(&namespace.named("events"));
    flow.publish(2, 5);
    flow.wait_until_all(2, 15);
    flow.wait_until_connected();
    flow.wait_until_relayed();
    flow.publish(2, 5);
    flow.wait_until_all(2, 20);
    flow.stop();
    namespace.clean_up(&visitor);
}

#[test]
fn a_broker_that_is_short_of_memory_holds_back_nothing_and_nobody() {
    let (home, broker, namespace) = (Home::on_sqlite(), Broker::private(), Namespace::new());
    let flow = Flow::start_connected(&home, broker.url(), &namespace);
    flow.publish(3, 10);
    flow.wait_until_all(3, 10);
    broker.block();
    flow.publish(3, 10);
    flow.wait_for_trouble("short of memory");
    flow.wait_until_all(3, 20);
    broker.unblock();
    flow.wait_until_connected();
    flow.wait_until_relayed();
    flow.publish(3, 10);
    flow.wait_until_all(3, 30);
    broker.block();
    flow.publish(3, 10);
    flow.wait_for_trouble("short of memory");
    flow.stop();
    let flow = Flow::start(&home, broker.url(), &namespace);
    flow.wait_until_all(3, 40);
    flow.stop();
}

#[test]
fn a_line_that_falls_silent_is_found_out_within_two_heartbeats() {
    let (home, broker, namespace) = (Home::on_sqlite(), Broker::shared(), Namespace::new());
    let line = Proxy::to(broker.url());
    let flow =
        Flow::start_connected(&home, &format!("{}?heartbeat=2", line.url(broker.url())), &namespace);
    flow.publish(3, 10);
    flow.wait_until_all(3, 10);
    line.fall_silent();
    let begins = Instant::now();
    flow.publish(3, 10);
    flow.wait_for_trouble("heartbeat");
    assert!(begins.elapsed() < Duration::from_secs(6), "{:?}", begins.elapsed());
    flow.publish(3, 10);
    flow.wait_until_all(3, 30);
    line.speak_again();
    flow.wait_until_connected();
    flow.publish(3, 10);
    flow.wait_until_all(3, 40);
    flow.wait_until_relayed();
    line.fall_silent();
    flow.publish(3, 10);
    flow.stop();
    namespace.clean_up(&Visitor::at(broker.url()));
}

#[test]
fn a_line_that_is_cut_again_and_again_loses_nothing() {
    let (home, broker, namespace) = (Home::on_sqlite(), Broker::shared(), Namespace::new());
    let line = Proxy::to(broker.url());
    let flow = Flow::start_connected(&home, &line.url(broker.url()), &namespace);
    for _ in 0..100 {
        flow.publish(5, 4);
        line.cut();
    }
    flow.wait_until_all(5, 400);
    flow.wait_until_connected();
    flow.wait_until_relayed();
    flow.stop();
    namespace.clean_up(&Visitor::at(broker.url()));
}

#[test]
fn a_line_that_brings_a_byte_a_second_holds_back_nobody() {
    let (home, broker, namespace) = (Home::on_sqlite(), Broker::shared(), Namespace::new());
    let line = Proxy::to(broker.url());
    let flow = Flow::start_connected(&home, &line.url(broker.url()), &namespace);
    line.slow_down(1);
    flow.publish(5, 20);
    flow.wait_until_all(5, 20);
    line.slow_down(0);
    flow.publish(5, 20);
    flow.wait_until_all(5, 40);
    flow.wait_until_connected();
    flow.wait_until_relayed();
    flow.stop();
    namespace.clean_up(&Visitor::at(broker.url()));
}
