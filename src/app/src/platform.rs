//! The composition: ports joined with what implements them, once.

use std::sync::Arc;
use std::time::Duration;

use data_profiling_application::DataProfilingContainer;
use data_profiling_infrastructure::SqlProfileRepository;
use data_quality_application::DataQualityContainer;
use data_quality_infrastructure::SqlQualityReportRepository;
use data_science_application::{DataScienceContainer, DetectorTrainer, RepositoryCatalog};
use data_science_infrastructure::{
    ArrowScoresWriter, SqlAnomalyRepository, SqlDatasetRepository, SqlPipelineRepository,
};
use mlops_application::MlopsContainer;
use mlops_infrastructure::SqlModelRepository;
use shared_kernel_application::SharedContainer;
use shared_kernel_domain::Result;
use shared_kernel_domain::bus::Subscription;
use shared_kernel_domain::clock::Clock;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::identity::IdGenerator;
use shared_kernel_infrastructure::artifact::LocalArtifactStore;
use shared_kernel_infrastructure::bus::{Bus, BusConfig, InProcess, Log, Stores};
use shared_kernel_infrastructure::engine::{Engine, EngineConfig};
use shared_kernel_infrastructure::ingest::Ingest;
use shared_kernel_infrastructure::store::{Migration, Signal, Store};
use shared_kernel_infrastructure::system::{SystemClock, UuidGenerator};

use crate::configuration::Configuration;
use crate::home::{FlowLock, Home};

/// How long a store may refuse its work before it is told.
const TROUBLE: Duration = Duration::from_secs(10);

/// All contexts of this process and what they stand on.
pub(crate) struct Platform {
    /// Where state lives.
    pub(crate) home: Home,
    /// The databases.
    pub(crate) stores: Stores,
    /// The kernel's ports.
    pub(crate) shared: SharedContainer,
    /// Datasets, detectors, pipelines.
    pub(crate) data_science: DataScienceContainer,
    /// Checks and gates.
    pub(crate) data_quality: DataQualityContainer,
    /// Profiles.
    pub(crate) data_profiling: DataProfilingContainer,
    /// Models.
    pub(crate) mlops: MlopsContainer,
}

/// The event flow at work.
pub(crate) struct Flow {
    bus: Bus,
    lock: FlowLock,
}

impl Flow {
    /// Stops it. Where something did not end in time, the lock stays until the process ends.
    pub(crate) fn stop(self, patience: Duration) {
        if !self.bus.stop(patience) {
            std::mem::forget(self.lock);
        }
    }

    /// What a store has been refusing for some time.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.bus.trouble(TROUBLE)
    }
}

impl Platform {
    /// Opens the home and builds every container.
    pub(crate) fn open(configuration: &Configuration) -> Result<Self> {
        let home = Home::open(&configuration.home)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdGenerator> = Arc::new(UuidGenerator);
        let activity = Arc::new(Signal::default());
        let stores = open_stores(&home, &clock, &ids, &activity)?;
        let engine = Arc::new(Engine::new(EngineConfig {
            threads: configuration.threads,
            memory_bytes: configuration.memory_bytes,
            spill_directory: home.temporary(),
        })?);
        let store = |context: Context| Arc::clone(&stores[&context]);
        let datasets = Arc::new(SqlDatasetRepository::new(store(Context::DataScience)));
        let shared = SharedContainer {
            clock: Arc::clone(&clock),
            ids,
            ingest: Arc::new(Ingest::new(Arc::clone(&engine), home.snapshots(), home.temporary())),
            scanner: engine,
            artifacts: Arc::new(LocalArtifactStore::new(home.artifacts())),
            catalog: Arc::new(RepositoryCatalog::new(datasets.clone())),
            events: Arc::new(Log::new(stores.clone(), activity, clock)),
        };
        let trainer = Arc::new(DetectorTrainer::new(
            datasets.clone(),
            Arc::clone(&shared.scanner),
            Arc::clone(&shared.artifacts),
        ));
        Ok(Self {
            data_science: DataScienceContainer {
                shared: shared.clone(),
                datasets,
                pipelines: Arc::new(SqlPipelineRepository::new(store(Context::DataScience))),
                anomalies: Arc::new(SqlAnomalyRepository::new(store(Context::DataScience))),
                scores: Arc::new(ArrowScoresWriter),
            },
            data_quality: DataQualityContainer::new(
                shared.clone(),
                Arc::new(SqlQualityReportRepository::new(store(Context::DataQuality))),
            ),
            data_profiling: DataProfilingContainer::new(
                shared.clone(),
                Arc::new(SqlProfileRepository::new(store(Context::DataProfiling))),
            ),
            mlops: MlopsContainer {
                shared: shared.clone(),
                trainer,
                models: Arc::new(SqlModelRepository::new(store(Context::Mlops))),
            },
            shared,
            stores,
            home,
        })
    }

    /// Every consumer group, in the order of the main flow.
    pub(crate) fn subscriptions(&self) -> Vec<Subscription> {
        let mut all = data_quality_application::subscriptions(&self.data_quality);
        all.extend(data_profiling_application::subscriptions(&self.data_profiling));
        all.extend(mlops_application::subscriptions(&self.mlops));
        all.extend(data_science_application::subscriptions(&self.data_science));
        all
    }

    /// Starts the event flow; what an earlier process left is taken up.
    pub(crate) fn start_flow(&self, lock: FlowLock) -> Result<Flow> {
        let bus = Bus::start(
            &self.stores,
            self.subscriptions(),
            Arc::new(InProcess),
            BusConfig::default(),
        )?;
        Ok(Flow { bus, lock })
    }
}

fn open_stores(
    home: &Home,
    clock: &Arc<dyn Clock>,
    ids: &Arc<dyn IdGenerator>,
    activity: &Arc<Signal>,
) -> Result<Stores> {
    let mut stores = Stores::new();
    for context in Context::ALL {
        let store = Store::open_sqlite(
            &home.database(context),
            context,
            migrations(context),
            Arc::clone(clock),
            Arc::clone(ids),
            Arc::clone(activity),
        )?;
        stores.insert(context, store);
    }
    Ok(stores)
}

fn migrations(context: Context) -> &'static [Migration] {
    match context {
        Context::DataScience => data_science_infrastructure::migrations(),
        Context::DataQuality => data_quality_infrastructure::migrations(),
        Context::DataProfiling => data_profiling_infrastructure::migrations(),
        Context::Mlops => mlops_infrastructure::migrations(),
    }
}
