//! Webhooks: who outside is told of incidents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::{IncidentChange, IncidentChanged};
use shared_kernel_domain::identity::DatasetId;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::webhook::WebhookTarget;
use shared_kernel_domain::{Error, Result};

/// The longest name of a webhook, in characters.
const LONGEST_NAME: usize = 64;

/// Who is told of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its name.
    pub name: String,
    /// The URL; its path and query may be a secret.
    pub url: String,
    /// What it is told of.
    pub on: Vec<IncidentChange>,
    /// The one dataset it is told of; `None` for all.
    pub dataset: Option<WatchedDataset>,
    /// The environment variable that holds the secret with which calls are signed.
    pub secret_variable: String,
    /// Whether it may be in a private network.
    pub private: bool,
    /// When it was added; what happened before is not told.
    pub created_at: Timestamp,
}

/// A dataset whose incidents are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WatchedDataset {
    /// Its id.
    pub id: DatasetId,
    /// Its name when the webhook was added.
    pub name: String,
}

impl Webhook {
    /// Whether it is told of a change.
    pub fn hears_of(&self, changed: &IncidentChanged) -> bool {
        let id = changed.dataset.dataset_id;
        self.on.contains(&changed.change)
            && self.dataset.as_ref().is_none_or(|dataset| dataset.id == id)
    }

    /// Whom to call.
    pub fn target(&self) -> WebhookTarget<'_> {
        WebhookTarget {
            url: &self.url,
            secret_variable: &self.secret_variable,
            private: self.private,
        }
    }
}

/// Checks the name of a new webhook.
///
/// # Errors
/// A usage error when it is none.
pub fn webhook_name(name: &str) -> Result<()> {
    let fits = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(fits) {
        return Err(Error::usage(format!("{name:?} cannot be the name of a webhook"))
            .hint("use at most 64 letters, digits, - _ and ."));
    }
    Ok(())
}

/// Where webhooks are kept.
pub trait WebhookRepository: Send + Sync {
    /// All, by name.
    fn webhooks(&self) -> Result<Vec<Webhook>>;

    /// One by name.
    fn webhook(&self, name: &str) -> Result<Option<Webhook>>;

    /// Keeps a webhook, in place of one of that name.
    fn keep(&self, webhook: &Webhook, unit: UnitOfWork) -> Result<()>;

    /// Forgets a webhook.
    fn forget(&self, name: &str, unit: UnitOfWork) -> Result<()>;

    /// Commits what is to be told, and nothing else.
    fn hand_out(&self, unit: UnitOfWork) -> Result<()>;
}
