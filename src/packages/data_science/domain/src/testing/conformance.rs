use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::unit_of_work::UnitOfWork;

use super::examples::{dataset, example_id, feedback, pipeline, report, version};
use crate::anomaly::AnomalyRepository;
use crate::dataset::{DatasetRepository, DatasetVersion};
use crate::feedback::{Feedback, FeedbackRepository, Verdict};
use crate::pipeline::PipelineRepository;

fn unit() -> UnitOfWork {
    UnitOfWork::of_command()
}

/// What every repository of datasets does; `datasets` must be empty.
pub fn dataset_repository_conformance(datasets: &dyn DatasetRepository) {
    let (flights, weather) = (dataset(1), dataset(2));
    assert!(datasets.list().expect("a list").is_empty());
    assert!(datasets.by_name("table-1").expect("an answer").is_none());
    assert!(datasets.newest_version(&flights.id).expect("an answer").is_none());

    let versions = [version(&flights, 1, 1), version(&flights, 1, 2)];
    datasets.add_version(&weather, &version(&weather, 2, 1), unit()).expect("added");
    for version in &versions {
        datasets.add_version(&flights, version, unit()).expect("added");
    }
    assert_eq!(datasets.by_name("table-1").expect("an answer"), Some(flights.clone()));
    assert_eq!(datasets.by_id(&flights.id).expect("an answer"), Some(flights.clone()));
    assert_eq!(datasets.version(&versions[0].id).expect("one"), Some(versions[0].clone()));
    assert_eq!(datasets.versions(&flights.id).expect("versions"), versions);
    assert_eq!(datasets.newest_version(&flights.id).expect("one"), Some(versions[1].clone()));
    let listed: Vec<_> = datasets.list().expect("a list").into_iter().map(|it| it.1.id).collect();
    assert_eq!(listed, [versions[1].id, version(&weather, 2, 1).id], "by name, newest versions");

    let gap = DatasetVersion { number: 4, ..version(&flights, 1, 4) };
    let taken = DatasetVersion { number: 2, ..version(&flights, 1, 9) };
    for refused in [gap, taken] {
        let error = datasets.add_version(&flights, &refused, unit()).expect_err("overtaken");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
    let namesake = crate::dataset::Dataset { name: flights.name.clone(), ..dataset(3) };
    let error =
        datasets.add_version(&namesake, &version(&namesake, 3, 1), unit()).expect_err("taken");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(datasets.versions(&flights.id).expect("versions").len(), 2, "nothing was added");

    let moved = DatasetVersion { source: "elsewhere".to_owned(), ..versions[1].clone() };
    datasets.refer_to(&moved, unit()).expect("moved");
    assert_eq!(datasets.version(&moved.id).expect("one"), Some(moved));

    datasets.delete(&flights.id, unit()).expect("deleted");
    assert!(datasets.by_name("table-1").expect("an answer").is_none());
    assert!(datasets.version(&versions[0].id).expect("an answer").is_none());
    assert_eq!(datasets.list().expect("a list").len(), 1, "others stay");
}

/// What every repository of pipelines does; `pipelines` must be empty.
pub fn pipeline_repository_conformance(pipelines: &dyn PipelineRepository) {
    let flights = dataset(1);
    assert!(pipelines.list().expect("a list").is_empty());
    assert!(pipelines.of_dataset(&flights.id).expect("an answer").is_none());
    pipelines.acknowledge(unit()).expect("nothing to change");

    let (first, second) = (pipeline(&flights, 1, 1), pipeline(&flights, 1, 2));
    pipelines.save(&first, &report(&first, 3), unit()).expect("saved");
    pipelines.save(&first, &report(&first, 3), unit()).expect("saved again");
    assert_eq!(pipelines.history(&first.id).expect("a history"), vec![first.current.clone()]);
    pipelines.save(&second, &report(&second, 1), unit()).expect("saved");
    let history = [first.current, second.current.clone()];
    assert_eq!(pipelines.history(&second.id).expect("a history"), history);
    assert_eq!(pipelines.of_dataset(&flights.id).expect("one"), Some(second.clone()));
    assert_eq!(pipelines.by_name("table-1").expect("one"), Some(second.clone()));
    assert_eq!(pipelines.list().expect("a list"), [second]);
}

/// What every repository of anomalies does with what `pipelines` wrote; both must be empty.
pub fn anomaly_repository_conformance(
    anomalies: &dyn AnomalyRepository,
    pipelines: &dyn PipelineRepository,
) {
    let pipeline = pipeline(&dataset(1), 1, 1);
    let version = pipeline.current.version_id;
    assert!(anomalies.of_version(&version).expect("an answer").is_none());
    let (earlier, later) = (report(&pipeline, 20), report(&pipeline, 12));
    pipelines.save(&pipeline, &earlier, unit()).expect("saved");
    assert_eq!(anomalies.of_version(&version).expect("one"), Some(earlier));
    pipelines.save(&pipeline, &later, unit()).expect("saved");
    assert_eq!(
        anomalies.of_version(&version).expect("one"),
        Some(later),
        "the earlier one is replaced"
    );
}

/// What every repository of feedback does on pipelines that `pipelines` wrote; both must be empty.
pub fn feedback_repository_conformance(
    feedback: &dyn FeedbackRepository,
    pipelines: &dyn PipelineRepository,
) {
    let (watching, other) = (pipeline(&dataset(1), 1, 1), pipeline(&dataset(2), 2, 1));
    let of = |row| self::feedback(&watching, row, Verdict::Dismissed);
    let none = feedback.give(&[of(1)], unit()).expect_err("there is no pipeline");
    assert_eq!(none.kind(), ErrorKind::Unavailable);
    for pipeline in [&watching, &other] {
        pipelines.save(pipeline, &report(pipeline, 3), unit()).expect("saved");
    }
    assert!(feedback.of_pipeline(&watching.id).expect("an answer").is_empty());

    let later = Feedback { version_id: example_id(1_002), version: 2, ..of(0) };
    feedback.give(&[later.clone(), of(12)], unit()).expect("given");
    feedback.give(&[of(1)], unit()).expect("given");
    let elsewhere = self::feedback(&other, 1, Verdict::Confirmed);
    feedback.give(std::slice::from_ref(&elsewhere), unit()).expect("given");
    let all = [of(1), of(12), later.clone()];
    assert_eq!(feedback.of_pipeline(&watching.id).expect("all"), all, "by version and row");

    let anew = self::feedback(&watching, 12, Verdict::Confirmed);
    feedback.give(std::slice::from_ref(&anew), unit()).expect("given");
    let all = [of(1), anew, later.clone()];
    assert_eq!(feedback.of_pipeline(&watching.id).expect("all"), all, "the earlier is replaced");

    feedback.withdraw(&watching.id, &[of(1).key(), of(12).key()], unit()).expect("withdrawn");
    assert_eq!(feedback.of_pipeline(&watching.id).expect("the rest"), [later]);
    feedback.withdraw(&watching.id, &[of(1).key()], unit()).expect("it is gone already");
    assert_eq!(feedback.of_pipeline(&other.id).expect("others stay"), [elsewhere]);
}
