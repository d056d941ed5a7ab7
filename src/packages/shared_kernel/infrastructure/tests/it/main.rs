//! The kernel's infrastructure through its ports.
#![allow(clippy::unwrap_used)]

mod bus;
