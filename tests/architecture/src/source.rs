use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::reading::out_of_line_test_modules;
use crate::{Place, Result, Workspace};

/// A parsed Rust file of a member.
pub struct SourceFile {
    /// The path from the repository's root, with `/`.
    pub path: String,
    /// What its crate is.
    pub place: Place,
    /// The module it holds, from the crate's root: `["cli", "list"]` for `src/cli/list.rs`.
    pub module: Vec<String>,
    /// Whether all of it is compiled for tests or benchmarks only.
    pub is_test: bool,
    /// What it says.
    pub syntax: syn::File,
}

impl SourceFile {
    /// Parses the text of a file of the crate in `folder`; for planted violations as well.
    pub fn parse(folder: &str, path: &str, text: &str) -> Result<Self> {
        let member = crate::Crate {
            name: String::new(),
            library: None,
            folder: folder.to_owned(),
            dependencies: Vec::new(),
        };
        let syntax = syn::parse_file(text)
            .map_err(|cause| format!("{path}:{}: {cause}", cause.span().start().line))?;
        let inside = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
        let source_folder = inside.strip_prefix("src/");
        let module = module_of(source_folder.unwrap_or(inside));
        // The library of a test crate is test code as a whole; a binary's main.rs is not.
        let place = member.place();
        let is_test = matches!(place, Place::TestKit | Place::Elsewhere)
            || inside.starts_with("tests/")
            || inside.starts_with("benches/")
            || module.last().is_some_and(|last| last == "tests");
        Ok(Self { path: path.to_owned(), place, module, is_test, syntax })
    }
}

fn module_of(inside: &str) -> Vec<String> {
    let mut module: Vec<String> =
        inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        module.pop();
    }
    module
}

/// All Rust files of the members, parsed; build scripts are left out.
pub fn rust_files(root: &Path, workspace: &Workspace) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for member in &workspace.crates {
        let mut of_crate = Vec::new();
        // The binary's crate lies above nothing else, but keeps its main.rs beside its manifest.
        for text in text_files(&root.join(&member.folder))? {
            if !text.is_rust() || text.path == "build.rs" {
                continue;
            }
            let path = format!("{}/{}", member.folder, text.path);
            of_crate.push(SourceFile::parse(&member.folder, &path, &text.text)?);
        }
        mark_test_modules(&mut of_crate);
        files.append(&mut of_crate);
    }
    Ok(files)
}

/// Marks files that another file declares by `#[cfg(test)] mod name;`.
fn mark_test_modules(files: &mut [SourceFile]) {
    let tests: Vec<Vec<String>> = files.iter().flat_map(out_of_line_test_modules).collect();
    for file in files {
        if tests.iter().any(|module| file.module.starts_with(module)) {
            file.is_test = true;
        }
    }
}

/// A text file of the repository.
#[derive(Clone, Debug)]
pub struct TextFile {
    /// The path from where the search began, with `/`.
    pub path: String,
    /// What it says.
    pub text: String,
}

impl TextFile {
    /// Whether it is Rust source.
    pub fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extension == "rs")
    }
}

/// Folders that hold nothing of ours.
const SKIPPED: [&str; 6] = [".git", ".pynomaly", "__pycache__", "node_modules", "out", "target"];

/// All text files under a folder, by path; files that are not UTF-8 are left out.
pub fn text_files(folder: &Path) -> Result<Vec<TextFile>> {
    let mut found = BTreeMap::new();
    walk(folder, "", &mut found)?;
    Ok(found.into_iter().map(|(path, text)| TextFile { path, text }).collect())
}

fn walk(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
            walk(&entry.path(), &format!("{path}/"), found)?;
        } else if kind.is_file()
            && let Ok(text) = String::from_utf8(fs::read(entry.path())?)
        {
            found.insert(path, text);
        }
    }
    Ok(())
}
