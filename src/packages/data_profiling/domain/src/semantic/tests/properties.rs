//! The summary against plain counting, in any grouping and order of the rows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shared_kernel_domain::measured::Exactness;
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::{ColumnType, Field};
use testkit::MemoryTable;

use super::corpus::profile;
use crate::semantic::sample::{KEPT_BYTES, KEPT_VALUES};
use crate::semantic::{SemanticKind, SemanticSummary, SemanticVerdict, ShareOf};

type Cells = Vec<Option<String>>;

fn summary_of(cells: &[Option<String>], batch_rows: usize) -> SemanticSummary {
    let table = MemoryTable::default().texts("x", cells.iter().map(Option::as_deref));
    let mut summary = SemanticSummary::new();
    table.for_each_batch(&["x".to_owned()], batch_rows, |batch| summary.update(batch)).unwrap();
    summary
}

fn field(column_type: ColumnType) -> Field {
    Field { name: "x".to_owned(), column_type }
}

/// Few and many different texts, long ones too; many columns go beyond what is kept.
fn cells() -> impl Strategy<Value = Cells> {
    let text = prop_oneof![
        4 => "[a-c]{0,2}".prop_map(Some),
        4 => (0..6_000_u32).prop_map(|number| Some(format!("user{number}@example.org"))),
        1 => (0..40_u32, 200..400_usize).prop_map(|(n, long)| Some(format!("{n} {}", "ä".repeat(long)))),
        1 => Just(None),
    ];
    prop_oneof![
        prop::collection::vec(text.clone(), 0..40),
        prop::collection::vec(text, 3_000..5_000),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_grouping_and_order_gives_the_same_bytes(
        cells in cells(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        batch_rows in 1..700_usize, backwards: bool,
    ) {
        let whole = summary_of(&cells, 1_000).to_bytes().unwrap();
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(cells.len() + 1)).collect();
        places.extend([0, cells.len()]);
        places.sort_unstable();
        let mut parts: Vec<Vec<u8>> = places
            .windows(2)
            .map(|part| summary_of(&cells[part[0]..part[1]], batch_rows).to_bytes().unwrap())
            .collect();
        if backwards {
            parts.reverse();
        }
        // From the left, and the right half first.
        let mut left = SemanticSummary::new();
        for part in &parts {
            left.merge_bytes(part).unwrap();
        }
        prop_assert_eq!(&left.to_bytes().unwrap(), &whole);
        let (first, second) = parts.split_at(parts.len() / 2);
        let mut halves = [SemanticSummary::new(), SemanticSummary::new()];
        for (half, parts) in halves.iter_mut().zip([first, second]) {
            for part in parts {
                half.merge_bytes(part).unwrap();
            }
        }
        let [mut early, late] = halves;
        early.merge_bytes(&late.to_bytes().unwrap()).unwrap();
        prop_assert_eq!(&early.to_bytes().unwrap(), &whole);
    }

    #[test]
    fn bytes_are_read_back_and_go_on(cells in cells(), more in cells()) {
        let all: Cells = cells.iter().chain(&more).cloned().collect();
        let mut read = SemanticSummary::new();
        read.merge_bytes(&summary_of(&cells, 512).to_bytes().unwrap()).unwrap();
        let table = MemoryTable::default().texts("x", more.iter().map(Option::as_deref));
        table.for_each_batch(&["x".to_owned()], 99, |batch| read.update(batch)).unwrap();
        prop_assert_eq!(read.to_bytes().unwrap(), summary_of(&all, 2_000).to_bytes().unwrap());
    }

    #[test]
    fn memory_is_bounded_and_counts_are_exact(cells in cells()) {
        let summary = summary_of(&cells, 300);
        prop_assert!(summary.memory_bytes() < 4 * KEPT_BYTES + 100 * KEPT_VALUES);
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for text in cells.iter().flatten() {
            *counts.entry(text).or_default() += 1;
        }
        let profile = summary.profile(&field(ColumnType::Text));
        let with_address = counts.iter().filter(|(text, _)| text.contains('@'));
        prop_assert_eq!(profile.emails_inside, with_address.map(|(_, count)| count).sum::<u64>());
        prop_assert_eq!(summary.values(), counts.values().sum::<u64>());
        let few = counts.len() <= KEPT_VALUES && counts.keys().map(|text| text.len()).sum::<usize>() <= KEPT_BYTES;
        if few {
            prop_assert_eq!(profile.examined.share_of, ShareOf::Rows);
            prop_assert_eq!(profile.examined.distinct_values, counts.len() as u64);
            prop_assert_eq!(profile.examined.rows, summary.values());
        } else if profile.examined.share_of == ShareOf::DistinctValues {
            prop_assert!(profile.examined.rows < summary.values());
            prop_assert!(profile.examined.distinct_values <= KEPT_VALUES as u64);
        }
        let told: f64 = profile.patterns.iter().map(|pattern| pattern.share.value).sum();
        let rest = profile.other_patterns.map_or(1.0, |rest| rest.value);
        prop_assert!((told + rest - 1.0).abs() < 1e-9);
    }

    #[test]
    fn hostile_bytes_are_refused_or_harmless(
        cells in cells(), noise in prop::collection::vec(any::<u8>(), 0..200),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let _ = SemanticSummary::new().merge_bytes(&noise);
        let mut bytes = summary_of(&cells, 512).to_bytes().unwrap();
        for (place, byte) in flips {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let mut summary = SemanticSummary::new();
        if summary.merge_bytes(&bytes).is_ok() {
            prop_assert!(summary.memory_bytes() < 4 * KEPT_BYTES + 100 * KEPT_VALUES);
            summary.profile(&field(ColumnType::Text));
            let _ = summary.merge_bytes(&bytes);
            summary.to_bytes().unwrap();
        }
        bytes.truncate(bytes.len() / 2);
        prop_assert!(SemanticSummary::new().merge_bytes(&bytes).is_err());
    }
}

fn texts<T: ToString>(values: impl IntoIterator<Item = T>) -> Cells {
    values.into_iter().map(|value| Some(value.to_string())).collect()
}

#[test]
fn a_sample_says_that_it_is_one() {
    let many = texts((0..20_000).map(|number| format!("user{number}@example.org")));
    let told = profile("x", ColumnType::Text, &many);
    let SemanticVerdict::Kind(detected) = &told.verdict else { panic!("{told:?}") };
    assert_eq!(detected.kind, SemanticKind::Email);
    assert_eq!(detected.share.exactness, Exactness::Sampled { rows: 1_024 });
    assert_eq!((told.emails_inside, told.examined.share_of), (20_000, ShareOf::DistinctValues));
    let few = profile("x", ColumnType::Text, &many[..1_000]);
    let SemanticVerdict::Kind(detected) = &few.verdict else { panic!("{few:?}") };
    assert_eq!(detected.share.exactness, Exactness::Exact);
    assert!(detected.personal && !detected.checksum_validated && detected.confidence > 0.99);
}

#[test]
fn one_address_among_many_rows_makes_a_column_personal() {
    let mut rows = texts((0..50_000).map(|number| format!("all was well on day {number}")));
    rows[31_415] = Some("please write to ada@example.org".to_owned());
    let told = profile("comment", ColumnType::Text, &rows);
    assert_eq!((told.kind(), told.emails_inside, told.personal), (None, 1, true));
}

#[test]
fn it_says_why_it_cannot_tell() {
    let reason =
        |name: &str, column_type, cells: &[Option<String>]| match profile(name, column_type, cells)
            .verdict
        {
            SemanticVerdict::CannotTell { reason } => reason,
            SemanticVerdict::Kind(detected) => panic!("{detected:?}"),
        };
    let text = ColumnType::Text;
    assert_eq!(reason("x", text, &[]), "there are no values");
    assert_eq!(reason("x", text, &[None]), "there are no values");
    assert_eq!(
        reason("x", text, &texts(["N/A", " ", "-"])),
        "every value is blank or stands for no value"
    );
    assert!(reason("x", text, &texts(["CA", "DE"])).contains("two letters"));
    assert!(reason("x", text, &texts(1..900)).contains("numbers"));
    assert!(reason("x", ColumnType::Integer, &texts(1..900)).contains("numbers"));
    let notes = texts((0..99).map(|number| format!("it was fine on day {number}")));
    assert_eq!(reason("x", text, &notes), "free text");
    let mixed =
        (0..90).map(|n| if n % 3 == 0 { format!("10.0.0.{n}") } else { format!("node {n}") });
    assert!(reason("x", text, &texts(mixed)).contains("33.3 %"));
}

#[test]
fn no_value_is_in_the_result() {
    let secrets = texts((0..40).map(|number| format!("Canary{number}@secret{number}.example.org")));
    let told = serde_json::to_string(&profile("x", ColumnType::Text, &secrets)).unwrap();
    assert!(!told.contains("anary") && !told.contains("secret"), "{told}");
    assert!(serde_json::from_str::<crate::SemanticProfile>(&told).is_ok());
}

#[test]
fn a_column_keeps_its_type() {
    let mut summary = summary_of(&texts(["a"]), 1);
    let table = MemoryTable::default().integers("x", [Some(1)]);
    let names = ["x".to_owned()];
    assert!(table.for_each_batch(&names, 9, |batch| summary.update(batch)).is_err());
    let booleans = MemoryTable::default().booleans("x", [Some(true), None]);
    let mut other = SemanticSummary::new();
    booleans.for_each_batch(&names, 9, |batch| other.update(batch)).unwrap();
    assert!(summary.merge_bytes(&other.to_bytes().unwrap()).is_err());
    let told = other.profile(&field(ColumnType::Boolean));
    assert!(told.kind().is_none() && told.patterns.is_empty());
}

#[test]
fn columns_of_flights() {
    let repeat = |words: &[&str]| texts(words.iter().cycle().take(400));
    let carriers = repeat(&[
        "UA", "AA", "B6", "DL", "EV", "MQ", "US", "WN", "VX", "FL", "AS", "9E", "F9", "HA", "YV",
    ]);
    let told = |name, cells: &[Option<String>]| profile(name, ColumnType::Text, cells).kind();
    assert_eq!(told("carrier", &carriers), Some(SemanticKind::CategoricalCode));
    let origins = repeat(&["EWR", "LGA", "JFK"]);
    assert_eq!(told("origin", &origins), Some(SemanticKind::CategoricalCode));
    assert_eq!(
        told("tailnum", &texts((0..400).map(|number| format!("N{}UA", 100 + number)))),
        None
    );
    let days = repeat(&["Monday", "Tuesday", "April", "May", "June", "August"]);
    assert_ne!(told("name", &days), Some(SemanticKind::PersonName));
    let integers = |name, range: std::ops::Range<i64>| {
        profile(name, ColumnType::Integer, &texts(range.cycle().take(900))).kind()
    };
    assert_eq!(integers("year", 2013..2014), Some(SemanticKind::Year));
    assert_eq!(integers("month", 1..13), None);
    assert_eq!(integers("dep_time", 1..2_359), None);
    assert_eq!(integers("flight", 1..700), None);
}
