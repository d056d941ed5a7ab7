//! The kernel's infrastructure through its ports.
#![allow(clippy::unwrap_used)]

mod artifact;
mod bus;
mod copy;
mod dead_letters;
mod sharing;
mod world;
mod engine;
mod ingest;
mod power;
mod rabbitmq;
mod replay;
mod system;
mod tables;
