//! What a profile of a column costs per value, by type and by how many different values there are.
//!
//! `cargo bench -p pynomaly-shared-kernel-domain --bench column_profile` prints nanoseconds per
//! value, the best of some rounds.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::time::Instant;

use shared_kernel_domain::summary::{ColumnProfileSummary, Summary};
use shared_kernel_domain::table::{Batch, Column, TextValues, TimeUnit, Values};

const ROWS: usize = 1 << 19;
const BATCH: usize = 8_192;
const ROUNDS: usize = 7;

fn main() {
    integers("integers, 1,000 values", |_, random| (random % 1_000) as i64);
    integers("integers, all different", |_, random| (random >> 20) as i64);
    integers("integers, ascending", |row, _| row as i64 * 3);
    floats("floats, 500 values", |_, random| (random % 500) as f64 / 4.0);
    floats("floats, two decimals", |_, random| (random % 10_000_000) as f64 / 100.0);
    floats("floats, all different", |_, random| (random as f64 / u64::MAX as f64 - 0.5) * 1e3);
    decimals("decimals", |_, random| i128::from(random % 10_000_000));
    let words = ["alpha", "beta", "gamma", "delta", "epsilon"];
    texts("texts, 40 values", |_, random| format!("{}-{}", words[random as usize % 5], random % 8));
    texts("texts, codes", |_, random| format!("N{:06}", random % 900_000));
    texts("texts, sentences", |row, random| {
        let word = |shift: u64| words[(random >> shift) as usize % 5];
        format!("{} {} {} {} the {} of row {row}", word(3), word(9), word(17), word(23), word(31))
    });
    texts("texts, not Latin", |row, random| format!("привет {} мир {row}", random % 77));
    timestamps("timestamps, ascending", |row, _| row as i64 * 7_000_123);
    timestamps("timestamps, scattered", |_, random| (random % (1 << 50)) as i64);
    let days: Vec<i32> = drawn(|_, random| (random % 3_000) as i32 + 15_000);
    measure("dates", &|from, to| Values::Date(&days[from..to]));
}

fn drawn<T>(value: impl Fn(usize, u64) -> T) -> Vec<T> {
    let mut state = 42_u64;
    let mut draw = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state ^ (state >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    };
    (0..ROWS).map(|row| value(row, draw())).collect()
}

fn integers(name: &str, value: impl Fn(usize, u64) -> i64) {
    let values = drawn(value);
    measure(name, &|from, to| Values::Integer(&values[from..to]));
}

fn floats(name: &str, value: impl Fn(usize, u64) -> f64) {
    let values = drawn(value);
    measure(name, &|from, to| Values::Float(&values[from..to]));
}

fn decimals(name: &str, value: impl Fn(usize, u64) -> i128) {
    let values = drawn(value);
    measure(name, &|from, to| Values::Decimal { values: &values[from..to], scale: 2 });
}

fn timestamps(name: &str, value: impl Fn(usize, u64) -> i64) {
    let values = drawn(value);
    let unit = TimeUnit::Microsecond;
    measure(name, &|from, to| Values::Timestamp { values: &values[from..to], unit });
}

fn texts(name: &str, value: impl Fn(usize, u64) -> String) {
    let values = drawn(value);
    let mut offsets = vec![0];
    let mut bytes = Vec::new();
    for value in &values {
        bytes.extend_from_slice(value.as_bytes());
        offsets.push(bytes.len() as i32);
    }
    measure(name, &|from, to| {
        Values::Text(TextValues { offsets: &offsets[from..=to], bytes: &bytes })
    });
}

fn measure<'a>(name: &str, values: &dyn Fn(usize, usize) -> Values<'a>) {
    let rows: Vec<i64> = (0..ROWS as i64).collect();
    let round = || {
        let started = Instant::now();
        let mut summary = ColumnProfileSummary::new();
        for from in (0..ROWS).step_by(BATCH) {
            let to = from + BATCH;
            let column =
                Column { values: values(from, to), validity: None, len: BATCH, null_count: 0 };
            let batch = Batch { rows: &rows[from..to], columns: &[column] };
            summary.update(&batch).unwrap();
        }
        black_box(&summary);
        started.elapsed().as_secs_f64()
    };
    let best = (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min);
    println!("{name:26} {:6.1} ns", best / ROWS as f64 * 1e9);
}
