use std::collections::HashMap;
use std::collections::hash_map::Entry;

use shared_kernel_domain::summary::RowHashes;
use shared_kernel_domain::table::{Batch, Column, ColumnType, TableReference, TableSchema};
use shared_kernel_domain::{Error, Result};

use super::{Apart, Counts, MOST_APART, RowsApart, words_for};
use crate::examination::NO_ROOM;
use crate::examination::reference_set::comparable;
use crate::expression::{Condition, Expression, TRUE, no_column};
use crate::rule::{Difference, SameRows};
use crate::summary::{KEPT, number, row_number};

/// Bytes that a row of the other table takes beside its columns: its key twice, as the index has
/// room to grow, its digest and its number.
const BYTES_OF_ROW: usize = 96;

/// What stands for a missing value among the images of values: a NaN that no number is.
const MISSING: u64 = u64::MAX;

/// The columns of one side, and how they are looked at.
struct Side {
    /// The columns that batches must have: the key's, those compared, those of the filter.
    columns: Vec<String>,
    key: usize,
    /// Whether a row without a value in these columns is one like any other.
    with_missing: bool,
    /// Of the compared columns, which are numbers with a tolerance.
    numbers: Vec<bool>,
    filter: Option<Condition>,
}

impl Side {
    fn of(
        key: &[String],
        compared: &[String],
        filter: Option<&Expression>,
        schema: &TableSchema,
    ) -> std::result::Result<(Self, Vec<ColumnType>), String> {
        let mut columns: Vec<String> = key.iter().chain(compared).cloned().collect();
        let mut types = Vec::with_capacity(columns.len());
        for name in &columns {
            let field = schema.field(name).ok_or_else(|| no_column(name, schema))?;
            types.push(field.column_type);
        }
        let filter = match filter {
            Some(filter) => Some(Condition::compile(filter, schema, &mut columns)?),
            None => None,
        };
        let (key, numbers) = (key.len(), Vec::new());
        Ok((Self { columns, key, with_missing: false, numbers, filter }, types))
    }

    /// Which rows of a batch are looked at, with the digests of their keys and values.
    fn look(&self, batch: &Batch<'_>) -> Result<Look> {
        let columns = |from: usize, to: usize| {
            batch.columns.get(from..to).ok_or_else(|| Error::internal("a column was lost"))
        };
        let compared_end = self.key + self.numbers.len();
        let (key, compared) = (columns(0, self.key)?, columns(self.key, compared_end)?);
        let exact: Vec<Column<'_>> = compared
            .iter()
            .zip(&self.numbers)
            .filter(|(_, is_number)| !**is_number)
            .map(|(column, _)| *column)
            .collect();
        let truths = match &self.filter {
            Some(filter) => Some(filter.truths(batch)?),
            None => None,
        };
        let looked_at = (0..batch.len())
            .map(|row| truths.as_ref().is_none_or(|it| it.get(row) == Some(&TRUE)))
            .collect();
        let has_key = |row| self.with_missing || key.iter().all(|column| column.is_valid(row));
        let has_key = (0..batch.len()).map(has_key).collect();
        Ok(Look {
            looked_at,
            has_key,
            keys: RowHashes::of(&Batch { rows: batch.rows, columns: key }),
            wholes: RowHashes::of(&Batch { rows: batch.rows, columns: &exact }),
            images: compared
                .iter()
                .zip(&self.numbers)
                .map(|(column, is_number)| images(column, batch.rows, *is_number))
                .collect(),
        })
    }
}

/// What is seen of a batch.
struct Look {
    looked_at: Vec<bool>,
    has_key: Vec<bool>,
    keys: RowHashes,
    /// Of all columns that are compared exactly.
    wholes: RowHashes,
    /// Of each compared column: 64 bits of its digest, or the bits of its number.
    images: Vec<Vec<u64>>,
}

impl Look {
    fn is_looked_at(&self, row: usize) -> bool {
        self.looked_at.get(row).copied().unwrap_or_default()
    }

