//! A healthy workspace, and one fault at a time planted into it.

use architecture_tests::{
    CONTEXTS, Crate, Dependency, KERNEL, Kind, LAYERS, Layer, Violation, Workspace, rules,
};

use crate::{assert_caught, assert_kept};

fn name_of(package: &str, layer: Layer) -> String {
    format!("pynomaly-{}-{layer}", package.replace('_', "-"))
}

fn normal(names: &[String]) -> Vec<Dependency> {
    names.iter().map(|name| Dependency { name: name.clone(), kind: Kind::Normal }).collect()
}

fn room(package: &str, layer: Layer) -> Crate {
    let own = |layers: &[Layer]| layers.iter().map(|&layer| name_of(package, layer)).collect();
    let mut names: Vec<String> = match layer {
        Layer::Domain => Vec::new(),
        Layer::Application | Layer::Infrastructure => own(&[Layer::Domain]),
        Layer::Presentation => own(&[Layer::Domain, Layer::Application]),
    };
    if package != KERNEL {
        names.push(name_of(KERNEL, Layer::Domain));
        if layer != Layer::Domain {
            names.push(name_of(KERNEL, layer));
        }
    }
    names.push("serde".to_owned());
    Crate {
        name: name_of(package, layer),
        library: Some(format!("{package}_{layer}")),
        folder: format!("src/packages/{package}/{layer}"),
        dependencies: normal(&names),
    }
}

fn outside(name: &str, folder: &str, dependencies: &[String]) -> Crate {
    Crate {
        name: name.to_owned(),
        library: Some(name.replace('-', "_")),
        folder: folder.to_owned(),
        dependencies: normal(dependencies),
    }
}

fn healthy() -> Workspace {
    let mut crates = Vec::new();
    for package in [KERNEL].into_iter().chain(CONTEXTS) {
        crates.extend(LAYERS.map(|layer| room(package, layer)));
    }
    let package_folders = crates.iter().map(|member| member.folder.clone()).collect();
    let rooms: Vec<String> = crates.iter().map(|member| member.name.clone()).collect();
    crates.push(outside("pynomaly-app", "src/app", &rooms));
    crates.push(outside("pynomaly", "src/bin/pynomaly", &["pynomaly-app".to_owned()]));
    crates.push(outside("pynomaly-testkit", "tests/testkit", &rooms[..1]));
    Workspace { crates, package_folders }
}

/// The violations of a healthy workspace in which `from` depends on `to` as well.
fn plant(from: &str, to: &str, kind: Kind) -> Vec<Violation> {
    let mut workspace = healthy();
    let member = workspace.crates.iter_mut().find(|member| member.name == from).expect("a crate");
    member.dependencies.push(Dependency { name: to.to_owned(), kind });
    rules::check_manifests(&workspace)
}

#[test]
fn a_healthy_workspace_breaks_nothing() {
    assert_kept(&rules::check_manifests(&healthy()));
}

#[test]
fn r1_a_package_that_is_not_on_the_list() {
    let mut workspace = healthy();
    workspace.crates.push(outside("pynomaly-common-domain", "src/packages/common/domain", &[]));
    workspace.package_folders.push("src/packages/common/domain".to_owned());
    assert_caught(&rules::check_manifests(&workspace), "R1", "src/packages/common/domain");
}

#[test]
fn r1_a_layer_that_is_not_on_the_list() {
    let mut workspace = healthy();
    workspace.crates.push(outside("pynomaly-mlops-utils", "src/packages/mlops/utils", &[]));
    assert_caught(&rules::check_manifests(&workspace), "R1", "src/packages/mlops/utils");
}

#[test]
fn r1_a_crate_with_another_rooms_name() {
    let mut workspace = healthy();
    workspace.crates[0].library = Some("kernel".to_owned());
    assert_caught(&rules::check_manifests(&workspace), "R1", "src/packages/shared_kernel/domain");
}

#[test]
fn r1_a_layer_that_is_missing() {
    let mut workspace = healthy();
    workspace.crates.retain(|member| member.folder != "src/packages/mlops/presentation");
    workspace.package_folders.retain(|folder| folder != "src/packages/mlops/presentation");
    for member in &mut workspace.crates {
        member.dependencies.retain(|it| it.name != "pynomaly-mlops-presentation");
    }
    assert_caught(&rules::check_manifests(&workspace), "R1", "src/packages/mlops/presentation");
}

