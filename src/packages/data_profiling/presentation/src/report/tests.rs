use data_profiling_domain::compare;
use testkit::MemoryTable;

use super::*;
use crate::test_support::profile;

fn flights(rows: i64) -> MemoryTable {
    MemoryTable::named("flights")
        .integers("delay", (0..rows).map(|row| (row % 3 > 0).then_some(row % 40 - 9)))
        .texts("<b>carrier", ["UA", "<script>"].map(Some).into_iter().cycle().take(rows as usize))
        .dates("day", (0..rows).map(|row| Some(15_706 + row as i32)))
        .floats("gone", (0..rows).map(|_| None))
}

#[test]
fn a_profile_is_a_section_of_tiles_findings_and_cards() {
    let section = section(&profile(&flights(60)));
    assert_eq!((section.id.as_str(), section.aside.as_str()), ("profile", "4 columns"));
    insta::assert_snapshot!(section.html);
}

#[test]
fn text_from_data_is_never_markup() {
    let page = page(&profile(&flights(60))).unwrap();
    assert!(!page.contains("<b>carrier") && page.contains("&lt;b&gt;carrier"));
    assert_eq!(page.matches("<script>").count(), page.matches("</script>").count());
}

#[test]
fn changes_are_told_the_largest_first() {
    let (before, after) = (profile(&flights(60)), profile(&flights(90)));
    let section = changes_section(&compare(&before, &after));
    assert!(section.html.as_str().contains("30 more rows: 60 became 90"));
    let same = changes_section(&compare(&before, &before));
    assert!(same.html.as_str().contains("every value is the same"));
}

#[test]
fn a_thousand_columns_stay_small() {
    let mut table = MemoryTable::named("wide");
    for column in 0..500 {
        let values = (0..300).map(move |row| Some((row * (column + 7)) % 1_009));
        table = table.integers(&format!("number_{column}"), values);
        let texts = ["alpha", "beta", "gamma", "delta", "epsilon"].map(Some);
        table = table.texts(&format!("text_{column}"), texts.into_iter().cycle().take(300));
    }
    let page = page(&profile(&table)).unwrap();
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
}
