//! What an event costs on each transport, side by side in one run: from the return of the
//! publisher's commit to the start of the next context's handler while nothing else happens, the
//! throughput of a backlog and of a steady flow, and what a broker that is away costs a publisher.
//! With a broker, its own confirm and delivery are measured in between, by bare lapin.
//!
//! `tests/with-servers cargo bench -p pynomaly-shared-kernel-infrastructure --bench event_overhead`
//! measures all; without the servers only the embedded transport is measured.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod bare;

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use shared_kernel_domain::Result;
use shared_kernel_domain::bus::{Delivery, EventHandler, PoisonPolicy, StartAt, Subscription};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{Context, NewEvent};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::bus::{Bus, BusConfig, InProcess, RabbitMq, Stores, Transport};
use shared_kernel_infrastructure::service_url::ServiceUrl;
use shared_kernel_infrastructure::store::{Location, Signal, Store};
use shared_kernel_infrastructure::system::{SystemClock, UuidGenerator};
use testkit::servers::{Broker, Postgres, rabbitmq};

use bare::BareClient;

const IDLE_EVENTS: usize = 2_000;
const BACKLOG_EVENTS: usize = 10_000;
const PUBLISHERS: usize = 8;
/// Nobody listens here.
const NO_BROKER: &str = "amqp://nobody@127.0.0.1:1";

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let stores = open(|context| Location::Sqlite(folder.path().join(format!("{context}.sqlite"))));
    println!("embedded: SQLite");
    measure(&stores, Arc::new(InProcess), None);

    if std::env::var_os("PYNOMALY_TEST_POSTGRES").is_none() {
        return;
    }
    let database = Postgres::shared().database();
    let stores = open(|_| Location::parse(database.url()).unwrap());
    println!("\nPostgreSQL");
    measure(&stores, Arc::new(InProcess), None);

    if std::env::var_os("PYNOMALY_TEST_AMQP").is_none() {
        return;
    }
    let (database, broker) = (Postgres::shared().database(), rabbitmq());
    let stores = open(|_| Location::parse(database.url()).unwrap());
    println!("\nPostgreSQL and RabbitMQ");
    let transport = through(broker.url(), &broker);
    measure(&stores, transport, Some(BareClient::connect(&broker)));
    measure_without_broker(&stores, &broker);
    bare::clean_up(&broker);
}

fn open(location: impl Fn(Context) -> Location) -> Stores {
    let activity = Arc::new(Signal::default());
    let stores = [Context::DataScience, Context::DataQuality].into_iter().map(|context| {
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(UuidGenerator));
        let store =
            Store::open(&location(context), context, &[], clock, ids, Arc::clone(&activity));
        (context, store.unwrap())
    });
    stores.collect()
}

fn through(url: &str, broker: &Broker) -> Arc<RabbitMq> {
    let url = ServiceUrl::parse(url, &RabbitMq::SCHEMES, "the broker").unwrap();
    Arc::new(RabbitMq::new(&url, broker.namespace()).unwrap())
}

/// A bus whose handler tells when it began.
struct Running {
    bus: Bus,
    source: Arc<Store>,
    starts: mpsc::Receiver<Instant>,
}

impl Running {
    fn start(stores: &Stores, transport: Arc<dyn Transport>) -> Self {
        let (started, starts) = mpsc::channel();
        let store = Arc::clone(&stores[&Context::DataQuality]);
        let bench = Subscription {
            group: "data_quality.bench",
            consumer: Context::DataQuality,
            source: Context::DataScience,
            types: &["io.pynomaly.bench.published.v1"],
            policy: PoisonPolicy::BlockSubject,
            start: StartAt::default(),
            shadow: false,
            handler: Arc::new(Timestamping { store, started }),
        };
        // It listens to nothing: a context's events are sent off where it has a group.
        let idle = Subscription {
            group: "data_science.bench",
            consumer: Context::DataScience,
            source: Context::DataQuality,
            types: &[],
            ..bench.clone()
        };
        let bus = Bus::start(stores, vec![bench, idle], transport, BusConfig::default()).unwrap();
        Self { bus, source: Arc::clone(&stores[&Context::DataScience]), starts }
    }

    fn wait_for(&self, events: usize) {
        for _ in 0..events {
            self.starts.recv_timeout(Duration::from_mins(5)).unwrap();
        }
    }

    /// Publishes one event; says how long its commit took, and how long after it the handler began.
    fn publish_and_wait(&self, subject: usize) -> (Duration, Duration) {
        let begins = Instant::now();
        publish(&self.source, subject % 50);
        let committed = Instant::now();
        let started = self.starts.recv_timeout(Duration::from_mins(1)).unwrap();
        (committed - begins, started.saturating_duration_since(committed))
    }
}

