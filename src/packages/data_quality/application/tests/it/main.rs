//! The use cases of data quality over fakes.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod analyze;
mod by_value;
mod checks;
mod contracts;
mod distributions;
mod gates;
mod in_order;
mod mutations;
mod previous;
mod report;
mod same_rows;
mod scores;
mod segments;
mod tie_outs;
mod vocabulary;
mod webhooks;
mod world;
