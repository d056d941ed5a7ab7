//! The summaries: the same bytes in any grouping, and no panic on bytes of others.

use proptest::prelude::*;
use shared_kernel_domain::measured::Exactness;
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::{Batch, Column, TextValues, Values};
use testkit::{Cells, MemoryTable};

use super::{filled, names};
use crate::structure::missing_patterns::MissingPatterns;
use crate::structure::row_sample::RowSample;
use crate::structure::sampled_table::SampledTable;
use crate::structure::steps::StepSummary;

fn table() -> impl Strategy<Value = MemoryTable> {
    let row = (
        prop::option::of(-9_i64..9),
        prop::option::weighted(
            0.7,
            prop_oneof![Just(f64::NAN), Just(-0.0), Just(f64::INFINITY), -1e9..1e9],
        ),
        prop::option::weighted(0.7, "[a-c]{0,2}"),
        prop::option::of(any::<bool>()),
        prop::option::weighted(0.8, -40_000_i32..90_000),
        prop::option::weighted(0.9, prop_oneof![0_i64..5, Just(i64::MIN), Just(i64::MAX)]),
    );
    prop::collection::vec(row, 0..60).prop_map(|rows| {
        MemoryTable::named("t")
            .integers("n", rows.iter().map(|row| row.0))
            .floats("x", rows.iter().map(|row| row.1))
            .texts("s", rows.iter().map(|row| row.2.as_deref()))
            .booleans("b", rows.iter().map(|row| row.3))
            .dates("d", rows.iter().map(|row| row.4))
            .integers("m", rows.iter().map(|row| row.5))
    })
}

/// Takes in a table in batches, each a part, and merges the parts two by two or in order.
fn in_parts(
    table: &MemoryTable,
    columns: &[String],
    empty: &dyn Summary,
    batch_rows: usize,
    pairwise: bool,
) -> Vec<u8> {
    let mut parts: Vec<Box<dyn Summary>> = vec![empty.fresh()];
    table
        .for_each_batch(columns, batch_rows, |batch| {
            let mut part = empty.fresh();
            part.update(batch)?;
            parts.push(part);
            Ok(())
        })
        .unwrap();
    while parts.len() > 1 {
        let width = if pairwise { 2 } else { parts.len() };
        let merged = parts.chunks(width).map(|group| {
            let mut whole = empty.fresh();
            for part in group {
                whole.merge_bytes(&part.to_bytes().unwrap()).unwrap();
            }
            assert!(whole.memory_bytes() > 0);
            whole
        });
        parts = merged.collect();
    }
    parts[0].to_bytes().unwrap()
}

fn summaries(table: &MemoryTable) -> Vec<(Vec<String>, Box<dyn Summary>)> {
    let all = names(table);
    let rows = table.rows() as u64;
    let one = |name: &str| vec![name.to_owned()];
    vec![
        (all.clone(), Box::new(RowSample::new(6, Some(rows)))),
        (all.clone(), Box::new(RowSample::with_limit(6, Some(rows), 10))),
        (all.clone(), Box::new(RowSample::with_limit(6, None, 3))),
        (all, Box::new(MissingPatterns::new(6))),
        (one("n"), Box::new(StepSummary::new(None))),
        (one("m"), Box::new(StepSummary::new(None))),
        (one("d"), Box::new(StepSummary::new(Some(1_000_000_000)))),
    ]
}

proptest! {
    #[test]
    fn any_grouping_gives_the_same_bytes(table in table(), rows in 1_usize..20) {
        for (columns, empty) in summaries(&table) {
            let whole = in_parts(&table, &columns, empty.as_ref(), 1_000, false);
            for pairwise in [false, true] {
                let parts = in_parts(&table, &columns, empty.as_ref(), rows, pairwise);
                prop_assert_eq!(&whole, &parts, "{}", empty.key());
            }
        }
    }

    #[test]
    fn bytes_of_others_are_an_error_or_a_sound_state(
        table in table(),
        noise in prop::collection::vec(any::<u8>(), 0..80),
        at in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        for (columns, empty) in summaries(&table) {
            let bytes = in_parts(&table, &columns, empty.as_ref(), 9, false);
            let _ = empty.fresh().merge_bytes(&noise);
            let mut cut = empty.fresh();
            prop_assert!(cut.merge_bytes(&bytes[..at.index(bytes.len())]).is_err());
            let mut flipped = bytes.clone();
            flipped[at.index(bytes.len())] ^= 1 << bit;
            let mut whole = empty.fresh();
            if whole.merge_bytes(&flipped).is_ok() {
                let again = whole.merge_bytes(&bytes);
                prop_assert!(again.is_err() || whole.to_bytes().is_ok());
            }
        }
    }

    #[test]
    fn a_sample_is_the_rows_of_lowest_hash(table in table(), limit in 1_usize..20) {
        let fields = table.reference().schema.fields;
        let all = filled(&table, RowSample::with_limit(6, None, 1_000));
        let some = filled(&table, RowSample::with_limit(6, None, limit));
        prop_assert!(all.is_whole());
        prop_assert_eq!(all.rows_seen(), table.rows() as u64);
        prop_assert_eq!(some.is_whole(), table.rows() <= limit);
        prop_assert_eq!(some.cells(usize::MAX), all.cells(limit));
        let sampled = SampledTable::of(&some, &fields, usize::MAX).unwrap();
        prop_assert_eq!(sampled.rows, table.rows().min(limit));
    }

    #[test]
    fn codes_tell_values_apart(table in table()) {
        for (column, cells) in super::sampled(&table).columns.iter().zip(super::columns(&table)) {
            let texts: Vec<String> = cells.iter().map(|cell| format!("{cell:?}").replace("-0.0", "0.0")).collect();
            for (code, text) in column.codes.iter().zip(&texts) {
                for (other, other_text) in column.codes.iter().zip(&texts) {
                    prop_assert_eq!(code == other, text == other_text);
                }
            }
            let distinct = texts.iter().collect::<std::collections::HashSet<_>>().len();
            prop_assert_eq!(column.distinct, distinct);
        }
    }
}

