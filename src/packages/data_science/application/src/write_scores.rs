use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use data_science_domain::anomaly::Anomaly;
use data_science_domain::decision::Decision;
use data_science_domain::feedback::FeedbackMark;
use data_science_domain::model::Calibration;
use data_science_domain::reason::Reason;
use data_science_domain::scores::{ScoredRow, ScoresColumns, ScoresFormat, ScoresSink};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;

use crate::DataScienceContainer;

/// Rows written to a file of scores at a time.
const WRITTEN_ROWS: usize = 8_192;

/// Anomalies whose reasons a file of scores holds at most; they are the most anomalous ones.
const MAX_EXPLAINED: usize = 10_000;

/// Anomalies whose cells are held at a time.
const EXPLAINED_TOGETHER: usize = 2_000;

/// A file for the scores of all rows.
pub struct ScoresOutput<'a> {
    /// Its format.
    pub format: ScoresFormat,
    /// Whether it holds the reasons of the anomalies, of at most 10,000 of them.
    pub explain: bool,
    /// Where its bytes go.
    pub sink: Box<ScoresSink<'a>>,
}

/// Where a row stands among those that it is compared with.
pub(crate) struct Standing {
    pub(crate) percentile: f64,
    pub(crate) p_value: f64,
    /// The segment that these are of.
    pub(crate) segment: Option<Arc<str>>,
}

impl Standing {
    /// Scores among those of a calibration.
    pub(crate) fn among(calibration: &Calibration, scores: &[f64]) -> Vec<Self> {
        let standing = |(percentile, p_value)| Self { percentile, p_value, segment: None };
        calibration.standings(scores).into_iter().map(standing).collect()
    }
}

/// The scores of all rows, and what can be told of them.
pub(crate) struct ScoredRows<'a> {
    pub(crate) scores: &'a [f64],
    pub(crate) decision: &'a Decision,
    /// Where rows that follow each other stand.
    pub(crate) standings: &'a dyn Fn(Range<usize>) -> Vec<Standing>,
    /// Whether rows are judged in segments.
    pub(crate) segments: bool,
    /// What feedback made of rows, by row; `None` where there is no feedback.
    pub(crate) marks: Option<BTreeMap<u64, &'a FeedbackMark>>,
    /// Tells some rows with reasons, in the order asked for.
    pub(crate) tell: &'a dyn Fn(&[u64]) -> Result<Vec<Anomaly>>,
}

/// The reasons of the most anomalous of the rows called anomalies, by row.
fn reasons_of_anomalies(
    scored: &ScoredRows<'_>,
    cancellation: &Cancellation,
) -> Result<BTreeMap<u64, Vec<Reason>>> {
    let mut reasons = BTreeMap::new();
    let rows = &scored.decision.rows;
    let rows = &rows[..rows.len().min(MAX_EXPLAINED)];
    for rows in rows.chunks(EXPLAINED_TOGETHER) {
        cancellation.check()?;
        let anomalies = (scored.tell)(rows)?;
        reasons.extend(anomalies.into_iter().map(|anomaly| (anomaly.row, anomaly.reasons)));
    }
    Ok(reasons)
}

pub(crate) fn write_scores(
    container: &DataScienceContainer,
    output: ScoresOutput<'_>,
    scored: &ScoredRows<'_>,
    cancellation: &Cancellation,
) -> Result<()> {
    let mut reasons =
        if output.explain { reasons_of_anomalies(scored, cancellation)? } else { BTreeMap::new() };
    let mut is_anomaly = vec![false; scored.scores.len()];
    for &row in &scored.decision.rows {
        if let Some(flag) = is_anomaly.get_mut(row as usize) {
            *flag = true;
        }
    }
    let columns = ScoresColumns {
        segment: scored.segments,
        feedback: scored.marks.is_some(),
        reasons: output.explain,
    };
    let mut file = container.scores.begin(output.format, columns, output.sink)?;
    for start in (0..scored.scores.len()).step_by(WRITTEN_ROWS) {
        cancellation.check()?;
        let places = start..(start + WRITTEN_ROWS).min(scored.scores.len());
        let standings = (scored.standings)(places.clone());
        let row = |(place, Standing { percentile, p_value, segment }): (usize, Standing)| {
            let row = place as u64;
            let mark = scored.marks.as_ref().and_then(|marks| marks.get(&row).copied());
            ScoredRow {
                row,
                score: scored.scores[place],
                percentile,
                p_value,
                anomaly: is_anomaly[place],
                segment,
                feedback: mark.cloned(),
                reasons: reasons.remove(&row),
            }
        };
        file.write(&places.zip(standings).map(row).collect::<Vec<_>>())?;
    }
    file.finish()
}
