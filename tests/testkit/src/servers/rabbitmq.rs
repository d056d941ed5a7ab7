//! RabbitMQ: the broker that tests share, and one of a test's own.

use std::net::SocketAddr;

use super::{PrivateServer, ServerKind, address_of, shared, unique_name};

/// A broker as one test uses it.
#[derive(Debug)]
pub struct Broker {
    url: String,
    namespace: String,
}

/// A RabbitMQ that one test may kill.
pub type PrivateRabbitMq = PrivateServer<Broker>;

/// The broker that all tests of a run share, `PYNOMALY_TEST_AMQP`, with a namespace for one test.
pub fn rabbitmq() -> Broker {
    Broker::at(shared("PYNOMALY_TEST_AMQP"))
}

impl Broker {
    fn at(url: String) -> Self {
        Self { url, namespace: unique_name() }
    }

    /// The AMQP URL, with the password in it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the broker listens.
    pub fn address(&self) -> SocketAddr {
        address_of(&self.url, Self::PORT)
    }

    /// What the names of all exchanges and queues of the test begin with: nothing else keeps the
    /// tests of a run apart.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }
}

impl ServerKind for Broker {
    const NAME: &str = "rabbitmq";
    const PORT: u16 = 5672;
}

impl PrivateRabbitMq {
    /// This broker with a new namespace.
    pub fn broker(&self) -> Broker {
        Broker::at(self.url().to_owned())
    }

    /// Stops the broker, deletes all that it kept, and starts it again: same port, same user.
    pub fn reset(&self) {
        self.tell("reset");
    }

    /// Raises the memory alarm: connections that publish are told `connection.blocked`, and what
    /// they publish waits.
    pub fn block(&self) {
        self.tell("block");
    }

    /// Ends the memory alarm.
    pub fn unblock(&self) {
        self.tell("unblock");
    }
}
