//! Series as a whole: from batches to scores.

use proptest::prelude::*;
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::table::{
    Batch, Bits, Cell, Column, ColumnType, Field, TableSchema, Values,
};

use super::testing::{noise, seasonal};
use super::*;
use crate::decision::DecisionRule;
use crate::reason::Expected;

/// A table of a column of stamps, one of series and some of numbers.
#[derive(Clone, Default)]
struct Rows {
    time: Vec<Option<i64>>,
    by: Option<Vec<i64>>,
    numbers: Vec<Vec<f64>>,
}

impl Rows {
    fn of(numbers: Vec<Vec<f64>>) -> Self {
        let count = numbers[0].len() as i64;
        Self { time: (0..count).map(|at| Some(60 * at)).collect(), by: None, numbers }
    }

    fn table(&self) -> Result<SeriesTable> {
        let field = |name: &str, column_type| Field { name: name.to_owned(), column_type };
        let mut fields = vec![field("t", ColumnType::Integer)];
        fields.extend(self.by.as_ref().map(|_| field("s", ColumnType::Integer)));
        let names: Vec<String> = (0..self.numbers.len()).map(|at| format!("x{at}")).collect();
        fields.extend(names.iter().map(|name| field(name, ColumnType::Float)));
        let columns = SeriesColumns {
            time: "t".to_owned(),
            by: self.by.as_ref().map(|_| "s".to_owned()),
            values: Vec::new(),
        };
        let schema = TableSchema { fields };
        let mut reader = SeriesReader::new(&schema, &columns, None, self.time.len() as u64)?;
        let stamps: Vec<i64> = self.time.iter().map(|time| time.unwrap_or(0)).collect();
        let mut bits = vec![0_u8; stamps.len().div_ceil(8)];
        for (row, _) in self.time.iter().enumerate().filter(|(_, time)| time.is_some()) {
            bits[row / 8] |= 1 << (row % 8);
        }
        let len = stamps.len();
        let null_count = self.time.iter().filter(|time| time.is_none()).count();
        let column = |values| Column { values, validity: None, len, null_count: 0 };
        let mut columns = vec![Column {
            validity: Bits::new(&bits, 0, len),
            null_count,
            ..column(Values::Integer(&stamps))
        }];
        columns.extend(self.by.as_ref().map(|by| column(Values::Integer(by))));
        columns.extend(self.numbers.iter().map(|numbers| column(Values::Float(numbers))));
        let rows: Vec<i64> = (0..len as i64).collect();
        reader.take(&Batch { rows: &rows, columns: &columns })?;
        reader.finish()
    }

