//! The kernel's infrastructure through its ports.
#![allow(clippy::unwrap_used)]

mod artifact;
mod bus;
mod sharing;
mod world;
mod engine;
mod ingest;
mod rabbitmq;
mod system;
mod tables;
