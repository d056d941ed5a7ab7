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
    let largest = bars.iter().map(|bar| bar.count).max().unwrap_or(0).max(1);
    let mut markup = Markup::default();
    markup.table_head("bars", title, &["value", "rows", "share", ""]);
    for bar in bars {
        markup
            .raw("<tr><th scope=\"row\">")
            .text(&bar.label)
            .raw("</th>")
            .element("td", &count(bar.count))
            .element("td", &share_of(bar.count, total))
            .raw("<td>")
            .bar(bar.count as f64 / largest as f64, bar.tone.class())
            .raw("</td></tr>");
    }
    markup.table_end();
    markup.finish()
}
