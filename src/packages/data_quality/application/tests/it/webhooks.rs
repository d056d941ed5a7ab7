//! Who outside is told of incidents.

use data_quality_application::{
    NewWebhook, TellWebhooks, WEBHOOK_GROUP, add_webhook, remove_webhook, test_webhook, webhooks,
};
use serde_json::Value;
use shared_kernel_domain::bus::{Delivery, EventHandler};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{EventPayload, IncidentChange, IncidentChanged, WebhookDue};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, ErrorKind, Result};

use crate::analyze::{delivery, handle, table};
use crate::world::World;

fn new(name: &str, url: &str) -> NewWebhook {
    NewWebhook {
        name: name.to_owned(),
        url: url.to_owned(),
        on: vec![IncidentChange::Opened, IncidentChange::Closed],
        dataset: None,
        secret_variable: "SECRET".to_owned(),
        private: false,
    }
}

/// A world in which version 1 has opened an incident; what was published of it.
fn with_incident() -> (World, IncidentChanged) {
    let world = World::of(&table());
    handle(&world, &delivery(50));
    let units = world.reports.take_units();
    let [changed] = &published::<IncidentChanged>(&units)[..] else { panic!("{units:?}") };
    (world, changed.clone())
}

fn published<E: EventPayload>(units: &[UnitOfWork]) -> Vec<E> {
    let events = units.iter().flat_map(|unit| &unit.events);
    let events = events.filter(|event| event.event_type == E::TYPE);
    events.map(|event| serde_json::from_value(event.data.clone()).expect("payload")).collect()
}

fn tell(world: &World, delivery: &Delivery) -> Result<()> {
    TellWebhooks::new(world.container.clone()).handle(delivery, &Cancellation::default())
}

fn refusal<T: std::fmt::Debug>(result: Result<T>) -> String {
    let error: Error = result.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    error.what().to_owned()
}

#[test]
fn a_version_says_what_it_did_to_an_incident() {
    let (_, changed) = with_incident();
    assert_eq!(changed.change, IncidentChange::Opened);
    assert!(changed.gate_closed);
    assert_eq!(changed.causes[0].check, "bad_rows");
    let sentence = &changed.causes[0].sentence;
    assert_eq!(changed.summary, format!("flights version 1 is bad: {sentence}"));
}

#[test]
fn a_change_becomes_one_call_for_each_webhook_that_hears_of_it() {
    let (world, changed) = with_incident();
    let container = &world.container;
    for webhook in [
        new("all", "https://a.example/"),
        NewWebhook { dataset: Some("flights".to_owned()), ..new("own", "https://b.example/") },
        NewWebhook { on: vec![IncidentChange::Continued], ..new("deaf", "https://c.example/") },
    ] {
        add_webhook(container, webhook).expect("added");
    }
    world.reports.take_units();
    let told = testkit::delivery(WEBHOOK_GROUP, 1, &changed);
    tell(&world, &told).expect("handed out");
    let units = world.reports.take_units();
    let [unit] = &units[..] else { panic!("{units:?}") };
    assert_eq!(unit.completes, Some(told.receipt()), "in one commit");
    let due: Vec<WebhookDue> = published(&units);
    let names: Vec<&str> = due.iter().map(|due| due.webhook.as_str()).collect();
    assert_eq!(names, ["all", "own"]);
    assert_eq!(world.fakes.webhooks.take_calls(), [], "nobody was called yet");

    let mut call = testkit::delivery(WEBHOOK_GROUP, 2, &due[0]);
    tell(&world, &call).expect("told");
    let calls = world.fakes.webhooks.take_calls();
    let [first] = &calls[..] else { panic!("{calls:?}") };
    assert_eq!((&*first.url, &first.id), ("https://a.example/", &call.envelope.id.to_string()));
    let body: Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!(body["type"], IncidentChanged::TYPE);
    assert_eq!(body["data"]["summary"], Value::String(changed.summary));
    assert_eq!(world.reports.take_units()[0].completes, Some(call.receipt()));

    call.replay = true;
    tell(&world, &call).expect("completed");
    assert_eq!(world.fakes.webhooks.take_calls(), [], "a replay tells nobody again");
}

#[test]
fn a_call_that_is_not_answered_is_tried_again_with_the_same_id() {
    let (world, changed) = with_incident();
    add_webhook(&world.container, new("alerts", "https://silent.example/")).expect("added");
    let envelope = testkit::delivery(WEBHOOK_GROUP, 1, &changed).envelope;
    let due = WebhookDue { webhook: "alerts".to_owned(), event: envelope };
    let call = testkit::delivery(WEBHOOK_GROUP, 2, &due);
    world.reports.take_units();
    for _ in 0..2 {
        assert_eq!(tell(&world, &call).unwrap_err().kind(), ErrorKind::Unavailable);
    }
    assert!(world.reports.take_units().is_empty(), "it is not completed");
    let calls = world.fakes.webhooks.take_calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0], calls[1]);

    remove_webhook(&world.container, "alerts").expect("removed");
    tell(&world, &call).expect("nobody is left to be told");
    assert_eq!(world.fakes.webhooks.take_calls(), []);
}

#[test]
fn what_cannot_be_a_webhook_is_refused() {
    let world = World::of(&table());
    let container = &world.container;
    add_webhook(container, new("alerts", "https://a.example/")).expect("added");
    let add = |webhook| refusal(add_webhook(container, webhook));
    assert_eq!(
        add(new("alerts", "https://b.example/")),
        "there is a webhook called alerts already"
    );
    assert_eq!(add(new("a b", "https://b.example/")), "\"a b\" cannot be the name of a webhook");
    assert_eq!(add(new("b", "https://refused.example/")), "the URL of the webhook cannot be used");
    let dataset = Some("none".to_owned());
    assert_eq!(
        add(NewWebhook { dataset, ..new("b", "https://b.example/") }),
        "there is no dataset called \"none\""
    );
    let none = "there is no webhook called \"b\"";
    assert_eq!(refusal(remove_webhook(container, "b")), none);
    assert_eq!(refusal(test_webhook(container, "b", &Cancellation::default())), none);
    let names: Vec<String> =
        webhooks(container).unwrap().into_iter().map(|shown| shown.webhook.name).collect();
    assert_eq!(names, ["alerts"]);
}

#[test]
fn a_webhook_is_tried_with_an_event_that_says_nothing_happened() {
    let world = World::of(&table());
    add_webhook(&world.container, new("alerts", "https://a.example/")).expect("added");
    test_webhook(&world.container, "alerts", &Cancellation::default()).expect("answered");
    let calls = world.fakes.webhooks.take_calls();
    let body: Value = serde_json::from_str(&calls[0].body).unwrap();
    assert_eq!(
        (&body["type"], &body["id"]),
        (&"io.pynomaly.webhook.test.v1".into(), &calls[0].id.as_str().into())
    );
}
