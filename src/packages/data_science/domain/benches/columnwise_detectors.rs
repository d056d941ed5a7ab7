//! What the detectors that look at each column alone cost on 1,000,000 × 10 normal numbers.
//!
//! `cargo bench -p pynomaly-data-science-domain --bench columnwise_detectors` prints milliseconds to
//! fit and to score, the best of some rounds.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use data_science_domain::detector::algorithm;
use data_science_domain::matrix::FeatureMatrix;
use shared_kernel_domain::cancellation::Cancellation;

const ROWS: usize = 1_000_000;
const ROUNDS: usize = 5;

fn main() {
    let table = table();
    for name in ["ecod", "copod", "hbos"] {
        let algorithm = algorithm(name).unwrap();
        let (mut fit, mut score) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            let begin = Instant::now();
            let detector = algorithm.fit(&table, 1, &Cancellation::default()).unwrap();
            let fitted = Instant::now();
            black_box(detector.score(&table));
            fit = fit.min(fitted - begin);
            score = score.min(fitted.elapsed());
        }
        println!("{name:8} fit {:6.1} ms, score {:6.1} ms", milliseconds(fit), milliseconds(score));
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn table() -> FeatureMatrix {
    let mut state = 42_u64;
    let mut uniform = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state ^ (state >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 * 2_f64.powi(-53)
    };
    let mut normal =
        || (-2.0 * (1.0 - uniform()).ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
    let columns = (0..10).map(|_| (0..ROWS).map(|_| normal()).collect()).collect();
    FeatureMatrix::from_columns(ROWS, columns).unwrap()
}
