//! R12, ports: every port has a fake and a conformance suite.
//!
//! A port is a `pub trait` of a domain crate, unless a domain crate itself implements it (then it
//! is computation, such as a detector) or it is among [`NOT_PORTS`]. Fakes and suites are found by
//! name in test code (the test kit, `tests/` folders, `#[cfg(test)]`):
//! - a fake is an `impl Port for …`;
//! - a conformance suite is a function `<port in snake case>_conformance` that takes the port, so
//!   that every adapter and the fake run the same one.
//!
//! A port with neither is a violation. A port with one of the two must be in the list of what is
//! owed, which the tests keep; a line there that is no longer true is a violation too.

use std::collections::BTreeSet;

use crate::reading::Declarations;
use crate::{Layer, Place, SourceFile, Violation};

/// Traits of domain crates that are no ports though no domain crate implements them in the open.
pub const NOT_PORTS: &[(&str, &str)] = &[
    ("EventPayload", "a marker of the published contracts, judged by their golden files"),
    ("EventHandler", "what application crates implement; the bus calls it"),
    ("Summary", "pure computation that a scan carries"),
    ("RowFunction", "pure computation that a scan carries"),
];

/// A port and what stands up for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The trait.
    pub name: String,
    /// `file:line` of the trait.
    pub place: String,
    /// `file:line` of its first fake.
    pub fake: Option<String>,
    /// `file:line` of its conformance suite.
    pub suite: Option<String>,
}

impl Port {
    fn owed(&self) -> Option<String> {
        match (&self.fake, &self.suite) {
            (None, Some(_)) => Some(format!("{}: fake", self.name)),
            (Some(_), None) => Some(format!("{}: conformance suite", self.name)),
            _ => None,
        }
    }
}

/// The ports there are, by name.
pub fn ports(files: &[SourceFile]) -> Vec<Port> {
    let read: Vec<(&SourceFile, Declarations)> =
        files.iter().map(|file| (file, Declarations::of(file))).collect();
    let mut ports = Vec::new();
    for (file, declarations) in &read {
        if !is_domain(file) {
            continue;
        }
        for declared in declarations.traits.iter().filter(|declared| !declared.in_test) {
            let listed = NOT_PORTS.iter().any(|(name, _)| *name == declared.name);
            if listed || is_computation(&read, &declared.name) {
                continue;
            }
            ports.push(Port {
                name: declared.name.clone(),
                place: format!("{}:{}", file.path, declared.line),
                fake: find_fake(&read, &declared.name),
                suite: find_suite(&read, &declared.name),
            });
        }
    }
    ports.sort_by(|left, right| left.name.cmp(&right.name));
    ports
}

fn is_domain(file: &SourceFile) -> bool {
    matches!(file.place, Place::Room { layer: Layer::Domain, .. })
}

fn is_computation(read: &[(&SourceFile, Declarations)], name: &str) -> bool {
    read.iter().filter(|(file, _)| is_domain(file)).any(|(_, declarations)| {
        declarations.implementations.iter().any(|it| !it.in_test && it.name == name)
    })
}

fn find_fake(read: &[(&SourceFile, Declarations)], port: &str) -> Option<String> {
    read.iter().find_map(|(file, declarations)| {
        let fake = declarations.implementations.iter().find(|it| it.in_test && it.name == port)?;
        Some(format!("{}:{}", file.path, fake.line))
    })
}

fn find_suite(read: &[(&SourceFile, Declarations)], port: &str) -> Option<String> {
    let name = format!("{}_conformance", snake_case(port));
    read.iter().find_map(|(file, declarations)| {
        let suite = declarations.functions.iter().find(|it| {
            it.in_test && it.name == name && it.mentions.iter().any(|word| word == port)
        })?;
        Some(format!("{}:{}", file.path, suite.line))
    })
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (position, character) in name.chars().enumerate() {
        if character.is_uppercase() && position > 0 {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}

/// Judges the ports of the given files against the list of what is owed.
pub fn check(files: &[SourceFile], owed: &[&str]) -> Vec<Violation> {
    let ports = ports(files);
    let mut violations = Vec::new();
    for port in &ports {
        if port.fake.is_none() && port.suite.is_none() {
            violations.push(Violation::new(
                "R12",
                &port.place,
                format!("port {} has neither a fake nor a conformance suite", port.name),
                format!(
                    "write `impl {} for Fake…` and `fn {}_conformance(port: &dyn {})` in the test \
                     kit or in tests",
                    port.name,
                    snake_case(&port.name),
                    port.name
                ),
            ));
        }
        if let Some(missing) = port.owed()
            && !owed.contains(&missing.as_str())
        {
            violations.push(Violation::new(
                "R12",
                &port.place,
                format!("a port without its {missing:?}"),
                "write it, or add this line to what is owed in tests/architecture/tests/it/promises.rs",
            ));
        }
    }
    let true_debts: BTreeSet<String> = ports.iter().filter_map(Port::owed).collect();
    for line in owed.iter().filter(|line| !true_debts.contains(**line)) {
        violations.push(Violation::new(
            "R12",
            "tests/architecture/tests/it/promises.rs",
            format!("{line:?} is not owed any more"),
            "remove the line",
        ));
    }
    violations
}
