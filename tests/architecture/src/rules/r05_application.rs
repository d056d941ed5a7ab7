//! R5: `application` → its own `domain`, the kernel's `domain` and `application`; infrastructure
//! only through ports.

use super::{Arrows, check_arrows};
use crate::{Layer, Violation, Workspace};

const ARROWS: Arrows = Arrows {
    rule: "R5",
    layer: Layer::Application,
    own: &[Layer::Domain],
    kernel: &[Layer::Domain, Layer::Application],
    remedy: "a use case reaches the machine through a port: take an `Arc<dyn Port>` from the \
             container; src/app joins it with its implementation",
};

/// Judges every edge of every application crate.
pub fn check(workspace: &Workspace) -> Vec<Violation> {
    check_arrows(workspace, &ARROWS)
}
