use std::collections::BTreeMap;
use std::sync::Arc;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{
    BatchSink, Duplicates, RowFunction, RowValueSink, ScanOutcome, ScanPlan, TableScanner,
};
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::{
    Batch, Bits, Cell, Column, ColumnType, ContentDigest, Field, TableReference, TableSchema,
    TextValues, Values,
};
use shared_kernel_domain::{Error, Result};

use crate::{Profile, ProfileSubject, profile_plan};

/// A small table that lives in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryTable {
    name: String,
    columns: Vec<(String, Stored)>,
}

#[derive(Clone, Debug)]
enum Stored {
    Integers(Vec<Option<i64>>),
    Floats(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
    Booleans(Vec<Option<bool>>),
    Dates(Vec<Option<i32>>),
}

impl MemoryTable {
    /// A table without columns.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), columns: Vec::new() }
    }

    /// Adds a column of whole numbers.
    #[must_use]
    pub fn integers(self, name: &str, values: impl IntoIterator<Item = Option<i64>>) -> Self {
        self.with(name, Stored::Integers(values.into_iter().collect()))
    }

    /// Adds a column of floats.
    #[must_use]
    pub fn floats(self, name: &str, values: impl IntoIterator<Item = Option<f64>>) -> Self {
        self.with(name, Stored::Floats(values.into_iter().collect()))
    }

    /// Adds a column of texts.
    #[must_use]
    pub fn texts<'a>(self, name: &str, values: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let values = values.into_iter().map(|text| text.map(str::to_owned)).collect();
        self.with(name, Stored::Texts(values))
    }

    /// Adds a column of booleans.
    #[must_use]
    pub fn booleans(self, name: &str, values: impl IntoIterator<Item = Option<bool>>) -> Self {
        self.with(name, Stored::Booleans(values.into_iter().collect()))
    }

    /// Adds a column of dates, in days since 1970.
    #[must_use]
    pub fn dates(self, name: &str, values: impl IntoIterator<Item = Option<i32>>) -> Self {
        self.with(name, Stored::Dates(values.into_iter().collect()))
    }

    fn with(mut self, name: &str, values: Stored) -> Self {
        self.columns.push((name.to_owned(), values));
        self
    }

    fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, values)| values.len())
    }

    /// What stands for the table outside; its digest is that of its debug text.
    pub fn reference(&self) -> TableReference {
        let fields = self
            .columns
            .iter()
            .map(|(name, values)| Field { name: name.clone(), column_type: values.column_type() })
            .collect();
        TableReference {
            parts: Vec::new(),
            schema: TableSchema { fields },
            rows: self.rows() as u64,
            digest: ContentDigest::from_hex(format!("memory:{self:?}")),
        }
    }

    /// The table's profile.
    pub fn profile(&self) -> Result<Profile> {
        let reference = self.reference();
        let (plan, slots) = profile_plan(&reference.schema);
        let subject = ProfileSubject {
            name: self.name.clone(),
            digest: ContentDigest::from_hex(format!("{:016x}", self.rows())),
            dataset: None,
        };
        Profile::from_outcome(subject, &slots, &self.summarize(plan, 3)?)
    }

    /// Fills a plan, in `parts` parts that are moved as bytes, as an engine would.
    pub fn summarize(&self, plan: ScanPlan, parts: usize) -> Result<ScanOutcome> {
        let mut summaries: Vec<Box<dyn Summary>> = Vec::new();
        for item in plan.into_items() {
            let mut whole = item.summary.fresh();
            for part in 0..parts {
                let from = self.rows() * part / parts;
                let to = self.rows() * (part + 1) / parts;
                let mut summary = item.summary.fresh();
                for name in &item.columns {
                    self.column(name)?.update(from, to, summary.as_mut())?;
                }
                whole.merge_bytes(&summary.to_bytes()?)?;
            }
            summaries.push(whole);
        }
        Ok(ScanOutcome::new(summaries, self.rows() as u64))
    }

    fn column(&self, name: &str) -> Result<&Stored> {
        let found = self.columns.iter().find(|(known, _)| known == name);
        found
            .map(|(_, values)| values)
            .ok_or_else(|| Error::internal(format!("no column {name:?} in a table in memory")))
    }
}

