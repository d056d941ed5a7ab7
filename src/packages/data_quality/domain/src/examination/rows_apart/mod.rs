//! Rows of a table that are not those of another one, told apart by a key, or by all that is compared.

mod reading;
mod values;

use shared_kernel_domain::table::{Cell, TableReference};

pub use reading::{Comparing, OtherRows};
pub use values::OtherValues;

use crate::check::{counted, number};
use crate::result::Evidence;
use crate::summary::{KEPT, shorten};

/// Most rows that differ of which each is told; of more, all are counted.
pub const MOST_APART: usize = 4_000_000;

/// How a row of this table is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// It is not in the other table.
    Added,
    /// It stands only so often in the other table, and more often here.
    Surplus(u32),
    /// Its key stands more than once, here or there.
    Repeated,
    /// It differs from this row of the other table.
    Changed(u64),
}

/// What a comparison found.
pub struct RowsApart {
    /// The other table.
    pub other: TableReference,
    /// What it is called.
    pub name: String,
    /// The key's columns, here and there; without a key, those compared.
    key: (Vec<String>, Vec<String>),
    /// The compared columns, here and there; without a key, none.
    columns: Vec<(String, String)>,
    /// Whether there is a key.
    keyed: bool,
    counts: Counts,
    /// Rows here that break the rule, ascending.
    rows: Vec<(u64, Apart)>,
    /// In which columns each of them differs: so many words for each row.
    bits: Vec<u64>,
    /// Rows there that are missing here, ascending.
    missing: Vec<u64>,
    /// How often the first of these stand here and there, without a key.
    times: Vec<(u32, u32)>,
}

/// How many rows are how.
#[derive(Clone, Debug, Default)]
struct Counts {
    /// Looked at here.
    rows: u64,
    /// Without a value in a key column, here.
    unknown: u64,
    /// The same there.
    unknown_there: u64,
    added: u64,
    surplus: u64,
    changed: u64,
    repeated: u64,
    missing: u64,
    /// Changed rows for each column.
    by_column: Vec<u64>,
}

impl Counts {
    /// Rows here that break the rule.
    fn here(&self) -> u64 {
        self.added + self.surplus + self.changed + self.repeated
    }
}

impl RowsApart {
    /// Rows that were looked at: those here, and those that should be.
    pub(super) fn looked_at(&self) -> u64 {
        self.counts.rows + self.counts.missing
    }

    /// Rows that break the rule.
    pub(super) fn failed(&self) -> u64 {
        self.counts.here() + self.counts.missing
    }

    /// Rows here without a key.
    pub(super) fn unknown(&self) -> u64 {
        self.counts.unknown
    }

    /// How many bytes it takes.
    pub fn bytes(&self) -> usize {
        size_of_val(self.rows.as_slice())
            + size_of_val(self.bits.as_slice())
            + size_of_val(self.missing.as_slice())
    }

    /// Whether not each of the rows that differ is told.
    pub fn is_cut(&self) -> bool {
        let (here, missing) = (self.counts.here(), self.counts.missing);
        here > self.rows.len() as u64 || missing > self.missing.len() as u64
    }

    /// Rows here that break the rule, ascending.
    pub(super) fn rows(&self) -> &[(u64, Apart)] {
        &self.rows
    }

    /// Rows there that are missing here, ascending.
    pub(super) fn missing(&self) -> &[u64] {
        &self.missing
    }

    /// The columns here that tell rows apart.
    pub(super) fn key(&self) -> &[String] {
        &self.key.0
    }

    /// The columns of the other table that are needed to tell what differs: the key's, then those
    /// compared.
    pub fn other_columns(&self) -> Vec<String> {
        let compared = self.columns.iter().map(|(_, there)| there.clone());
        self.key.1.iter().cloned().chain(compared).collect()
    }

    /// The compared columns, here.
    pub(super) fn compared(&self) -> impl Iterator<Item = &String> {
        self.columns.iter().map(|(here, _)| here)
    }

    /// The compared columns in which one of [`Self::rows`] differs, by their place.
    pub(super) fn differing(&self, place: usize) -> impl Iterator<Item = usize> {
        let words = words_for(self.columns.len());
        let own = self.bits.get(place * words..(place + 1) * words).unwrap_or_default();
        (0..self.columns.len()).filter(|column| {
            own.get(column / 64).is_some_and(|word| word >> (column % 64) & 1 == 1)
        })
    }

    /// Rows of this table and of the other one that serve as examples.
    pub fn examples(&self) -> (Vec<u64>, Vec<u64>) {
        let first: Vec<&(u64, Apart)> = self.rows.iter().take(KEPT).collect();
        let there = first.iter().filter_map(|(_, apart)| match apart {
            Apart::Changed(there) => Some(*there),
            Apart::Added | Apart::Surplus(_) | Apart::Repeated => None,
        });
        let missing = self.missing.iter().take(KEPT - first.len()).copied();
        let mut there: Vec<u64> = there.chain(missing).collect();
        there.sort_unstable();
        there.dedup();
        (first.iter().map(|(row, _)| *row).collect(), there)
    }

