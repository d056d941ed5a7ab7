use architecture_tests::TextFile;
use architecture_tests::rules::repository;

use crate::{assert_caught, assert_kept};

fn file(path: &str, text: &str) -> TextFile {
    TextFile { path: path.to_owned(), text: text.to_owned() }
}

#[test]
fn a_long_source_file() {
    let lines = |count: usize| "// a line\n".repeat(count);
    let long = file("src/app/src/lib.rs", &lines(600));
    assert_caught(&repository::check_sizes(&[long]), "repository", "src/app/src/lib.rs");
    let fits = [file("src/app/src/lib.rs", &lines(599)), file("docs/guide.md", &lines(700))];
    assert_kept(&repository::check_sizes(&fits));
}

#[test]
fn a_crate_that_does_not_say_what_it_is_for() {
    let silent = file("src/app/src/lib.rs", "mod container;\n");
    assert_caught(
        &repository::check_crate_documentation(&[silent]),
        "repository",
        "src/app/src/lib.rs:1",
    );
    assert_kept(&repository::check_crate_documentation(&[file(
        "src/app/src/lib.rs",
        "//! Joins.\n",
    )]));
}

#[test]
fn a_path_or_a_registry_of_one_machine() {
    let mirror = "source = \"registry+https://mirror.example/index\"";
    for (path, line) in [
        ("README.md", concat!("run it in /ho", "me/ada/pynomaly").to_owned()),
        ("src/app/src/lib.rs", concat!("const A: &str = \"/wo", "rk/data\";").to_owned()),
        ("Cargo.lock", mirror.to_owned()),
        (".cargo/config.toml", concat!("replace", "-with = \"mirror\"").to_owned()),
        ("requirements.txt", concat!("--index", "-url https://mirror.example").to_owned()),
    ] {
        let violations = repository::check_portability(&[file(path, &format!("\n{line}\n"))]);
        assert_caught(&violations, "repository", &format!("{path}:2"));
    }
    let fine = "see https://example.org/home/page, ./work/x and the network/work/ folder\n";
    assert_kept(&repository::check_portability(&[file("README.md", fine)]));
}

#[test]
fn a_test_that_never_runs() {
    let manifest = file("src/app/Cargo.toml", "[lib]\ntest = false # its tests lie in tests/\n");
    let test = |path| file(path, concat!("//! Words.\n#[te", "st]\nfn it_works() {}\n"));
    assert_caught(
        &repository::check_tests_run(&[manifest.clone(), test("src/app/src/run/mod.rs")]),
        "repository",
        "src/app/src/run/mod.rs",
    );
    assert_kept(&repository::check_tests_run(&[
        manifest.clone(),
        test("src/app/tests/it/main.rs"),
    ]));
    assert_kept(&repository::check_tests_run(&[manifest, test("src/other/src/lib.rs")]));
}

#[test]
fn unsafe_code_in_any_other_module() {
    for line in [concat!("unsafe", " { work() }"), concat!("#![allow(unsafe", "_code)]")] {
        let planted = file("src/app/src/lib.rs", &format!("//! Words.\n{line}\n"));
        let violations = repository::check_unsafe_code(&[planted]);
        assert_caught(&violations, "repository", "src/app/src/lib.rs:2");
    }
    assert_kept(&repository::check_unsafe_code(&[file(
        "src/app/src/lib.rs",
        "// an unsafe cast\n",
    )]));
}
