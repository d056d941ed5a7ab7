//! Every JSON document that leaves the system, with its JSON Schema: what `docs/schemas` holds.

use schemars::{JsonSchema, Schema, schema_for};
use serde_json::{Map, Value, json};
use shared_kernel_domain::event::{Envelope, contracts};

/// The schemas by file name, without the ending.
pub fn documents() -> Vec<(String, Schema)> {
    let mut all = vec![
        named::<crate::run::RunDocument<'_>>("pynomaly.run.1"),
        named::<data_quality_domain::QualityReport>("pynomaly.check.1"),
        named::<data_quality_domain::monitor::MetricHistory>("pynomaly.check_history.1"),
        named::<data_quality_presentation::cli::IncidentsDocument>("pynomaly.incidents.1"),
        named::<data_quality_presentation::cli::IncidentDocument>("pynomaly.incident.1"),
        named::<data_quality_presentation::cli::WebhooksDocument>("pynomaly.webhooks.1"),
        named::<data_quality_presentation::cli::GateDocument>("pynomaly.gate.1"),
        named::<data_quality_presentation::cli::LintDocument>("pynomaly.contract_lint.1"),
        named::<data_quality_presentation::cli::DiffDocument>("pynomaly.contract_diff.1"),
        named::<data_quality_presentation::cli::SuggestDocument>("pynomaly.contract_suggest.1"),
        named::<data_quality_domain::mutation::MutationReport>("pynomaly.contract_test.1"),
        named::<data_quality_presentation::cli::ImportDocument>("pynomaly.contract_import.1"),
        named::<data_quality_presentation::cli::ExportDocument>("pynomaly.contract_export.1"),
        named::<data_profiling_domain::Profile>("pynomaly.profile.1"),
        named::<data_profiling_domain::ProfileChanges>("pynomaly.profile_changes.1"),
        named::<data_profiling_domain::ProfileHistory>("pynomaly.profile_history.1"),
    ];
    let science = data_science_presentation::document::schemas();
    all.extend(science.into_iter().map(|(name, schema)| (name.replace('/', "."), schema)));
    all.extend([
        named::<mlops_presentation::cli::ModelListDocument>("pynomaly.model_list.1"),
        named::<mlops_presentation::cli::ModelDocument>("pynomaly.model.1"),
        named::<mlops_presentation::cli::ModelHistoryDocument>("pynomaly.model_history.1"),
        named::<crate::events::EventList<'_>>("pynomaly.events.1"),
        named::<crate::events::EventDetails<'_>>("pynomaly.event.1"),
        named::<crate::events::DeadLetters<'_>>("pynomaly.dead_letters.1"),
        named::<crate::events::DeadLetter<'_>>("pynomaly.dead_letter.1"),
        named::<crate::events::EventsChanged>("pynomaly.events_changed.1"),
        named::<crate::events::Statuses<'_>>("pynomaly.event_status.1"),
        named::<crate::doctor::Report>("pynomaly.doctor.1"),
        named::<crate::store_command::MoveDocument>("pynomaly.store_move.1"),
        named::<crate::store_command::BackupDocument>("pynomaly.store_backup.1"),
        named::<crate::store_command::RestoreDocument>("pynomaly.store_restore.1"),
        named::<crate::store_command::Manifest>("pynomaly.backup.1"),
    ]);
    for contract in contracts() {
        all.push((format!("events/{}", contract.event_type), contract.schema));
    }
    all
}

fn named<T: JsonSchema>(name: &str) -> (String, Schema) {
    (name.to_owned(), schema_for!(T))
}

/// The AsyncAPI 3 document of the event flow: one channel per publishing context, one message per
/// contract, the envelope as CloudEvents 1.0.
pub fn asyncapi() -> Value {
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    for contract in contracts() {
        let (name, source) = (contract.event_type, contract.source.name());
        messages.insert(
            name.to_owned(),
            json!({
                "name": name,
                "contentType": "application/cloudevents+json",
                "payload": {
                    "allOf": [
                        { "$ref": "#/components/schemas/Envelope" },
                        { "properties": {
                            "type": { "const": name },
                            "source": { "const": contract.source.source() },
                            "data": contract.schema.to_value(),
                        } },
                    ],
                },
            }),
        );
        let channel =
            channels.entry(source).or_insert_with(|| json!({ "address": source, "messages": {} }));
        channel["messages"][name] = json!({ "$ref": format!("#/components/messages/{name}") });
        operations.insert(
            format!("publish {name}"),
            json!({
                "action": "send",
                "channel": { "$ref": format!("#/channels/{source}") },
                "messages": [{ "$ref": format!("#/channels/{source}/messages/{name}") }],
            }),
        );
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Pynomaly events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Events between the bounded contexts: CloudEvents 1.0, ordered per subject.",
            "license": { "name": "Apache-2.0" },
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": { "Envelope": schema_for!(Envelope).to_value() },
        },
    })
}
