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

use super::link::Link;
use super::standing::{Standing, Standings, Trouble};
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
        self.standings.trouble().map_or(Ok(()), |trouble| Err(self.told(trouble)))
    }

    /// Connects once, and takes leave again.
    pub(super) fn check(&self) -> Result<()> {
        self.handle
            .block_on(async {
                Link::open(&self.uri, "pynomaly".to_owned()).await?.close().await;
                Ok(())
            })
            .map_err(|trouble| self.told(trouble))
    }

    /// Where the broker is, without the password.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    fn told(&self, trouble: Trouble) -> Error {
        Error::unavailable(trouble.what).at(&self.shown).hint(trouble.hint)
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
        self.wait(stop, async { tokio::time::sleep(time).await });
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> AMQPUri {
        address(&ServiceUrl::parse(text, &["amqp", "amqps"], "it").unwrap()).unwrap()
    }

    #[test]
    fn an_address_means_what_its_user_thinks() {
        let uri = read("amqp://me:p%40ss@rabbit.example/team");
        assert_eq!((uri.authority.host.as_str(), uri.authority.port), ("rabbit.example", 5672));
        assert_eq!(
            (uri.vhost.as_str(), uri.authority.userinfo.password.as_str()),
            ("team", "p@ss")
        );
        assert_eq!(read("amqps://rabbit").authority.port, 5671);
        for text in ["amqp://rabbit", "amqp://rabbit/", "amqp://rabbit/%2f"] {
            assert_eq!(read(text).vhost, "/", "{text}");
        }
        assert_eq!(read("amqp://[::1]:5673/x").authority.host, "::1");
    }

    #[test]
    fn heartbeats_are_ours_unless_the_address_says_otherwise() {
        assert_eq!(read("amqp://rabbit").query.heartbeat, Some(HEARTBEAT));
        assert_eq!(read("amqp://rabbit/x?heartbeat=30").query.heartbeat, Some(30));
    }

    #[test]
    fn an_address_that_cannot_be_used_is_refused_without_its_password() {
        let url = ServiceUrl::parse("amqp://me:s3cret@rabbit?heartbeat=x", &["amqp"], "it");
        let error = address(&url.unwrap()).unwrap_err();
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
}
