//! Which files the databases refer to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_science_domain::dataset::DatasetRepository;
use data_science_domain::pipeline::PipelineRepository;
use data_science_infrastructure::{SqlDatasetRepository, SqlPipelineRepository};
use mlops_domain::ModelRepository;
use mlops_infrastructure::SqlModelRepository;
use shared_kernel_domain::artifact::ArtifactDigest;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::bus::Stores;
use shared_kernel_infrastructure::engine::PartPlace;
use shared_kernel_infrastructure::store::Store;

/// The files that databases refer to.
#[derive(Debug, Default)]
pub(super) struct References {
    /// Snapshots, by their paths within the home, with their sizes.
    pub(super) snapshots: BTreeMap<PathBuf, u64>,
    /// Parquet files outside of the home.
    pub(super) elsewhere: BTreeSet<PathBuf>,
    /// Models and contracts.
    pub(super) artifacts: BTreeSet<ArtifactDigest>,
}

impl References {
    /// Asks the databases; `home` is where they were at work.
    pub(super) fn of(stores: &Stores, home: &Path) -> Result<Self> {
        let mut references = Self::default();
        references.add_tables(&store(stores, Context::DataScience)?, home)?;
        references.add_pipelines(&store(stores, Context::DataScience)?)?;
        references.add_models(&store(stores, Context::Mlops)?)?;
        Ok(references)
    }

    fn add_tables(&mut self, store: &Arc<Store>, home: &Path) -> Result<()> {
        let datasets = SqlDatasetRepository::new(Arc::clone(store));
        for (dataset, _) in datasets.list()? {
            let versions = datasets.versions(&dataset.id)?;
            let contracts = versions.iter().filter_map(|version| version.contract.clone());
            self.artifacts.extend(contracts.map(|contract| contract.artifact));
            for part in versions.iter().flat_map(|version| &version.table.parts) {
                match PartPlace::of(home, &part.location) {
                    PartPlace::Home(path) => {
                        self.snapshots.insert(path, part.bytes);
                    }
                    PartPlace::Outside(path) => {
                        self.elsewhere.insert(path);
                    }
                }
            }
        }
        Ok(())
    }

    fn add_pipelines(&mut self, store: &Arc<Store>) -> Result<()> {
        let pipelines = SqlPipelineRepository::new(Arc::clone(store));
        for pipeline in pipelines.list()? {
            let revisions = pipelines.history(&pipeline.id)?;
            self.artifacts.insert(pipeline.current.artifact);
            self.artifacts.extend(revisions.into_iter().map(|revision| revision.artifact));
        }
        Ok(())
    }

    fn add_models(&mut self, store: &Arc<Store>) -> Result<()> {
        let models = SqlModelRepository::new(Arc::clone(store));
        for model in models.models()? {
            let versions = models.versions(&model.id)?;
            self.artifacts.extend(versions.into_iter().map(|version| version.artifact));
        }
        Ok(())
    }
}

fn store(stores: &Stores, context: Context) -> Result<Arc<Store>> {
    let store = stores.get(&context).cloned();
    store.ok_or_else(|| Error::internal(format!("no store of {context} is open")))
}
