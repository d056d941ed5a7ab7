//! The dependency rules R1–R12 of the design, and a few rules of the repository, as functions.
//!
//! A rule gets a model — [`Workspace`] (crates and edges, read from the manifests by
//! `cargo metadata`) or [`SourceFile`]s (parsed by `syn`) — and returns [`Violation`]s, each with
//! the rule, the crate, edge or line, and the remedy. `tests/it` applies every rule to this
//! repository and to a planted violation, and asserts how many crates and edges were seen.
//!
//! One rule is one file under `rules`; the closed lists of outside crates stand in
//! `rules/r08_outside_crates.rs`. Nothing here depends on the crates it judges.

mod reading;
pub mod rules;
mod source;
mod violation;
mod workspace;

pub use reading::{Declarations, Declared, Mention, Reading};
pub use source::{SourceFile, TextFile, rust_files, text_files};
pub use violation::Violation;
pub use workspace::{
    CONTEXTS, Crate, Dependency, Edge, KERNEL, Kind, LAYERS, Layer, Place, Workspace,
};

/// The outcome of reading the repository.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
