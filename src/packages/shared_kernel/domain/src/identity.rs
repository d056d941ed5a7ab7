//! Identities: one newtype per kind of thing, so that a report id is never taken for a model id.
//!
//! New ids are made only by an [`IdGenerator`], which the composition root supplies.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The place new ids come from: UUIDv7, so that ids sort by creation.
pub trait IdGenerator: Send + Sync {
    /// A new, never repeated id.
    fn next(&self) -> Uuid;
}

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an id.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// A new id.
            pub fn generate(ids: &dyn IdGenerator) -> Self {
                Self(ids.next())
            }

            /// The bare UUID.
            pub fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = crate::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self).map_err(|cause| {
                    crate::Error::usage(format!("not an id: {text:?}")).caused_by(cause)
                })
            }
        }
    };
}

identity!(
    /// A dataset: a named table through time.
    DatasetId
);
identity!(
    /// One immutable version of a dataset.
    DatasetVersionId
);
identity!(
    /// A quality report.
    QualityReportId
);
identity!(
    /// An incident: what one bad batch, or several in a row, caused.
    IncidentId
);
identity!(
    /// A profile.
    ProfileId
);
identity!(
    /// A training run.
    RunId
);
identity!(
    /// A registered model.
    ModelId
);
identity!(
    /// One version of a registered model.
    ModelVersionId
);
identity!(
    /// A detection pipeline.
    PipelineId
);
identity!(
    /// An event.
    EventId
);
identity!(
    /// What joins all events of one chain, from upload to pipeline update.
    CorrelationId
);
identity!(
    /// An audit record.
    AuditId
);
