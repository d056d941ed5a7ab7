//! Events between contexts: the envelope and the published contracts.
//!
//! Within a version only optional fields are added; anything else is a new version with an
//! upcaster (guarantee G13). Every published version has a golden file that reads for ever.

mod contracts;
mod envelope;

pub use contracts::{
    AnomaliesDetected, ContractDecision, ContractDescription, ContractReference, DatasetUploaded,
    DatasetVersionRef, GateDecision, GateOverride, IncidentCause, IncidentChange, IncidentChanged,
    IssueCounts, ModelDeclined, ModelTrained, ModelVersionRef, PipelineUpdated, ProfileGenerated,
    QualityAnalyzed, WebhookDue, contracts,
};
pub use envelope::{Context, Envelope, EventPayload, NewEvent};
