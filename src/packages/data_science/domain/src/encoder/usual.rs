use shared_kernel_domain::table::{Cell, ColumnType};

use super::Encoder;
use super::column::{ColumnEncoding, Learned};
use super::numbers::DAY;
use super::tell::TOLD_CATEGORIES;
use crate::reason::Expected;

/// A column, and where its features are in an encoded row.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    encoding: &'a ColumnEncoding,
    first: usize,
}

/// A value that many training rows have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum UsualValue {
    Number(f64),
    /// A category by its place, most common first.
    Category(usize),
}

impl Encoder {
    /// The place of a column that is read.
    pub(crate) fn place_of(&self, column: &str) -> Option<Place<'_>> {
        let mut first = 0;
        for encoding in &self.columns {
            if encoding.document.name == column {
                return Some(Place { encoding, first });
            }
            first += encoding.document.aspects.len();
        }
        None
    }
}

impl Place<'_> {
    /// The column's usual values, the most typical first.
    pub(crate) fn usual_values(self) -> Vec<UsualValue> {
        match &self.encoding.document.learned {
            Learned::Categories { categories } => {
                (0..categories.len().min(TOLD_CATEGORIES)).map(UsualValue::Category).collect()
            }
            Learned::Numbers { median, low, high, .. } if self.encoding.quantiles.is_empty() => {
                [median, low, high].map(|&number| UsualValue::Number(self.rounded(number))).to_vec()
            }
            Learned::Numbers { .. } => {
                let quantiles = &self.encoding.quantiles;
                let mut order: Vec<usize> = (0..quantiles.len()).collect();
                order.sort_by_key(|&index| index.abs_diff(quantiles.len() / 2));
                order.into_iter().map(|index| UsualValue::Number(quantiles[index])).collect()
            }
        }
    }

    /// Numbers between a usual one and its neighbours, `count` on each side, nearest first.
    pub(crate) fn between_neighbours(self, value: UsualValue, count: usize) -> Vec<UsualValue> {
        let UsualValue::Number(number) = value else { return Vec::new() };
        if self.encoding.document.column_type == ColumnType::Boolean {
            return Vec::new();
        }
        let quantiles = &self.encoding.quantiles;
        let below = quantiles.iter().rfind(|&&other| other < number).copied();
        let above = quantiles.iter().find(|&&other| other > number).copied();
        let mut between = Vec::new();
        for step in 1..=count {
            let share = step as f64 / (count + 1) as f64;
            for neighbour in [below, above].into_iter().flatten() {
                let number = number * (1.0 - share) + neighbour * share;
                between.push(UsualValue::Number(self.rounded(number)));
            }
        }
        between
    }

    /// The features of a row that has this value, by their places.
    pub(crate) fn features(self, value: UsualValue) -> Vec<(usize, f64)> {
        let document = &self.encoding.document;
        let aspects = document.aspects.iter().enumerate();
        match (&document.learned, value) {
            (Learned::Categories { categories }, UsualValue::Category(index)) => {
                let count = categories.get(index).map_or(0, |category| category.count);
                vec![(self.first, document.rarity(count))]
            }
            (_, UsualValue::Number(number)) => aspects
                .flat_map(|(offset, &aspect)| {
                    let feature = document.feature_of_numbers(aspect, &[number]);
                    feature.into_iter().map(move |own| (self.first + offset, own))
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What is usual in the column, with the value that suits a row told first.
    pub(crate) fn expected(self, value: UsualValue) -> Expected {
        let document = &self.encoding.document;
        match (document.expected(), value) {
            (Expected::Range { low, high, .. }, UsualValue::Number(number)) => {
                Expected::Range { typical: document.cell(number, f64::round), low, high }
            }
            (Expected::Common { mut values }, UsualValue::Category(index)) => {
                if let Some(suited) = values.get_mut(..=index) {
                    suited.rotate_right(1);
                }
                Expected::Common { values }
            }
            (Expected::Common { mut values }, UsualValue::Number(number)) => {
                let suited = Cell::Boolean(number == 1.0);
                values.sort_by_key(|common| common.value != suited);
                Expected::Common { values }
            }
            (expected, UsualValue::Category(_)) => expected,
        }
    }

    /// A number as the column could hold it.
    fn rounded(self, number: f64) -> f64 {
        match self.encoding.document.column_type {
            ColumnType::Integer | ColumnType::Boolean => number.round(),
            ColumnType::Date => (number / DAY).floor() * DAY,
            ColumnType::Timestamp | ColumnType::Time => number.floor(),
            _ => number,
        }
    }
}
