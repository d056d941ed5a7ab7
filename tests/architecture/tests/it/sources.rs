use architecture_tests::{Layer, Place, Reading, Workspace, rules, rust_files};

use crate::{assert_kept, root};

#[test]
fn the_sources_keep_r10_and_r11() {
    let root = root();
    let workspace = Workspace::read(&root).expect("the manifests");
    let files = rust_files(&root, &workspace).expect("the sources");
    assert_kept(&rules::check_sources(&files));
}

#[test]
fn the_sources_were_seen() {
    let root = root();
    let workspace = Workspace::read(&root).expect("the manifests");
    let files = rust_files(&root, &workspace).expect("the sources");
    let crates = workspace.crates.iter();
    let unseen = crates.filter(|it| files.iter().all(|file| !file.path.starts_with(&it.folder)));
    assert_eq!(unseen.count(), 0, "a crate without source files");
    // The kernel's infrastructure is the one place that reads the clock: the reader must see it.
    let mut kernel_infrastructure = files.iter().filter(|file| {
        file.place
            == Place::Room { package: "shared_kernel".to_owned(), layer: Layer::Infrastructure }
    });
    assert!(
        kernel_infrastructure.any(|file| {
            let mentions = Reading::of(file).mentions;
            mentions.iter().any(|it| it.path.ends_with(&["Timestamp".into(), "now".into()]))
        }),
        "nobody reads the clock: is the source read at all?"
    );
}
