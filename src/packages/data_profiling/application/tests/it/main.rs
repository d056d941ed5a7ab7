//! The use cases of data profiling over tables and profiles in memory.

mod exact;
mod growing;
mod handling;
mod merging;
mod world;
