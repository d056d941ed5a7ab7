//! What a group measures of itself, for whoever operates it (G17). Labels are group names only.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_histogram, histogram};
use shared_kernel_domain::bus::Delivery;
use shared_kernel_domain::clock::Timestamp;

/// Says what the numbers mean.
pub(super) fn describe() {
    describe_histogram!(
        "messaging_process_duration_seconds",
        "Time from the start of a handler to its end, by outcome"
    );
    describe_histogram!(
        "pynomaly_events_end_to_end_seconds",
        "Time from the publication of an event to the end of its handling"
    );
    describe_counter!("pynomaly_events_handled_total", "Events handled");
    describe_counter!("pynomaly_events_redelivered_total", "Attempts beyond an event's first");
    describe_counter!("pynomaly_events_failed_total", "Attempts that failed");
    describe_counter!("pynomaly_events_requeued_total", "Requeued events that were tried again");
    describe_counter!("pynomaly_events_replayed_total", "Replayed events that were tried");
    describe_counter!("pynomaly_events_discarded_total", "Events discarded by this process");
}

/// An attempt has ended.
pub(super) fn attempt(
    group: &'static str,
    delivery: &Delivery,
    is_done: bool,
    took: Duration,
    now: Timestamp,
) {
    let outcome = if is_done { "done" } else { "failed" };
    histogram!("messaging_process_duration_seconds", "group" => group, "outcome" => outcome)
        .record(took);
    if delivery.attempt > 1 {
        counter!("pynomaly_events_redelivered_total", "group" => group).increment(1);
    } else if delivery.replay {
        counter!("pynomaly_events_replayed_total", "group" => group).increment(1);
    } else if delivery.round > 0 {
        counter!("pynomaly_events_requeued_total", "group" => group).increment(1);
    }
    if is_done {
        counter!("pynomaly_events_handled_total", "group" => group).increment(1);
    } else {
        counter!("pynomaly_events_failed_total", "group" => group).increment(1);
    }
    // How long ago a replayed event was published says nothing of the flow.
    if is_done && !delivery.replay {
        let since = now.duration_since(delivery.envelope.time).as_secs_f64().max(0.0);
        histogram!("pynomaly_events_end_to_end_seconds", "group" => group).record(since);
    }
}

/// A person gave events up for good.
pub(super) fn discarded(group: &str, events: u64) {
    counter!("pynomaly_events_discarded_total", "group" => group.to_owned()).increment(events);
}
