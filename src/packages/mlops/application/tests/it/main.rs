//! Training on profiled dataset versions, with fakes at every port.
#![expect(clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod conformance;
mod fixture;
mod queries;
mod train;
