//! R6: `infrastructure` → its own `domain`, the kernel's `domain` and `infrastructure`.

use super::{Arrows, check_arrows};
use crate::{Layer, Violation, Workspace};

const ARROWS: Arrows = Arrows {
    rule: "R6",
    layer: Layer::Infrastructure,
    own: &[Layer::Domain],
    kernel: &[Layer::Domain, Layer::Infrastructure],
    remedy: "infrastructure implements ports of its own domain and the kernel's: define the port \
             in the domain, so that neither use cases nor pages are known here",
};

/// Judges every edge of every infrastructure crate.
pub fn check(workspace: &Workspace) -> Vec<Violation> {
    check_arrows(workspace, &ARROWS)
}
