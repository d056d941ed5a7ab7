use architecture_tests::rules::repository;
use architecture_tests::text_files;

use crate::{assert_kept, root};

#[test]
fn source_files_are_short() {
    assert_kept(&repository::check_sizes(&text_files(&root()).expect("the files")));
}

#[test]
fn every_crate_says_what_it_is_for() {
    assert_kept(&repository::check_crate_documentation(&text_files(&root()).expect("the files")));
}

#[test]
fn no_text_is_tied_to_one_machine() {
    let files = text_files(&root()).expect("the files");
    assert!(files.iter().any(|file| file.path == "Cargo.lock"), "the files were not seen");
    assert_kept(&repository::check_portability(&files));
}

#[test]
fn every_test_runs() {
    let files = text_files(&root()).expect("the files");
    let without = |file: &&architecture_tests::TextFile| {
        file.path.ends_with("Cargo.toml") && file.text.contains("\ntest = false")
    };
    assert!(files.iter().filter(without).count() >= 9, "the manifests were not seen");
    assert_kept(&repository::check_tests_run(&files));
}

#[test]
fn unsafe_code_stands_where_it_is_known() {
    let files = text_files(&root()).expect("the files");
    assert_kept(&repository::check_unsafe_code(&files));
}
