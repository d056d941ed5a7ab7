//! The shared kernel's presentation kit: what the faces of every context are built from.
//!
//! - [`cli`]: global arguments, the console, live progress, outcomes and exit codes, text charts;
//! - [`table`]: one table that renders for the terminal, as Markdown and as HTML;
//! - [`format`]: numbers, shares, times and cells as people read them;
//! - [`chart`]: accessible charts as small SVG or HTML fragments;
//! - [`page`]: the self-contained report page and the fragments that go into it.
//!
//! Invariants: no route and no use case lives here; rendering is pure (same input, same bytes);
//! text that came from data is neutralised on the way out, as markup by [`page::Html`] and as
//! terminal control codes by [`format::printable`]; no file is opened here.

pub mod chart;
pub mod cli;
pub mod format;
pub mod page;
pub mod table;
#[cfg(test)]
mod test_support;
mod tone;

pub use table::Table;
pub use tone::Tone;
