//! What learning from and scoring 100,000 rows of 10 features takes, by detector and table.
//!
//! `cargo bench -p pynomaly-data-science-domain --bench neighbours` prints seconds of one thread,
//! the best of some rounds.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::time::Instant;

use data_science_domain::detector::algorithm;
use data_science_domain::matrix::FeatureMatrix;
use shared_kernel_domain::cancellation::Cancellation;

const ROWS: usize = 100_000;
const FEATURES: usize = 10;
const CLUSTERS: usize = 20;
const ROUNDS: usize = 3;

fn main() {
    let mut state = 42;
    let centres: Vec<f64> = (0..CLUSTERS * FEATURES).map(|_| 5.0 * normal(&mut state)).collect();
    let normal_table = table(|_, _| normal(&mut state));
    let mut state = 43;
    let clusters =
        table(|row, feature| centres[row % CLUSTERS * FEATURES + feature] + normal(&mut state));
    for detector in ["knn", "lof", "cof", "abod", "inne"] {
        measure(detector, "one normal cloud", &normal_table);
        measure(detector, "20 normal clouds", &clusters);
    }
}

fn table(mut value: impl FnMut(usize, usize) -> f64) -> FeatureMatrix {
    let mut column = |feature| (0..ROWS).map(|row| value(row, feature)).collect();
    let columns = (0..FEATURES).map(&mut column).collect();
    FeatureMatrix::from_columns(ROWS, columns).unwrap()
}

fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let mixed = (*state ^ (*state >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

fn normal(state: &mut u64) -> f64 {
    (-2.0 * uniform(state).ln()).sqrt() * (std::f64::consts::TAU * uniform(state)).cos()
}

fn measure(name: &str, what: &str, features: &FeatureMatrix) {
    let best = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let fitted =
                algorithm(name).unwrap().fit(features, 1, &Cancellation::default()).unwrap();
            black_box(fitted.score(features));
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    println!("{name:6} {what}: {best:.2} s");
}
