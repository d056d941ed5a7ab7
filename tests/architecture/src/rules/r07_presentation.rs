//! R7: `presentation` → its own `application` and `domain`, the kernel's `domain`, `application`
//! and `presentation`; nothing but `src/app` (and `python`) depends on a presentation crate.
//!
//! The design forbids the own infrastructure "for logic"; nothing needs it otherwise, so the edge
//! itself is forbidden, and so is the kernel's infrastructure.

use super::{Arrows, check_arrows};
use crate::{KERNEL, Layer, Place, Violation, Workspace};

const ARROWS: Arrows = Arrows {
    rule: "R7",
    layer: Layer::Presentation,
    own: &[Layer::Domain, Layer::Application],
    kernel: &[Layer::Domain, Layer::Application, Layer::Presentation],
    remedy: "a handler parses, calls a use case and renders: let the use case do it",
};

/// Judges every edge of every presentation crate, and every edge to one.
pub fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = check_arrows(workspace, &ARROWS);
    for edge in workspace.edges() {
        let Some((package, Layer::Presentation)) = edge.to.room() else { continue };
        let allowed = match edge.from.place() {
            // Edges from rooms are judged by the arrows of their layer: the kernel's kits are for
            // presentation crates, a context's faces for nobody.
            Place::CompositionRoot | Place::Python | Place::Room { .. } => true,
            _ => false,
        };
        if !allowed {
            let whose = if package == KERNEL { "the kernel's kits" } else { "a context's faces" };
            violations.push(Violation::new(
                "R7",
                edge.to_string(),
                format!("{} knows {whose}", edge.from.folder),
                "only src/app assembles faces: go through src/app, or run the binary",
            ));
        }
    }
    violations
}
