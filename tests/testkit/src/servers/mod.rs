//! Real servers for tests: those that all tests of a run share, those that a test has for itself to
//! kill, and a proxy that stands in the way.
//!
//! ```text
//! Postgres::shared().database()     a database of the test's own on the shared server
//! rabbitmq()                        the shared broker, with a namespace of the test's own
//! PrivatePostgres::start()          a server of the test's own: kill, stop, start again, pause
//! PrivateRabbitMq::start()          the same, and reset, block
//! Proxy::to(server.address())       black hole, reset, throttle, refuse
//! ```
//!
//! The shared ones are those that `tests/with-servers` starts, and a private one is held by
//! `tests/servers/hold`: it goes when its value does, or when the test's process ends, however that
//! ends.

mod place;
mod postgres;
mod private;
mod proxy;
mod rabbitmq;

use std::net::{SocketAddr, ToSocketAddrs};

use url::Url;
use uuid::Uuid;

pub use self::place::StorePlace;
pub use self::postgres::{Database, Postgres, PrivatePostgres};
pub use self::private::{PrivateServer, ServerKind};
pub use self::proxy::Proxy;
pub use self::rabbitmq::{Broker, PrivateRabbitMq, rabbitmq};

/// The URL of a server that the tests of a run share.
fn shared(variable: &str) -> String {
    std::env::var(variable).ok().filter(|url| !url.is_empty()).unwrap_or_else(|| unset(variable))
}

#[expect(clippy::panic, reason = "a test that needs a server fails without one")]
fn unset(variable: &str) -> ! {
    panic!(
        "this test needs a server, and {variable} is not set: run ./test, or \
         `tests/with-servers cargo test …`, or set {variable} to the URL of one"
    );
}

/// Where the server of a URL listens.
fn address_of(url: &str, usual_port: u16) -> SocketAddr {
    let url = Url::parse(url).expect("the URL of a server");
    let host = url.host_str().expect("a URL with a host");
    (host, url.port().unwrap_or(usual_port))
        .to_socket_addrs()
        .expect("the server's host has an address")
        .next()
        .expect("one address at least")
}

/// A name that no other test has, in this run or another.
fn unique_name() -> String {
    format!("test-{}", Uuid::now_v7().simple())
}
