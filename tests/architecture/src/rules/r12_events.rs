//! R12, events: every published event version has a golden file that deserialises for ever.
//!
//! `tests/system/golden/events/<type>.json` holds one whole envelope of the type. A golden file
//! whose type is published no more is a violation too: old events stay readable.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Violation;

/// Where golden files lie.
pub const FOLDER: &str = "tests/system/golden/events";

/// Reads a whole envelope; an error says why it can't.
pub type Reader = dyn Fn(&Value) -> Result<(), String>;

/// A published event version, and how its readers read it.
pub struct PublishedEvent {
    /// The CloudEvents `type`.
    pub event_type: String,
    /// Reads its golden file.
    pub reads: Box<Reader>,
}

/// Judges golden files, by file name, against what is published.
pub fn check(events: &[PublishedEvent], golden: &BTreeMap<String, String>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for event in events {
        let file = format!("{}.json", event.event_type);
        let place = format!("{FOLDER}/{file}");
        let Some(text) = golden.get(&file) else {
            violations.push(Violation::new(
                "R12",
                place,
                format!("{} is published without a golden file", event.event_type),
                "write one whole envelope with realistic values there; it is never edited later",
            ));
            continue;
        };
        if let Err(cause) = read(event, text) {
            violations.push(Violation::new(
                "R12",
                place,
                format!("the golden file can't be read any more: {cause}"),
                "within a version add optional fields only (`#[serde(default)]`); anything else \
                 is a new version with an upcaster",
            ));
        }
    }
    for file in golden.keys() {
        if events.iter().all(|event| format!("{}.json", event.event_type) != *file) {
            violations.push(Violation::new(
                "R12",
                format!("{FOLDER}/{file}"),
                "no event of this type is published any more",
                "keep the contract in `event::contracts()`, or an upcaster that reads it",
            ));
        }
    }
    violations
}

fn read(event: &PublishedEvent, text: &str) -> Result<(), String> {
    let envelope: Value = serde_json::from_str(text).map_err(|cause| cause.to_string())?;
    match envelope.get("type").and_then(Value::as_str) {
        Some(named) if named == event.event_type => (event.reads)(&envelope),
        Some(other) => Err(format!("it holds an event of type {other}")),
        None => Err("it has no `type`".to_owned()),
    }
}
