//! Model bytes: `PYNOMALY` `MODEL` and a NUL, the format's version (u16, little endian), then the
//! document in postcard encoding and nothing after it. Version 1 is read for ever: its document is
//! turned into one of version 2, calibrated by the scores it has, those of its training rows.
//!
//! Bytes may come from a stranger: sizes are limited, lengths are checked against the bytes there
//! are, and every index is checked before it is used; what does not fit is an `Input` error.

use serde::{Deserialize, Serialize};
use shared_kernel_domain::{Error, Result};

use super::{AnomalyModel, Border, Calibration};
use crate::decision::DecisionRule;
use crate::detector::algorithm;
use crate::encoder::{Encoder, EncoderDocument};

const MAGIC: &[u8; 14] = b"PYNOMALYMODEL\0";
const VERSION: u16 = 2;

/// Scores that a model of version 1 kept at most.
const FIRST_MAX_KEPT: usize = 10_000;

/// The largest model that is read or written, in bytes.
const MAX_BYTES: usize = 256 << 20;

#[derive(Serialize, Deserialize)]
struct ModelDocument {
    encoder: EncoderDocument,
    /// Usual numbers of each column.
    quantiles: Vec<Vec<f64>>,
    detector: String,
    detector_state: Vec<u8>,
    seed: u64,
    calibration: Calibration,
    border: Border,
    training_rows: u64,
}

/// The document of version 1.
#[derive(Deserialize)]
struct FirstDocument {
    encoder: EncoderDocument,
    detector: String,
    detector_state: Vec<u8>,
    seed: u64,
    calibration: FirstCalibration,
    contamination: f64,
    threshold: f64,
}

/// Training scores: ascending, all of them or evenly spaced quantiles.
#[derive(Deserialize)]
struct FirstCalibration {
    rows: u64,
    sorted: Vec<f64>,
}

impl FirstDocument {
    fn upcast(self) -> Result<ModelDocument> {
        let FirstCalibration { rows, sorted } = self.calibration;
        let sound = !sorted.is_empty()
            && sorted.len() <= FIRST_MAX_KEPT
            && sorted.len() as u64 <= rows
            && sorted.iter().all(|score| score.is_finite())
            && sorted.is_sorted();
        if !sound {
            return Err(Error::input("the calibration in the model is broken"));
        }
        Ok(ModelDocument {
            encoder: self.encoder,
            quantiles: Vec::new(),
            detector: self.detector,
            detector_state: self.detector_state,
            seed: self.seed,
            calibration: Calibration::of_quantiles(rows, &sorted),
            border: Border::Score { threshold: self.threshold, contamination: self.contamination },
            training_rows: rows,
        })
    }
}

impl Border {
    fn check(self) -> Result<()> {
        let rule = match self {
            Self::FalseShare(share) => DecisionRule::fdr(share),
            Self::Score { threshold, contamination } if threshold.is_finite() => {
                DecisionRule::contamination(contamination)
            }
            Self::Score { .. } => {
                return Err(Error::input("the threshold in the model is not a number"));
            }
        };
        // What a user may not ask for is wrong usage; in a file it is damage.
        rule.map(drop).map_err(|cause| refused("its decision is none").caused_by(cause))
    }
}

impl AnomalyModel {
    /// The model's bytes; the same model gives the same bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let document = ModelDocument {
            encoder: self.encoder.document(),
            quantiles: self.encoder.quantiles(),
            detector: self.detector_name.clone(),
            detector_state: self.detector.to_bytes()?,
            seed: self.seed,
            calibration: self.calibration.clone(),
            border: self.border,
            training_rows: self.training_rows,
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
        if bytes.len() > MAX_BYTES {
            return Err(refused(format!("{} bytes are too many", bytes.len())));
        }
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(refused("it does not begin like one"));
        };
        let Some((version, payload)) = rest.split_first_chunk::<2>() else {
            return Err(refused("it ends too soon"));
        };
        let document = match u16::from_le_bytes(*version) {
            1 => decoded::<FirstDocument>(payload)?.upcast()?,
            VERSION => decoded::<ModelDocument>(payload)?,
            other => {
                return Err(refused(format!("its format is version {other}, not {VERSION}")));
            }
        };
        document.calibration.check()?;
        document.border.check()?;
        let encoder = Encoder::restore(document.encoder, document.quantiles)?;
        let algorithm = algorithm(&document.detector).map_err(|cause| {
            refused(format!("it names a detector {:?}", document.detector)).caused_by(cause)
        })?;
        let detector = algorithm.restore(&document.detector_state, encoder.features())?;
        Ok(Self {
            encoder,
            detector_name: document.detector,
            detector,
            seed: document.seed,
            calibration: document.calibration,
            border: document.border,
            training_rows: document.training_rows,
        })
    }
}

fn refused(why: impl std::fmt::Display) -> Error {
    Error::input(format!("this is not a model pynomaly can read: {why}"))
        .hint("train the model again with this version of pynomaly")
}

/// A document that fills the bytes.
fn decoded<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T> {
    let (document, rest) = postcard::take_from_bytes::<T>(payload)
        .map_err(|cause| refused("its contents are damaged").caused_by(cause))?;
    if rest.is_empty() {
        return Ok(document);
    }
    Err(refused(format!("{} bytes follow its end", rest.len())))
}
