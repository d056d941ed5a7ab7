//! The kernel's infrastructure through its ports.
#![allow(clippy::unwrap_used)]

mod artifact;
mod bus;
mod engine;
mod ingest;
mod system;
mod tables;
