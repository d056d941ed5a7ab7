//! data_profiling, infrastructure.
