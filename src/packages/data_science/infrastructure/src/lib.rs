//! data_science, infrastructure.
