//! Findings: what gives them, what does not, and in which order they are told.

use serde_json::json;
use testkit::MemoryTable;

use super::profile;
use crate::{FindingKind, Profile};

fn kinds(profile: &Profile, column: &str) -> Vec<FindingKind> {
    profile.findings_of(column).map(|finding| finding.kind).collect()
}

fn texts(values: impl IntoIterator<Item = String>) -> Profile {
    let values: Vec<String> = values.into_iter().collect();
    profile(&MemoryTable::named("t").texts("c", values.iter().map(|value| Some(value.as_str()))))
}

fn floats(values: impl IntoIterator<Item = f64>) -> Profile {
    profile(&MemoryTable::named("t").floats("c", values.into_iter().map(Some)))
}

fn has(profile: &Profile, kind: FindingKind) -> bool {
    kinds(profile, "c").contains(&kind)
}

#[test]
fn the_most_important_come_first_and_then_the_first_columns() {
    let table = MemoryTable::named("t")
        .integers("a", (0..100).map(Some))
        .floats(
            "b",
            (0..100).map(|row| Some(if row == 0 { f64::NAN } else { 0.5 * f64::from(row) })),
        )
        .floats("c", [None; 100])
        .floats("d", [None; 100]);
    let profile = profile(&table);
    let told: Vec<(&str, FindingKind)> =
        profile.findings.iter().map(|finding| (finding.column.as_str(), finding.kind)).collect();
    assert_eq!(
        told[..3],
        [("c", FindingKind::AllNull), ("d", FindingKind::AllNull), ("b", FindingKind::NotFinite),]
    );
    for pair in profile.findings.windows(2) {
        assert!(pair[0].importance >= pair[1].importance);
    }
    for finding in &profile.findings {
        assert_eq!(finding.importance, finding.kind.importance());
        assert!(!finding.sentence.is_empty());
        assert!(finding.kind == FindingKind::AllNull || finding.evidence.contains_key("threshold"));
    }
}

#[test]
fn a_table_without_rows_is_empty() {
    let profile = profile(&MemoryTable::named("t").integers("a", []));
    let [finding] = profile.findings.as_slice() else { panic!("{:?}", profile.findings) };
    assert_eq!((finding.kind, finding.column.as_str()), (FindingKind::Empty, ""));
}

#[test]
fn numbers_that_stand_out() {
    // Spread out, so that nothing else is to be told.
    let spread = |row: u32| f64::from(row * row % 1_009) + 0.123;
    assert!(has(
        &floats((0..200).map(|row| if row < 80 { 0.0 } else { spread(row) })),
        FindingKind::Zeros
    ));
    assert!(!has(
        &floats((0..200).map(|row| if row < 20 { 0.0 } else { spread(row) })),
        FindingKind::Zeros
    ));
    let far = floats((0..200).map(|row| if row == 7 { 1e5 } else { spread(row) }));
    assert!(has(&far, FindingKind::Outliers));
    let finding =
        far.findings.iter().find(|finding| finding.kind == FindingKind::Outliers).unwrap();
    assert_eq!(finding.evidence["far_outliers"], json!({"value": 1, "exactness": "exact"}));
    assert!(finding.sentence.starts_with("1 value lies more than three"));
    assert!(!has(&floats((0..200).map(spread)), FindingKind::Outliers));
    assert!(has(&floats((0..200).map(|row| f64::from(row % 50))), FindingKind::Uniform));
    assert!(!has(&floats((0..200).map(|row| f64::from(row % 50).powi(2))), FindingKind::Uniform));
}

#[test]
fn numbers_that_were_rounded_by_hand() {
    let heaped = |share: u32| {
        floats((0..400).map(move |row| {
            let minutes = row * 37 % 600;
            f64::from(if row % 10 < share { minutes - minutes % 5 } else { minutes })
        }))
    };
    assert!(has(&heaped(6), FindingKind::Heaping));
    assert!(!has(&heaped(1), FindingKind::Heaping));
    // All of them: five is the unit.
    assert!(!has(&floats((0..400).map(|row| f64::from(row % 90) * 5.0)), FindingKind::Heaping));
}

