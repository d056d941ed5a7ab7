//! Data profiling, presentation: the `profile` command and the profile's place in a page.
//!
//! Handlers parse, call one use case and render; every figure comes from the profile as it is.

pub mod cli;
mod figure;
mod report;
#[cfg(test)]
mod test_support;
pub mod web;
