use std::sync::Arc;

use mlops_domain::{
    AliasChange, CHAMPION, Lineage, Model, ModelRepository, ModelVersion, Promotion, Registration,
    Run, RunStatus, decide_promotion,
};
use serde_json::json;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::bus::{Delivery, EventHandler};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::clock::Clock;
use shared_kernel_domain::event::{ModelDeclined, ModelTrained, NewEvent, ProfileGenerated};
use shared_kernel_domain::identity::{IdGenerator, ModelVersionId, RunId};
use shared_kernel_domain::training::{ModelTrainer, TrainedModel};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, ErrorKind, Result};

/// The consumer group that trains; also the actor of its audit records.
pub const TRAIN_GROUP: &str = "mlops.train";

/// Trains a model on every profiled dataset version whose gate passed.
///
/// Redelivery and replay never make a second version: an event whose run is over was answered
/// and asks for nothing; another event about a dataset version that a model version has learned
/// from is answered with that version.
///
/// - A failed gate, and data that can't be read or hold nothing to learn from (`Input` and
///   `NotEvaluated` from the trainer), are declined with the reasons; the champion stays.
/// - Every other error of the trainer is recorded with the run and handed to the bus, which tries
///   again later; the next attempt goes on with the same run.
pub struct TrainOnProfile {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    trainer: Arc<dyn ModelTrainer>,
    models: Arc<dyn ModelRepository>,
}

impl TrainOnProfile {
    /// A handler over these ports.
    pub fn new(
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        trainer: Arc<dyn ModelTrainer>,
        models: Arc<dyn ModelRepository>,
    ) -> Self {
        Self { clock, ids, trainer, models }
    }

    fn train(&self, run: Run, delivery: &Delivery, cancellation: &Cancellation) -> Result<()> {
        // Visible while it trains; the unit that completes the delivery comes at the end.
        self.models.record_run(&run, UnitOfWork::of_command())?;
        match self.trainer.train(&run.request, cancellation).and_then(checked) {
            Ok(trained) => self.register(run, trained, delivery),
            // The data are the reason: the next attempt would find the same ones.
            Err(error) if matches!(error.kind(), ErrorKind::Input | ErrorKind::NotEvaluated) => {
                let reasons = vec![error.to_string()];
                self.decline(run, reasons, delivery)
            }
            // The event is handed back; the next attempt goes on with this run.
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) => Err(self.fail(run, error)),
        }
    }

    /// Records a failed attempt beside the delivery, which stays open for the next one.
    fn fail(&self, run: Run, error: Error) -> Error {
        let failed = run.ended(RunStatus::Failed { error: error.to_string() }, self.clock.now());
        // Why training failed is what the user must hear of, also when it can't be recorded: then
        // the run stays `running` until the next attempt.
        let _ = self.models.record_run(&failed, UnitOfWork::of_command());
        error
    }

    fn decline(&self, run: Run, reasons: Vec<String>, delivery: &Delivery) -> Result<()> {
        let dataset = run.lineage.dataset.clone();
        let champion = match self.models.model_of(&dataset.dataset_id)? {
            Some(model) => self.models.champion(&model.id)?,
            None => None,
        };
        let champion = champion.map(|version| version.reference());
        let audit = AuditEntry::new(
            TRAIN_GROUP,
            "model.training.declined",
            dataset.version_id,
            json!({ "run_id": run.id, "reasons": reasons, "champion": champion }),
        );
        let event = ModelDeclined { dataset, reasons: reasons.clone(), champion };
        let run = run.ended(RunStatus::Declined { reasons }, self.clock.now());
        let unit = UnitOfWork::completing(delivery.receipt())
            .publish(NewEvent::caused_by(&event, &delivery.envelope)?)
            .audit(audit);
        self.models.record_run(&run, unit)
    }

    fn register(&self, run: Run, trained: TrainedModel, delivery: &Delivery) -> Result<()> {
        let now = self.clock.now();
        let dataset = &run.lineage.dataset;
        let known = self.models.model_of(&dataset.dataset_id)?;
        let (newest, champion) = match &known {
            Some(model) => {
                let versions = self.models.versions(&model.id)?;
                let newest = versions.last().map_or(0, |version| version.number);
                (newest, self.models.champion(&model.id)?)
            }
            None => (0, None),
        };
        let model = known.unwrap_or_else(|| Model::of_dataset(dataset, self.ids.as_ref(), now));
        let id = ModelVersionId::generate(self.ids.as_ref());
        let run = run.ended(RunStatus::Finished { model_version_id: id }, now);
        let version = ModelVersion::trained(id, &model, newest + 1, &run, trained, now);
        let promotion = match decide_promotion(&version, champion.as_ref()) {
            Promotion::Promote(reason) => Some(AliasChange {
                model_id: model.id,
                alias: CHAMPION.to_owned(),
                model_version_id: id,
                model_version: version.number,
                changed_at: now,
                actor: TRAIN_GROUP.to_owned(),
                reason,
            }),
            Promotion::Keep(_) => None,
        };
        let registration = Registration { model, run, version, promotion };
        self.models.register(&registration, unit_of(&registration, delivery)?)
    }

    /// Answers with a version that has learned from the dataset version already.
    fn answer_again(&self, version: &ModelVersion, delivery: &Delivery) -> Result<()> {
        let champion = self.models.champion(&version.model_id)?;
        let is_champion = champion.is_some_and(|champion| champion.id == version.id);
        let event = NewEvent::caused_by(&trained_event(version, is_champion), &delivery.envelope)?;
        self.models.acknowledge(UnitOfWork::completing(delivery.receipt()).publish(event))
    }
}

