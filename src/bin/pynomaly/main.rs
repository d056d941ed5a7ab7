//! The `pynomaly` binary.
fn main() {}
