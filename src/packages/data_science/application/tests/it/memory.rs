//! Tables in memory, and the scanner that reads them in small batches.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use shared_kernel_domain::artifact::ArtifactDigest;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{
    BatchSink, Duplicates, RowFunction, RowValueSink, ScanOutcome, ScanPlan, TableScanner,
};
use shared_kernel_domain::table::{
    Batch, Bits, Cell, Column, ColumnType, ContentDigest, Field, TableReference, TableSchema,
    TextValues, Values,
};
use shared_kernel_domain::{Error, Result};

/// Rows of a batch: few, so that batches have borders.
const BATCH_ROWS: usize = 64;

/// The values of a column.
#[derive(Clone, Debug)]
pub(crate) enum Cells {
    Integers(Vec<Option<i64>>),
    Floats(Vec<f64>),
    Texts(Vec<&'static str>),
}

impl Cells {
    fn len(&self) -> usize {
        match self {
            Self::Integers(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Texts(values) => values.len(),
        }
    }

    fn column_type(&self) -> ColumnType {
        match self {
            Self::Integers(_) => ColumnType::Integer,
            Self::Floats(_) => ColumnType::Float,
            Self::Texts(_) => ColumnType::Text,
        }
    }

    fn cell(&self, row: usize) -> Cell {
        match self {
            Self::Integers(values) => values[row].map_or(Cell::Null, Cell::Integer),
            Self::Floats(values) => Cell::Float(values[row]),
            Self::Texts(values) => Cell::Text(values[row].to_owned()),
        }
    }

    /// Shows rows `from..to` as a column.
    fn view<'a>(&'a self, from: usize, to: usize, packed: &'a mut Packed) -> Column<'a> {
        let len = to - from;
        let mut null_count = 0;
        let values = match self {
            Self::Floats(values) => Values::Float(&values[from..to]),
            Self::Integers(values) => {
                packed.bits = vec![0; len.div_ceil(8)];
                for (index, value) in values[from..to].iter().enumerate() {
                    packed.integers.push(value.unwrap_or_default());
                    packed.bits[index / 8] |= u8::from(value.is_some()) << (index % 8);
                    null_count += usize::from(value.is_none());
                }
                Values::Integer(&packed.integers)
            }
            Self::Texts(values) => {
                packed.offsets.push(0);
                for value in &values[from..to] {
                    packed.bytes.extend(value.bytes());
                    packed.offsets.push(packed.bytes.len() as i32);
                }
                Values::Text(TextValues { offsets: &packed.offsets, bytes: &packed.bytes })
            }
        };
        let validity = (null_count > 0).then(|| Bits::new(&packed.bits, 0, len)).flatten();
        Column { values, validity, len, null_count }
    }
}

#[derive(Default)]
struct Packed {
    integers: Vec<i64>,
    offsets: Vec<i32>,
    bytes: Vec<u8>,
    bits: Vec<u8>,
}

/// A table's columns by name.
pub(crate) type Table = Vec<(String, Cells)>;

/// A table of these columns.
pub(crate) fn table<const N: usize>(columns: [(&str, Cells); N]) -> Table {
    columns.into_iter().map(|(name, cells)| (name.to_owned(), cells)).collect()
}

/// What refers to a table; its digest is that of its cells.
pub(crate) fn reference(table: &Table) -> TableReference {
    let field = |(name, cells): &(String, Cells)| Field {
        name: name.clone(),
        column_type: cells.column_type(),
    };
    let digest = ArtifactDigest::of(format!("{table:?}").as_bytes()).to_string();
    TableReference {
        parts: Vec::new(),
        schema: TableSchema { fields: table.iter().map(field).collect() },
        rows: table.first().map_or(0, |(_, cells)| cells.len()) as u64,
        digest: ContentDigest::from_hex(digest),
    }
}

/// Reads every table it was given, by digest.
#[derive(Default)]
pub(crate) struct MemoryScanner(Mutex<BTreeMap<ContentDigest, Arc<Table>>>);

impl MemoryScanner {
    pub(crate) fn add(&self, table: &Table) {
        let digest = reference(table).digest;
        self.0.lock().unwrap().insert(digest, Arc::new(table.clone()));
    }

    fn table(&self, table: &TableReference) -> Result<Arc<Table>> {
        let tables = self.0.lock().unwrap();
        tables.get(&table.digest).cloned().ok_or_else(|| Error::input("no such table"))
    }
}

fn column<'a>(table: &'a Table, name: &str) -> Result<&'a Cells> {
    let found = table.iter().find(|(column, _)| column == name);
    found.map(|(_, cells)| cells).ok_or_else(|| Error::input(format!("no column {name}")))
}

impl TableScanner for MemoryScanner {
    fn summarize(
        &self,
        _table: &TableReference,
        _plan: ScanPlan,
        _cancellation: &Cancellation,
    ) -> Result<ScanOutcome> {
        Err(Error::internal("not needed here"))
    }

    fn evaluate(
        &self,
        table: &TableReference,
        function: Arc<dyn RowFunction>,
        cancellation: &Cancellation,
        sink: &mut RowValueSink<'_>,
    ) -> Result<()> {
        self.stream(table, function.columns(), cancellation, &mut |batch| {
            sink(batch.rows, &function.evaluate(batch)?)
        })
    }

    fn stream(
        &self,
        table: &TableReference,
        columns: &[String],
        cancellation: &Cancellation,
        sink: &mut BatchSink<'_>,
    ) -> Result<()> {
        let cells = self.table(table)?;
        let rows = table.rows as usize;
        for from in (0..rows).step_by(BATCH_ROWS) {
            cancellation.check()?;
            let to = (from + BATCH_ROWS).min(rows);
            let mut packed: Vec<Packed> = columns.iter().map(|_| Packed::default()).collect();
            let mut views = Vec::new();
            for (name, packed) in columns.iter().zip(&mut packed) {
                views.push(column(&cells, name)?.view(from, to, packed));
            }
            let numbers: Vec<i64> = (from as i64..to as i64).collect();
            sink(&Batch { rows: &numbers, columns: &views })?;
        }
        Ok(())
    }

    fn duplicates(
        &self,
        _table: &TableReference,
        _columns: &[String],
        _examples: usize,
        _cancellation: &Cancellation,
    ) -> Result<Duplicates> {
        Err(Error::internal("not needed here"))
    }

    fn rows(
        &self,
        table: &TableReference,
        columns: &[String],
        rows: &[u64],
    ) -> Result<Vec<Vec<Cell>>> {
        let cells = self.table(table)?;
        rows.iter()
            .map(|&row| {
                columns.iter().map(|name| Ok(column(&cells, name)?.cell(row as usize))).collect()
            })
            .collect()
    }
}
