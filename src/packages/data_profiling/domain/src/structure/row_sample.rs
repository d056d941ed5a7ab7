//! A sample of whole rows, chosen by their numbers alone.

use serde::{Deserialize, Serialize};
use shared_kernel_domain::summary::{RowHashes, Summary, ValueKind};
use shared_kernel_domain::table::{Batch, Column, TextValues, Values};
use shared_kernel_domain::{Error, Result};

use super::grouping::mixed;
use crate::state::{damaged, decode, encode, plain_words};

/// At most so many rows are kept.
const MOST_ROWS: usize = 10_000;

/// At most so many cells are kept.
const MOST_CELLS: usize = 4_000_000;

/// Rows are chosen by the hash of their number and this.
const SEED: u64 = 0x5851_f42d_4c95_7f2d;

/// The rows whose numbers have the lowest hashes: a sample without replacement in which every row
/// has the same chance, whoever reads which part (bottom-k sampling, Cohen and Kaplan 2007).
///
/// All rows of a table that is small enough; else at most 10,000 rows and four million cells. Of
/// texts, bytes and decimals a hash is kept, so that no text is held: equal values have equal
/// words, as [`RowHashes`] defines equality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowSample {
    limit: u64,
    /// Rows with a higher hash are never taken; lower than all where the table is known to be large.
    highest_hash: u64,
    rows_seen: u64,
    #[serde(with = "plain_words")]
    rows: Vec<u64>,
    columns: Vec<SampledCells>,
}

/// The sampled cells of a column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SampledCells {
    /// `None` while there were only nulls.
    pub(super) kind: Option<ValueKind>,
    /// What tells values apart: whole numbers and bits of floats as they are, else a hash; 0 of
    /// nulls.
    #[serde(with = "plain_words")]
    pub(super) words: Vec<u64>,
    /// Whether a cell is null, one per row.
    pub(super) nulls: Vec<bool>,
    /// Bits of the nearest floats, of decimals only.
    #[serde(with = "plain_words")]
    pub(super) nearest: Vec<u64>,
}

impl RowSample {
    /// Nothing taken in yet, of a table of so many columns and, when it is known, rows.
    pub fn new(columns: usize, table_rows: Option<u64>) -> Self {
        let limit = MOST_ROWS.min(MOST_CELLS / columns.max(1)).max(1);
        Self::with_limit(columns, table_rows, limit)
    }

    /// The same with at most `limit` rows.
    pub(super) fn with_limit(columns: usize, table_rows: Option<u64>, limit: usize) -> Self {
        // Six standard deviations more than wanted: fewer than `limit` come once in 10⁹ tables.
        let wanted = limit as f64 + 6.0 * (limit as f64).sqrt();
        let highest_hash = match table_rows {
            Some(rows) if rows as f64 > wanted => (wanted / rows as f64 * u64::MAX as f64) as u64,
            _ => u64::MAX,
        };
        Self {
            limit: limit as u64,
            highest_hash,
            rows_seen: 0,
            rows: Vec::new(),
            columns: vec![SampledCells::default(); columns],
        }
    }

    /// Rows of the table.
    pub fn rows_seen(&self) -> u64 {
        self.rows_seen
    }

    /// Whether the sample is the whole table.
    pub fn is_whole(&self) -> bool {
        self.rows_seen == self.rows.len() as u64 && self.rows_seen <= self.limit
    }

    /// The cells, column by column, of the `most` rows of lowest hash, in row order.
    pub(super) fn cells(&self, most: usize) -> (Vec<u64>, Vec<SampledCells>) {
        let cut = self.cut_to(most.min(self.limit as usize));
        (cut.rows, cut.columns)
    }

    fn take(&mut self, batch: &Batch<'_>) -> Result<()> {
        if batch.columns.len() != self.columns.len() {
            return Err(Error::internal(format!(
                "a sample of {} columns was given {}",
                self.columns.len(),
                batch.columns.len()
            )));
        }
        self.rows_seen += batch.len() as u64;
        let chosen: Vec<usize> = batch
            .rows
            .iter()
            .enumerate()
            .filter(|&(_, &row)| hash_of_row(row as u64) <= self.highest_hash)
            .map(|(place, _)| place)
            .collect();
        if chosen.is_empty() {
            return Ok(());
        }
        self.rows.extend(chosen.iter().map(|&place| batch.rows[place] as u64));
        for (cells, column) in self.columns.iter_mut().zip(batch.columns) {
            cells.take(column, &chosen)?;
        }
        self.settle();
        Ok(())
    }

