//! The published documents: schemas as the code has them, events that read for ever, documents
//! that fit their schemas.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::pynomaly::{Pynomaly, repository, small_table};

fn schema_folder() -> PathBuf {
    repository().join("docs/schemas")
}

/// `docs/schemas` is what the code says; `PYNOMALY_UPDATE=1 cargo test -p pynomaly-system-tests`
/// writes it.
#[test]
fn the_published_schemas_are_those_of_the_code() {
    let update = std::env::var_os("PYNOMALY_UPDATE").is_some();
    let mut documents: Vec<(String, Value)> = pynomaly_app::schemas::documents()
        .into_iter()
        .map(|(name, schema)| (format!("{name}.json"), schema.to_value()))
        .collect();
    documents.push(("asyncapi.json".to_owned(), pynomaly_app::schemas::asyncapi()));
    for (name, schema) in documents {
        let path = schema_folder().join(&name);
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if update {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(published == text, "{name} is out of date: run with PYNOMALY_UPDATE=1");
    }
}

#[test]
fn documents_and_events_fit_their_schemas() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("table.csv", small_table(200, 1));
    let run = pynomaly.json(&["run", "table.csv"]);
    fits("pynomaly.run.1", &run);
    fits("pynomaly.check.1", &pynomaly.json(&["check", "table.csv"]));
    fits("pynomaly.profile.1", &pynomaly.json(&["profile", "table.csv"]));
    let along_time = pynomaly.json(&["detect", "table.csv", "--time", "id"]);
    fits("pynomaly.detect.1", &along_time);
    let suggested = pynomaly.json(&["contract", "suggest", "table.csv"]);
    fits("pynomaly.contract_suggest.1", &suggested);
    pynomaly.file("contract.yaml", suggested["contract"].as_str().unwrap());
    let diff = ["contract", "diff", "contract.yaml", "contract.yaml"];
    fits("pynomaly.contract_diff.1", &pynomaly.json(&diff));
    let test = ["contract", "test", "contract.yaml", "table.csv", "--places", "1"];
    fits("pynomaly.contract_test.1", &pynomaly.json(&test));
    let export = ["contract", "export", "contract.yaml", "--to", "gx", "--format", "json"];
    let exported = pynomaly.run(&export).document();
    fits("pynomaly.contract_export.1", &exported);
    pynomaly.file("suite.json", exported["text"].as_str().unwrap());
    let import = ["contract", "import", "suite.json"];
    fits("pynomaly.contract_import.1", &pynomaly.json(&import));
    let check = ["check", "table.csv", "--contract", "contract.yaml", "--quarantine", "parted"];
    fits("pynomaly.check.1", &pynomaly.json(&check));
    let events = pynomaly.json(&["events", "list"]);
    let events = events["events"].as_array().unwrap();
    assert_eq!(events.len(), 6);
    for event in events {
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["correlationid"], run["chain"]);
        fits(&format!("events/{}", event["type"].as_str().unwrap()), &event["data"]);
    }
}

pub(crate) fn fits(schema: &str, document: &Value) {
    let path = schema_folder().join(format!("{schema}.json"));
    let schema_text = std::fs::read_to_string(path).unwrap();
    let validator =
        jsonschema::validator_for(&serde_json::from_str(&schema_text).unwrap()).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{schema}: {errors:#?}");
    let wrong = json!({ "schema": 17 });
    assert!(!validator.is_valid(&wrong), "{schema} refuses nothing");
}
