//! Flags before the environment before the file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use shared_kernel_domain::{Error, Result};

use super::file::ConfigurationFile;
use super::keys::{self, Key};
use super::nearest::nearest;
use super::origin::{Origin, Position};
use super::surroundings::Surroundings;

/// What our variables begin with.
const PREFIX: &str = "PYNOMALY_";

/// What is no setting behind it: tests and fault tests read these, and those that begin so.
const NOT_SETTINGS: [&str; 2] = ["STOP_AT", "UPDATE"];
const TESTS: &str = "TEST_";

/// What was given on the command line, by the name of the setting.
pub(super) type Flags = BTreeMap<&'static str, OsString>;

/// Everything that can say what a setting is.
pub(super) struct Sources<'a> {
    /// The environment and the files.
    pub(super) surroundings: &'a dyn Surroundings,
    flags: Flags,
    file: Option<ConfigurationFile>,
}

impl<'a> Sources<'a> {
    /// Flags and environment; a file may follow.
    pub(super) fn new(flags: Flags, surroundings: &'a dyn Surroundings) -> Self {
        Self { surroundings, flags, file: None }
    }

    /// Reads a configuration file; whether there was one.
    pub(super) fn read_file(&mut self, path: &Path) -> Result<bool> {
        use std::io::ErrorKind::{NotADirectory, NotFound};
        let file = match self.surroundings.read(path) {
            Ok(file) => file,
            Err(cause) if matches!(cause.kind(), NotFound | NotADirectory) => return Ok(false),
            Err(cause) => {
                let what = format!("the configuration file cannot be read: {cause}");
                return Err(Error::usage(what).at(path.display().to_string()).caused_by(cause));
            }
        };
        self.file = Some(ConfigurationFile::parse(path, &file.text, file.open_to_others)?);
        Ok(true)
    }

    /// What the strongest source says. An empty variable, or an empty text in the file, says
    /// nothing.
    pub(super) fn text(&self, key: &Key) -> Result<Option<(String, Origin)>> {
        let Some((value, origin)) = self.given(key) else { return Ok(self.in_file(key)) };
        let text = value.into_string().map_err(|_| {
            Error::usage(format!("`{}` is not UTF-8 text", key.name)).at(origin.place())
        })?;
        Ok(Some((text, origin)))
    }

    /// The same for a path: one in the file begins at the file's folder.
    pub(super) fn path(&self, key: &Key) -> Option<(PathBuf, Origin)> {
        self.given(key).map(|(path, origin)| (PathBuf::from(path), origin)).or_else(|| {
            let (path, origin) = self.in_file(key)?;
            let folder = match &origin {
                Origin::File(position) => position.folder(),
                _ => Path::new(""),
            };
            Some((folder.join(path), origin))
        })
    }

    /// What the command line says, else the environment.
    fn given(&self, key: &Key) -> Option<(OsString, Origin)> {
        if let (Some(value), Some(flag)) = (self.flags.get(key.name), key.flag) {
            return Some((value.clone(), Origin::Flag(flag)));
        }
        let variable = key.variable?;
        Some((self.variable(variable)?, Origin::Variable(variable)))
    }

    /// An environment variable that is not empty.
    pub(super) fn variable(&self, name: &str) -> Option<OsString> {
        self.surroundings.variable(name).filter(|value| !value.is_empty())
    }

    fn in_file(&self, key: &Key) -> Option<(String, Origin)> {
        let (text, position) = self.file.as_ref()?.value(key)?;
        (!text.is_empty()).then(|| (text.clone(), Origin::File(position.clone())))
    }

    /// Where the file says something about a setting.
    pub(super) fn stands_in_file(&self, key: &Key) -> Option<&Position> {
        self.file.as_ref()?.value(key).map(|(_, position)| position)
    }

    /// The configuration file, if others than its owner may read it.
    pub(super) fn open_file(&self) -> Option<&Path> {
        self.file.as_ref().filter(|file| file.open_to_others).map(ConfigurationFile::path)
    }

    /// Variables that look like ours and are none.
    pub(super) fn unknown_variables(&self) -> Vec<String> {
        let known: Vec<&str> =
            keys::ALL.iter().filter_map(|key| key.variable?.strip_prefix(PREFIX)).collect();
        let mut unknown: Vec<String> = self
            .surroundings
            .variable_names()
            .iter()
            .map(|name| name.to_string_lossy())
            .filter_map(|name| name.strip_prefix(PREFIX).map(str::to_owned))
            .filter(|name| {
                !known.contains(&name.as_str()) && !NOT_SETTINGS.contains(&name.as_str())
            })
            .filter(|name| !name.starts_with(TESTS))
            .map(|name| match nearest(&name, known.iter().copied()) {
                Some(near) => format!(
                    "{PREFIX}{name} is set, but is no setting; did you mean {PREFIX}{near}?"
                ),
                None => format!("{PREFIX}{name} is set, but is no setting"),
            })
            .collect();
        unknown.sort_unstable();
        unknown
    }
}
