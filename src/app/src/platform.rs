//! The composition: ports joined with what implements them, once.

use std::sync::Arc;
use std::time::Duration;

use data_profiling_application::DataProfilingContainer;
use data_profiling_infrastructure::{LocalProfileFiles, SqlProfileRepository};
use data_quality_application::DataQualityContainer;
use data_quality_infrastructure::{
    LocalContractFiles, LocalFailingRows, LocalQuarantine, SqlQualityReportRepository,
};
use data_science_application::{DataScienceContainer, DetectorTrainer, RepositoryCatalog};
use data_science_infrastructure::{
    ArrowScoresWriter, SqlAnomalyRepository, SqlDatasetRepository, SqlFeedbackRepository,
    SqlPipelineRepository,
};
use mlops_application::MlopsContainer;
use mlops_infrastructure::SqlModelRepository;
use shared_kernel_application::SharedContainer;
use shared_kernel_domain::Result;
use shared_kernel_domain::artifact::ArtifactStore;
use shared_kernel_domain::bus::Subscription;
use shared_kernel_domain::clock::Clock;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::identity::IdGenerator;
use shared_kernel_infrastructure::artifact::{LocalArtifactStore, ObjectArtifactStore, S3Location};
use shared_kernel_infrastructure::bus::{
    Bus, BusConfig, InProcess, Log, RabbitMq, Stores, Transport,
};
use shared_kernel_infrastructure::engine::{Engine, EngineConfig};
use shared_kernel_infrastructure::ingest::Ingest;
use shared_kernel_infrastructure::store::{Location, Migration, Signal, Store};
use shared_kernel_infrastructure::system::{SystemClock, UuidGenerator};
use shared_kernel_infrastructure::webhook::HttpWebhooks;

use crate::configuration::{ArtifactChoice, Configuration, StoreChoice};
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
    /// The broker that carries events, if there is one.
    pub(crate) broker: Option<Arc<RabbitMq>>,
}

/// The event flow at work.
pub(crate) struct Flow {
    bus: Bus,
    /// Where one process at a time may run the flow.
    _lock: Option<FlowLock>,
}

impl Flow {
    /// Stops it; whether all handlers ended in time.
    pub(crate) fn stop(&self, patience: Duration) -> bool {
        self.bus.stop(patience)
    }

    /// The names of its groups.
    pub(crate) fn groups(&self) -> Vec<&'static str> {
        self.bus.groups()
    }

    /// The groups whose store refuses their work now, and why.
    pub(crate) fn troubles(&self) -> Vec<(&'static str, String)> {
        self.bus.troubles()
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
        let stores = open_stores(&place(configuration, &home), &clock, &ids, &activity)?;
        let broker = open_broker(configuration)?;
        // One pool for what is computed, as the engine has one for what is read. A process that opens
        // a second home keeps the first one's.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(configuration.threads).build_global();
        let engine = Arc::new(Engine::new(EngineConfig {
            home: home.root().to_owned(),
            threads: configuration.threads,
            memory_bytes: configuration.memory_bytes,
            spill_directory: home.temporary(),
        })?);
        let store = |context: Context| Arc::clone(&stores[&context]);
        let datasets = Arc::new(SqlDatasetRepository::new(store(Context::DataScience)));
        let ingest = Arc::new(Ingest::new(Arc::clone(&engine), home.snapshots(), home.temporary()));
        let shared = SharedContainer {
            clock: Arc::clone(&clock),
            ids,
            ingest: ingest.clone(),
            scanner: engine.clone(),
            queries: engine,
            scratch: ingest,
            artifacts: open_artifacts(&configuration.artifacts, &home)?,
            webhooks: Arc::new(HttpWebhooks::default()),
            catalog: Arc::new(RepositoryCatalog::new(datasets.clone())),
            events: Arc::new(Log::new(stores.clone(), activity, clock)),
        };
        let trainer = Arc::new(DetectorTrainer::new(
            datasets.clone(),
            Arc::clone(&shared.scanner),
            Arc::clone(&shared.artifacts),
            configuration.memory_bytes,
        ));
        let reports = Arc::new(SqlQualityReportRepository::new(store(Context::DataQuality)));
        let mut data_quality = DataQualityContainer::new(
            shared.clone(),
            reports,
            Arc::new(LocalContractFiles),
            Arc::new(LocalFailingRows),
            Arc::new(LocalQuarantine::new(home.root().to_owned())),
        );
        let held = &mut data_quality.policy.held_bytes;
        *held = (*held).min(usize::try_from(configuration.memory_bytes).unwrap_or(usize::MAX));
        Ok(Self {
            data_science: DataScienceContainer {
                shared: shared.clone(),
                datasets,
                pipelines: Arc::new(SqlPipelineRepository::new(store(Context::DataScience))),
                anomalies: Arc::new(SqlAnomalyRepository::new(store(Context::DataScience))),
                feedback: Arc::new(SqlFeedbackRepository::new(store(Context::DataScience))),
                scores: Arc::new(ArrowScoresWriter),
                memory_bytes: configuration.memory_bytes,
            },
            data_quality,
            data_profiling: DataProfilingContainer::new(
                shared.clone(),
                Arc::new(SqlProfileRepository::new(store(Context::DataProfiling))),
                Arc::new(LocalProfileFiles),
            ),
            mlops: MlopsContainer {
                shared: shared.clone(),
                trainer,
                models: Arc::new(SqlModelRepository::new(store(Context::Mlops))),
            },
            shared,
            stores,
            home,
            broker,
        })
    }

    /// Every consumer group, in the order of the main flow.
    fn subscriptions(&self) -> Vec<Subscription> {
        let mut all = data_quality_application::subscriptions(&self.data_quality);
        all.extend(data_profiling_application::subscriptions(&self.data_profiling));
        all.extend(mlops_application::subscriptions(&self.mlops));
        all.extend(data_science_application::subscriptions(&self.data_science));
        all
    }

    /// Takes part in the event flow with the consumers of some contexts; what an earlier process
    /// left is taken up. `None` while another process runs the flow in a home of SQLite files,
    /// where only one can.
    pub(crate) fn join_flow(&self, contexts: &[Context]) -> Result<Option<Flow>> {
        let shared = self.stores.values().all(|store| store.is_shared());
        let lock = if shared { None } else { self.home.try_lock_flow()? };
        if !shared && lock.is_none() {
            return Ok(None);
        }
        let mut subscriptions = self.subscriptions();
        subscriptions.retain(|subscription| contexts.contains(&subscription.consumer));
        let transport: Arc<dyn Transport> = match &self.broker {
            Some(broker) => Arc::clone(broker) as Arc<dyn Transport>,
            None => Arc::new(InProcess),
        };
        let bus = Bus::start(&self.stores, subscriptions, transport, BusConfig::default())?;
        Ok(Some(Flow { bus, _lock: lock }))
    }
}