    fn judged(&self, detector: &str) -> Result<Finding> {
        let settings = SeriesSettings::default();
        let algorithm = series_algorithm(detector, settings)?;
        Finding::of(self.table()?, algorithm, settings, &Cancellation::default())
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    series_algorithms().iter().map(|algorithm| algorithm.name())
}

#[test]
fn planted_rows_are_called_and_say_what_would_have_been_normal() {
    let mut values = seasonal(24, 1_200, 0.3);
    values[700] += 6.0;
    values[333] -= 8.0;
    let mut rows = Rows::of(vec![values, noise(4, 1_200)]);
    // Any order of rows is one of stamps; a stamp may be missing.
    rows.time.reverse();
    rows.time[40] = None;
    let finding = rows.judged("seasonal_residual").unwrap();
    let decision = finding.decide(DecisionRule::default());
    assert_eq!(decision.rows, [333, 700]);
    assert_eq!(finding.scores()[40], NOT_LOOKED_AT);
    let report = finding.report();
    assert_eq!((report.not_looked_at[0].rows, report.not_looked_at[0].first_row), (1, 40));
    assert!(report.not_looked_at[0].reason.contains("\"t\" is missing"));
    assert_eq!((report.missing_stamps, report.first[0].chosen["x0"].period), (1, Some(24)));
    let reasons = finding.reasons(700, &std::collections::BTreeMap::new());
    assert_eq!(reasons[0].column, "x0");
    let Expected::Range { low, high, .. } = &reasons[0].expected else { panic!("no range") };
    let number = |cell: &Cell| cell.to_string().parse::<f64>().unwrap();
    assert!(number(low) < number(high) && number(high) < rows.numbers[0][700]);
    let picture = finding.picture(700, &decision).unwrap();
    assert_eq!((picture.column.as_str(), picture.values.len()), ("x0", 60));
    // Stamps run against the rows: row 700 of 1,200 is in piece 24 of 60, row 333 in piece 43.
    let marks: Vec<usize> = (0..60).filter(|&piece| picture.marked[piece]).collect();
    assert_eq!((marks, picture.values[24]), (vec![24, 43], Some(rows.numbers[0][700])));
    let many = finding.decide(DecisionRule::Budget { rows: 5_000 });
    assert_eq!(many.rows.len(), 1_199, "what was not looked at is never called");
}

#[test]
fn every_detector_scores_every_row_and_finds_a_spike() {
    let mut values = seasonal(24, 960, 0.2);
    values[500] += 40.0;
    for name in names() {
        let finding = Rows::of(vec![values.clone()]).judged(name).unwrap();
        assert!(finding.scores().iter().all(|score| score.is_finite()), "{name}");
        let first = finding.decide(DecisionRule::Budget { rows: 1 }).rows[0];
        if name != "level_shift" {
            assert_eq!(first, 500, "{name}");
        }
    }
}

#[test]
fn of_clean_noise_few_rows_are_called_and_p_values_are_what_they_say() {
    for name in names() {
        let (mut called, mut below) = (0, [0_usize; 2]);
        for seed in 0..20 {
            let finding = Rows::of(vec![noise(100 + seed, 1_000)]).judged(name).unwrap();
            called += usize::from(!finding.decide(DecisionRule::default()).rows.is_empty());
            let looked_at = finding.scores().iter().filter(|&&score| score >= 0.0);
            for p_value in looked_at.map(|&score| finding.calibration().p_value(score)) {
                below[0] += usize::from(p_value < 0.01);
                below[1] += usize::from(p_value < 1e-4);
            }
        }
        assert!(called <= 6, "{name}: {called} of 20 clean series have anomalies");
        assert!((100..260).contains(&below[0]), "{name}: {below:?} of 20,000");
        assert!(below[1] <= 10, "{name}: {below:?} of 20,000");
    }
}

#[test]
fn series_of_other_spreads_are_compared_by_how_rare_a_row_is() {
    let (mut quiet, mut loud) = (noise(1, 700), noise(2, 700));
    for value in &mut loud {
        *value *= 1_000.0;
    }
    quiet[100] += 12.0;
    loud[650] += 9_000.0;
    let by = [vec![1; 700], vec![2; 700]].concat();
    let mut rows = Rows::of(vec![[quiet, loud].concat()]);
    rows.by = Some(by);
    let stamps: Vec<_> = (0..700).map(|at| Some(60 * at)).collect();
    rows.time = [stamps.clone(), stamps].concat();
    let finding = rows.judged("seasonal_residual").unwrap();
    let mut first = finding.decide(DecisionRule::Budget { rows: 2 }).rows;
    first.sort_unstable();
    assert_eq!(first, [100, 1_350]);
    assert_eq!(finding.report().series, 2);
}

#[test]
fn short_series_share_their_calibration_and_too_short_ones_are_told() {
    let mut values = noise(3, 40 * 50);
    values[777] += 15.0;
    let mut rows = Rows::of(vec![values]);
    rows.by = Some((0..2_000).map(|row| row / 50).collect());
    // The last series has five rows with a stamp.
    rows.time[1_955..].fill(None);
    let finding = rows.judged("seasonal_residual").unwrap();
    assert_eq!(finding.decide(DecisionRule::default()).rows, [777]);
    let reasons: Vec<_> =
        finding.report().not_looked_at.iter().map(|s| s.reason.as_str()).collect();
    assert!(
        reasons.iter().any(|reason| reason.contains("series \"39\": it has 5 rows")),
        "{reasons:?}"
    );
}

#[test]
fn repeated_stamps_are_each_judged_by_their_own_value() {
    let mut rows = Rows::of(vec![seasonal(24, 600, 0.2)]);
    rows.time[301] = rows.time[300];
    rows.numbers[0][301] += 30.0;
    let finding = rows.judged("seasonal_residual").unwrap();
    assert_eq!(finding.report().repeated_stamps, 1);
    assert!(finding.scores()[301] > 2.0 * finding.scores()[299]);
    assert_eq!(finding.decide(DecisionRule::Budget { rows: 1 }).rows, [301]);
}

#[test]
fn what_cannot_be_judged_is_an_error_that_says_why() {
    let why = |rows: &Rows| {
        let error = rows.judged("seasonal_residual").err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Input);
        assert!(error.hint_text().is_some());
        error.what().to_owned()
    };
    assert!(
        why(&Rows::of(vec![vec![1.0]])).contains("varies")
            || !why(&Rows::of(vec![vec![1.0]])).is_empty()
    );
    assert!(why(&Rows::of(vec![noise(1, 3)])).contains("fewer than 12"));
    assert!(why(&Rows::of(vec![vec![5.0; 100]])).contains("varies"));
    assert!(why(&Rows::of(vec![vec![f64::NAN; 100]])).contains("varies"));
    let mut timeless = Rows::of(vec![noise(1, 50)]);
    timeless.time.fill(None);
    assert!(why(&timeless).contains("0 rows with a stamp"));
    let mut mixed = Rows::of(vec![noise(1, 50)]);
    mixed.time = (0..50).map(|at| Some(at / 2)).collect();
    assert!(why(&mixed).contains("--by"));
    let settings = SeriesSettings { period: Some(1), window: None };
    assert!(series_algorithm("seasonal_residual", settings).is_err());
    let window = SeriesSettings { period: None, window: Some(9) };
    assert!(series_algorithm("seasonal_residual", window).is_err());
    assert!(series_algorithm("isolation_forest", SeriesSettings::default()).is_err());
}

