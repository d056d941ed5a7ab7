use std::fmt;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TableSchema;

/// A digest of a table's names and values in row order, whatever the file format, chunking or
/// partitioning (see `summary::content_digest`), in lower-case hexadecimal.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct ContentDigest(String);

impl ContentDigest {
    /// The digest of a table that was not scanned yet.
    pub const UNKNOWN: Self = Self(String::new());

    /// Whether it was taken.
    pub fn is_known(&self) -> bool {
        !self.0.is_empty()
    }

    /// Wraps a hexadecimal digest.
    pub fn from_hex(hex: impl Into<String>) -> Self {
        Self(hex.into())
    }

    /// The hexadecimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve characters, for people.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One Parquet file of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TablePart {
    /// Absolute path of a file that is read where it is; of one that is kept in the home, its path
    /// there, so that a home may be moved.
    pub location: String,
    /// Rows.
    pub rows: u64,
    /// Size in bytes when it was referenced; another size later means the file was changed.
    pub bytes: u64,
    /// Modification time in nanoseconds since 1970 when it was referenced.
    pub modified: i64,
}

/// A table that can be scanned: Parquet files, in order, and what they hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TableReference {
    /// The files, in row order.
    pub parts: Vec<TablePart>,
    /// The columns.
    pub schema: TableSchema,
    /// Rows in all.
    pub rows: u64,
    /// The digest of the values.
    pub digest: ContentDigest,
}

impl TableReference {
    /// Whether the table is `earlier` with further files behind it, none of which was there: what
    /// is known of the earlier rows still holds.
    pub fn appends_to(&self, earlier: &Self) -> bool {
        self.schema == earlier.schema
            && self.parts.len() > earlier.parts.len()
            && self.parts.starts_with(&earlier.parts)
    }

    /// Whether both are the same files, by what is known: one digest may not have been taken.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let both_known = self.digest.is_known() && other.digest.is_known();
        let files = self.parts == other.parts && self.schema == other.schema;
        files && (!both_known || self.digest == other.digest)
    }

    /// Whether a later version may be this table with further files behind it: files that are read
    /// where they are, or several of them. What was text is one file anew with each version.
    pub fn may_grow(&self) -> bool {
        let in_place = |part: &TablePart| Path::new(&part.location).is_absolute();
        self.parts.len() > 1 || self.parts.first().is_some_and(in_place)
    }

    /// Bytes in all.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }
}
