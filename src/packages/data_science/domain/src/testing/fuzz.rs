//! What is fuzzed: bytes that may be a model, and tables that may be anything. Each takes any
//! bytes and panics where something does not hold. The tests of this file give them bytes of a seeded
//! generator, a few, or for `PYNOMALY_FUZZ_SECONDS` each; `tests/fuzz` does for ten minutes.

use std::collections::BTreeMap;

use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::table::{
    Batch, Bits, Column, ColumnType, Field, TableSchema, TextValues, TimeUnit, Values,
};

use crate::detector::algorithms;
use crate::encoder::Learner;
use crate::matrix::FeatureMatrix;
use crate::model::AnomalyModel;
use crate::portable::Provenance;

/// Rows and columns that a table has at most: detectors are slow for what they are, not for how
/// many rows show it.
const MAX_ROWS: usize = 48;
const MAX_COLUMNS: usize = 4;

/// Numbers that are worth more than random ones.
const NUMBERS: [f64; 14] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MAX,
    f64::MIN,
    f64::MIN_POSITIVE,
    5e-324,
    1e300,
    -1e300,
    1e-300,
    -0.0,
    86_400.0,
    9e15,
    0.5,
];

/// Bytes that may be a model: refused, or a model that scores rows, gives reasons and can be
/// exported, whatever it says.
pub fn model_bytes(bytes: &[u8]) {
    let model = match AnomalyModel::from_bytes(bytes) {
        Ok(model) => model,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Input, "{error}");
            return;
        }
    };
    let again = model.to_bytes().expect("what was read can be written");
    let restored = AnomalyModel::from_bytes(&again).expect("what was written can be read");
    let width = model.encoder().features();
    assert!(width < 1 << 20, "{width} features of {} bytes", bytes.len());
    // The encoder gives finite numbers only.
    let finite: Vec<f64> = NUMBERS.iter().copied().filter(|number| number.is_finite()).collect();
    let column = |at: usize| (0..5).map(|row| finite[(3 * row + at) % finite.len()]).collect();
    let rows = FeatureMatrix::from_columns(5, (0..width).map(column).collect()).expect("a matrix");
    let scores = model.score(&rows);
    assert!(scores.iter().all(|score| score.is_finite()), "{}: {scores:?}", model.detector_name());
    assert_eq!(restored.score(&rows), scores, "{}", model.detector_name());
    check_model(&model, &rows, &scores);
}

/// Bytes as a detector and two tables: what learns from the first one scores both, or says that
/// there is nothing to learn.
pub fn scorer(bytes: &[u8]) {
    let mut source = Source { bytes };
    let all = algorithms();
    let detector = all[source.below(all.len())].name();
    let width = 1 + source.below(MAX_COLUMNS);
    let kinds: Vec<u8> = (0..width).map(|_| source.byte()).collect();
    let learned = Table::read(&mut source, &kinds);
    let other = Table::read(&mut source, &kinds);
    let mut learner = Learner::new(&learned.schema(), None);
    learned.with_batch(&learner.columns(), |batch| learner.take(batch, None)).expect("its own");
    let (model, scores) = match AnomalyModel::learn(learner, detector, 1, &Cancellation::default())
    {
        Ok(learned) => learned,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Input, "{detector}: {error}");
            return;
        }
    };
    let columns = model.encoder().columns();
    let encode = |table: &Table| {
        table.with_batch(&columns, |batch| model.encoder().encode(batch)).expect("the same types")
    };
    let own = encode(&learned);
    assert_eq!(model.score(&own), scores, "{detector}: the same rows again");
    let restored = AnomalyModel::from_bytes(&model.to_bytes().expect("bytes")).expect("a model");
    for rows in [own, encode(&other)] {
        let scores = model.score(&rows);
        assert!(scores.iter().all(|score| score.is_finite()), "{detector}: {scores:?}");
        assert_eq!(restored.score(&rows), scores, "{detector}");
        check_model(&model, &rows, &scores);
    }
}

/// p-values, reasons and exports of a model that reads rows of these features.
fn check_model(model: &AnomalyModel, rows: &FeatureMatrix, scores: &[f64]) {
    let calibration = model.calibration();
    for &score in scores {
        let (p, percentile) = (calibration.p_value(score), calibration.percentile(score));
        assert!(p > 0.0 && p <= 1.0, "{p}");
        assert!((0.0..=100.0).contains(&percentile), "{percentile}");
    }
    if rows.rows() > 0 {
        let mut row = Vec::new();
        rows.copy_row(rows.rows() - 1, &mut row);
        for reason in model.reasons(&row, &BTreeMap::new()) {
            assert!(reason.contribution.is_finite() && reason.contribution > 0.0);
        }
    }
    if let Ok(portable) = model.portable() {
        let provenance = Provenance {
            pipeline: "p".to_owned(),
            revision: 1,
            model: "p".to_owned(),
            model_version: 1,
            digest: String::new(),
        };
        for exported in [
            portable.to_onnx(&provenance).map(|bytes| bytes.len()),
            portable.to_sql(&provenance, &["p"]).map(|text| text.len()),
        ] {
            match exported {
                Ok(length) => assert!(length > 0),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Usage, "{error}"),
            }
        }
    }
}

