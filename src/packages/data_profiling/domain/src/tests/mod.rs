//! Profiles and their comparison, on tables in memory.

mod changes;
mod profile;
