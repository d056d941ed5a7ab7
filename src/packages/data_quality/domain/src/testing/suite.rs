use jiff::Timestamp;
use shared_kernel_domain::event::DatasetVersionRef;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId, IdGenerator, QualityReportId};
use shared_kernel_domain::table::ContentDigest;
use shared_kernel_domain::unit_of_work::UnitOfWork;

use crate::monitor::VersionMetrics;
use crate::{
    Gate, IngestFacts, Pass, QualityReport, QualityReportRepository, StoredReport, TableFacts,
};

/// What every repository of quality reports must do; panics where one does not.
pub fn quality_report_repository_conformance(
    reports: &dyn QualityReportRepository,
    ids: &dyn IdGenerator,
) {
    let dataset = DatasetId::generate(ids);
    let other = DatasetId::generate(ids);
    let second = example(dataset, 2, ids);
    let tenth = example(dataset, 10, ids);
    let first = example(dataset, 1, ids);
    let foreign = example(other, 3, ids);
    for report in [&second, &tenth, &first, &foreign] {
        reports.save(report, UnitOfWork::of_command()).expect("kept");
    }

    let of_version =
        |version: &DatasetVersionId| reports.of_version(version).expect("the repository answers");
    for report in [&second, &tenth, &first, &foreign] {
        let found = of_version(&report.dataset.version_id);
        assert_eq!(found.as_ref(), Some(report), "a report comes back as it was kept");
    }
    assert_eq!(of_version(&DatasetVersionId::generate(ids)), None, "an unknown version");

    let again = StoredReport { id: QualityReportId::generate(ids), ..first.clone() };
    reports.save(&again, UnitOfWork::of_command()).expect("kept");
    let kept = of_version(&first.dataset.version_id);
    assert_eq!(kept.as_ref(), Some(&first), "a version keeps its first report");

    let metrics = |before: u32, most: usize| -> Vec<u32> {
        let found = reports.metrics_before(&dataset, before, most).expect("the repository answers");
        found.into_iter().map(|metrics| metrics.version).collect()
    };
    assert_eq!(metrics(11, 60), [2, 10], "in order, without the one that has none");
    assert_eq!(metrics(10, 60), [2], "never the version itself");
    assert_eq!(metrics(11, 1), [10], "the newest of them");

    let history = |dataset: &DatasetId| reports.history(dataset).expect("the repository answers");
    assert_eq!(history(&dataset), [tenth, second, first], "newest version first");
    assert_eq!(history(&other), [foreign], "each dataset has its own history");
    assert_eq!(history(&DatasetId::generate(ids)), [], "an unknown dataset");
}

fn example(dataset: DatasetId, version: u32, ids: &dyn IdGenerator) -> StoredReport {
    let table = TableFacts {
        name: "Flüge.csv".to_owned(),
        digest: ContentDigest::from_hex(format!("{version:064}")),
        rows: u64::MAX,
        columns: version,
    };
    let pass = Pass { purpose: "all checks".to_owned(), columns: version, rows: 7 };
    let day = jiff::civil::date(2026, 11, 23);
    let gate = Gate::default();
    let mut report = QualityReport::assemble(table, day, Vec::new(), Vec::new(), vec![pass], &gate);
    report.ingest = Some(IngestFacts::default());
    StoredReport {
        id: QualityReportId::generate(ids),
        dataset: DatasetVersionRef {
            dataset_id: dataset,
            dataset_name: "flights".to_owned(),
            version_id: DatasetVersionId::generate(ids),
            version,
        },
        created_at: Timestamp::UNIX_EPOCH,
        report,
        metrics: (version > 1).then(|| VersionMetrics {
            version,
            arrived_at: Timestamp::UNIX_EPOCH,
            rows: u64::from(version) * 7,
            columns: Vec::new(),
        }),
    }
}