/// Bytes being used up; zeros when they are.
struct Source<'a> {
    bytes: &'a [u8],
}

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        first
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound
    }

    fn eight(&mut self) -> u64 {
        (0..8).fold(0, |value, _| value << 8 | u64::from(self.byte()))
    }

    /// A number, or none; small whole ones most often, so that values repeat.
    fn number(&mut self) -> Option<f64> {
        match self.byte() {
            0..24 => None,
            kind @ 24..52 => NUMBERS.get(usize::from(kind - 24) / 2).copied(),
            52..72 => Some(f64::from_bits(self.eight())),
            kind => Some(f64::from(kind % 8) - 3.0),
        }
    }
}

/// The cells of a column, `None` where missing.
struct Cells {
    column_type: ColumnType,
    validity: Vec<u8>,
    floats: Vec<f64>,
    integers: Vec<i64>,
    days: Vec<i32>,
    bits: Vec<u8>,
    text: Vec<u8>,
    offsets: Vec<i32>,
}

struct Table {
    rows: usize,
    columns: Vec<Cells>,
}

impl Table {
    fn read(source: &mut Source<'_>, kinds: &[u8]) -> Self {
        let rows = source.below(MAX_ROWS + 1);
        let columns = kinds.iter().map(|kind| Cells::read(source, *kind, rows)).collect();
        Self { rows, columns }
    }

    fn schema(&self) -> TableSchema {
        let field = |(at, cells): (usize, &Cells)| Field {
            name: format!("c{at}"),
            column_type: cells.column_type,
        };
        TableSchema { fields: self.columns.iter().enumerate().map(field).collect() }
    }

    /// Shows the columns of these names.
    fn with_batch<T>(&self, names: &[String], look: impl FnOnce(&Batch<'_>) -> T) -> T {
        let is_wanted = |at: &usize| names.contains(&format!("c{at}"));
        let columns: Vec<Column<'_>> =
            (0..self.columns.len()).filter(is_wanted).map(|at| self.columns[at].view()).collect();
        let rows: Vec<i64> = (0..self.rows as i64).collect();
        look(&Batch { rows: &rows, columns: &columns })
    }
}

impl Cells {
    fn read(source: &mut Source<'_>, kind: u8, rows: usize) -> Self {
        let column_type = match kind % 6 {
            0 => ColumnType::Integer,
            1 => ColumnType::Boolean,
            2 => ColumnType::Text,
            3 => ColumnType::Timestamp,
            4 => ColumnType::Date,
            _ => ColumnType::Float,
        };
        let mut cells = Self {
            column_type,
            validity: vec![0; rows.div_ceil(8)],
            floats: Vec::new(),
            integers: Vec::new(),
            days: Vec::new(),
            bits: vec![0; rows.div_ceil(8)],
            text: Vec::new(),
            offsets: vec![0],
        };
        for row in 0..rows {
            let number = source.number();
            let value = number.unwrap_or_default();
            cells.validity[row / 8] |= u8::from(number.is_some()) << (row % 8);
            cells.bits[row / 8] |= u8::from(value > 0.0) << (row % 8);
            cells.floats.push(value);
            cells.integers.push(value as i64);
            cells.days.push(value as i32);
            cells.text.extend(format!("{value}").into_bytes());
            cells.offsets.push(cells.text.len() as i32);
        }
        cells
    }

    fn view(&self) -> Column<'_> {
        let len = self.floats.len();
        let values = match self.column_type {
            ColumnType::Integer => Values::Integer(&self.integers),
            ColumnType::Boolean => Values::Boolean(Bits::new(&self.bits, 0, len).expect("bits")),
            ColumnType::Text => {
                Values::Text(TextValues { offsets: &self.offsets, bytes: &self.text })
            }
            ColumnType::Timestamp => {
                Values::Timestamp { values: &self.integers, unit: TimeUnit::Second }
            }
            ColumnType::Date => Values::Date(&self.days),
            _ => Values::Float(&self.floats),
        };
        let validity = Bits::new(&self.validity, 0, len);
        let null_count = len - validity.map_or(len, |bits| bits.count_ones());
        Column { values, validity, len, null_count }
    }
}

