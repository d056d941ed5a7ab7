//! The profile's parts of a page.

pub use crate::report::{changes_section, sections};
