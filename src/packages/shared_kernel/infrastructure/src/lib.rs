//! Shared kernel, infrastructure.
