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

/// A box plot after Tukey: the middle half of the values and how far the usual ones reach. All in
/// the unit of the edges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The smallest and the largest value that is no outlier.
    pub whiskers: (f64, f64),
    /// The lower and the upper quartile.
    pub quartiles: (f64, f64),
    /// The median.
    pub median: f64,
}

/// One bar of a strip.
#[derive(Clone, Debug)]
pub struct Part {
    /// What is counted, such as `Monday`.
    pub label: String,
    /// How often.
    pub count: u64,
}

struct Bin {
    from: f64,
    to: f64,
    count: u64,
}

/// Rows per bin, as bars whose area is the count; bins of unequal width stay true.
pub fn histogram(chart: &Histogram<'_>) -> Html {
    histogram_with_box(chart, None)
}

/// A histogram with a box below it that says where the middle of the values lies.
pub fn histogram_with_box(chart: &Histogram<'_>, spread: Option<Spread>) -> Html {
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
        .raw_with(format_args!("<path d=\"{}\"/></svg>", path(&bins, first.from, last.to)));
    if let Some(spread) = spread {
        box_plot(&mut markup, spread, (first.from, last.to), chart.label);
    }
    axis(&mut markup, &low, &high);
    if !chart.note.is_empty() {
        markup.element("figcaption", chart.note);
    }
    let rows = bins
        .iter()
        .map(|bin| (format!("{} – {}", (chart.label)(bin.from), (chart.label)(bin.to)), bin.count));
    twin(&mut markup, chart.title, "from – to", rows);
    markup.raw("</figure>");
    markup.finish()
}

/// Counts of a few parts in their own order, such as days of the week, as a small row of bars.
pub fn strip(title: &str, parts: &[Part]) -> Html {
    let mut markup = Markup::default();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return markup.finish();
    };
    let limits = 0_u32..;
    let bins: Vec<Bin> = parts
        .iter()
        .zip(limits)
        .map(|(part, place)| Bin {
            from: f64::from(place),
            to: f64::from(place + 1),
            count: part.count,
        })
        .collect();
    let total: u64 = parts.iter().map(|part| part.count).sum();
    let fullest = parts.iter().rev().max_by_key(|part| part.count).unwrap_or(first);
    let description = format!(
        "{} parts; the fullest, {}, holds {} of {}",
        parts.len(),
        fullest.label,
        count(fullest.count),
        count(total)
    );
    markup
        .raw("<figure class=\"chart\"><svg class=\"histogram strip even\" role=\"img\" viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\">")
        .element("title", title)
        .element("desc", &description)
        .raw_with(format_args!("<path d=\"{}\"/></svg>", path(&bins, 0.0, parts.len() as f64)));
    axis(&mut markup, &first.label, &last.label);
    let rows = parts.iter().map(|part| (part.label.clone(), part.count));
    twin(&mut markup, title, "part", rows);
    markup.raw("</figure>");
    markup.finish()
}

fn axis(markup: &mut Markup, low: &str, high: &str) {
    markup
        .raw("<div class=\"axis\" aria-hidden=\"true\">")
        .element("span", low)
        .element("span", high)
        .raw("</div>");
}

/// The box on the axis of the bars; what is beyond the axis is cut.
fn box_plot(
    markup: &mut Markup,
    spread: Spread,
    (low, high): (f64, f64),
    label: &dyn Fn(f64) -> String,
) {
    let Spread { whiskers, quartiles, median } = spread;
    let range = high - low;
    let place = |value: f64| {
        let share = (value - low) / range;
        if share.is_finite() { WIDTH * share.clamp(0.0, 1.0) } else { 0.0 }
    };
    let values = [whiskers.0, quartiles.0, median, quartiles.1, whiskers.1];
    if !(range > 0.0 && range.is_finite() && values.iter().all(|value| value.is_finite())) {
        return;
    }
    let [from, lower, middle, upper, to] = values.map(place).map(coordinate);
    let words = format!(
        "half of the values lie from {} to {}, the median is {}; without outliers they reach from {} \
         to {}",
        label(quartiles.0),
        label(quartiles.1),
        label(median),
        label(whiskers.0),
        label(whiskers.1),
    );
    markup
        .raw(
            "<svg class=\"box\" role=\"img\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\">",
        )
        .element("title", &words)
        .raw_with(format_args!(
            "<path d=\"M{from} 3V7M{from} 5H{lower}M{upper} 5H{to}M{to} 3V7\"/>\
             <path class=\"middle\" d=\"M{lower} 1H{upper}V9H{lower}z\"/>\
             <path class=\"median\" d=\"M{middle} 1V9\"/></svg>"
        ));
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

fn twin(markup: &mut Markup, title: &str, what: &str, rows: impl Iterator<Item = (String, u64)>) {
    markup.raw("<details class=\"twin\">").element("summary", "as a table").table_head(
        "twin",
        title,
        &[what, "rows"],
    );
    for (name, rows) in rows {
        markup.raw("<tr>").element("td", &name).element("td", &count(rows)).raw("</tr>");
    }
    markup.table_end().raw("</details>");
}
