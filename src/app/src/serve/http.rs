//! What `serve` answers over HTTP: whether it lives, whether it can work, and its metrics.
//!
//! It listens on loopback only, since nobody is asked who they are, and stands on a thread of its
//! own, so that it answers however busy the rest is.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use shared_kernel_domain::bus::GroupStatus;
use shared_kernel_domain::{Error, Result};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::listener::BoundedListener;
use super::readiness::{Probe, Readiness};
use super::scrape::Scrape;
use crate::configuration::only_loopback;

/// How often samples of histograms are put together when nobody scrapes; until then each is kept.
const UPKEEP: Duration = Duration::from_secs(5);

/// What is asked for health and metrics. All of it may block.
pub(crate) struct Health {
    /// What the process needs in order to work.
    pub(crate) probes: Vec<Probe>,
    /// The state of every consumer group.
    pub(crate) groups: Arc<dyn Fn() -> Result<Vec<GroupStatus>> + Send + Sync>,
    /// What the process measured.
    pub(crate) metrics: PrometheusHandle,
}

/// What a client may take, and how long what it asks for may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Connections at once; further ones wait.
    pub(super) connections: usize,
    /// From accepting a connection to the end of its answer.
    pub(super) connection: Duration,
    /// From asking a dependency to its answer.
    pub(super) answer: Duration,
    /// How long an answer is given again without asking.
    pub(super) age: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            connection: Duration::from_secs(5),
            answer: Duration::from_secs(2),
            age: Duration::from_secs(1),
        }
    }
}

/// A server at work; it ends with [`Server::stop`], at once when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
    runtime: DetachedRuntime,
}

/// A runtime whose end does not wait for threads that hang in a question.
struct DetachedRuntime(Option<Runtime>);

impl Drop for DetachedRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Server {
    /// Listens and answers until it is stopped. An address that others than this machine reach is
    /// wrong usage; one that is taken is unavailable.
    pub(crate) fn start(listen: SocketAddr, health: Health) -> Result<Self> {
        Self::start_within(Limits::default(), listen, health)
    }

    pub(super) fn start_within(limits: Limits, listen: SocketAddr, health: Health) -> Result<Self> {
        only_loopback(listen)?;
        let listener = TcpListener::bind(listen)
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
            .map_err(|cause| cannot_listen(listen, cause))?;
        let address = listener.local_addr().map_err(|cause| cannot_listen(listen, cause))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(health.probes.len() + 2)
            .thread_name("http")
            .enable_all()
            .build()
            .map_err(|cause| {
                Error::unavailable("no thread can be started for HTTP").caused_by(cause)
            })?;
        let (stop, stopped) = oneshot::channel::<()>();
        let metrics = health.metrics.clone();
        let router = router(&limits, health);
        let entered = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener)
            .map_err(|cause| cannot_listen(listen, cause))?;
        drop(entered);
        let listener = BoundedListener::new(listener, limits.connections, limits.connection);
        let serving = runtime.spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(async {
                    // An error says that the sender is gone: the same.
                    let _ = stopped.await;
                })
                .await
        });
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                metrics.run_upkeep();
            }
        });
        Ok(Self { address, stop, serving, runtime: DetachedRuntime(Some(runtime)) })
    }

    /// Where it listens; the port is a real one even if any was asked for.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests and lets those at work end; whether all did within `patience`.
    pub(crate) fn stop(self, patience: Duration) -> bool {
        let Self { stop, serving, runtime, .. } = self;
        // It fails when serving has ended already.
        let _ = stop.send(());
        let Some(runtime) = &runtime.0 else { return true };
        runtime.block_on(async { tokio::time::timeout(patience, serving).await.is_ok() })
    }
}

fn cannot_listen(listen: SocketAddr, cause: std::io::Error) -> Error {
    let (what, hint) = match cause.kind() {
        std::io::ErrorKind::AddrInUse => (
            format!("another program listens on {listen}"),
            "stop it, or choose another address with --listen or PYNOMALY_LISTEN",
        ),
        _ => (
            format!("{listen} cannot be listened on: {cause}"),
            "choose another address with --listen or PYNOMALY_LISTEN",
        ),
    };
    Error::unavailable(what).hint(hint).caused_by(cause)
}

#[derive(Clone)]
struct Answers {
    readiness: Arc<Readiness>,
    scrape: Arc<Scrape>,
}

fn router(limits: &Limits, health: Health) -> Router {
    let answers = Answers {
        readiness: Arc::new(Readiness::new(health.probes, limits)),
        scrape: Arc::new(Scrape::new(health.metrics, health.groups, limits)),
    };
    Router::new()
        .route("/health/live", get(async || "alive\n"))
        .route("/health/ready", get(ready))
        .route("/metrics", get(scrape))
        .fallback(async || {
            let detail = "there are /health/live, /health/ready and /metrics";
            problem(StatusCode::NOT_FOUND, detail)
        })
        .method_not_allowed_fallback(async || {
            problem(StatusCode::METHOD_NOT_ALLOWED, "it can only be read: GET or HEAD")
        })
        .with_state(answers)
        .layer(from_fn(only_for_this_machine))
        .layer(middleware::map_response(with_headers))
}

async fn ready(State(answers): State<Answers>) -> Response {
    // On a task of its own: a client that goes away does not undo a question that others wait for.
    let readiness = Arc::clone(&answers.readiness);
    match tokio::spawn(async move { readiness.report().await }).await {
        Ok(report) => {
            let status =
                if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            json(status, "application/json", &*report)
        }
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "the dependencies cannot be asked"),
    }
}

async fn scrape(State(answers): State<Answers>) -> Response {
    let scrape = Arc::clone(&answers.scrape);
    match tokio::spawn(async move { scrape.text().await }).await {
        Ok(text) => {
            let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            ([(CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written"),
    }
}

/// A page of elsewhere whose name was bound to a loopback address (DNS rebinding) is not answered.
async fn only_for_this_machine(request: Request, next: Next) -> Response {
    if is_for_this_machine(request.headers()) {
        return next.run(request).await;
    }
    problem(StatusCode::MISDIRECTED_REQUEST, "only requests to a loopback address are answered")
}

fn is_for_this_machine(headers: &HeaderMap) -> bool {
    // HTTP/1.0 has none, and no browser speaks it.
    let Some(host) = headers.get(HOST) else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// One request per connection, so that a connection's time is the time of its request.
async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// An error as RFC 9457 has it.
#[derive(Serialize)]
struct Problem {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'static str,
}

fn problem(status: StatusCode, detail: &'static str) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let body = Problem { r#type: "about:blank", title, status: status.as_u16(), detail };
    json(status, "application/problem+json", &body)
}

fn json(status: StatusCode, kind: &'static str, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => {
            (status, [(CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
