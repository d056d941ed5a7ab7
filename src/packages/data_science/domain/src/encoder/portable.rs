//! What other programs need to encode rows as the encoder does.

use super::Encoder;
use super::column::Learned;
use crate::matrix::FeatureMatrix;
use crate::reason::Aspect;
use shared_kernel_domain::Result;
use shared_kernel_domain::table::ColumnType;

/// A column and how its features are computed.
#[derive(Clone, Debug)]
pub(crate) struct PortableColumn {
    pub(crate) name: String,
    pub(crate) column_type: ColumnType,
    /// Its features, in order.
    pub(crate) aspects: Vec<Aspect>,
    pub(crate) values: PortableValues,
}

/// How a column's values become numbers.
#[derive(Clone, Debug)]
pub(crate) enum PortableValues {
    /// A missing number takes the median; infinities take the ends.
    Numbers { median: f64, lowest: f64, highest: f64 },
    /// The number of each text, of others, and of a missing one.
    Texts { known: Vec<(String, f64)>, other: f64, missing: f64 },
}

impl Encoder {
    /// Its columns, in the order it expects them.
    pub(crate) fn portable_columns(&self) -> Vec<PortableColumn> {
        let portable = |encoding: &super::ColumnEncoding| {
            let document = &encoding.document;
            let values = match &document.learned {
                Learned::Numbers { median, lowest, highest, .. } => {
                    PortableValues::Numbers { median: *median, lowest: *lowest, highest: *highest }
                }
                Learned::Categories { categories } => PortableValues::Texts {
                    known: categories
                        .iter()
                        .map(|category| (category.text.clone(), document.rarity(category.count)))
                        .collect(),
                    other: document.rarity(0),
                    missing: document.rarity(document.missing),
                },
            };
            PortableColumn {
                name: document.name.clone(),
                column_type: document.column_type,
                aspects: document.aspects.clone(),
                values,
            }
        };
        self.columns.iter().map(portable).collect()
    }

    /// Encodes columns of numbers, NaN where missing; there must be no others.
    pub(crate) fn encode_numbers(&self, columns: &[Vec<f64>]) -> Result<FeatureMatrix> {
        let mut features = Vec::with_capacity(self.features());
        for (encoding, numbers) in self.columns.iter().zip(columns) {
            let document = &encoding.document;
            let aspects = document.aspects.iter();
            features.extend(aspects.map(|&aspect| document.feature_of_numbers(aspect, numbers)));
        }
        FeatureMatrix::from_columns(columns.first().map_or(0, Vec::len), features)
    }
}
