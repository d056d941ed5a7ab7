//! What the charts share: a writer of markup that escapes text.

use std::fmt::{self, Write as _};

use crate::page::{Html, push_text};

/// Markup in the making.
#[derive(Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Markup of our own; not for text from data.
    pub(super) fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Markup of our own with numbers in it; not for text from data.
    pub(super) fn raw_with(&mut self, markup: fmt::Arguments<'_>) -> &mut Self {
        // writing to a string can't fail
        let _ = self.0.write_fmt(markup);
        self
    }

    /// Text, escaped.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        push_text(&mut self.0, text);
        self
    }

    /// An element without attributes around escaped text.
    pub(super) fn element(&mut self, name: &str, text: &str) -> &mut Self {
        self.raw_with(format_args!("<{name}>")).text(text).raw_with(format_args!("</{name}>"))
    }

    /// The head of a table: a caption for those who can't see where it stands, and its columns.
    pub(super) fn table_head(&mut self, class: &str, caption: &str, columns: &[&str]) -> &mut Self {
        self.raw_with(format_args!("<table class=\"{class}\"><caption>"));
        self.text(caption).raw("</caption><thead><tr>");
        for column in columns {
            self.raw("<th scope=\"col\">").text(column).raw("</th>");
        }
        self.raw("</tr></thead><tbody>")
    }

    /// The end of a table.
    pub(super) fn table_end(&mut self) -> &mut Self {
        self.raw("</tbody></table>")
    }

    /// A bar that fills a share of its cell.
    pub(super) fn bar(&mut self, share: f64, class: &str) -> &mut Self {
        match width_class(share) {
            0 => self,
            width if class.is_empty() => self.raw_with(format_args!("<i class=\"w{width}\"></i>")),
            width => self.raw_with(format_args!("<i class=\"w{width} {class}\"></i>")),
        }
    }

    pub(super) fn finish(self) -> Html {
        Html::trusted(self.0)
    }
}

/// The class `w1` to `w100` of a bar for a share of 0 to 1; nothing is 0, a little at least 1.
fn width_class(share: f64) -> u32 {
    if share.is_finite() && share > 0.0 {
        ((share * 100.0).round() as u32).clamp(1, 100)
    } else {
        0
    }
}

/// A coordinate with at most one decimal.
pub(super) fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}
