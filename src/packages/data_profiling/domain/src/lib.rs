//! Data profiling, domain: what is in a table, column by column, and what changed since before.
//!
//! [`profile_plan`] says what one scan has to compute, [`Profile::from_outcome`] makes the document
//! of it, [`compare`] tells two profiles apart. A profile depends on the table's values alone: no
//! time, no thread count, no path goes into its figures.

mod changes;
mod column;
mod figure;
mod findings;
mod plan;
mod profile;
mod repository;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod value_changes;

pub use changes::{Change, ChangeKind, ProfileChanges, compare};
pub use column::{
    BooleanProfile, ColumnProfile, Histogram, InferredType, KindCount, NullText, NumberProfile,
    QuantileFigure, TextProfile, TopValue,
};
pub use figure::{Figure, Missing};
pub use findings::{Finding, FindingKind};
pub use plan::{ProfileSlots, profile_plan};
pub use profile::{Profile, ProfileSubject, TypeCount};
pub use repository::{ProfileRecord, ProfileRepository};
