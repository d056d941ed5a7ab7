use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use shared_kernel_domain::table::ContentDigest;
use testkit::{MemoryScanner, MemoryTable};

use crate::testing::{MemoryProfileFiles, portable_profile_of, profile_files_conformance};
use crate::{PortableProfile, Profile};

type Row = (Option<i64>, Option<f64>, Option<String>);

fn table(name: &str, rows: &[Row]) -> MemoryTable {
    MemoryTable::named(name)
        .integers("whole", rows.iter().map(|row| row.0))
        .floats("real", rows.iter().map(|row| row.1))
        .texts("text", rows.iter().map(|row| row.2.as_deref()))
}

fn portable(table: &MemoryTable) -> PortableProfile {
    let scanner = MemoryScanner::default();
    portable_profile_of(table.name(), &scanner.add(table), &scanner).unwrap()
}

/// The figures as they are written, whatever the table is called, to nine digits: the moments of
/// other parts are rounded otherwise in the last ones.
fn figures(portable: &PortableProfile) -> Value {
    let profile = portable.profile().unwrap();
    let digest = ContentDigest::from_hex("");
    let figures = Profile { name: String::new(), digest, sources: Vec::new(), ..profile };
    rounded(serde_json::to_value(&figures).unwrap())
}

fn rounded(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            let number = number.as_f64().filter(|number| number.abs() > 1e-9).unwrap_or(0.0);
            Value::String(format!("{number:.8e}"))
        }
        Value::Array(values) => values.into_iter().map(rounded).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, rounded(value))).collect()
        }
        other => other,
    }
}

proptest! {
    #[test]
    fn merged_parts_have_the_figures_of_the_whole(
        rows in vec(
            (
                proptest::option::of(-50_i64..50),
                proptest::option::of(prop_oneof![-1e6..1e6, Just(f64::NAN), Just(-0.0), Just(f64::INFINITY)]),
                proptest::option::of("[a-c ]{0,3}"),
            ),
            0..60,
        ),
        cuts in vec(0_usize..60, 0..4),
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(rows.len())).collect();
        cuts.extend([0, rows.len()]);
        cuts.sort_unstable();
        let mut parts = cuts.windows(2).map(|cut| portable(&table("part", &rows[cut[0]..cut[1]])));
        let mut merged = parts.next().unwrap();
        for part in parts {
            let bytes = part.to_bytes().unwrap();
            merged.append(PortableProfile::from_bytes(&bytes).unwrap().unwrap()).unwrap();
        }
        prop_assert_eq!(figures(&merged), figures(&portable(&table("whole", &rows))));
    }

    #[test]
    fn bytes_that_were_changed_are_refused(place in 0_usize..2_000, change in 1_u8..) {
        let rows = [(Some(1), Some(2.5), Some("a".to_owned())), (None, None, None)];
        let mut bytes = portable(&table("t", &rows)).to_bytes().unwrap();
        let place = place % bytes.len();
        bytes[place] ^= change;
        prop_assert!(!matches!(PortableProfile::from_bytes(&bytes), Ok(Some(_))));
        prop_assert!(!matches!(PortableProfile::from_bytes(&bytes[..place]), Ok(Some(_))));
    }
}

#[test]
fn a_merged_profile_names_its_sources() {
    let rows = [(Some(1), Some(2.5), Some("a".to_owned()))];
    let mut merged = portable(&table("january", &rows));
    merged.append(portable(&table("february", &rows))).unwrap();
    let profile = merged.profile().unwrap();
    let sources: Vec<_> = profile.sources.iter().map(|it| (it.name.as_str(), it.rows)).collect();
    assert_eq!(sources, [("january", 1), ("february", 1)]);
    assert_eq!(profile.rows, 2);
    assert_ne!(profile.digest, profile.sources[0].digest);
}

#[test]
fn tables_with_other_columns_are_not_merged() {
    let mut first = portable(&MemoryTable::named("a").integers("x", [Some(1)]));
    let before = first.clone();
    for (other, reason) in [
        (MemoryTable::named("b").integers("y", [Some(1)]), "column \"x\" is only in the first"),
        (MemoryTable::named("b").texts("x", [Some("1")]), "is integer in one, text in the other"),
        (
            MemoryTable::named("b").integers("x", [Some(1)]).integers("y", [Some(1)]),
            "column \"y\" is only in the second",
        ),
    ] {
        let refused = first.append(portable(&other)).unwrap_err();
        assert!(refused.what().contains(reason), "{refused}");
    }
    assert_eq!(first, before);
}

#[test]
fn files_in_memory_are_profile_files() {
    let files = MemoryProfileFiles::default();
    let example = portable(&table("t", &[(Some(1), None, Some("a".to_owned()))]));
    profile_files_conformance(&files, &example, &|name, bytes| {
        files.write(name, bytes);
        name.to_owned()
    });
}
