use super::*;
use crate::Tone;
use crate::page::Html;
use crate::test_support::assert_well_formed;

const ATTACK: &str = "</title></svg><script>alert('x')</script><img src=x onerror=\"y\">&\u{0}";

const SPREAD: Spread = Spread { whiskers: (0.1, 1.5), quartiles: (0.25, 0.75), median: 0.5 };

fn label(value: f64) -> String {
    format!("{value}{ATTACK}")
}

/// Every chart, with hostile text wherever text goes in.
fn attacked() -> Vec<Html> {
    let text = || ATTACK.to_owned();
    vec![
        histogram_with_box(
            &Histogram {
                title: ATTACK,
                edges: &[0.0, 1.0, 2.0],
                counts: &[3, 1],
                label: &label,
                note: ATTACK,
            },
            Some(SPREAD),
        ),
        strip(ATTACK, &[Part { label: text(), count: 3 }]),
        heat_map(&HeatMap {
            title: ATTACK,
            names: &[text(), text()],
            values: &[vec![None, Some(0.4)], vec![Some(0.4), None]],
            link: "column",
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
fn a_box_stands_on_the_axis_of_the_bars_and_never_leaves_it() {
    let draw = |edges: &[f64], spread: Spread| {
        let label = &crate::format::number;
        let counts = vec![1; edges.len() - 1];
        let chart = Histogram { title: "t", edges, counts: &counts, label, note: "" };
        histogram_with_box(&chart, Some(spread))
    };
    let drawn = draw(&[0.0, 1.0, 2.0], Spread { whiskers: (-5.0, 9.0), ..SPREAD });
    assert!(drawn.as_str().contains("M0 3V7M0 5H125M375 5H1000M1000 3V7"), "{drawn}");
    assert!(drawn.as_str().contains("M250 1V9"), "{drawn}");
    assert!(drawn.as_str().contains("half of the values lie from 0.25 to 0.75, the median is 0.5"));
    for (edges, spread) in [
        ([0.0, 0.0], SPREAD),
        ([-1e308, 1e308], SPREAD),
        ([0.0, 1.0], Spread { median: f64::NAN, ..SPREAD }),
        ([0.0, 1.0], Spread { whiskers: (f64::NEG_INFINITY, 1.0), ..SPREAD }),
    ] {
        let drawn = draw(&edges, spread);
        assert_well_formed(drawn.as_str());
        assert!(!drawn.as_str().contains("class=\"box\""), "{drawn}");
        assert!(!drawn.as_str().contains("NaN") && !drawn.as_str().contains("inf"), "{drawn}");
    }
}

#[test]
fn a_strip_keeps_the_order_of_its_parts() {
    let parts = [("Monday", 5), ("Tuesday", 0), ("Wednesday", 10)]
        .map(|(label, count)| Part { label: label.into(), count });
    let drawn = strip("weekdays", &parts);
    assert!(drawn.as_str().contains("3 parts; the fullest, Wednesday, holds 10 of 15"), "{drawn}");
    assert!(drawn.as_str().contains("<td>Tuesday</td><td>0</td>"), "{drawn}");
    assert!(strip("nothing", &[]).is_empty());
}

#[test]
fn a_heat_map_is_a_table_of_figures() {
    let drawn = heat_map(&HeatMap {
        title: "associations",
        names: &["a b".to_owned(), "c".to_owned()],
        values: &[vec![Some(1.0), Some(-0.834)], vec![None, None]],
        link: "column",
    });
    let expected = "<tr><th scope=\"row\"><a href=\"#column-a_20_b\">a b</a></th>\
                    <td class=\"self\"></td><td class=\"cold4\">-.83</td></tr>";
    assert!(drawn.as_str().contains(expected), "{drawn}");
    assert!(drawn.as_str().contains("<td>–</td><td class=\"self\"></td>"), "{drawn}");
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