#[test]
fn a_known_number_of_rows_only_saves_memory() {
    let rows = 30_000;
    let table = MemoryTable::new([("n", Cells::integers(0..rows))]);
    let known = filled(&table, RowSample::with_limit(1, Some(rows as u64), 500));
    let unknown = filled(&table, RowSample::with_limit(1, None, 500));
    assert_eq!(known.cells(500), unknown.cells(500));
    assert_eq!(known.cells(500).0.len(), 500);
    assert!(!known.is_whole());
    // About as many small numbers as large ones.
    let small = known.cells(500).0.iter().filter(|&&row| row < 15_000).count();
    assert!((200..300).contains(&small), "{small}");
}

#[test]
fn wide_tables_have_fewer_rows_in_the_sample() {
    assert!(RowSample::new(19, None).key().contains("10000"));
    assert!(RowSample::new(1_000, None).key().contains("4000"));
    assert!(RowSample::new(9_000_000, None).key().contains(", 1,"));
}

#[test]
fn decimals_and_bytes_are_sampled_too() {
    let rows: Vec<i64> = (0..4).collect();
    let digits = [150_i128, 150, -25, i128::MAX];
    let texts = TextValues { offsets: &[0, 1, 2, 2, 4], bytes: &[0xff, 0xff, 1, 2] };
    let column = |values| Column { values, validity: None, len: 4, null_count: 0 };
    let columns =
        [column(Values::Decimal { values: &digits, scale: 2 }), column(Values::Binary(texts))];
    let mut sample = RowSample::new(2, Some(4));
    sample.update(&Batch { rows: &rows, columns: &columns }).unwrap();
    let mut moved = RowSample::new(2, Some(4));
    moved.merge_bytes(&sample.to_bytes().unwrap()).unwrap();
    assert_eq!(moved, sample);
    let (_, cells) = moved.cells(9);
    assert_eq!(cells[0].nearest.iter().map(|&bits| f64::from_bits(bits)).next(), Some(1.5));
    for column in cells {
        assert_eq!(column.words[0], column.words[1]);
        assert_ne!(column.words[1], column.words[2]);
        assert_ne!(column.words[2], column.words[3]);
    }
}

#[test]
fn other_columns_are_an_error() {
    let table = MemoryTable::new([("n", Cells::integers(0..3))]);
    let summaries: [Box<dyn Summary>; 3] = [
        Box::new(RowSample::new(2, None)),
        Box::new(MissingPatterns::new(2)),
        Box::new(StepSummary::new(None)),
    ];
    for mut summary in summaries {
        let columns = if summary.key().starts_with("steps") { vec![] } else { names(&table) };
        let table = MemoryTable::new([("n", Cells::texts(["a"]))]);
        let error = table.for_each_batch(&columns, 9, |batch| summary.update(batch)).unwrap_err();
        assert!(error.hint_text().is_some());
    }
    let texts = MemoryTable::new([("s", Cells::texts(["a"]))]);
    let mut steps = StepSummary::new(None);
    assert!(texts.for_each_batch(&names(&texts), 9, |batch| steps.update(batch)).is_err());
}

#[test]
fn too_many_patterns_are_counted_within_the_stated_error() {
    // 13 columns have 8,192 combinations; the first is missing alone in every third row besides.
    let rows = 3 * 8_192_i64;
    let mut table = MemoryTable::named("t");
    for column in 0..13 {
        let is_missing =
            move |row: i64| if row % 3 == 0 { column == 0 } else { (row / 3) >> column & 1 == 1 };
        table = table.integers(
            &column.to_string(),
            (0..rows).map(move |row| (!is_missing(row)).then_some(1)),
        );
    }
    let empty = MissingPatterns::new(13);
    let bytes = in_parts(&table, &names(&table), &empty, 1_000, false);
    let mut patterns = MissingPatterns::new(13);
    patterns.merge_bytes(&bytes).unwrap();
    let error = patterns.error().unwrap();
    assert!(error > 0 && error <= rows as u64 / 4_096, "{error}");
    let top = patterns.by_count()[0];
    assert!(top.misses(0) && !top.misses(1));
    let truth = 8_192 + 2;
    assert!(top.count <= truth && top.count + error >= truth, "{}", top.count);
    assert_eq!(patterns.complete_rows(), 2);
    let facts = super::facts(&table);
    let sampled = super::sampled(&table);
    let budget = crate::structure::WorkBudget::seconds(1.0);
    let missing = crate::structure::missing::missing(&patterns, &facts, &sampled, budget);
    assert!(!missing.is_exact);
    assert!(matches!(missing.most_frequent[0].rows.exactness, Exactness::Approximate { .. }));
    assert!(matches!(missing.associations[0].phi.exactness, Exactness::Sampled { .. }));
}
