use proptest::prelude::*;
use shared_kernel_domain::table::{Bits, Cell, Column, Field, TextValues, TimeUnit, Values};

use super::*;
use crate::reason::{Aspect, Expected};

/// A column that owns its values; `None` is null.
enum Owned {
    Integers(Vec<Option<i64>>),
    Floats(Vec<f64>),
    Flags(Vec<Option<bool>>),
    Texts(Vec<Option<&'static str>>),
    Seconds(Vec<i64>),
    Days(Vec<i32>),
}

fn bitmap(bits: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, bit) in bits.enumerate() {
        if index % 8 == 0 {
            bytes.push(0);
        }
        *bytes.last_mut().unwrap() |= u8::from(bit) << (index % 8);
    }
    bytes
}

impl Owned {
    fn column_type(&self) -> ColumnType {
        match self {
            Self::Integers(_) => ColumnType::Integer,
            Self::Floats(_) => ColumnType::Float,
            Self::Flags(_) => ColumnType::Boolean,
            Self::Texts(_) => ColumnType::Text,
            Self::Seconds(_) => ColumnType::Timestamp,
            Self::Days(_) => ColumnType::Date,
        }
    }

    fn present(&self) -> Vec<bool> {
        match self {
            Self::Integers(values) => values.iter().map(Option::is_some).collect(),
            Self::Flags(values) => values.iter().map(Option::is_some).collect(),
            Self::Texts(values) => values.iter().map(Option::is_some).collect(),
            Self::Floats(values) => vec![true; values.len()],
            Self::Seconds(values) => vec![true; values.len()],
            Self::Days(values) => vec![true; values.len()],
        }
    }
}

/// Shows owned columns as a batch.
fn with_batch<T>(columns: &[Owned], look: impl FnOnce(&Batch<'_>) -> T) -> T {
    let present: Vec<_> = columns.iter().map(Owned::present).collect();
    let validity: Vec<_> = present.iter().map(|bits| bitmap(bits.iter().copied())).collect();
    let integers: Vec<Vec<i64>> = columns
        .iter()
        .map(|column| match column {
            Owned::Integers(values) => values.iter().map(|value| value.unwrap_or(-99)).collect(),
            _ => Vec::new(),
        })
        .collect();
    let packed: Vec<(Vec<u8>, Vec<i32>)> = columns
        .iter()
        .map(|column| match column {
            Owned::Flags(values) => (bitmap(values.iter().map(|flag| flag == &Some(true))), vec![]),
            Owned::Texts(values) => {
                let mut offsets = vec![0_i32];
                let mut bytes = Vec::new();
                for value in values {
                    bytes.extend(value.unwrap_or("").bytes());
                    offsets.push(bytes.len() as i32);
                }
                (bytes, offsets)
            }
            _ => (vec![], vec![]),
        })
        .collect();
    let views: Vec<Column<'_>> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let len = present[index].len();
            let (bytes, offsets) = &packed[index];
            let values = match column {
                Owned::Integers(_) => Values::Integer(&integers[index]),
                Owned::Floats(values) => Values::Float(values),
                Owned::Flags(_) => Values::Boolean(Bits::new(bytes, 0, len).unwrap()),
                Owned::Texts(_) => Values::Text(TextValues { offsets, bytes }),
                Owned::Seconds(values) => Values::Timestamp { values, unit: TimeUnit::Second },
                Owned::Days(values) => Values::Date(values),
            };
            let null_count = present[index].iter().filter(|&&present| !present).count();
            Column { values, validity: Bits::new(&validity[index], 0, len), len, null_count }
        })
        .collect();
    let rows: Vec<i64> = (0..present.first().map_or(0, Vec::len) as i64).collect();
    look(&Batch { rows: &rows, columns: &views })
}

fn schema(columns: &[Owned]) -> TableSchema {
    let fields = columns.iter().enumerate().map(|(index, column)| Field {
        name: format!("c{index}"),
        column_type: column.column_type(),
    });
    TableSchema { fields: fields.collect() }
}

fn learn(columns: &[Owned]) -> Result<(Encoder, FeatureMatrix)> {
    let mut learner = Learner::new(&schema(columns), None);
    with_batch(columns, |batch| learner.take(batch, None))?;
    learner.finish(None)
}

fn one(columns: &[Owned]) -> (Encoder, FeatureMatrix) {
    learn(columns).unwrap()
}

