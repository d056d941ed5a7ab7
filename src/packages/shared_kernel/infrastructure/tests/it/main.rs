//! The kernel's infrastructure through its ports.
#![allow(clippy::unwrap_used)]

mod artifact;
mod bus;
mod copy;
mod dead_letters;
mod engine;
mod ingest;
mod power;
mod rabbitmq;
mod replay;
mod sharing;
mod system;
mod tables;
mod world;
