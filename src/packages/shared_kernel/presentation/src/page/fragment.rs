use std::collections::BTreeMap;
use std::fmt::Write as _;

use shared_kernel_domain::measured::Measured;

use super::Html;
use super::html::push_text;
use crate::{Tone, format};

/// A word in the colours of its tone, such as a verdict.
pub fn badge(tone: Tone, text: &str) -> Html {
    let mut markup = classed("<span class=\"badge", tone);
    push_text(&mut markup, text);
    markup.push_str("</span>");
    Html::trusted(markup)
}

/// A paragraph.
pub fn paragraph(text: &str) -> Html {
    let mut markup = String::from("<p>");
    push_text(&mut markup, text);
    markup.push_str("</p>");
    Html::trusted(markup)
}

/// A paragraph of secondary text.
pub fn note(text: &str) -> Html {
    let mut markup = String::from("<p class=\"note\">");
    push_text(&mut markup, text);
    markup.push_str("</p>");
    Html::trusted(markup)
}

/// What stands where there is no figure, and on demand why.
pub fn absent(text: &str, reason: &str) -> Html {
    let mut markup = String::from("<abbr tabindex=\"0\"");
    attribute(&mut markup, "title", reason);
    markup.push('>');
    push_text(&mut markup, text);
    markup.push_str("</abbr>");
    Html::trusted(markup)
}

/// A boxed message in the colours of its tone.
pub fn notice(tone: Tone, title: &str, body: &Html) -> Html {
    let mut markup = classed("<div class=\"notice", tone);
    markup.push_str("<strong>");
    push_text(&mut markup, title);
    markup.push_str("</strong>");
    markup.push_str(body.as_str());
    markup.push_str("</div>");
    Html::trusted(markup)
}

/// Names and values under each other, in as many columns as there is room for.
pub fn key_values<'a>(pairs: impl IntoIterator<Item = (&'a str, Html)>) -> Html {
    let mut markup = String::from("<dl class=\"kv\">");
    for (name, value) in pairs {
        markup.push_str("<div><dt>");
        push_text(&mut markup, name);
        markup.push_str("</dt><dd>");
        markup.push_str(value.as_str());
        markup.push_str("</dd></div>");
    }
    markup.push_str("</dl>");
    Html::trusted(markup)
}

/// Names and longer values under each other, a line each.
pub fn rows<'a>(pairs: impl IntoIterator<Item = (&'a str, Html)>) -> Html {
    let mut markup = String::from("<dl class=\"lines\">");
    for (name, value) in pairs {
        markup.push_str("<div><dt>");
        push_text(&mut markup, name);
        let _ = write!(markup, "</dt><dd>{value}</dd></div>");
    }
    markup.push_str("</dl>");
    Html::trusted(markup)
}

/// Text as it is written.
pub fn code(text: &str) -> Html {
    let mut markup = String::from("<code>");
    push_text(&mut markup, text);
    markup.push_str("</code>");
    Html::trusted(markup)
}

/// One figure that matters.
#[derive(Clone, Debug, Default)]
pub struct Tile {
    /// What it is.
    pub label: String,
    /// The figure.
    pub value: Html,
    /// What to know about it; may be empty.
    pub note: String,
}

/// The figures that matter, large.
pub fn tiles(tiles: &[Tile]) -> Html {
    let mut markup = String::from("<dl class=\"tiles\">");
    for tile in tiles {
        markup.push_str("<div class=\"tile\"><dt>");
        push_text(&mut markup, &tile.label);
        markup.push_str("</dt><dd>");
        markup.push_str(tile.value.as_str());
        markup.push_str("</dd>");
        if !tile.note.is_empty() {
            markup.push_str("<dd class=\"note\">");
            push_text(&mut markup, &tile.note);
            markup.push_str("</dd>");
        }
        markup.push_str("</div>");
    }
    markup.push_str("</dl>");
    Html::trusted(markup)
}

/// A box around something.
pub fn panel(body: &Html) -> Html {
    Html::trusted(format!("<div class=\"panel\">{body}</div>"))
}

