//! Every row that breaks a rule, with the value that does, in row order.

use std::collections::HashSet;
use std::sync::Arc;

use shared_kernel_domain::scan::Duplicates;
use shared_kernel_domain::summary::{RowHashes, ValueKind};
use shared_kernel_domain::table::{Batch, Cell, Column, Values};
use shared_kernel_domain::{Error, Result};

use super::in_order::RowBits;
use super::{Apart, ContractPlan, OtherValues, RowTest, RowsApart};
use crate::expression::FALSE;
use crate::result::CheckResult;
use crate::rule::Rule;
use crate::summary::row_number;

/// Most groups of repeated rows of which every row is told; of more, the largest are.
pub const MOST_GROUPS: usize = 4_000_000;

/// A row that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingRow {
    /// The row, from 0; `None` for one of another table that is missing here.
    pub row: Option<u64>,
    /// The rule's id.
    pub rule: String,
    /// The rule's columns, joined by a comma, or the one in which a row differs from another table's.
    pub column: String,
    /// Their values as text, joined by a comma; `None` when the only one is missing.
    pub value: Option<String>,
    /// The values of the key columns as text.
    pub keys: Vec<Option<String>>,
}

/// The format of a file of failing rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailingRowsFormat {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated, with a header.
    Csv,
}

impl FailingRowsFormat {
    /// The format that a file name's ending stands for.
    ///
    /// # Errors
    /// A usage error when it is none of them.
    pub fn of_path(path: &str) -> Result<Self> {
        let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("parquet") => Ok(Self::Parquet),
            Some("csv") => Ok(Self::Csv),
            _ => Err(Error::usage("failing rows are written as Parquet or CSV")
                .at(path.to_owned())
                .hint("end the file's name with .parquet or .csv")),
        }
    }
}

/// A file of failing rows being written. Dropped before its end, it leaves nothing behind.
pub trait FailingRowsFile {
    /// Adds rows.
    fn write(&mut self, rows: &[FailingRow]) -> Result<()>;

