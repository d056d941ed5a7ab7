//! mlops, domain.
