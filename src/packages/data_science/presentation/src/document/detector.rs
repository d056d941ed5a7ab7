use data_science_domain::detector::DetectorDescription;
use schemars::JsonSchema;
use serde::Serialize;

/// The answer of `detector list`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DetectorListDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The detector taken when none is named.
    pub default: &'static str,
    /// All detectors.
    pub detectors: Vec<DetectorDescription>,
    /// The detector of time series taken when none is named.
    pub series_default: &'static str,
    /// Detectors of time series: for `detect --time`, not for pipelines.
    pub series_detectors: Vec<DetectorDescription>,
}

impl DetectorListDocument {
    /// The schema's name.
    pub const SCHEMA: &str = "pynomaly.detectors/1";
}

/// The answer of `detector show`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DetectorDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The detector.
    pub detector: DetectorDescription,
}

impl DetectorDocument {
    /// The schema's name.
    pub const SCHEMA: &str = "pynomaly.detector/1";
}
