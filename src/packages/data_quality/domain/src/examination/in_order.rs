//! Rules of rows that depend on the rows before: looked at in row order, in a pass of their own.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use shared_kernel_domain::summary::RowHashes;
use shared_kernel_domain::table::{
    Batch, Column, ColumnType, Field, TableSchema, TextValues, Values,
};
use shared_kernel_domain::{Error, Result};

use super::NO_ROOM;
use super::by_value::{Broken, Collected};
use crate::expression::{Condition, TRUE, no_column};
use crate::rule::{ByValue, InOrder, Rule, Sequence};
use crate::summary::{KEPT, row_number};

/// Bytes that a group of rows, or a way to write a text, takes, as their maps have room to grow.
const BYTES_OF_GROUP: usize = 112;
const BYTES_OF_SPELLING: usize = 64;

/// Some rows of a table, a bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RowBits(Vec<u64>);

impl RowBits {
    pub(super) fn insert(&mut self, row: u64) {
        let word = (row / 64) as usize;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (row % 64);
        }
    }

    pub(super) fn contains(&self, row: u64) -> bool {
        self.0.get((row / 64) as usize).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
}

/// What was seen of a rule's rows.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenInOrder {
    pub(super) rows: u64,
    pub(super) failed: u64,
    pub(super) unknown: u64,
    pub(super) first: Vec<u64>,
    pub(super) failing: Arc<RowBits>,
}

/// A value that the next one is compared with.
#[derive(Clone, Debug, PartialEq)]
enum Held {
    Whole(i64),
    Float(f64),
    Decimal(i128),
    Text(String),
}

impl Held {
    fn of(column: &Column<'_>, row: usize) -> Option<Self> {
        if !column.is_valid(row) {
            return None;
        }
        Some(match column.values {
            Values::Integer(values)
            | Values::Time { values, .. }
            | Values::Timestamp { values, .. }
            | Values::Duration { values, .. } => Self::Whole(*values.get(row)?),
            Values::Date(values) => Self::Whole(i64::from(*values.get(row)?)),
            Values::Float(values) => Self::Float(*values.get(row).filter(|value| !value.is_nan())?),
            Values::Decimal { values, .. } => Self::Decimal(*values.get(row)?),
            Values::Text(values) => Self::Text(values.get(row).to_owned()),
            Values::Null | Values::Boolean(_) | Values::Binary(_) => return None,
        })
    }

    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => Some(one.cmp(other)),
            (Self::Float(one), Self::Float(other)) => one.partial_cmp(other),
            (Self::Decimal(one), Self::Decimal(other)) => Some(one.cmp(other)),
            (Self::Text(one), Self::Text(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }
}

/// What is known of the rows before.
enum Before {
    /// The last value of each group.
    Sequence(Sequence, HashMap<u128, Held>),
    /// How each text was first written, by the digest of its small letters.
    Spellings(HashMap<u128, u128>),
    /// All rows, which are looked at in the order of their values.
    Collected(Collected),
}

/// What a rule looks at in a batch.
struct InBatch<'a> {
    columns: &'a [&'a Column<'a>],
    groups: RowHashes,
    written: Option<Spellings>,
}

impl Before {
    /// How many bytes it holds.
    fn bytes(&self) -> usize {
        match self {
            Self::Sequence(_, last) => last.len() * BYTES_OF_GROUP,
            Self::Spellings(first) => first.len() * BYTES_OF_SPELLING,
            Self::Collected(collected) => collected.bytes(),
        }
    }

    /// Holds nothing any longer.
    fn clear(&mut self) {
        match self {
            Self::Sequence(_, last) => *last = HashMap::new(),
            Self::Spellings(first) => *first = HashMap::new(),
            Self::Collected(collected) => collected.clear(),
        }
    }

    /// Whether a row, by its place in the batch and its number, keeps the rule to those before it.
    fn keeps(&mut self, batch: &InBatch<'_>, (place, row): (usize, u64)) -> Option<bool> {
        let group = || batch.groups.get(place).unwrap_or_default();
        match self {
            Self::Sequence(sequence, last) => {
                let held = Held::of(batch.columns.first()?, place)?;
                Some(sequence_holds(*sequence, last, group(), held))
            }
            Self::Spellings(first) => {
                let (small, own) = batch.written.as_ref()?.of_row(place)?;
                Some(*first.entry(small).or_insert(own) == own)
            }
            Self::Collected(collected) => {
                collected.take(group(), batch.columns, (place, row)).then_some(true)
            }
        }
    }
}