#[test]
fn wild_numbers_are_judged() {
    for scale in [1e-300, 1e300] {
        let mut values = seasonal(12, 240, 0.3);
        for value in &mut values {
            *value *= scale;
        }
        values[100] = f64::INFINITY;
        values[7] = f64::NAN;
        for name in names() {
            let finding = Rows::of(vec![values.clone()]).judged(name).unwrap();
            assert!(finding.scores().iter().all(|score| score.is_finite()), "{name}");
            if name == "seasonal_residual" {
                assert_eq!(finding.decide(DecisionRule::Budget { rows: 1 }).rows, [100]);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_table_is_judged_or_refused(
        stamps in prop::collection::vec(prop::option::weighted(0.95, 0_i64..90), 0..90),
        values in prop::collection::vec(
            prop_oneof![
                8 => -5.0..5.0,
                1 => Just(f64::NAN),
                1 => prop::sample::select(vec![f64::INFINITY, f64::MAX, f64::MIN, 0.0, 1e-320]),
            ],
            90,
        ),
        spread_out: bool,
        by: bool,
    ) {
        let count = stamps.len();
        let time = stamps.iter().enumerate().map(|(row, stamp)| {
            stamp.map(|stamp| if spread_out { row as i64 } else { stamp })
        });
        let rows = Rows {
            time: time.collect(),
            by: by.then(|| (0..count as i64).map(|row| row % 3).collect()),
            numbers: vec![values[..count].to_vec(), values[90 - count..].to_vec()],
        };
        for name in names() {
            match rows.judged(name) {
                Ok(finding) => {
                    prop_assert_eq!(finding.scores().len(), count);
                    let fits = |&score: &f64| score.is_finite() && (score >= 0.0 || score == NOT_LOOKED_AT);
                    prop_assert!(finding.scores().iter().all(fits));
                    let skipped: u64 = finding.report().not_looked_at.iter().map(|skipped| skipped.rows).sum();
                    let unseen = finding.scores().iter().filter(|&&score| score < 0.0).count();
                    prop_assert_eq!(skipped, unseen as u64);
                    for row in 0..count {
                        for reason in finding.reasons(row, &std::collections::BTreeMap::new()) {
                            let Expected::Range { typical, low, high } = &reason.expected else {
                                panic!("no range");
                            };
                            let is_number = |cell: &Cell| matches!(cell, Cell::Float(x) if x.is_finite());
                            prop_assert!([typical, low, high].into_iter().all(is_number));
                        }
                    }
                }
                Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Input),
            }
        }
    }
}
