//! The use cases of data quality over fakes.

mod analyze;
mod checks;
mod memory;
mod report;
mod world;