/// Parts side by side, under each other where there is little room.
pub fn split(parts: impl IntoIterator<Item = Html>) -> Html {
    let mut markup = String::from("<div class=\"split\">");
    for part in parts {
        markup.push_str("<div>");
        markup.push_str(part.as_str());
        markup.push_str("</div>");
    }
    markup.push_str("</div>");
    Html::trusted(markup)
}

/// Something small, such as a ring, beside something that takes the room that is left.
pub fn beside(small: &Html, large: &Html) -> Html {
    Html::trusted(format!("<div class=\"beside\"><div>{small}</div><div>{large}</div></div>"))
}

/// Something that opens on demand.
pub fn details(summary: &str, body: &Html) -> Html {
    let mut markup = String::from("<details><summary>");
    push_text(&mut markup, summary);
    markup.push_str("</summary>");
    markup.push_str(body.as_str());
    markup.push_str("</details>");
    Html::trusted(markup)
}

/// A figure; one that is not exact is marked and says on demand how far it can be trusted.
pub fn measured<T>(figure: &Measured<T>, render: impl Fn(&T) -> String) -> Html {
    let text = format::measured(figure, render);
    if figure.is_exact() {
        return Html::text(&text);
    }
    let mut markup = String::from("<abbr tabindex=\"0\" title=\"");
    push_text(&mut markup, &format::exactness(&figure.exactness));
    markup.push_str("\">");
    push_text(&mut markup, &text);
    markup.push_str("</abbr>");
    Html::trusted(markup)
}

/// A column, a rule, a model: something with a name and a body that can be found by its head.
#[derive(Clone, Debug, Default)]
pub struct Card {
    /// Unique in the page, for links to it (see [`anchor`]); may be empty.
    pub id: String,
    /// The heading.
    pub title: String,
    /// Beside the heading, such as the column's type.
    pub meta: String,
    /// Badges.
    pub badges: Vec<Html>,
    /// The content.
    pub body: Html,
}

/// One card.
pub fn card(card: &Card) -> Html {
    let mut markup = String::new();
    push_card(&mut markup, card, "");
    Html::trusted(markup)
}

fn push_card(markup: &mut String, card: &Card, attributes: &str) {
    markup.push_str("<article class=\"card\"");
    if !card.id.is_empty() {
        attribute(markup, "id", &card.id);
    }
    markup.push_str(attributes);
    markup.push_str("><header><h3>");
    push_text(markup, &card.title);
    markup.push_str("</h3>");
    if !card.meta.is_empty() {
        markup.push_str("<span class=\"meta\">");
        push_text(markup, &card.meta);
        markup.push_str("</span>");
    }
    if !card.badges.is_empty() {
        markup.push_str("<span class=\"badges\">");
        for badge in &card.badges {
            markup.push_str(badge.as_str());
        }
        markup.push_str("</span>");
    }
    markup.push_str("</header>");
    markup.push_str(card.body.as_str());
    markup.push_str("</article>");
}

/// Something that cards can be chosen by, such as their type.
#[derive(Clone, Debug)]
pub struct Facet {
    /// Lower-case letters: the name of a data attribute.
    pub key: &'static str,
    /// What people read, such as `Type`.
    pub label: &'static str,
    /// What each card has of it, in the order of the cards; names of ours without a `|`.
    pub of_cards: Vec<Vec<String>>,
}

impl Facet {
    /// Separates what a card has.
    const SEPARATOR: &str = "|";

    /// A choice of what there is, each with the number of its cards.
    fn push_choice(&self, markup: &mut String) {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for value in self.of_cards.iter().flatten() {
            *counts.entry(value).or_default() += 1;
        }
        if counts.is_empty() {
            return;
        }
        markup.push_str("<label>");
        push_text(markup, self.label);
        let _ = write!(markup, " <select name=\"{}\"><option value=\"\">any</option>", self.key);
        for (value, count) in counts {
            markup.push_str("<option");
            attribute(markup, "value", value);
            markup.push('>');
            push_text(markup, value);
            let _ = write!(markup, " ({count})</option>");
        }
        markup.push_str("</select></label>");
    }