#[test]
fn numbers_stay_and_missing_ones_take_the_median_and_say_so() {
    let (encoder, features) = one(&[Owned::Integers(vec![Some(1), None, Some(3), Some(9)])]);
    assert_eq!(encoder.features(), 2);
    assert_eq!(features.columns(), [vec![1.0, 3.0, 3.0, 9.0], vec![0.0, 1.0, 0.0, 0.0]]);
}

#[test]
fn nan_is_missing_and_infinities_move_just_beyond_the_finite_values() {
    let (_, features) =
        one(&[Owned::Floats(vec![f64::NAN, 1.0, -0.0, 3.0, f64::INFINITY, f64::NEG_INFINITY])]);
    assert_eq!(features.columns()[0], [1.0, 1.0, 0.0, 3.0, 6.0, -3.0]);
    assert_eq!(features.columns()[1], [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn categories_become_their_rarity_in_bits_and_unseen_ones_are_the_rarest() {
    let texts = vec![Some("a"), Some("a"), Some("a"), Some("b"), None];
    let (encoder, features) = one(&[Owned::Texts(texts)]);
    let rarity = |count: f64| -((count + 0.5) / 6.0).log2();
    assert_eq!(
        features.columns(),
        [vec![rarity(3.0), rarity(3.0), rarity(3.0), rarity(1.0), rarity(1.0)]]
    );
    let fresh = [Owned::Texts(vec![Some("never seen"), Some("a"), None])];
    let encoded = with_batch(&fresh, |batch| encoder.encode(batch)).unwrap();
    assert_eq!(encoded.columns(), [vec![rarity(0.0), rarity(3.0), rarity(1.0)]]);
}

#[test]
fn points_in_time_tell_hour_and_weekday_when_they_vary() {
    // Thursday 1970-01-01 05:00 and Saturday 1970-01-03 17:30, and the second before 1970.
    let (encoder, features) = one(&[Owned::Seconds(vec![18_000, 235_800, -1])]);
    assert_eq!(encoder.features(), 3);
    assert_eq!(features.columns()[1], [5.0, 17.0, 23.0]);
    assert_eq!(features.columns()[2], [3.0, 5.0, 2.0]);
    let (_, same_hour) = one(&[Owned::Seconds(vec![0, 604_800, 1_209_600])]);
    assert_eq!(same_hour.features(), 1, "always Thursday at midnight");
    let (_, days) = one(&[Owned::Days(vec![0, 1, 7])]);
    assert_eq!(days.columns()[1], [3.0, 4.0, 3.0]);
}

#[test]
fn columns_that_say_nothing_are_left_out_with_the_reason() {
    let names: Vec<&'static str> =
        (0..30).map(|index| &*Box::leak(format!("id-{index}").into_boxed_str())).collect();
    let (encoder, _) = one(&[
        Owned::Integers((0..30).map(Some).collect()),
        Owned::Integers(vec![Some(4); 30]),
        Owned::Integers(vec![None; 30]),
        Owned::Texts(names.iter().copied().map(Some).collect()),
        Owned::Texts((0..30).map(|row| Some(if row % 2 == 0 { "x" } else { "y" })).collect()),
        Owned::Flags(vec![Some(true); 30]),
    ]);
    assert_eq!(encoder.columns(), ["c0"]);
    let reasons: Vec<_> = encoder.left_out().values().map(String::as_str).collect();
    assert_eq!(
        reasons,
        [
            "every value is the same",
            "all values are missing",
            "nearly every value is different (30 of 30): identifiers or free text",
            "all categories are equally common",
            "every value is the same",
        ]
    );
}

#[test]
fn a_table_without_rows_or_without_a_telling_column_is_an_error() {
    assert!(learn(&[Owned::Integers(vec![])]).is_err_and(|error| error.what().contains("no rows")));
    assert!(
        learn(&[Owned::Integers(vec![Some(1); 3])])
            .is_err_and(|error| error.what().contains("every value is the same"))
    );
}

#[test]
fn the_label_is_never_read() {
    let columns = [Owned::Integers(vec![Some(1), Some(2)]), Owned::Flags(vec![None, None])];
    let learner = Learner::new(&schema(&columns), Some("c0"));
    assert_eq!(learner.columns(), ["c1"]);
}

#[test]
fn rows_not_kept_leave_no_trace() {
    let columns = [
        Owned::Integers(vec![Some(1), Some(1_000), Some(3)]),
        Owned::Texts(vec![Some("a"), Some("gone"), Some("b")]),
    ];
    let mut learner = Learner::new(&schema(&columns), None);
    with_batch(&columns, |batch| learner.take(batch, Some(&[true, false, true]))).unwrap();
    assert_eq!(learner.rows(), 2);
    let (_, features) = learner.finish(None).unwrap();
    assert_eq!(features.columns(), [vec![1.0, 3.0]]);
}

#[test]
fn tables_that_do_not_fit_are_refused_by_name() {
    let (encoder, _) = one(&[Owned::Integers(vec![Some(1), Some(2)])]);
    let of =
        |column_type| TableSchema { fields: vec![Field { name: "c0".to_owned(), column_type }] };
    encoder.check_schema(&of(ColumnType::Float)).unwrap();
    encoder.check_schema(&of(ColumnType::Null)).unwrap();
    let error = encoder.check_schema(&of(ColumnType::Text)).unwrap_err();
    assert!(error.what().contains("\"c0\" was integer"), "{error}");
    let error = encoder.check_schema(&TableSchema::default()).unwrap_err();
    assert!(error.what().contains("c0"), "{error}");
    let texts = [Owned::Texts(vec![Some("a")])];
    assert!(with_batch(&texts, |batch| encoder.encode(batch)).is_err());
}

#[test]
fn reasons_are_told_per_column_with_what_is_normal() {
    let hours: Vec<i64> = (0..9).map(|day| day * 86_400 + 36_000).collect();
    let (encoder, _) = one(&[
        Owned::Integers((1..=9).map(Some).collect()),
        Owned::Texts(vec![Some("a"); 8].into_iter().chain([Some("b")]).collect()),
        Owned::Seconds(hours),
        Owned::Flags((0..9).map(|row| Some(row == 0)).collect()),
    ]);
    // Features: value | rarity | value, weekday | value.
    let values = [Cell::Integer(90), Cell::Text("b".to_owned()), Cell::Null];
    let cells = [("c0", &values[0]), ("c1", &values[1])].into();
    let reasons = encoder.reasons(&[0.5, 2.0, 0.25, 1.0, -3.0], &cells, 8);
    let told: Vec<_> = reasons.iter().map(|reason| (&*reason.column, reason.aspect)).collect();
    assert_eq!(told, [("c1", Aspect::Rarity), ("c2", Aspect::Weekday), ("c0", Aspect::Value),]);
    assert_eq!(reasons[2].value, Cell::Integer(90));
    let (typical, low, high) = (Cell::Integer(5), Cell::Integer(1), Cell::Integer(9));
    assert_eq!(reasons[2].expected, Expected::Range { typical, low, high });
    let Expected::Common { values } = &reasons[0].expected else { panic!("not common values") };
    assert_eq!((&values[0].value, values[0].share), (&Cell::Text("a".to_owned()), 8.0 / 9.0));
    let Expected::Range { typical, .. } = &reasons[1].expected else { panic!("not a range") };
    assert_eq!(typical, &Cell::Text("1970-01-05T10:00:00".to_owned()));
}

proptest! {
    #[test]
    fn training_rows_encode_as_they_did_while_learning(
        rows in prop::collection::vec(
            (prop::option::of(-5_i64..5), any::<f64>(), 0_usize..4, any::<i32>()), 2..50),
    ) {
        const WORDS: [Option<&str>; 4] = [Some("x"), Some("y"), Some(""), None];
        let columns = [
            Owned::Integers(rows.iter().map(|row| row.0).collect()),
            Owned::Floats(rows.iter().map(|row| row.1).collect()),
            Owned::Texts(rows.iter().map(|row| WORDS[row.2]).collect()),
            Owned::Seconds(rows.iter().map(|row| i64::from(row.3)).collect()),
        ];
        let Ok((encoder, features)) = learn(&columns) else { return Ok(()) };
        prop_assert!(features.columns().iter().flatten().all(|value| value.is_finite()));
        let read: Vec<usize> =
            encoder.columns().iter().map(|name| name[1..].parse().unwrap()).collect();
        let again = with_batch(&columns, |batch| {
            let columns: Vec<_> = read.iter().map(|&index| batch.columns[index]).collect();
            encoder.encode(&Batch { rows: batch.rows, columns: &columns })
        }).unwrap();
        prop_assert_eq!(&again, &features);
        let bytes = postcard::to_allocvec(&encoder.document()).unwrap();
        let document = postcard::from_bytes(&bytes).unwrap();
        let restored = Encoder::restore(document, encoder.quantiles()).unwrap();
        prop_assert_eq!(restored.quantiles(), encoder.quantiles());
        prop_assert_eq!(restored.columns(), encoder.columns());
        prop_assert_eq!(postcard::to_allocvec(&restored.document()).unwrap(), bytes);
    }
}
