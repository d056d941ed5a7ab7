//! RabbitMQ between the contexts: transport, never truth (G12).
//!
//! A context's relay publishes its outbox in order, with confirms; each group consumes from a queue
//! of its own. What the broker brings is taken in only where the outbox has exactly that event at
//! that position, and what it does not bring is read from the outbox: so it may be away, forget
//! everything, repeat, or bring garbage, and nothing is lost, doubled or turned round.
//!
//! Each relay and each group has a thread of its own (the bus starts them) with a connection of its
//! own. The client's tasks run on one more thread, so that heartbeats go on while a store is slow.

mod client;
mod consumer;
mod link;
mod measure;
mod message;
mod queue;
mod relay;
mod standing;
mod topology;

use std::sync::Arc;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};
use tokio::runtime::Runtime;

use super::transport::{Sink, Transport};
use crate::service_url::ServiceUrl;
use crate::store::Store;
use client::Client;

/// RabbitMQ as transport.
pub struct RabbitMq {
    client: Arc<Client>,
    runtime: Option<Runtime>,
}

impl RabbitMq {
    /// The schemes of a broker's address.
    pub const SCHEMES: [&str; 2] = ["amqp", "amqps"];

    /// A transport over the broker at `url`. The names of its exchanges and queues begin with
    /// `namespace`; installations that share a broker need different ones. Connects when the bus
    /// starts, and whenever the broker is there again.
    pub fn new(url: &ServiceUrl, namespace: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("rabbitmq")
            .enable_all()
            .build()
            .map_err(|cause| {
                Error::unavailable("cannot start the thread of the RabbitMQ client")
                    .caused_by(cause)
            })?;
        measure::describe();
        let client = Arc::new(Client::new(url, namespace, runtime.handle().clone())?);
        Ok(Self { client, runtime: Some(runtime) })
    }

    /// Whether the broker lets us in now.
    pub fn check(&self) -> Result<()> {
        self.client.check()
    }

    /// Where the broker is, without the password.
    pub fn place(&self) -> String {
        self.client.shown().to_owned()
    }

    /// Whether all that runs in this process is connected and the broker takes what is published;
    /// if not, who is not and why. The flow goes on either way.
    pub fn health(&self) -> Result<()> {
        self.client.health()
    }
}

impl Transport for RabbitMq {
    fn send(&self, source: &Store, stop: &Cancellation) -> Result<()> {
        relay::send(&self.client, source, stop)
    }

    fn carry(&self, source: &Store, sink: &dyn Sink) -> Result<()> {
        consumer::carry(&self.client, source, sink)
    }
}

impl Drop for RabbitMq {
    fn drop(&mut self) {
        // The connections were closed by the threads they belong to. Whoever drops this may be
        // inside another runtime, where waiting for this one is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
