use std::fmt;
use std::fs;
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand, TargetKind};

use crate::Result;

/// The package that knows no other.
pub const KERNEL: &str = "shared_kernel";

/// The bounded contexts.
pub const CONTEXTS: [&str; 4] = ["data_science", "data_quality", "data_profiling", "mlops"];

/// The layers of a package.
pub const LAYERS: [Layer; 4] =
    [Layer::Domain, Layer::Application, Layer::Infrastructure, Layer::Presentation];

/// A layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Types, arithmetic, ports.
    Domain,
    /// Use cases and event handlers.
    Application,
    /// What implements ports with the machine.
    Infrastructure,
    /// CLI, API, pages.
    Presentation,
}

impl Layer {
    /// The folder's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Application => "application",
            Self::Infrastructure => "infrastructure",
            Self::Presentation => "presentation",
        }
    }

    fn named(name: &str) -> Option<Self> {
        LAYERS.into_iter().find(|layer| layer.name() == name)
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a crate is, by the folder it lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// One layer of one package.
    Room {
        /// The package: the kernel or a context.
        package: String,
        /// The layer.
        layer: Layer,
    },
    /// Under `src/packages`, but no layer of a known package.
    Misplaced,
    /// `src/app`.
    CompositionRoot,
    /// `src/bin/…`.
    Binary,
    /// `python`.
    Python,
    /// `tests/testkit`.
    TestKit,
    /// Tests, benchmarks.
    Elsewhere,
}

impl Place {
    fn of(folder: &str) -> Self {
        if let Some(rest) = folder.strip_prefix("src/packages/") {
            let Some((package, layer)) = rest.split_once('/') else { return Self::Misplaced };
            let known = package == KERNEL || CONTEXTS.contains(&package);
            return match Layer::named(layer) {
                Some(layer) if known => Self::Room { package: package.to_owned(), layer },
                _ => Self::Misplaced,
            };
        }
        match folder {
            "src/app" => Self::CompositionRoot,
            "python" => Self::Python,
            "tests/testkit" => Self::TestKit,
            _ if folder.starts_with("src/bin/") => Self::Binary,
            _ => Self::Elsewhere,
        }
    }
}

/// Which builds a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The crate itself, or its build script.
    Normal,
    /// Tests and benchmarks only.
    Development,
}

/// A dependency as a manifest names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The package name.
    pub name: String,
    /// Which builds it is for.
    pub kind: Kind,
}

/// A member of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crate {
    /// The package name.
    pub name: String,
    /// The library's name, if it has one.
    pub library: Option<String>,
    /// The folder, from the workspace's root, with `/`.
    pub folder: String,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
}

impl Crate {
    /// What the crate is.
    pub fn place(&self) -> Place {
        Place::of(&self.folder)
    }

    /// The package and layer, if the crate is a room.
    pub fn room(&self) -> Option<(String, Layer)> {
        match self.place() {
            Place::Room { package, layer } => Some((package, layer)),
            _ => None,
        }
    }
}

/// A dependency between two members.
#[derive(Clone, Copy, Debug)]
pub struct Edge<'a> {
    /// Who depends.
    pub from: &'a Crate,
    /// On whom.
    pub to: &'a Crate,
    /// For which builds.
    pub kind: Kind,
}

impl Edge<'_> {
    /// Whether it only brings the test kit into tests, which every crate may do.
    pub fn is_testkit_in_tests(&self) -> bool {
        self.to.place() == Place::TestKit && self.kind == Kind::Development
    }
}

impl fmt::Display for Edge<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} → {}", self.from.name, self.to.name)?;
        if self.kind == Kind::Development {
            formatter.write_str(" (tests)")?;
        }
        Ok(())
    }
}

/// The crates there are.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// All members.
    pub crates: Vec<Crate>,
    /// Every folder two levels under `src/packages`, whether a member or not.
    pub package_folders: Vec<String>,
}

impl Workspace {
    /// Reads the manifests of the workspace at `root`; needs no network.
    pub fn read(root: &Path) -> Result<Self> {
        let metadata = MetadataCommand::new()
            .manifest_path(root.join("Cargo.toml"))
            .no_deps()
            .other_options(["--offline".to_owned()])
            .exec()?;
        let mut crates = Vec::new();
        for package in &metadata.packages {
            let folder = package
                .manifest_path
                .parent()
                .and_then(|folder| folder.strip_prefix(&metadata.workspace_root).ok())
                .ok_or_else(|| format!("{} lies outside the workspace", package.name))?;
            let library = package
                .targets
                .iter()
                .find(|target| target.kind.contains(&TargetKind::Lib))
                .map(|target| target.name.clone());
            let dependencies = package
                .dependencies
                .iter()
                .map(|dependency| Dependency {
                    name: dependency.name.clone(),
                    kind: match dependency.kind {
                        DependencyKind::Development => Kind::Development,
                        _ => Kind::Normal,
                    },
                })
                .collect();
            crates.push(Crate {
                name: package.name.to_string(),
                library,
                folder: folder.as_str().replace('\\', "/"),
                dependencies,
            });
        }
        crates.sort_by(|left, right| left.folder.cmp(&right.folder));
        Ok(Self { crates, package_folders: package_folders(root)? })
    }

    /// The dependencies between members.
    pub fn edges(&self) -> impl Iterator<Item = Edge<'_>> {
        self.crates.iter().flat_map(move |from| {
            from.dependencies.iter().filter_map(move |dependency| {
                let to = self.crates.iter().find(|to| to.name == dependency.name)?;
                Some(Edge { from, to, kind: dependency.kind })
            })
        })
    }

    /// Whether a package name is a member's.
    pub fn contains(&self, name: &str) -> bool {
        self.crates.iter().any(|member| member.name == name)
    }
}

fn package_folders(root: &Path) -> Result<Vec<String>> {
    let mut folders = Vec::new();
    for package in subfolders(&root.join("src/packages"))? {
        for layer in subfolders(&root.join("src/packages").join(&package))? {
            folders.push(format!("src/packages/{package}/{layer}"));
        }
    }
    folders.sort();
    Ok(folders)
}

fn subfolders(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}
