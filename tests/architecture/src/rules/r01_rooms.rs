//! R1: every crate under `src/packages/P/L` is package P and layer L of the lists; no others.

use crate::{CONTEXTS, KERNEL, LAYERS, Place, Violation, Workspace};

/// Each known package has its four crates, named after their folder, and nothing else lies there.
pub fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut packages = vec![KERNEL];
    packages.extend(CONTEXTS);
    for package in packages {
        for layer in LAYERS {
            let folder = format!("src/packages/{package}/{layer}");
            if workspace.crates.iter().all(|member| member.folder != folder) {
                violations.push(Violation::new(
                    "R1",
                    folder,
                    "no crate of the workspace lies here",
                    "add the crate and name it among the members in Cargo.toml",
                ));
            }
        }
    }
    for folder in &workspace.package_folders {
        if workspace.crates.iter().all(|member| member.folder != *folder) {
            violations.push(Violation::new(
                "R1",
                folder,
                "a folder under src/packages that is no crate of the workspace",
                "make it a layer of a known package, or move it elsewhere",
            ));
        }
    }
    for member in &workspace.crates {
        match member.place() {
            Place::Misplaced => violations.push(Violation::new(
                "R1",
                &member.folder,
                format!("{} is not a known layer of a known package", member.name),
                "packages are the kernel and the four contexts, layers are domain, application, \
                 infrastructure and presentation; move it, or change the design first",
            )),
            Place::Room { package, layer } => {
                let name = format!("pynomaly-{}-{layer}", package.replace('_', "-"));
                let library = format!("{package}_{layer}");
                if member.name != name || member.library.as_deref() != Some(library.as_str()) {
                    violations.push(Violation::new(
                        "R1",
                        &member.folder,
                        format!(
                            "the crate is called {} with library {}",
                            member.name,
                            member.library.as_deref().unwrap_or("(none)")
                        ),
                        format!("call it {name} with library {library}"),
                    ));
                }
            }
            _ => {}
        }
    }
    violations
}
