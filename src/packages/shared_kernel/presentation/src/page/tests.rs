use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::*;
use crate::chart::{Histogram, histogram};
use crate::format;

const ATTACK: &str = "</title></style></script><script>alert(1)</script>\" onload=\"x";

fn page(sections: Vec<Section>) -> ReportPage {
    ReportPage {
        title: "flights".into(),
        subtitle: "version 1, 3 rows".into(),
        verdict: Some(Verdict {
            tone: Tone::Bad,
            word: "not fit for use".into(),
            sentence: "2 of 9 rules failed".into(),
        }),
        sections,
        footer: "pynomaly 0.1.0".into(),
    }
}

fn section(id: &str, html: Html) -> Section {
    Section { id: id.into(), title: "Quality".into(), aside: "2 failed".into(), html }
}

#[test]
fn a_page_is_a_shell_around_its_sections() {
    let page = page(vec![section("quality", paragraph("body"))]).render().unwrap();
    let start = page.find("<style>").unwrap() + "<style>".len();
    let end = page.find("</style>").unwrap();
    let script = page.find("<script>").unwrap() + "<script>".len();
    let script_end = page.find("</script>").unwrap();
    let shell = format!("{}{}{}", &page[..start], &page[end..script], &page[script_end..]);
    insta::with_settings!({ filters => [(r"sha256-[A-Za-z0-9+/=]{44}", "sha256-…")] }, {
        insta::assert_snapshot!(shell);
    });
}

#[test]
fn text_from_data_stays_text_everywhere() {
    let text = || ATTACK.to_owned();
    let hostile = ReportPage {
        title: text(),
        subtitle: text(),
        verdict: Some(Verdict { tone: Tone::Good, word: text(), sentence: text() }),
        sections: vec![Section {
            id: "a".into(),
            title: text(),
            aside: text(),
            html: Html::text(ATTACK),
        }],
        footer: text(),
    };
    let page = hostile.render().unwrap();
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</script").count(), 1);
    assert_eq!(page.matches("</style").count(), 1);
    assert!(!page.contains("\" onload"));
}

#[test]
fn the_policy_allows_exactly_the_style_and_script_of_the_page() {
    let page = page(Vec::new()).render().unwrap();
    let between = |open: &str, close: &str| {
        let start = page.find(open).unwrap() + open.len();
        page[start..start + page[start..].find(close).unwrap()].to_owned()
    };
    let policy = policy::content_security_policy(
        &between("<style>", "</style>"),
        &between("<script>", "</script>"),
    );
    let written = between("Content-Security-Policy\" content=\"", "\"");
    assert_eq!(written.replace("&#39;", "'"), policy);
}

#[test]
fn a_page_asks_nothing_from_outside() {
    let page = page(Vec::new()).render().unwrap();
    for forbidden in ["http:", "https:", "url(", "src=", "@import", "<link", "innerHTML", "eval("] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn every_link_has_a_target_and_ids_are_unique() {
    let page = page(vec![section("quality", Html::empty()), section("profile", Html::empty())])
        .render()
        .unwrap();
    let after = |mark: &str| -> Vec<String> {
        let texts = page.split(mark).skip(1);
        texts.map(|text| text.split('"').next().unwrap().to_owned()).collect()
    };
    let ids = after(" id=\"");
    let known: BTreeSet<_> = ids.iter().collect();
    assert_eq!(known.len(), ids.len(), "{ids:?}");
    let links = after("href=\"#");
    assert_eq!(links, ["main", "quality", "profile"]);
    assert!(links.iter().all(|link| known.contains(link)));
}

/// A column as wide reports show it: a histogram of 20 bins, eight figures, two badges.
fn column_card(index: u32) -> Card {
    let edges: Vec<f64> =
        (0..=20).map(|edge| f64::from(edge) * 12.345 + f64::from(index)).collect();
    let counts: Vec<u64> = (0..20).map(|bin| bin * 1234 % 7919).collect();
    let chart = histogram(&Histogram {
        title: &format!("measurement_{index}"),
        edges: &edges,
        counts: &counts,
        label: &format::number,
        note: "",
    });
    let names =
        ["missing", "distinct", "mean", "deviation", "minimum", "median", "maximum", "zeros"];
    let figures = names.map(|name| (name, Html::text(&format::number(1234.5678))));
    Card {
        id: anchor("column", &format!("measurement_{index}")),
        title: format!("measurement_{index}"),
        meta: "number".into(),
        badges: vec![badge(Tone::Good, "passed"), badge(Tone::Warning, "3 warnings")],
        body: Html::concat([chart, key_values(figures)]),
    }
}

#[test]
fn a_thousand_columns_stay_under_three_megabytes() {
    let columns: Vec<Card> = (0..1000).map(column_card).collect();
    let page = page(vec![section("columns", cards(Some("Find a column"), &columns))]);
    let size = page.render().unwrap().len();
    assert!(size < 3_000_000, "{size} bytes");
}

/// The colours of a block of custom properties.
fn colours(block: &str) -> BTreeMap<&str, [f64; 3]> {
    block
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": #"))
        .map(|(name, hex)| {
            let channel = |at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
            (name, [channel(0), channel(2), channel(4)])
        })
        .collect()
}

/// WCAG 2.1, "contrast ratio" and "relative luminance".
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |colour: [f64; 3]| {
        let [red, green, blue] = colour.map(|channel| {
            let share = channel / 255.0;
            if share <= 0.03928 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn colours_have_the_contrast_of_wcag_aa_in_both_themes() {
    let mut blocks = STYLE.split(":root {").skip(1);
    for theme in ["light", "dark"] {
        let block = blocks.next().unwrap().split('}').next().unwrap();
        let colours = colours(block);
        let at_least = |least: f64, one: &str, other: &str| {
            let found = contrast(colours[one], colours[other]);
            assert!(found >= least, "{theme}: {one} on {other} is {found:.2}, not {least}");
        };
        for background in ["page", "surface", "raised"] {
            for text in ["text", "muted", "link"] {
                at_least(4.5, text, background);
            }
        }
        for tone in ["good", "warning", "bad", "not-evaluated"] {
            for background in ["page", "surface", &format!("{tone}-soft")] {
                at_least(4.5, tone, background);
            }
            at_least(3.0, &format!("{tone}-bar"), "surface");
        }
        for side in ["warm", "cold"] {
            for depth in 1..=3 {
                at_least(4.5, "text", &format!("{side}{depth}"));
            }
            for depth in 4..=5 {
                at_least(4.5, "on-strong", &format!("{side}{depth}"));
            }
        }
        for drawing in ["bar", "muted-bar", "kind1", "kind2", "kind3", "kind4", "kind5", "kind6"] {
            at_least(3.0, drawing, "surface");
        }
    }
}