#[test]
fn r1_a_folder_that_is_no_member() {
    let mut workspace = healthy();
    workspace.package_folders.push("src/packages/mlops/old".to_owned());
    assert_caught(&rules::check_manifests(&workspace), "R1", "src/packages/mlops/old");
}

#[test]
fn r2_the_kernel_knows_a_context() {
    let (from, to) = ("pynomaly-shared-kernel-application", "pynomaly-data-science-domain");
    assert_caught(&plant(from, to, Kind::Normal), "R2", &format!("{from} → {to}"));
}

#[test]
fn r3_a_context_knows_another() {
    let (from, to) = ("pynomaly-mlops-application", "pynomaly-data-science-domain");
    assert_caught(&plant(from, to, Kind::Normal), "R3", &format!("{from} → {to}"));
    assert_caught(&plant(from, to, Kind::Development), "R3", &format!("{from} → {to} (tests)"));
}

#[test]
fn r4_a_domain_knows_more_than_the_kernels_domain() {
    let from = "pynomaly-mlops-domain";
    for to in [
        "pynomaly-mlops-application",
        "pynomaly-mlops-infrastructure",
        "pynomaly-shared-kernel-application",
        "pynomaly-shared-kernel-infrastructure",
        "pynomaly-app",
        "pynomaly-testkit",
    ] {
        assert_caught(&plant(from, to, Kind::Normal), "R4", &format!("{from} → {to}"));
    }
}

#[test]
fn r5_an_application_knows_infrastructure() {
    let from = "pynomaly-mlops-application";
    for to in ["pynomaly-mlops-infrastructure", "pynomaly-shared-kernel-infrastructure"] {
        assert_caught(&plant(from, to, Kind::Normal), "R5", &format!("{from} → {to}"));
        assert_caught(&plant(from, to, Kind::Development), "R5", &format!("{from} → {to} (tests)"));
    }
}

#[test]
fn r6_an_infrastructure_knows_an_application() {
    let from = "pynomaly-mlops-infrastructure";
    for to in ["pynomaly-mlops-application", "pynomaly-shared-kernel-application"] {
        assert_caught(&plant(from, to, Kind::Normal), "R6", &format!("{from} → {to}"));
    }
}

#[test]
fn r7_a_presentation_knows_its_infrastructure() {
    let (from, to) = ("pynomaly-mlops-presentation", "pynomaly-mlops-infrastructure");
    assert_caught(&plant(from, to, Kind::Normal), "R7", &format!("{from} → {to}"));
}

#[test]
fn r7_another_than_the_composition_root_knows_a_face() {
    let to = "pynomaly-mlops-presentation";
    for from in ["pynomaly", "pynomaly-testkit"] {
        assert_caught(&plant(from, to, Kind::Normal), "R7", &format!("{from} → {to}"));
    }
}

#[test]
fn r8_an_outside_crate_in_the_wrong_layer() {
    for (from, to) in [
        ("pynomaly-mlops-domain", "tokio"),
        ("pynomaly-mlops-domain", "arrow"),
        ("pynomaly-mlops-application", "rusqlite"),
        ("pynomaly-mlops-infrastructure", "clap"),
        ("pynomaly-mlops-presentation", "datafusion"),
        ("pynomaly-app", "rusqlite"),
        ("pynomaly", "serde"),
    ] {
        assert_caught(&plant(from, to, Kind::Normal), "R8", &format!("{from} → {to}"));
        assert_kept(&plant(from, to, Kind::Development));
    }
}

#[test]
fn r9_another_than_the_composition_root_knows_two_contexts() {
    let mut workspace = healthy();
    let known = ["data_science", "mlops"].map(|context| name_of(context, Layer::Domain));
    workspace.crates.push(outside("pynomaly-bench", "bench", &known));
    assert_caught(&rules::check_manifests(&workspace), "R9", "pynomaly-bench");
}

#[test]
fn r9_the_composition_root_forgets_a_context() {
    let mut workspace = healthy();
    let app = workspace.crates.iter_mut().find(|member| member.name == "pynomaly-app");
    app.expect("the root").dependencies.retain(|it| !it.name.starts_with("pynomaly-mlops"));
    assert_caught(&rules::check_manifests(&workspace), "R9", "pynomaly-app");
}

#[test]
fn tests_of_any_crate_may_use_the_test_kit() {
    for from in ["pynomaly-mlops-domain", "pynomaly-mlops-application", "pynomaly-app"] {
        assert_kept(&plant(from, "pynomaly-testkit", Kind::Development));
    }
}
