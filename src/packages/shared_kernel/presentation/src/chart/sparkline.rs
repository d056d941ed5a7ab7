use std::fmt::Write as _;

use super::markup::{Markup, coordinate};
use crate::format::{NO_VALUE, number};
use crate::page::Html;

/// A series of labelled values as a line; what is missing is a gap.
pub fn sparkline(title: &str, points: &[(String, Option<f64>)]) -> Html {
    let values: Vec<Option<f64>> =
        points.iter().map(|(_, value)| value.filter(|number| number.is_finite())).collect();
    let low = values.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut markup = Markup::default();
    if low > high {
        markup.raw("<p class=\"muted\">").text("no values to draw").raw("</p>");
        return markup.finish();
    }
    let description =
        format!("{} values between {} and {}", points.len(), number(low), number(high));
    markup
        .raw("<figure class=\"chart\"><svg class=\"sparkline\" role=\"img\" viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\">")
        .element("title", title)
        .element("desc", &description)
        .raw_with(format_args!("<path d=\"{}\"/></svg>", path(&values, low, high)))
        .raw("<details class=\"twin\">")
        .element("summary", "as a table")
        .table_head("twin", title, &["when", "value"]);
    for ((label, _), value) in points.iter().zip(&values) {
        let value = value.map_or_else(|| NO_VALUE.to_owned(), number);
        markup.raw("<tr>").element("td", label).element("td", &value).raw("</tr>");
    }
    markup.table_end().raw("</details></figure>");
    markup.finish()
}

fn path(values: &[Option<f64>], low: f64, high: f64) -> String {
    let step = 1000.0 / (values.len().saturating_sub(1).max(1)) as f64;
    let mut path = String::new();
    let mut drawing = false;
    for (index, value) in values.iter().enumerate() {
        let Some(value) = value else {
            drawing = false;
            continue;
        };
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        let (x, y) = (coordinate(index as f64 * step), coordinate(95.0 - 90.0 * share));
        // a round cap makes a dot of the empty line that begins every stretch
        let _ = if drawing { write!(path, "L{x} {y}") } else { write!(path, "M{x} {y}h0") };
        drawing = true;
    }
    path
}