/// A model of every detector, of a small table of all kinds of columns: what [`model_bytes`]
/// begins from.
pub fn models() -> Vec<Vec<u8>> {
    // Column kinds by their number, then rows and cells.
    let bytes: Vec<u8> = (0..400_u32).map(|at| (at * 37 % 181) as u8 + 60).collect();
    let mut models = Vec::new();
    for kinds in [[5, 0, 2, 3], [5, 5, 1, 4]] {
        let table = Table::read(&mut Source { bytes: &[&[40][..], &bytes].concat() }, &kinds);
        for algorithm in algorithms() {
            let mut learner = Learner::new(&table.schema(), None);
            let columns = learner.columns();
            table.with_batch(&columns, |batch| learner.take(batch, None)).expect("its own");
            let cancellation = Cancellation::default();
            let learned = AnomalyModel::learn(learner, algorithm.name(), 1, &cancellation);
            models.push(learned.expect("a model").0.to_bytes().expect("bytes"));
        }
    }
    models
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::time::{Duration, Instant};

    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    use super::*;

    /// Bytes that lengths, counts and flags are likely to be.
    const BYTES: [u8; 8] = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, 0x10];

    struct Mutator(ChaCha8Rng);

    impl Mutator {
        fn new(seed: u64) -> Self {
            Self(ChaCha8Rng::seed_from_u64(seed))
        }

        fn below(&mut self, bound: usize) -> usize {
            (self.0.next_u64() % bound.max(1) as u64) as usize
        }

        /// One of the ways in which bytes go wrong.
        fn mutate(&mut self, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
            let at = self.below(bytes.len());
            let span = (1 + self.below(16)).min(bytes.len() - at);
            match self.below(8) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = BYTES[self.below(BYTES.len())],
                2 => {
                    let number = NUMBERS[self.below(NUMBERS.len())].to_le_bytes();
                    bytes.splice(at..(at + 8).min(bytes.len()), number);
                }
                3 => drop(bytes.drain(at..at + span)),
                4 => {
                    let again = bytes[at..at + span].to_vec();
                    bytes.splice(at..at, again);
                }
                // The largest numbers there are in this encoding.
                5 => drop(bytes.splice(at..at + span, [0xff, 0xff, 0xff, 0xff, 0x0f])),
                6 => bytes.truncate(at + 1),
                _ => {
                    let other = &others[self.below(others.len())];
                    let from = self.below(other.len());
                    let piece = other[from..(from + 64).min(other.len())].to_vec();
                    bytes.splice(at..(at + piece.len()).min(bytes.len()), piece);
                }
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
    }

    /// As many inputs as a test should take.
    const INPUTS: u64 = 200;

    /// How long to go on, where that was asked for.
    fn duration() -> Option<Duration> {
        let seconds = std::env::var("PYNOMALY_FUZZ_SECONDS").ok()?;
        Some(Duration::from_secs(seconds.parse().unwrap()))
    }

    /// Goes on with one seed after the other; a panic tells the seed. Memory must stay small.
    fn go_on(what: &str, try_one: impl Fn(u64)) {
        let begin = Instant::now();
        let mut seed = 0;
        while duration().map_or(seed < INPUTS, |duration| begin.elapsed() < duration) {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| try_one(seed))) {
                eprintln!("{what}: seed {seed}");
                resume_unwind(panic);
            }
            seed += 1;
        }
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.map_or("0 kB", str::trim);
        eprintln!("{what}: {seed} inputs, peak memory {peak}");
        let kilobytes: u64 = peak.trim_end_matches(" kB").parse().unwrap();
        assert!(kilobytes < 1_500_000, "{what}: {peak}");
    }

    #[test]
    fn mutated_models_are_refused_or_harmless() {
        let models = models();
        for model in &models {
            model_bytes(model);
        }
        go_on("model_bytes", |seed| {
            let mut mutator = Mutator::new(seed);
            let mut bytes = models[mutator.below(models.len())].clone();
            for _ in 0..=mutator.below(4) {
                mutator.mutate(&mut bytes, &models);
            }
            model_bytes(&bytes);
        });
    }

    #[test]
    fn any_table_is_learned_from_or_refused() {
        go_on("scorer", |seed| {
            let mut mutator = Mutator::new(seed);
            let mut bytes = vec![0; 40 + mutator.below(1_200)];
            mutator.0.fill_bytes(&mut bytes);
            scorer(&bytes);
        });
    }
}
