//! data_science, application.
