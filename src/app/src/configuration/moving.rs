//! Where a store is to be moved: named on the command line, but for its password.

use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::service_url::ServiceUrl;
use shared_kernel_infrastructure::store::Location;
use shared_kernel_presentation::cli::GlobalArgs;

use super::reader::Reader;
use super::serve::ServeFlags;
use super::sources::Sources;
use super::surroundings::{Machine, Surroundings};
use super::{flags, home, keys};

/// The URL with the password that the environment or a file has for the store. One on the command
/// line is refused: everybody on this machine can read it there.
pub(crate) fn move_target(arguments: &GlobalArgs, to: &str) -> Result<ServiceUrl> {
    resolve(arguments, to, &Machine)
}

pub(super) fn resolve(
    arguments: &GlobalArgs,
    to: &str,
    surroundings: &dyn Surroundings,
) -> Result<ServiceUrl> {
    let url = ServiceUrl::parse(to, &Location::SCHEMES, "the URL of the new store")
        .map_err(|error| error.at("--to"))?;
    if url.has_password() {
        return Err(Error::usage("a password on the command line can be read by others")
            .at("--to")
            .hint("leave it out of the URL, and set PYNOMALY_STORE_PASSWORD"));
    }
    let sources = Sources::new(flags(arguments, &ServeFlags::default()), surroundings);
    let mut reader = Reader::new(sources);
    // The file may name a file with the password.
    home::find(&mut reader)?;
    let password = reader.password(&keys::STORE_PASSWORD, &keys::STORE_PASSWORD_FILE)?;
    Ok(match password {
        Some(password) => url.with_password(password.text()),
        None => url,
    })
}
