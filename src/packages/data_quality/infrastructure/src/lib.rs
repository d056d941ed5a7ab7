//! data_quality, infrastructure.
