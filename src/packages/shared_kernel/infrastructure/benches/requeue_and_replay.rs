//! What requeue and replay cost: how long live events wait for their
//! handler while parked ones are requeued beside them (F26), and how fast a shadow group builds its
//! state anew (F20).
//!
//! `tests/with-servers cargo bench -p pynomaly-shared-kernel-infrastructure --bench requeue_and_replay`
//! measures both stores; without the servers only SQLite is measured.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::num::NonZeroU32;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use shared_kernel_domain::Result;
use shared_kernel_domain::bus::{
    Delivery, EventHandler, EventLog, ParkedFilter, PoisonPolicy, StartAt, Subscription,
};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{Context, NewEvent};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::bus::{Bus, BusConfig, InProcess, Log, Stores};
use shared_kernel_infrastructure::store::{Location, Signal, Store};
use shared_kernel_infrastructure::system::{SystemClock, UuidGenerator};
use testkit::servers::Postgres;

/// Parked events; requeued at the rate that the command line has by default, and a faster one.
const PARKED: usize = 2_000;
const RATES: [u32; 2] = [50, 200];
/// Live events beside them, this far apart.
const LIVE: usize = 1_000;
const APART: Duration = Duration::from_millis(5);
/// Events that a shadow group gets, of so many subjects.
const REPLAYED: usize = 20_000;
const SUBJECTS: usize = 2_000;
const PATIENCE: Duration = Duration::from_mins(10);

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let location = |context| Location::Sqlite(folder.path().join(format!("{context}.sqlite")));
    println!("SQLite");
    World::open(location).measure();
    if std::env::var_os("PYNOMALY_TEST_POSTGRES").is_none() {
        return;
    }
    let database = Postgres::shared().database();
    println!("\nPostgreSQL");
    World::open(|_| Location::parse(database.url()).unwrap()).measure();
}

struct World {
    stores: Stores,
    log: Log,
    activity: Arc<Signal>,
}

impl World {
    fn open(location: impl Fn(Context) -> Location) -> Self {
        let activity = Arc::new(Signal::default());
        let stores: Stores = [Context::DataScience, Context::DataQuality]
            .into_iter()
            .map(|context| {
                let (clock, ids) = (Arc::new(SystemClock), Arc::new(UuidGenerator));
                let activity = Arc::clone(&activity);
                let store = Store::open(&location(context), context, &[], clock, ids, activity);
                (context, store.unwrap())
            })
            .collect();
        let log = Log::new(stores.clone(), Arc::clone(&activity), Arc::new(SystemClock));
        Self { stores, log, activity }
    }

    fn measure(&self) {
        let (began, beginnings) = mpsc::channel();
        let bus = self.start("data_quality.live", false, Some(began));
        let calm = self.live(&beginnings, "calm");
        report("live events alone", calm);
        for rate in RATES {
            let parked = (0..PARKED).map(|number| event("v9", &format!("{rate}/{number}")));
            self.publish(parked);
            self.wait_until(|| self.status("data_quality.live").1 == PARKED as u64);
            let (going_on, rate) = (Cancellation::default(), NonZeroU32::new(rate).unwrap());
            let (times, requeued) = std::thread::scope(|scope| {
                let all = ParkedFilter::default();
                let log = &self.log;
                let requeuing = {
                    let going_on = going_on.clone();
                    scope.spawn(move || log.requeue(&all, rate, "bench", &going_on).unwrap())
                };
                let times = self.live(&beginnings, &format!("beside {rate}"));
                going_on.cancel();
                (times, requeuing.join().unwrap())
            });
            report(&format!("beside {requeued} requeued, {rate}/s"), times);
            let faster = NonZeroU32::new(10_000).unwrap();
            let all = ParkedFilter::default();
            self.log.requeue(&all, faster, "bench", &Cancellation::default()).unwrap();
            self.wait_until(|| self.status("data_quality.live").2 == 0);
            while beginnings.try_recv().is_ok() {}
        }
        assert!(bus.stop(Duration::from_secs(10)));
        self.replay();
    }

