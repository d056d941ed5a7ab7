//! The use cases of data quality over fakes.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod analyze;
mod checks;
mod report;
mod world;
