//! What detectors cost on one thread, by table: milliseconds of CPU (of the clock, where the system
//! does not tell) to fit and to score, the best of some rounds, and a digest of the scores, which no
//! change for speed may change.
//!
//! `cargo bench -p pynomaly-data-science-domain --bench detectors -- knn lof` takes these, without
//! names those that a goal is set for.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use data_science_domain::detector::algorithm;
use data_science_domain::matrix::FeatureMatrix;
use shared_kernel_domain::cancellation::Cancellation;

const FEATURES: usize = 10;
const CLUSTERS: usize = 20;
const ROUNDS: usize = 3;

/// Those with goals, and thousands of rows: as many as are scored within seconds.
const DETECTORS: [(&str, usize); 11] = [
    ("isolation_forest", 1_000),
    ("extended_isolation_forest", 1_000),
    ("fair_cut_forest", 1_000),
    ("ecod", 1_000),
    ("copod", 1_000),
    ("hbos", 1_000),
    ("half_space_trees", 1_000),
    ("inne", 100),
    ("knn", 100),
    ("lof", 100),
    ("cof", 100),
];

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    for (name, thousands) in DETECTORS {
        if asked.is_empty() || asked.iter().any(|it| it == name) {
            let rows = 1_000 * thousands;
            let mut random = Random(42);
            let centres: Vec<f64> =
                (0..CLUSTERS * FEATURES).map(|_| 5.0 * random.normal()).collect();
            measure(name, "one cloud", &table(rows, |_, _| random.normal()));
            let centre = |row, feature| centres[row % CLUSTERS * FEATURES + feature];
            let mut random = Random(43);
            let clusters = table(rows, |row, feature| centre(row, feature) + random.normal());
            measure(name, "20 clouds", &clusters);
        }
    }
}

struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

fn table(rows: usize, mut value: impl FnMut(usize, usize) -> f64) -> FeatureMatrix {
    let mut column = |feature| (0..rows).map(|row| value(row, feature)).collect();
    let columns = (0..FEATURES).map(&mut column).collect();
    FeatureMatrix::from_columns(rows, columns).unwrap()
}

/// Since whenever.
fn now() -> Duration {
    let used = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let used = used.and_then(|it| it.split(' ').next().and_then(|it| it.parse().ok()));
    used.map_or_else(|| SystemTime::UNIX_EPOCH.elapsed().unwrap(), Duration::from_nanos)
}

fn measure(name: &str, what: &str, features: &FeatureMatrix) {
    let (mut fit, mut score, mut digest) = (Duration::MAX, Duration::MAX, 0);
    for _ in 0..ROUNDS {
        let begin = now();
        let detector = algorithm(name).unwrap().fit(features, 1, &Cancellation::default()).unwrap();
        let fitted = now();
        let scores = black_box(detector.score(features));
        fit = fit.min(fitted.saturating_sub(begin));
        score = score.min(now().saturating_sub(fitted));
        digest = scores.iter().fold(0_u64, |digest, score| {
            (digest ^ score.to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31)
        });
    }
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1e3;
    println!(
        "{name:26} {:>9} × {FEATURES} {what:9} fit {:7.1} ms, score {:7.1} ms, {digest:016x}",
        features.rows(),
        milliseconds(fit),
        milliseconds(score)
    );
}
