//! What the tests of the bus drive: two contexts on one of the databases, and handlers.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use shared_kernel_domain::Result;
use shared_kernel_domain::bus::{
    Delivery, DeliveryRecord, EventHandler, EventLog, ParkedFilter, PoisonPolicy, StartAt,
    Subscription,
};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{Context, NewEvent};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::bus::{Bus, BusConfig, Log, Stores, Transport};
use shared_kernel_infrastructure::store::{Location, Migration, Signal, Store};
use shared_kernel_infrastructure::system::{SystemClock, UuidGenerator};
use testkit::servers::StorePlace;

pub(crate) const UPLOADED: &str = "io.pynomaly.test.uploaded.v1";
pub(crate) const ANALYZED: &str = "io.pynomaly.test.analyzed.v1";
pub(crate) const EFFECTS: &[Migration] = &[Migration {
    version: 1,
    sql: "CREATE TABLE effect (arrival BIGINT PRIMARY KEY, subject TEXT NOT NULL, sequence BIGINT NOT NULL)",
}];

/// Two contexts with databases of their own, and what a test needs to drive them.
pub(crate) struct Home {
    pub(crate) place: Arc<StorePlace>,
    pub(crate) activity: Arc<Signal>,
    pub(crate) stores: Stores,
}

impl Home {
    pub(crate) fn on_sqlite() -> Self {
        Self::at(Arc::new(StorePlace::on_sqlite()))
    }

    pub(crate) fn on_postgres() -> Self {
        Self::at(Arc::new(StorePlace::on_postgres()))
    }

    pub(crate) fn at(place: Arc<StorePlace>) -> Self {
        Self::at_locations(&place, |context| Location::parse(&place.of(context)).unwrap())
    }

    pub(crate) fn at_locations(
        place: &Arc<StorePlace>,
        location: impl Fn(Context) -> Location,
    ) -> Self {
        let activity = Arc::new(Signal::default());
        let stores = [Context::DataScience, Context::DataQuality]
            .into_iter()
            .map(|context| {
                let store = Store::open(
                    &location(context),
                    context,
                    EFFECTS,
                    Arc::new(SystemClock),
                    Arc::new(UuidGenerator),
                    Arc::clone(&activity),
                );
                (context, store.unwrap())
            })
            .collect();
        Self { place: Arc::clone(place), activity, stores }
    }

    /// The same databases as another process would open them.
    pub(crate) fn reopened(&self) -> Self {
        Self::at(Arc::clone(&self.place))
    }

    pub(crate) fn store(&self, context: Context) -> Arc<Store> {
        Arc::clone(&self.stores[&context])
    }

    pub(crate) fn log(&self) -> Log {
        Log::new(self.stores.clone(), Arc::clone(&self.activity), Arc::new(SystemClock))
    }

    pub(crate) fn parked(&self) -> Vec<DeliveryRecord> {
        self.log().parked(&ParkedFilter::default()).unwrap()
    }

    /// Requeues a parked event; says how many were.
    pub(crate) fn requeue(&self, parked: &DeliveryRecord) -> u64 {
        let which = ParkedFilter {
            event_id: Some(parked.event_id),
            group: Some(parked.group.clone()),
            ..ParkedFilter::default()
        };
        self.log().requeue(&which, NonZeroU32::MAX, "tester", &Cancellation::default()).unwrap()
    }

    pub(crate) fn publish(&self, subject: &str) {
        let unit = UnitOfWork::of_command().publish(event(UPLOADED, subject));
        self.store(Context::DataScience).commit(unit, |_| Ok(())).unwrap();
    }

    pub(crate) fn start(
        &self,
        handler: Arc<dyn EventHandler>,
        transport: impl Transport + 'static,
    ) -> Bus {
        let config = BusConfig { first_retry: Duration::from_millis(2), ..BusConfig::default() };
        let subscription = counting(handler, PoisonPolicy::BlockSubject);
        Bus::start(&self.stores, vec![subscription], Arc::new(transport), config).unwrap()
    }

