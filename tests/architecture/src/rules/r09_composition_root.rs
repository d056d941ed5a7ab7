//! R9: only `src/app` knows all contexts.
//!
//! Contexts and the kernel are judged by R2 and R3; here every other crate is: it knows at most
//! one context, and the composition root knows each of them.

use crate::{CONTEXTS, Crate, KERNEL, Place, Violation, Workspace};

/// Judges the crates outside `src/packages`.
pub fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for member in &workspace.crates {
        let known = contexts_known(workspace, member);
        match member.place() {
            Place::Room { .. } | Place::Misplaced => {}
            Place::CompositionRoot => {
                for context in CONTEXTS.iter().filter(|context| !known.contains(*context)) {
                    violations.push(Violation::new(
                        "R9",
                        &member.name,
                        format!("the composition root does not know {context}"),
                        "depend on the context's crates and join its ports",
                    ));
                }
            }
            _ if known.len() > 1 => violations.push(Violation::new(
                "R9",
                &member.name,
                format!("{} knows {}", member.folder, known.join(" and ")),
                "only src/app knows more than one context: depend on pynomaly-app, or run the \
                 binary",
            )),
            _ => {}
        }
    }
    violations
}

fn contexts_known<'a>(workspace: &Workspace, member: &Crate) -> Vec<&'a str> {
    let reached: Vec<String> = workspace
        .edges()
        .filter(|edge| edge.from.name == member.name)
        .filter_map(|edge| edge.to.room())
        .map(|(package, _)| package)
        .filter(|package| package != KERNEL)
        .collect();
    CONTEXTS
        .into_iter()
        .filter(|context| reached.iter().any(|package| package == context))
        .collect()
}
