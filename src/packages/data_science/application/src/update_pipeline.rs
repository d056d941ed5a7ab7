use std::sync::Arc;

use data_science_domain::anomaly::{AnomalyReport, ScoreHistogram, TOLD_ANOMALIES};
use data_science_domain::dataset::DatasetVersion;
use data_science_domain::decision::most_anomalous;
use data_science_domain::model::AnomalyModel;
use data_science_domain::pipeline::{Pipeline, PipelineRevision};
use serde_json::json;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::bus::{Delivery, EventHandler};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{AnomaliesDetected, ModelTrained, NewEvent, PipelineUpdated};
use shared_kernel_domain::identity::PipelineId;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{ErrorKind, Result};

use crate::DataScienceContainer;
use crate::explain::{Scored, cell_columns, score_all, tell};
use crate::review::review_scored;

/// Handles `model.trained`: a new champion begins to watch its dataset, and the version that it
/// came with is scored.
///
/// When the new model did not become the champion, the version is scored with the one in place. An
/// event handled twice makes one revision and one report; an old one that is replayed brings no old
/// champion back and leaves the report of then.
pub struct UpdatePipeline {
    container: DataScienceContainer,
}

impl UpdatePipeline {
    /// The handler.
    pub fn new(container: DataScienceContainer) -> Self {
        Self { container }
    }

    /// The pipeline as the event leaves it, and whether that is new; `None` when there is none.
    fn next_pipeline(
        &self,
        trained: &ModelTrained,
        replay: bool,
    ) -> Result<Option<(Pipeline, bool)>> {
        let known = self.container.pipelines.of_dataset(&trained.dataset.dataset_id)?;
        if !trained.champion {
            return Ok(known.map(|pipeline| (pipeline, false)));
        }
        let revision = PipelineRevision {
            number: 1,
            champion: trained.model.clone(),
            artifact: trained.artifact.clone(),
            detector: trained.detector.clone(),
            version_id: trained.dataset.version_id,
            version: trained.dataset.version,
            created_at: self.container.shared.clock.now(),
        };
        let Some(known) = known else {
            let pipeline = Pipeline {
                id: PipelineId::generate(self.container.shared.ids.as_ref()),
                dataset_id: trained.dataset.dataset_id,
                name: trained.dataset.dataset_name.clone(),
                current: revision,
            };
            return Ok(Some((pipeline, true)));
        };
        if replay && self.was_champion(&known, trained)? {
            return Ok(Some((known, false)));
        }
        let promoted = known.promoted(revision);
        Ok(Some(promoted.map_or((known, false), |pipeline| (pipeline, true))))
    }

    fn was_champion(&self, pipeline: &Pipeline, trained: &ModelTrained) -> Result<bool> {
        let history = self.container.pipelines.history(&pipeline.id)?;
        let id = trained.model.model_version_id;
        Ok(history.iter().any(|revision| revision.champion.model_version_id == id))
    }

    /// Whether the version has the report it is to have; on a replay that is the one of then.
    fn has_scored(
        &self,
        pipeline: &Pipeline,
        version: &DatasetVersion,
        replay: bool,
    ) -> Result<bool> {
        let report = self.container.anomalies.of_version(&version.id)?;
        let champion = pipeline.current.champion.model_version_id;
        Ok(report.is_some_and(|report| replay || report.model_version_id == champion))
    }

    fn score(
        &self,
        pipeline: &Pipeline,
        version: &DatasetVersion,
        cancellation: &Cancellation,
    ) -> Result<AnomalyReport> {
        let shared = &self.container.shared;
        let scanner = shared.scanner.as_ref();
        let bytes = shared.artifacts.get(&pipeline.current.artifact)?;
        let model = Arc::new(AnomalyModel::from_bytes(&bytes)?);
        model.encoder().check_schema(&version.table.schema)?;
        let scores = score_all(scanner, &version.table, &model, cancellation)?;
        let decision = model.decision_rule().decide(&scores, model.calibration());
        let scored =
            Scored { table: &version.table, model: &model, scores: &scores, decision: &decision };
        let rows = self.kept_rows(pipeline, version, &scored, cancellation)?;
        Ok(AnomalyReport {
            version_id: version.id,
            pipeline_id: pipeline.id,
            model_version_id: pipeline.current.champion.model_version_id,
            detector: model.detector_name().to_owned(),
            rows: scores.len() as u64,
            anomaly_count: decision.rows.len() as u64,
            threshold: decision.threshold,
            decision_rule: model.decision_words(),
            histogram: ScoreHistogram::of(&scores),
            columns: cell_columns(&version.table),
            created_at: shared.clock.now(),
            feedback: None,
            anomalies: tell(scanner, &scored, &rows, cancellation)?,
        })
    }

