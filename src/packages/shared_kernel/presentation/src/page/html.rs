use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;
use shared_kernel_domain::{Error, Result};

use crate::format::printable;

/// Markup that may stand in a page as it is. Everything that came from data enters through
/// [`Html::text`] or an askama template, both of which escape; `{{ html }}` in a template shows
/// an `Html` unescaped without any `|safe`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Nothing.
    pub const fn empty() -> Self {
        Self(String::new())
    }

    /// Text, escaped for element content and quoted attributes; control and bidirectional
    /// characters are written out.
    pub fn text(text: &str) -> Self {
        let mut markup = String::with_capacity(text.len() + 8);
        push_text(&mut markup, text);
        Self(markup)
    }

    /// Markup made by ourselves from escaped parts.
    pub fn trusted(markup: impl Into<String>) -> Self {
        Self(markup.into())
    }

    /// A rendered askama template.
    pub fn template(template: &impl Template) -> Result<Self> {
        template.render().map(Self).map_err(|cause| {
            Error::internal("a part of the page could not be rendered").caused_by(cause)
        })
    }

    /// Parts after each other.
    pub fn concat(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut markup = String::new();
        for part in parts {
            markup.push_str(&part.0);
        }
        Self(markup)
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Html {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

impl From<&str> for Html {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Html {
    fn from(text: String) -> Self {
        Self::text(&text)
    }
}

/// Appends text, escaped.
pub(crate) fn push_text(markup: &mut String, text: &str) {
    for character in printable(text).chars() {
        match character {
            '&' => markup.push_str("&amp;"),
            '<' => markup.push_str("&lt;"),
            '>' => markup.push_str("&gt;"),
            '"' => markup.push_str("&quot;"),
            '\'' => markup.push_str("&#39;"),
            other => markup.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Template)]
    #[template(source = "<p>{{ text }}|{{ markup }}</p>", ext = "html")]
    struct Sample<'a> {
        text: &'a str,
        markup: Html,
    }

    #[test]
    fn text_is_escaped_once_and_markup_never() {
        let page = Html::template(&Sample { text: "<b>", markup: Html::text("<i>'\"&\u{0}") });
        assert_eq!(page.unwrap().as_str(), "<p>&#60;b&#62;|&lt;i&gt;&#39;&quot;&amp;\\u{0}</p>");
    }
}
