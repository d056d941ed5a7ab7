use super::markup::Markup;
use crate::Tone;
use crate::format::{count, share_of};
use crate::page::Html;

/// One bar with a label.
#[derive(Clone, Debug)]
pub struct ValueBar {
    /// The value.
    pub label: String,
    /// How often.
    pub count: u64,
    /// What it means.
    pub tone: Tone,
}

/// The most frequent values of `total` rows, as bars in a table; the longest bar fills its cell.
pub fn value_bars(title: &str, bars: &[ValueBar], total: u64) -> Html {
    let largest = bars.iter().map(|bar| bar.count).max().unwrap_or(0);
    table("bars", title, bars, total, largest)
}

/// How many of `total` rows, as bars in a table; a bar of all rows fills its cell.
pub fn share_bars(title: &str, bars: &[ValueBar], total: u64) -> Html {
    table("bars shares", title, bars, total, total)
}

/// A bar of `full` rows fills its cell.
fn table(class: &str, title: &str, bars: &[ValueBar], total: u64, full: u64) -> Html {
    let mut markup = Markup::default();
    markup.table_head(class, title, &["value", "rows", "share", ""]);
    for bar in bars {
        markup
            .raw("<tr><th scope=\"row\">")
            .text(&bar.label)
            .raw("</th>")
            .element("td", &count(bar.count))
            .element("td", &share_of(bar.count, total))
            .raw("<td>")
            .bar(bar.count as f64 / full.max(1) as f64, bar.tone.class())
            .raw("</td></tr>");
    }
    markup.table_end();
    markup.finish()
}
