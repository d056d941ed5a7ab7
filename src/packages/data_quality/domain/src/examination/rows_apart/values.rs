use std::collections::HashMap;

use shared_kernel_domain::Result;
use shared_kernel_domain::table::Batch;

use super::{Apart, RowsApart};
use crate::examination::failing_rows::text_at;
use crate::summary::row_number;

/// Most bytes of the other table's values that are held; of what is beyond, the values are not told.
const MOST_BYTES: usize = 1 << 29;

/// What the rows of the other table hold where a table differs from it.
#[derive(Default)]
pub struct OtherValues {
    /// By row and by place among [`RowsApart::other_columns`].
    texts: HashMap<(u64, u32), Option<String>>,
    /// The places that are wanted of a row.
    wanted: HashMap<u64, Vec<u32>>,
    bytes: usize,
}

impl OtherValues {
    /// Gets ready to read the values that tell what differs.
    pub fn of(apart: &RowsApart) -> Self {
        let mut wanted: HashMap<u64, Vec<u32>> = HashMap::new();
        let keys = apart.key().len();
        for (place, (_, how)) in apart.rows().iter().enumerate() {
            if let Apart::Changed(there) = how {
                let columns = apart.differing(place).map(|column| (keys + column) as u32);
                wanted.entry(*there).or_default().extend(columns);
            }
        }
        for row in apart.missing() {
            wanted.entry(*row).or_default().extend(0..keys as u32);
        }
        Self { wanted, ..Self::default() }
    }

    /// Takes in rows of the other table, with its [`RowsApart::other_columns`].
    pub fn take(&mut self, batch: &Batch<'_>) -> Result<()> {
        for (index, &row) in batch.rows.iter().enumerate() {
            let row = row_number(row);
            let Some(places) = self.wanted.get(&row) else { continue };
            for &place in places {
                if self.bytes > MOST_BYTES {
                    return Ok(());
                }
                let text = text_at(batch, place as usize, index);
                self.bytes += size_of::<((u64, u32), Option<String>)>();
                self.bytes += text.as_ref().map_or(0, String::len);
                self.texts.insert((row, place), text);
            }
        }
        Ok(())
    }

    /// A value as text, if there is one; `None` when it was not read.
    pub(in crate::examination) fn get(&self, row: u64, place: usize) -> Option<&Option<String>> {
        self.texts.get(&(row, place as u32))
    }
}
