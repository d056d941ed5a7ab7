//! Data science, presentation: the commands `dataset`, `detect`, `detector`, `pipeline` and
//! `feedback`, and the anomalies' place in a page.
//!
//! Handlers parse, call one use case and render; no decision about data is taken here. The JSON
//! documents of the commands are the types of [`document`]; their schemas come from
//! [`document::schemas`].

pub mod cli;
pub mod document;
pub mod sentence;
pub mod web;
