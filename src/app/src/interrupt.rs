//! Ctrl-C and SIGTERM become a request to stop; a second Ctrl-C ends the process at once.

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};
use signal_hook::consts::{SIGINT, SIGTERM};

/// A request to stop that signals make.
pub(crate) fn cancelled_by_signals() -> Result<Cancellation> {
    let cancellation = Cancellation::default();
    for signal in [SIGINT, SIGTERM] {
        // In this order, the first signal finds the flag unset and only sets it.
        signal_hook::flag::register_conditional_shutdown(signal, 130, cancellation.flag())
            .and_then(|_| signal_hook::flag::register(signal, cancellation.flag()))
            .map_err(|cause| {
                Error::unavailable("signals cannot be listened to").caused_by(cause)
            })?;
    }
    Ok(cancellation)
}
