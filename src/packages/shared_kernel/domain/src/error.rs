//! One error type for what a user can be told: what went wrong, where, and what to do.

use std::fmt;

/// What the caller can do about an error; each kind has one exit code (`spec/cli.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Wrong arguments, rule file or configuration.
    Usage,
    /// The input could not be read.
    Input,
    /// Something could not be evaluated, and nothing failed.
    NotEvaluated,
    /// The store or a service could not be reached, is full or is locked.
    Unavailable,
    /// A bug of ours.
    Internal,
    /// The user or the system asked to stop.
    Interrupted,
}

impl ErrorKind {
    /// The process exit code of this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Input => 3,
            Self::NotEvaluated => 4,
            Self::Unavailable => 5,
            Self::Internal => 70,
            Self::Interrupted => 130,
        }
    }
}

/// An error as a user reads it: one line of what, one of where, one of what to do.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    what: String,
    location: Option<String>,
    hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of everything that can fail in a way a user must hear of.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind`; `what` is lower case, without a full stop, and names the thing.
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), location: None, hint: None, source: None }
    }

    /// Wrong arguments, rule file or configuration.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, what)
    }

    /// An input that could not be read.
    pub fn input(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Input, what)
    }

    /// A store or service that could not be reached, is full or is locked.
    pub fn unavailable(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, what)
    }

    /// A state that should not be possible; asks the user for a report.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, what)
            .hint("this is a bug in pynomaly; please report it with the command and this message")
    }

    /// Work given up because it was asked to stop.
    pub fn interrupted() -> Self {
        Self::new(ErrorKind::Interrupted, "interrupted")
    }

    /// Adds where: file, line, column, row or byte.
    #[must_use]
    pub fn at(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// Adds what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Keeps the cause.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What went wrong.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Where it went wrong, if known.
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// What to do, if the user can do something.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)?;
        if let Some(location) = &self.location {
            write!(formatter, " ({location})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
