//! data_quality, domain.
