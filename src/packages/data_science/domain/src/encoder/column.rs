use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use shared_kernel_domain::table::{Column, ColumnType, Values};
use shared_kernel_domain::{Error, Result};

use super::numbers::{clamp_infinity, hour_of_day, read_numbers, weekday};
use crate::reason::Aspect;

/// A category and how many training rows had it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Category {
    pub(super) text: String,
    pub(super) count: u64,
}

/// What a column's values were while learning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Learned {
    /// Numbers, truth values, dates and points in time, all as numbers.
    Numbers {
        median: f64,
        low: f64,
        high: f64,
        lowest: f64,
        highest: f64,
        /// Share of ones among the truth values present; 0 for others.
        share_of_ones: f64,
    },
    /// Texts, most common first, equally common ones by text.
    Categories { categories: Vec<Category> },
}

/// How a column is encoded, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ColumnDocument {
    pub(super) name: String,
    pub(super) column_type: ColumnType,
    /// Its features, in order.
    pub(super) aspects: Vec<Aspect>,
    pub(super) learned: Learned,
    /// Training rows.
    pub(super) rows: u64,
    /// Training rows without a value.
    pub(super) missing: u64,
}

impl ColumnDocument {
    /// Refuses what could not be encoded or told.
    pub(super) fn check(&self) -> Result<()> {
        let broken =
            |why: &str| Err(Error::input(format!("column {:?} in the model {why}", self.name)));
        if self.aspects.is_empty() || self.aspects.len() > 4 || self.missing > self.rows {
            return broken("has no features or more missing values than rows");
        }
        match &self.learned {
            Learned::Numbers { median, low, high, lowest, highest, share_of_ones } => {
                let ends = [median, low, high, lowest, highest, share_of_ones];
                if ends.iter().any(|end| !end.is_finite()) || lowest > highest {
                    return broken("has numbers that are not finite");
                }
                if self.aspects.contains(&Aspect::Rarity) {
                    return broken("tells rarity of numbers");
                }
            }
            Learned::Categories { .. } => {
                if self.aspects != [Aspect::Rarity] {
                    return broken("tells more than rarity of categories");
                }
            }
        }
        Ok(())
    }

    /// `−log₂((count + ½) / (n + 1))`, in bits.
    pub(super) fn rarity(&self, count: u64) -> f64 {
        -((count as f64 + 0.5) / (self.rows as f64 + 1.0)).log2()
    }

    /// One feature of a column of numbers, NaN where missing.
    pub(super) fn feature_of_numbers(&self, aspect: Aspect, numbers: &[f64]) -> Vec<f64> {
        match aspect {
            Aspect::Value | Aspect::Rarity => self.values_of_numbers(numbers.to_vec()),
            Aspect::Missing => {
                numbers.iter().map(|number| f64::from(u8::from(number.is_nan()))).collect()
            }
            Aspect::HourOfDay => {
                numbers.iter().map(|&number| hour_of_day(self.filled(number))).collect()
            }
            Aspect::Weekday => numbers.iter().map(|&number| weekday(self.filled(number))).collect(),
        }
    }

    /// [`Aspect::Value`] of a column of numbers, in their place.
    pub(super) fn values_of_numbers(&self, mut numbers: Vec<f64>) -> Vec<f64> {
        for number in &mut numbers {
            *number = self.filled(*number);
        }
        numbers
    }

    /// A finite number, the median where it is missing.
    fn filled(&self, number: f64) -> f64 {
        match self.learned {
            Learned::Numbers { median, .. } if number.is_nan() => median,
            Learned::Numbers { lowest, highest, .. } => clamp_infinity(number, lowest, highest),
            Learned::Categories { .. } => 0.0,
        }
    }
}

/// How a column is encoded, ready for use.
pub(super) struct ColumnEncoding {
    pub(super) document: ColumnDocument,
    /// Usual numbers from low to high: what a normal value is looked for among.
    pub(super) quantiles: Vec<f64>,
    /// Rarity by text; looked up, never listed.
    rarities: HashMap<Vec<u8>, f64>,
    unseen: f64,
    missing: f64,
}

impl ColumnEncoding {
    /// Prepares a checked document for encoding.
    pub(super) fn new(document: ColumnDocument, quantiles: Vec<f64>) -> Self {
        let rarities = match &document.learned {
            Learned::Categories { categories } => categories
                .iter()
                .map(|category| {
                    (category.text.clone().into_bytes(), document.rarity(category.count))
                })
                .collect(),
            Learned::Numbers { .. } => HashMap::new(),
        };
        let (unseen, missing) = (document.rarity(0), document.rarity(document.missing));
        Self { document, quantiles, rarities, unseen, missing }
    }

    /// Encodes a column, adding its features.
    pub(super) fn encode(&self, column: &Column<'_>, features: &mut Vec<Vec<f64>>) -> Result<()> {
        match (&self.document.learned, column.values) {
            (Learned::Categories { .. }, Values::Null) => {
                features.push(vec![self.missing; column.len]);
            }
            (Learned::Categories { .. }, Values::Text(texts)) => {
                let rarity = |row: usize| {
                    if !column.is_valid(row) {
                        return self.missing;
                    }
                    self.rarities.get(texts.bytes_at(row)).copied().unwrap_or(self.unseen)
                };
                features.push((0..column.len).map(rarity).collect());
            }
            (Learned::Categories { .. }, _) | (Learned::Numbers { .. }, Values::Text(_)) => {
                return Err(Error::input(format!(
                    "column {:?} holds another kind of values than when the model learned",
                    self.document.name
                ))
                .hint("give the table the same types, or train again on it"));
            }
            (Learned::Numbers { .. }, _) => {
                let numbers = read_numbers(column)?;
                match self.document.aspects[..] {
                    [Aspect::Value] => features.push(self.document.values_of_numbers(numbers)),
                    ref aspects => features.extend(
                        aspects.iter().map(|&it| self.document.feature_of_numbers(it, &numbers)),
                    ),
                }
            }
        }
        Ok(())
    }
}
