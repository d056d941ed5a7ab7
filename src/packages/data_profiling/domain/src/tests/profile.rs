use proptest::prelude::*;
use serde_json::json;
use shared_kernel_domain::table::Cell;
use testkit::MemoryTable;

use super::{profile, profile_in_parts};
use crate::{Figure, FindingKind, Profile};

/// What was found about the column alone.
fn kinds(profile: &Profile, column: &str) -> Vec<FindingKind> {
    let alone = profile.findings_of(column).filter(|finding| finding.columns.is_empty());
    alone.map(|finding| finding.kind).collect()
}

#[test]
fn a_number_column_has_all_its_figures() {
    let table = MemoryTable::named("t").integers("n", [Some(1), Some(2), None, Some(3), Some(10)]);
    let profile = profile(&table);
    let column = profile.column("n").unwrap();
    assert_eq!((column.rows, column.nulls, column.values()), (5, 1, 4));
    assert_eq!(column.null_share, Figure::exact(0.2));
    assert_eq!(column.distinct, Figure::exact(4));
    assert_eq!(column.minimum, Figure::exact(Cell::Integer(1)));
    assert_eq!(column.maximum, Figure::exact(Cell::Integer(10)));
    assert_eq!(column.median(), Some(&Figure::exact(Cell::Float(2.5))));
    let numbers = column.numbers.as_ref().unwrap();
    assert_eq!(numbers.mean, Figure::exact(4.0));
    assert_eq!(numbers.variance.value().map(|variance| variance.round()), Some(17.0));
    assert_eq!(column.histogram.as_ref().unwrap().counts.iter().sum::<u64>(), 4);
    assert!(column.lists_every_value());
    assert!(column.texts.is_none() && column.booleans.is_none());
}

#[test]
fn what_is_missing_says_why() {
    let table = MemoryTable::named("t")
        .floats("gone", [None, None])
        .floats("wild", [Some(f64::NAN), Some(f64::INFINITY)])
        .floats("same", [Some(2.0), Some(2.0)])
        .texts("empty", [None, None]);
    let profile = profile(&table);
    let column = |name| profile.column(name).unwrap();
    let reason = |figure: &Figure<f64>| figure.reason().map(str::to_owned);
    let gone = column("gone");
    assert_eq!(gone.minimum.reason(), Some("every value is missing"));
    assert_eq!(gone.distinct, Figure::exact(0));
    assert_eq!(reason(&gone.numbers.as_ref().unwrap().mean).unwrap(), "every value is missing");
    let wild = column("wild").numbers.as_ref().unwrap();
    assert_eq!((wild.nan, wild.infinite), (1, 1));
    assert_eq!(reason(&wild.mean).unwrap(), "there is no finite value");
    let same = column("same").numbers.as_ref().unwrap();
    assert_eq!(same.variance, Figure::exact(0.0));
    assert_eq!(reason(&same.skewness).unwrap(), "all values are equal");
    let text = serde_json::to_string(&profile).unwrap();
    assert!(!text.contains("NaN\"") || text.contains("\"value\":\"NaN\""));
    assert_eq!(kinds(&profile, "gone"), [FindingKind::AllNull]);
    assert_eq!(kinds(&profile, "wild"), [FindingKind::NotFinite]);
    assert_eq!(kinds(&profile, "same"), [FindingKind::Constant]);
}

#[test]
fn an_empty_table_has_a_profile() {
    let table = MemoryTable::named("t");
    assert!(profile(&table).columns.is_empty());
    let profile = profile(&table.integers("a", []).texts("b", []));
    assert_eq!(profile.rows, 0);
    assert_eq!(profile.null_share.reason(), Some("the table has no cells"));
    assert_eq!(profile.findings.len(), 1);
}

