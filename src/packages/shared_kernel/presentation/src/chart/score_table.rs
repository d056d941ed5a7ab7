use super::markup::Markup;
use crate::Tone;
use crate::format::{NO_VALUE, share};
use crate::page::Html;

/// A score of 0 to 1 with a name.
#[derive(Clone, Debug)]
pub struct Meter {
    /// What is scored.
    pub label: String,
    /// The score; `None` was not evaluated.
    pub score: Option<f64>,
    /// What it means.
    pub tone: Tone,
    /// In a few words; when not evaluated, why.
    pub note: String,
}

/// Scores by name, as bars in a table; what was not evaluated has no bar and says why.
pub fn meters(title: &str, meters: &[Meter]) -> Html {
    let mut markup = Markup::default();
    markup.table_head("bars meters", title, &["name", "score", ""]);
    for meter in meters {
        let score = meter.score.filter(|score| score.is_finite());
        markup.raw("<tr><th scope=\"row\">").text(&meter.label);
        match score {
            None => {
                markup.raw("<small class=\"not-evaluated\">not evaluated");
                if !meter.note.is_empty() {
                    markup.text(": ").text(&meter.note);
                }
                markup.raw("</small>");
            }
            Some(_) if meter.note.is_empty() => {}
            Some(_) => {
                markup.element("small", &meter.note);
            }
        }
        markup
            .raw("</th>")
            .element("td", &score.map_or_else(|| NO_VALUE.to_owned(), share))
            .raw("<td class=\"track\">")
            .bar(score.unwrap_or(0.0), meter.tone.class())
            .raw("</td></tr>");
    }
    markup.table_end();
    markup.finish()
}