/// Refuses a figure that neither an event nor the registry could carry.
fn checked(trained: TrainedModel) -> Result<TrainedModel> {
    match trained.metrics.iter().find(|(_, figure)| !figure.value.is_finite()) {
        Some((name, figure)) => {
            Err(Error::internal(format!("the trainer measured {name} as {}", figure.value)))
        }
        None => Ok(trained),
    }
}

fn trained_event(version: &ModelVersion, champion: bool) -> ModelTrained {
    ModelTrained {
        dataset: version.lineage.dataset.clone(),
        run_id: version.run_id,
        model: version.reference(),
        artifact: version.artifact.clone(),
        detector: version.detector.clone(),
        champion,
        metrics: version.metrics.clone(),
    }
}

/// The event and the audit records of a registration.
fn unit_of(registration: &Registration, delivery: &Delivery) -> Result<UnitOfWork> {
    let Registration { run, version, promotion, .. } = registration;
    let event = trained_event(version, promotion.is_some());
    let registered = AuditEntry::new(
        TRAIN_GROUP,
        "model.version.registered",
        version.id,
        json!({
            "model": version.model_name,
            "version": version.number,
            "run_id": run.id,
            "dataset_version_id": run.lineage.dataset.version_id,
            "artifact": version.artifact,
        }),
    );
    let mut unit = UnitOfWork::completing(delivery.receipt())
        .publish(NewEvent::caused_by(&event, &delivery.envelope)?)
        .audit(registered);
    if let Some(change) = promotion {
        unit = unit.audit(AuditEntry::new(
            TRAIN_GROUP,
            "model.champion.changed",
            change.model_id,
            json!({
                "model_version_id": change.model_version_id,
                "version": change.model_version,
                "reason": change.reason,
            }),
        ));
    }
    Ok(unit)
}

impl EventHandler for TrainOnProfile {
    fn handle(&self, delivery: &Delivery, cancellation: &Cancellation) -> Result<()> {
        let profile: ProfileGenerated = delivery.envelope.payload()?;
        let earlier = self.models.run_caused_by(&delivery.envelope.id)?;
        if earlier.as_ref().is_some_and(Run::is_over) {
            return self.models.acknowledge(UnitOfWork::completing(delivery.receipt()));
        }
        let now = self.clock.now();
        let gate = profile.gate.clone();
        let run = if let Some(run) = earlier {
            run.again(now)
        } else {
            let lineage = Lineage {
                dataset: profile.dataset,
                gate: profile.gate,
                profile_id: profile.profile_id,
                cause: delivery.envelope.id,
            };
            Run::begin(RunId::generate(self.ids.as_ref()), lineage, now)
        };
        if !gate.passed {
            return self.decline(run, gate.reasons, delivery);
        }
        if let Some(version) = self.models.version_trained_on(&run.request.dataset_version_id)? {
            return self.answer_again(&version, delivery);
        }
        self.train(run, delivery, cancellation)
    }
}
