//! Data profiling, domain: what is in a table, column by column, and what changed since before.
//!
//! [`profile_plan`] says what one scan has to compute, [`Profile::from_outcome`] makes the document
//! of it, [`compare`] tells two profiles apart. A profile depends on the table's values alone: no
//! time, no thread count, no path goes into its figures.

mod changes;
mod column;
mod drift;
mod figure;
mod files;
mod findings;
mod plan;
mod portable;
mod profile;
mod repository;
mod semantic;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod value_changes;

pub use changes::{Change, ChangeKind, Compatibility, ProfileChanges, compare};
pub use column::{
    BooleanProfile, ColumnProfile, Histogram, InferredType, KindCount, NullText, NumberProfile,
    QuantileFigure, TextProfile, TopValue,
};
pub use drift::{ColumnDrift, EffectSize};
pub use figure::{Figure, Missing};
pub use files::{ProfileFile, ProfileFiles};
pub use findings::{Finding, FindingKind};
pub use plan::{ProfileSlots, profile_plan};
pub use portable::{PortableProfile, ProfileSource};
pub use profile::{Profile, ProfileSubject, TypeCount};
pub use repository::{ProfileRecord, ProfileRepository};
pub use semantic::{
    DetectedKind, Examined, KindEvidence, KindShare, PatternShare, SemanticKind, SemanticProfile,
    SemanticSummary, SemanticVerdict, ShareOf,
};