/// One rule, while its rows are looked at.
struct Looking {
    index: usize,
    before: Before,
    filter: Option<Condition>,
    /// The columns in the batches: those that are looked at, those of the group.
    values: Vec<usize>,
    group: Vec<usize>,
    /// All columns of the filter, in its order.
    of_filter: Vec<usize>,
    seen: SeenInOrder,
    failing: RowBits,
    refused: Option<String>,
}

/// The rules of a plan that are looked at in row order.
pub struct InOrderPass {
    columns: Vec<String>,
    looking: Vec<Looking>,
    /// How many bytes all rules together may hold.
    room: usize,
}

impl InOrderPass {
    /// No rules yet, which may hold so many bytes.
    pub(super) fn with_room(room: usize) -> Self {
        Self { columns: Vec::new(), looking: Vec::new(), room }
    }

    /// The columns that batches must have.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether there is nothing to look at.
    pub fn is_empty(&self) -> bool {
        self.looking.is_empty()
    }

    /// Adds a rule.
    ///
    /// # Errors
    /// Why it cannot be evaluated on such a table.
    pub(super) fn add(
        &mut self,
        (index, rule): (usize, &Rule),
        test: &InOrder,
        schema: &TableSchema,
    ) -> std::result::Result<(), String> {
        let named = if matches!(test, InOrder::ByValue(_)) { rule.columns.len() } else { 1 };
        let mut fields = Vec::with_capacity(named);
        for name in rule.columns.iter().take(named) {
            fields.push(schema.field(name).ok_or_else(|| no_column(name, schema))?);
        }
        let field = *fields.first().ok_or("the rule has no column")?;
        let (before, by): (Before, &[String]) = match test {
            InOrder::Sequence(sequence, by) => {
                let refused =
                    [ColumnType::Boolean, ColumnType::Binary, ColumnType::Struct, ColumnType::List];
                let fits = !refused.contains(&field.column_type);
                is_of(field, fits, "numbers, dates, times or texts")?;
                (Before::Sequence(*sequence, HashMap::new()), by)
            }
            InOrder::ConsistentCasing => {
                let fits = matches!(field.column_type, ColumnType::Text | ColumnType::Null);
                is_of(field, fits, "texts")?;
                (Before::Spellings(HashMap::new()), &[])
            }
            InOrder::ByValue(ByValue { test, by }) => {
                (Before::Collected(Collected::new(*test, &fields)?), by)
            }
        };
        for name in by {
            schema.field(name).ok_or_else(|| no_column(name, schema))?;
        }
        let mut filtered = Vec::new();
        let filter = match &rule.filter {
            Some(filter) => Some(Condition::compile(filter, schema, &mut filtered)?),
            None => None,
        };
        let names: Vec<&String> = rule.columns.iter().take(named).collect();
        let values = names.into_iter().map(|name| self.place(name)).collect();
        let group = by.iter().map(|name| self.place(name)).collect();
        let of_filter = filtered.iter().map(|name| self.place(name)).collect();
        self.looking.push(Looking {
            index,
            before,
            filter,
            values,
            group,
            of_filter,
            seen: SeenInOrder::default(),
            failing: RowBits::default(),
            refused: None,
        });
        Ok(())
    }

    fn place(&mut self, name: &str) -> usize {
        self.columns.iter().position(|known| known == name).unwrap_or_else(|| {
            self.columns.push(name.to_owned());
            self.columns.len() - 1
        })
    }

    /// Takes in the next rows.
    pub fn take(&mut self, batch: &Batch<'_>) -> Result<()> {
        for looking in self.looking.iter_mut().filter(|it| it.refused.is_none()) {
            looking.take(batch)?;
        }
        self.make_room();
        Ok(())
    }

    /// Gives up rules until what is held fits: those that hold every row before those that hold groups, and
    /// the last ones first. So it is the same rules, however many rows come at once.
    fn make_room(&mut self) {
        let mut held: usize = self.looking.iter().map(|it| it.before.bytes()).sum();
        for of_all_rows in [true, false] {
            for looking in self.looking.iter_mut().rev() {
                let own = looking.before.bytes();
                if held <= self.room {
                    return;
                }
                if own > 0 && matches!(looking.before, Before::Collected(_)) == of_all_rows {
                    held -= own;
                    looking.before.clear();
                    looking.refused = Some(NO_ROOM.to_owned());
                }
            }
        }
    }

