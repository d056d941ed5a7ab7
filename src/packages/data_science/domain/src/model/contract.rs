//! The score contract, of every detector: p-values of new rows are what they say, planted rows are
//! found and few others, and reasons name the column that was corrupted and a value that heals it.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::table::{Batch, Cell, Column, ColumnType, Field, TableSchema, Values};

use super::*;
use crate::decision::Decision;
use crate::detector::{DEFAULT_DETECTOR, algorithms};
use crate::encoder::Learner;
use crate::reason::Expected;

const COLUMNS: usize = 5;

/// A table of numbers, by column.
#[derive(Clone)]
struct Table(Vec<Vec<f64>>);

struct Random(ChaCha8Rng);

impl Random {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Above 0 and below 1.
    fn uniform(&mut self) -> f64 {
        (f64::from(self.0.next_u32()) + 0.5) / 4_294_967_296.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.uniform() * bound as f64) as usize
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }
}

impl Table {
    /// Two correlated columns, a skewed one, one of whole numbers and one of two groups.
    fn clean(rows: usize, random: &mut Random) -> Self {
        let mut columns = vec![Vec::new(); COLUMNS];
        for _ in 0..rows {
            let (a, b) = (random.normal(), random.normal());
            let group = if random.uniform() < 0.7 { 0.0 } else { 6.0 };
            let row = [
                10.0 + 2.0 * a,
                3.0 * (0.6 * a + 0.8 * b),
                -random.uniform().ln(),
                (50.0 + 12.0 * random.normal()).round(),
                group + random.normal(),
            ];
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        Self(columns)
    }

    fn rows(&self) -> usize {
        self.0[0].len()
    }

    /// Puts a value far outside into a row.
    fn corrupt(&mut self, row: usize, column: usize, random: &mut Random) {
        let side = if random.uniform() < 0.5 { -1.0 } else { 1.0 };
        let (middle, spread) =
            [(10.0, 2.0), (0.0, 3.0), (1.0, 1.0), (50.0, 12.0), (2.0, 3.0)][column];
        self.0[column][row] = middle + side * spread * (8.0 + 4.0 * random.uniform());
    }

    fn with_batch<T>(&self, look: impl FnOnce(&Batch<'_>) -> T) -> T {
        let rows: Vec<i64> = (0..self.rows() as i64).collect();
        let columns: Vec<Column<'_>> = self
            .0
            .iter()
            .map(|values| Column {
                values: Values::Float(values),
                validity: None,
                len: values.len(),
                null_count: 0,
            })
            .collect();
        look(&Batch { rows: &rows, columns: &columns })
    }

    fn learn(&self, detector: &str) -> (AnomalyModel, Vec<f64>) {
        let field = |index| Field { name: format!("c{index}"), column_type: ColumnType::Float };
        let schema = TableSchema { fields: (0..COLUMNS).map(field).collect() };
        let mut learner = Learner::new(&schema, None);
        self.with_batch(|batch| learner.take(batch, None)).unwrap();
        AnomalyModel::learn(learner, detector, 3, &Cancellation::default()).unwrap()
    }

    fn encoded(&self, model: &AnomalyModel) -> FeatureMatrix {
        self.with_batch(|batch| model.encoder().encode(batch)).unwrap()
    }

    fn scored(&self, model: &AnomalyModel) -> Vec<f64> {
        model.score(&self.encoded(model))
    }
}

/// Detectors whose first reason is the corrupted column less often than in 95 of 100 rows, and how
/// often it is: COPOD sees one tail of a column at a time.
const NAMED_LESS_OFTEN: [(&str, f64); 1] = [("copod", 0.94)];

/// How often p-values of new rows are below `a`, in the mean of some tables, against the sampling
/// error of both sides.
fn assert_calibrated(detector: &str, training_rows: usize, tables: u64) {
    const NEW_ROWS: usize = 1_000;
    let mut shares = [0.0; 3];
    let of_a = [0.01, 0.05, 0.1];
    for seed in 0..tables {
        let mut random = Random::new(30 + seed);
        let (model, _) = Table::clean(training_rows, &mut random).learn(detector);
        let calibration = model.calibration();
        let source = if training_rows > CROSS_FITTED_ROWS {
            CalibrationSource::HeldBack
        } else {
            CalibrationSource::CrossFitted
        };
        assert_eq!(calibration.source(), source, "{detector}");
        let new = Table::clean(NEW_ROWS, &mut random).scored(&model);
        for (share, a) in shares.iter_mut().zip(of_a) {
            let below = new.iter().filter(|&&score| calibration.p_value(score) < a).count();
            *share += below as f64 / (NEW_ROWS as f64 * tables as f64);
        }
    }
    let calibrating = if training_rows > CROSS_FITTED_ROWS { 0.2 } else { 1.0 };
    let calibrating = calibrating * training_rows as f64;
    for (share, a) in shares.into_iter().zip(of_a) {
        let sides = 1.0 / NEW_ROWS as f64 + 1.0 / calibrating;
        let error = (a * (1.0 - a) * sides / tables as f64).sqrt();
        assert!((share - a).abs() < 3.5 * error, "{detector}: {share} of {a} ± {error}");
    }
}

#[test]
fn p_values_of_new_rows_are_calibrated_for_every_detector() {
    for detector in algorithms() {
        assert_calibrated(detector.name(), 3_000, 4);
        assert_calibrated(detector.name(), 500, 8);
    }
}

fn default_decision(table: &Table, detector: &str) -> Decision {
    let (model, scores) = table.learn(detector);
    model.decision_rule().decide(&scores, model.calibration())
}

#[test]
fn a_clean_table_has_few_anomalies_whatever_the_detector() {
    for detector in algorithms() {
        let table = Table::clean(2_000, &mut Random::new(5));
        let found = default_decision(&table, detector.name()).rows.len();
        assert!(found <= 6, "{}: {found} of 2,000 rows", detector.name());
    }
}

#[test]
fn planted_rows_are_found_by_default_and_few_others() {
    for (seed, rows) in [(1, 1_000), (2, 2_000), (3, 4_000), (4, 10_000)] {
        let mut random = Random::new(seed);
        let mut table = Table::clean(rows, &mut random);
        let planted = rows / 200;
        for row in 0..planted {
            for column in 0..COLUMNS {
                table.corrupt(row, column, &mut random);
            }
        }
        for detector in [DEFAULT_DETECTOR, "auto"] {
            let share = default_decision(&table, detector).rows.len() as f64 / rows as f64;
            assert!((0.002..=0.01).contains(&share), "{detector}: {share} of {rows} rows");
        }
    }
}

/// One column is corrupted in 200 of 4,000 rows: the share of these whose first reason is that
/// column, and of those among the 200 highest scores the share that the value told brings under the
/// threshold.
fn faithfulness(detector: &str) -> (f64, f64) {
    const CORRUPTED: usize = 200;
    let mut random = Random::new(17);
    let mut table = Table::clean(4_000, &mut random);
    let corrupted: Vec<usize> = (0..CORRUPTED).map(|_| random.below(COLUMNS)).collect();
    for (row, &column) in corrupted.iter().enumerate() {
        table.corrupt(row, column, &mut random);
    }
    let (model, scores) = table.learn(detector);
    let budget = DecisionRule::Budget { rows: CORRUPTED as u64 };
    let threshold = budget.decide(&scores, model.calibration()).threshold;
    for column in &mut table.0 {
        column.truncate(CORRUPTED);
    }
    let features = table.encoded(&model);
    let mut healed = table.clone();
    let mut named = 0;
    for (row, column) in corrupted.into_iter().enumerate() {
        let mut encoded = Vec::new();
        features.copy_row(row, &mut encoded);
        let reasons = model.reasons(&encoded, &BTreeMap::new());
        let name = format!("c{column}");
        named += usize::from(reasons.first().is_some_and(|first| first.column == name));
        let own = reasons.iter().find(|reason| reason.column == name);
        if let Some(Expected::Range { typical: Cell::Float(value), .. }) =
            own.map(|reason| &reason.expected)
        {
            healed.0[column][row] = *value;
        }
    }
    let after = healed.scored(&model);
    let called = scores[..CORRUPTED].iter().zip(&after).filter(|(before, _)| **before >= threshold);
    let (called, kept) = called.fold((0, 0_u32), |(called, kept), (_, &after)| {
        (called + 1, kept + u32::from(after >= threshold))
    });
    (named as f64 / CORRUPTED as f64, 1.0 - f64::from(kept) / f64::from(called.max(1_u32)))
}

#[test]
fn reasons_name_the_corrupted_column_and_a_value_that_heals_it() {
    for detector in algorithms() {
        let (named, healed) = faithfulness(detector.name());
        let name = detector.name();
        let least = NAMED_LESS_OFTEN.iter().find(|(known, _)| *known == name);
        assert!(named >= least.map_or(0.95, |(_, share)| *share), "{name}: {named} named first");
        assert!(healed >= 0.9, "{name}: {healed} healed");
    }
}

/// Small enough for folds, and large enough for several blocks of each thread.
#[test]
fn any_number_of_threads_learns_the_same() {
    for rows in [200, 5_500] {
        let table = Table::clean(rows, &mut Random::new(23));
        for algorithm in algorithms() {
            let learned = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let (model, scores) = pool.install(|| table.learn(algorithm.name()));
                (model.to_bytes().unwrap(), scores)
            };
            assert!(learned(1) == learned(3), "{} of {rows} rows", algorithm.name());
        }
    }
}
