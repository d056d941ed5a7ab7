//! Data profiling, domain: what is in a table, column by column, and what changed since before.
//!
//! [`profile_plan`] says what one scan has to compute, [`Profile::from_outcome`] makes the document
//! of it, [`compare`] tells two profiles apart. A profile depends on the table's values alone and, if
//! it is asked which times lie in the future, on what it is told now is: no clock, no thread count,
//! no path goes into its figures.

mod appendable;
mod blocks;
mod changes;
mod chi_squared;
mod column;
mod distribution;
mod drift;
mod duplicate_rows;
mod edge_rows;
mod exact;
mod figure;
mod files;
mod findings;
mod frequencies;
mod histogram;
mod history;
mod nested;
mod numbers;
mod order;
mod overview;
mod plan;
mod portable;
mod portable_nested;
mod profile;
mod redact;
mod repository;
mod semantic;
mod state;
mod structure;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod texts;
mod times;
mod value_changes;
mod writing;

pub use appendable::AppendableProfile;
pub use changes::{Change, ChangeKind, Compatibility, ProfileChanges, compare};
pub use column::{BooleanProfile, ColumnProfile, InferredType, TopValue};
pub use distribution::{ChiSquared, Distribution, FirstDigits, QuantileFigure};
pub use drift::{ColumnDrift, EffectSize};
pub use duplicate_rows::{DuplicateRows, RepeatedRow};
pub use edge_rows::{TableRow, TableSample};
pub use exact::QuantileScan;
pub use figure::{Figure, Missing};
pub use files::{ProfileFile, ProfileFiles};
pub use findings::{Finding, FindingKind};
pub use frequencies::Frequencies;
pub use histogram::{FittedHistogram, Histogram};
pub use history::{ProfileHistory, VersionProfile};
pub use nested::{ListProfile, NestedPlace, NestedProfile};
pub use numbers::NumberProfile;
pub use order::OrderProfile;
pub use overview::TableOverview;
pub use plan::{ProfileOptions, ProfileSlots, mergeable_plan, profile_plan};
pub use portable::{PortableProfile, ProfileSource};
pub use profile::{Profile, ProfileSubject, TypeCount};
pub use redact::Redaction;
pub use repository::{ProfileRecord, ProfileRepository};
pub use semantic::{
    DetectedKind, Examined, KindEvidence, KindShare, PatternShare, SemanticKind, SemanticProfile,
    SemanticSummary, SemanticVerdict, ShareOf,
};
pub use structure::{
    AssociationFigure, AssociationMatrix, AssociationMeasure, Associations, Cadence, CandidateKey,
    CandidateKeys, ColumnFacts, DaylightSaving, DefaultDate, FunctionalDependencies,
    FunctionalDependency, LeftOutColumn, MissingAssociation, MissingGroup, MissingPattern,
    MissingPatterns, MissingStructure, NearDuplicate, NearDuplicates, PairAssociation, Repetition,
    RowSample, SequenceColumn, StepSummary, StructureOptions, StructureSlots, TableStructure,
    TimeColumn, TimeStep, ValueOrder, WorkBudget, add_structure,
};
pub use texts::{BytesPrefix, BytesProfile, KindCount, NullText, TextProfile};
pub use times::TimeProfile;
pub use writing::{CaseCounts, CharacterCount, TextWriting};
