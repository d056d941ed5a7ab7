//! The commands `dataset`, `detect`, `detector`, `pipeline` and `feedback`: one module each, with its
//! `Command` and `run`; `pipeline export` has its own.

pub mod dataset;
pub mod detect;
pub mod detector;
pub mod export;
pub mod feedback;
pub mod pipeline;
mod text;

#[cfg(test)]
mod tests;

pub use shared_kernel_presentation::cli::InputArguments;
use text::paragraph;

pub use text::anomalies_text;
