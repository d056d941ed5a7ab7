use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use data_profiling_domain::{ProfileFile, ProfileFiles};
use shared_kernel_domain::{Error, Result};

/// No profile is longer, whatever a file says that it is.
const LONGEST: u64 = 1 << 30;

/// Profiles in files of this machine.
#[derive(Debug, Default)]
pub struct LocalProfileFiles;

impl ProfileFiles for LocalProfileFiles {
    fn read(&self, location: &str) -> Result<Option<ProfileFile>> {
        let path = Path::new(location);
        if !path.is_file() {
            return Ok(None);
        }
        let cannot = |cause: std::io::Error| {
            Error::input(format!("{location} cannot be read: {cause}"))
                .at(location)
                .hint("check that it may be read")
                .caused_by(cause)
        };
        let mut file = match File::open(path) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(cannot)?,
        };
        let mut bytes = Vec::new();
        (&mut file).take(ProfileFile::HEAD as u64).read_to_end(&mut bytes).map_err(cannot)?;
        if !ProfileFile::is_one(&bytes) {
            return Ok(None);
        }
        file.take(LONGEST).read_to_end(&mut bytes).map_err(cannot)?;
        ProfileFile::from_bytes(&bytes).map_err(|error| error.at(location))
    }
}
