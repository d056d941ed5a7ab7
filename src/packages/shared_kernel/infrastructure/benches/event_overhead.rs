//! Event overhead of the embedded bus: from the return of the publisher's commit to the start of
//! the next context's handler, and the throughput of a backlog. Prints p50, p99 and rates.
//!
//! `cargo bench -p pynomaly-shared-kernel-infrastructure --bench event_overhead`
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use shared_kernel_domain::Result;
use shared_kernel_domain::bus::{Delivery, EventHandler, PoisonPolicy, Subscription};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{Context, NewEvent};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::bus::{Bus, BusConfig, InProcess, Stores};
use shared_kernel_infrastructure::store::{Location, Signal, Store};
use shared_kernel_infrastructure::system::{SystemClock, UuidGenerator};

const IDLE_EVENTS: usize = 2_000;
const BACKLOG_EVENTS: usize = 10_000;

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

fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let index = ((sorted.len() - 1) as f64 * share).round() as usize;
    sorted[index].as_secs_f64() * 1e3
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    println!(
        "{what:<44} p50 {:.3} ms   p99 {:.3} ms   max {:.3} ms",
        percentile(&times, 0.5),
        percentile(&times, 0.99),
        percentile(&times, 1.0)
    );
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let activity = Arc::new(Signal::default());
    let stores: Stores = [Context::DataScience, Context::DataQuality]
        .into_iter()
        .map(|context| {
            let path = folder.path().join(format!("{context}.sqlite"));
            let (clock, ids) = (Arc::new(SystemClock), Arc::new(UuidGenerator));
            let store = Store::open(&Location::Sqlite(path), context, &[], clock, ids, Arc::clone(&activity));
            (context, store.unwrap())
        })
        .collect::<BTreeMap<_, _>>();
    let source = Arc::clone(&stores[&Context::DataScience]);
    let (started, starts) = mpsc::channel();
    let handler = Timestamping { store: Arc::clone(&stores[&Context::DataQuality]), started };
    let subscription = Subscription {
        group: "data_quality.bench",
        consumer: Context::DataQuality,
        source: Context::DataScience,
        types: &["io.pynomaly.bench.published.v1"],
        policy: PoisonPolicy::BlockSubject,
        handler: Arc::new(handler),
    };

    let backlog_begins = Instant::now();
    for subject in 0..BACKLOG_EVENTS {
        publish(&source, subject);
    }
    let published = backlog_begins.elapsed();
    let drain_begins = Instant::now();
    let bus = Bus::start(&stores, vec![subscription], Arc::new(InProcess), BusConfig::default());
    let bus = bus.unwrap();
    for _ in 0..BACKLOG_EVENTS {
        starts.recv().unwrap();
    }
    let drained = drain_begins.elapsed();

    let mut commits = Vec::with_capacity(IDLE_EVENTS);
    let mut overheads = Vec::with_capacity(IDLE_EVENTS);
    for subject in 0..IDLE_EVENTS {
        let begins = Instant::now();
        publish(&source, subject % 50);
        let committed = Instant::now();
        commits.push(committed - begins);
        overheads.push(starts.recv().unwrap().saturating_duration_since(committed));
    }
    report("publishing commit, synced", commits);
    report("commit to the next handler's start, idle", overheads);
    println!(
        "publish one by one: {:.0} events/s   drain a backlog of {BACKLOG_EVENTS}: {:.0} events/s",
        BACKLOG_EVENTS as f64 / published.as_secs_f64(),
        BACKLOG_EVENTS as f64 / drained.as_secs_f64()
    );
    bus.stop(Duration::from_secs(10));
}
