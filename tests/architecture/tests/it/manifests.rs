use architecture_tests::{Kind, Place, Workspace, rules};

use crate::{assert_kept, root};

/// What the rules must have seen. Update these three with the manifests; they are here so that a
/// reader of manifests that sees nothing can't report that all is well.
const CRATES: usize = 25;
const ROOMS: usize = 20;
const NORMAL_EDGES: usize = 74;

#[test]
fn the_manifests_keep_r1_to_r9() {
    let workspace = Workspace::read(&root()).expect("the manifests");
    assert_kept(&rules::check_manifests(&workspace));
}

#[test]
fn every_crate_and_edge_was_seen() {
    let workspace = Workspace::read(&root()).expect("the manifests");
    let rooms = workspace.crates.iter().filter(|it| matches!(it.place(), Place::Room { .. }));
    let edges = workspace.edges().filter(|edge| edge.kind == Kind::Normal);
    assert_eq!(
        (workspace.crates.len(), rooms.count(), edges.count()),
        (CRATES, ROOMS, NORMAL_EDGES),
        "crates, rooms and normal internal edges: update tests/architecture/tests/it/manifests.rs"
    );
}
