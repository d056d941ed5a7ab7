//! R8: crates from outside, per layer, from a closed list (normal dependencies).
//!
//! To add one: say in the commit what it is for, check its licence and health, and put it in the
//! narrowest list. Domains stay pure: no runtime, SQL, HTTP, Arrow, DataFusion, files.

use crate::{Crate, Kind, Layer, Place, Violation, Workspace};

/// Values, formats and numbers: pure code. `jsonschema` says whether documents satisfy a schema; without its
/// default features it neither reads files nor calls anybody.
const DOMAIN: &[&str] = &[
    "blake3",
    "bytes",
    "datasketches",
    "faer",
    "icu_properties",
    "jiff",
    "jsonschema",
    "ndarray",
    "postcard",
    "rand",
    "rand_chacha",
    "rayon",
    "realfft",
    "regex",
    "saphyr-parser",
    "schemars",
    "serde",
    "serde_json",
    "statrs",
    "thiserror",
    "uuid",
];

/// Use cases need words, errors and traces.
const APPLICATION: &[&str] = &["schemars", "serde", "serde_json", "thiserror", "tracing"];

/// Engines, clients, files. `ahash`, `getrandom`, `hyper`, `hyper-util`, `regex-automata`, `rustix`
/// and `tower` are named only to keep the engine's feature set the same in every build. `reqwest`,
/// `hmac`, `sha2` and `base64` call and sign webhooks.
const INFRASTRUCTURE: &[&str] = &[
    "ahash",
    "arrow",
    "async-trait",
    "base64",
    "blake3",
    "bytes",
    "calamine",
    "cap-std",
    "chardetng",
    "csv",
    "csv-core",
    "datafusion",
    "encoding_rs",
    "flate2",
    "futures",
    "getrandom",
    "glob",
    "hmac",
    "hyper",
    "hyper-util",
    "jiff",
    "lapin",
    "metrics",
    "object_store",
    "parquet",
    "postcard",
    "postgres",
    "rand",
    "rand_chacha",
    "regex-automata",
    "reqwest",
    "rusqlite",
    "rustix",
    "rustls",
    "rustls-native-certs",
    "serde",
    "serde_json",
    "sha2",
    "snap",
    "tempfile",
    "thiserror",
    "tokio",
    "tokio-postgres-rustls",
    "tower",
    "tracing",
    "url",
    "uuid",
    "zip",
    "zstd",
];

/// Command lines, tables on terminals, pages and their content policy, HTTP.
const PRESENTATION: &[&str] = &[
    "anstream",
    "askama",
    "axum",
    "base64",
    "clap",
    "comfy-table",
    "indicatif",
    "rust-embed",
    "schemars",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "tower-http",
    "tracing",
    "utoipa",
    "utoipa-axum",
];

/// Assembly: configuration, command line, router, logs, signals; no engine, no SQL.
const COMPOSITION_ROOT: &[&str] = &[
    "anstream",
    "askama",
    "axum",
    "clap",
    "clap_complete",
    "indicatif",
    "jiff",
    "metrics",
    "metrics-exporter-prometheus",
    "rand",
    "rayon",
    "schemars",
    "serde",
    "serde_json",
    "signal-hook",
    "tempfile",
    "thiserror",
    "tokio",
    "toml",
    "tower-http",
    "tracing",
    "tracing-subscriber",
    "url",
    "utoipa",
    "utoipa-axum",
    "uuid",
];

/// `main.rs` is a page long.
const BINARY: &[&str] = &["anyhow", "mimalloc"];

fn allowed_for(member: &Crate) -> Option<(&'static str, &'static [&'static str])> {
    match member.place() {
        Place::Room { layer: Layer::Domain, .. } => Some(("domain", DOMAIN)),
        Place::Room { layer: Layer::Application, .. } => Some(("application", APPLICATION)),
        Place::Room { layer: Layer::Infrastructure, .. } => {
            Some(("infrastructure", INFRASTRUCTURE))
        }
        Place::Room { layer: Layer::Presentation, .. } => Some(("presentation", PRESENTATION)),
        Place::CompositionRoot => Some(("composition root", COMPOSITION_ROOT)),
        Place::Binary => Some(("binary", BINARY)),
        Place::Misplaced | Place::Python | Place::TestKit | Place::Elsewhere => None,
    }
}

/// Judges every normal dependency on a crate that is not a member.
pub fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for member in &workspace.crates {
        let Some((list, allowed)) = allowed_for(member) else { continue };
        for dependency in &member.dependencies {
            let name = dependency.name.as_str();
            if dependency.kind != Kind::Normal
                || workspace.contains(name)
                || allowed.contains(&name)
            {
                continue;
            }
            violations.push(Violation::new(
                "R8",
                format!("{} → {name}", member.name),
                format!("{name} is not on the list of outside crates for {list} crates"),
                "use it in the layer it belongs to behind a port, or add it to the list in \
                 tests/architecture/src/rules/r08_outside_crates.rs with a reason",
            ));
        }
    }
    violations
}
