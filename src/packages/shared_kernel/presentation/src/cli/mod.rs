//! What command handlers are built from.
//!
//! A handler takes its parsed arguments, its container and a [`Console`], calls one use case and
//! renders what came back: `run(command, &container, &console) -> Result<Outcome>`.

mod arguments;
mod console;
mod error;
mod input_format;
mod json;
mod memory_size;
mod outcome;
mod palette;
mod progress;
mod result_writer;
mod settings;
mod text_chart;

pub use arguments::{Format, GlobalArgs, parse_threads};
pub use console::{Captured, Console};
pub use error::render_error;
pub use input_format::{ContractArguments, InputArguments, InputFormat};
pub use json::json_document;
pub use memory_size::MemorySize;
pub use outcome::Outcome;
pub use palette::Palette;
pub use progress::{Progress, Step};
pub use result_writer::{ResultWriter, StreamWriter};
pub use settings::{ConsoleSettings, Surface, Verbosity};
pub use text_chart::{text_bar, text_histogram, text_sparkline};
