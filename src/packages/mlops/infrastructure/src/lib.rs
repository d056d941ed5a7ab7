//! mlops, infrastructure.
