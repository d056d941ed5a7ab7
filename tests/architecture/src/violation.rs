use std::fmt;

/// A broken rule: which, where, what was found, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The rule, such as `R4`, or `repository`.
    pub rule: &'static str,
    /// The crate, the edge `from → to`, or `file:line`.
    pub place: String,
    /// What was found there.
    pub found: String,
    /// What to do.
    pub remedy: String,
}

impl Violation {
    /// A violation.
    pub fn new(
        rule: &'static str,
        place: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { rule, place: place.into(), found: found.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} {}", self.rule, self.place)?;
        writeln!(formatter, "   found:  {}", self.found)?;
        write!(formatter, "   remedy: {}", self.remedy)
    }
}