    /// What the card at a place has.
    fn attribute(&self, place: usize) -> String {
        let mut markup = String::new();
        if let Some(values) = self.of_cards.get(place).filter(|values| !values.is_empty()) {
            let name = format!("data-{}", self.key);
            attribute(&mut markup, &name, &values.join(Self::SEPARATOR));
        }
        markup
    }
}

/// Cards in a grid; with `filter` (such as `Find a column`) a search box above, where scripts run:
/// it looks at titles, meta texts and badges.
pub fn cards(filter: Option<&str>, cards: &[Card]) -> Html {
    cards_with_facets(filter, &[], cards)
}

/// Cards in a grid; with `filter` a search box and a choice for each facet above.
pub fn cards_with_facets(filter: Option<&str>, facets: &[Facet], cards: &[Card]) -> Html {
    let mut markup = String::new();
    if let Some(filter) = filter {
        markup.push_str("<div class=\"filterable\"><div class=\"filter\" role=\"search\"");
        attribute(&mut markup, "aria-label", filter);
        markup.push_str(" hidden=\"hidden\"><label>");
        push_text(&mut markup, filter);
        markup.push_str(" <input type=\"search\" autocomplete=\"off\"/></label>");
        for facet in facets {
            facet.push_choice(&mut markup);
        }
        markup.push_str("<button type=\"button\">Show all</button><output></output></div>");
    }
    markup.push_str("<div class=\"cards\">");
    for (place, card) in cards.iter().enumerate() {
        let attributes: String = facets.iter().map(|facet| facet.attribute(place)).collect();
        push_card(&mut markup, card, &attributes);
    }
    markup.push_str("</div>");
    if filter.is_some() {
        markup.push_str("</div>");
    }
    Html::trusted(markup)
}

/// A link to an id of this page.
pub fn link(id: &str, text: &str) -> Html {
    let mut markup = String::from("<a href=\"#");
    push_text(&mut markup, id);
    markup.push_str("\">");
    push_text(&mut markup, text);
    markup.push_str("</a>");
    Html::trusted(markup)
}

/// A heading within a section.
pub fn heading(text: &str) -> Html {
    let mut markup = String::from("<h3>");
    push_text(&mut markup, text);
    markup.push_str("</h3>");
    Html::trusted(markup)
}

/// A heading within a card.
pub fn small_heading(text: &str) -> Html {
    let mut markup = String::from("<h4>");
    push_text(&mut markup, text);
    markup.push_str("</h4>");
    Html::trusted(markup)
}

/// A list of short things.
pub fn list(class: &'static str, items: impl IntoIterator<Item = Html>) -> Html {
    let mut markup = format!("<ul class=\"{class}\">");
    for item in items {
        let _ = write!(markup, "<li>{item}</li>");
    }
    markup.push_str("</ul>");
    Html::trusted(markup)
}

/// A table whose cells are markup; columns are titles, right-aligned where they hold numbers.
pub fn table(
    caption: &str,
    columns: &[(&str, Align)],
    rows: impl IntoIterator<Item = Vec<Html>>,
) -> Html {
    let mut markup = String::from("<div class=\"scroll\" tabindex=\"0\"><table class=\"data\">");
    if !caption.is_empty() {
        markup.push_str("<caption>");
        push_text(&mut markup, caption);
        markup.push_str("</caption>");
    }
    markup.push_str("<thead><tr>");
    for (title, align) in columns {
        markup.push_str("<th scope=\"col\"");
        markup.push_str(align.class());
        markup.push('>');
        push_text(&mut markup, title);
        markup.push_str("</th>");
    }
    markup.push_str("</tr></thead><tbody>");
    for row in rows {
        markup.push_str("<tr>");
        for (cell, (_, align)) in row.iter().zip(columns) {
            let _ = write!(markup, "<td{}>{cell}</td>", align.class());
        }
        markup.push_str("</tr>");
    }
    markup.push_str("</tbody></table></div>");
    Html::trusted(markup)
}

/// On which side the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

impl Align {
    fn class(self) -> &'static str {
        match self {
            Self::Left => "",
            Self::Right => " class=\"n\"",
        }
    }
}