    /// The digest of a row's key; `None` when a part of it is missing.
    fn key(&self, row: usize) -> Option<u128> {
        self.has_key.get(row).filter(|has_key| **has_key)?;
        // rows without any value are alike
        Some(self.keys.get(row).unwrap_or_default())
    }

    fn whole(&self, row: usize) -> u128 {
        // and so are these
        self.wholes.get(row).unwrap_or_default()
    }
}

fn images(column: &Column<'_>, rows: &[i64], is_number: bool) -> Vec<u64> {
    if is_number {
        return (0..rows.len())
            .map(|row| number(column, row).map_or(MISSING, |number| canonical(number).to_bits()))
            .collect();
    }
    let hashes = RowHashes::of(&Batch { rows, columns: &[*column] });
    (0..rows.len()).map(|row| hashes.get(row).map_or(MISSING, |hash| hash as u64)).collect()
}

/// One NaN for all, and no sign of zero.
fn canonical(number: f64) -> f64 {
    if number.is_nan() { f64::NAN.abs() } else { number + 0.0 }
}

/// The rows of the other table, while they are read.
pub struct OtherRows {
    there: Side,
    here: Side,
    same: SameRows,
    keyed: bool,
    compared: Vec<(String, String)>,
    index: HashMap<u128, u32>,
    rows: Vec<u64>,
    wholes: Vec<u128>,
    images: Vec<u64>,
    states: Vec<State>,
    /// How often each stands there and here, without a key.
    times: Vec<Times>,
    /// Rows whose key was there before.
    repeats: Vec<(u32, u64)>,
    unknown: u64,
    /// How many bytes all of it may take.
    room: usize,
}

/// What is known of a row of the other table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unseen,
    Seen,
    /// Its key stands there more than once.
    Repeated,
    /// The same, and it stands here too.
    RepeatedSeen,
}

/// How often a row stands in either table.
#[derive(Clone, Copy)]
struct Times {
    here: u32,
    there: u32,
}

impl Times {
    /// How many of the rows there are missing here.
    fn missing(self) -> u32 {
        self.there.saturating_sub(self.here)
    }
}

impl OtherRows {
    /// Gets ready to read the rows of a rule, which may take so many bytes.
    ///
    /// # Errors
    /// Why the tables cannot be compared so.
    pub fn begin(
        same: &SameRows,
        filter: Option<&Expression>,
        (here, there): (&TableSchema, &TableSchema),
        room: usize,
    ) -> std::result::Result<Self, String> {
        let is_key = |name: &str| same.key.iter().any(|key| key == name);
        let compared = same.compared.clone().unwrap_or_else(|| {
            let others = here.names().filter(|name| !is_key(name));
            others.map(|name| (name.to_owned(), name.to_owned())).collect()
        });
        let (own, others): (Vec<String>, Vec<String>) = compared.iter().cloned().unzip();
        let mut same = same.clone();
        let keyed = !same.key.is_empty();
        let compared = if keyed {
            compared
        } else {
            (same.key, same.key_there) = (own.clone(), others.clone());
            Vec::new()
        };
        let (own, others) = if keyed { (own, others) } else { (Vec::new(), Vec::new()) };
        let (mut here, types) = Side::of(&same.key, &own, filter, here)?;
        let (mut there, types_there) =
            Side::of(&same.key_there, &others, same.filter.as_ref(), there)
                .map_err(|reason| format!("{}: {reason}", same.table))?;
        (here.with_missing, there.with_missing) = (!keyed, !keyed);
        let columns = here.columns.iter().zip(types.iter().zip(&types_there));
        for (name, (own, other)) in columns {
            if !comparable(*own, *other) {
                let (own, other) = (own.name(), other.name());
                return Err(format!("{name} is {own} here, but {other} there"));
            }
        }
        let with_tolerance = same.tolerance.is_some();
        let numbers = types.iter().skip(same.key.len());
        here.numbers = numbers.map(|it| with_tolerance && it.is_numeric()).collect();
        there.numbers.clone_from(&here.numbers);
        Ok(Self {
            there,
            here,
            same,
            keyed,
            compared,
            index: HashMap::new(),
            rows: Vec::new(),
            wholes: Vec::new(),
            images: Vec::new(),
            states: Vec::new(),
            times: Vec::new(),
            repeats: Vec::new(),
            unknown: 0,
            room,
        })
    }

