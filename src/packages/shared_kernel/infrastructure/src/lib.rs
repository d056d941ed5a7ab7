//! The shared kernel's infrastructure: what joins the ports with the machine.
//!
//! `store` and `bus` keep state and events in one transaction per context; `engine` scans tables
//! with DataFusion; `ingest` reads foreign files; `artifact` keeps big things; `webhook` calls
//! the outside; `system` is the clock and the source of ids. Nothing here knows a bounded context.

pub mod artifact;
pub mod bus;
pub mod engine;
pub mod ingest;
pub mod service_url;
pub mod step;
pub mod store;
pub mod system;
pub mod webhook;