    /// Ends the file and makes it visible under its name.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// Writes files of failing rows: the columns `row`, `rule`, `column`, `value`, and one `key_NAME`
/// for each key column.
pub trait FailingRowsWriter: Send + Sync {
    /// Begins a file.
    fn create(
        &self,
        path: &str,
        format: FailingRowsFormat,
        keys: &[String],
    ) -> Result<Box<dyn FailingRowsFile>>;
}

/// Finds the failing rows in the batches of a table.
pub struct FailingRows {
    /// The columns that batches must have, in this order.
    pub columns: Vec<String>,
    finders: Vec<Finder>,
    keys: Vec<usize>,
}

/// Finds the rows that break one rule.
struct Finder {
    rule: String,
    names: String,
    /// The rule's columns in the batches.
    shown: Vec<usize>,
    how: How,
}

enum How {
    Test {
        test: Arc<RowTest>,
        columns: Vec<usize>,
    },
    /// These rows, ascending.
    Rows(Vec<u64>),
    /// These rows, a bit each.
    Bits(Arc<RowBits>),
    /// Those that are not as in another table, and what is there.
    Apart {
        apart: Arc<RowsApart>,
        others: OtherValues,
        compared: Vec<usize>,
    },
    Repeats {
        columns: Vec<usize>,
        first_rows: HashSet<u64>,
        hashes: HashSet<u128>,
    },
}

impl FailingRows {
    /// What is needed to find the failing rows of those rules that broke and that are `wanted`, of
    /// some contracts with the results of [`ContractPlan::judge`]. `repeats` gives the groups of
    /// repeated rows in some columns, `others` what another table holds where it differs.
    ///
    /// # Errors
    /// What `repeats` and `others` fail with.
    pub fn of(
        contracts: &[(&ContractPlan<'_>, &[CheckResult])],
        all_columns: &[String],
        keys: &[String],
        wanted: impl Fn(&CheckResult) -> bool,
        mut repeats: impl FnMut(&[String]) -> Result<Duplicates>,
        mut others: impl FnMut(&RowsApart) -> Result<OtherValues>,
    ) -> Result<Self> {
        let breaks = |results: &[CheckResult], index: usize| {
            let broken = |result: &CheckResult| result.failed.is_some_and(|it| it.value > 0);
            results.get(index).is_some_and(|result| broken(result) && wanted(result))
        };
        let mut found = Self { columns: Vec::new(), finders: Vec::new(), keys: Vec::new() };
        for (plan, results) in contracts {
            let mut finders = found.of_tests(plan, &|index| breaks(results, index));
            for (index, rule, rows) in plan.rows_of_queries() {
                if breaks(results, index) {
                    finders.push((index, found.finder(rule, &rule.columns, How::Rows(rows))));
                }
            }
            for (index, rule, rows) in plan.rows_in_order() {
                if breaks(results, index) {
                    let how = How::Bits(Arc::clone(rows));
                    finders.push((index, found.finder(rule, &rule.columns, how)));
                }
            }
            for (index, rule, apart) in plan.rows_apart() {
                if breaks(results, index) {
                    let compared: Vec<String> = apart.compared().cloned().collect();
                    let how = How::Apart {
                        apart: Arc::clone(apart),
                        others: others(apart)?,
                        compared: found.places(&compared),
                    };
                    finders.push((index, found.finder(rule, apart.key(), how)));
                }
            }
            for (index, rule, columns) in plan.unique_rules() {
                if !breaks(results, index) {
                    continue;
                }
                let groups = repeats(columns)?.groups;
                let compared = if columns.is_empty() { all_columns } else { columns };
                let how = How::Repeats {
                    columns: found.places(compared),
                    first_rows: groups.iter().map(|group| group.first_row).collect(),
                    hashes: HashSet::with_capacity(groups.len()),
                };
                finders.push((index, found.finder(rule, columns, how)));
            }
            finders.sort_by_key(|(index, _)| *index);
            found.finders.extend(finders.into_iter().map(|(_, finder)| finder));
        }
        found.keys = found.places(keys);
        Ok(found)
    }

    fn of_tests(
        &mut self,
        plan: &ContractPlan<'_>,
        breaks: &dyn Fn(usize) -> bool,
    ) -> Vec<(usize, Finder)> {
        let mut finders = Vec::new();
        for (index, rule, test) in plan.row_tests() {
            if breaks(index) {
                let columns = self.places(&test.columns);
                let how = How::Test { test: Arc::clone(test), columns };
                finders.push((index, self.finder(rule, &rule.columns, how)));
            }
        }
        finders
    }

    /// Whether no rule broke.
    pub fn is_empty(&self) -> bool {
        self.finders.is_empty()
    }

    fn finder(&mut self, rule: &Rule, columns: &[String], how: How) -> Finder {
        let shown = self.places(columns);
        Finder { rule: rule.id.clone(), names: columns.join(", "), shown, how }
    }

    fn places(&mut self, columns: &[String]) -> Vec<usize> {
        let mut place = |name: &String| {
            self.columns.iter().position(|known| known == name).unwrap_or_else(|| {
                self.columns.push(name.clone());
                self.columns.len() - 1
            })
        };
        columns.iter().map(&mut place).collect()
    }

    /// The failing rows of a batch, in row order, then in the order of the rules. Batches come in
    /// row order.
    pub fn take(&mut self, batch: &Batch<'_>) -> Result<Vec<FailingRow>> {
        let mut failing: Vec<(usize, usize)> = Vec::new();
        for (place, finder) in self.finders.iter_mut().enumerate() {
            failing.extend(finder.failing(batch)?.into_iter().map(|row| (row, place)));
        }
        failing.sort_unstable();
        let mut told = Vec::with_capacity(failing.len());
        for (index, place) in failing {
            let Some(finder) = self.finders.get(place) else { continue };
            let Some(&row) = batch.rows.get(index) else { continue };
            let keys: Vec<_> = self.keys.iter().map(|&key| text_at(batch, key, index)).collect();
            let told_of = |(column, value): (String, Option<String>)| FailingRow {
                row: Some(row_number(row)),
                rule: finder.rule.clone(),
                column,
                value,
                keys: keys.clone(),
            };
            told.extend(finder.tell(batch, index).into_iter().map(told_of));
        }
        Ok(told)
    }

    /// The rows of other tables that are missing here, when all batches were taken.
    pub fn missing(&self) -> Vec<FailingRow> {
        let mut rows = Vec::new();
        for finder in &self.finders {
            let How::Apart { apart, others, .. } = &finder.how else { continue };
            for &row in apart.missing() {
                let text = |place| {
                    let known = others.get(row, place).and_then(Option::as_deref);
                    known.unwrap_or_default()
                };
                let texts: Vec<&str> = (0..apart.key().len()).map(text).collect();
                rows.push(FailingRow {
                    row: None,
                    rule: finder.rule.clone(),
                    column: finder.names.clone(),
                    value: Some(format!("missing here, {} there", texts.join(", "))),
                    keys: vec![None; self.keys.len()],
                });
            }
        }
        rows
    }
}

impl Finder {
    /// What a failing row is told with: columns and values.
    fn tell(&self, batch: &Batch<'_>, index: usize) -> Vec<(String, Option<String>)> {
        let value = || values_at(batch, &self.shown, index);
        let How::Apart { apart, others, compared } = &self.how else {
            return vec![(self.names.clone(), value())];
        };
        let row = batch.rows.get(index).copied().map(row_number);
        let place = apart.rows().binary_search_by_key(&row, |(known, _)| Some(*known)).ok();
        let Some((place, (_, how))) = place.and_then(|it| Some((it, *apart.rows().get(it)?)))
        else {
            return Vec::new();
        };
        let text = |text: Option<&str>| text.unwrap_or("no value").to_owned();
        let of_key = |what: &str| {
            vec![(self.names.clone(), Some(format!("{} here, {what}", text(value().as_deref()))))]
        };
        match how {
            Apart::Added => of_key("not there"),
            Apart::Surplus(_) => of_key("less often there"),
            Apart::Repeated => of_key("and repeated"),
            Apart::Changed(there) => apart
                .differing(place)
                .filter_map(|column| {
                    let name = apart.compared().nth(column)?.clone();
                    let here = text_at(batch, *compared.get(column)?, index);
                    let other = others.get(there, apart.key().len() + column);
                    let other = match other {
                        Some(other) => text(other.as_deref()),
                        None => "another value".to_owned(),
                    };
                    Some((name, Some(format!("{} here, {other} there", text(here.as_deref())))))
                })
                .collect(),
        }
    }

    fn failing(&mut self, batch: &Batch<'_>) -> Result<Vec<usize>> {
        match &mut self.how {
            How::Test { test, columns } => {
                let columns = picked(batch, columns)?;
                let outcomes = test.outcomes(&Batch { rows: batch.rows, columns: &columns })?;
                let fails = |(row, outcome): (usize, u8)| (outcome == FALSE).then_some(row);
                Ok(outcomes.into_iter().enumerate().filter_map(fails).collect())
            }
            How::Rows(rows) => {
                let fails = |(index, &row): (usize, &i64)| {
                    rows.binary_search(&row_number(row)).is_ok().then_some(index)
                };
                Ok(batch.rows.iter().enumerate().filter_map(fails).collect())
            }
            How::Bits(rows) => {
                let fails =
                    |(index, &row): (usize, &i64)| rows.contains(row_number(row)).then_some(index);
                Ok(batch.rows.iter().enumerate().filter_map(fails).collect())
            }
            How::Apart { apart, .. } => {
                let rows = apart.rows();
                let fails = |(index, &row): (usize, &i64)| {
                    let found = rows.binary_search_by_key(&row_number(row), |(known, _)| *known);
                    found.is_ok().then_some(index)
                };
                Ok(batch.rows.iter().enumerate().filter_map(fails).collect())
            }
            How::Repeats { columns, first_rows, hashes } => {
                let columns = picked(batch, columns)?;
                let found = RowHashes::of(&Batch { rows: batch.rows, columns: &columns });
                let mut failing = Vec::new();
                for (index, &row) in batch.rows.iter().enumerate() {
                    let Some(hash) = found.get(index) else { continue };
                    if first_rows.contains(&row_number(row)) {
                        hashes.insert(hash);
                    } else if hashes.contains(&hash) {
                        failing.push(index);
                    }
                }
                Ok(failing)
            }
        }
    }
}

fn picked<'a>(batch: &Batch<'a>, places: &[usize]) -> Result<Vec<Column<'a>>> {
    let pick = |&place: &usize| {
        batch.columns.get(place).copied().ok_or_else(|| Error::internal("a column was lost"))
    };
    places.iter().map(pick).collect()
}

fn values_at(batch: &Batch<'_>, places: &[usize], index: usize) -> Option<String> {
    match places {
        [] => None,
        &[only] => text_at(batch, only, index),
        several => {
            let text = |&place: &usize| text_at(batch, place, index).unwrap_or_default();
            Some(several.iter().map(text).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A value as people read it.
pub(super) fn text_at(batch: &Batch<'_>, place: usize, index: usize) -> Option<String> {
    let column = batch.columns.get(place).filter(|column| column.is_valid(index))?;
    let kind = ValueKind::of(&column.values)?;
    let cell = match column.values {
        Values::Null => return None,
        Values::Boolean(bits) => Cell::Boolean(bits.get(index)),
        Values::Integer(values)
        | Values::Time { values, .. }
        | Values::Timestamp { values, .. }
        | Values::Duration { values, .. } => kind.integer_cell(*values.get(index)?),
        Values::Date(values) => kind.integer_cell(i64::from(*values.get(index)?)),
        Values::Float(values) => Cell::Float(*values.get(index)?),
        Values::Decimal { values, scale } => {
            let number = crate::expression::Number {
                float: 0.0,
                decimal: Some((*values.get(index)?, scale)),
            };
            Cell::Text(number.to_string())
        }
        Values::Text(values) => Cell::Text(values.get(index).to_owned()),
        Values::Binary(values) => {
            let digits = values.bytes_at(index).iter().map(|byte| format!("{byte:02x}"));
            Cell::Text(digits.collect())
        }
    };
    Some(cell.to_string())
}
