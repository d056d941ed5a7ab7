use std::collections::BTreeMap;

use architecture_tests::rules::{r12_events, r12_ports};
use architecture_tests::{SourceFile, Workspace, rust_files, text_files};
use shared_kernel_domain::event::{Envelope, contracts};

use crate::{assert_caught, assert_kept, root};

/// Ports that have one of fake and conformance suite, and owe the other. Lines go when paid; what
/// has neither can't stand here.
const OWED: &[&str] = &[];

fn published() -> Vec<r12_events::PublishedEvent> {
    let mut events = Vec::new();
    for contract in contracts() {
        let reads = contract.reads;
        events.push(r12_events::PublishedEvent {
            event_type: contract.event_type.to_owned(),
            reads: Box::new(move |value| {
                let envelope: Envelope =
                    serde_json::from_value(value.clone()).map_err(|cause| cause.to_string())?;
                reads(&envelope.data).map_err(|cause| cause.to_string())
            }),
        });
    }
    events
}

fn golden() -> BTreeMap<String, String> {
    let files = text_files(&root().join(r12_events::FOLDER)).expect("the golden files");
    files.into_iter().map(|file| (file.path, file.text)).collect()
}

#[test]
fn every_published_event_has_a_golden_file_that_reads() {
    assert!(!published().is_empty());
    assert_kept(&r12_events::check(&published(), &golden()));
}

#[test]
fn r12_an_event_without_a_golden_file() {
    let mut golden = golden();
    golden.remove("io.pynomaly.model.trained.v1.json").expect("a golden file");
    let place = "tests/system/golden/events/io.pynomaly.model.trained.v1.json";
    assert_caught(&r12_events::check(&published(), &golden), "R12", place);
}

#[test]
fn r12_a_golden_file_that_does_not_read() {
    let file = "io.pynomaly.model.trained.v1.json";
    let place = format!("tests/system/golden/events/{file}");
    let healthy = golden()[file].clone();
    for broken in [
        healthy.replace("\"champion\"", "\"was_champion\""),
        healthy.replace("model.trained.v1\"", "model.trained.v2\""),
        healthy.replace("\"specversion\"", "\"spec\""),
        healthy.replacen('{', "", 1),
    ] {
        assert_ne!(broken, healthy);
        let mut golden = golden();
        golden.insert(file.to_owned(), broken);
        assert_caught(&r12_events::check(&published(), &golden), "R12", &place);
    }
}

#[test]
fn r12_an_event_that_is_published_no_more() {
    let mut golden = golden();
    golden.insert("io.pynomaly.model.retired.v1.json".to_owned(), "{}".to_owned());
    let place = "tests/system/golden/events/io.pynomaly.model.retired.v1.json";
    assert_caught(&r12_events::check(&published(), &golden), "R12", place);
}

#[test]
fn every_port_has_a_fake_or_a_conformance_suite() {
    let root = root();
    let workspace = Workspace::read(&root).expect("the manifests");
    let files = rust_files(&root, &workspace).expect("the sources");
    assert!(r12_ports::ports(&files).len() >= 10, "the ports were not seen");
    assert_kept(&r12_ports::check(&files, OWED));
}

const PORT: &str = "\npub trait ModelStore: Send { fn all(&self); }";
const FAKE: &str =
    "#[cfg(test)] mod tests { struct Fake; impl super::ModelStore for Fake { fn all(&self) {} } }";
const SUITE: &str = "pub fn model_store_conformance(store: &dyn ModelStore) { store.all(); }";

fn parse(folder: &str, inside: &str, text: &str) -> SourceFile {
    SourceFile::parse(folder, &format!("{folder}/{inside}"), text).expect("Rust")
}

#[test]
fn r12_a_port_with_nothing_to_stand_up_for_it() {
    let port = parse("src/packages/mlops/domain", "src/store.rs", PORT);
    let adapter = "impl ModelStore for Sqlite { fn all(&self) {} }";
    let adapter = parse("src/packages/mlops/infrastructure", "src/lib.rs", adapter);
    let violations = r12_ports::check(&[port, adapter], &[]);
    assert_caught(&violations, "R12", "src/packages/mlops/domain/src/store.rs:2");
}

#[test]
fn r12_a_trait_that_the_domain_implements_is_no_port() {
    let detector = format!("{PORT}\nimpl ModelStore for InMemory {{ fn all(&self) {{}} }}");
    assert_kept(&r12_ports::check(
        &[parse("src/packages/mlops/domain", "src/a.rs", &detector)],
        &[],
    ));
}

#[test]
fn r12_what_is_owed_is_named_until_it_is_paid() {
    let port = || parse("src/packages/mlops/domain", "src/store.rs", PORT);
    let fake = || parse("src/packages/mlops/application", "src/lib.rs", FAKE);
    let suite = || parse("tests/testkit", "src/lib.rs", SUITE);
    let owed = "ModelStore: conformance suite";

    let place = "src/packages/mlops/domain/src/store.rs:2";
    assert_caught(&r12_ports::check(&[port(), fake()], &[]), "R12", place);
    assert_caught(&r12_ports::check(&[port(), suite()], &[]), "R12", place);
    assert_kept(&r12_ports::check(&[port(), fake()], &[owed]));
    assert_kept(&r12_ports::check(&[port(), fake(), suite()], &[]));

    let here = "tests/architecture/tests/it/promises.rs";
    assert_caught(&r12_ports::check(&[port(), fake(), suite()], &[owed]), "R12", here);
}
