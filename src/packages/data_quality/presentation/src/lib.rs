//! data_quality, presentation.
