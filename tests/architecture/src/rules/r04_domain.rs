//! R4: `domain` → the kernel's `domain` only.

use super::{Arrows, check_arrows};
use crate::{Layer, Violation, Workspace};

const ARROWS: Arrows = Arrows {
    rule: "R4",
    layer: Layer::Domain,
    own: &[],
    kernel: &[Layer::Domain],
    remedy: "a domain knows only the kernel's domain: define a port (trait) here and implement it \
             in infrastructure, or move the code outwards",
};

/// Judges every edge of every domain crate.
pub fn check(workspace: &Workspace) -> Vec<Violation> {
    check_arrows(workspace, &ARROWS)
}
