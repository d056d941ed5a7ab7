//! Two contexts that answer each other through a broker: `data_quality` counts what `data_science`
//! uploads and says so, `data_science` records that it was said.

use std::sync::Arc;
use std::time::{Duration, Instant};

use shared_kernel_domain::Result;
use shared_kernel_domain::bus::{Delivery, EventHandler, PoisonPolicy, StartAt, Subscription};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::bus::{Bus, BusConfig, RabbitMq};
use shared_kernel_infrastructure::service_url::ServiceUrl;
use shared_kernel_infrastructure::store::Store;
use testkit::servers::Broker;

use super::visitor::Visitor;
use crate::world::{ANALYZED, Counting, Home, counting, in_order};

/// The group whose queue the tests meddle with.
pub(crate) const GROUP: &str = "data_quality.count";

/// The name of an exchange or a queue of a test.
pub(crate) fn named(broker: &Broker, what: &str) -> String {
    format!("{}.{what}", broker.namespace())
}

/// Leaves nothing on a broker that lives on.
pub(crate) fn clean_up(broker: &Broker) {
    let visitor = Visitor::at(broker.url());
    for queue in [GROUP, "data_science.close", "dead-letters"] {
        visitor.delete_queue(&named(broker, queue));
    }
    for exchange in ["events", "dead-letters"] {
        visitor.delete_exchange(&named(broker, exchange));
    }
}

/// One process of the flow.
pub(crate) struct Flow<'a> {
    pub(crate) home: &'a Home,
    pub(crate) transport: Arc<RabbitMq>,
    bus: Bus,
}

impl<'a> Flow<'a> {
    /// Starts it; the broker may be away.
    pub(crate) fn start(home: &'a Home, broker: &Broker) -> Self {
        Self::start_by(broker.url(), home, broker)
    }

    /// Starts it, and returns when everybody is connected.
    pub(crate) fn start_connected(home: &'a Home, broker: &Broker) -> Self {
        let flow = Self::start(home, broker);
        flow.wait_until_connected();
        flow
    }

    /// Starts it with another way to the broker.
    pub(crate) fn start_by(url: &str, home: &'a Home, broker: &Broker) -> Self {
        let url = ServiceUrl::parse(url, &RabbitMq::SCHEMES, "the broker").unwrap();
        let transport = Arc::new(RabbitMq::new(&url, broker.namespace()).unwrap());
        let close = Subscription {
            group: "data_science.close",
            consumer: Context::DataScience,
            source: Context::DataQuality,
            types: &[ANALYZED],
            policy: PoisonPolicy::BlockSubject,
            start: StartAt::default(),
            shadow: false,
            handler: Arc::new(Closing(home.store(Context::DataScience))),
        };
        let count = counting(Counting::new(home), PoisonPolicy::BlockSubject);
        let config = BusConfig { first_retry: Duration::from_millis(2), ..BusConfig::default() };
        let carrying = Arc::clone(&transport);
        let bus = Bus::start(&home.stores, vec![count, close], carrying, config).unwrap();
        Self { home, transport, bus }
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
        self.home
            .wait_until(&format!("{all} events went there and back"), || closed().len() >= all);
        in_order(&self.home.effects(), subjects, each as i64);
        in_order(&closed(), subjects, each as i64);
    }

    /// Waits until the broker has confirmed all that `data_science` published.
    pub(crate) fn wait_until_relayed(&self) {
        let reached = || {
            let query = "SELECT (SELECT MAX(position) FROM relay) - MAX(position) FROM outbox";
            let store = self.home.store(Context::DataScience);
            store
                .read(|transaction| transaction.query_one(query, &[])?.unwrap().integer(0))
                .unwrap()
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