    /// What was found of each rule, by its index, or why nothing was.
    pub(super) fn finish(
        self,
    ) -> impl Iterator<Item = (usize, std::result::Result<SeenInOrder, String>)> {
        self.looking.into_iter().map(|mut looking| {
            if let Before::Collected(collected) = &mut looking.before {
                let Broken { failed, unknown, first, failing } = collected.finish();
                looking.seen.unknown += unknown;
                (looking.seen.failed, looking.seen.first, looking.failing) =
                    (failed, first, failing);
            }
            let failing = Arc::new(looking.failing);
            let found = match looking.refused {
                Some(reason) => Err(reason),
                None => Ok(SeenInOrder { failing, ..looking.seen }),
            };
            (looking.index, found)
        })
    }
}

impl Looking {
    fn take(&mut self, batch: &Batch<'_>) -> Result<()> {
        let column = |place: &usize| {
            batch.columns.get(*place).copied().ok_or_else(|| Error::internal("a column was lost"))
        };
        let values: Vec<Column<'_>> = self.values.iter().map(column).collect::<Result<_>>()?;
        let looked_at: Vec<&Column<'_>> = values.iter().collect();
        if let Before::Collected(collected) = &mut self.before
            && let Err(reason) = collected.learn(&looked_at)
        {
            self.refused = Some(reason);
            return Ok(());
        }
        let truths = match &self.filter {
            Some(filter) => {
                let columns: Vec<Column<'_>> =
                    self.of_filter.iter().map(column).collect::<Result<_>>()?;
                Some(filter.truths(&Batch { rows: batch.rows, columns: &columns })?)
            }
            None => None,
        };
        let by: Vec<Column<'_>> = self.group.iter().map(column).collect::<Result<_>>()?;
        let groups = RowHashes::of(&Batch { rows: batch.rows, columns: &by });
        let written = match &self.before {
            Before::Spellings(_) => {
                let texts = values.first().and_then(|column| Spellings::of(column, batch.rows));
                let Some(written) = texts else {
                    self.refused = Some("its texts are too long to be compared".to_owned());
                    return Ok(());
                };
                Some(written)
            }
            Before::Sequence(..) | Before::Collected(_) => None,
        };
        let in_batch = InBatch { columns: &looked_at, groups, written };
        for (row, &number) in batch.rows.iter().enumerate() {
            if truths.as_ref().is_some_and(|truths| truths.get(row) != Some(&TRUE)) {
                continue;
            }
            self.seen.rows += 1;
            let keeps = self.before.keeps(&in_batch, (row, row_number(number)));
            match keeps {
                None => self.seen.unknown += 1,
                Some(true) => {}
                Some(false) => {
                    self.seen.failed += 1;
                    self.failing.insert(row_number(number));
                    if self.seen.first.len() < KEPT {
                        self.seen.first.push(row_number(number));
                    }
                }
            }
        }
        Ok(())
    }
}

/// # Errors
/// That a column is none of those that a rule is about.
fn is_of(field: &Field, fits: bool, wanted: &str) -> std::result::Result<(), String> {
    let (name, found) = (&field.name, field.column_type.name());
    if fits { Ok(()) } else { Err(format!("the rule is about {wanted}, but {name} is {found}")) }
}

/// Whether a value follows the one before it in its group, whose place it takes.
fn sequence_holds(
    sequence: Sequence,
    last: &mut HashMap<u128, Held>,
    group: u128,
    held: Held,
) -> bool {
    let order = last.get(&group).and_then(|before| held.compare(before));
    last.insert(group, held);
    match order {
        None => true,
        Some(Ordering::Equal) => !sequence.strictly,
        Some(Ordering::Greater) => sequence.increasing,
        Some(Ordering::Less) => !sequence.increasing,
    }
}

/// The digests of texts as they are and in small letters.
struct Spellings {
    small: RowHashes,
    own: RowHashes,
}

impl Spellings {
    /// `None` when a batch of texts in small letters is too long to be held.
    fn of(column: &Column<'_>, rows: &[i64]) -> Option<Self> {
        let own = RowHashes::of(&Batch { rows, columns: &[*column] });
        let mut offsets = vec![0_i32];
        let mut bytes = Vec::new();
        for row in 0..rows.len() {
            if let (Values::Text(texts), true) = (column.values, column.is_valid(row)) {
                bytes.extend_from_slice(texts.get(row).to_lowercase().as_bytes());
            }
            offsets.push(i32::try_from(bytes.len()).ok()?);
        }
        let values = match column.values {
            Values::Text(_) => Values::Text(TextValues { offsets: &offsets, bytes: &bytes }),
            other => other,
        };
        let small = RowHashes::of(&Batch { rows, columns: &[Column { values, ..*column }] });
        Some(Self { small, own })
    }

    /// In small letters and as it is; `None` where there is no text.
    fn of_row(&self, row: usize) -> Option<(u128, u128)> {
        Some((self.small.get(row)?, self.own.get(row)?))
    }
}
