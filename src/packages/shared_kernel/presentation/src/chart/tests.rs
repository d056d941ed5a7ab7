use super::*;
use crate::Tone;
use crate::page::Html;
use crate::test_support::assert_well_formed;

const ATTACK: &str = "</title></svg><script>alert('x')</script><img src=x onerror=\"y\">&\u{0}";

fn label(value: f64) -> String {
    format!("{value}{ATTACK}")
}

/// Every chart, with hostile text wherever text goes in.
fn attacked() -> Vec<Html> {
    let text = || ATTACK.to_owned();
    vec![
        histogram(&Histogram {
            title: ATTACK,
            edges: &[0.0, 1.0, 2.0],
            counts: &[3, 1],
            label: &label,
            note: ATTACK,
        }),
        value_bars(ATTACK, &[ValueBar { label: text(), count: 2, tone: Tone::Bad }], 3),
        score_ring(ATTACK, Some(0.93), Tone::Good),
        score_ring(ATTACK, None, Tone::Good),
        meters(
            ATTACK,
            &[
                Meter { label: text(), score: Some(0.5), tone: Tone::Warning, note: text() },
                Meter { label: text(), score: None, tone: Tone::Good, note: text() },
            ],
        ),
        stacked_bar(ATTACK, &[Segment { label: text(), count: 3, tone: Tone::Neutral }]),
        sparkline(ATTACK, &[(text(), Some(1.0)), (text(), None), (text(), Some(2.0))]),
        contributions(ATTACK, &[Contribution { label: text(), amount: -0.5, note: text() }]),
    ]
}

#[test]
fn charts_are_well_formed_and_text_stays_text() {
    for chart in attacked() {
        let markup = chart.as_str();
        assert_well_formed(markup);
        assert!(!markup.contains("<script") && !markup.contains("<img"), "{markup}");
        assert!(markup.contains("&lt;script&gt;"), "{markup}");
        assert!(!markup.contains("style="), "inline styles are refused by the page's policy");
    }
}

#[test]
fn a_histogram_has_bars_a_description_and_a_twin() {
    let chart = histogram(&Histogram {
        title: "dep_delay",
        edges: &[0.0, 10.0, 20.0, 30.0],
        counts: &[5, 0, 10],
        label: &crate::format::number,
        note: "",
    });
    insta::assert_snapshot!(chart);
}

#[test]
fn bins_of_unequal_width_show_density() {
    let chart = histogram(&Histogram {
        title: "t",
        edges: &[0.0, 1.0, 3.0],
        counts: &[10, 10],
        label: &crate::format::number,
        note: "",
    });
    // twice the width, half the height
    assert!(chart.as_str().contains("V0h329.3V100zM335.3 100V50h"), "{chart}");
}

#[test]
fn histograms_of_nothing_or_of_one_value_do_not_break() {
    let draw = |edges: &[f64], counts: &[u64]| {
        let chart = histogram(&Histogram {
            title: "t",
            edges,
            counts,
            label: &crate::format::number,
            note: "",
        });
        assert_well_formed(chart.as_str());
        assert!(!chart.as_str().contains("NaN") && !chart.as_str().contains("inf"), "{chart}");
        chart
    };
    assert!(draw(&[], &[]).as_str().contains("no values to draw"));
    assert!(draw(&[7.0, 7.0], &[3]).as_str().contains("h996"));
    draw(&[-1e308, 1e308], &[1]);
    draw(&[0.0, 1.0], &[0]);
}

#[test]
fn a_histogram_of_twenty_bins_is_small() {
    let edges: Vec<f64> = (0..=20).map(|edge| f64::from(edge) * 12.345).collect();
    let counts: Vec<u64> = (0..20).map(|bin| bin * 1234).collect();
    let chart = histogram(&Histogram {
        title: "a_column_name",
        edges: &edges,
        counts: &counts,
        label: &crate::format::number,
        note: "",
    });
    assert!(chart.as_str().len() < 2_000, "{}", chart.as_str().len());
}

#[test]
fn what_was_not_evaluated_never_looks_passed() {
    let ring = score_ring("quality", None, Tone::Good);
    assert!(ring.as_str().contains("quality: not evaluated") && !ring.as_str().contains("good"));
    let rows = meters(
        "dimensions",
        &[Meter {
            label: "timeliness".into(),
            score: None,
            tone: Tone::Good,
            note: "no time column".into(),
        }],
    );
    insta::assert_snapshot!(rows);
}

#[test]
fn contributions_point_to_their_side() {
    let parts = contributions(
        "why row 17",
        &[
            Contribution {
                label: "distance".into(),
                amount: 2.0,
                note: "4983, usually 200 to 2500".into(),
            },
            Contribution { label: "carrier".into(), amount: -0.5, note: "HA".into() },
            Contribution { label: "odd".into(), amount: f64::NAN, note: String::new() },
        ],
    );
    insta::assert_snapshot!(parts);
}

#[test]
fn a_stacked_bar_tells_its_parts_apart() {
    let chart = stacked_bar(
        "cells",
        &[
            Segment { label: "valid".into(), count: 990, tone: Tone::Good },
            Segment { label: "missing".into(), count: 10, tone: Tone::Muted },
            Segment { label: "other".into(), count: 0, tone: Tone::Neutral },
        ],
    );
    insta::assert_snapshot!(chart);
}

#[test]
fn a_sparkline_leaves_gaps() {
    let points: Vec<(String, Option<f64>)> =
        [Some(1.0), None, Some(3.0), Some(2.0)].into_iter().map(|v| ("v1".to_owned(), v)).collect();
    let chart = sparkline("rows", &points);
    assert!(chart.as_str().contains("d=\"M0 95h0M666.7 5h0L1000 50\""), "{chart}");
    assert!(sparkline("rows", &[]).as_str().contains("no values"));
}
