//! What the transport measures of itself, for whoever operates it (G17).

use metrics::{counter, describe_counter};

/// The way by which events came to a group.
#[derive(Clone, Copy)]
pub(super) enum Way {
    Broker,
    Outbox,
}

/// Says what the numbers mean.
pub(super) fn describe() {
    describe_counter!("pynomaly_events_relayed_total", "Events that the broker has confirmed");
    describe_counter!(
        "pynomaly_events_carried_total",
        "Events that came to a group, by way: the broker, or the outbox where that was away or late"
    );
    describe_counter!(
        "pynomaly_events_unreadable_total",
        "Messages in a group's queue that are no events of ours, put to the dead letters"
    );
}

pub(super) fn relayed(context: &'static str, events: usize) {
    counter!("pynomaly_events_relayed_total", "context" => context).increment(events as u64);
}

pub(super) fn carried(group: &'static str, way: Way, events: usize) {
    let way = match way {
        Way::Broker => "broker",
        Way::Outbox => "outbox",
    };
    counter!("pynomaly_events_carried_total", "group" => group, "way" => way)
        .increment(events as u64);
}

pub(super) fn unreadable(group: &'static str, messages: usize) {
    if messages > 0 {
        counter!("pynomaly_events_unreadable_total", "group" => group).increment(messages as u64);
    }
}