#[test]
fn values_that_repeat_too_much_or_too_little() {
    let imbalanced =
        texts((0..200).map(|row| if row < 180 { "a".to_owned() } else { format!("b{}", row % 5) }));
    assert!(
        has(&imbalanced, FindingKind::Imbalanced) && !has(&imbalanced, FindingKind::NearConstant)
    );
    let near =
        texts((0..200).map(|row| if row < 198 { "a".to_owned() } else { format!("b{row}") }));
    assert!(has(&near, FindingKind::NearConstant) && !has(&near, FindingKind::Imbalanced));
    assert!(!has(&texts((0..200).map(|row| format!("b{}", row % 5))), FindingKind::Imbalanced));
    assert!(has(
        &texts((0..400).map(|row| format!("name {}", row % 60))),
        FindingKind::HighCardinality
    ));
    assert!(!has(&texts((0..400).map(|row| format!("name {row}"))), FindingKind::HighCardinality));
    assert!(!has(
        &texts((0..400).map(|row| format!("name {}", row % 40))),
        FindingKind::HighCardinality
    ));
}

#[test]
fn texts_that_are_something_else() {
    let dates = texts((0..40).map(|row| format!("2024-01-{:02}", row % 28 + 1)));
    assert!(has(&dates, FindingKind::DatesInText) && has(&dates, FindingKind::ConstantLength));
    let codes = texts((0..40).map(|row| format!("{:05}", row * 700)));
    assert!(has(&codes, FindingKind::LeadingZeros));
    assert!(!has(&texts((0..40).map(|row| row.to_string())), FindingKind::LeadingZeros));
    let plain = texts((0..40).map(|row| format!("{} words", "x".repeat(row % 7))));
    for kind in [FindingKind::DatesInText, FindingKind::ConstantLength, FindingKind::LeadingZeros] {
        assert!(!has(&plain, kind));
    }
}

#[test]
fn texts_with_blanks_and_characters_that_cannot_be_seen() {
    let padded = texts(["a", "b ", " c"].map(str::to_owned));
    let finding =
        padded.findings.iter().find(|finding| finding.kind == FindingKind::Padded).unwrap();
    assert_eq!(
        (&finding.evidence["leading"], &finding.evidence["trailing"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(finding.sentence, "2 texts begin or end with white space");
    assert!(has(&texts(["a", "\u{feff}b"].map(str::to_owned)), FindingKind::InvisibleCharacters));
    let control = texts(["a", "b\u{0}"].map(str::to_owned));
    assert!(has(&control, FindingKind::InvisibleCharacters), "{:?}", control.columns);
    let clean = texts(["a\tb", "two\nlines", "👩\u{200d}🚀", "é"].map(str::to_owned));
    assert!(!has(&clean, FindingKind::InvisibleCharacters) && !has(&clean, FindingKind::Padded));
}

#[test]
fn texts_that_were_cut() {
    let length = |row: usize| row * 7 % 60 + 3;
    let cut = texts((0..600).map(|row| "x".repeat(length(row).min(40))));
    assert!(has(&cut, FindingKind::Truncated));
    let finding =
        cut.findings.iter().find(|finding| finding.kind == FindingKind::Truncated).unwrap();
    assert_eq!(finding.evidence["length"], json!(40));
    assert!(!has(&texts((0..600).map(|row| "x".repeat(length(row)))), FindingKind::Truncated));
}

#[test]
fn categories_that_mean_the_same() {
    let cities = ["Berlin", "berlin ", "München", "Amsterdam", "Rotterdam"];
    let dirty =
        texts((0..100).map(|row| {
            if row == 50 { "Amsterdan".to_owned() } else { cities[row % 5].to_owned() }
        }));
    let finding =
        dirty.findings.iter().find(|finding| finding.kind == FindingKind::DirtyCategories).unwrap();
    assert_eq!(finding.evidence["pair_count"], json!(2));
    assert_eq!(finding.evidence["pairs"][0]["value"], json!("berlin "));
    assert_eq!(
        finding.evidence["pairs"][1],
        json!({
            "value": "Amsterdam", "count": 20, "other": "Amsterdan", "other_count": 1,
        })
    );
    let clean = texts((0..100).map(|row| format!("Station {}", row % 12)));
    assert!(!has(&clean, FindingKind::DirtyCategories));
    // All different: no categories.
    assert!(!has(&texts(["Berlin", "berlin"].map(str::to_owned)), FindingKind::DirtyCategories));
}
