//! data_science, domain.
