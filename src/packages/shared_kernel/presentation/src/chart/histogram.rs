use std::fmt::Write as _;

use super::markup::{Markup, coordinate};
use crate::format::count;
use crate::page::Html;

/// Width and height of the drawing in its own units; the page stretches it.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 100.0;

/// Bars over a number line (or time).
#[derive(Clone, Copy)]
pub struct Histogram<'a> {
    /// What is counted, such as `dep_delay`.
    pub title: &'a str,
    /// The bins' limits, ascending and finite; one more than counts.
    pub edges: &'a [f64],
    /// Rows per bin.
    pub counts: &'a [u64],
    /// Writes a limit.
    pub label: &'a dyn Fn(f64) -> String,
    /// How far it can be trusted, such as `from a sample of 100,000 rows`; may be empty.
    pub note: &'a str,
}

struct Bin {
    from: f64,
    to: f64,
    count: u64,
}

/// Rows per bin, as bars whose area is the count; bins of unequal width stay true.
pub fn histogram(chart: &Histogram<'_>) -> Html {
    let bins: Vec<Bin> = chart
        .edges
        .windows(2)
        .zip(chart.counts)
        .filter_map(|(limits, &count)| match limits {
            [from, to] => Some(Bin { from: *from, to: *to, count }),
            _ => None,
        })
        .collect();
    let mut markup = Markup::default();
    let (Some(first), Some(last)) = (bins.first(), bins.last()) else {
        markup.raw("<p class=\"muted\">").text("no values to draw").raw("</p>");
        return markup.finish();
    };
    let low = (chart.label)(first.from);
    let high = (chart.label)(last.to);
    markup
        .raw("<figure class=\"chart\"><svg class=\"histogram")
        .raw(if evenly_wide(&bins) { " even" } else { "" })
        .raw("\" role=\"img\" viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\">")
        .element("title", &format!("{}: distribution", chart.title))
        .element("desc", &describe(&bins, chart.label))
        .raw_with(format_args!("<path d=\"{}\"/></svg>", path(&bins, first.from, last.to)))
        .raw("<div class=\"axis\" aria-hidden=\"true\">")
        .element("span", &low)
        .element("span", &high)
        .raw("</div>");
    if !chart.note.is_empty() {
        markup.element("figcaption", chart.note);
    }
    twin(&mut markup, &bins, chart);
    markup.raw("</figure>");
    markup.finish()
}

/// Whether a place in the drawing tells the bin, for the page's script.
fn evenly_wide(bins: &[Bin]) -> bool {
    let widths = || bins.iter().map(|bin| bin.to - bin.from);
    let widest = widths().fold(0.0, f64::max);
    widths().all(|width| widest - width <= widest * 1e-6)
}

fn describe(bins: &[Bin], label: &dyn Fn(f64) -> String) -> String {
    let fullest = bins.iter().max_by_key(|bin| bin.count);
    fullest.map_or_else(String::new, |bin| {
        let (from, to) = (label(bin.from), label(bin.to));
        format!("{} bins; the fullest, {from} to {to}, holds {} rows", bins.len(), count(bin.count))
    })
}

/// One closed shape per bin that holds something.
fn path(bins: &[Bin], low: f64, high: f64) -> String {
    let range = high - low;
    let equal_share = 1.0 / bins.len() as f64;
    // a bin's share of the axis; a range of no width is divided evenly
    let place = |index: usize, limit: f64| {
        if range > 0.0 && range.is_finite() {
            (limit - low) / range
        } else {
            index as f64 * equal_share
        }
    };
    let spans: Vec<(f64, f64, f64)> = bins
        .iter()
        .enumerate()
        .map(|(index, bin)| {
            let (from, to) = (place(index, bin.from), place(index + 1, bin.to));
            let width = (to - from).max(0.0);
            let density = if width > 0.0 { bin.count as f64 / width } else { 0.0 };
            (from, width, density)
        })
        .collect();
    let highest = spans.iter().map(|span| span.2).fold(0.0, f64::max);
    let mut path = String::new();
    for (from, width, density) in spans {
        if density <= 0.0 {
            continue;
        }
        let gap = (WIDTH * width * 0.15).min(4.0);
        let height = (HEIGHT * density / highest).max(2.0);
        let left = coordinate(WIDTH * from + gap / 2.0);
        let top = coordinate(HEIGHT - height);
        let width = coordinate(WIDTH * width - gap);
        let _ = write!(path, "M{left} 100V{top}h{width}V100z");
    }
    path
}

fn twin(markup: &mut Markup, bins: &[Bin], chart: &Histogram<'_>) {
    markup.raw("<details class=\"twin\">").element("summary", "as a table").table_head(
        "twin",
        chart.title,
        &["from – to", "rows"],
    );
    for bin in bins {
        markup
            .raw("<tr>")
            .element("td", &format!("{} – {}", (chart.label)(bin.from), (chart.label)(bin.to)))
            .element("td", &count(bin.count))
            .raw("</tr>");
    }
    markup.table_end().raw("</details>");
}
