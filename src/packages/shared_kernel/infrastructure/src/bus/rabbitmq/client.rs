//! What the relays and consumers of a process share: where the broker is, and how to wait for it.

use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::time::{Duration, Instant};

use futures::future::{Either, select};
use lapin::uri::AMQPUri;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use url::Url;

use super::standing::{Standing, Standings};
use super::topology::Names;
use crate::service_url::ServiceUrl;

/// Somebody who waits looks so often whether the bus stops.
const STOP_LOOK: Duration = Duration::from_millis(200);
/// First wait before connecting again; doubled for each further one, with jitter.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Longest wait before connecting again.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Seconds between heartbeats, unless the URL says otherwise; a peer that is silent for two of
/// them is gone.
const HEARTBEAT: u16 = 5;
/// Largest frame. The client's buffers hold 32 of them per connection and direction.
const FRAME: u32 = 32 * 1024;

pub(super) struct Client {
    pub(super) uri: AMQPUri,
    pub(super) names: Names,
    shown: String,
    handle: Handle,
    standings: Standings,
}

impl Client {
    pub(super) fn new(url: &ServiceUrl, namespace: &str, handle: Handle) -> Result<Self> {
        Ok(Self {
            uri: address(url)?,
            names: Names::new(namespace)?,
            shown: url.to_string(),
            handle,
            standings: Standings::default(),
        })
    }

    pub(super) fn health(&self) -> Result<()> {
        match self.standings.trouble() {
            None => Ok(()),
            Some(trouble) => {
                Err(Error::unavailable(trouble.what).at(&self.shown).hint(trouble.hint))
            }
        }
    }

    /// Has `who` stand among those whose health is told, from now on until it is dropped.
    pub(super) fn standing(&self, who: String) -> Standing {
        self.standings.enter(who)
    }

    /// Waits for an operation of the client; `None` when the bus stops first.
    pub(super) fn wait<T>(
        &self,
        stop: &Cancellation,
        operation: impl Future<Output = T>,
    ) -> Option<T> {
        self.handle.block_on(async {
            match select(pin!(operation), pin!(stopped(stop))).await {
                Either::Left((outcome, _)) => Some(outcome),
                Either::Right(_) => None,
            }
        })
    }

    /// Lets time pass, unless the bus stops.
    pub(super) fn pause(&self, time: Duration, stop: &Cancellation) {
        self.wait(stop, tokio::time::sleep(time));
    }

    /// Waits for the end of something short.
    pub(super) fn finish(&self, operation: impl Future<Output = ()>) {
        self.handle.block_on(operation);
    }

    /// Runs beside the calling thread, until it is dropped.
    pub(super) fn beside<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Beside<T> {
        Beside(self.handle.spawn(work))
    }
}

async fn stopped(stop: &Cancellation) {
    while !stop.is_cancelled() {
        tokio::time::sleep(STOP_LOOK).await;
    }
}

/// What runs beside a thread.
pub(super) struct Beside<T>(JoinHandle<T>);

impl<T> Beside<T> {
    pub(super) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// What came of it; `None` if it broke off.
    pub(super) async fn outcome(mut self) -> Option<T> {
        (&mut self.0).await.ok()
    }
}

impl<T> Drop for Beside<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How long to wait before connecting again: the longer, the less came of it before.
#[derive(Default)]
pub(super) struct Patience {
    attempts: u32,
    connected: Option<Instant>,
}

impl Patience {
    /// Waits before the next attempt: not before the very first one.
    pub(super) async fn wait(&mut self) {
        if let Some(again) = self.attempts.checked_sub(1) {
            let longest = FIRST_WAIT.saturating_mul(1 << again.min(10)).min(LONGEST_WAIT);
            let random = RandomState::new().hash_one(again) as f64 / u64::MAX as f64;
            tokio::time::sleep(longest.mul_f64(0.5 + random / 2.0)).await;
        }
        self.attempts = self.attempts.saturating_add(1);
    }

    /// A connection stands.
    pub(super) fn connected(&mut self) {
        self.connected = Some(Instant::now());
    }

    /// It was lost. A broker that takes us and throws us out again is not run over.
    pub(super) fn lost(&mut self) {
        if self.connected.take().is_some_and(|since| since.elapsed() > LONGEST_WAIT) {
            self.attempts = 1;
        }
    }
}

fn address(url: &ServiceUrl) -> Result<AMQPUri> {
    let refused = || {
        Error::usage("the address of RabbitMQ cannot be used").at(url.to_string()).hint(
            "expected amqp://USER@HOST:PORT/VHOST, the virtual host / written %2F or left out",
        )
    };
    let mut uri: AMQPUri = url.expose().parse().map_err(|_| refused())?;
    // The parser takes an address in brackets for no host at all.
    let parsed = Url::parse(url.expose()).map_err(|_| refused())?;
    if let Some(url::Host::Ipv6(address)) = parsed.host() {
        uri.authority.host = address.to_string();
    }
    if uri.vhost.is_empty() {
        "/".clone_into(&mut uri.vhost);
    }
    uri.query.heartbeat.get_or_insert(HEARTBEAT);
    uri.query.frame_max.get_or_insert(FRAME);
    Ok(uri)
}
