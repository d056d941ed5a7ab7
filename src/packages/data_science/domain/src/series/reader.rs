use std::collections::{BTreeMap, HashMap};

use shared_kernel_domain::table::{
    Batch, Column, ColumnType, Field, TableSchema, TimeUnit, Values,
};
use shared_kernel_domain::{Error, Result};

use super::grid::Grid;
use crate::encoder::read_numbers;
use crate::sampling::MAX_TRAINING_CELLS;

/// Series of one table.
const MAX_SERIES: usize = 10_000;

/// Rows that a series must have.
pub(super) const MIN_ROWS: usize = 12;

/// Stamps of floating point are kept to a millionth, up to this size.
const FLOAT_TICKS: f64 = 1e6;
const LARGEST_FLOAT: f64 = 9e12;

/// Values beyond or all below this size are scaled, so that their squares are numbers.
const LARGE: f64 = 1e90;

/// Marks a row that belongs to no series.
const NONE: u32 = u32::MAX;

/// Which columns make the series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesColumns {
    /// The stamps.
    pub time: String,
    /// One series for each of its values.
    pub by: Option<String>,
    /// The numbers to judge; all that there are when empty.
    pub values: Vec<String>,
}

/// Takes in the rows of a table.
pub struct SeriesReader {
    time: Field,
    by: Option<Field>,
    values: Vec<(Field, Vec<f64>)>,
    left_out: BTreeMap<String, String>,
    stamps: Vec<i64>,
    /// The series of each row.
    series: Vec<u32>,
    names: Vec<String>,
    by_name: HashMap<String, u32>,
    seconds_per_tick: Option<f64>,
    skipped: Skipped,
}

/// Rows that are not looked at, by reason: how many, and the first.
pub(super) type Skipped = BTreeMap<String, (u64, u64)>;

/// Counts a row that is not looked at.
pub(super) fn skip(skipped: &mut Skipped, reason: &str, row: u64) {
    if let Some((rows, first)) = skipped.get_mut(reason) {
        *rows += 1;
        *first = row.min(*first);
    } else {
        skipped.insert(reason.to_owned(), (1, row));
    }
}

/// One series on its grid.
pub(super) struct Series {
    /// The value of the column that tells series apart.
    pub(super) name: Option<String>,
    /// Its rows, in the order of their stamps, equal ones in input order.
    pub(super) rows: Vec<u32>,
    pub(super) grid: Grid,
}

/// The numbers of a column.
pub(super) struct NumberColumn {
    pub(super) name: String,
    /// By row, in units of `unit`, finite or NaN where there is none.
    pub(super) values: Vec<f64>,
    pub(super) unit: f64,
}

/// The series of a table.
pub struct SeriesTable {
    pub(super) time: String,
    pub(super) by: Option<String>,
    pub(super) rows: usize,
    pub(super) series: Vec<Series>,
    pub(super) columns: Vec<NumberColumn>,
    pub(super) left_out: BTreeMap<String, String>,
    pub(super) skipped: Skipped,
    /// What a tick of the stamps is; `None` for numbers without a unit.
    pub(super) seconds_per_tick: Option<f64>,
    /// Ticks of a whole number.
    pub(super) ticks: f64,
}

impl SeriesReader {
    /// A reader of the series that some columns make; the label is not judged.
    pub fn new(
        schema: &TableSchema,
        columns: &SeriesColumns,
        label: Option<&str>,
        rows: u64,
    ) -> Result<Self> {
        let time = find(schema, &columns.time, "--time")?.clone();
        if !time.column_type.is_temporal() && !time.column_type.is_numeric() {
            return Err(Error::usage(format!(
                "--time {:?} is a column of type {}, not of points in time",
                time.name,
                time.column_type.name()
            ))
            .hint(
                "name a column of dates, points in time or numbers; text is read as times when \
                 all its values have one of the usual forms, such as 2024-03-01 12:00",
            ));
        }
        let by =
            columns.by.as_deref().map(|name| find(schema, name, "--by").cloned()).transpose()?;
        let kinds = [ColumnType::Text, ColumnType::Integer, ColumnType::Boolean, ColumnType::Null];
        if let Some(by) = by.as_ref().filter(|by| !kinds.contains(&by.column_type)) {
            return Err(Error::usage(format!(
                "--by {:?} is a column of type {}, which does not name series",
                by.name,
                by.column_type.name()
            ))
            .hint("name a column of texts, whole numbers or truth values"));
        }
        let mut reader = Self {
            time,
            by,
            values: Vec::new(),
            left_out: BTreeMap::new(),
            stamps: Vec::new(),
            series: Vec::new(),
            names: Vec::new(),
            by_name: HashMap::new(),
            seconds_per_tick: None,
            skipped: Skipped::new(),
        };
        for name in &columns.values {
            let field = find(schema, name, "--column")?;
            let taken = [Some(columns.time.as_str()), columns.by.as_deref(), label];
            if !field.column_type.is_numeric() || taken.contains(&Some(name.as_str())) {
                return Err(Error::usage(format!("--column {name:?} holds no numbers to judge"))
                    .hint("name columns of numbers that are neither time, series nor label"));
            }
        }
        for field in &schema.fields {
            reader.add(field, columns, label);
        }
        reader.check(rows)?;
        Ok(reader)
    }

