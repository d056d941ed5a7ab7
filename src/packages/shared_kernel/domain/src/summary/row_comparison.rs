//! Rows compared with one another on the way through a scan.

use super::Summary;
use super::content_digest::ContentDigestSummary;
use super::row_hash::RowHashes;
use super::support::encode;
use crate::scan::{DuplicateGroup, Duplicates};
use crate::table::Batch;
use crate::{Error, Result};

/// Stands for a row without any value, which is no repetition.
const NO_VALUE: u128 = 0;
/// Bytes of a hash.
const BYTES: usize = size_of::<u128>();

/// The content digest of a table and its repeated rows, from one hash of each row. It holds 16
/// bytes a row: only for tables of which that is little.
#[derive(Clone, Debug, Default)]
pub struct RowComparison {
    digest: ContentDigestSummary,
    /// The number of the first row.
    first_row: u64,
    /// The hash of every row, little end first.
    hashes: Vec<u8>,
}

impl RowComparison {
    /// The most rows that are worth holding a hash of each: 16 MiB.
    pub const MOST_ROWS: u64 = 1 << 20;

    /// The digest, as of the same rows and columns.
    pub fn digest(&self) -> &ContentDigestSummary {
        &self.digest
    }

    /// The rows that agree in all columns, with the `examples` largest groups; exact, as rows are
    /// told apart by 128-bit digests of their values.
    pub fn duplicates(&self, examples: usize) -> Duplicates {
        let in_order = self.hashes().filter(|&hash| hash != NO_VALUE);
        let mut sorted: Vec<u128> = in_order.collect();
        let evaluated_rows = sorted.len() as u64;
        sorted.sort_unstable();
        let mut repeated: Vec<(u128, DuplicateGroup)> = Vec::new();
        for run in sorted.chunk_by(|left, right| left == right) {
            if let [hash, _, ..] = run {
                repeated
                    .push((*hash, DuplicateGroup { first_row: u64::MAX, count: run.len() as u64 }));
            }
        }
        if !repeated.is_empty() {
            for (row, hash) in (self.first_row..).zip(self.hashes()) {
                if let Ok(place) = repeated.binary_search_by_key(&hash, |(hash, _)| *hash)
                    && let Some((_, group)) = repeated.get_mut(place)
                {
                    group.first_row = group.first_row.min(row);
                }
            }
        }
        let mut groups: Vec<DuplicateGroup> =
            repeated.into_iter().map(|(_, group)| group).collect();
        let duplicate_rows = groups.iter().map(|group| group.count - 1).sum();
        groups.sort_unstable_by_key(|group| (std::cmp::Reverse(group.count), group.first_row));
        groups.truncate(examples);
        Duplicates { evaluated_rows, duplicate_rows, groups }
    }

    fn hashes(&self) -> impl Iterator<Item = u128> {
        let (hashes, _) = self.hashes.as_chunks::<BYTES>();
        hashes.iter().map(|bytes| u128::from_le_bytes(*bytes))
    }
}

impl Summary for RowComparison {
    fn key(&self) -> String {
        "row_comparison".to_owned()
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::default())
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        if self.hashes.is_empty() {
            self.first_row = batch.rows.first().copied().unwrap_or_default() as u64;
        }
        let hashes = RowHashes::of(batch);
        self.digest.add_hashed(batch, &hashes);
        self.hashes.reserve(hashes.len() * BYTES);
        for row in 0..hashes.len() {
            let hash = hashes.get(row).unwrap_or(NO_VALUE);
            self.hashes.extend_from_slice(&hash.to_le_bytes());
        }
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let unreadable =
            |cause| Error::internal("a comparison of rows cannot be read back").caused_by(cause);
        let ((digest, first_row), hashes): ((ContentDigestSummary, u64), _) =
            postcard::take_from_bytes(later).map_err(unreadable)?;
        if hashes.len() as u64 != digest.rows() * BYTES as u64 {
            return Err(Error::internal("hashes of rows have another number than the rows"));
        }
        if self.hashes.is_empty() {
            self.first_row = first_row;
        }
        self.digest.merge(&digest);
        self.hashes.extend_from_slice(hashes);
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = encode(&(&self.digest, self.first_row))?;
        bytes.extend_from_slice(&self.hashes);
        Ok(bytes)
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.hashes.capacity()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::table::{Bits, Column, Values};

    /// Hands `take` a batch of one column.
    fn in_batch(cells: &[Option<i64>], start: i64, take: impl FnOnce(&Batch<'_>)) {
        let rows: Vec<i64> = (start..).take(cells.len()).collect();
        let values: Vec<i64> = cells.iter().map(|cell| cell.unwrap_or(3)).collect();
        let bit = |(place, cell): (usize, &Option<i64>)| u64::from(cell.is_some()) << place;
        let valid: u64 = cells.iter().enumerate().map(bit).sum();
        let bytes = valid.to_le_bytes();
        let column = Column {
            values: Values::Integer(&values),
            validity: Bits::new(&bytes, 0, cells.len()),
            len: cells.len(),
            null_count: cells.iter().filter(|cell| cell.is_none()).count(),
        };
        take(&Batch { rows: &rows, columns: &[column] });
    }

    /// The summary of a column that is read in parts.
    fn compared(cells: &[Option<i64>], part: usize) -> RowComparison {
        let mut whole = RowComparison::default();
        for (start, cells) in (0..).step_by(part).zip(cells.chunks(part)) {
            let mut later = RowComparison::default();
            in_batch(cells, start, |batch| later.update(batch).unwrap());
            whole.merge_bytes(&later.to_bytes().unwrap()).unwrap();
        }
        whole
    }

    proptest! {
        #[test]
        fn repeated_rows_are_those_of_a_count_one_by_one(
            cells in prop::collection::vec(prop::option::of(0_i64..12), 0..60),
            part in 1_usize..64,
            examples in 0_usize..4,
        ) {
            let mut counts: BTreeMap<i64, DuplicateGroup> = BTreeMap::new();
            for (row, cell) in cells.iter().enumerate() {
                let Some(cell) = cell else { continue };
                let first = DuplicateGroup { first_row: row as u64, count: 0 };
                counts.entry(*cell).or_insert(first).count += 1;
            }
            let mut groups: Vec<_> = counts.into_values().filter(|group| group.count > 1).collect();
            groups.sort_by_key(|group| (std::cmp::Reverse(group.count), group.first_row));
            let duplicate_rows = groups.iter().map(|group| group.count - 1).sum();
            groups.truncate(examples);
            let evaluated_rows = cells.iter().flatten().count() as u64;
            let expected = Duplicates { evaluated_rows, duplicate_rows, groups };
            prop_assert_eq!(compared(&cells, part).duplicates(examples), expected);
        }

        #[test]
        fn the_digest_is_that_of_the_digest_alone(
            cells in prop::collection::vec(prop::option::of(0_i64..12), 1..60),
            part in 1_usize..64,
        ) {
            let mut alone = ContentDigestSummary::default();
            in_batch(&cells, 0, |batch| alone.add(batch));
            let compared = compared(&cells, part);
            prop_assert_eq!(compared.digest(), &alone);
        }
    }
}
