use super::markup::Markup;
use crate::format::signed;
use crate::page::Html;

/// What one feature adds to a score.
#[derive(Clone, Debug)]
pub struct Contribution {
    /// The feature.
    pub label: String,
    /// How much, in the unit of the score; above zero makes it higher.
    pub amount: f64,
    /// What was found and what was expected.
    pub note: String,
}

/// What each feature adds to a score, as bars to both sides of zero in a table.
pub fn contributions(title: &str, contributions: &[Contribution]) -> Html {
    let sizes = contributions.iter().map(|part| part.amount.abs());
    let largest = sizes.filter(|size| size.is_finite()).fold(f64::MIN_POSITIVE, f64::max);
    let mut markup = Markup::default();
    markup.table_head("bars contributions", title, &["feature", "adds", "lowers", "raises"]);
    for part in contributions {
        let (lowers, raises) = (-part.amount / largest, part.amount / largest);
        markup.raw("<tr><th scope=\"row\">").text(&part.label);
        if !part.note.is_empty() {
            markup.element("small", &part.note);
        }
        markup
            .raw("</th>")
            .element("td", &signed(part.amount))
            .raw("<td class=\"lowers\">")
            .bar(lowers, "low")
            .raw("</td><td class=\"raises\">")
            .bar(raises, "high")
            .raw("</td></tr>");
    }
    markup.table_end();
    markup.finish()
}
