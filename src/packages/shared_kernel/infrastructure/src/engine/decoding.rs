//! Decoders that give up on damaged bytes by a panic: an error, told once and in the user's words.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Mutex, PoisonError};
use std::thread;

use shared_kernel_domain::Error;

/// The name of the threads on which tables are decoded.
pub(super) const THREAD_NAME: &str = "engine";

thread_local! {
    /// Whether this thread decodes within [`decoded`].
    static DECODES: Cell<bool> = const { Cell::new(false) };
}

/// What the last panic of a decoder said, and where.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Lets panics of decoders become errors without a word of their own; what they say is kept as the
/// cause. All other panics are told as before.
pub fn keep_decoders_quiet() {
    let before = take_hook();
    set_hook(Box::new(move |panic| {
        if DECODES.get() || thread::current().name() == Some(THREAD_NAME) {
            *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic.to_string());
        } else {
            before(panic);
        }
    }));
}

/// Runs what decodes on this thread; `error` tells that it panicked.
pub(crate) fn decoded<T>(
    work: impl FnOnce() -> T,
    error: impl FnOnce() -> Error,
) -> Result<T, Error> {
    let before = DECODES.replace(true);
    let done = caught(work, error);
    DECODES.set(before);
    done
}

/// Runs what waits for the threads that decode; `error` tells that one panicked.
pub(super) fn caught<T>(
    work: impl FnOnce() -> T,
    error: impl FnOnce() -> Error,
) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        match LAST.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(cause) => error().caused_by(cause),
            None => error(),
        }
    })
}