    fn add(&mut self, field: &Field, columns: &SeriesColumns, label: Option<&str>) {
        let name = field.name.as_str();
        if name == columns.time || columns.by.as_deref() == Some(name) {
            return;
        }
        let reason = if label == Some(name) {
            "it is the label"
        } else if !columns.values.is_empty() && !columns.values.iter().any(|known| known == name) {
            "it is not among those of --column"
        } else if field.column_type == ColumnType::Null {
            "all values are missing"
        } else if !field.column_type.is_numeric() {
            "only numbers are judged along time"
        } else {
            self.values.push((field.clone(), Vec::new()));
            return;
        };
        self.left_out.insert(name.to_owned(), reason.to_owned());
    }

    fn check(&self, rows: u64) -> Result<()> {
        if rows == 0 {
            return Err(Error::input("there are no rows to judge")
                .hint(format!("give a table with at least {MIN_ROWS} rows")));
        }
        if self.values.is_empty() {
            return Err(Error::input("there is no column of numbers to judge along time")
                .hint("give a table with a column of numbers besides those of --time and --by"));
        }
        let cells = rows.saturating_mul(self.values.len() as u64);
        if cells > MAX_TRAINING_CELLS || rows >= u64::from(NONE) {
            return Err(Error::input(format!(
                "{rows} rows of {} columns of numbers are too many for series in memory: at most \
                 {MAX_TRAINING_CELLS} numbers",
                self.values.len()
            ))
            .hint("choose columns by --column, or take one value per hour or day first"));
        }
        Ok(())
    }

    /// The columns it wants to see, in this order.
    pub fn columns(&self) -> Vec<String> {
        let fields = [Some(&self.time), self.by.as_ref()].into_iter().flatten();
        fields.chain(self.values.iter().map(|(field, _)| field)).map(|f| f.name.clone()).collect()
    }

    /// Takes in a batch whose first columns are those of [`Self::columns`].
    pub fn take(&mut self, batch: &Batch<'_>) -> Result<()> {
        let mut columns = batch.columns.iter();
        let mut next = || columns.next().ok_or_else(|| Error::internal("a series lacks a column"));
        let time = next()?;
        let first = self.stamps.len();
        self.take_stamps(time)?;
        let by = self.by.as_ref().map(|_| next()).transpose()?;
        for (_, values) in &mut self.values {
            values.extend(read_numbers(next()?)?);
        }
        for row in 0..batch.len() {
            let number = (first + row) as u64;
            let series = if !time.is_valid(row) || is_nan(time, row) {
                skip(&mut self.skipped, &format!("{:?} is missing", self.time.name), number);
                NONE
            } else {
                self.series_of(by, row, number)?
            };
            self.series.push(series);
        }
        Ok(())
    }

    fn take_stamps(&mut self, time: &Column<'_>) -> Result<()> {
        match time.values {
            Values::Integer(values) => self.stamps.extend_from_slice(values),
            Values::Date(days) => {
                self.seconds_per_tick = Some(86_400.0);
                self.stamps.extend(days.iter().map(|&day| i64::from(day)));
            }
            Values::Timestamp { values, unit } => {
                self.seconds_per_tick = Some(1.0 / TimeUnit::per_second(unit) as f64);
                self.stamps.extend_from_slice(values);
            }
            _ => {
                let numbers = read_numbers(time)?;
                if let Some(number) = numbers.iter().find(|number| number.abs() > LARGEST_FLOAT) {
                    return Err(Error::input(format!(
                        "{:?} holds {number}, which is too large a number for a time",
                        self.time.name
                    ))
                    .hint("give points in time or whole numbers"));
                }
                self.stamps
                    .extend(numbers.iter().map(|number| (number * FLOAT_TICKS).round() as i64));
            }
        }
        Ok(())
    }

    fn series_of(&mut self, by: Option<&Column<'_>>, row: usize, number: u64) -> Result<u32> {
        let Some((by, field)) = by.zip(self.by.as_ref()) else { return Ok(0) };
        let name = match by.values {
            Values::Text(texts) if by.is_valid(row) => texts.get(row).to_owned(),
            Values::Integer(values) if by.is_valid(row) => values[row].to_string(),
            Values::Boolean(bits) if by.is_valid(row) => bits.get(row).to_string(),
            _ => {
                skip(&mut self.skipped, &format!("{:?} is missing", field.name), number);
                return Ok(NONE);
            }
        };
        if let Some(&series) = self.by_name.get(&name) {
            return Ok(series);
        }
        let series = self.names.len() as u32;
        if self.names.len() == MAX_SERIES {
            return Err(Error::input(format!(
                "{:?} has more than {MAX_SERIES} different values: too many series",
                field.name
            ))
            .hint("name a column with fewer values by --by"));
        }
        self.names.push(name.clone());
        self.by_name.insert(name, series);
        Ok(series)
    }

