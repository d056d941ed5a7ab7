//! The report repository over a real store.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use data_quality_domain::{Gate, QualityReport, QualityReportRepository, StoredReport, TableFacts};
use data_quality_infrastructure::{SqlQualityReportRepository, migrations};
use shared_kernel_domain::clock::{Clock, Timestamp};
use shared_kernel_domain::event::{Context, DatasetVersionRef};
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId, IdGenerator, QualityReportId};
use shared_kernel_domain::table::ContentDigest;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::store::{Signal, Store};
use uuid::Uuid;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

#[derive(Default)]
struct Counting(AtomicU64);

impl IdGenerator for Counting {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

fn repository(folder: &tempfile::TempDir) -> SqlQualityReportRepository {
    let store = Store::open_sqlite(
        &folder.path().join("data_quality.db"),
        Context::DataQuality,
        migrations(),
        Arc::new(Still),
        Arc::new(Counting::default()),
        Arc::new(Signal::default()),
    );
    SqlQualityReportRepository::new(store.expect("a store"))
}

fn report(report: u128, version: u32) -> StoredReport {
    let table = TableFacts {
        name: "flights".to_owned(),
        digest: ContentDigest::from_hex("00"),
        rows: 0,
        columns: 0,
    };
    let day = jiff::civil::date(2026, 11, 23);
    StoredReport {
        id: QualityReportId::new(Uuid::from_u128(report)),
        dataset: DatasetVersionRef {
            dataset_id: DatasetId::new(Uuid::from_u128(1)),
            dataset_name: "flights".to_owned(),
            version_id: DatasetVersionId::new(Uuid::from_u128(version.into())),
            version,
        },
        created_at: Timestamp::UNIX_EPOCH,
        report: QualityReport::assemble(
            table,
            day,
            Vec::new(),
            Vec::new(),
            Vec::new(),
            &Gate::default(),
        ),
    }
}

#[test]
fn a_report_is_found_again_after_the_store_was_closed() {
    let folder = tempfile::tempdir().expect("a folder");
    repository(&folder).save(&report(10, 1), UnitOfWork::of_command()).expect("saved");
    let reopened = repository(&folder);
    let version = report(10, 1).dataset.version_id;
    assert_eq!(reopened.of_version(&version).expect("read"), Some(report(10, 1)));
    let unknown = DatasetVersionId::new(Uuid::from_u128(99));
    assert_eq!(reopened.of_version(&unknown).expect("read"), None);
}

#[test]
fn a_version_keeps_its_first_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = repository(&folder);
    repository.save(&report(10, 1), UnitOfWork::of_command()).expect("saved");
    repository.save(&report(11, 1), UnitOfWork::of_command()).expect("saved again");
    let dataset = report(10, 1).dataset.dataset_id;
    assert_eq!(repository.history(&dataset).expect("read"), [report(10, 1)]);
}

#[test]
fn history_is_newest_version_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = repository(&folder);
    for version in [2, 10, 1] {
        let report = report(version.into(), version);
        repository.save(&report, UnitOfWork::of_command()).expect("saved");
    }
    let dataset = report(1, 1).dataset.dataset_id;
    let history = repository.history(&dataset).expect("read");
    let versions: Vec<u32> = history.iter().map(|report| report.dataset.version).collect();
    assert_eq!(versions, [10, 2, 1]);
    let other = DatasetId::new(Uuid::from_u128(2));
    assert_eq!(repository.history(&other).expect("read"), []);
}
