use std::fmt::Write as _;

use data_science_domain::scores::{ScoredRow, ScoresFile, ScoresSink};
use shared_kernel_domain::Result;

use super::reasons_json;

pub(super) struct CsvScores<'a> {
    sink: Box<ScoresSink<'a>>,
    explain: bool,
}

impl<'a> CsvScores<'a> {
    pub(super) fn begin(explain: bool, mut sink: Box<ScoresSink<'a>>) -> Result<Self> {
        let reasons = if explain { ",reasons" } else { "" };
        sink(format!("row,score,percentile,p_value,anomaly{reasons}\n").as_bytes())?;
        Ok(Self { sink, explain })
    }
}

impl ScoresFile for CsvScores<'_> {
    fn write(&mut self, rows: &[ScoredRow]) -> Result<()> {
        let mut text = String::new();
        for row in rows {
            // Numbers are written so that they read back as the same number; a string cannot fail.
            let ScoredRow { row: number, score, percentile, p_value, anomaly, .. } = row;
            let _ = write!(text, "{number},{score},{percentile},{p_value},{anomaly}");
            if self.explain {
                text.push(',');
                if let Some(reasons) = reasons_json(row)? {
                    let _ = write!(text, "\"{}\"", reasons.replace('"', "\"\""));
                }
            }
            text.push('\n');
        }
        (self.sink)(text.as_bytes())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
