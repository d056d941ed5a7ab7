use super::markup::{Markup, coordinate};
use crate::Tone;
use crate::format::{NO_VALUE, share};
use crate::page::Html;

/// One score of 0 to 1 as a ring with the score in it; `None` was not evaluated.
pub fn score_ring(title: &str, score: Option<f64>, tone: Tone) -> Html {
    let score = score.filter(|score| score.is_finite()).map(|score| score.clamp(0.0, 1.0));
    let (text, words, tone) = match score {
        Some(score) => (share(score), format!("{title}: {}", share(score)), tone),
        None => (NO_VALUE.to_owned(), format!("{title}: not evaluated"), Tone::NotEvaluated),
    };
    let mut markup = Markup::default();
    markup
        .raw_with(format_args!(
            "<svg class=\"ring {}\" role=\"img\" viewBox=\"0 0 36 36\">",
            tone.class()
        ))
        .element("title", &words)
        .element("desc", "a ring that is full at 100 %")
        .raw("<circle class=\"track\" cx=\"18\" cy=\"18\" r=\"15.9\"/>");
    if let Some(score) = score.filter(|score| *score > 0.0) {
        // the path's length is set to 100, so that the dash is the percentage
        markup.raw_with(format_args!(
            "<circle class=\"arc\" cx=\"18\" cy=\"18\" r=\"15.9\" pathLength=\"100\" \
             stroke-dasharray=\"{} 100\" transform=\"rotate(-90 18 18)\"/>",
            coordinate((score * 100.0).max(0.5))
        ));
    }
    markup
        .raw("<text x=\"18\" y=\"20.4\" text-anchor=\"middle\" aria-hidden=\"true\">")
        .text(&text)
        .raw("</text></svg>");
    markup.finish()
}