    /// The columns that batches of the other table must have.
    pub fn columns(&self) -> &[String] {
        &self.there.columns
    }

    /// Takes in rows of the other table.
    ///
    /// # Errors
    /// The inner one: when there are too many to hold.
    pub fn take(&mut self, batch: &Batch<'_>) -> Result<std::result::Result<(), String>> {
        let look = self.there.look(batch)?;
        for (row, &number) in batch.rows.iter().enumerate() {
            if !look.is_looked_at(row) {
                continue;
            }
            let Some(key) = look.key(row) else {
                self.unknown += 1;
                continue;
            };
            let place = self.rows.len() as u32;
            match self.index.entry(key) {
                Entry::Occupied(known) => {
                    let known = *known.get();
                    self.repeats.push((known, row_number(number)));
                    if let Some(state) = self.states.get_mut(known as usize) {
                        *state = State::Repeated;
                    }
                    if let Some(times) = self.times.get_mut(known as usize) {
                        times.there += 1;
                    }
                }
                Entry::Vacant(free) => {
                    free.insert(place);
                    self.rows.push(row_number(number));
                    self.wholes.push(look.whole(row));
                    self.states.push(State::Unseen);
                    if !self.keyed {
                        self.times.push(Times { here: 0, there: 1 });
                    }
                    let images = look.images.iter().map(|of| of.get(row).copied());
                    self.images.extend(images.map(Option::unwrap_or_default));
                }
            }
        }
        let bytes = self.rows.len() * (BYTES_OF_ROW + 8 * self.compared.len())
            + self.repeats.len() * size_of::<(u32, u64)>();
        if bytes > self.room {
            return Ok(Err(format!(
                "{NO_ROOM}; name fewer `columns`, or compare parts with `filter` and `to_filter`"
            )));
        }
        Ok(Ok(()))
    }

    /// Goes on to the rows of this table.
    pub fn compare(self) -> Comparing {
        let counts = Counts {
            unknown_there: self.unknown,
            by_column: vec![0; self.compared.len()],
            ..Counts::default()
        };
        Comparing { others: self, counts, rows: Vec::new(), bits: Vec::new() }
    }

    /// The rows there that are missing here, ascending, with their places.
    fn missing(&self) -> Vec<(u64, u32)> {
        // of rows that are alike, the last are missing
        let mut left: Vec<u32> = self.times.iter().map(|times| times.missing()).collect();
        let mut is_missing = |place: u32| match left.get_mut(place as usize) {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => {
                matches!(self.states.get(place as usize), Some(State::Unseen | State::Repeated))
            }
        };
        let mut missing = Vec::new();
        for (place, row) in self.repeats.iter().rev() {
            missing.extend(is_missing(*place).then_some((*row, *place)));
        }
        for (place, row) in (0_u32..).zip(&self.rows) {
            missing.extend(is_missing(place).then_some((*row, place)));
        }
        missing.sort_unstable();
        missing
    }

    /// In which columns a row differs from one of the other table, as bits; none when in none.
    fn differing(&self, place: usize, look: &Look, row: usize) -> Option<Vec<u64>> {
        let width = self.compared.len();
        let known = self.images.get(place * width..(place + 1) * width).unwrap_or_default();
        let is_exact = self.here.numbers.iter().all(|is_number| !is_number);
        let same_whole = self.wholes.get(place) == Some(&look.whole(row));
        if is_exact && same_whole {
            return None;
        }
        let mut bits = vec![0; words_for(width)];
        let mut any = false;
        for (column, (known, images)) in known.iter().zip(&look.images).enumerate() {
            let found = images.get(row).copied().unwrap_or_default();
            let is_number = self.here.numbers.get(column) == Some(&true);
            let same = found == *known || (is_number && self.is_near(found, *known));
            if !same && let Some(word) = bits.get_mut(column / 64) {
                *word |= 1 << (column % 64);
                any = true;
            }
        }
        (any || !same_whole).then_some(bits)
    }

