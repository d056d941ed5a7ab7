use shared_kernel_domain::clock::{Clock, Timestamp};

/// Stands still: by default on the day the tests are about, 2026-11-23, at noon UTC.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Timestamp);

impl Default for FixedClock {
    fn default() -> Self {
        Self("2026-11-23T12:00:00Z".parse().expect("a time"))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// What every clock must do: tell a time after 1970 that survives the way through text, in which
/// events and stores keep it. That time goes on is not promised: people set clocks back.
pub fn clock_conformance(clock: &dyn Clock) {
    let now = clock.now();
    assert!(now > Timestamp::UNIX_EPOCH, "{now} is long ago");
    let back: Timestamp = now.to_string().parse().expect("a time is read back");
    assert_eq!(back, now, "a time survives the way through text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_clock_is_a_clock() {
        clock_conformance(&FixedClock::default());
    }

    #[test]
    #[should_panic(expected = "is long ago")]
    fn a_clock_that_was_never_set_is_none() {
        clock_conformance(&FixedClock(Timestamp::UNIX_EPOCH));
    }
}
