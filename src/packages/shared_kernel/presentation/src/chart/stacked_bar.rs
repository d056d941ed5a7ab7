use super::markup::{Markup, coordinate};
use crate::Tone;
use crate::format::{count, share_of};
use crate::page::Html;

/// A part of a whole.
#[derive(Clone, Debug)]
pub struct Segment {
    /// What it is.
    pub label: String,
    /// How many.
    pub count: u64,
    /// What it means; neutral parts are told apart by the six colours for kinds.
    pub tone: Tone,
}

/// Parts of a whole as one bar with a legend, which is the bar's twin in words.
pub fn stacked_bar(title: &str, segments: &[Segment]) -> Html {
    let total: u64 = segments.iter().map(|segment| segment.count).sum();
    let classes = classes(segments);
    let mut markup = Markup::default();
    markup
        .raw("<figure class=\"chart\"><svg class=\"stacked\" role=\"img\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\">")
        .element("title", title)
        .element("desc", &describe(segments, total));
    let mut left = 0.0;
    for (segment, class) in segments.iter().zip(&classes) {
        let width = 1000.0 * segment.count as f64 / total.max(1) as f64;
        if segment.count > 0 {
            markup.raw_with(format_args!(
                "<rect class=\"{class}\" x=\"{}\" width=\"{}\" height=\"10\"/>",
                coordinate(left),
                coordinate((width - 2.0).max(2.0))
            ));
        }
        left += width;
    }
    markup.raw("</svg><ul class=\"legend\" aria-hidden=\"true\">");
    for (segment, class) in segments.iter().zip(&classes) {
        markup
            .raw_with(format_args!("<li><i class=\"{class}\"></i>"))
            .text(&segment.label)
            .raw(" ")
            .element("b", &count(segment.count))
            .raw(" ")
            .element("span", &share_of(segment.count, total))
            .raw("</li>");
    }
    markup.raw("</ul></figure>");
    markup.finish()
}

fn classes(segments: &[Segment]) -> Vec<String> {
    let mut kinds = 0;
    let mut classes = Vec::with_capacity(segments.len());
    for segment in segments {
        if segment.tone == Tone::Neutral {
            classes.push(format!("kind{}", kinds % 6 + 1));
            kinds += 1;
        } else {
            classes.push(segment.tone.class().to_owned());
        }
    }
    classes
}

fn describe(segments: &[Segment], total: u64) -> String {
    let parts: Vec<String> = segments
        .iter()
        .map(|segment| {
            let share = share_of(segment.count, total);
            format!("{} {} ({share})", segment.label, count(segment.count))
        })
        .collect();
    parts.join(", ")
}
