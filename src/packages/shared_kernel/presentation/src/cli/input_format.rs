use clap::ValueEnum;
use shared_kernel_domain::ingest::TableFormat;

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
}

impl From<InputFormat> for TableFormat {
    fn from(format: InputFormat) -> Self {
        match format {
            InputFormat::Csv => Self::Csv,
            InputFormat::Jsonl => Self::JsonLines,
            InputFormat::Json => Self::JsonArray,
            InputFormat::Parquet => Self::Parquet,
            InputFormat::Arrow => Self::ArrowIpc,
        }
    }
}
