use std::collections::HashSet;

use shared_kernel_domain::summary::RowHashes;
use shared_kernel_domain::table::{Batch, ColumnType};

/// Most different keys of another table that are held.
const MOST_KEYS: usize = 20_000_000;

/// The different values of some columns of another table, by a 128-bit digest of each.
pub struct ReferenceSet {
    /// The columns' types, in the rule's order.
    pub types: Vec<ColumnType>,
    /// Which table and columns these are.
    pub identity: String,
    hashes: HashSet<u128>,
}

impl ReferenceSet {
    /// An empty set.
    pub fn new(identity: String, types: Vec<ColumnType>) -> Self {
        Self { types, identity, hashes: HashSet::new() }
    }

    /// Takes in rows.
    ///
    /// # Errors
    /// When there are too many different ones to hold.
    pub fn add(&mut self, batch: &Batch<'_>) -> Result<(), String> {
        let hashes = RowHashes::of(batch);
        self.hashes.extend((0..hashes.len()).filter_map(|row| hashes.get(row)));
        if self.hashes.len() > MOST_KEYS {
            return Err(format!("it has more than {MOST_KEYS} different keys"));
        }
        Ok(())
    }

    /// Whether it holds a key.
    pub fn contains(&self, hash: u128) -> bool {
        self.hashes.contains(&hash)
    }

    /// Whether columns of these types can be compared with it.
    pub fn fits(&self, types: &[ColumnType]) -> bool {
        let fit = |(here, there): (&ColumnType, &ColumnType)| comparable(*here, *there);
        self.types.len() == types.len() && types.iter().zip(&self.types).all(fit)
    }
}

/// Whether values of two columns can be equal.
pub(super) fn comparable(here: ColumnType, there: ColumnType) -> bool {
    here == there
        || here == ColumnType::Null
        || there == ColumnType::Null
        || here.is_numeric() && there.is_numeric()
        || here.is_temporal() && there.is_temporal()
}
