//! Whether the process can work: each of its dependencies is asked.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use shared_kernel_domain::Result;

use super::http::Limits;
use super::question::{Cached, Question};

/// How it stands with something that the process needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Dependency {
    /// What it is: `store data_quality`, `broker`, `artifact store`.
    pub(crate) name: String,
    /// Whether the process can work with it.
    pub(crate) ok: bool,
    /// The same in a sentence.
    pub(crate) message: String,
}

/// Asks for one dependency, or for some that stand and fall together.
pub(crate) struct Probe {
    name: String,
    question: Question<Vec<Dependency>>,
}

impl Probe {
    /// Asks one dependency: a sentence if it works, an error if it does not.
    pub(crate) fn one(
        name: impl Into<String>,
        ask: impl Fn() -> Result<String> + Send + Sync + 'static,
    ) -> Self {
        let name = name.into();
        let asked = name.clone();
        Self::some(name, move || {
            let (ok, message) = match ask() {
                Ok(message) => (true, message),
                Err(error) => (false, error.to_string()),
            };
            vec![Dependency { name: asked.clone(), ok, message }]
        })
    }

    /// Asks for several at once; under `name` it is told that there was no answer.
    pub(crate) fn some(
        name: impl Into<String>,
        ask: impl Fn() -> Vec<Dependency> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), question: Question::new(Arc::new(ask)) }
    }

    async fn answer(&self, limit: Duration) -> Vec<Dependency> {
        match self.question.answer(limit).await {
            Ok(answer) => answer,
            Err(message) => {
                vec![Dependency { name: self.name.clone(), ok: false, message }]
            }
        }
    }
}

/// The answer to `/health/ready`.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Whether every dependency is fine.
    pub(super) ready: bool,
    /// All of them.
    pub(super) dependencies: Vec<Dependency>,
}

/// Asks all dependencies at once, and not more often than needed.
pub(super) struct Readiness {
    probes: Vec<Arc<Probe>>,
    newest: Cached<Arc<Report>>,
    limit: Duration,
}

impl Readiness {
    /// What to ask.
    pub(super) fn new(probes: Vec<Probe>, limits: &Limits) -> Self {
        let probes = probes.into_iter().map(Arc::new).collect();
        Self { probes, newest: Cached::new(limits.age), limit: limits.answer }
    }

    /// How it stands, not older than allowed.
    pub(super) async fn report(&self) -> Arc<Report> {
        self.newest.get(self.ask()).await
    }

    async fn ask(&self) -> Arc<Report> {
        let limit = self.limit;
        let asked: Vec<_> = self
            .probes
            .iter()
            .map(|probe| {
                let probe = Arc::clone(probe);
                tokio::spawn(async move { probe.answer(limit).await })
            })
            .collect();
        let mut dependencies = Vec::new();
        for (probe, answer) in self.probes.iter().zip(asked) {
            dependencies.extend(answer.await.unwrap_or_else(|failure| {
                vec![Dependency {
                    name: probe.name.clone(),
                    ok: false,
                    message: format!("could not be asked: {failure}"),
                }]
            }));
        }
        let ready = dependencies.iter().all(|dependency| dependency.ok);
        Arc::new(Report { ready, dependencies })
    }
}
