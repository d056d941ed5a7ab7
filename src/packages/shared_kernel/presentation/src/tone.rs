/// What a piece of text means; colours follow from it and never carry the meaning alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Ordinary text.
    #[default]
    Neutral,
    /// Important text.
    Strong,
    /// Secondary text.
    Muted,
    /// Passed, fit for use.
    Good,
    /// Passed with a warning.
    Warning,
    /// Failed.
    Bad,
    /// Not evaluated; never shown like something that passed.
    NotEvaluated,
}

impl Tone {
    /// The CSS class of the tone, empty for neutral text.
    pub fn class(self) -> &'static str {
        match self {
            Self::Neutral => "",
            Self::Strong => "strong",
            Self::Muted => "muted",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::NotEvaluated => "not-evaluated",
        }
    }
}
