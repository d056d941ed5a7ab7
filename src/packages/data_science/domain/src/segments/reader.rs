use std::collections::HashMap;
use std::sync::Arc;

use shared_kernel_domain::table::{Batch, Column, ColumnType, Field, TableSchema, Values};
use shared_kernel_domain::{Error, Result};

use super::{MAX_SEGMENTS, MIN_SEGMENT_ROWS, SMALL_SEGMENTS};
use crate::sampling::{MAX_TRAINING_CELLS, RowSampler};

/// The place of a segment among those of a table.
pub type Place = u16;

/// Marks a row whose segment is not judged.
const NONE: Place = Place::MAX;

/// Characters of a value that a segment's name has at most.
const NAMED_CHARACTERS: usize = 60;

/// Takes in the rows of a table and deals them to segments.
pub struct SegmentReader {
    fields: Vec<Field>,
    places: HashMap<Vec<u8>, Place>,
    names: Vec<String>,
    of_row: Vec<Place>,
    key: Vec<u8>,
}

/// The segments of a table: those that are judged, by first row, the small ones together at last.
#[derive(Clone, Debug, PartialEq)]
pub struct Segments {
    columns: Vec<String>,
    of_row: Vec<Place>,
    judged: Vec<Segment>,
    /// Segments judged together.
    pooled: u64,
    /// Segments too small even together: how many rows they have, and the first.
    left_out: Option<(u64, u64)>,
}

#[derive(Clone, Debug, PartialEq)]
struct Segment {
    name: Arc<str>,
    rows: u64,
}

impl SegmentReader {
    /// A reader of the segments that some columns make.
    pub fn new(schema: &TableSchema, columns: &[String], label: Option<&str>) -> Result<Self> {
        let mut fields: Vec<Field> = Vec::new();
        for name in columns {
            let Some(field) = schema.field(name) else {
                let names: Vec<&str> = schema.names().take(20).collect();
                return Err(Error::usage(format!("--segment {name:?} names no column"))
                    .hint(format!("the columns are {}", names.join(", "))));
            };
            if label == Some(name) {
                return Err(Error::usage(format!("--segment {name:?} is the label"))
                    .hint("name a column that is known of new rows too"));
            }
            let kinds =
                [ColumnType::Text, ColumnType::Integer, ColumnType::Boolean, ColumnType::Null];
            if !kinds.contains(&field.column_type) {
                return Err(Error::usage(format!(
                    "--segment {name:?} is a column of type {}, which does not name segments",
                    field.column_type.name()
                ))
                .hint("name a column of texts, whole numbers or truth values"));
            }
            if !fields.contains(field) {
                fields.push(field.clone());
            }
        }
        if fields.is_empty() {
            return Err(
                Error::usage("no column of segments is named").hint("name one by --segment COLUMN")
            );
        }
        Ok(Self {
            fields,
            places: HashMap::new(),
            names: Vec::new(),
            of_row: Vec::new(),
            key: Vec::new(),
        })
    }

    /// The columns it wants to see, in this order.
    pub fn columns(&self) -> Vec<String> {
        self.fields.iter().map(|field| field.name.clone()).collect()
    }

    /// Takes in a batch of the columns of [`Self::columns`].
    pub fn take(&mut self, batch: &Batch<'_>) -> Result<()> {
        if batch.columns.len() != self.fields.len() {
            return Err(Error::internal("the reader of segments got other columns"));
        }
        for row in 0..batch.len() {
            self.key.clear();
            for column in batch.columns {
                add_to_key(&mut self.key, column, row);
            }
            let place = match self.places.get(&self.key) {
                Some(&place) => place,
                None => self.add(batch, row)?,
            };
            self.of_row.push(place);
        }
        Ok(())
    }

    fn add(&mut self, batch: &Batch<'_>, row: usize) -> Result<Place> {
        if self.names.len() == MAX_SEGMENTS {
            let columns = self.columns().join(", ");
            return Err(Error::input(format!(
                "{columns:?} makes more than {MAX_SEGMENTS} segments: too many"
            ))
            .hint("name a column with fewer different values by --segment"));
        }
        let place = self.names.len() as Place;
        let parts = self.fields.iter().zip(batch.columns);
        let parts: Vec<String> = parts.map(|(field, column)| part(field, column, row)).collect();
        self.names.push(parts.join(", "));
        self.places.insert(self.key.clone(), place);
        Ok(place)
    }

