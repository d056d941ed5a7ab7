/// How a command that ran to its end turned out; what could not run is an `Error`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Done, and nothing failed.
    #[default]
    Done,
    /// Something could not be evaluated, and nothing failed.
    NotEvaluated,
    /// A rule, gate or drift check failed at error level.
    Failed,
}

impl Outcome {
    /// The process exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::NotEvaluated => 4,
        }
    }

    /// The worse of two outcomes.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome::{Done, Failed, NotEvaluated};

    #[test]
    fn a_failure_outweighs_what_was_not_evaluated() {
        assert_eq!(Done.and(NotEvaluated).and(Failed).and(Done), Failed);
        assert_eq!(NotEvaluated.and(Done), NotEvaluated);
        assert_eq!([Done, Failed, NotEvaluated].map(super::Outcome::exit_code), [0, 1, 4]);
    }
}
