//! The use cases of data profiling over tables and profiles in memory.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod exact;
mod growing;
mod handling;
mod merging;
mod world;
