//! The structure of a table: what its columns have to do with one another and with time.
//!
//! One scan fills a sample of rows, the patterns of missing columns and the steps of columns that
//! may be series ([`add_structure`]); [`TableStructure::from_outcome`] makes the document. What is
//! searched on the sample is bounded by a budget of steps, never by a clock, so that the same table
//! gives the same document; what the budget leaves out is counted and named.

mod associations;
mod calendar;
mod daylight_saving;
mod dependencies;
mod document;
mod findings;
mod grouping;
mod keys;
mod levels;
mod missing;
mod missing_patterns;
mod near_duplicates;
mod order;
mod row_sample;
mod sampled_table;
mod sequences;
mod statistics;
mod steps;
#[cfg(test)]
mod tests;
mod time_columns;
mod work;

pub use associations::{
    AssociationFigure, AssociationMatrix, AssociationMeasure, Associations, LeftOutColumn,
    PairAssociation,
};
pub use daylight_saving::DaylightSaving;
pub use dependencies::{FunctionalDependencies, FunctionalDependency};
pub use document::{ColumnFacts, StructureOptions, StructureSlots, TableStructure, add_structure};
pub(crate) use findings::findings;
pub use keys::{CandidateKey, CandidateKeys};
pub use missing::{MissingAssociation, MissingGroup, MissingPattern, MissingStructure};
pub use missing_patterns::MissingPatterns;
pub use near_duplicates::{NearDuplicate, NearDuplicates, Repetition};
pub use order::ValueOrder;
pub use row_sample::RowSample;
pub use sequences::SequenceColumn;
pub use steps::StepSummary;
pub use time_columns::{Cadence, DefaultDate, TimeColumn, TimeStep};
pub use work::WorkBudget;