    /// Cuts back once there are twice as many rows as are wanted.
    fn settle(&mut self) {
        let limit = self.limit as usize;
        if self.rows.len() >= 2 * limit {
            *self = self.cut_to(limit);
        }
    }

    /// The `most` rows of lowest hash, in the order they came.
    fn cut_to(&self, most: usize) -> Self {
        if self.rows.len() <= most {
            return self.clone();
        }
        let mut hashed: Vec<(u64, usize)> =
            self.rows.iter().enumerate().map(|(place, &row)| (hash_of_row(row), place)).collect();
        hashed.sort_unstable();
        hashed.truncate(most);
        let mut kept: Vec<usize> = hashed.into_iter().map(|(_, place)| place).collect();
        kept.sort_unstable();
        self.pick(&kept)
    }

    /// Parts of tables that were sampled at different rates go on at the lower one.
    fn cut_to_hash(&self) -> Self {
        let is_kept = |&place: &usize| hash_of_row(self.rows[place]) <= self.highest_hash;
        self.pick(&(0..self.rows.len()).filter(is_kept).collect::<Vec<_>>())
    }

    fn pick(&self, kept: &[usize]) -> Self {
        Self {
            limit: self.limit,
            highest_hash: self.highest_hash,
            rows_seen: self.rows_seen,
            rows: kept.iter().map(|&place| self.rows[place]).collect(),
            columns: self.columns.iter().map(|cells| cells.pick(kept)).collect(),
        }
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        let rows = later.rows.len();
        let whole = later.columns.iter().all(|cells| cells.has_rows(rows))
            && later.columns.len() == self.columns.len()
            && later.rows_seen >= rows as u64
            && later.limit > 0;
        if !whole {
            return Err(damaged("a sample of rows"));
        }
        let same_plan = (later.limit, later.highest_hash) == (self.limit, self.highest_hash);
        self.limit = self.limit.min(later.limit);
        self.highest_hash = self.highest_hash.min(later.highest_hash);
        self.rows_seen = self.rows_seen.saturating_add(later.rows_seen);
        self.rows.extend(later.rows);
        for (cells, later) in self.columns.iter_mut().zip(later.columns) {
            cells.append(later)?;
        }
        if !same_plan {
            *self = self.cut_to_hash();
        }
        self.settle();
        Ok(())
    }
}

impl Summary for RowSample {
    fn key(&self) -> String {
        let Self { limit, highest_hash, columns, .. } = self;
        format!("row_sample({}, {limit}, {highest_hash:x})", columns.len())
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self {
            limit: self.limit,
            highest_hash: self.highest_hash,
            rows_seen: 0,
            rows: Vec::new(),
            columns: vec![SampledCells::default(); self.columns.len()],
        })
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        self.take(batch)
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        self.merge(decode(later)?)
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        if self.rows.len() <= self.limit as usize {
            return encode(self);
        }
        encode(&self.cut_to(self.limit as usize))
    }

    fn memory_bytes(&self) -> usize {
        let cells: usize = self.columns.iter().map(SampledCells::heap_bytes).sum();
        size_of::<Self>() + self.rows.capacity() * size_of::<u64>() + cells
    }
}

/// Every row number has a hash of its own.
fn hash_of_row(row: u64) -> u64 {
    mixed(row ^ SEED)
}

