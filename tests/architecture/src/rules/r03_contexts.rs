//! R3: no package depends on another context's package, at any layer.

use crate::{KERNEL, Violation, Workspace};

/// No edge leads from one context into another.
pub fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for edge in workspace.edges() {
        let (Some((from, _)), Some((to, _))) = (edge.from.room(), edge.to.room()) else { continue };
        if from != KERNEL && to != KERNEL && from != to {
            violations.push(Violation::new(
                "R3",
                edge.to_string(),
                format!("context {from} knows context {to}"),
                "let the other context publish an event, or offer a port in the kernel's domain; \
                 what both need moves to the kernel's domain",
            ));
        }
    }
    violations
}
