//! The commands `dataset`, `detect`, `detector` and `pipeline`: one module each, with its
//! `Command` and `run`; `pipeline export` has its own.

pub mod dataset;
pub mod detect;
pub mod detector;
pub mod export;
pub mod pipeline;
mod text;

#[cfg(test)]
mod tests;

pub use shared_kernel_presentation::cli::InputArguments;
use text::paragraph;

pub use text::anomalies_text;