impl SampledCells {
    fn take(&mut self, column: &Column<'_>, chosen: &[usize]) -> Result<()> {
        let kind =
            if column.null_count < column.len { ValueKind::of(&column.values) } else { None };
        self.adopt(kind)?;
        let nulls = chosen.iter().map(|&place| kind.is_none() || !column.is_valid(place));
        let from = self.nulls.len();
        self.nulls.extend(nulls);
        let nulls = &self.nulls[from..];
        match column.values {
            _ if kind.is_none() => self.words.extend(nulls.iter().map(|_| 0)),
            Values::Null => self.words.extend(nulls.iter().map(|_| 0)),
            Values::Boolean(bits) => {
                push(&mut self.words, chosen, nulls, |place| bits.get(place).into());
            }
            Values::Integer(values)
            | Values::Time { values, .. }
            | Values::Timestamp { values, .. }
            | Values::Duration { values, .. } => {
                push(&mut self.words, chosen, nulls, |place| values[place] as u64);
            }
            Values::Date(values) => {
                push(&mut self.words, chosen, nulls, |place| i64::from(values[place]) as u64);
            }
            Values::Float(values) => {
                push(&mut self.words, chosen, nulls, |place| float_word(values[place]));
            }
            Values::Decimal { values, scale } => {
                let unit = 10_f64.powi(i32::from(scale));
                let nearest = |place: usize| (values[place] as f64 / unit).to_bits();
                push(&mut self.nearest, chosen, nulls, nearest);
                let picked: Vec<i128> = chosen.iter().map(|&place| values[place]).collect();
                let values = Values::Decimal { values: &picked, scale };
                push_hashes(&mut self.words, values, nulls);
            }
            Values::Text(texts) => {
                let (offsets, bytes) = gathered(texts, chosen, nulls);
                let texts = TextValues { offsets: &offsets, bytes: &bytes };
                push_hashes(&mut self.words, Values::Text(texts), nulls);
            }
            Values::Binary(texts) => {
                let (offsets, bytes) = gathered(texts, chosen, nulls);
                let texts = TextValues { offsets: &offsets, bytes: &bytes };
                push_hashes(&mut self.words, Values::Binary(texts), nulls);
            }
        }
        Ok(())
    }

    /// Takes on the kind of a later part. Decimals have a nearest float at every row, also at
    /// those that came before the kind was known.
    fn adopt(&mut self, kind: Option<ValueKind>) -> Result<()> {
        match (self.kind, kind) {
            (Some(seen), Some(later)) if seen != later => {
                return Err(Error::internal(format!(
                    "a column changed from {} to {} within a scan",
                    seen.name(),
                    later.name()
                )));
            }
            (None, Some(_)) => self.kind = kind,
            _ => {}
        }
        if matches!(self.kind, Some(ValueKind::Decimal { .. })) {
            self.nearest.resize(self.words.len(), 0);
        }
        Ok(())
    }

    fn append(&mut self, later: Self) -> Result<()> {
        self.adopt(later.kind)?;
        self.words.extend(later.words);
        self.nulls.extend(later.nulls);
        self.nearest.extend(later.nearest);
        self.adopt(None)
    }

    fn pick(&self, places: &[usize]) -> Self {
        let words = |words: &[u64]| -> Vec<u64> {
            places.iter().filter_map(|&place| words.get(place)).copied().collect()
        };
        Self {
            kind: self.kind,
            words: words(&self.words),
            nulls: places.iter().map(|&place| self.nulls[place]).collect(),
            nearest: words(&self.nearest),
        }
    }

    /// Whether the cells are those of so many rows.
    fn has_rows(&self, rows: usize) -> bool {
        let is_decimal = matches!(self.kind, Some(ValueKind::Decimal { .. }));
        self.words.len() == rows
            && self.nulls.len() == rows
            && self.nearest.len() == if is_decimal { rows } else { 0 }
            && (self.kind.is_some() || self.nulls.iter().all(|&null| null))
    }

    fn heap_bytes(&self) -> usize {
        (self.words.capacity() + self.nearest.capacity()) * size_of::<u64>() + self.nulls.capacity()
    }
}

fn push(words: &mut Vec<u64>, chosen: &[usize], nulls: &[bool], word: impl Fn(usize) -> u64) {
    words
        .extend(chosen.iter().zip(nulls).map(|(&place, &null)| if null { 0 } else { word(place) }));
}

/// The bits of a float that stand for its value: one zero, one NaN.
fn float_word(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }
}

/// The chosen texts one after the other; nulls are empty.
fn gathered(texts: TextValues<'_>, chosen: &[usize], nulls: &[bool]) -> (Vec<i32>, Vec<u8>) {
    let mut offsets = vec![0];
    let mut bytes = Vec::new();
    for (&place, &null) in chosen.iter().zip(nulls) {
        if !null {
            bytes.extend_from_slice(texts.bytes_at(place));
        }
        offsets.push(bytes.len() as i32);
    }
    (offsets, bytes)
}

fn push_hashes(words: &mut Vec<u64>, values: Values<'_>, nulls: &[bool]) {
    let rows: Vec<i64> = vec![0; nulls.len()];
    let column = Column { values, validity: None, len: nulls.len(), null_count: 0 };
    let hashes = RowHashes::of(&Batch { rows: &rows, columns: &[column] });
    words.extend(nulls.iter().enumerate().map(|(place, &null)| {
        let hash = hashes.get(place).unwrap_or_default();
        if null { 0 } else { (hash >> 64) as u64 }
    }));
}
