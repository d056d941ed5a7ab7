//! The kernel's infrastructure through its ports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]
#![allow(clippy::needless_for_each, clippy::format_collect)]

mod artifact;
mod avro;
mod bus;
mod copy;
mod dead_letters;
mod engine;
mod ingest;
mod nested;
mod power;
mod queries;
mod rabbitmq;
mod replay;
mod sharing;
mod system;
mod tables;
mod workbooks;
mod world;
