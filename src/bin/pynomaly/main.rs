//! The `pynomaly` binary: see `pynomaly_app`.

use std::process::ExitCode;

fn main() -> ExitCode {
    pynomaly_app::main()
}