#[test]
fn findings_come_with_evidence() {
    let rows = 100;
    let table = MemoryTable::named("t")
        .integers("id", (0..rows).map(Some))
        .texts("constant", (0..rows).map(|_| Some("x")))
        .integers("sparse", (0..rows).map(|row| (row % 2 == 0).then_some(row % 7)))
        .floats("skewed", (0..rows).map(|row| Some(if row == 0 { 1e6 } else { row as f64 })))
        .booleans("imbalanced", (0..rows).map(|row| Some(row > 0)))
        .texts("mixed", (0..rows).map(|row| Some(if row == 3 { "many" } else { "12" })))
        .texts("nulls", (0..rows).map(|row| Some(if row == 3 { "N/A" } else { "12" })))
        .texts("free", (0..rows).map(|row| Some(if row % 9 == 0 { "7" } else { "some words" })));
    let profile = profile(&table);
    assert_eq!(
        kinds(&profile, "id"),
        [FindingKind::Unique, FindingKind::Uniform, FindingKind::Sequence]
    );
    assert_eq!(kinds(&profile, "constant"), [FindingKind::Constant]);
    assert_eq!(kinds(&profile, "sparse"), [FindingKind::HighNullShare, FindingKind::Uniform]);
    assert_eq!(kinds(&profile, "skewed"), [FindingKind::Outliers, FindingKind::Skewed]);
    assert_eq!(kinds(&profile, "imbalanced"), [FindingKind::NearConstant]);
    assert_eq!(kinds(&profile, "mixed"), [FindingKind::MixedTypes, FindingKind::NearConstant]);
    assert_eq!(kinds(&profile, "nulls"), [FindingKind::DisguisedNulls, FindingKind::NearConstant]);
    assert_eq!(kinds(&profile, "free"), []);
    let finding = profile.findings_of("nulls").next().unwrap();
    assert_eq!(finding.evidence["texts"], json!([{"text": "N/A", "count": 1}]));
    assert_eq!(finding.sentence, "1 text stands for a missing value, such as \"N/A\"");
}

#[test]
fn texts_are_taken_for_what_they_look_like() {
    let column = |values: &[&'static str]| {
        let table = MemoryTable::named("t").texts("c", values.iter().copied().map(Some));
        let profile = profile(&table);
        let inferred = profile.column("c").unwrap().inferred_type.clone();
        (inferred.name, inferred.share.value().copied())
    };
    assert_eq!(column(&["1", "2", "NA"]), ("integer".to_owned(), Some(1.0)));
    assert_eq!(column(&["1", "2.5"]), ("decimal".to_owned(), Some(1.0)));
    assert_eq!(column(&["00501", "10001"]), ("digit code".to_owned(), Some(1.0)));
    assert_eq!(column(&["2020-01-31", "2020-02-01"]), ("ISO date".to_owned(), Some(1.0)));
    assert_eq!(column(&["2020-01-31", "1/2/2020"]), ("date".to_owned(), Some(1.0)));
    assert_eq!(column(&["1", "x"]), ("text".to_owned(), Some(1.0)));
    assert_eq!(column(&["", "-"]), ("text".to_owned(), None));
}

#[test]
fn a_profile_survives_the_way_through_json() {
    let table = MemoryTable::named("t")
        .integers("n", [Some(i64::MAX), None])
        .texts("s", [Some("a\u{1b}[2J"), Some("")])
        .dates("d", [Some(18_000), Some(18_500)])
        .booleans("b", [Some(true), None]);
    let profile = profile(&table);
    assert_eq!(profile.schema, "pynomaly.profile/1");
    let text = serde_json::to_string(&profile).unwrap();
    assert!(text.starts_with(r#"{"schema":"pynomaly.profile/1""#));
    let back: Profile = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
    let dates = back.column("d").unwrap().histogram.as_ref().unwrap();
    assert!(dates.edge_labels[0].starts_with("2019-"));
    assert_eq!(dates.edge_labels.len(), dates.edges.len());
}

proptest! {
    #[test]
    fn the_document_does_not_depend_on_how_the_table_was_cut(
        numbers in prop::collection::vec(prop::option::of(-50..50_i64), 0..60),
        parts in 1..9_usize,
    ) {
        let table = MemoryTable::named("t").integers("n", numbers.iter().copied());
        let (one, many) = (profile_in_parts(&table, 1), profile_in_parts(&table, parts));
        // Sums of powers of floats may differ in their last digits; all else is equal.
        prop_assert_eq!(&one.findings, &many.findings);
        let (one, many) = (&one.columns[0], &many.columns[0]);
        prop_assert_eq!(&one.quantiles, &many.quantiles);
        prop_assert_eq!(&one.histogram, &many.histogram);
        prop_assert_eq!(&one.top_values, &many.top_values);
        prop_assert_eq!(&one.numbers.as_ref().unwrap().mean, &many.numbers.as_ref().unwrap().mean);
    }
}
