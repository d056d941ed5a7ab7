//! Wake-up by signal: waiters sleep until something happened, not until a timer says so.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Counts happenings and wakes those who wait for the next one.
#[derive(Debug, Default)]
pub struct Signal {
    happenings: Mutex<u64>,
    changed: Condvar,
}

impl Signal {
    /// Something happened.
    pub fn notify(&self) {
        *self.happenings.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    /// How often something has happened; pass it to [`Signal::wait_beyond`] after looking.
    pub fn seen(&self) -> u64 {
        *self.happenings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something happens after `seen`, at most `timeout`.
    pub fn wait_beyond(&self, seen: u64, timeout: Duration) {
        let happenings = self.happenings.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_timeout_while(happenings, timeout, |count| *count <= seen));
    }
}
