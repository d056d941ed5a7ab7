//! Where a setting came from, and what it became.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

/// A setting as `doctor` explains it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Setting {
    /// Its name in the configuration file: `store.url`.
    pub(crate) name: &'static str,
    /// Its value; passwords are not shown.
    pub(crate) value: String,
    /// Where it came from: `flag --threads`, `PYNOMALY_STORE`, `line 3 of …`, `default`.
    pub(crate) origin: String,
}

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Nobody said anything; why it is what it is.
    Default(&'static str),
    /// The configuration file.
    File(Position),
    /// The environment.
    Variable(&'static str),
    /// The command line.
    Flag(&'static str),
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    path: Arc<PathBuf>,
    line: usize,
    column: usize,
}

impl Position {
    /// The place of a byte of the file's text.
    pub(super) fn of(path: &Arc<PathBuf>, text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            path: Arc::clone(path),
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
        }
    }

    /// The folder of the file; relative paths in it start there.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, line {}, column {}", self.path.display(), self.line, self.column)
    }
}

impl Origin {
    /// The same in the words of an error's location.
    pub(super) fn place(&self) -> String {
        match self {
            Self::Default(_) => self.to_string(),
            Self::File(position) => position.to_string(),
            Self::Variable(name) | Self::Flag(name) => (*name).to_owned(),
        }
    }

    /// Whether this kind of source goes before the other.
    pub(super) fn is_stronger_than(&self, other: &Self) -> bool {
        self.strength() > other.strength()
    }

    fn strength(&self) -> u8 {
        match self {
            Self::Default(_) => 0,
            Self::File(_) => 1,
            Self::Variable(_) => 2,
            Self::Flag(_) => 3,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default(reason) => formatter.write_str(reason),
            Self::File(Position { path, line, .. }) => {
                write!(formatter, "line {line} of {}", path.display())
            }
            Self::Variable(name) => formatter.write_str(name),
            Self::Flag(name) => write!(formatter, "flag {name}"),
        }
    }
}
