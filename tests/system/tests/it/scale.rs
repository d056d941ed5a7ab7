//! How much of a test is done.

/// The usual amount; with `PYNOMALY_TEST_LONG=1` the amount of a long run.
pub(crate) fn long<T>(usual: T, long: T) -> T {
    let wanted = std::env::var("PYNOMALY_TEST_LONG").is_ok_and(|value| value == "1");
    if wanted { long } else { usual }
}
