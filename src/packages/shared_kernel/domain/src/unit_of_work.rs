//! What must become durable together with a change of state (guarantees G1 and G4).
//!
//! A repository's writing method takes the state and a [`UnitOfWork`]; its implementation hands
//! both to the store, which commits state, outgoing events, audit records and the completion of
//! the delivery being handled in one transaction, or none of them.

use crate::audit::AuditEntry;
use crate::bus::Receipt;
use crate::event::NewEvent;

/// The companions of a state change.
#[derive(Debug, Default)]
#[must_use = "a unit of work does nothing until a repository commits it"]
pub struct UnitOfWork {
    /// The delivery whose handling this commit completes.
    pub completes: Option<Receipt>,
    /// Events to publish, in order.
    pub events: Vec<NewEvent>,
    /// Audit records.
    pub audit: Vec<AuditEntry>,
}

impl UnitOfWork {
    /// A unit of work of a command: nothing is being handled.
    pub fn of_command() -> Self {
        Self::default()
    }

    /// A unit of work that completes the handling of a delivery.
    pub fn completing(receipt: Receipt) -> Self {
        Self { completes: Some(receipt), ..Self::default() }
    }

    /// Adds an event.
    pub fn publish(mut self, event: NewEvent) -> Self {
        self.events.push(event);
        self
    }

    /// Adds an audit record.
    pub fn audit(mut self, entry: AuditEntry) -> Self {
        self.audit.push(entry);
        self
    }
}
