use mlops_domain::testing::{dataset_version, trained};
use mlops_domain::{DEFAULT_SEED, ModelRepository, RunStatus, holder_at};
use shared_kernel_domain::event::{EventPayload, ModelDeclined, ModelTrained};
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::{Error, ErrorKind};

use crate::fixture::{Fixture, again, failed, passed, profiled};

#[test]
fn a_passed_gate_trains_the_first_version_and_makes_it_champion() {
    let fixture = Fixture::new();
    let delivery = profiled(1, 1, passed());
    fixture.handle(&delivery).unwrap();

    let requests = fixture.trainer.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].seed, &requests[0].detector), (DEFAULT_SEED, &None));
    assert_eq!(requests[0].dataset_version_id, dataset_version(1, 1).version_id);

    let model = fixture.models.model_of(&dataset_version(1, 1).dataset_id).unwrap().unwrap();
    assert_eq!(model.name, "flights");
    let version = fixture.models.champion(&model.id).unwrap().unwrap();
    assert_eq!((version.number, version.seed), (1, DEFAULT_SEED));
    assert_eq!(version.artifact, trained().artifact);
    assert_eq!(version.left_out, trained().left_out);
    assert_eq!(version.lineage.dataset, dataset_version(1, 1));
    assert_eq!(version.lineage.cause, delivery.envelope.id);
    assert!(version.lineage.gate.passed);

    let run = fixture.models.run_caused_by(&delivery.envelope.id).unwrap().unwrap();
    assert_eq!(run.status, RunStatus::Finished { model_version_id: version.id });
    assert!(run.ended_at.unwrap() > run.started_at);

    let [event] = &fixture.published::<ModelTrained>()[..] else { panic!("one model.trained") };
    assert_eq!(event.model, version.reference());
    assert_eq!((event.run_id, event.champion), (run.id, true));
    assert_eq!(event.metrics, trained().metrics);
}

#[test]
fn event_audit_and_receipt_are_one_unit_and_follow_their_cause() {
    let fixture = Fixture::new();
    let delivery = profiled(1, 1, passed());
    fixture.handle(&delivery).unwrap();
    fixture.models.committed(|committed| {
        let [started, completed] = &committed.units[..] else { panic!("two commits") };
        assert!(started.completes.is_none() && started.events.is_empty());
        assert_eq!(completed.completes, Some(delivery.receipt()));
        assert_eq!(completed.events[0].causation_id, Some(delivery.envelope.id));
        assert_eq!(completed.events[0].correlation_id, Some(delivery.envelope.correlation_id));
        assert_eq!(
            committed.audit_actions(),
            ["model.version.registered", "model.champion.changed"]
        );
    });
}

#[test]
fn the_next_version_takes_over_and_history_remembers_both() {
    let fixture = Fixture::new();
    fixture.handle(&profiled(1, 1, passed())).unwrap();
    fixture.handle(&profiled(2, 2, passed())).unwrap();

    let model = fixture.models.models().unwrap().remove(0);
    let numbers: Vec<u32> =
        fixture.models.versions(&model.id).unwrap().iter().map(|it| it.number).collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(fixture.models.champion(&model.id).unwrap().unwrap().number, 2);

    let history = fixture.models.alias_history(&model.id).unwrap();
    let (first, second) = (history[0].changed_at, history[1].changed_at);
    let holder = |at| holder_at(&history, "champion", at).map(|change| change.model_version);
    assert_eq!(holder(first), Some(1));
    assert_eq!(holder(second), Some(2));
    assert_eq!(holder(model.created_at), Some(1));
}

#[test]
fn a_version_of_older_data_is_registered_and_the_champion_stays() {
    let fixture = Fixture::new();
    fixture.handle(&profiled(2, 2, passed())).unwrap();
    fixture.handle(&profiled(1, 1, passed())).unwrap();

    let model = fixture.models.models().unwrap().remove(0);
    let champion = fixture.models.champion(&model.id).unwrap().unwrap();
    assert_eq!(champion.lineage.dataset.version, 2);
    let champions: Vec<bool> =
        fixture.published::<ModelTrained>().iter().map(|event| event.champion).collect();
    assert_eq!(champions, [true, false]);
    assert_eq!(fixture.models.alias_history(&model.id).unwrap().len(), 1);
}

#[test]
fn a_failed_gate_is_declined_without_training_and_the_champion_stays() {
    let fixture = Fixture::new();
    fixture.handle(&profiled(1, 1, passed())).unwrap();
    let delivery = profiled(2, 2, failed());
    fixture.handle(&delivery).unwrap();

    assert_eq!(fixture.trainer.requests().len(), 1);
    let [event] = &fixture.published::<ModelDeclined>()[..] else { panic!("one model.declined") };
    assert_eq!(event.reasons, failed().reasons);
    assert_eq!(event.dataset, dataset_version(1, 2));
    assert_eq!(event.champion.as_ref().unwrap().model_version, 1);

    let run = fixture.models.run_caused_by(&delivery.envelope.id).unwrap().unwrap();
    assert_eq!(run.status, RunStatus::Declined { reasons: failed().reasons });
    fixture.models.committed(|committed| {
        assert_eq!(committed.receipts().last(), Some(&&delivery.receipt()));
        assert_eq!(committed.audit_actions().last(), Some(&"model.training.declined"));
    });
}

#[test]
fn a_failed_gate_without_a_champion_leaves_no_model() {
    let fixture = Fixture::new();
    fixture.handle(&profiled(1, 1, failed())).unwrap();
    assert!(fixture.models.models().unwrap().is_empty());
    assert_eq!(fixture.published::<ModelDeclined>()[0].champion, None);
}

