//! What the values of a column mean: semantic types, personal data, patterns of texts.
//!
//! [`SemanticSummary`] keeps, in one pass and bounded memory, a sample of the different values with
//! their exact counts; only at the end is each of them read once. A value may have the form of
//! several kinds ([`reading`]); rules for columns ([`rules`]) choose among them, with the column's
//! name as weak evidence where values leave it open, and "cannot tell" as an answer. Kinds with
//! check digits are validated, not only matched. Nothing of the result quotes a value.

mod artefacts;
mod checksum;
mod codes;
mod column_name;
mod contact;
mod embedded_email;
mod glance;
mod hash;
mod identifiers;
mod kind;
#[rustfmt::skip]
mod lists;
mod measures;
mod network;
mod reading;
mod rules;
mod sample;
mod shape;
mod summary;
#[cfg(test)]
mod tests;
mod verdict;

pub use kind::SemanticKind;
pub use summary::SemanticSummary;
pub use verdict::{
    DetectedKind, Examined, KindEvidence, KindShare, PatternShare, SemanticProfile,
    SemanticVerdict, ShareOf,
};
