//! Segments: rows that have the same values in some columns, each row judged among those of its own.
//!
//! What is usual over all rows may be wrong in one segment. [`SegmentReader`] deals the rows to
//! [`Segments`]; each learns a model of its own ([`crate::model::AnomalyModel`]), and [`Judged`]
//! makes their scores comparable: a row's score is how surprising it is among its segment's rows,
//! `−ln` of its p-value in nats.
//!
//! Invariants: every row gets a finite score of at least 0, or [`NOT_JUDGED`] and is counted with
//! the reason; segments too small to calibrate are judged together, never each against a handful of
//! rows; nothing depends on the order in which segments are worked off.

mod gather;
mod judged;
mod reader;
mod report;
mod scorer;

#[cfg(test)]
mod tests;

pub use judged::Judged;
pub use reader::{Place, SegmentReader, Segments};
pub use report::{LearnedSegment, SegmentReport, SegmentSummary};
pub use scorer::{SegmentModel, SegmentScorer};

/// The score of a row that could not be judged; all others score at least 0.
pub const NOT_JUDGED: f64 = -1.0;

/// Different segments of one table.
pub const MAX_SEGMENTS: usize = 1_000;

/// Rows from which on a segment is judged by itself: fewer say too little of how high a usual row
/// may score.
pub const MIN_SEGMENT_ROWS: u64 = 50;

/// What the segments that are judged together are called.
pub const SMALL_SEGMENTS: &str = "small segments";
