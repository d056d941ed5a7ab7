use std::fmt;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::identity::{CorrelationId, EventId};
use crate::{Error, Result};

/// A bounded context: a publisher of events and an owner of a database.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// Datasets, detectors, pipelines, anomalies.
    DataScience,
    /// Rules, reports, gates.
    DataQuality,
    /// Profiles.
    DataProfiling,
    /// Experiments, models, promotion.
    Mlops,
}

impl Context {
    /// All contexts, in the order of the main flow.
    pub const ALL: [Self; 4] =
        [Self::DataScience, Self::DataQuality, Self::DataProfiling, Self::Mlops];

    /// The name in identifiers: databases, schemas, groups.
    pub fn name(self) -> &'static str {
        match self {
            Self::DataScience => "data_science",
            Self::DataQuality => "data_quality",
            Self::DataProfiling => "data_profiling",
            Self::Mlops => "mlops",
        }
    }

    /// The CloudEvents `source`.
    pub fn source(self) -> String {
        format!("/pynomaly/{}", self.name())
    }
}

impl fmt::Display for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A published contract: what an event of one type and version carries.
pub trait EventPayload: Serialize + DeserializeOwned + JsonSchema {
    /// The CloudEvents `type`, with the major version.
    const TYPE: &'static str;
    /// Who publishes it.
    const SOURCE: Context;

    /// The aggregate the event is about: the ordering key.
    fn subject(&self) -> String;
}

/// An event before the store gives it id, time and sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// The CloudEvents `type`.
    pub event_type: String,
    /// The ordering key.
    pub subject: String,
    /// The payload.
    pub data: Value,
    /// The chain it belongs to; `None` begins a chain.
    pub correlation_id: Option<CorrelationId>,
    /// The event it was caused by.
    pub causation_id: Option<EventId>,
    /// W3C trace context of the chain.
    pub traceparent: Option<String>,
}

impl NewEvent {
    /// An event that begins a chain.
    pub fn beginning<E: EventPayload>(payload: &E) -> Result<Self> {
        let data = serde_json::to_value(payload).map_err(|cause| {
            Error::internal(format!("{} does not serialise", E::TYPE)).caused_by(cause)
        })?;
        Ok(Self {
            event_type: E::TYPE.to_owned(),
            subject: payload.subject(),
            data,
            correlation_id: None,
            causation_id: None,
            traceparent: None,
        })
    }

    /// An event that `cause` led to: same chain, same trace.
    pub fn caused_by<E: EventPayload>(payload: &E, cause: &Envelope) -> Result<Self> {
        Ok(Self {
            correlation_id: Some(cause.correlation_id),
            causation_id: Some(cause.id),
            traceparent: cause.traceparent.clone(),
            ..Self::beginning(payload)?
        })
    }
}

/// A published event: CloudEvents 1.0, structured JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Envelope {
    /// Always `1.0`.
    pub specversion: String,
    /// Unique id (UUIDv7).
    pub id: EventId,
    /// Publisher, such as `/pynomaly/data_science`.
    pub source: String,
    /// Type with major version.
    #[serde(rename = "type")]
    pub event_type: String,
    /// Aggregate id: the ordering key.
    pub subject: String,
    /// When it was recorded; information only.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// The JSON Schema of `data`.
    pub dataschema: String,
    /// Place in the order of its source and subject, from 1, without gaps.
    pub sequence: u64,
    /// The chain it belongs to.
    #[serde(rename = "correlationid")]
    pub correlation_id: CorrelationId,
    /// The event it was caused by.
    #[serde(rename = "causationid", default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<EventId>,
    /// W3C trace context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The payload.
    pub data: Value,
    /// Attributes of later versions, kept as they came.
    #[serde(flatten)]
    pub extensions: Map<String, Value>,
}

impl Envelope {
    /// The payload as a contract; unknown fields are ignored.
    pub fn payload<E: EventPayload>(&self) -> Result<E> {
        if self.event_type != E::TYPE {
            return Err(Error::internal(format!(
                "expected an event of type {}, got {}",
                E::TYPE,
                self.event_type
            )));
        }
        serde_json::from_value(self.data.clone()).map_err(|cause| {
            Error::input(format!("event {} does not fit its contract: {cause}", self.id))
                .at(self.event_type.clone())
        })
    }
}
