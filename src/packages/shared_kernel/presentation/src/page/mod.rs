//! The report page and the fragments that go into it.
//!
//! A context gives [`Section`]s, the composition root joins them into a [`ReportPage`]. The page
//! is one file without requests: its policy allows exactly its own style and script, so inline
//! `style=` attributes and handlers do not work and are not needed. Fragments are made by the
//! functions here and in [`crate::chart`], by [`crate::Table::to_html`], or by a context's own
//! askama template with these classes:
//!
//! | class | on | for |
//! |---|---|---|
//! | `tiles` > `tile` | `dl` > `div` with `dt`, `dd`, `dd.note` | the few figures that matter ([`tiles`]) |
//! | `panel` | `div` | a box around something ([`panel`]) |
//! | `split` > any | `div` | parts side by side where there is room ([`split`]) |
//! | `beside` > any | `div` of two | something small beside something large ([`beside`]) |
//! | `cards` > `card` | `div` > `article` with `header` of `h3`, `span.meta`, `span.badges` | columns, rules, models ([`cards`]) |
//! | `filterable` | `div` around `div.filter` and `cards` | a search box and choices over the cards ([`cards_with_facets`]) |
//! | `kv` | `dl` with `div` of `dt`, `dd` | names and values ([`key_values`]) |
//! | `lines` | `dl` with `div` of `dt`, `dd` | names and longer values ([`rows`]) |
//! | `badge`, `notice` and a tone | `span`, `div` | words and messages ([`badge`], [`notice`]) |
//! | `found` | `ul` of a badge and a sentence each | findings ([`list`]) |
//! | `data` in `scroll` | `table` in `div tabindex=0`; `n` on numeric cells | tables ([`table`]) |
//! | `bars`, `chart`, `heat`, `twin` | made by [`crate::chart`] | charts |
//! | `good`, `warning`, `bad`, `not-evaluated`, `muted`, `strong` | any | tones ([`Tone`]) |
//!
//! Headings inside a section begin at `h3`, inside a card at `h4`.

mod fragment;
mod html;
mod policy;

pub use fragment::{
    Align, Card, Facet, Tile, absent, anchor, badge, beside, card, cards, cards_with_facets, code,
    details, heading, key_values, link, list, measured, note, notice, panel, paragraph, rows,
    small_heading, split, table, tiles,
};
pub use html::Html;
pub(crate) use html::push_text;

use std::fmt::Write as _;

use askama::Template;
use shared_kernel_domain::Result;

use crate::Tone;

const STYLE: &str = include_str!("../../templates/report.css");
const SCRIPT: &str = include_str!("../../templates/report.js");

/// A part of a report, reachable from the navigation.
#[derive(Clone, Debug)]
pub struct Section {
    /// Unique in the page: letters, digits, hyphens.
    pub id: String,
    /// The heading.
    pub title: String,
    /// What stands beside the title in the navigation, such as `3 failed`; may be empty.
    pub aside: String,
    /// The content.
    pub html: Html,
}

/// The answer that stands at the top of a report.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What it means.
    pub tone: Tone,
    /// In two or three words, such as `fit for use`.
    pub word: String,
    /// In a sentence.
    pub sentence: String,
}

/// A self-contained report.
#[derive(Clone, Debug)]
pub struct ReportPage {
    /// What the report is about, such as the dataset's name.
    pub title: String,
    /// Version, rows, columns, when; may be empty.
    pub subtitle: String,
    /// The answer, if the report gives one.
    pub verdict: Option<Verdict>,
    /// The parts, in order; the navigation follows from them.
    pub sections: Vec<Section>,
    /// How the report came about: tool version, command, schema.
    pub footer: String,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Shell<'a> {
    page: &'a ReportPage,
    policy: String,
    style: Html,
    script: Html,
}

impl ReportPage {
    /// The page as one HTML document that needs nothing from outside.
    pub fn render(&self) -> Result<String> {
        let style = style();
        let shell = Shell {
            page: self,
            policy: policy::content_security_policy(&style, SCRIPT),
            style: Html::trusted(style),
            script: Html::trusted(SCRIPT),
        };
        Ok(Html::template(&shell)?.to_string())
    }
}

/// The stylesheet without what only its authors need, and the widths of bars, `w1` to `w100`.
fn style() -> String {
    let mut style = String::with_capacity(STYLE.len());
    for line in STYLE.lines().map(str::trim).filter(|line| !line.starts_with("/*")) {
        style.push_str(line);
        style.push('\n');
    }
    for percent in 1..=100 {
        let _ = write!(style, ".w{percent}{{width:{percent}%}}");
    }
    style
}

#[cfg(test)]
mod tests;
