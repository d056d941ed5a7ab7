//! Rules about files: size, opening documentation, nothing that ties them to one machine.

use crate::{TextFile, Violation};

const RULE: &str = "repository";

/// A source file stays under so many lines.
pub const MAXIMUM_LINES: usize = 600;

/// Source files under `src/` are short enough to read.
pub fn check_sizes(files: &[TextFile]) -> Vec<Violation> {
    let sources = files.iter().filter(|file| file.path.starts_with("src/") && file.is_rust());
    let long = sources.filter(|file| file.text.lines().count() >= MAXIMUM_LINES);
    long.map(|file| {
        Violation::new(
            RULE,
            &file.path,
            format!("{} lines", file.text.lines().count()),
            format!("split it by concept, tests first, until it has fewer than {MAXIMUM_LINES}"),
        )
    })
    .collect()
}

/// Every crate opens with what it is for.
pub fn check_crate_documentation(files: &[TextFile]) -> Vec<Violation> {
    let roots = files.iter().filter(|file| {
        file.path.ends_with("src/lib.rs")
            || file.path.starts_with("src/bin/") && file.path.ends_with("main.rs")
    });
    let silent = roots.filter(|file| !file.text.starts_with("//!"));
    silent
        .map(|file| {
            Violation::new(
                RULE,
                format!("{}:1", file.path),
                "the crate does not open with `//!`",
                "say what the crate is for, its invariants, and what is deliberately not here",
            )
        })
        .collect()
}

/// A crate that says `test = false` of its library or binary has no tests in there, which would never
/// run. Crates without such tests say so: their library is then built once and not twice.
pub fn check_tests_run(files: &[TextFile]) -> Vec<Violation> {
    let manifests = files.iter().filter(|file| file.path.ends_with("Cargo.toml"));
    let without =
        manifests.filter(|file| file.text.lines().any(|line| line.starts_with("test = false")));
    let mut violations = Vec::new();
    for manifest in without {
        let folder = manifest.path.trim_end_matches("Cargo.toml");
        let own = files.iter().filter(|file| {
            let rest = file.path.strip_prefix(folder);
            file.is_rust()
                && rest.is_some_and(|rest| !rest.contains('/') || rest.starts_with("src/"))
        });
        let forgotten = own.filter(|file| file.text.contains(concat!("#[te", "st]")));
        violations.extend(forgotten.map(|file| {
            Violation::new(
                RULE,
                &file.path,
                "tests that never run",
                format!("take `test = false` out of {}", manifest.path),
            )
        }));
    }
    violations
}

/// Modules that may hold unsafe code: small, with the safe form beside them and a test that both agree.
const KERNELS: [&str; 1] = ["src/packages/data_science/domain/src/detector/vectors.rs"];

/// Words by which unsafe code begins or is allowed.
const UNSAFE: [&str; 4] = [
    concat!("unsafe", " {"),
    concat!("unsafe", " fn"),
    concat!("unsafe", " impl"),
    concat!("(unsafe", "_code"),
];

/// Unsafe code stands in named modules only; the compiler denies it elsewhere unless it is told not to.
pub fn check_unsafe_code(files: &[TextFile]) -> Vec<Violation> {
    let others =
        files.iter().filter(|file| file.is_rust() && !KERNELS.contains(&file.path.as_str()));
    let unsafe_ones = others.flat_map(|file| {
        let lines = file.text.lines().enumerate();
        let found = lines.filter(|(_, line)| UNSAFE.iter().any(|word| line.contains(word)));
        found.map(|(number, _)| format!("{}:{}", file.path, number + 1))
    });
    let remedy = "use a crate that wraps it, or put it into a small module that the rule knows";
    unsafe_ones.map(|place| Violation::new(RULE, place, "unsafe code", remedy)).collect()
}

/// Folders of one machine. Written in halves, so that this file is not a violation itself.
const PLACES_OF_ONE_MACHINE: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/")];

/// Settings that point package managers elsewhere than the public registries.
const REGISTRY_SETTINGS: [&str; 5] = [
    concat!("replace", "-with"),
    concat!("index", "-url"),
    concat!("sparse", "+http"),
    concat!("registry", " = "),
    concat!("registry", "=http"),
];

/// Where a lock file may say that a crate comes from.
const CRATES_IO: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

/// No text names a folder or a package registry of one machine.
pub fn check_portability(files: &[TextFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files {
        let is_lock = file.path.ends_with("Cargo.lock");
        for (number, line) in file.text.lines().enumerate() {
            let place = || format!("{}:{}", file.path, number + 1);
            if let Some(folder) = PLACES_OF_ONE_MACHINE.iter().find(|folder| names(line, folder)) {
                violations.push(Violation::new(
                    RULE,
                    place(),
                    format!("an absolute path under {folder}"),
                    "use a relative path, a temporary folder, or an argument",
                ));
            }
            let foreign_source = is_lock && line.starts_with("source = ") && line != CRATES_IO;
            if foreign_source || REGISTRY_SETTINGS.iter().any(|setting| line.contains(setting)) {
                violations.push(Violation::new(
                    RULE,
                    place(),
                    format!("a package registry of one machine: {line}"),
                    "keep it in your user's configuration, not in the repository",
                ));
            }
        }
    }
    violations
}

/// Whether a line holds an absolute path under `folder`, not a part of a longer path or address.
fn names(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before
            .is_none_or(|character| !character.is_alphanumeric() && !"._-/~}*".contains(character))
    })
}
