//! The content digest of a table: of its names and values in row order, not of its bytes.

use serde::{Deserialize, Serialize};

use super::Summary;
use super::row_hash::{RowHashes, mix};
use crate::table::{Batch, ContentDigest};
use crate::{Error, Result};

const ODD: [u64; 4] =
    [0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0xd6e8_feb8_6659_fd93];

/// Sums a hash of (row number, row values) over all rows in four lanes of 64 bits.
///
/// A sum can be taken in any order and in any parts, and the row number in each term makes it
/// depend on the order of the rows all the same. The final digest is BLAKE3 over the sum, the
/// number of rows and the column names. Values count by their canonical form (see
/// [`RowHashes`]), so the same rows from CSV or Parquet give the same digest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentDigestSummary {
    lanes: [u64; 4],
    rows: u64,
}

impl ContentDigestSummary {
    /// The digest of a table that has these column names, in the order the columns were given.
    pub fn digest<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> ContentDigest {
        let mut hasher = blake3::Hasher::new_derive_key("pynomaly content digest 1");
        for lane in self.lanes {
            hasher.update(&lane.to_le_bytes());
        }
        hasher.update(&self.rows.to_le_bytes());
        for name in names {
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
        }
        ContentDigest::from_hex(hasher.finalize().to_hex().as_str())
    }

    /// Rows taken in.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes in the rows of another part.
    pub(super) fn merge(&mut self, other: &Self) {
        for (lane, other) in self.lanes.iter_mut().zip(other.lanes) {
            *lane = lane.wrapping_add(other);
        }
        self.rows += other.rows;
    }

    /// Takes in a batch of all columns.
    pub fn add(&mut self, batch: &Batch<'_>) {
        self.add_hashed(batch, &RowHashes::of(batch));
    }

    /// The same where the rows are hashed already.
    pub(super) fn add_hashed(&mut self, batch: &Batch<'_>, hashes: &RowHashes) {
        for (&row, (first, second)) in batch.rows.iter().zip(hashes.iter_lanes()) {
            let place = mix((row as u64).wrapping_add(ODD[0]));
            let (first, second) = (first ^ place, second.wrapping_add(place.rotate_left(32)));
            for (index, lane) in self.lanes.iter_mut().enumerate() {
                let turned = first.rotate_left(13 * index as u32);
                *lane = lane.wrapping_add(mix(turned ^ second.wrapping_mul(ODD[index])));
            }
        }
        self.rows += batch.len() as u64;
    }
}

impl Summary for ContentDigestSummary {
    fn key(&self) -> String {
        "content_digest".to_owned()
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::default())
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        self.add(batch);
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let later: Self = postcard::from_bytes(later).map_err(|error| {
            Error::internal("a content digest's state could not be read").caused_by(error)
        })?;
        self.merge(&later);
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_stdvec(self).map_err(|error| {
            Error::internal("a content digest's state could not be written").caused_by(error)
        })
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Bits, Column, TextValues, Values};
    use proptest::prelude::*;

    /// A table of one nullable integer and one text column.
    #[derive(Clone, Debug)]
    struct Rows(Vec<(Option<i64>, String)>);

    fn digest_in_parts(Rows(rows): &Rows, cuts: &[usize], as_floats: bool) -> ContentDigest {
        let mut parts = Vec::new();
        let mut start = 0;
        for &cut in cuts.iter().chain([&rows.len()]) {
            let end = cut.clamp(start, rows.len());
            parts.push(part(&rows[start..end], start, as_floats));
            start = end;
        }
        let mut whole = ContentDigestSummary::default();
        for part in parts.iter().rev() {
            whole.merge_bytes(&part.to_bytes().unwrap()).unwrap();
        }
        whole.digest(["number", "text"])
    }

    fn part(rows: &[(Option<i64>, String)], start: usize, as_floats: bool) -> ContentDigestSummary {
        let numbers: Vec<i64> = rows.iter().map(|row| row.0.unwrap_or(7)).collect();
        let floats: Vec<f64> = numbers.iter().map(|&number| number as f64).collect();
        let mut bitmap = vec![0_u8; rows.len().div_ceil(8)];
        let mut offsets = vec![0];
        let mut bytes = Vec::new();
        for (index, (number, text)) in rows.iter().enumerate() {
            bitmap[index / 8] |= u8::from(number.is_some()) << (index % 8);
            bytes.extend_from_slice(text.as_bytes());
            offsets.push(bytes.len() as i32);
        }
        let len = rows.len();
        let null_count = rows.iter().filter(|row| row.0.is_none()).count();
        let validity = Bits::new(&bitmap, 0, len);
        let values = if as_floats { Values::Float(&floats) } else { Values::Integer(&numbers) };
        let text = Values::Text(TextValues { offsets: &offsets, bytes: &bytes });
        let columns = [
            Column { values, validity, len, null_count },
            Column { values: text, validity: None, len, null_count: 0 },
        ];
        let numbers: Vec<i64> = (start as i64..).take(len).collect();
        let mut summary = ContentDigestSummary::default();
        summary.update(&Batch { rows: &numbers, columns: &columns }).unwrap();
        summary
    }

    fn rows() -> impl Strategy<Value = Rows> {
        let number = prop::option::of(-1_000_000_i64..1_000_000);
        prop::collection::vec((number, "[a-b]{0,3}"), 1..40).prop_map(Rows)
    }

    #[test]
    fn names_count() {
        let empty = ContentDigestSummary::default();
        assert_ne!(empty.digest(["a", "b"]), empty.digest(["ab"]));
        assert_ne!(empty.digest(["a", "b"]), empty.digest(["b", "a"]));
        assert_eq!(empty.digest(["a"]).as_str().len(), 64);
    }

    proptest! {
        #[test]
        fn any_chunking_and_any_number_type_give_the_same_digest(
            table in rows(), mut cuts in prop::collection::vec(0_usize..40, 0..5)
        ) {
            cuts.sort_unstable();
            let whole = digest_in_parts(&table, &[], false);
            prop_assert_eq!(&whole, &digest_in_parts(&table, &cuts, false));
            prop_assert_eq!(&whole, &digest_in_parts(&table, &cuts, true));
        }

        #[test]
        fn one_changed_cell_gives_another_digest(table in rows(), at in any::<prop::sample::Index>()) {
            let before = digest_in_parts(&table, &[], false);
            let row = at.index(table.0.len());
            let mut changed = table.clone();
            changed.0[row].0 = table.0[row].0.map_or(Some(0), |number| Some(number + 1));
            prop_assert_ne!(&before, &digest_in_parts(&changed, &[], false));
            let mut changed = table;
            changed.0[row].1.push('c');
            prop_assert_ne!(&before, &digest_in_parts(&changed, &[], false));
        }

        #[test]
        fn swapped_rows_give_another_digest(table in rows()) {
            let mut swapped = table.clone();
            swapped.0.reverse();
            let equal = digest_in_parts(&table, &[], false) == digest_in_parts(&swapped, &[], false);
            prop_assert_eq!(equal, table.0 == swapped.0);
        }
    }
}
