//! Model bytes: `PYNOMALY` `MODEL` and a NUL, the format's version (u16, little endian), then the
//! document in postcard encoding and nothing after it.
//!
//! Bytes may come from a stranger: sizes are limited, lengths are checked against the bytes there
//! are, and every index is checked before it is used; what does not fit is an `Input` error.

use serde::{Deserialize, Serialize};
use shared_kernel_domain::{Error, Result};

use super::{AnomalyModel, Calibration};
use crate::decision::DecisionRule;
use crate::detector::algorithm;
use crate::encoder::{Encoder, EncoderDocument};

const MAGIC: &[u8; 14] = b"PYNOMALYMODEL\0";
const VERSION: u16 = 1;

/// The largest model that is read or written, in bytes.
const MAX_BYTES: usize = 256 << 20;

#[derive(Serialize, Deserialize)]
struct ModelDocument {
    encoder: EncoderDocument,
    detector: String,
    detector_state: Vec<u8>,
    seed: u64,
    calibration: Calibration,
    contamination: f64,
    threshold: f64,
}

impl AnomalyModel {
    /// The model's bytes; the same model gives the same bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let document = ModelDocument {
            encoder: self.encoder.document(),
            detector: self.detector_name.clone(),
            detector_state: self.detector.to_bytes()?,
            seed: self.seed,
            calibration: self.calibration.clone(),
            contamination: self.contamination,
            threshold: self.threshold,
        };
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        let bytes = postcard::to_extend(&document, bytes)
            .map_err(|cause| Error::internal("a model does not serialise").caused_by(cause))?;
        if bytes.len() > MAX_BYTES {
            return Err(Error::input(format!(
                "the model would take {} MiB, more than the {} MiB allowed",
                bytes.len() >> 20,
                MAX_BYTES >> 20
            ))
            .hint("choose a detector that keeps no training values, such as isolation_forest"));
        }
        Ok(bytes)
    }

    /// Reads a model; bytes that are not one are refused.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let refused = |why: String| {
            Error::input(format!("this is not a model pynomaly can read: {why}"))
                .hint("train the model again with this version of pynomaly")
        };
        if bytes.len() > MAX_BYTES {
            return Err(refused(format!("{} bytes are too many", bytes.len())));
        }
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(refused("it does not begin like one".to_owned()));
        };
        let Some((version, payload)) = rest.split_first_chunk::<2>() else {
            return Err(refused("it ends too soon".to_owned()));
        };
        let version = u16::from_le_bytes(*version);
        if version != VERSION {
            return Err(refused(format!("its format is version {version}, not {VERSION}")));
        }
        let (document, rest) = postcard::take_from_bytes::<ModelDocument>(payload)
            .map_err(|cause| refused("its contents are damaged".to_owned()).caused_by(cause))?;
        if !rest.is_empty() {
            return Err(refused(format!("{} bytes follow its end", rest.len())));
        }
        document.calibration.check()?;
        if !document.threshold.is_finite() {
            return Err(refused("its threshold is not a number".to_owned()));
        }
        DecisionRule::contamination(document.contamination)?;
        let encoder = Encoder::restore(document.encoder)?;
        let detector =
            algorithm(&document.detector)?.restore(&document.detector_state, encoder.features())?;
        Ok(Self {
            encoder,
            detector_name: document.detector,
            detector,
            seed: document.seed,
            calibration: document.calibration,
            contamination: document.contamination,
            threshold: document.threshold,
        })
    }
}
