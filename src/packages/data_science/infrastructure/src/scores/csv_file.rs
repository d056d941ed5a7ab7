use std::fmt::Write as _;

use data_science_domain::scores::{ScoredRow, ScoresColumns, ScoresFile, ScoresSink};
use shared_kernel_domain::Result;

use super::json_text;

pub(super) struct CsvScores<'a> {
    sink: Box<ScoresSink<'a>>,
    columns: ScoresColumns,
}

impl<'a> CsvScores<'a> {
    pub(super) fn begin(columns: ScoresColumns, mut sink: Box<ScoresSink<'a>>) -> Result<Self> {
        let segment = if columns.segment { ",segment" } else { "" };
        let feedback = if columns.feedback { ",feedback" } else { "" };
        let reasons = if columns.reasons { ",reasons" } else { "" };
        let more = format!("{segment}{feedback}{reasons}");
        sink(format!("row,score,percentile,p_value,anomaly{more}\n").as_bytes())?;
        Ok(Self { sink, columns })
    }
}

impl ScoresFile for CsvScores<'_> {
    fn write(&mut self, rows: &[ScoredRow]) -> Result<()> {
        let mut text = String::new();
        for row in rows {
            // Numbers are written so that they read back as the same number; a string cannot fail.
            let ScoredRow { row: number, score, percentile, p_value, anomaly, .. } = row;
            let _ = write!(text, "{number},{score},{percentile},{p_value},{anomaly}");
            if self.columns.segment {
                add_quoted(&mut text, row.segment.as_deref());
            }
            if self.columns.feedback {
                add_quoted(&mut text, json_text(row.feedback.as_ref())?.as_deref());
            }
            if self.columns.reasons {
                add_quoted(&mut text, json_text(row.reasons.as_ref())?.as_deref());
            }
            text.push('\n');
        }
        (self.sink)(text.as_bytes())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

/// A field in quotes; of nothing an empty one.
fn add_quoted(text: &mut String, value: Option<&str>) {
    text.push(',');
    if let Some(value) = value {
        let _ = write!(text, "\"{}\"", value.replace('"', "\"\""));
    }
}
