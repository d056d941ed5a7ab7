use mlops_application::{
    TrainingOutcome, champion_of_dataset, find_model, find_version, history, model_overviews,
    training_outcome,
};
use mlops_domain::testing::dataset_version;
use shared_kernel_domain::{Error, ErrorKind};

use crate::fixture::{Fixture, failed, passed, profiled};

fn outcome(fixture: &Fixture, version: u32) -> TrainingOutcome {
    let id = dataset_version(1, version).version_id;
    training_outcome(fixture.models.as_ref(), &id).expect("an outcome")
}

#[test]
fn the_outcome_of_a_dataset_version_is_its_last_runs() {
    let fixture = Fixture::new();
    assert_eq!(outcome(&fixture, 1), TrainingOutcome::NotBegun);

    fixture.handle(&profiled(1, 1, passed())).unwrap();
    let TrainingOutcome::Trained { version, champion } = outcome(&fixture, 1) else {
        panic!("not trained")
    };
    assert_eq!(Some(version), champion);

    fixture.handle(&profiled(2, 2, failed())).unwrap();
    let TrainingOutcome::Declined { reasons, champion } = outcome(&fixture, 2) else {
        panic!("not declined")
    };
    assert_eq!(reasons, failed().reasons);
    assert_eq!(champion.unwrap().number, 1);

    fixture.trainer.next_answer(Err(Error::internal("a bug")));
    fixture.handle(&profiled(3, 3, passed())).unwrap_err();
    let TrainingOutcome::Failed { error, attempts, .. } = outcome(&fixture, 3) else {
        panic!("not failed")
    };
    assert_eq!((error.as_str(), attempts), ("a bug", 1));

    fixture.trainer.next_answer(Err(Error::interrupted()));
    fixture.handle(&profiled(4, 4, passed())).unwrap_err();
    assert_eq!(outcome(&fixture, 4), TrainingOutcome::Running);
}

#[test]
fn models_are_found_by_name_and_versions_by_number() {
    let fixture = Fixture::new();
    let models = fixture.models.as_ref();
    let unknown = find_model(models, "flights").unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Usage);
    assert!(unknown.hint_text().unwrap().contains("model list"));

    for version in [1, 2] {
        fixture.handle(&profiled(version, version, passed())).unwrap();
    }
    let model = find_model(models, "flights").unwrap();
    assert_eq!(find_model(models, &model.id.to_string()).unwrap(), model);
    assert_eq!(find_version(models, &model, Some(1)).unwrap().number, 1);
    assert_eq!(find_version(models, &model, None).unwrap().number, 2);
    let missing = find_version(models, &model, Some(3)).unwrap_err();
    assert_eq!(missing.hint_text(), Some("its versions are 1 to 2"));

    let overviews = model_overviews(models).unwrap();
    assert_eq!((overviews.len(), overviews[0].versions), (1, 2));
    let champion = champion_of_dataset(models, &model.dataset_id).unwrap();
    assert_eq!(champion, overviews[0].champion);
}

#[test]
fn a_history_holds_champions_and_every_run_also_without_a_model() {
    let fixture = Fixture::new();
    let models = fixture.models.as_ref();
    assert_eq!(history(models, "flights").unwrap_err().kind(), ErrorKind::Usage);

    fixture.handle(&profiled(1, 1, failed())).unwrap();
    let only_declined = history(models, "flights").unwrap();
    assert!(only_declined.model.is_none() && only_declined.aliases.is_empty());
    assert_eq!(only_declined.runs.len(), 1);

    fixture.handle(&profiled(2, 2, passed())).unwrap();
    let both = history(models, "flights").unwrap();
    assert_eq!((both.aliases.len(), both.runs.len()), (1, 2));
}
