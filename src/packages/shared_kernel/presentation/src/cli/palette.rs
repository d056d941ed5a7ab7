use clap::builder::styling::{AnsiColor, Style};

use crate::Tone;
use crate::format::printable;

/// Colours text for one surface, or leaves it plain where colours are not wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    colour: bool,
}

impl Palette {
    /// A palette that colours if `colour`.
    pub const fn new(colour: bool) -> Self {
        Self { colour }
    }

    /// Whether it colours.
    pub const fn colours(self) -> bool {
        self.colour
    }

    /// `text` without control codes of its own, in the colours of `tone`.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        let text = printable(text);
        if !self.colour || tone == Tone::Neutral {
            return text.into_owned();
        }
        let style = style(tone);
        format!("{style}{text}{style:#}")
    }
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Neutral => Style::new(),
        Tone::Strong => Style::new().bold(),
        Tone::Muted => Style::new().dimmed(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Warning => AnsiColor::Yellow.on_default(),
        Tone::Bad => AnsiColor::Red.on_default().bold(),
        Tone::NotEvaluated => AnsiColor::Cyan.on_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_are_colours_only_where_wanted() {
        assert_eq!(Palette::new(false).paint(Tone::Bad, "failed"), "failed");
        assert_eq!(Palette::new(true).paint(Tone::Neutral, "x"), "x");
        let red = Palette::new(true).paint(Tone::Bad, "\u{1b}[0m");
        assert_eq!(red, "\u{1b}[1m\u{1b}[31m\\u{1b}[0m\u{1b}[0m");
    }
}
