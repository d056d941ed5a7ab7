use std::fmt;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use shared_kernel_domain::{Error, Result};

use super::MemorySize;

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub enum Format {
    /// Text for the terminal.
    Table,
    /// One JSON document with its schema's name.
    Json,
    /// A self-contained page.
    Html,
    /// Markdown.
    Markdown,
    /// A profile that can be merged with others.
    Binary,
    /// JUnit XML, for the test pages of CI servers.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// An event of OpenLineage, for data catalogues.
    #[value(name = "openlineage")]
    OpenLineage,
}

impl Format {
    /// The format a file's ending stands for.
    fn of_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Table),
            "json" => Some(Self::Json),
            "html" | "htm" => Some(Self::Html),
            "md" | "markdown" => Some(Self::Markdown),
            "profile" => Some(Self::Binary),
            "xml" => Some(Self::Junit),
            "sarif" => Some(Self::Sarif),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Binary => "binary",
            Self::Junit => "junit",
            Self::Sarif => "sarif",
            Self::OpenLineage => "openlineage",
        })
    }
}

/// What every command takes; flatten it into the top-level parser.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// How to write the result [default: by the ending of --output, else table]
    #[arg(long, global = true, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,

    /// Write the result to this file instead of standard output
    #[arg(long, global = true, value_name = "PATH")]
    pub output: Option<PathBuf>,

    /// Say nothing but the result and errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more: the causes of errors, and what was decided on the way
    #[arg(long, short, global = true)]
    pub verbose: bool,

    /// Where data and state live [default: $PYNOMALY_HOME, else .pynomaly here if it exists, else the user's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,

    /// Where services, passwords and other settings are described [default: $PYNOMALY_CONFIG, else pynomaly.toml in the home if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Threads to use [default: $PYNOMALY_THREADS, else one per processor]
    #[arg(long, global = true, value_name = "N", value_parser = parse_threads)]
    pub threads: Option<usize>,

    /// Memory to use for scans, such as 512MiB, 1GiB or 800MB; beyond it, work spills to disk [default: $PYNOMALY_MEMORY, else 1GiB]
    #[arg(long, global = true, value_name = "SIZE")]
    pub memory: Option<MemorySize>,
}

/// A number of threads, or what is expected instead.
pub fn parse_threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least one thread is needed".to_owned()),
        Ok(1_025..) => Err("at most 1024 threads make sense".to_owned()),
        Ok(threads) => Ok(threads),
        Err(_) => Err("expected a whole number such as 4".to_owned()),
    }
}

/// The format to write: the one asked for, else the one the output's ending stands for, else the
/// first that the command supports.
pub(super) fn choose_format(
    asked: Option<Format>,
    output: Option<&std::path::Path>,
    supported: &[Format],
) -> Result<Format> {
    if let Some(format) = asked {
        if supported.contains(&format) {
            return Ok(format);
        }
        let names: Vec<String> = supported.iter().map(Format::to_string).collect();
        return Err(Error::usage(format!("this command can't write {format}"))
            .at("--format")
            .hint(format!("it writes {}", names.join(", "))));
    }
    output
        .and_then(|path| path.extension())
        .and_then(|ending| Format::of_ending(&ending.to_string_lossy()))
        .filter(|format| supported.contains(format))
        .or_else(|| supported.first().copied())
        .ok_or_else(|| Error::internal("a command supports no format"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;
    use shared_kernel_domain::ErrorKind;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        global: GlobalArgs,
        #[command(subcommand)]
        command: Command,
    }

    #[derive(clap::Subcommand)]
    enum Command {
        Show,
    }

    #[test]
    fn global_flags_are_taken_before_and_after_the_command() {
        let program = Program::try_parse_from([
            "p",
            "--memory",
            "1GiB",
            "show",
            "--format",
            "json",
            "--threads",
            "2",
            "--config",
            "here.toml",
            "--quiet",
        ])
        .unwrap();
        assert!(matches!(program.command, Command::Show));
        assert_eq!(program.global.format, Some(Format::Json));
        assert_eq!(program.global.threads, Some(2));
        assert_eq!(program.global.memory.unwrap().bytes(), 1 << 30);
        assert_eq!(program.global.config.as_deref(), Some(Path::new("here.toml")));
        assert!(program.global.quiet);
    }

    #[test]
    fn refused_values_say_what_is_expected() {
        let refusal = |arguments: &[&str]| {
            let all = ["p", "show"].iter().chain(arguments);
            Program::try_parse_from(all).err().unwrap().to_string()
        };
        assert!(refusal(&["--threads", "0"]).contains("at least one thread"));
        assert!(refusal(&["--memory", "lots"]).contains("such as 512MiB"));
        assert!(refusal(&["--quiet", "--verbose"]).contains("cannot be used with"));
        assert!(refusal(&["--format", "xml"]).contains("possible values: table, json"));
    }

    #[test]
    fn the_format_follows_the_flag_then_the_ending_then_the_command() {
        let supported = [Format::Table, Format::Json];
        let choose =
            |asked, output: Option<&str>| choose_format(asked, output.map(Path::new), &supported);
        assert_eq!(choose(None, None).unwrap(), Format::Table);
        assert_eq!(choose(None, Some("a.JSON")).unwrap(), Format::Json);
        assert_eq!(choose(None, Some("a.html")).unwrap(), Format::Table);
        assert_eq!(choose(Some(Format::Table), Some("a.json")).unwrap(), Format::Table);
        let refused = choose(Some(Format::Html), None).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Usage);
        assert_eq!(refused.hint_text(), Some("it writes table, json"));
    }
}
