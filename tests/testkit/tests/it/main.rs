//! The servers that the testkit lends do what their names say.
#![expect(clippy::expect_used, reason = "tests fail by panicking")]

mod postgres;
mod proxy;
mod rabbitmq;

use std::time::{Duration, Instant};

/// Waits until a condition holds; fails when that takes longer than anything here should.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
