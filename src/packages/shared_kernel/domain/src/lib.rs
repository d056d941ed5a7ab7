//! The shared kernel's domain: the words every bounded context speaks.
//!
//! Identities, measured numbers, the table vocabulary, mergeable summaries, the event contracts
//! and the ports through which contexts reach each other and the machine.
//!
//! Invariants: nothing here reads the clock, the environment, a file or a random number; nothing
//! here knows Arrow, SQL or an async runtime. A port is an object-safe trait; only the composition
//! root joins it with what implements it.

pub mod artifact;
pub mod audit;
pub mod bus;
pub mod cancellation;
pub mod catalog;
pub mod clock;
pub mod distribution;
pub mod error;
pub mod event;
pub mod identity;
pub mod ingest;
pub mod measured;
pub mod scan;
pub mod scratch;
pub mod sql;
pub mod summary;
pub mod table;
pub mod training;
pub mod unit_of_work;
pub mod webhook;

pub use error::{Error, ErrorKind, Result};
