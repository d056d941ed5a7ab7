//! MLOps, infrastructure: the registry in the context's store.
//!
//! Models, runs, versions and alias changes are kept as JSON documents beside the columns that
//! they are looked up by. Numbers and events are unique by the schema, not only by the use cases;
//! alias changes are only ever inserted. Everything is written through the kernel's `Store`, so
//! that state, events, audit records and the completed delivery commit together.

mod migrations;
mod model_repository;

pub use migrations::migrations;
pub use model_repository::SqlModelRepository;
