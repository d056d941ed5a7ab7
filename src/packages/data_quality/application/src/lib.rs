//! data_quality, application.
