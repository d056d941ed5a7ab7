use std::sync::{Mutex, MutexGuard, PoisonError};

use shared_kernel_domain::bus::Receipt;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId, EventId, ModelId};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};

use crate::{AliasChange, CHAMPION, Model, ModelRepository, ModelVersion, Registration, Run};

/// What was committed beside the state.
#[derive(Debug, Default)]
pub struct Committed {
    /// The units of work, in order.
    pub units: Vec<UnitOfWork>,
}

impl Committed {
    /// The types of all published events, in order.
    pub fn event_types(&self) -> Vec<&str> {
        let events = self.units.iter().flat_map(|unit| &unit.events);
        events.map(|event| event.event_type.as_str()).collect()
    }

    /// The completed deliveries, in order.
    pub fn receipts(&self) -> Vec<&Receipt> {
        self.units.iter().filter_map(|unit| unit.completes.as_ref()).collect()
    }

    /// The actions of all audit records, in order.
    pub fn audit_actions(&self) -> Vec<&str> {
        let entries = self.units.iter().flat_map(|unit| &unit.audit);
        entries.map(|entry| entry.action.as_str()).collect()
    }
}

#[derive(Default)]
struct State {
    models: Vec<Model>,
    versions: Vec<ModelVersion>,
    aliases: Vec<AliasChange>,
    runs: Vec<Run>,
    committed: Committed,
    refusals: u32,
}

/// A registry in memory.
#[derive(Default)]
pub struct InMemoryModels {
    state: Mutex<State>,
}

impl InMemoryModels {
    /// Refuses the next commits, as a full disk does.
    pub fn refuse_next_commits(&self, refusals: u32) {
        self.state().refusals = refusals;
    }

    /// Looks at what was committed beside the state.
    pub fn committed<T>(&self, look: impl FnOnce(&Committed) -> T) -> T {
        look(&self.state().committed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn commit(
        &self,
        unit: UnitOfWork,
        change: impl FnOnce(&mut State) -> Result<()>,
    ) -> Result<()> {
        let mut state = self.state();
        if state.refusals > 0 {
            state.refusals -= 1;
            return Err(Error::unavailable("the disk is full"));
        }
        change(&mut state)?;
        state.committed.units.push(unit);
        Ok(())
    }
}

fn put_run(runs: &mut Vec<Run>, run: &Run) -> Result<()> {
    let same_event = |known: &&mut Run| known.lineage.cause == run.lineage.cause;
    match runs.iter_mut().find(same_event) {
        Some(known) if known.id == run.id => *known = run.clone(),
        Some(_) => return Err(Error::internal("an event has two runs")),
        None => runs.push(run.clone()),
    }
    Ok(())
}

impl ModelRepository for InMemoryModels {
    fn record_run(&self, run: &Run, unit: UnitOfWork) -> Result<()> {
        self.commit(unit, |state| put_run(&mut state.runs, run))
    }

    fn register(&self, registration: &Registration, unit: UnitOfWork) -> Result<()> {
        let Registration { model, run, version, promotion } = registration;
        self.commit(unit, |state| {
            let taken = state
                .versions
                .iter()
                .any(|it| it.model_id == version.model_id && it.number == version.number);
            if taken {
                return Err(Error::internal("a model has two versions of one number"));
            }
            put_run(&mut state.runs, run)?;
            if state.models.iter().all(|known| known.id != model.id) {
                state.models.push(model.clone());
            }
            state.versions.push(version.clone());
            state.aliases.extend(promotion.clone());
            Ok(())
        })
    }

    fn acknowledge(&self, unit: UnitOfWork) -> Result<()> {
        self.commit(unit, |_| Ok(()))
    }

    fn models(&self) -> Result<Vec<Model>> {
        let mut models = self.state().models.clone();
        models.sort_by(|left, right| (&left.name, left.id).cmp(&(&right.name, right.id)));
        Ok(models)
    }

    fn model_of(&self, dataset: &DatasetId) -> Result<Option<Model>> {
        Ok(self.state().models.iter().find(|model| model.dataset_id == *dataset).cloned())
    }

    fn versions(&self, model: &ModelId) -> Result<Vec<ModelVersion>> {
        let state = self.state();
        let versions = state.versions.iter().filter(|version| version.model_id == *model);
        Ok(versions.cloned().collect())
    }

    fn version_trained_on(
        &self,
        dataset_version: &DatasetVersionId,
    ) -> Result<Option<ModelVersion>> {
        let state = self.state();
        let mut versions = state.versions.iter().rev();
        Ok(versions.find(|it| it.lineage.dataset.version_id == *dataset_version).cloned())
    }

    fn champion(&self, model: &ModelId) -> Result<Option<ModelVersion>> {
        let state = self.state();
        let mut changes = state.aliases.iter().rev();
        let change = changes.find(|it| it.model_id == *model && it.alias == CHAMPION);
        Ok(change.and_then(|change| {
            state.versions.iter().find(|version| version.id == change.model_version_id).cloned()
        }))
    }

    fn alias_history(&self, model: &ModelId) -> Result<Vec<AliasChange>> {
        let state = self.state();
        Ok(state.aliases.iter().filter(|change| change.model_id == *model).cloned().collect())
    }

    fn run_caused_by(&self, event: &EventId) -> Result<Option<Run>> {
        Ok(self.state().runs.iter().find(|run| run.lineage.cause == *event).cloned())
    }

    fn last_run_on(&self, dataset_version: &DatasetVersionId) -> Result<Option<Run>> {
        let state = self.state();
        let mut runs = state.runs.iter().rev();
        Ok(runs.find(|run| run.lineage.dataset.version_id == *dataset_version).cloned())
    }

    fn runs_of(&self, dataset_name: &str) -> Result<Vec<Run>> {
        let state = self.state();
        let runs = state.runs.iter().filter(|run| run.lineage.dataset.dataset_name == dataset_name);
        Ok(runs.cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model_repository_conformance;

    #[test]
    fn the_fake_is_a_registry() {
        model_repository_conformance(&InMemoryModels::default());
    }
}
