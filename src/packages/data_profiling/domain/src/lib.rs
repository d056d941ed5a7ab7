//! data_profiling, domain.
