//! data_profiling, application.
