use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use shared_kernel_domain::table::{Batch, Column, ColumnType, Field, TableSchema, Values};
use shared_kernel_domain::{Error, Result};

use super::column::{Category, ColumnDocument, ColumnEncoding, Learned};
use super::numbers::{Typical, append_numbers};
use super::{Encoder, is_texts};
use crate::matrix::{FeatureMatrix, keep_marked};
use crate::reason::Aspect;

/// Different texts that a column of categories may have.
const MAX_CATEGORIES: usize = 10_000;

/// Bytes that the different texts of a column may have in all.
const MAX_CATEGORY_BYTES: usize = 1 << 20;

/// Up to so many different texts a column is never taken for one of identifiers.
const FEW_CATEGORIES: usize = 20;

/// A missing text among the codes.
const MISSING: u32 = u32::MAX;

/// Takes in training rows and learns how to encode them.
#[derive(Clone)]
pub struct Learner {
    columns: Vec<(Field, Sample)>,
    left_out: BTreeMap<String, String>,
    rows: usize,
}

/// The training values of a column.
#[derive(Clone)]
enum Sample {
    /// NaN where missing.
    Numbers(Vec<f64>),
    Texts(Texts),
}

#[derive(Clone, Default)]
struct Texts {
    codes: Vec<u32>,
    by_text: HashMap<Vec<u8>, u32>,
    counts: Vec<u64>,
    bytes: usize,
    /// Too many or too long: no categories.
    overflowed: bool,
}

impl Learner {
    /// A learner for all columns but `label`.
    pub fn new(schema: &TableSchema, label: Option<&str>) -> Self {
        let mut columns = Vec::new();
        let mut left_out = BTreeMap::new();
        for field in &schema.fields {
            let reason = if label == Some(field.name.as_str()) {
                "it is the label"
            } else if field.column_type == ColumnType::Binary {
                "bytes are not compared"
            } else if field.column_type == ColumnType::Null {
                "all values are missing"
            } else {
                let sample = if is_texts(field.column_type) {
                    Sample::Texts(Texts::default())
                } else {
                    Sample::Numbers(Vec::new())
                };
                columns.push((field.clone(), sample));
                continue;
            };
            left_out.insert(field.name.clone(), reason.to_owned());
        }
        Self { columns, left_out, rows: 0 }
    }

    /// The same with room for so many rows, which need not be right.
    #[must_use]
    pub fn expecting(mut self, rows: usize) -> Self {
        for (_, sample) in &mut self.columns {
            match sample {
                Sample::Numbers(numbers) => numbers.reserve_exact(rows),
                Sample::Texts(texts) => texts.codes.reserve_exact(rows),
            }
        }
        self
    }

    /// The same without some columns, for a reason.
    #[must_use]
    pub fn leaving_out(mut self, names: &[String], reason: &str) -> Self {
        self.columns.retain(|(field, _)| !names.contains(&field.name));
        self.left_out.extend(names.iter().map(|name| (name.clone(), reason.to_owned())));
        self
    }

    /// Some of the rows it took in, by their place, as if there had been no others. Columns that
    /// have too many different texts in all rows have so in these.
    #[must_use]
    pub fn subset(&self, rows: &[u32]) -> Self {
        let pick = |(field, sample): &(Field, Sample)| {
            let sample = match sample {
                Sample::Numbers(numbers) => {
                    Sample::Numbers(rows.iter().map(|&row| numbers[row as usize]).collect())
                }
                Sample::Texts(texts) => Sample::Texts(texts.subset(rows)),
            };
            (field.clone(), sample)
        };
        Self {
            columns: self.columns.iter().map(pick).collect(),
            left_out: self.left_out.clone(),
            rows: rows.len(),
        }
    }

    /// The columns it wants to see, in this order.
    pub fn columns(&self) -> Vec<String> {
        self.columns.iter().map(|(field, _)| field.name.clone()).collect()
    }

    /// Training rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Takes in the rows of a batch that `keep` marks, all of them when `None`. The batch's first
    /// columns are those of [`Self::columns`].
    pub fn take(&mut self, batch: &Batch<'_>, keep: Option<&[bool]>) -> Result<()> {
        if batch.columns.len() < self.columns.len() {
            return Err(Error::internal("the learner got too few columns"));
        }
        let kept = |row: usize| keep.is_none_or(|keep| keep[row]);
        for ((_, sample), column) in self.columns.iter_mut().zip(batch.columns) {
            match sample {
                Sample::Numbers(numbers) => {
                    let first = numbers.len();
                    append_numbers(column, numbers)?;
                    if let Some(keep) = keep {
                        keep_marked(numbers, first, keep.iter().copied());
                    }
                }
                Sample::Texts(texts) => {
                    for row in (0..column.len).filter(|&row| kept(row)) {
                        texts.take(column, row);
                    }
                }
            }
        }
        self.rows += (0..batch.len()).filter(|&row| kept(row)).count();
        Ok(())
    }

