//! Data quality, presentation: the `check` command and the report's place in a page.
//!
//! Handlers parse, call one use case and render; no decision about data is taken here.

pub mod cli;
mod issue;
pub mod web;