    /// The segments. Those with fewer than [`MIN_SEGMENT_ROWS`] rows are judged together when they
    /// have that many rows together, else not; that none is judged is an error.
    pub fn finish(self) -> Result<Segments> {
        let columns = self.columns();
        let mut rows_of = vec![0_u64; self.names.len()];
        for &place in &self.of_row {
            rows_of[usize::from(place)] += 1;
        }
        let is_small = |rows: u64| rows < MIN_SEGMENT_ROWS;
        let small_rows: u64 = rows_of.iter().filter(|&&rows| is_small(rows)).sum();
        let are_pooled = small_rows >= MIN_SEGMENT_ROWS;
        let mut judged = Vec::new();
        let mut new_places = vec![NONE; rows_of.len()];
        for ((name, &rows), new) in self.names.into_iter().zip(&rows_of).zip(&mut new_places) {
            if !is_small(rows) {
                *new = judged.len() as Place;
                judged.push(Segment { name: name.into(), rows });
            }
        }
        let mut pooled = 0;
        if are_pooled {
            for (_, new) in rows_of.iter().zip(&mut new_places).filter(|(rows, _)| is_small(**rows))
            {
                *new = judged.len() as Place;
                pooled += 1;
            }
            judged.push(Segment { name: SMALL_SEGMENTS.into(), rows: small_rows });
        }
        if judged.is_empty() {
            return Err(Error::input(format!(
                "no segment of {:?} has {MIN_SEGMENT_ROWS} rows",
                columns.join(", ")
            ))
            .hint("judge the rows without --segment, or by a column with fewer different values"));
        }
        let of_row: Vec<Place> =
            self.of_row.iter().map(|&place| new_places[usize::from(place)]).collect();
        let first = of_row.iter().position(|&place| place == NONE);
        let left_out = first.map(|first| (small_rows, first as u64));
        Ok(Segments { columns, of_row, judged, pooled, left_out })
    }
}

/// A row's value as bytes that no other value has.
fn add_to_key(key: &mut Vec<u8>, column: &Column<'_>, row: usize) {
    if !column.is_valid(row) {
        key.push(0);
        return;
    }
    key.push(1);
    match column.values {
        Values::Text(texts) => {
            let bytes = texts.bytes_at(row);
            key.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            key.extend_from_slice(bytes);
        }
        Values::Integer(values) => key.extend_from_slice(&values[row].to_le_bytes()),
        Values::Boolean(bits) => key.push(u8::from(bits.get(row))),
        _ => {}
    }
}

/// What a column says in a segment's name.
fn part(field: &Field, column: &Column<'_>, row: usize) -> String {
    let name = &field.name;
    if !column.is_valid(row) {
        return format!("{name} is missing");
    }
    match column.values {
        Values::Text(texts) => {
            let text = texts.get(row);
            match text.char_indices().nth(NAMED_CHARACTERS) {
                Some((end, _)) => format!("{name}={}…", &text[..end]),
                None => format!("{name}={text}"),
            }
        }
        Values::Integer(values) => format!("{name}={}", values[row]),
        Values::Boolean(bits) => format!("{name}={}", bits.get(row)),
        _ => format!("{name} is missing"),
    }
}

impl Segments {
    /// The columns that make them.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Rows of the table.
    pub fn table_rows(&self) -> usize {
        self.of_row.len()
    }

    /// Segments that are judged; small ones together count as one.
    pub fn len(&self) -> usize {
        self.judged.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.judged.is_empty()
    }

    /// The segment of a row; `None` when it is not judged.
    pub fn of(&self, row: usize) -> Option<Place> {
        self.of_row.get(row).copied().filter(|&place| place != NONE)
    }

    /// What a segment is called.
    pub fn name(&self, place: Place) -> Option<&Arc<str>> {
        self.judged.get(usize::from(place)).map(|segment| &segment.name)
    }

    /// Rows of a segment.
    pub fn rows(&self, place: Place) -> u64 {
        self.judged.get(usize::from(place)).map_or(0, |segment| segment.rows)
    }

    /// Segments that are judged together because each has too few rows.
    pub fn pooled(&self) -> u64 {
        self.pooled
    }

    /// How many rows are not judged because their segments have too few even together, and the
    /// first of them.
    pub fn left_out(&self) -> Option<(u64, u64)> {
        self.left_out
    }

    /// Which rows each segment learns from, of `columns` columns: all of them when the table fits
    /// into memory, else a sample that leaves small segments whole.
    pub fn samplers(&self, seed: u64, columns: usize) -> Vec<RowSampler> {
        self.samplers_within(seed, columns, MAX_TRAINING_CELLS)
    }

    pub(super) fn samplers_within(&self, seed: u64, columns: usize, cells: u64) -> Vec<RowSampler> {
        let columns = columns.max(1);
        let mut ascending: Vec<u64> = self.judged.iter().map(|segment| segment.rows).collect();
        ascending.sort_unstable();
        let (mut left, mut each) = (cells / columns as u64, u64::MAX);
        for (place, &rows) in ascending.iter().enumerate() {
            let share = left / (ascending.len() - place) as u64;
            if rows > share {
                each = share;
                break;
            }
            left -= rows;
        }
        let most = each.saturating_mul(columns as u64);
        let of = |segment: &Segment| RowSampler::new(seed, segment.rows, columns, most);
        self.judged.iter().map(of).collect()
    }
}
