//! Applies every rule to this repository, and to a planted violation.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod manifests;
mod planted_manifests;
mod planted_repository;
mod planted_sources;
mod promises;
mod repository;
mod sources;

use std::path::{Path, PathBuf};

use architecture_tests::Violation;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// Fails with every violation, its remedy included.
#[track_caller]
fn assert_kept(violations: &[Violation]) {
    let report: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(report.is_empty(), "\n{} violations\n{}\n", report.len(), report.join("\n"));
}

/// Fails unless exactly one violation was found, of this rule, at this place, with a remedy.
#[track_caller]
fn assert_caught(violations: &[Violation], rule: &str, place: &str) {
    let [violation] = violations else { panic!("expected one violation, got {violations:#?}") };
    assert_eq!((violation.rule, violation.place.as_str()), (rule, place), "{violation}");
    assert!(!violation.found.is_empty() && !violation.remedy.is_empty(), "{violation}");
}
