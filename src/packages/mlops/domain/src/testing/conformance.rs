use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::unit_of_work::UnitOfWork;

use super::examples::{alias_change, dataset_version, example_id, lineage, model, version};
use crate::{ModelRepository, Registration, Run, RunStatus};

/// What every registry does; `models` must be empty.
pub fn model_repository_conformance(models: &dyn ModelRepository) {
    an_empty_registry_knows_nothing(models);
    a_run_is_recorded_once_per_event_and_updated(models);
    a_registration_is_found_by_everything_that_names_it(models);
    a_version_without_promotion_leaves_the_champion(models);
    a_taken_number_is_refused_as_a_whole(models);
    models_are_listed_by_name(models);
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_785_000_000 + second).expect("a time")
}

fn registration(dataset: u32, number: u32, promoted: bool) -> Registration {
    let (version, run) = version(dataset, number, at(number.into()));
    let promotion = promoted.then(|| alias_change(&version, at(number.into())));
    Registration { model: model(dataset, at(0)), run, version, promotion }
}

fn an_empty_registry_knows_nothing(models: &dyn ModelRepository) {
    let dataset = dataset_version(1, 1);
    assert!(models.models().expect("models").is_empty());
    assert!(models.model_of(&dataset.dataset_id).expect("a model").is_none());
    assert!(models.version_trained_on(&dataset.version_id).expect("a version").is_none());
    assert!(models.last_run_on(&dataset.version_id).expect("a run").is_none());
    assert!(models.runs_of("flights").expect("runs").is_empty());
    assert!(models.champion(&example_id(1)).expect("a champion").is_none());
    models.acknowledge(UnitOfWork::of_command()).expect("nothing to commit");
}

fn a_run_is_recorded_once_per_event_and_updated(models: &dyn ModelRepository) {
    let lineage = lineage(9, 1);
    let run = Run::begin(example_id(900), lineage.clone(), at(0));
    models.record_run(&run, UnitOfWork::of_command()).expect("recorded");
    assert_eq!(models.run_caused_by(&lineage.cause).expect("a run"), Some(run.clone()));

    let failed = run.again(at(1)).ended(RunStatus::Failed { error: "no room".into() }, at(2));
    models.record_run(&failed, UnitOfWork::of_command()).expect("updated");
    assert_eq!(models.run_caused_by(&lineage.cause).expect("a run"), Some(failed.clone()));
    assert_eq!(
        models.last_run_on(&lineage.dataset.version_id).expect("a run"),
        Some(failed.clone())
    );
    assert_eq!(models.runs_of("flights-9").expect("runs"), [failed]);

    let second = Run::begin(example_id(901), lineage, at(3));
    assert!(models.record_run(&second, UnitOfWork::of_command()).is_err());
}

fn a_registration_is_found_by_everything_that_names_it(models: &dyn ModelRepository) {
    let first = registration(1, 1, true);
    let second = registration(1, 2, true);
    for registration in [&first, &second] {
        models.register(registration, UnitOfWork::of_command()).expect("registered");
    }
    let id = first.model.id;
    let dataset = dataset_version(1, 1);
    assert_eq!(models.model_of(&dataset.dataset_id).expect("a model"), Some(first.model.clone()));
    let versions = models.versions(&id).expect("versions");
    assert_eq!(versions, [first.version.clone(), second.version.clone()]);
    let trained = models.version_trained_on(&dataset.version_id).expect("a version");
    assert_eq!(trained, Some(first.version.clone()));
    assert_eq!(models.champion(&id).expect("a champion"), Some(second.version.clone()));
    let history: Vec<_> = [&first, &second].iter().filter_map(|it| it.promotion.clone()).collect();
    assert_eq!(models.alias_history(&id).expect("a history"), history);
    assert_eq!(models.runs_of("flights").expect("runs"), [first.run, second.run]);
}

fn a_version_without_promotion_leaves_the_champion(models: &dyn ModelRepository) {
    let third = registration(1, 3, false);
    let id = third.model.id;
    models.register(&third, UnitOfWork::of_command()).expect("registered");
    assert_eq!(models.versions(&id).expect("versions").len(), 3);
    assert_eq!(models.champion(&id).expect("a champion").map(|it| it.number), Some(2));
    assert_eq!(models.alias_history(&id).expect("a history").len(), 2);
}

fn a_taken_number_is_refused_as_a_whole(models: &dyn ModelRepository) {
    let mut again = registration(1, 4, true);
    again.version.number = 3;
    let id = again.model.id;
    assert!(models.register(&again, UnitOfWork::of_command()).is_err());
    assert_eq!(models.versions(&id).expect("versions").len(), 3);
    assert_eq!(models.run_caused_by(&again.run.lineage.cause).expect("no run"), None);
    assert_eq!(models.alias_history(&id).expect("a history").len(), 2);
}

fn models_are_listed_by_name(models: &dyn ModelRepository) {
    for dataset in [3, 2] {
        let registration = registration(dataset, 1, true);
        models.register(&registration, UnitOfWork::of_command()).expect("registered");
    }
    let names: Vec<String> =
        models.models().expect("models").into_iter().map(|model| model.name).collect();
    assert_eq!(names, ["flights", "flights-2", "flights-3"]);
}
