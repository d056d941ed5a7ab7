use std::collections::BTreeMap;

use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::table::{Cell, ColumnType};

use super::Encoder;
use super::column::{ColumnDocument, Learned};
use super::numbers::DAY;
use crate::reason::{Aspect, CommonValue, Expected, Reason};

/// Common values told of a column of categories.
pub(super) const TOLD_CATEGORIES: usize = 3;

impl Encoder {
    /// Reasons per column from contributions per feature: only columns that push the score up,
    /// heaviest first, at most `limit`. `cells` are the row's values by column.
    pub fn reasons(
        &self,
        contributions: &[f64],
        cells: &BTreeMap<&str, &Cell>,
        limit: usize,
    ) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let mut parts = contributions;
        for column in &self.columns {
            let document = &column.document;
            let Some((own, rest)) = parts.split_at_checked(document.aspects.len()) else { break };
            parts = rest;
            let contribution: f64 = own.iter().sum();
            if contribution <= 0.0 {
                continue;
            }
            let heaviest = document.aspects.iter().zip(own).max_by(|a, b| a.1.total_cmp(b.1));
            reasons.push(Reason {
                column: document.name.clone(),
                aspect: heaviest.map_or(Aspect::Value, |(aspect, _)| *aspect),
                contribution,
                value: cells.get(document.name.as_str()).map_or(Cell::Null, |&cell| cell.clone()),
                expected: document.expected(),
                missing_share: document.missing as f64 / (document.rows as f64).max(1.0),
            });
        }
        reasons.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
        reasons.truncate(limit);
        reasons
    }
}

impl ColumnDocument {
    /// What is usual, whatever the other columns hold.
    pub(super) fn expected(&self) -> Expected {
        match &self.learned {
            Learned::Numbers { share_of_ones, .. } if self.column_type == ColumnType::Boolean => {
                let mut values = [(true, *share_of_ones), (false, 1.0 - share_of_ones)];
                values.sort_by(|a, b| b.1.total_cmp(&a.1));
                let values =
                    values.map(|(value, share)| CommonValue { value: Cell::Boolean(value), share });
                Expected::Common { values: values.to_vec() }
            }
            Learned::Numbers { median, low, high, .. } => Expected::Range {
                typical: self.cell(*median, f64::round),
                low: self.cell(*low, f64::ceil),
                high: self.cell(*high, f64::floor),
            },
            Learned::Categories { categories } => {
                let share = |count: u64| count as f64 / (self.rows as f64).max(1.0);
                let values = categories.iter().take(TOLD_CATEGORIES).map(|category| CommonValue {
                    value: Cell::Text(category.text.clone()),
                    share: share(category.count),
                });
                Expected::Common { values: values.collect() }
            }
        }
    }

    /// A number of the column as its readers write it.
    pub(super) fn cell(&self, number: f64, round: fn(f64) -> f64) -> Cell {
        match self.column_type {
            ColumnType::Integer if number.abs() < 9e15 => Cell::Integer(round(number) as i64),
            ColumnType::Date | ColumnType::Timestamp => moment(number, self.column_type),
            ColumnType::Time => time_of_day(number),
            _ => Cell::Float(number),
        }
    }
}

/// Seconds since 1970 in ISO 8601, without a zone, to the second.
fn moment(seconds: f64, column_type: ColumnType) -> Cell {
    let Ok(timestamp) = Timestamp::from_second(seconds.floor() as i64) else {
        return Cell::Float(seconds);
    };
    let text = timestamp.to_string();
    let text = text.trim_end_matches('Z');
    let day = text.split('T').next().unwrap_or(text);
    Cell::Text(if column_type == ColumnType::Date { day } else { text }.to_owned())
}

fn time_of_day(seconds: f64) -> Cell {
    if !(0.0..DAY).contains(&seconds) {
        return Cell::Float(seconds);
    }
    let second = seconds as u32;
    Cell::Text(format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60))
}
