use serde::{Deserialize, Serialize};
use shared_kernel_domain::{Error, Result};

/// Distances that a model may hold: within what scaled rows can be apart.
const DISTANCES: std::ops::RangeInclusive<f64> = 1e-170..=1e60;

/// A mean distance by row: what the surroundings of a row are compared by.
///
/// Rows that are repeated often have none; no level is lower than the lowest above zero.
#[derive(Serialize, Deserialize)]
pub struct LocalLevels {
    levels: Vec<f64>,
    lowest: f64,
}

impl Default for LocalLevels {
    fn default() -> Self {
        Self { levels: Vec::new(), lowest: 1.0 }
    }
}

impl LocalLevels {
    /// Levels by row.
    pub fn new(mut levels: Vec<f64>) -> Self {
        let positive = levels.iter().copied().filter(|&level| level > 0.0);
        let lowest = positive.reduce(f64::min).unwrap_or(1.0);
        for level in &mut levels {
            *level = level.max(lowest);
        }
        Self { levels, lowest }
    }

    /// The level of a row.
    pub fn of(&self, row: u32) -> f64 {
        self.levels.get(row as usize).copied().unwrap_or(self.lowest)
    }

    /// A level, raised to the lowest.
    pub fn at_least(&self, level: f64) -> f64 {
        level.max(self.lowest)
    }

    /// Refuses what are no distances of `rows` rows.
    pub fn check(&self, rows: usize) -> Result<()> {
        Self::check_distances(&self.levels, rows)?;
        let lowest = self.levels.iter().copied().fold(self.lowest, f64::min);
        if DISTANCES.contains(&self.lowest) && lowest == self.lowest {
            return Ok(());
        }
        Err(Error::input("the distances in the model are not of its rows"))
    }

    /// Refuses distances, zero or more, that are not of `rows` rows.
    pub fn check_distances(distances: &[f64], rows: usize) -> Result<()> {
        let is_distance = |distance: &f64| *distance >= 0.0 && distance <= DISTANCES.end();
        if distances.len() == rows && distances.iter().all(is_distance) {
            return Ok(());
        }
        Err(Error::input("the distances in the model are not of its rows"))
    }
}