    /// Whether two numbers, by their bits, are no farther apart than they may.
    fn is_near(&self, one: u64, other: u64) -> bool {
        let (Some(tolerance), true) = (self.same.tolerance, one != MISSING && other != MISSING)
        else {
            return false;
        };
        (f64::from_bits(one) - f64::from_bits(other)).abs() <= tolerance
    }
}

/// The rows of this table, while they are compared with those of the other one.
pub struct Comparing {
    others: OtherRows,
    counts: Counts,
    rows: Vec<(u64, Apart)>,
    bits: Vec<u64>,
}

impl Comparing {
    /// The columns that batches of this table must have.
    pub fn columns(&self) -> &[String] {
        &self.others.here.columns
    }

    /// Takes in the next rows of this table.
    pub fn take(&mut self, batch: &Batch<'_>) -> Result<()> {
        let look = self.others.here.look(batch)?;
        for (row, &number) in batch.rows.iter().enumerate() {
            if !look.is_looked_at(row) {
                continue;
            }
            self.counts.rows += 1;
            let Some(key) = look.key(row) else {
                self.counts.unknown += 1;
                continue;
            };
            let same = &self.others.same;
            let Some(place) = self.others.index.get(&key).map(|place| *place as usize) else {
                if same.looks_for(Difference::Added) {
                    self.counts.added += 1;
                    self.note(number, Apart::Added, None);
                }
                continue;
            };
            if let Some(times) = self.others.times.get_mut(place) {
                times.here = times.here.saturating_add(1);
                let there = times.there;
                if times.here > there && same.looks_for(Difference::Added) {
                    self.counts.surplus += 1;
                    self.note(number, Apart::Surplus(there), None);
                }
                continue;
            }
            let looks_at_changes = same.looks_for(Difference::Changed);
            let Some(state) = self.others.states.get_mut(place) else { continue };
            match *state {
                State::Repeated | State::RepeatedSeen => {
                    *state = State::RepeatedSeen;
                    self.counts.repeated += 1;
                    self.note(number, Apart::Repeated, None);
                }
                State::Seen => {
                    self.counts.repeated += 1;
                    self.note(number, Apart::Repeated, None);
                }
                State::Unseen => {
                    *state = State::Seen;
                    if looks_at_changes && let Some(bits) = self.others.differing(place, &look, row)
                    {
                        self.change(number, place, bits);
                    }
                }
            }
        }
        Ok(())
    }

    fn change(&mut self, number: i64, place: usize, bits: Vec<u64>) {
        self.counts.changed += 1;
        for (column, count) in self.counts.by_column.iter_mut().enumerate() {
            *count += bits.get(column / 64).map_or(0, |word| word >> (column % 64) & 1);
        }
        let there = self.others.rows.get(place).copied().unwrap_or_default();
        self.note(number, Apart::Changed(there), Some(bits));
    }

    fn note(&mut self, number: i64, apart: Apart, bits: Option<Vec<u64>>) {
        if self.rows.len() < MOST_APART {
            self.rows.push((row_number(number), apart));
            let words = words_for(self.others.compared.len());
            self.bits.extend(bits.unwrap_or_else(|| vec![0; words]));
        }
    }

    /// What was found, when all rows of this table were taken in.
    pub fn finish(self, other: TableReference, name: String) -> RowsApart {
        let Self { others, mut counts, rows, bits } = self;
        let missing =
            if others.same.looks_for(Difference::Missing) { others.missing() } else { Vec::new() };
        counts.missing = missing.len() as u64;
        let times = missing.iter().take(KEPT).filter_map(|(_, place)| {
            let Times { here, there } = others.times.get(*place as usize)?;
            Some((*here, *there))
        });
        let times = times.collect();
        let missing = missing.into_iter().take(MOST_APART).map(|(row, _)| row).collect();
        let SameRows { key, key_there, .. } = others.same;
        RowsApart {
            other,
            name,
            key: (key, key_there),
            columns: others.compared,
            keyed: others.keyed,
            counts,
            rows,
            bits,
            missing,
            times,
        }
    }
}