#[test]
fn redelivery_after_the_commit_does_nothing_but_complete() {
    for gate in [passed(), failed()] {
        let fixture = Fixture::new();
        let delivery = profiled(1, 1, gate);
        fixture.handle(&delivery).unwrap();
        let before =
            fixture.models.committed(|it| (it.event_types().len(), it.audit_actions().len()));
        fixture.handle(&again(&delivery)).unwrap();
        let after =
            fixture.models.committed(|it| (it.event_types().len(), it.audit_actions().len()));
        assert_eq!(before, after);
        fixture.models.committed(|it| assert_eq!(it.receipts().len(), 2));
        assert!(fixture.trainer.requests().len() <= 1);
        assert_eq!(fixture.models.runs_of("flights").unwrap().len(), 1);
    }
}

#[test]
fn another_event_about_a_trained_version_is_answered_with_that_version() {
    let fixture = Fixture::new();
    fixture.handle(&profiled(1, 1, passed())).unwrap();
    fixture.handle(&profiled(1, 2, passed())).unwrap();
    assert_eq!(fixture.trainer.requests().len(), 1);
    let events = fixture.published::<ModelTrained>();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0], events[1]);
    let model = fixture.models.models().unwrap().remove(0);
    assert_eq!(fixture.models.versions(&model.id).unwrap().len(), 1);
}

#[test]
fn a_declined_version_is_trained_once_its_gate_passes() {
    let fixture = Fixture::new();
    fixture.handle(&profiled(1, 1, failed())).unwrap();
    fixture.handle(&profiled(1, 2, passed())).unwrap();
    fixture.models.committed(|committed| {
        let types = [ModelDeclined::TYPE, ModelTrained::TYPE];
        assert_eq!(committed.event_types(), types);
    });
}

#[test]
fn a_trainer_error_is_recorded_and_the_next_attempt_goes_on_with_the_run() {
    let fixture = Fixture::new();
    fixture.trainer.next_answer(Err(Error::unavailable("no room").at("artifacts")));
    let delivery = profiled(1, 1, passed());
    let error = fixture.handle(&delivery).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let failed = fixture.models.run_caused_by(&delivery.envelope.id).unwrap().unwrap();
    assert_eq!(failed.status, RunStatus::Failed { error: "no room (artifacts)".to_owned() });
    fixture.models.committed(|it| assert!(it.receipts().is_empty() && it.event_types().is_empty()));

    fixture.handle(&again(&delivery)).unwrap();
    let finished = fixture.models.run_caused_by(&delivery.envelope.id).unwrap().unwrap();
    assert_eq!((finished.id, finished.attempts), (failed.id, 2));
    assert_eq!(finished.status.name(), "finished");
    fixture.models.committed(|it| assert_eq!(it.event_types(), [ModelTrained::TYPE]));
}

#[test]
fn a_figure_that_is_no_number_fails_the_run() {
    let fixture = Fixture::new();
    let mut model = trained();
    model.metrics.insert("auc".to_owned(), Measured::exact(f64::NAN));
    fixture.trainer.next_answer(Ok(model));
    let delivery = profiled(1, 1, passed());
    assert_eq!(fixture.handle(&delivery).unwrap_err().kind(), ErrorKind::Internal);
    let run = fixture.models.run_caused_by(&delivery.envelope.id).unwrap().unwrap();
    assert_eq!(run.status.name(), "failed");
}

#[test]
fn data_that_hold_nothing_to_learn_from_are_declined_at_once() {
    for kind in [ErrorKind::Input, ErrorKind::NotEvaluated] {
        let fixture = Fixture::new();
        fixture.trainer.next_answer(Err(Error::new(kind, "no column varies")));
        fixture.handle(&profiled(1, 1, passed())).unwrap();
        let [event] = &fixture.published::<ModelDeclined>()[..] else {
            panic!("one model.declined")
        };
        assert_eq!(event.reasons, ["no column varies"]);
        fixture.models.committed(|it| assert_eq!(it.receipts().len(), 1));
    }
}

#[test]
fn an_interrupted_training_is_handed_back_and_stays_open() {
    let fixture = Fixture::new();
    fixture.trainer.next_answer(Err(Error::interrupted()));
    let delivery = profiled(1, 1, passed());
    assert_eq!(fixture.handle(&delivery).unwrap_err().kind(), ErrorKind::Interrupted);
    let run = fixture.models.run_caused_by(&delivery.envelope.id).unwrap().unwrap();
    assert_eq!(run.status, RunStatus::Running);
    fixture.models.committed(|it| assert!(it.receipts().is_empty()));
    fixture.handle(&again(&delivery)).unwrap();
    assert_eq!(fixture.published::<ModelTrained>().len(), 1);
}

#[test]
fn a_refused_commit_leaves_nothing_and_is_made_good_by_the_next_attempt() {
    let fixture = Fixture::new();
    let delivery = profiled(1, 1, failed());
    fixture.models.refuse_next_commits(1);
    assert_eq!(fixture.handle(&delivery).unwrap_err().kind(), ErrorKind::Unavailable);
    fixture.models.committed(|it| assert!(it.units.is_empty()));
    fixture.handle(&again(&delivery)).unwrap();
    assert_eq!(fixture.published::<ModelDeclined>().len(), 1);
}

#[test]
fn an_event_of_another_type_is_an_error() {
    let fixture = Fixture::new();
    let mut delivery = profiled(1, 1, passed());
    delivery.envelope.event_type = "io.pynomaly.profile.generated.v2".to_owned();
    assert!(fixture.handle(&delivery).is_err());
    assert!(fixture.trainer.requests().is_empty());
}
