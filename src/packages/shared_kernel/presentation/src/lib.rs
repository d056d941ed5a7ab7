//! Shared kernel, presentation.
