//! How the summaries of this module travel as bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared_kernel_domain::{Error, Result};

/// The whole state of a summary as bytes.
pub(super) fn encode<T: Serialize>(summary: &T) -> Result<Vec<u8>> {
    postcard::to_stdvec(summary)
        .map_err(|cause| Error::internal("a summary does not serialise").caused_by(cause))
}

/// What [`encode`] made.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    postcard::from_bytes(bytes).map_err(|cause| damaged("a summary").caused_by(cause))
}

/// Bytes that no summary of ours has made.
pub(super) fn damaged(what: &str) -> Error {
    Error::internal(format!("the bytes of {what} cannot be read back"))
}

/// Words as plain bytes, little end first: a sample has millions, and most are hashes, which grow
/// by a variable-length code.
pub(super) mod plain_words {
    use std::fmt;

    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        words: &[u64],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
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
