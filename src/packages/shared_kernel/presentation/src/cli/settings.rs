use std::io;
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};

use super::{Format, GlobalArgs};

/// Width of text that goes to no terminal, in characters.
const DEFAULT_WIDTH: usize = 120;

/// How much is said on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Notes and progress.
    #[default]
    Normal,
    /// The causes of errors and what was decided on the way.
    Verbose,
}

/// What text is written on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surface {
    /// Characters per line.
    pub width: usize,
    /// Whether colours are wanted.
    pub colour: bool,
    /// Whether it is a terminal.
    pub terminal: bool,
}

impl Surface {
    /// A file, a pipe or a test.
    pub const PLAIN: Self = Self { width: DEFAULT_WIDTH, colour: false, terminal: false };

    fn of<S: anstream::stream::RawStream>(stream: &S, width: usize) -> Self {
        Self {
            width,
            colour: AutoStream::choice(stream) != ColorChoice::Never,
            terminal: stream.is_terminal(),
        }
    }
}

/// How a console behaves.
#[derive(Clone, Debug)]
pub struct ConsoleSettings {
    /// The format asked for.
    pub format: Option<Format>,
    /// The file that results go to; `None` is standard output.
    pub output: Option<PathBuf>,
    /// How much is said.
    pub verbosity: Verbosity,
    /// Where results go.
    pub results: Surface,
    /// Where notes, progress and errors go.
    pub notes: Surface,
}

impl ConsoleSettings {
    /// The settings of a run with these arguments: the terminal and `NO_COLOR` are looked at.
    pub fn detect(arguments: &GlobalArgs) -> Self {
        let output = arguments.output.clone().filter(|path| path != Path::new("-"));
        let width = comfy_table::Table::new().width().map_or(DEFAULT_WIDTH, usize::from);
        let results = match output {
            Some(_) => Surface::PLAIN,
            None => Surface::of(&io::stdout(), width),
        };
        Self {
            format: arguments.format,
            output,
            verbosity: match (arguments.quiet, arguments.verbose) {
                (true, _) => Verbosity::Quiet,
                (_, true) => Verbosity::Verbose,
                _ => Verbosity::Normal,
            },
            results,
            notes: Surface::of(&io::stderr(), width),
        }
    }

    /// The settings of tests: no terminal, no colour.
    pub fn plain() -> Self {
        Self {
            format: None,
            output: None,
            verbosity: Verbosity::Normal,
            results: Surface::PLAIN,
            notes: Surface::PLAIN,
        }
    }
}
