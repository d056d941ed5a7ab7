//! Named steps of the event flow, at which fault tests stop the process.
//!
//! With the `failpoints` feature, `PYNOMALY_STOP_AT=<step>:<n>` makes the process say so on
//! standard error when it reaches the step for the n-th time, and stand still there until it is
//! killed. Without the feature, [`reach`] is nothing.

/// A step of publishing or consuming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A change is about to be sent to the store.
    BeforeBegin,
    /// The state is written, not committed.
    AfterState,
    /// The outgoing events are written, not committed.
    AfterOutbox,
    /// The group of changes is about to be committed.
    BeforeCommit,
    /// The change is durable; the caller does not know yet.
    AfterCommit,
    /// Events were read from the outbox.
    AfterRelayRead,
    /// Events are in the inbox.
    AfterReceive,
    /// The attempt is counted; the handler has not begun.
    AfterAttempt,
    /// The handler has returned.
    AfterHandler,
    /// Events were sent to the broker, which has not confirmed them.
    AfterBrokerPublish,
    /// The broker has confirmed; the relay has not marked them.
    AfterConfirm,
    /// The relay's mark is behind them.
    AfterMark,
}

impl Step {
    /// Every step that an event meets without a broker, in their order.
    pub const ALL: [Self; 9] = [
        Self::BeforeBegin,
        Self::AfterState,
        Self::AfterOutbox,
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::AfterRelayRead,
        Self::AfterReceive,
        Self::AfterAttempt,
        Self::AfterHandler,
    ];

    /// The steps between the reading of the outbox and a broker, in their order.
    pub const BROKER: [Self; 3] = [Self::AfterBrokerPublish, Self::AfterConfirm, Self::AfterMark];

    /// The name in `PYNOMALY_STOP_AT`.
    pub fn name(self) -> &'static str {
        match self {
            Self::BeforeBegin => "before_begin",
            Self::AfterState => "after_state",
            Self::AfterOutbox => "after_outbox",
            Self::BeforeCommit => "before_commit",
            Self::AfterCommit => "after_commit",
            Self::AfterRelayRead => "after_relay_read",
            Self::AfterReceive => "after_receive",
            Self::AfterAttempt => "after_attempt",
            Self::AfterHandler => "after_handler",
            Self::AfterBrokerPublish => "after_broker_publish",
            Self::AfterConfirm => "after_confirm",
            Self::AfterMark => "after_mark",
        }
    }
}

/// Says that a step was reached.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub(crate) fn reach(_step: Step) {}

/// Says that a step was reached; stands still there if a fault test asks for it.
#[cfg(feature = "failpoints")]
pub(crate) fn reach(step: Step) {
    use std::io::Write;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WANTED: LazyLock<Option<(String, u64)>> = LazyLock::new(|| {
        let wanted = std::env::var("PYNOMALY_STOP_AT").ok()?;
        let (name, times) = wanted.split_once(':')?;
        Some((name.to_owned(), times.parse().ok()?))
    });
    static REACHED: AtomicU64 = AtomicU64::new(0);

    let Some((name, times)) = WANTED.as_ref() else { return };
    if name == step.name() && REACHED.fetch_add(1, Ordering::Relaxed) + 1 == *times {
        // The test reads this line; if it cannot be written, the test fails by its time limit.
        let _ = writeln!(std::io::stderr(), "stopped at {name}");
        loop {
            std::thread::park();
        }
    }
}
