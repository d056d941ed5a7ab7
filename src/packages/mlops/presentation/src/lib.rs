//! mlops, presentation.
