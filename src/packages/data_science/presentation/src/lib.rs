//! data_science, presentation.