    /// The rows that a report keeps, most anomalous first: those that are told without feedback, and
    /// those that the feedback of now tells in the place of some.
    fn kept_rows(
        &self,
        pipeline: &Pipeline,
        version: &DatasetVersion,
        scored: &Scored<'_>,
        cancellation: &Cancellation,
    ) -> Result<Vec<u64>> {
        let mut rows = most_anomalous(scored.scores, TOLD_ANOMALIES);
        let feedback = self.container.feedback.of_pipeline(&pipeline.id)?;
        if feedback.is_empty() {
            return Ok(rows);
        }
        let scanner = self.container.shared.scanner.as_ref();
        let version = Some(&version.id);
        let reviewed =
            review_scored(scanner, scored, version, &feedback, TOLD_ANOMALIES, cancellation)?;
        rows.extend(reviewed.first(TOLD_ANOMALIES));
        let score = |row: u64| scored.scores.get(row as usize).copied().unwrap_or(f64::MIN);
        rows.sort_by(|&a, &b| score(b).total_cmp(&score(a)).then(a.cmp(&b)));
        rows.dedup();
        Ok(rows)
    }
}

impl EventHandler for UpdatePipeline {
    fn handle(&self, delivery: &Delivery, cancellation: &Cancellation) -> Result<()> {
        let trained: ModelTrained = delivery.envelope.payload()?;
        let pipelines = self.container.pipelines.as_ref();
        let nothing_to_do = || UnitOfWork::completing(delivery.receipt());
        let Some(version) = self.container.datasets.version(&trained.dataset.version_id)? else {
            // Deleted meanwhile: nothing is left to watch.
            return pipelines.acknowledge(nothing_to_do());
        };
        let Some((pipeline, is_new)) = self.next_pipeline(&trained, delivery.replay)? else {
            return pipelines.acknowledge(nothing_to_do());
        };
        if !is_new && self.has_scored(&pipeline, &version, delivery.replay)? {
            return pipelines.acknowledge(nothing_to_do());
        }
        let report = match self.score(&pipeline, &version, cancellation) {
            // The champion in place may know other columns than the version has.
            Err(error) if !trained.champion && error.kind() == ErrorKind::Input => {
                let entry = AuditEntry::new(
                    &delivery.group,
                    "pipeline.not_scored",
                    pipeline.id,
                    json!({ "version": trained.dataset.version, "reason": error.to_string() }),
                );
                return pipelines.acknowledge(nothing_to_do().audit(entry));
            }
            scored => scored?,
        };
        let mut unit = UnitOfWork::completing(delivery.receipt());
        if is_new {
            let event = PipelineUpdated {
                dataset: trained.dataset.clone(),
                pipeline_id: pipeline.id,
                champion: pipeline.current.champion.clone(),
                revision: pipeline.current.number,
            };
            let entry = AuditEntry::new(
                &delivery.group,
                "pipeline.updated",
                pipeline.id,
                json!({
                    "revision": pipeline.current.number,
                    "model": pipeline.current.champion.model_name,
                    "model_version": pipeline.current.champion.model_version,
                }),
            );
            unit = unit.publish(NewEvent::caused_by(&event, &delivery.envelope)?).audit(entry);
        }
        let event = AnomaliesDetected {
            dataset: trained.dataset,
            pipeline_id: pipeline.id,
            model: pipeline.current.champion.clone(),
            rows: report.rows,
            anomalies: report.anomaly_count,
            decision_rule: report.decision_rule.clone(),
        };
        unit = unit.publish(NewEvent::caused_by(&event, &delivery.envelope)?);
        pipelines.save(&pipeline, &report, unit)
    }
}
