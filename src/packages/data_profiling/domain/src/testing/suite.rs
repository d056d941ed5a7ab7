use shared_kernel_domain::artifact::ArtifactDigest;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::DatasetVersionRef;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId, IdGenerator, ProfileId};
use shared_kernel_domain::unit_of_work::UnitOfWork;

use crate::{Profile, ProfileRecord, ProfileRepository};

/// What every repository of profiles must do, shown with copies of an example; panics where one
/// does not.
pub fn profile_repository_conformance(
    profiles: &dyn ProfileRepository,
    ids: &dyn IdGenerator,
    example: &Profile,
) {
    let record = |dataset, version| record(example, dataset, version, ids);
    let dataset = DatasetId::generate(ids);
    let other = DatasetId::generate(ids);
    let first = record(dataset, 1);
    let third = record(dataset, 3);
    let foreign = record(other, 2);
    for record in [&first, &third, &foreign] {
        commits(profiles, record);
    }

    let of_version =
        |record: &ProfileRecord| found(profiles.by_version(&record.dataset.version_id));
    assert_eq!(of_version(&first), Some(first.clone()), "a profile comes back as it was kept");
    assert_eq!(of_version(&foreign), Some(foreign.clone()));
    let unknown = DatasetVersionId::generate(ids);
    assert_eq!(found(profiles.by_version(&unknown)), None, "an unknown version has no profile");

    let again = ProfileRecord { id: ProfileId::generate(ids), ..first.clone() };
    commits(profiles, &again);
    assert_eq!(of_version(&first), Some(first.clone()), "a version keeps its first profile");

    let previous = |version| found(profiles.previous(&dataset, version));
    assert_eq!(previous(1), None, "nothing comes before the first version");
    assert_eq!(previous(2), Some(first.clone()));
    assert_eq!(previous(3), Some(first));
    assert_eq!(previous(9), Some(third), "the newest of the earlier versions");
}

fn commits(profiles: &dyn ProfileRepository, record: &ProfileRecord) {
    let saved = profiles.save(record, UnitOfWork::of_command());
    assert!(saved.is_ok(), "a profile is kept: {saved:?}");
}

fn found(answer: shared_kernel_domain::Result<Option<ProfileRecord>>) -> Option<ProfileRecord> {
    assert!(answer.is_ok(), "the repository answers: {answer:?}");
    answer.unwrap_or_default()
}

fn record(
    example: &Profile,
    dataset: DatasetId,
    version: u32,
    ids: &dyn IdGenerator,
) -> ProfileRecord {
    let dataset = DatasetVersionRef {
        dataset_id: dataset,
        dataset_name: "flights".to_owned(),
        version_id: DatasetVersionId::generate(ids),
        version,
    };
    let profile =
        Profile { dataset: Some(dataset.clone()), rows: version.into(), ..example.clone() };
    ProfileRecord {
        id: ProfileId::generate(ids),
        created_at: Timestamp::UNIX_EPOCH,
        dataset,
        profile,
        state: Some(ArtifactDigest::of(b"state")),
    }
}
