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

/// The tags of a page with their ids and classes, without what is in drawings, tables and figures.
fn outline(sections: &[Section]) -> String {
    use std::fmt::Write as _;
    let mut outline = String::new();
    for section in sections {
        let _ = writeln!(outline, "{} | {} | {}", section.id, section.title, section.aside);
        for tag in section.html.as_str().split('<').skip(1) {
            let tag = tag.split('>').next().unwrap_or_default();
            let name = tag.split(' ').next().unwrap_or_default();
            if ["article", "figure", "h3", "h4", "table", "details", "ul", "dl"].contains(&name) {
                let shown = tag.replace(" tabindex=\"0\"", "");
                let _ = writeln!(outline, "  <{shown}>");
            }
        }
    }
    outline
}

#[test]
fn a_profile_is_told_in_sections_from_overview_to_detail() {
    insta::assert_snapshot!(outline(&sections(&profile(&flights(60)))));
}

#[test]
fn the_card_of_a_column_has_a_plot_figures_and_findings() {
    let card =
        column_card(&profile(&flights(60)), &profile(&flights(60)).columns[0], Room::of(500));
    insta::assert_snapshot!(page::card(&card));
}

#[test]
fn a_page_asks_nothing_from_outside_and_its_links_have_targets() {
    let page = page(&profile(&flights(60))).unwrap();
    for forbidden in ["http:", "https:", "url(", "src=", "@import", "<link", " style=", " onload="]
    {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    let after = |mark: &str| -> Vec<String> {
        let texts = page.split(mark).skip(1);
        texts.map(|text| text.split('"').next().unwrap().to_owned()).collect()
    };
    let ids = after(" id=\"");
    let known: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(known.len(), ids.len(), "{ids:?}");
    for link in after("href=\"#") {
        assert!(known.contains(&link), "{link}");
    }
}

#[test]
fn drawings_have_finite_coordinates_whatever_the_values() {
    let table = MemoryTable::named("extreme")
        .floats("huge", [1e308, -1e308, 0.0, 5e-324].map(Some))
        .floats("odd", [f64::NAN, f64::INFINITY, 1.0, 2.0].map(Some))
        .floats("nothing", [f64::NAN, f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(Some))
        .integers("ends", [i64::MIN, i64::MAX, 0, 1].map(Some))
        .floats("one", [Some(7.0), None, None, None])
        .texts("empty", ["", "", "", ""].map(Some));
    let page = page(&profile(&table)).unwrap();
    for path in page.split(" d=\"").skip(1) {
        let path = path.split('"').next().unwrap();
        assert!(!path.contains("NaN") && !path.contains("inf"), "{path}");
    }
}

#[test]
fn redacted_values_stay_out_of_the_page() {
    let table = MemoryTable::named("people")
        .integers("salary", (0..60).map(|row| Some(73_000 + row * 131)))
        .texts("name", ["Canary Finch", "Wren Sparrow"].map(Some).into_iter().cycle().take(60))
        .dates("born", (0..60).map(|row| Some(4_000 + row)));
    let profile = profile(&table);
    let open = page(&profile).unwrap();
    let closed = page(&profile.redacted(data_profiling_domain::Redaction::All)).unwrap();
    for canary in
        ["Canary", "canary", "Sparrow", "73,000", "73000", "73131", "73,131", "1980-12-14"]
    {
        assert!(!closed.contains(canary), "{canary}");
    }
    assert!(open.contains("Canary Finch") && open.contains("1980-12-14"));
    assert!(closed.contains("Values are left out") && closed.contains("salary"));
}

#[test]
fn nothing_to_tell_is_no_section() {
    let empty = sections(&profile(&MemoryTable::named("t")));
    let ids: Vec<&str> = empty.iter().map(|section| section.id.as_str()).collect();
    assert_eq!(ids, ["profile"]);
}

#[test]
fn text_from_data_is_never_markup() {
    let page = page(&profile(&flights(60))).unwrap();
    assert!(!page.contains("<b>carrier") && page.contains("&lt;b&gt;carrier"));
    assert_eq!(page.matches("<script").count(), 1);
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