    /// The series on their grids. A series that can't be put on one is not looked at; when none
    /// can, that is an error.
    pub fn finish(mut self) -> Result<SeriesTable> {
        let rows = self.stamps.len();
        let count = if self.by.is_some() { self.names.len() } else { 1 };
        let mut rows_of = vec![Vec::new(); count];
        for (row, &series) in (0_u32..).zip(&self.series) {
            if let Some(rows) = rows_of.get_mut(series as usize) {
                rows.push(row);
            }
        }
        let mut series = Vec::new();
        let mut first_reason = None;
        for (index, mut rows) in rows_of.into_iter().enumerate() {
            rows.sort_by_key(|&row| self.stamps[row as usize]);
            let stamps: Vec<i64> = rows.iter().map(|&row| self.stamps[row as usize]).collect();
            match grid_of(&stamps) {
                Ok(grid) => {
                    series.push(Series { name: self.names.get(index).cloned(), rows, grid });
                }
                Err(reason) => {
                    let told = match self.names.get(index) {
                        Some(name) => format!("series {name:?}: {reason}"),
                        None => reason,
                    };
                    for row in rows {
                        skip(&mut self.skipped, &told, u64::from(row));
                    }
                    first_reason.get_or_insert(told);
                }
            }
        }
        if series.is_empty() {
            return Err(no_series(&self.time.name, first_reason, self.skipped));
        }
        let is_float =
            !self.time.column_type.is_temporal() && self.time.column_type != ColumnType::Integer;
        let mut table = SeriesTable {
            time: self.time.name,
            by: self.by.map(|by| by.name),
            rows,
            series,
            columns: Vec::new(),
            left_out: self.left_out,
            skipped: self.skipped,
            seconds_per_tick: self.seconds_per_tick,
            ticks: if is_float { FLOAT_TICKS } else { 1.0 },
        };
        for (field, values) in self.values {
            match number_column(field.name.clone(), values) {
                Ok(column) => table.columns.push(column),
                Err(reason) => {
                    table.left_out.insert(field.name, reason.to_owned());
                }
            }
        }
        if table.columns.is_empty() {
            return Err(Error::input("no column of numbers varies")
                .hint("a series is judged by values that differ"));
        }
        Ok(table)
    }
}

fn is_nan(time: &Column<'_>, row: usize) -> bool {
    matches!(time.values, Values::Float(values) if values[row].is_nan())
}

fn find<'a>(schema: &'a TableSchema, name: &str, flag: &str) -> Result<&'a Field> {
    schema.field(name).ok_or_else(|| {
        let names: Vec<&str> = schema.names().take(20).collect();
        Error::usage(format!("{flag} {name:?} names no column"))
            .hint(format!("the columns are {}", names.join(", ")))
    })
}

fn grid_of(stamps: &[i64]) -> std::result::Result<Grid, String> {
    if stamps.len() < MIN_ROWS {
        return Err(format!("it has {} rows with a stamp, fewer than {MIN_ROWS}", stamps.len()));
    }
    Grid::of(stamps)
}

fn no_series(time: &str, reason: Option<String>, skipped: Skipped) -> Error {
    let missing = skipped.keys().next().cloned();
    let reason = reason.or(missing).unwrap_or_else(|| "it has no rows".to_owned());
    Error::input(format!("there is no series along {time:?} that can be judged: {reason}"))
        .hint("without --time, rows are judged whatever their order")
}

/// Scales what is too large or too small to be squared, and puts infinities as far beyond the
/// finite values as these reach.
fn number_column(
    name: String,
    mut values: Vec<f64>,
) -> std::result::Result<NumberColumn, &'static str> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for &value in values.iter().filter(|value| value.is_finite()) {
        low = low.min(value);
        high = high.max(value);
    }
    if low > high {
        let has_infinity = values.iter().any(|value| value.is_infinite());
        return Err(if has_infinity { "no value is finite" } else { "all values are missing" });
    }
    if low == high && values.iter().all(|value| value.is_nan() || *value == low) {
        return Err("every value is the same");
    }
    let largest = high.abs().max(low.abs());
    let unit =
        if (1.0 / LARGE..=LARGE).contains(&largest) { 1.0 } else { largest.max(f64::MIN_POSITIVE) };
    let (low, high) = (low / unit, high / unit);
    let reach = if high > low { high - low } else { 1.0 };
    for value in &mut values {
        *value = match *value {
            f64::INFINITY => high + reach,
            f64::NEG_INFINITY => low - reach,
            finite => finite / unit,
        };
    }
    Ok(NumberColumn { name, values, unit })
}
