use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::bus::{DeliveryState, EventFilter, EventLog};
use shared_kernel_domain::event::Envelope;
use shared_kernel_domain::identity::EventId;
use uuid::Uuid;

/// What every event log must do while nothing is published or handled: list, find and narrow what
/// it holds, and refuse to requeue what is not parked.
pub fn event_log_conformance(log: &dyn EventLog) {
    let all = listed(log, EventFilter::default());
    assert!(all.is_sorted_by(|one, next| one.id < next.id), "in the order of their ids, each once");
    for event in &all {
        let found = log.event(&event.id).expect("an answer");
        assert_eq!(found.as_ref(), Some(event), "what is listed is found");
    }
    let unknown = EventId::new(Uuid::max());
    assert!(log.event(&unknown).expect("an answer").is_none());

    filters_narrow(log, &all);
    deliveries_are_of_the_chain(log, &all);

    for group in ["data_quality.count", "no such group"] {
        let refused = log.requeue(group, &unknown, "tester").expect_err("nothing to requeue");
        assert_eq!(refused.kind(), ErrorKind::Usage);
    }
    let parked = log.parked().expect("parked events");
    for status in log.status().expect("a status") {
        let own = parked.iter().filter(|record| record.group == status.group).count();
        assert_eq!(own as u64, status.parked, "{}", status.group);
    }
    waiting_ends(log);
}

fn listed(log: &dyn EventLog, filter: EventFilter) -> Vec<Envelope> {
    log.events(&filter).expect("a list")
}

/// Each filter leaves what it says of all events, and the limit leaves the newest.
fn filters_narrow(log: &dyn EventLog, all: &[Envelope]) {
    for limit in [0, 1, 2, all.len(), all.len() + 1] {
        let newest = &all[all.len().saturating_sub(limit)..];
        let filter = EventFilter { limit: Some(limit), ..EventFilter::default() };
        assert_eq!(listed(log, filter), newest, "at most {limit}, the newest");
    }
    let only = |wanted: &dyn Fn(&Envelope) -> bool| -> Vec<Envelope> {
        all.iter().filter(|event| wanted(event)).cloned().collect()
    };
    for event in all {
        let filter = EventFilter { subject: Some(event.subject.clone()), ..EventFilter::default() };
        assert_eq!(listed(log, filter), only(&|other| other.subject == event.subject));
        let chain = event.correlation_id;
        let filter = EventFilter { correlation_id: Some(chain), ..EventFilter::default() };
        assert_eq!(listed(log, filter), only(&|other| other.correlation_id == chain));
        let filter =
            EventFilter { event_type: Some(event.event_type.clone()), ..EventFilter::default() };
        assert_eq!(listed(log, filter), only(&|other| other.event_type == event.event_type));
    }
    let filter =
        EventFilter { subject: Some("no such subject".to_owned()), ..EventFilter::default() };
    assert!(listed(log, filter).is_empty());
}

fn deliveries_are_of_the_chain(log: &dyn EventLog, all: &[Envelope]) {
    let deliveries = log.deliveries(None).expect("deliveries");
    let chains: BTreeSet<_> = all.iter().map(|event| event.correlation_id).collect();
    for chain in chains {
        let own: Vec<_> =
            deliveries.iter().filter(|it| it.correlation_id == chain).cloned().collect();
        assert_eq!(log.deliveries(Some(&chain)).expect("deliveries"), own);
    }
    let parked: Vec<_> =
        deliveries.into_iter().filter(|it| it.state == DeliveryState::Parked).collect();
    assert_eq!(log.parked().expect("parked events"), parked);
}

/// Waiting for what happened already does not wait, and waiting for nothing ends.
fn waiting_ends(log: &dyn EventLog) {
    let began = Instant::now();
    let activity = log.activity();
    if let Some(passed) = activity.checked_sub(1) {
        log.wait(passed, Duration::from_mins(1));
    }
    log.wait(activity, Duration::from_millis(1));
    assert!(began.elapsed() < Duration::from_secs(30), "waiting went on after its end");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoEvents;

    #[test]
    fn a_log_of_nothing_is_a_log() {
        event_log_conformance(&NoEvents);
    }
}
