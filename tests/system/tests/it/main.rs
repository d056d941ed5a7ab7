//! Whole commands on real files, as users run them.
// The long runs print what they measured.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod clock;
mod contracts;
mod damage;
mod determinism;
mod disk;
mod documents;
mod exchanging;
mod feedback;
mod inputs;
mod kill;
mod main_job;
mod moving;
mod mutating;
mod once;
mod outputs;
mod poison;
mod processes;
mod pynomaly;
mod random;
mod scale;
mod segments;
mod series;
mod serving;
mod sharing;
mod short_rules;
mod stopping;
mod storm;
mod suggesting;
mod syncs;
mod telling;
mod versions;
mod vocabulary;
mod watching;
mod witness;
mod xml;
