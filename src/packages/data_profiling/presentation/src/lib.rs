//! data_profiling, presentation.
