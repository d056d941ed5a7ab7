//! How the rules of a contract are evaluated on a table: all conditions and figures in the one
//! scan, and what that cannot tell in further passes.
//!
//! [`ContractPlan::of`] makes every rule ready for a table and adds what the scan must compute;
//! [`ContractPlan::judge`] turns what was found into results. A rule that cannot be evaluated
//! (a column is missing, types do not fit) has a result that says why.

mod answers_apart;
mod by_value;
mod correlation;
mod distribution;
mod failing_rows;
mod figures;
mod in_order;
mod judge;
mod masked;
mod mutual_information;
mod occurring;
mod plan;
mod quarantine;
mod query_answer;
mod reference_set;
mod row_counts;
mod row_test;
mod rows_apart;
mod segments;

/// Why rows of a rule were not held until all are there.
pub(crate) const NO_ROOM: &str =
    "its rows do not fit into the memory for rows of all rules together";

pub use answers_apart::{AnswersApart, AskedAnswers, columns_of, comparison_of};
pub use distribution::{
    DistributionReading, ReadDistribution, ReferenceDistribution, SecondReading,
};
pub use failing_rows::{
    FailingRow, FailingRows, FailingRowsFile, FailingRowsFormat, FailingRowsWriter, MOST_GROUPS,
};
pub use figures::SecondScan;
pub use in_order::InOrderPass;
pub use plan::{AskedQuery, AskedRows, ComparedRows, ContractPlan, References, TableSide};
pub use quarantine::{
    InvalidRow, QuarantineFacts, QuarantineFiles, QuarantineWriter, RowSet, Split, Undecided,
    decision, sets_aside,
};
pub use reference_set::ReferenceSet;
pub use row_counts::RowCounts;
pub use row_test::{EXCLUDED, RowTest};
pub use rows_apart::{Apart, Comparing, MOST_APART, OtherRows, OtherValues, RowsApart};
pub use segments::{MOST_SEGMENTS, SegmentReading, Segments};
