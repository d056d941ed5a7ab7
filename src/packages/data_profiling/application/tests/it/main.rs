//! The use cases of data profiling over tables and profiles in memory.

mod handling;
mod merging;
mod world;
