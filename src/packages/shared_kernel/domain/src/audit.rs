//! Who did what to which thing: written in the same transaction as what was done.

use serde::{Deserialize, Serialize};

/// An audit record before the store gives it id, time and position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// A user, or the consumer group that acted.
    pub actor: String,
    /// What was done, such as `dataset.version.created`.
    pub action: String,
    /// The id of what it was done to.
    pub subject: String,
    /// What a reader needs to understand it.
    pub detail: serde_json::Value,
}

impl AuditEntry {
    /// An audit record.
    pub fn new(
        actor: impl Into<String>,
        action: impl Into<String>,
        subject: impl ToString,
        detail: serde_json::Value,
    ) -> Self {
        Self { actor: actor.into(), action: action.into(), subject: subject.to_string(), detail }
    }
}
