//! The command: starts the consumers, answers health and metrics, and stops when asked to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{Console, Outcome};

use super::http::{Health, Server};
use super::readiness::{Dependency, Probe};
use crate::configuration::{Configuration, ServeFlags};
use crate::platform::{Flow, Platform};

/// How long running handlers may take to end or to hand back their work (G16).
const PATIENCE: Duration = Duration::from_secs(8);
/// How long requests under way may take when the process ends.
const HTTP_PATIENCE: Duration = Duration::from_secs(1);
/// A look at the wish to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Runs the consumers of some contexts until it is stopped, and answers health, readiness and
/// metrics on this machine.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pynomaly serve
  pynomaly serve --contexts data_quality,data_profiling --listen 127.0.0.1:8751

Stop it with SIGTERM or Ctrl-C: handlers at work end or hand back what they hold, so that another
process goes on with it at once. A store of SQLite files is served by one process; PostgreSQL by as
many as there are, each with all contexts or some.

Answers: /health/live, /health/ready (503 while something it needs is missing, with the reason) and
/metrics (Prometheus).

Exit code: 0 stopped when asked to, 2 wrong configuration, 5 a store could not be reached.")]
pub(crate) struct Command {
    #[command(flatten)]
    pub(crate) flags: ServeFlags,
}

/// Serves until it is asked to stop.
pub(crate) fn run(
    configuration: &Configuration,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let metrics = super::record_metrics()?;
    let platform = Arc::new(Platform::open(configuration)?);
    let flow = platform.join_flow(&configuration.contexts)?.ok_or_else(|| {
        Error::unavailable("another pynomaly process runs the event flow in this home")
            .at(platform.home.root().display().to_string())
            .hint("wait for it to end, use another --home, or a store on PostgreSQL, which processes share")
    })?;
    let flow = Arc::new(flow);
    let stopping = Arc::new(AtomicBool::new(false));
    let events = Arc::clone(&platform.shared.events);
    let health = Health {
        probes: probes(&platform, &flow, &stopping, &configuration.contexts),
        groups: Arc::new(move || events.status()),
        metrics,
    };
    let server = Server::start(configuration.listen, health)?;
    let names: Vec<&str> = configuration.contexts.iter().map(|context| context.name()).collect();
    console.note(&format!(
        "serving {} on http://{}; Ctrl-C or SIGTERM stops",
        names.join(", "),
        server.address()
    ));
    while !cancellation.is_cancelled() {
        std::thread::sleep(LOOK);
    }
    stopping.store(true, Ordering::Relaxed);
    console.note("stopping");
    let handed_back = flow.stop(PATIENCE);
    server.stop(HTTP_PATIENCE);
    if !handed_back {
        console.warning("a handler did not end in time; its event is handled again elsewhere");
    }
    Ok(Outcome::Done)
}

fn probes(
    platform: &Arc<Platform>,
    flow: &Arc<Flow>,
    stopping: &Arc<AtomicBool>,
    contexts: &[Context],
) -> Vec<Probe> {
    let mut probes = Vec::new();
    for context in contexts {
        let Some(store) = platform.stores.get(context).cloned() else { continue };
        probes.push(Probe::one(format!("store {context}"), move || {
            store.answers().map(|()| "answers".to_owned())
        }));
    }
    if let Some(broker) = platform.broker.clone() {
        probes.push(Probe::one("broker", move || broker.health().map(|()| "connected".to_owned())));
    }
    let artifacts = Arc::clone(&platform.shared.artifacts);
    probes.push(Probe::one("artifact store", move || {
        artifacts.check().map(|()| "can be written".to_owned())
    }));
    let (flow, stopping) = (Arc::clone(flow), Arc::clone(stopping));
    probes.push(Probe::some("consumer groups", move || groups(&flow, &stopping)));
    probes
}

/// Every group, and what keeps it from working.
fn groups(flow: &Flow, stopping: &AtomicBool) -> Vec<Dependency> {
    let troubles = flow.troubles();
    let is_stopping = stopping.load(Ordering::Relaxed);
    flow.groups()
        .into_iter()
        .map(|group| {
            let trouble = troubles.iter().find(|(name, _)| *name == group);
            let message = match trouble {
                _ if is_stopping => "stopping".to_owned(),
                Some((_, trouble)) => trouble.clone(),
                None => "works".to_owned(),
            };
            let ok = !is_stopping && trouble.is_none();
            Dependency { name: format!("group {group}"), ok, message }
        })
        .collect()
}
