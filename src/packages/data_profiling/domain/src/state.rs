//! How the summaries of this crate travel as bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared_kernel_domain::scan::{ScanOutcome, ScanPlan};
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::{Error, Result};

/// The whole state of a summary as bytes.
pub(crate) fn encode<T: Serialize>(summary: &T) -> Result<Vec<u8>> {
    postcard::to_stdvec(summary)
        .map_err(|cause| Error::internal("a summary does not serialise").caused_by(cause))
}

/// What [`encode`] made.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    postcard::from_bytes(bytes).map_err(|cause| damaged("a summary").caused_by(cause))
}

/// The states of the first `most` summaries of a scan, in the plan's order.
pub(crate) fn states(outcome: &ScanOutcome, most: usize) -> Result<Vec<Vec<u8>>> {
    outcome.summaries().take(most).map(Summary::to_bytes).collect()
}

/// The summaries of a plan, filled from what [`states`] made of them; `None` where there are more
/// or fewer.
pub(crate) fn filled(plan: ScanPlan, states: &[Vec<u8>]) -> Result<Option<Vec<Box<dyn Summary>>>> {
    let items = plan.into_items();
    if items.len() != states.len() {
        return Ok(None);
    }
    let filled = items.into_iter().zip(states).map(|(item, bytes)| {
        let mut summary = item.summary;
        summary.merge_bytes(bytes)?;
        Ok(summary)
    });
    filled.collect::<Result<_>>().map(Some)
}

/// Bytes that no summary of ours has made.
pub(crate) fn damaged(what: &str) -> Error {
    Error::internal(format!("the bytes of {what} cannot be read back"))
}

/// Words as plain bytes, little end first: a sample has millions, and most are hashes, which grow
/// by a variable-length code.
pub(crate) mod plain_words {
    use std::fmt;

    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        words: &[u64],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u64>, D::Error> {
        deserializer.deserialize_bytes(Words)
    }

    struct Words;

    impl Visitor<'_> for Words {
        type Value = Vec<u64>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("words of eight bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u64>, E> {
            let (words, rest) = bytes.as_chunks::<8>();
            if !rest.is_empty() {
                return Err(E::invalid_length(bytes.len(), &self));
            }
            Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
        }
    }
}
