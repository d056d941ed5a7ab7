//! Source texts with one fault each, and look-alikes without.

use architecture_tests::{SourceFile, Violation, rules};

use crate::{assert_caught, assert_kept};

const PRESENTATION: &str = "src/packages/mlops/presentation";
const APPLICATION: &str = "src/packages/mlops/application";

fn check(folder: &str, inside: &str, text: &str) -> Vec<Violation> {
    let path = format!("{folder}/{inside}");
    let file = SourceFile::parse(folder, &path, text).expect("the planted text is Rust");
    rules::check_sources(&[file])
}

#[test]
fn r10_a_room_uses_another() {
    for (inside, text) in [
        ("src/cli/list.rs", "\nuse crate::web::page;\n"),
        ("src/cli/list.rs", "\nuse super::super::web;\n"),
        ("src/cli.rs", "\nfn show() { crate::web::page() }\n"),
        ("src/cli.rs", "\nfn show() { println!(\"{}\", crate::web::page()) }\n"),
        ("src/web/mod.rs", "\nuse crate::{api::Model};\n"),
        ("src/web/mod.rs", "\nuse shared_kernel_presentation::cli::Console;\n"),
        ("src/lib.rs", "mod web {\n use super::cli::Command; } mod cli { pub struct Command; }\n"),
    ] {
        assert_caught(
            &check(PRESENTATION, inside, text),
            "R10",
            &format!("{PRESENTATION}/{inside}:2"),
        );
    }
}

#[test]
fn r10_rooms_may_use_themselves_and_the_crates_root() {
    let text = "use super::Command; use crate::cli::table; use crate::words; use web_sys::cli;";
    assert_kept(&check(PRESENTATION, "src/cli/list.rs", text));
    assert_kept(&check(PRESENTATION, "src/lib.rs", "pub mod cli; pub mod web; use cli::Command;"));
}

#[test]
fn r10_sql_in_a_presentation_crate() {
    for sql in
        ["SELECT id FROM models", "delete from models", "INSERT INTO a VALUES (1)", "PRAGMA x"]
    {
        for text in [format!("\nconst A: &str = {sql:?};"), format!("\nfn a() {{ run!({sql:?}) }}")]
        {
            let violations = check(PRESENTATION, "src/web.rs", &text);
            assert_caught(&violations, "R10", &format!("{PRESENTATION}/src/web.rs:2"));
        }
    }
    let prose = "/// Select a model from the list.\nconst A: &str = \"update the model\";";
    assert_kept(&check(PRESENTATION, "src/web.rs", prose));
    assert_kept(&check(APPLICATION, "src/lib.rs", "const A: &str = \"SELECT a FROM b\";"));
}

#[test]
fn r10_engines_and_files_in_a_presentation_crate() {
    for text in [
        "\nuse datafusion::prelude::SessionContext;",
        "\nfn a(batch: arrow::array::RecordBatch) {}",
        "\nuse std::fs;",
        "\nfn a() { let _ = std::fs::read(\"x\"); }",
        "use std::fs::\n*;",
    ] {
        let violations = check(PRESENTATION, "src/cli.rs", text);
        assert_caught(&violations, "R10", &format!("{PRESENTATION}/src/cli.rs:2"));
    }
    let in_tests = "#[cfg(test)] mod tests { use std::fs; fn a() { std::env::var(\"A\"); } }";
    assert_kept(&check(PRESENTATION, "src/cli.rs", in_tests));
}

#[test]
fn r11_the_clock_ids_randomness_and_the_environment() {
    for text in [
        "\nfn a() { std::time::SystemTime::now(); }",
        "use std::time::Instant as Watch;\nfn a() { Watch::now(); }",
        "use std::time;\nfn a() { time::Instant::now(); }",
        "use shared_kernel_domain::clock::Timestamp;\nfn a() { b.map_or_else(Timestamp::now, c); }",
        "\nfn a() { jiff::Zoned::now(); }",
        "use uuid::Uuid;\nfn a() { Uuid::now_v7(); }",
        "\nfn a() { vec![uuid::Uuid::new_v4()]; }",
        "use rand::rng;\nfn a() { rng(); }",
        "\nfn a() { let x: f64 = rand::random(); }",
        "\nfn a() { rand::thread_rng(); }",
        "use std::env;\nfn a() { env::var(\"A\"); }",
        "\nfn a() { for _ in std::env::args() {} }",
        "\nuse std::env::*;",
        "struct A {\n#[arg(long, env = \"A\")] a: String }",
        "impl A {\n fn a() { std::env::vars(); } }",
    ] {
        let violations = check(APPLICATION, "src/lib.rs", text);
        assert!(!violations.is_empty(), "not caught: {text}");
        let last = &violations[violations.len() - 1..];
        assert_caught(last, "R11", &format!("{APPLICATION}/src/lib.rs:2"));
    }
}

#[test]
fn r11_the_places_that_may_and_what_only_looks_alike() {
    let reads = "fn a() { std::time::SystemTime::now(); std::env::var(\"A\"); }";
    for folder in ["src/packages/shared_kernel/infrastructure", "src/app"] {
        assert_kept(&check(folder, "src/lib.rs", reads));
    }
    for inside in ["tests/it/main.rs", "benches/train.rs", "src/tests.rs"] {
        assert_kept(&check(APPLICATION, inside, reads));
    }
    for condition in
        ["test", "feature = \"testing\"", "any(test, feature = \"testing\")", "all(test, unix)"]
    {
        assert_kept(&check(
            APPLICATION,
            "src/lib.rs",
            &format!("#[cfg({condition})] mod a {{ {reads} }}"),
        ));
    }
    for condition in ["not(test)", "unix", "any(test, unix)"] {
        let text = format!("#[cfg({condition})] mod a {{ {reads} }}");
        assert_eq!(check(APPLICATION, "src/lib.rs", &text).len(), 2, "{condition}");
    }
    let alike = "fn a(clock: &dyn Clock) { clock.now(); env!(\"A\"); ids.next(); \
                 #[arg(long, value_name = \"env\")] let x = Timestamp::UNIX_EPOCH; }";
    assert_kept(&check(APPLICATION, "src/lib.rs", alike));
    assert!(!check("src/bin/pynomaly", "main.rs", reads).is_empty());
}
