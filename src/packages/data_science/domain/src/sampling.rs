//! Which rows a model learns from when a table is too large to learn from all of them.

/// Cells (rows × columns) that training takes into memory at most.
pub const MAX_TRAINING_CELLS: u64 = 16_000_000;

/// Chooses rows by a hash of seed and row number: the same rows in any order of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowSampler {
    seed: u64,
    /// Rows whose hash is not above it are kept; `None` keeps all.
    border: Option<u64>,
}

impl RowSampler {
    /// A sampler that keeps about as many rows of a table as fit `max_cells`.
    pub fn new(seed: u64, rows: u64, columns: usize, max_cells: u64) -> Self {
        let cells = rows as f64 * columns as f64;
        let share = max_cells as f64 / cells;
        let border = (share < 1.0).then_some((share * u64::MAX as f64) as u64);
        Self { seed, border }
    }

    /// Whether all rows are kept.
    pub fn keeps_all(&self) -> bool {
        self.border.is_none()
    }

    /// Whether a row is kept.
    pub fn keeps(&self, row: i64) -> bool {
        self.border.is_none_or(|border| mix(self.seed ^ mix(row as u64)) <= border)
    }
}

/// Deals rows to folds of equal size, by a hash of seed and row number: each row's fold, from 0.
pub fn fold_of_rows(seed: u64, rows: usize, folds: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_unstable_by_key(|&row| (mix(seed ^ mix(row as u64)), row));
    let mut fold_of_row = vec![0; rows];
    for (place, row) in order.into_iter().enumerate() {
        fold_of_row[row] = place % folds.max(1);
    }
    fold_of_row
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_equal_and_another_seed_deals_others() {
        let folds = fold_of_rows(1, 103, 10);
        for fold in 0..10 {
            let size = folds.iter().filter(|&&own| own == fold).count();
            assert!((10..=11).contains(&size));
        }
        assert_ne!(folds, fold_of_rows(2, 103, 10));
    }

    #[test]
    fn small_tables_are_kept_whole_and_large_ones_in_part() {
        assert!(RowSampler::new(1, 1_000, 10, 10_000).keeps_all());
        let sampler = RowSampler::new(1, 100_000, 10, 100_000);
        let kept = (0..100_000).filter(|&row| sampler.keeps(row)).count();
        assert!((9_500..10_500).contains(&kept), "{kept}");
        let other = RowSampler::new(2, 100_000, 10, 100_000);
        assert!((0..1_000).any(|row| sampler.keeps(row) != other.keeps(row)));
    }
}