    /// The columns of this table that examples show: those compared.
    pub fn columns(&self) -> Vec<String> {
        self.compared().cloned().collect()
    }

    /// The examples, with the cells of [`Self::columns`] here and of [`Self::other_columns`] there.
    pub fn evidence(&self, here: &[Vec<Cell>], there: &[Vec<Cell>]) -> Vec<Evidence> {
        let (rows, others) = self.examples();
        let of_other = |row: u64| others.binary_search(&row).ok().and_then(|at| there.get(at));
        let mut evidence = Vec::with_capacity(KEPT);
        for (place, row) in rows.iter().enumerate() {
            let Some((_, apart)) = self.rows.get(place) else { continue };
            let note = match apart {
                Apart::Added => format!("not in {}", self.name),
                Apart::Surplus(there) => {
                    format!("stands {} in {}, and more often here", times(*there), self.name)
                }
                Apart::Repeated => "its key stands more than once".to_owned(),
                Apart::Changed(other) => {
                    let values = here.get(place).map(Vec::as_slice).unwrap_or_default();
                    let others = of_other(*other).map(Vec::as_slice).unwrap_or_default();
                    self.told(place, values, others)
                }
            };
            evidence.push(Evidence::at(*row, Cell::Null).noting(note));
        }
        for (place, row) in self.missing.iter().take(KEPT - evidence.len()).enumerate() {
            let cells = of_other(*row).map(Vec::as_slice).unwrap_or_default();
            let keys = cells.iter().take(self.key.1.len());
            let told: Vec<String> = keys.map(ToString::to_string).collect();
            let often = match self.times.get(place) {
                Some((here, there)) if *there > 1 => {
                    format!(", where it stands {}, and {} here", times(*there), times(*here))
                }
                _ => String::new(),
            };
            let note = format!("row {row} of {} is missing here{often}", self.name);
            let value = Cell::Text(shorten(&told.join(", ")));
            evidence.push(Evidence { row: None, value, note: Some(note) });
        }
        evidence
    }

    /// `dep_delay is 5 here and 7 there`, for the columns in which a row differs.
    fn told(&self, place: usize, here: &[Cell], there: &[Cell]) -> String {
        /// Columns that are named with their values.
        const NAMED: usize = 3;
        let differing: Vec<usize> = self.differing(place).collect();
        let cell = |cell: Option<&Cell>| match cell {
            None | Some(Cell::Null) => "missing".to_owned(),
            Some(cell) => shorten(&cell.to_string()),
        };
        let tell = |&column: &usize| {
            let name = self.columns.get(column).map_or("", |(here, _)| here);
            let there = cell(there.get(self.key.1.len() + column));
            format!("{name} is {} here and {there} there", cell(here.get(column)))
        };
        let named: Vec<String> = differing.iter().take(NAMED).map(tell).collect();
        let more = if differing.len() > NAMED {
            format!(", and {} more", counted((differing.len() - NAMED) as u64, "column", "columns"))
        } else {
            String::new()
        };
        named.join(", ") + &more
    }

    /// How many rows are how, such as `2 are not there, 3 differ (a in 2, b in 1)`.
    pub(super) fn summary(&self) -> String {
        /// Columns that are named.
        const NAMED: usize = 5;
        let Counts { added, surplus, changed, repeated, missing, unknown_there, .. } = self.counts;
        if !self.keyed {
            return format!(
                "{} not there, {} more often here than there, {} missing here",
                number(added),
                number(surplus),
                number(missing)
            );
        }
        let mut columns: Vec<(&String, u64)> = self
            .compared()
            .zip(self.counts.by_column.iter().copied())
            .filter(|(_, rows)| *rows > 0)
            .collect();
        columns.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        let named: Vec<String> = columns
            .iter()
            .take(NAMED)
            .map(|(name, rows)| format!("{name} in {}", number(*rows)))
            .collect();
        let more = if columns.len() > NAMED { ", …" } else { "" };
        let mut parts = vec![
            format!("{} not there", number(added)),
            format!("{} missing here", number(missing)),
            match changed {
                0 => "0 changed".to_owned(),
                changed => format!("{} changed ({}{more})", number(changed), named.join(", ")),
            },
        ];
        if repeated > 0 {
            parts.push(format!("{} with a key that is repeated", number(repeated)));
        }
        if unknown_there > 0 {
            parts.push(format!("{} there without a key left out", number(unknown_there)));
        }
        parts.join(", ")
    }
}

fn times(count: u32) -> String {
    counted(u64::from(count), "time", "times")
}

/// How many words hold a bit for each column.
fn words_for(columns: usize) -> usize {
    columns.div_ceil(64)
}
