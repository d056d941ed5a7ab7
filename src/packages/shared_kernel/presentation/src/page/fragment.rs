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
    let mut markup = String::from("<abbr title=\"");
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
    let mut markup = String::from("<article class=\"card\"");
    if !card.id.is_empty() {
        markup.push_str(" id=\"");
        push_text(&mut markup, &card.id);
        markup.push('"');
    }
    markup.push_str("><header><h3>");
    push_text(&mut markup, &card.title);
    markup.push_str("</h3>");
    if !card.meta.is_empty() {
        markup.push_str("<span class=\"meta\">");
        push_text(&mut markup, &card.meta);
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
    Html::trusted(markup)
}

/// Cards in a grid; with `filter` (such as `Find a column`) a search box above, where scripts run:
/// it looks at titles, meta texts and badges.
pub fn cards(filter: Option<&str>, cards: &[Card]) -> Html {
    let mut markup = String::new();
    if let Some(filter) = filter {
        markup.push_str("<div class=\"filterable\"><p class=\"filter\" hidden=\"hidden\"><label>");
        push_text(&mut markup, filter);
        markup.push_str(
            " <input type=\"search\" autocomplete=\"off\"/></label><output></output></p>",
        );
    }
    markup.push_str("<div class=\"cards\">");
    for each in cards {
        markup.push_str(card(each).as_str());
    }
    markup.push_str("</div>");
    if filter.is_some() {
        markup.push_str("</div>");
    }
    Html::trusted(markup)
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
            cards(Some(ATTACK), &[one]),
        ];
        for fragment in fragments {
            assert_well_formed(fragment.as_str());
            assert!(!fragment.as_str().contains("<script"), "{fragment}");
            assert!(!fragment.as_str().contains('\u{202e}'), "{fragment}");
            assert!(fragment.as_str().contains("&lt;script&gt;"), "{fragment}");
        }
    }

    #[test]
    fn what_is_not_exact_is_marked() {
        let render = |value: &u64| format::count(*value);
        assert_eq!(measured(&Measured::exact(1200), render).as_str(), "1,200");
        assert_eq!(
            measured(&Measured::approximate(1200, 0.02), render).as_str(),
            "<abbr title=\"error at most 0.02\">≈ 1,200</abbr>"
        );
    }

    #[test]
    fn anchors_are_safe_and_unlike_names_stay_unlike() {
        assert_eq!(anchor("column", "dep-delay2"), "column-dep-delay2");
        assert_eq!(anchor("column", "a b\"é"), "column-a_20_b_22__e9_");
        assert_ne!(anchor("c", "a b"), anchor("c", "a_b"));
    }
}
