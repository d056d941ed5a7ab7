//! Numbers, shares, times and cells as people read them.
//!
//! A figure is rounded for reading only where rounding can't mislead: a share is `0 %` or `100 %`
//! only when it is exactly that, and a figure that is not exact carries `≈`.

mod measured;
mod number;
mod text;
mod time;

pub use measured::{exactness, measured, measured_in_full};
pub use number::{bytes, compact, count, number, rate, share, share_of, signed, value};
pub use text::{cell, markdown_text, plural, printable, printable_lines, shorten};
pub use time::{duration, timestamp};

/// What stands where there is no figure; say why beside it.
pub const NO_VALUE: &str = "–";