impl Stored {
    fn len(&self) -> usize {
        match self {
            Self::Integers(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Booleans(values) => values.len(),
            Self::Dates(values) => values.len(),
        }
    }

    fn column_type(&self) -> ColumnType {
        match self {
            Self::Integers(_) => ColumnType::Integer,
            Self::Floats(_) => ColumnType::Float,
            Self::Texts(_) => ColumnType::Text,
            Self::Booleans(_) => ColumnType::Boolean,
            Self::Dates(_) => ColumnType::Date,
        }
    }

    fn update(&self, from: usize, to: usize, summary: &mut dyn Summary) -> Result<()> {
        match self {
            Self::Integers(values) => {
                let (values, valid) = split(values, from, to);
                give(summary, Values::Integer(&values), &valid)
            }
            Self::Floats(values) => {
                let (values, valid) = split(values, from, to);
                give(summary, Values::Float(&values), &valid)
            }
            Self::Dates(values) => {
                let (values, valid) = split(values, from, to);
                give(summary, Values::Date(&values), &valid)
            }
            Self::Booleans(values) => {
                let (values, valid) = split(values, from, to);
                let bytes = bitmap(&values);
                let bits = Bits::new(&bytes, 0, values.len());
                let bits = bits.ok_or_else(|| Error::internal("a bitmap is too short"))?;
                give(summary, Values::Boolean(bits), &valid)
            }
            Self::Texts(values) => {
                let (values, valid) = split(values, from, to);
                let mut offsets = vec![0];
                let mut bytes = Vec::new();
                for value in &values {
                    bytes.extend_from_slice(value.as_bytes());
                    offsets.push(bytes.len() as i32);
                }
                let texts = TextValues { offsets: &offsets, bytes: &bytes };
                give(summary, Values::Text(texts), &valid)
            }
        }
    }
}

fn split<T: Clone + Default>(values: &[Option<T>], from: usize, to: usize) -> (Vec<T>, Vec<bool>) {
    let rows = values.get(from..to).unwrap_or_default();
    let filled = rows.iter().map(|value| value.clone().unwrap_or_default()).collect();
    (filled, rows.iter().map(Option::is_some).collect())
}

fn bitmap(bits: &[bool]) -> Vec<u8> {
    bits.chunks(8)
        .map(|byte| byte.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit)))
        .collect()
}

fn give(summary: &mut dyn Summary, values: Values<'_>, valid: &[bool]) -> Result<()> {
    let bytes = bitmap(valid);
    let null_count = valid.iter().filter(|&&valid| !valid).count();
    let validity = if null_count == 0 { None } else { Bits::new(&bytes, 0, valid.len()) };
    let column = Column { values, validity, len: valid.len(), null_count };
    let rows: Vec<i64> = (0..valid.len() as i64).collect();
    summary.update(&Batch { rows: &rows, columns: &[column] })
}

/// Scans tables in memory, found by their digest; it only summarises.
#[derive(Clone, Debug, Default)]
pub struct MemoryScanner {
    tables: BTreeMap<ContentDigest, MemoryTable>,
    parts: usize,
}

impl MemoryScanner {
    /// A scanner of these tables that cuts them into `parts` parts.
    pub fn of(tables: impl IntoIterator<Item = MemoryTable>, parts: usize) -> Self {
        let tables = tables.into_iter().map(|table| (table.reference().digest, table)).collect();
        Self { tables, parts: parts.max(1) }
    }
}

impl TableScanner for MemoryScanner {
    fn summarize(
        &self,
        table: &TableReference,
        plan: ScanPlan,
        cancellation: &Cancellation,
    ) -> Result<ScanOutcome> {
        cancellation.check()?;
        let found = self.tables.get(&table.digest);
        found.ok_or_else(|| Error::input("no such table in memory"))?.summarize(plan, self.parts)
    }

    fn evaluate(
        &self,
        _: &TableReference,
        _: Arc<dyn RowFunction>,
        _: &Cancellation,
        _: &mut RowValueSink<'_>,
    ) -> Result<()> {
        Err(only_summarizes())
    }

    fn stream(
        &self,
        _: &TableReference,
        _: &[String],
        _: &Cancellation,
        _: &mut BatchSink<'_>,
    ) -> Result<()> {
        Err(only_summarizes())
    }

    fn duplicates(
        &self,
        _: &TableReference,
        _: &[String],
        _: usize,
        _: &Cancellation,
    ) -> Result<Duplicates> {
        Err(only_summarizes())
    }

    fn rows(&self, _: &TableReference, _: &[String], _: &[u64]) -> Result<Vec<Vec<Cell>>> {
        Err(only_summarizes())
    }
}

fn only_summarizes() -> Error {
    Error::internal("the scanner of tables in memory only summarises")
}