fn attribute(markup: &mut String, name: &str, value: &str) {
    let _ = write!(markup, " {name}=\"");
    push_text(markup, value);
    markup.push('"');
}

/// An id for a link inside the page, made of a prefix of ours and a name from data; different
/// names give different ids.
pub fn anchor(prefix: &str, name: &str) -> String {
    let mut id = format!("{prefix}-");
    for character in name.chars() {
        if character.is_ascii_alphanumeric() || character == '-' {
            id.push(character);
        } else {
            let _ = write!(id, "_{:x}_", u32::from(character));
        }
    }
    id
}

fn classed(open: &str, tone: Tone) -> String {
    match tone.class() {
        "" => format!("{open}\">"),
        class => format!("{open} {class}\">"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::assert_well_formed;

    const ATTACK: &str = "\"><script>alert(1)</script>'&\u{202e}";

    #[test]
    fn fragments_are_well_formed_and_text_stays_text() {
        let text = || ATTACK.to_owned();
        let one = Card {
            id: text(),
            title: text(),
            meta: text(),
            badges: vec![badge(Tone::Bad, ATTACK)],
            body: paragraph(ATTACK),
        };
        let fragments = [
            badge(Tone::Neutral, ATTACK),
            notice(Tone::Warning, ATTACK, &Html::text(ATTACK)),
            key_values([(ATTACK, Html::text(ATTACK))]),
            tiles(&[Tile { label: text(), value: ATTACK.into(), note: text() }]),
            split([panel(&paragraph(ATTACK)), details(ATTACK, &Html::text(ATTACK))]),
            measured(&Measured::sampled(1.0, 5), |_| text()),
            cards_with_facets(
                Some(ATTACK),
                &[Facet { key: "type", label: "Type", of_cards: vec![vec![text(), text()]] }],
                &[one],
            ),
            note(ATTACK),
            code(ATTACK),
            rows([(ATTACK, Html::text(ATTACK))]),
            absent(ATTACK, ATTACK),
            link(ATTACK, ATTACK),
            heading(ATTACK),
            list("found", [Html::text(ATTACK)]),
            table(ATTACK, &[(ATTACK, Align::Right)], [vec![Html::text(ATTACK)]]),
        ];
        for fragment in fragments {
            assert_well_formed(fragment.as_str());
            assert!(!fragment.as_str().contains("<script"), "{fragment}");
            assert!(!fragment.as_str().contains('\u{202e}'), "{fragment}");
            assert!(fragment.as_str().contains("&lt;script&gt;"), "{fragment}");
        }
    }

    #[test]
    fn facets_offer_what_there_is_and_mark_the_cards() {
        let card = || Card { title: "c".to_owned(), ..Card::default() };
        let values = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        let of_cards = vec![values(&["skewed", "outliers"]), values(&[]), values(&["skewed"])];
        let facet = Facet { key: "finding", label: "Finding", of_cards };
        let shown = cards_with_facets(Some("Find"), &[facet], &[card(), card(), card()]);
        let shown = shown.as_str();
        assert!(shown.contains("<option value=\"skewed\">skewed (2)</option>"), "{shown}");
        assert_eq!(shown.matches("data-finding=").count(), 2);
        assert!(shown.contains("data-finding=\"skewed|outliers\""), "{shown}");
    }

    #[test]
    fn what_is_not_exact_is_marked() {
        let render = |value: &u64| format::count(*value);
        assert_eq!(measured(&Measured::exact(1200), render).as_str(), "1,200");
        assert_eq!(
            measured(&Measured::approximate(1200, 0.02), render).as_str(),
            "<abbr tabindex=\"0\" title=\"error at most 0.02\">≈ 1,200</abbr>"
        );
    }

    #[test]
    fn anchors_are_safe_and_unlike_names_stay_unlike() {
        assert_eq!(anchor("column", "dep-delay2"), "column-dep-delay2");
        assert_eq!(anchor("column", "a b\"é"), "column-a_20_b_22__e9_");
        assert_ne!(anchor("c", "a b"), anchor("c", "a_b"));
    }
}