    /// The encoder, and all rows encoded by it. Rows marked in `held_back` are encoded and not
    /// learned from.
    pub fn finish(self, held_back: Option<&[bool]>) -> Result<(Encoder, FeatureMatrix)> {
        let fitted = Fitted { held_back };
        let columns = self.columns.into_par_iter();
        let learned = columns.map(|(field, sample)| sample.learn(field, fitted)).collect();
        assemble(learned, self.left_out, self.rows)
    }
}

/// The rows that are learned from.
#[derive(Clone, Copy)]
struct Fitted<'a> {
    held_back: Option<&'a [bool]>,
}

impl<'a> Fitted<'a> {
    fn has(&self, row: usize) -> bool {
        self.held_back.is_none_or(|held_back| held_back.get(row) != Some(&true))
    }

    /// The values of these rows.
    fn of<T: Copy>(self, values: &'a [T]) -> impl Iterator<Item = T> + use<'a, T> {
        values.iter().enumerate().filter(move |(row, _)| self.has(*row)).map(|(_, &value)| value)
    }
}

impl Sample {
    /// The column's encoding with the features of all rows.
    fn learn(self, field: Field, fitted: Fitted<'_>) -> (Field, LearnedColumn) {
        let learned = match self {
            Self::Numbers(numbers) => learn_numbers(&field, numbers, fitted),
            Self::Texts(texts) => learn_texts(&field, &texts, fitted),
        };
        (field, learned)
    }
}

/// Puts the encoder of the columns together, and the features of all rows.
fn assemble(
    learned: Vec<(Field, LearnedColumn)>,
    mut left_out: BTreeMap<String, String>,
    rows: usize,
) -> Result<(Encoder, FeatureMatrix)> {
    if rows == 0 && !learned.is_empty() {
        return Err(Error::input("there are no rows to learn from")
            .hint("give a table with at least one row"));
    }
    let mut columns = Vec::new();
    let mut features = Vec::new();
    for (field, learned) in learned {
        match learned {
            Ok((encoding, own)) => {
                columns.push(encoding);
                features.extend(own);
            }
            Err(reason) => {
                left_out.insert(field.name, reason);
            }
        }
    }
    if columns.is_empty() {
        let first = left_out.iter().next();
        let example =
            first.map(|(name, reason)| format!(", such as {name:?}: {reason}")).unwrap_or_default();
        return Err(Error::input(format!("no column says anything about its rows{example}"))
            .hint("a detector needs at least one column whose values vary and repeat"));
    }
    Ok((Encoder { columns, left_out }, FeatureMatrix::from_columns(rows, features)?))
}

impl Texts {
    fn subset(&self, rows: &[u32]) -> Self {
        let mut own = Self { overflowed: self.overflowed, ..Self::default() };
        if self.overflowed {
            return own;
        }
        let mut texts: Vec<&[u8]> = vec![&[]; self.counts.len()];
        for (text, &code) in &self.by_text {
            texts[code as usize] = text;
        }
        let mut new_codes = vec![MISSING; texts.len()];
        for &row in rows {
            let code = self.codes[row as usize];
            if code == MISSING {
                own.codes.push(MISSING);
                continue;
            }
            let new = &mut new_codes[code as usize];
            if *new == MISSING {
                *new = own.counts.len() as u32;
                let text = texts[code as usize];
                own.bytes += text.len();
                own.by_text.insert(text.to_vec(), *new);
                own.counts.push(0);
            }
            own.counts[*new as usize] += 1;
            own.codes.push(*new);
        }
        own
    }

