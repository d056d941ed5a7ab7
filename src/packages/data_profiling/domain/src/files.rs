use shared_kernel_domain::{Error, Result};

use crate::portable::PortableProfile;
use crate::profile::Profile;

/// Profiles that were written to files, to be compared and merged without the data.
pub trait ProfileFiles: Send + Sync {
    /// The profile in a file; `None` when there is no such file, or it is something else. An error
    /// where it is a profile that cannot be read.
    fn read(&self, location: &str) -> Result<Option<ProfileFile>>;
}

/// A profile as it was written.
#[derive(Clone, Debug, PartialEq)]
pub enum ProfileFile {
    /// The document: figures only.
    Document(Box<Profile>),
    /// What can be merged.
    Portable(PortableProfile),
}

impl ProfileFile {
    /// How much of a file tells whether it is a profile.
    pub const HEAD: usize = 256;

    /// Whether what begins like this is a profile.
    pub fn is_one(head: &[u8]) -> bool {
        PortableProfile::is_one(head) || is_document(head)
    }

    /// Reads the bytes of a profile of either kind.
    pub fn from_bytes(bytes: &[u8]) -> Result<Option<Self>> {
        if let Some(portable) = PortableProfile::from_bytes(bytes)? {
            return Ok(Some(Self::Portable(portable)));
        }
        if !is_document(bytes.get(..Self::HEAD).unwrap_or(bytes)) {
            return Ok(None);
        }
        let profile: Profile = serde_json::from_slice(bytes).map_err(|cause| {
            Error::input(format!("the profile cannot be read: {cause}"))
                .hint("profile the table again")
                .caused_by(cause)
        })?;
        if profile.schema != Profile::SCHEMA {
            return Err(Error::input(format!(
                "the profile is a {}, this version reads {}",
                profile.schema,
                Profile::SCHEMA
            ))
            .hint("profile the table again with this version"));
        }
        Ok(Some(Self::Document(Box::new(profile))))
    }

    /// The profile.
    pub fn into_profile(self) -> Result<Profile> {
        match self {
            Self::Document(profile) => Ok(*profile),
            Self::Portable(portable) => portable.profile(),
        }
    }
}

/// A JSON object whose first field is a profile's schema.
fn is_document(head: &[u8]) -> bool {
    let text: String = String::from_utf8_lossy(head).split_whitespace().collect();
    text.starts_with(r#"{"schema":"pynomaly.profile/"#)
}
