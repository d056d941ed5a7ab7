//! Whole commands on real files, as users run them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod determinism;
mod documents;
mod inputs;
mod kill;
mod main_job;
mod once;
mod pynomaly;
mod random;
mod scale;
mod serving;
mod storm;
mod witness;
