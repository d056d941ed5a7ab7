//! The home folder and the configuration file: each may say where the other is.

use std::path::{Path, PathBuf};

use shared_kernel_domain::{Error, Result};

use super::keys;
use super::origin::Origin;
use super::reader::Reader;
use super::sources::Sources;

/// The file's name in a home.
const FILE_NAME: &str = "pynomaly.toml";

/// The home folder.
pub(super) struct FoundHome {
    /// The folder.
    pub(super) folder: PathBuf,
    /// Why it is this one.
    pub(super) reason: String,
}

/// Finds both. A file that was named may say where the home is; one in the home may not.
pub(super) fn find(reader: &mut Reader<'_>) -> Result<FoundHome> {
    let named = reader.sources.path(&keys::CONFIGURATION_FILE);
    if let Some((path, origin)) = &named {
        if !reader.sources.read_file(path)? {
            let path = path.display();
            return Err(Error::usage(format!("there is no configuration file {path}"))
                .at(origin.place())
                .hint("name one that is there, or none"));
        }
        reader.tell(&keys::CONFIGURATION_FILE, path.display().to_string(), origin);
    }
    let (folder, origin) = match reader.sources.path(&keys::HOME) {
        Some(said) => said,
        None => default_home(&reader.sources)?,
    };
    if named.is_none() {
        file_in_home(reader, &folder)?;
    }
    reader.tell(&keys::HOME, folder.display().to_string(), &origin);
    Ok(FoundHome { folder, reason: origin.to_string() })
}

fn file_in_home(reader: &mut Reader<'_>, folder: &Path) -> Result<()> {
    let path = folder.join(FILE_NAME);
    if !reader.sources.read_file(&path)? {
        reader.tell_default(&keys::CONFIGURATION_FILE, "none");
        return Ok(());
    }
    let found = Origin::Default("found in the home");
    reader.tell(&keys::CONFIGURATION_FILE, path.display().to_string(), &found);
    match reader.sources.stands_in_file(&keys::HOME) {
        None => Ok(()),
        Some(place) => Err(Error::usage("a file in the home cannot say where the home is")
            .at(place.to_string())
            .hint("name the file with --config or PYNOMALY_CONFIG, or remove this line")),
    }
}

fn default_home(sources: &Sources<'_>) -> Result<(PathBuf, Origin)> {
    let here = PathBuf::from(".pynomaly");
    if sources.surroundings.is_folder(&here) {
        return Ok((here, Origin::Default(".pynomaly in this folder")));
    }
    let data = sources.variable("XDG_DATA_HOME").map(PathBuf::from);
    let data = data.or_else(|| Some(PathBuf::from(sources.variable("HOME")?).join(".local/share")));
    match data {
        Some(data) => Ok((data.join("pynomaly"), Origin::Default("the user's data folder"))),
        None => Err(Error::usage("there is no folder to keep data in: HOME is not set")
            .hint("give one with --home DIR or PYNOMALY_HOME")),
    }
}
