use std::path::PathBuf;

use clap::{Args, ValueEnum};
use shared_kernel_domain::ingest::TableFormat;

/// How DATA is to be read; what is not given is found out.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct InputArguments {
    /// The format of DATA, instead of finding out
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub input_format: Option<InputFormat>,

    /// The sheet of an Excel workbook, by name or number from 1, instead of the first with data
    #[arg(long, value_name = "SHEET")]
    pub sheet: Option<String>,
}

impl InputArguments {
    /// The format, when the user names it.
    pub fn format(&self) -> Option<TableFormat> {
        self.input_format.map(TableFormat::from)
    }
}

/// Formats a user can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    /// Delimited text, any delimiter.
    #[value(alias = "tsv")]
    Csv,
    /// One JSON object a line.
    #[value(alias = "ndjson")]
    Jsonl,
    /// One JSON array of objects.
    Json,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC.
    Arrow,
    /// Apache Avro object container file.
    Avro,
    /// Excel workbook.
    #[value(alias = "xlsx", alias = "xls")]
    Excel,
}

impl From<InputFormat> for TableFormat {
    fn from(format: InputFormat) -> Self {
        match format {
            InputFormat::Csv => Self::Csv,
            InputFormat::Jsonl => Self::JsonLines,
            InputFormat::Json => Self::JsonArray,
            InputFormat::Parquet => Self::Parquet,
            InputFormat::Arrow => Self::ArrowIpc,
            InputFormat::Avro => Self::Avro,
            InputFormat::Excel => Self::Excel,
        }
    }
}

/// The contract that a dataset is held against from a version on.
#[derive(Args, Clone, Debug)]
pub struct ContractArguments {
    /// A contract of the Open Data Contract Standard: its rules decide with the built-in checks
    /// whether a model may learn, of this version and of later ones until another is given
    #[arg(long, value_name = "FILE", conflicts_with = "no_contract")]
    pub contract: Option<PathBuf>,

    /// The table in the contract that DATA is [default: the only one with rules, or the one of DATA's name]
    #[arg(long, value_name = "NAME", requires = "contract")]
    pub table: Option<String>,

    /// From this version on, hold the dataset against no contract
    #[arg(long)]
    pub no_contract: bool,
}
