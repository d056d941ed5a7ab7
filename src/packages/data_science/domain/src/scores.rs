//! Where scores go: one row per input row, in input order.

use std::sync::Arc;

use shared_kernel_domain::Result;

use crate::feedback::FeedbackMark;
use crate::reason::Reason;

/// A scored row.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredRow {
    /// The row's number, from 0.
    pub row: u64,
    /// Higher is more anomalous; comparable within one model.
    pub score: f64,
    /// The share of calibration scores that are not higher, in percent.
    pub percentile: f64,
    /// How likely a row like the calibration rows scores at least so high, above 0 and at most 1.
    pub p_value: f64,
    /// Whether it is called an anomaly: by the decision rule, and after feedback.
    pub anomaly: bool,
    /// The segment among whose rows it was judged; told where there are segments.
    pub segment: Option<Arc<str>>,
    /// The piece of feedback that it is most like.
    pub feedback: Option<FeedbackMark>,
    /// Why; told for anomalies when reasons were asked for.
    pub reasons: Option<Vec<Reason>>,
}

/// The format of a file of scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoresFormat {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated, with a header.
    Csv,
}

impl ScoresFormat {
    /// The format that a file name's ending stands for, if it is one for scores.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "parquet" => Some(Self::Parquet),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// Takes the bytes of a file of scores, piece by piece.
pub type ScoresSink<'a> = dyn FnMut(&[u8]) -> Result<()> + Send + 'a;

/// A file of scores being written.
pub trait ScoresFile {
    /// Adds rows.
    fn write(&mut self, rows: &[ScoredRow]) -> Result<()>;

    /// Ends the file: what is still held back goes to the sink.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// The columns of a file of scores that not all have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScoresColumns {
    /// `segment`: its name, null for rows that were not judged.
    pub segment: bool,
    /// `feedback`: a JSON object, null for rows that are like nothing that feedback was given on.
    pub feedback: bool,
    /// `reasons`: a JSON array, null for rows that were not explained.
    pub reasons: bool,
}

/// Encodes scores. The columns are `row`, `score`, `percentile`, `p_value` and `anomaly`, and those
/// of [`ScoresColumns`].
pub trait ScoresWriter: Send + Sync {
    /// Begins a file whose bytes go to `sink`.
    fn begin<'a>(
        &self,
        format: ScoresFormat,
        columns: ScoresColumns,
        sink: Box<ScoresSink<'a>>,
    ) -> Result<Box<dyn ScoresFile + 'a>>;
}