    fn take(&mut self, column: &Column<'_>, row: usize) {
        if self.overflowed {
            return;
        }
        let Values::Text(texts) = column.values else {
            self.codes.push(MISSING);
            return;
        };
        if !column.is_valid(row) {
            self.codes.push(MISSING);
            return;
        }
        let text = texts.bytes_at(row);
        let code = if let Some(&code) = self.by_text.get(text) {
            code
        } else {
            let code = self.counts.len() as u32;
            self.bytes += text.len();
            if self.counts.len() == MAX_CATEGORIES || self.bytes > MAX_CATEGORY_BYTES {
                *self = Self { overflowed: true, ..Self::default() };
                return;
            }
            self.by_text.insert(text.to_vec(), code);
            self.counts.push(0);
            code
        };
        self.counts[code as usize] += 1;
        self.codes.push(code);
    }
}

/// A column's encoding with the features of all rows, or why it is left out.
type LearnedColumn = std::result::Result<(ColumnEncoding, Vec<Vec<f64>>), String>;

fn learn_numbers(field: &Field, numbers: Vec<f64>, fitted: Fitted<'_>) -> LearnedColumn {
    let known: Vec<f64> = fitted.of(&numbers).collect();
    let Some(typical) = Typical::of(&known) else {
        return Err("all values are missing".to_owned());
    };
    let missing = known.len() - typical.present;
    let share_of_ones = if field.column_type == ColumnType::Boolean {
        known.iter().filter(|&&number| number == 1.0).count() as f64 / typical.present as f64
    } else {
        0.0
    };
    let mut document = ColumnDocument {
        name: field.name.clone(),
        column_type: field.column_type,
        aspects: Vec::new(),
        learned: Learned::Numbers {
            median: typical.median,
            low: typical.low,
            high: typical.high,
            lowest: typical.lowest,
            highest: typical.highest,
            share_of_ones,
        },
        rows: known.len() as u64,
        missing: missing as u64,
    };
    let others: &[Aspect] = match field.column_type {
        ColumnType::Timestamp => &[Aspect::HourOfDay, Aspect::Weekday, Aspect::Missing],
        ColumnType::Date => &[Aspect::Weekday, Aspect::Missing],
        _ => &[Aspect::Missing],
    };
    // Where no number is missing, that cannot vary: the feature need not be made to see it.
    let others = others.iter().filter(|&&aspect| missing > 0 || aspect != Aspect::Missing);
    let others = others.map(|&aspect| (aspect, document.feature_of_numbers(aspect, &numbers)));
    let mut varying: Vec<_> = others.filter(|(_, feature)| varies(feature, fitted)).collect();
    // Last, as its numbers are made from the column's in their place.
    let values = document.values_of_numbers(numbers);
    if varies(&values, fitted) {
        varying.insert(0, (Aspect::Value, values));
    }
    let features: Vec<Vec<f64>>;
    (document.aspects, features) = varying.into_iter().unzip();
    if features.is_empty() {
        return Err("every value is the same".to_owned());
    }
    Ok((ColumnEncoding::new(document, typical.quantiles), features))
}

fn learn_texts(field: &Field, texts: &Texts, fitted: Fitted<'_>) -> LearnedColumn {
    if texts.overflowed {
        return Err(format!(
            "more than {MAX_CATEGORIES} different texts or too long ones: identifiers or free text"
        ));
    }
    let mut counts = vec![0_u64; texts.counts.len()];
    let (mut rows, mut missing) = (0_u64, 0_u64);
    for code in fitted.of(&texts.codes) {
        rows += 1;
        match counts.get_mut(code as usize) {
            Some(count) => *count += 1,
            None => missing += 1,
        }
    }
    let distinct = counts.iter().filter(|&&count| count > 0).count();
    let present = rows - missing;
    if present == 0 {
        return Err("all values are missing".to_owned());
    }
    if distinct > FEW_CATEGORIES && 2 * distinct as u64 > present {
        return Err(format!(
            "nearly every value is different ({distinct} of {present}): identifiers or free text"
        ));
    }
    let mut categories: Vec<Category> = texts
        .by_text
        .iter()
        .map(|(text, &code)| Category {
            text: String::from_utf8_lossy(text).into_owned(),
            count: counts[code as usize],
        })
        .filter(|category| category.count > 0)
        .collect();
    categories.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
    let document = ColumnDocument {
        name: field.name.clone(),
        column_type: field.column_type,
        aspects: vec![Aspect::Rarity],
        learned: Learned::Categories { categories },
        rows,
        missing,
    };
    let rarities: Vec<f64> = counts.iter().map(|&count| document.rarity(count)).collect();
    let of_missing = document.rarity(missing);
    let feature: Vec<f64> = texts
        .codes
        .iter()
        .map(|&code| rarities.get(code as usize).copied().unwrap_or(of_missing))
        .collect();
    if varies(&feature, fitted) {
        return Ok((ColumnEncoding::new(document, Vec::new()), vec![feature]));
    }
    Err(if distinct == 1 {
        "every value is the same".to_owned()
    } else {
        "all categories are equally common".to_owned()
    })
}

fn varies(feature: &[f64], fitted: Fitted<'_>) -> bool {
    let mut values = fitted.of(feature);
    values.next().is_some_and(|first| values.any(|value| value != first))
}
