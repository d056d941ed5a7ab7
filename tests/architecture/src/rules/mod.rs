//! One rule per file, named by its number in the design; `repository` holds the rules that are
//! about files rather than dependencies.

pub mod r01_rooms;
pub mod r02_kernel;
pub mod r03_contexts;
pub mod r04_domain;
pub mod r05_application;
pub mod r06_infrastructure;
pub mod r07_presentation;
pub mod r08_outside_crates;
pub mod r09_composition_root;
pub mod r10_handlers;
pub mod r11_ambient;
pub mod r12_events;
pub mod r12_ports;
pub mod repository;

use crate::{Edge, KERNEL, Layer, Mention, Place, SourceFile, Violation, Workspace};

/// All rules about manifests: R1 to R9.
pub fn check_manifests(workspace: &Workspace) -> Vec<Violation> {
    let rules: [fn(&Workspace) -> Vec<Violation>; 9] = [
        r01_rooms::check,
        r02_kernel::check,
        r03_contexts::check,
        r04_domain::check,
        r05_application::check,
        r06_infrastructure::check,
        r07_presentation::check,
        r08_outside_crates::check,
        r09_composition_root::check,
    ];
    rules.iter().flat_map(|rule| rule(workspace)).collect()
}

/// All rules about what source files say: R10 and R11.
pub fn check_sources(files: &[SourceFile]) -> Vec<Violation> {
    files
        .iter()
        .flat_map(|file| [r10_handlers::check(file), r11_ambient::check(file)])
        .flatten()
        .collect()
}

/// The arrows a layer may have, to its own package's layers and the kernel's.
struct Arrows {
    rule: &'static str,
    layer: Layer,
    own: &'static [Layer],
    kernel: &'static [Layer],
    remedy: &'static str,
}

/// Judges the edges of one layer. Edges to another context are R3's, the kernel's edges to other
/// packages R2's; so one fault is reported once.
fn check_arrows(workspace: &Workspace, arrows: &Arrows) -> Vec<Violation> {
    let mut violations = Vec::new();
    for edge in workspace.edges() {
        let Some((package, layer)) = edge.from.room() else { continue };
        if layer != arrows.layer
            || edge.is_testkit_in_tests()
            || is_allowed(&edge, &package, arrows)
        {
            continue;
        }
        let found = format!("a {layer} crate depends on {}", describe(&edge));
        violations.push(Violation::new(arrows.rule, edge.to_string(), found, arrows.remedy));
    }
    violations
}

fn is_allowed(edge: &Edge<'_>, own_package: &str, arrows: &Arrows) -> bool {
    let Some((package, layer)) = edge.to.room() else { return false };
    if package == own_package {
        return arrows.own.contains(&layer);
    }
    package != KERNEL || arrows.kernel.contains(&layer)
}

fn describe(edge: &Edge<'_>) -> String {
    match edge.to.place() {
        Place::Room { package, layer } => format!("the {layer} of {package}"),
        _ => format!("{}, which is outside src/packages", edge.to.folder),
    }
}

/// `file:line` of a mention.
fn place_of(file: &SourceFile, line: usize) -> String {
    format!("{}:{line}", file.path)
}

/// The mentioned path as it would be written.
fn written(mention: &Mention) -> String {
    mention.path.join("::")
}
