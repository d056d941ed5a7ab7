use super::markup::Markup;
use crate::page::{Html, anchor};

/// What each of some things has to do with each other one.
#[derive(Clone, Copy)]
pub struct HeatMap<'a> {
    /// What is shown, such as `Strongest association of each pair`.
    pub title: &'a str,
    /// The names, of lines and columns alike.
    pub names: &'a [String],
    /// Line by line, from -1 to 1; `None` where there is none.
    pub values: &'a [Vec<Option<f64>>],
    /// The prefix of the ids (see [`anchor`]) that names link to; empty for no links.
    pub link: &'a str,
}

/// Pairs as coloured cells of a table, with the figure in each.
pub fn heat_map(chart: &HeatMap<'_>) -> Html {
    let mut markup = Markup::default();
    markup
        .raw("<figure class=\"scroll heated\" tabindex=\"0\">")
        .raw("<figcaption aria-hidden=\"true\">")
        .text(chart.title)
        .raw("</figcaption>")
        .raw("<table class=\"heat\">")
        .element("caption", chart.title)
        .raw("<thead><tr><td></td>");
    for name in chart.names {
        markup.raw("<th scope=\"col\"><span>").text(name).raw("</span></th>");
    }
    markup.raw("</tr></thead><tbody>");
    for (line, (name, values)) in chart.names.iter().zip(chart.values).enumerate() {
        markup.raw("<tr><th scope=\"row\">");
        if chart.link.is_empty() {
            markup.text(name);
        } else {
            markup
                .raw("<a href=\"#")
                .text(&anchor(chart.link, name))
                .raw("\">")
                .text(name)
                .raw("</a>");
        }
        markup.raw("</th>");
        for (place, value) in values.iter().take(chart.names.len()).enumerate() {
            match value.filter(|value| value.is_finite() && place != line) {
                None if place == line => markup.raw("<td class=\"self\"></td>"),
                None => markup.raw("<td>–</td>"),
                Some(value) => markup
                    .raw_with(format_args!("<td{}>", class(value)))
                    .text(&short(value))
                    .raw("</td>"),
            };
        }
        markup.raw("</tr>");
    }
    markup.table_end().raw("</figure>");
    markup.finish()
}

/// Five depths of colour to each side.
fn class(value: f64) -> String {
    let depth = match value.abs() {
        size if size >= 0.9 => 5,
        size if size >= 0.7 => 4,
        size if size >= 0.5 => 3,
        size if size >= 0.3 => 2,
        size if size >= 0.1 => 1,
        _ => return String::new(),
    };
    format!(" class=\"{}{depth}\"", if value < 0.0 { "cold" } else { "warm" })
}

/// Two digits, such as `.83` or `-.4`; 1 only where it is exactly that.
fn short(value: f64) -> String {
    let (sign, size) = (if value < 0.0 { "-" } else { "" }, value.abs().min(1.0));
    if size >= 1.0 {
        return format!("{sign}1");
    }
    match (size * 100.0).round() as u32 {
        0 => "0".to_owned(),
        // .996 is not 1
        hundredths => format!("{sign}.{:02}", hundredths.min(99)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_one_is_exactly_one() {
        let shown = [1.0, 0.999, 0.834, 0.05, 0.001, -0.001, -0.4, -1.0].map(short);
        assert_eq!(shown, ["1", ".99", ".83", ".05", "0", "0", "-.40", "-1"]);
    }

    #[test]
    fn colours_deepen_to_both_sides() {
        let of = [0.0, 0.1, -0.3, 0.5, -0.7, 0.95].map(class);
        let expected = ["", "warm1", "cold2", "warm3", "cold4", "warm5"];
        for (found, expected) in of.iter().zip(expected) {
            let expected =
                if expected.is_empty() { String::new() } else { format!(" class=\"{expected}\"") };
            assert_eq!(found, &expected);
        }
    }
}
