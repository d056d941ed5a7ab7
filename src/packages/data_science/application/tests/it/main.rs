//! Data science's use cases over fakes.
#![expect(clippy::unwrap_used, reason = "a fake that fails fails its test")]

mod conformance;
mod detecting;
mod exporting;
mod feedback;
mod segments;
mod training;
mod updating;
mod uploading;
mod world;
