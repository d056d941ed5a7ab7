//! What the code counts, for the tests to read.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

static COUNTERS: LazyLock<Counters> = LazyLock::new(|| {
    let counters = Counters::default();
    metrics::set_global_recorder(counters.clone()).unwrap();
    counters
});

/// All counters of this process.
#[derive(Clone, Default)]
struct Counters(Arc<Mutex<BTreeMap<String, Arc<AtomicU64>>>>);

/// Counts from the first call on.
pub(crate) fn begin() {
    LazyLock::force(&COUNTERS);
}

/// The sum of the counters of a name with these labels, such as `way=broker`.
pub(crate) fn counted(name: &str, labels: &[&str]) -> u64 {
    let counters = COUNTERS.0.lock().unwrap();
    let wanted = counters.iter().filter(|(key, _)| {
        key.starts_with(&format!("{name},")) && labels.iter().all(|label| key.contains(label))
    });
    wanted.map(|(_, counter)| counter.load(Ordering::SeqCst)).sum()
}

impl Recorder for Counters {
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels: String =
            key.labels().map(|label| format!("{}={},", label.key(), label.value())).collect();
        let mut counters = self.0.lock().unwrap();
        let counter = counters.entry(format!("{},{labels}", key.name())).or_default();
        Counter::from_arc(Arc::clone(counter))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }

    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
}