struct Timestamping {
    store: Arc<Store>,
    started: mpsc::Sender<Instant>,
}

impl EventHandler for Timestamping {
    fn handle(&self, delivery: &Delivery, _: &Cancellation) -> Result<()> {
        let started = Instant::now();
        self.store.commit(UnitOfWork::completing(delivery.receipt()), |_| Ok(()))?;
        // Told after the commit, so that the next event of the idle series meets an idle bus.
        let _ = self.started.send(started);
        Ok(())
    }
}

fn measure(stores: &Stores, transport: Arc<dyn Transport>, bare: Option<BareClient>) {
    let source = &stores[&Context::DataScience];
    // Whatever has to be set up is, before the first event.
    assert!(Running::start(stores, Arc::clone(&transport)).bus.stop(Duration::from_secs(10)));
    let begins = Instant::now();
    for subject in 0..BACKLOG_EVENTS {
        publish(source, subject);
    }
    report_rate("published one by one", BACKLOG_EVENTS, begins);
    let begins = Instant::now();
    let running = Running::start(stores, transport);
    running.wait_for(BACKLOG_EVENTS);
    report_rate("backlog handled", BACKLOG_EVENTS, begins);

    let begins = Instant::now();
    std::thread::scope(|scope| {
        for publisher in 0..PUBLISHERS {
            scope.spawn(move || {
                for number in 0..BACKLOG_EVENTS / PUBLISHERS {
                    publish(source, number * PUBLISHERS + publisher);
                }
            });
        }
        running.wait_for(BACKLOG_EVENTS);
    });
    report_rate("published by eight at once and handled", BACKLOG_EVENTS, begins);

    let (mut commits, mut overheads) = (Vec::new(), Vec::new());
    let (mut confirms, mut deliveries) = (Vec::new(), Vec::new());
    for subject in 0..IDLE_EVENTS {
        let (commit, overhead) = running.publish_and_wait(subject);
        commits.push(commit);
        overheads.push(overhead);
        if let Some(bare) = &bare {
            let (confirm, delivery) = bare.publish_and_wait();
            confirms.push(confirm);
            deliveries.push(delivery);
        }
    }
    report("publishing commit, synced", commits);
    let ours = report("commit to the next handler's start, idle", overheads);
    if bare.is_some() {
        report("bare client: publish to confirm", confirms);
        let broker = report("bare client: publish to delivery", deliveries);
        let share: Vec<String> = std::iter::zip(ours, broker)
            .map(|(ours, broker)| format!("{:.3} ms", ours - broker))
            .collect();
        println!("{:<44} p50 {}   p99 {}", "our share beyond delivery", share[0], share[1]);
    }
    assert!(running.bus.stop(Duration::from_secs(10)));
}

/// What a publisher notices of a broker that is away.
fn measure_without_broker(stores: &Stores, broker: &Broker) {
    let running = Running::start(stores, through(NO_BROKER, broker));
    let (commits, overheads) =
        (0..IDLE_EVENTS).map(|subject| running.publish_and_wait(subject)).unzip();
    report("broker away: publishing commit, synced", commits);
    report("broker away: commit to handler's start", overheads);
    assert!(running.bus.stop(Duration::from_secs(10)));
}

fn publish(store: &Store, subject: usize) {
    let event = NewEvent {
        event_type: "io.pynomaly.bench.published.v1".to_owned(),
        subject: subject.to_string(),
        data: serde_json::json!({ "payload": "of ordinary length, as a dataset reference has" }),
        correlation_id: None,
        causation_id: None,
        traceparent: None,
    };
    store.commit(UnitOfWork::of_command().publish(event), |_| Ok(())).unwrap();
}

fn report_rate(what: &str, events: usize, begins: Instant) {
    println!("{what:<44} {:.0} events/s", events as f64 / begins.elapsed().as_secs_f64());
}

/// Prints and returns p50 and p99 in milliseconds.
fn report(what: &str, mut times: Vec<Duration>) -> [f64; 2] {
    times.sort_unstable();
    let at = |share: f64| {
        let index = ((times.len() - 1) as f64 * share).round() as usize;
        times[index].as_secs_f64() * 1e3
    };
    println!("{what:<44} p50 {:.3} ms   p99 {:.3} ms   max {:.3} ms", at(0.5), at(0.99), at(1.0));
    [at(0.5), at(0.99)]
}
