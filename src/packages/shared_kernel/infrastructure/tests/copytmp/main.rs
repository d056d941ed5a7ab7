#![allow(clippy::unwrap_used, unused, dead_code)]
#[path = "../it/world.rs"]
mod world;
#[path = "../it/copy.rs"]
mod copy;
#[path = "../it/tables.rs"]
mod tables;
#[path = "../it/ingest.rs"]
mod ingest;
