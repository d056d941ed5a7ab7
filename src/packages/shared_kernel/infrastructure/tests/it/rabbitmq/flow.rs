//! Two contexts that answer each other through a broker: `data_quality` counts what `data_science`
//! uploads and says so, `data_science` records that it was said.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use shared_kernel_domain::Result;
use shared_kernel_domain::bus::{Delivery, EventHandler, PoisonPolicy, Subscription};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::bus::{Bus, BusConfig, RabbitMq};
use shared_kernel_infrastructure::service_url::ServiceUrl;
use shared_kernel_infrastructure::store::Store;

use super::visitor::Visitor;
use crate::world::{ANALYZED, Counting, Home, counting, in_order};

/// The group whose queue the tests meddle with.
pub(crate) const GROUP: &str = "data_quality.count";

/// Names that no other test uses on the same broker.
pub(crate) struct Namespace(String);

impl Namespace {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        Self(format!("test-{}-{number}", std::process::id()))
    }

    pub(crate) fn named(&self, what: &str) -> String {
        format!("{}.{what}", self.0)
    }

    /// Leaves nothing on a broker that lives on.
    pub(crate) fn clean_up(&self, visitor: &Visitor) {
        for queue in [GROUP, "data_science.close", "dead-letters"] {
            visitor.delete_queue(&self.named(queue));
        }
        for exchange in ["events", "dead-letters"] {
            visitor.delete_exchange(&self.named(exchange));
        }
    }
}

/// One process of the flow.
pub(crate) struct Flow<'a> {
    pub(crate) home: &'a Home,
    pub(crate) transport: Arc<RabbitMq>,
    bus: Bus,
}

impl<'a> Flow<'a> {
    pub(crate) fn start(home: &'a Home, url: &str, namespace: &Namespace) -> Self {
        let url = ServiceUrl::parse(url, &RabbitMq::SCHEMES, "the broker").unwrap();
        let transport = Arc::new(RabbitMq::new(&url, &namespace.0).unwrap());
        let close = Subscription {
            group: "data_science.close",
            consumer: Context::DataScience,
            source: Context::DataQuality,
            types: &[ANALYZED],
            policy: PoisonPolicy::BlockSubject,
            handler: Arc::new(Closing(home.store(Context::DataScience))),
        };
        let count = counting(Counting::new(home), PoisonPolicy::BlockSubject);
        let config = BusConfig { first_retry: Duration::from_millis(2), ..BusConfig::default() };
        let carrying = Arc::clone(&transport);
        let bus = Bus::start(&home.stores, vec![count, close], carrying, config).unwrap();
        Self { home, transport, bus }
    }

    /// As [`Flow::start`]; returns when everybody is connected.
    pub(crate) fn start_connected(home: &'a Home, url: &str, namespace: &Namespace) -> Self {
        let flow = Self::start(home, url, namespace);
        flow.wait_until_connected();
        flow
    }

    pub(crate) fn wait_until_connected(&self) {
        self.home.wait_until("it is connected", || self.transport.health().is_ok());
    }

    /// Waits until the broker's trouble is told, and says how.
    pub(crate) fn wait_for_trouble(&self, words: &str) -> String {
        let told = || self.transport.health().err().map(|error| error.to_string());
        self.home.wait_until(words, || told().is_some_and(|told| told.contains(words)));
        let error = self.transport.health().unwrap_err();
        format!("{error}; {}", error.hint_text().unwrap())
    }

    /// Publishes so many events to each subject.
    pub(crate) fn publish(&self, subjects: usize, each: usize) {
        for _ in 0..each {
            for subject in 0..subjects {
                self.home.publish(&subject.to_string());
            }
        }
    }

    /// Waits until so many events have gone there and back, once each and in order.
    pub(crate) fn wait_until_all(&self, subjects: usize, each: usize) {
        let all = subjects * each;
        let closed = || closed(self.home);
        self.home.wait_until(&format!("{all} events went there and back"), || {
            closed().len() >= all
        });
        in_order(&self.home.effects(), subjects, each as i64);
        in_order(&closed(), subjects, each as i64);
    }

    /// Waits until the broker has confirmed all that `data_science` published.
    pub(crate) fn wait_until_relayed(&self) {
        let reached = || {
            let query = "SELECT (SELECT MAX(position) FROM relay) - MAX(position) FROM outbox";
            let store = self.home.store(Context::DataScience);
            store.read(|transaction| transaction.query_one(query, &[])?.unwrap().integer(0)).unwrap()
        };
        self.home.wait_until("all is relayed", || reached() == 0);
    }

    /// Stops, whatever the broker does, within a second and a bit.
    pub(crate) fn stop(self) {
        let begins = Instant::now();
        assert!(self.bus.stop(Duration::from_secs(10)));
        drop(self.transport);
        assert!(begins.elapsed() < Duration::from_secs(2), "{:?}", begins.elapsed());
    }
}

/// What came back to `data_science`.
fn closed(home: &Home) -> Vec<(String, i64)> {
    let query = "SELECT subject, sequence FROM effect ORDER BY arrival";
    home.store(Context::DataScience)
        .read(|transaction| {
            let rows = transaction.query(query, &[])?;
            rows.iter().map(|row| Ok((row.text(0)?, row.integer(1)?))).collect()
        })
        .unwrap()
}

/// Records what came back.
struct Closing(Arc<Store>);

impl EventHandler for Closing {
    fn handle(&self, delivery: &Delivery, _: &Cancellation) -> Result<()> {
        let unit = UnitOfWork::completing(delivery.receipt());
        let (subject, sequence) = (delivery.envelope.subject.clone(), delivery.envelope.sequence);
        self.0.commit(unit, move |transaction| {
            transaction.execute(
                "INSERT INTO effect (arrival, subject, sequence)
                 VALUES ((SELECT COUNT(*) FROM effect), $1, $2)",
                &[subject.into(), sequence.into()],
            )?;
            Ok(())
        })
    }
}
