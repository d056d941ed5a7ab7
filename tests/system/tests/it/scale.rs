//! How much of a test is done, and how strict it is with time.

use std::time::Duration;

/// The usual amount; with `PYNOMALY_TEST_LONG=1` the amount of a long run.
pub(crate) fn long<T>(usual: T, long: T) -> T {
    let wanted = std::env::var("PYNOMALY_TEST_LONG").is_ok_and(|value| value == "1");
    if wanted { long } else { usual }
}

/// What may take `limit` on a machine of its own, which a long run has. In the usual run other tests
/// share the cores.
pub(crate) fn within(limit: Duration) -> Duration {
    long(3 * limit, limit)
}