    /// Publishes live events; how long each waited for its handler after its commit.
    fn live(&self, beginnings: &mpsc::Receiver<(String, Instant)>, name: &str) -> Vec<Duration> {
        let mut committed = std::collections::HashMap::new();
        for number in 0..LIVE {
            let subject = format!("{name}/{number}");
            self.publish([event("v1", &subject)]);
            committed.insert(subject, Instant::now());
            std::thread::sleep(APART);
        }
        let mut times = Vec::with_capacity(LIVE);
        while times.len() < LIVE {
            let (subject, began) = beginnings.recv_timeout(PATIENCE).unwrap();
            if let Some(committed) = committed.remove(&subject) {
                times.push(began.saturating_duration_since(committed));
            }
        }
        times
    }

    fn replay(&self) {
        let subject = |number: usize| format!("replayed/{}", number % SUBJECTS);
        let before = self.log.newest().unwrap().of(Context::DataScience);
        for stretch in 0..REPLAYED / 100 {
            self.publish((0..100).map(|number| event("v1", &subject(stretch * 100 + number))));
        }
        let group = "data_quality.shadow";
        let began = Instant::now();
        let bus = self.start_at(group, true, None, StartAt::Position(before + 1));
        self.wait_until(|| self.status(group).0 == REPLAYED as u64);
        let rate = REPLAYED as f64 / began.elapsed().as_secs_f64();
        assert!(bus.stop(Duration::from_secs(10)));
        println!("{REPLAYED} events into a shadow group: {rate:.0} events/s");
    }

    fn publish(&self, events: impl IntoIterator<Item = NewEvent>) {
        let unit = events.into_iter().fold(UnitOfWork::of_command(), UnitOfWork::publish);
        self.stores[&Context::DataScience].commit(unit, |_| Ok(())).unwrap();
    }

    /// Handled, parked and open events of a group.
    fn status(&self, group: &str) -> (u64, u64, u64) {
        let all = self.log.status().unwrap();
        let own = all.iter().find(|it| it.group == group);
        own.map_or((0, 0, 1), |it| (it.handled, it.parked, it.lag_events))
    }

    fn wait_until(&self, reached: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !reached() {
            assert!(Instant::now() < deadline, "it takes too long");
            self.activity.wait_beyond(self.activity.seen(), Duration::from_millis(200));
        }
    }

    fn start(
        &self,
        group: &'static str,
        shadow: bool,
        began: Option<mpsc::Sender<(String, Instant)>>,
    ) -> Bus {
        self.start_at(group, shadow, began, StartAt::default())
    }

    fn start_at(
        &self,
        group: &'static str,
        shadow: bool,
        began: Option<mpsc::Sender<(String, Instant)>>,
        start: StartAt,
    ) -> Bus {
        let store = Arc::clone(&self.stores[&Context::DataQuality]);
        let subscription = Subscription {
            group,
            consumer: Context::DataQuality,
            source: Context::DataScience,
            types: &["io.pynomaly.bench.published.v1"],
            policy: PoisonPolicy::SkipEvent,
            start,
            shadow,
            handler: Arc::new(Telling { store, began }),
        };
        let config = BusConfig::default();
        Bus::start(&self.stores, vec![subscription], Arc::new(InProcess), config).unwrap()
    }
}

/// Says when an event came to it.
struct Telling {
    store: Arc<Store>,
    began: Option<mpsc::Sender<(String, Instant)>>,
}

impl EventHandler for Telling {
    fn handle(&self, delivery: &Delivery, _: &Cancellation) -> Result<()> {
        if let Some(began) = &self.began {
            // Nobody may listen any more.
            let _ = began.send((delivery.envelope.subject.clone(), Instant::now()));
        }
        self.store.commit(UnitOfWork::completing(delivery.receipt()), |_| Ok(()))
    }
}

/// Of version 9, which nobody can read, an event is parked as it comes in.
fn event(version: &str, subject: &str) -> NewEvent {
    NewEvent {
        event_type: format!("io.pynomaly.bench.published.{version}"),
        subject: subject.to_owned(),
        data: serde_json::json!({ "payload": "of ordinary length, as a dataset reference has" }),
        correlation_id: None,
        causation_id: None,
        traceparent: None,
    }
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at =
        |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
    println!("{what:<44} p50 {:.3} ms   p99 {:.3} ms", at(0.5), at(0.99));
}
