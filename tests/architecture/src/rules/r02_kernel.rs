//! R2: the shared kernel depends on no other package.

use crate::{KERNEL, Violation, Workspace};

/// No edge leads from a kernel crate into another package.
pub fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for edge in workspace.edges() {
        let (Some((from, _)), Some((to, _))) = (edge.from.room(), edge.to.room()) else { continue };
        if from == KERNEL && to != KERNEL {
            violations.push(Violation::new(
                "R2",
                edge.to_string(),
                format!("the shared kernel knows {to}"),
                "define a port in the kernel's domain, implement it in the context, and join both \
                 in src/app",
            ));
        }
    }
    violations
}
