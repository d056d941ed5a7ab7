use shared_kernel_domain::ErrorKind;

use crate::{PortableProfile, ProfileFile, ProfileFiles};

/// What every reader of profile files must do; panics where one does not. `write` puts bytes into
/// a file and says where it is.
pub fn profile_files_conformance(
    files: &dyn ProfileFiles,
    portable: &PortableProfile,
    write: &dyn Fn(&str, &[u8]) -> String,
) {
    let profile = portable.profile();
    assert!(profile.is_ok(), "the example is a profile: {profile:?}");
    let document = profile.as_ref().ok().and_then(|it| serde_json::to_vec_pretty(it).ok());
    let (document, bytes) = (document.unwrap_or_default(), portable.to_bytes().unwrap_or_default());
    let half = |bytes: &[u8]| bytes.get(..bytes.len() / 2).unwrap_or_default().to_vec();

    let found = |location: &str| {
        let answer = files.read(location);
        assert!(answer.is_ok(), "{location} is read: {answer:?}");
        answer.ok().flatten()
    };
    let expected = profile.ok().map(|profile| ProfileFile::Document(Box::new(profile)));
    assert_eq!(found(&write("document.json", &document)), expected);
    let expected = Some(ProfileFile::Portable(portable.clone()));
    assert_eq!(found(&write("table.profile", &bytes)), expected);
    let table = write("table.csv", b"schema,pynomaly.profile/1\n1,2\n");
    assert_eq!(found(&table), None, "a table is no profile");
    assert_eq!(found("nowhere.profile"), None, "a file that is not there is none");

    for damaged in [write("cut.profile", &half(&bytes)), write("cut.json", &half(&document))] {
        let refused = files.read(&damaged).err().map(|error| error.kind());
        assert_eq!(refused, Some(ErrorKind::Input), "{damaged} is damaged");
    }
}