    pub(crate) fn effects(&self) -> Vec<(String, i64)> {
        let query = "SELECT subject, sequence FROM effect ORDER BY arrival";
        self.store(Context::DataQuality)
            .read(|transaction| {
                transaction
                    .query(query, &[])?
                    .iter()
                    .map(|row| Ok((row.text(0)?, row.integer(1)?)))
                    .collect()
            })
            .unwrap()
    }

    pub(crate) fn wait_until(&self, what: &str, reached: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let seen = self.activity.seen();
            if reached() {
                return;
            }
            assert!(Instant::now() < deadline, "never happened: {what}");
            self.activity.wait_beyond(seen, Duration::from_millis(50));
        }
    }
}

pub(crate) fn event(event_type: &str, subject: &str) -> NewEvent {
    NewEvent {
        event_type: event_type.to_owned(),
        subject: subject.to_owned(),
        data: serde_json::json!({ "of": subject }),
        correlation_id: None,
        causation_id: None,
        traceparent: None,
    }
}

pub(crate) fn counting(handler: Arc<dyn EventHandler>, policy: PoisonPolicy) -> Subscription {
    Subscription {
        group: "data_quality.count",
        consumer: Context::DataQuality,
        source: Context::DataScience,
        types: &[UPLOADED],
        policy,
        start: StartAt::default(),
        shadow: false,
        handler,
    }
}

/// Records each event it handles, and publishes one of its own, in one commit.
pub(crate) struct Counting {
    pub(crate) store: Arc<Store>,
    pub(crate) calls: AtomicUsize,
    pub(crate) fails: Box<Verdict>,
}

pub(crate) type Verdict = dyn Fn(&Delivery) -> Result<()> + Send + Sync;

impl Counting {
    pub(crate) fn new(home: &Home) -> Arc<Self> {
        Self::failing(home, |_| Ok(()))
    }

    pub(crate) fn failing(
        home: &Home,
        fails: impl Fn(&Delivery) -> Result<()> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            store: home.store(Context::DataQuality),
            calls: AtomicUsize::new(0),
            fails: Box::new(fails),
        })
    }
}

impl EventHandler for Counting {
    fn handle(&self, delivery: &Delivery, _: &Cancellation) -> Result<()> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        (self.fails)(delivery)?;
        record(&self.store, delivery)
    }
}

/// Handles nothing until it is asked to stop.
pub(crate) struct Patient(pub(crate) Signal);
impl EventHandler for Patient {
    fn handle(&self, _: &Delivery, cancellation: &Cancellation) -> Result<()> {
        self.0.notify();
        while !cancellation.is_cancelled() {
            std::thread::yield_now();
        }
        cancellation.check()
    }
}

pub(crate) fn record(store: &Store, delivery: &Delivery) -> Result<()> {
    let unit = UnitOfWork::completing(delivery.receipt())
        .publish(event(ANALYZED, &delivery.envelope.subject));
    let (subject, sequence) = (delivery.envelope.subject.clone(), delivery.envelope.sequence);
    store.commit(unit, move |transaction| {
        transaction.execute(
            "INSERT INTO effect (arrival, subject, sequence)
             VALUES ((SELECT COUNT(*) FROM effect), $1, $2)",
            &[subject.into(), sequence.into()],
        )?;
        Ok(())
    })
}

pub(crate) fn in_order(effects: &[(String, i64)], subjects: usize, each: i64) {
    let mut by_subject: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (subject, sequence) in effects {
        by_subject.entry(subject).or_default().push(*sequence);
    }
    assert_eq!(by_subject.len(), subjects);
    for (subject, sequences) in by_subject {
        assert_eq!(sequences, (1..=each).collect::<Vec<_>>(), "{subject}");
    }
}

/// Runs each of these functions as a test, once per kind of store, with a home of its own.
macro_rules! on_every_store {
    ($($test:ident)*) => {
        mod on_sqlite {
            $(#[test] fn $test() { super::$test($crate::world::Home::on_sqlite()); })*
        }
        mod on_postgres {
            $(#[test] fn $test() { super::$test($crate::world::Home::on_postgres()); })*
        }
    };
}
pub(crate) use on_every_store;
