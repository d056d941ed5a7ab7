use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::bus::{
    DeliveryRecord, DeliveryState, EventFilter, EventLog, ParkedFilter, Positions, Replay,
};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{Context, Envelope};
use shared_kernel_domain::identity::EventId;
use uuid::Uuid;

/// What every event log must do while nothing is published or handled: list, find, follow and
/// narrow what it holds, and leave alone what is not parked or handled.
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

    following_misses_nothing(log, &all);
    parked_are_narrowed(log);
    what_is_not_there_is_left_alone(log);
    let parked = parked(log, &ParkedFilter::default());
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

fn parked(log: &dyn EventLog, which: &ParkedFilter) -> Vec<DeliveryRecord> {
    log.parked(which).expect("parked events")
}

/// Who follows from the beginning sees each event once, those of a subject in their order; behind
/// the newest there is nothing.
fn following_misses_nothing(log: &dyn EventLog, all: &[Envelope]) {
    let mut seen = Positions::default();
    let mut followed: Vec<Envelope> = Vec::new();
    loop {
        let (events, reached) = log.events_after(&seen).expect("an answer");
        if events.is_empty() {
            assert_eq!(reached, seen, "without events nothing moves");
            break;
        }
        followed.extend(events);
        seen = reached;
    }
    let newest = log.newest().expect("positions");
    assert!(log.events_after(&newest).expect("an answer").0.is_empty());
    for context in Context::ALL {
        assert_eq!(seen.of(context), newest.of(context), "{context}");
    }
    let mut sequences = BTreeMap::new();
    for event in &followed {
        let before = sequences.insert((&event.source, &event.subject), event.sequence);
        assert!(before.is_none_or(|before| before < event.sequence), "in the order of a subject");
    }
    followed.sort_by_key(|event| event.id);
    assert_eq!(followed, all, "each once");
}

fn parked_are_narrowed(log: &dyn EventLog) {
    let all = parked(log, &ParkedFilter::default());
    let only = |wanted: &dyn Fn(&DeliveryRecord) -> bool| -> Vec<DeliveryRecord> {
        all.iter().filter(|record| wanted(record)).cloned().collect()
    };
    let any = ParkedFilter::default;
    for record in &all {
        let by_group = ParkedFilter { group: Some(record.group.clone()), ..any() };
        assert_eq!(parked(log, &by_group), only(&|it| it.group == record.group));
        let by_event = ParkedFilter { event_id: Some(record.event_id), ..any() };
        assert_eq!(parked(log, &by_event), only(&|it| it.event_id == record.event_id));
        let by_subject = ParkedFilter { subject: Some(record.subject.clone()), ..any() };
        assert_eq!(parked(log, &by_subject), only(&|it| it.subject == record.subject));
        let by_type = ParkedFilter { event_type: Some(record.event_type.clone()), ..any() };
        assert_eq!(parked(log, &by_type), only(&|it| it.event_type == record.event_type));
        assert!(log.event(&record.event_id).expect("an answer").is_some(), "it can be read");
    }
}

/// What nobody knows is not requeued, discarded or replayed, nor is anything when a stop was asked
/// for.
fn what_is_not_there_is_left_alone(log: &dyn EventLog) {
    let stopped = Cancellation::default();
    stopped.cancel();
    let before = log.deliveries(None).expect("deliveries");
    let unknown =
        ParkedFilter { event_id: Some(EventId::new(Uuid::max())), ..ParkedFilter::default() };
    for (which, cancellation) in
        [(unknown, Cancellation::default()), (ParkedFilter::default(), stopped)]
    {
        let requeued = log.requeue(&which, NonZeroU32::MAX, "tester", &cancellation);
        assert_eq!(requeued.expect("an answer"), 0);
        let discarded = log.discard(&which, "a test", "tester", &cancellation);
        assert_eq!(discarded.expect("an answer"), 0);
    }
    for group in ["data_quality.unheard_of", "no such group"] {
        let refused = log.replay(group, &Replay::All, "tester").expect_err("an unknown group");
        assert_eq!(refused.kind(), ErrorKind::Usage);
    }
    assert_eq!(log.deliveries(None).expect("deliveries"), before);
}

fn deliveries_are_of_the_chain(log: &dyn EventLog, all: &[Envelope]) {
    let deliveries = log.deliveries(None).expect("deliveries");
    let chains: BTreeSet<_> = all.iter().map(|event| event.correlation_id).collect();
    for chain in chains {
        let own: Vec<_> =
            deliveries.iter().filter(|it| it.correlation_id == chain).cloned().collect();
        assert_eq!(log.deliveries(Some(&chain)).expect("deliveries"), own);
    }
    let of_all: Vec<_> =
        deliveries.into_iter().filter(|it| it.state == DeliveryState::Parked).collect();
    assert_eq!(parked(log, &ParkedFilter::default()), of_all);
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