fn open_broker(configuration: &Configuration) -> Result<Option<Arc<RabbitMq>>> {
    let Some(choice) = &configuration.broker else { return Ok(None) };
    RabbitMq::new(&choice.url, &choice.namespace).map(|broker| Some(Arc::new(broker)))
}

/// Where big things are kept.
pub(crate) fn open_artifacts(
    choice: &ArtifactChoice,
    home: &Home,
) -> Result<Arc<dyn ArtifactStore>> {
    Ok(match choice {
        ArtifactChoice::Local => Arc::new(LocalArtifactStore::new(home.artifacts())),
        ArtifactChoice::S3 { bucket, prefix, endpoint, region } => {
            let location = S3Location {
                bucket: bucket.clone(),
                prefix: prefix.clone(),
                endpoint: endpoint.clone(),
                region: region.clone(),
            };
            Arc::new(ObjectArtifactStore::s3(&location)?)
        }
    })
}

/// Opens the databases of all contexts, and nothing above them.
pub(crate) fn open_databases(place: impl Fn(Context) -> Result<Location>) -> Result<Stores> {
    let (clock, ids): (Arc<dyn Clock>, Arc<dyn IdGenerator>) =
        (Arc::new(SystemClock), Arc::new(UuidGenerator));
    open_stores(&place, &clock, &ids, &Arc::default())
}

/// Opens the database of one context, and nothing else.
pub(crate) fn open_database(
    configuration: &Configuration,
    home: &Home,
    context: Context,
) -> Result<Arc<Store>> {
    let location = place(configuration, home)(context)?;
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(UuidGenerator));
    Store::open(&location, context, migrations(context), clock, ids, Arc::default())
}

/// Where the databases of the contexts are.
fn place<'a>(
    configuration: &'a Configuration,
    home: &'a Home,
) -> impl Fn(Context) -> Result<Location> + 'a {
    |context| match &configuration.store {
        StoreChoice::Sqlite => Ok(Location::Sqlite(home.database(context))),
        StoreChoice::Postgres(choice) => choice.location(context),
    }
}

fn open_stores(
    place: &dyn Fn(Context) -> Result<Location>,
    clock: &Arc<dyn Clock>,
    ids: &Arc<dyn IdGenerator>,
    activity: &Arc<Signal>,
) -> Result<Stores> {
    let open = |context| {
        let (clock, ids, activity) = (Arc::clone(clock), Arc::clone(ids), Arc::clone(activity));
        let store =
            Store::open(&place(context)?, context, migrations(context), clock, ids, activity)?;
        store.publish_tables(published_tables(context))?;
        Ok((context, store))
    };
    Context::ALL.into_iter().map(open).collect()
}

fn migrations(context: Context) -> &'static [Migration] {
    match context {
        Context::DataScience => data_science_infrastructure::migrations(),
        Context::DataQuality => data_quality_infrastructure::migrations(),
        Context::DataProfiling => data_profiling_infrastructure::migrations(),
        Context::Mlops => mlops_infrastructure::migrations(),
    }
}

/// What other contexts may read of a context's state.
fn published_tables(context: Context) -> &'static [&'static str] {
    match context {
        Context::DataScience => data_science_infrastructure::PUBLISHED_TABLES,
        Context::DataQuality | Context::DataProfiling | Context::Mlops => &[],
    }
}
