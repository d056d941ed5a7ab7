//! Corruptions: what goes wrong with data in practice, done to a table on purpose, to see which of it
//! a contract catches (mutation testing: DeMillo, Lipton and Sayward 1978).
//!
//! A corruption says where it can be applied, by the types of columns and a summary of them, and
//! changes a realistic part of the rows; what it changes depends on the table, the seed and the place
//! alone. One that has no place is not applicable, and never counted as caught. The corrupted table
//! is then checked as any other: see [`Attempt`] for what counts as caught.

mod columns;
mod facts;
mod history;
mod keys;
mod missing;
mod numbers;
mod outcome;
mod random;
mod report;
mod rows;
mod sample;
#[cfg(test)]
mod tests;
mod texts;
mod times;

use std::ops::Range;

use jiff::Timestamp;

pub use facts::ColumnFacts;
pub use history::{ASSUMED_VERSIONS, arrival, usual_versions};
pub use outcome::{Attempt, Catch, How, caught_by};
pub use report::{CorruptionReport, Guard, Monitored, MutationReport, Remedy, Tally};
pub use sample::Sample;

use facts::facts;
use random::Random;

/// All corruptions, in the order in which reports list them.
const ALL: [Corruption; 25] = [
    missing::NULL_BURST,
    missing::DISGUISED_NULLS,
    numbers::UNIT_TIMES_100,
    numbers::UNIT_THOUSANDTH,
    numbers::SIGN_FLIP,
    numbers::OUTLIER_SPIKES,
    numbers::ROUNDING,
    texts::CATEGORY_SPLIT,
    texts::NEW_CATEGORY,
    texts::TYPO_NOISE,
    texts::ENCODING_DAMAGE,
    times::ZONE_SHIFT,
    times::DAY_MONTH_SWAP,
    times::STALE_BATCH,
    times::FUTURE_DATES,
    rows::DUPLICATED_BATCH,
    rows::TRUNCATED_FILE,
    columns::SWAPPED_COLUMNS,
    columns::STUCK_VALUE,
    columns::SHUFFLED_COLUMN,
    columns::COLUMN_DROPPED,
    columns::COLUMN_RENAMED,
    columns::NUMBERS_AS_TEXT,
    keys::KEY_COLLISION,
    keys::ORPHAN_REFERENCE,
];

/// Something that goes wrong with data.
pub struct Corruption {
    /// The name, such as `null_burst`.
    pub name: &'static str,
    /// What it does, in a plain clause.
    pub what: &'static str,
    /// What it needs to be applicable.
    pub needs: &'static str,
    /// Which kinds of rules catch it.
    pub remedy: &'static str,
    fits: Fits,
    apply: fn(&Scene<'_>, &mut Random) -> Option<Damage>,
}

/// Where a corruption can be applied.
enum Fits {
    Table(fn(&Sample, &[ColumnFacts]) -> bool),
    Column(fn(&sample::SampleColumn, &ColumnFacts) -> bool),
    /// Any column, where it is not the only one.
    ColumnOfSeveral,
    /// Two columns whose values can be exchanged.
    Pair,
}

/// Where a corruption is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Table,
    Column(usize),
    Pair(usize, usize),
}

/// A corruption and the places at which it is tried.
pub struct Trial {
    /// The corruption.
    pub corruption: &'static Corruption,
    places: Vec<Place>,
}

/// A sample to be corrupted, and what is known of it.
pub struct Ground {
    sample: Sample,
    facts: Vec<ColumnFacts>,
    seed: u64,
    now: Timestamp,
}

/// One corruption at one place.
struct Scene<'a> {
    sample: &'a Sample,
    facts: &'a [ColumnFacts],
    place: Place,
    now: Timestamp,
}

/// A corrupted table.
pub struct Damage {
    /// The table.
    pub sample: Sample,
    /// The columns that it was done to; empty for the whole table.
    pub columns: Vec<String>,
    /// Rows that are concerned.
    pub rows: u64,
    /// What was done there, in a few words.
    pub detail: String,
    /// A column's new name and the one that it had.
    pub renamed: Option<(String, String)>,
}

impl Damage {
    /// A corrupted table, when rows are concerned at all.
    fn of(sample: Sample, rows: usize, detail: String) -> Option<Self> {
        (rows > 0).then(|| Self {
            sample,
            columns: Vec::new(),
            rows: rows as u64,
            detail,
            renamed: None,
        })
    }
}

impl Ground {
    /// A sample to be corrupted by a seed; `now` is when that is done.
    pub fn of(sample: Sample, seed: u64, now: Timestamp) -> Self {
        let facts = facts(&sample);
        Self { sample, facts, seed, now }
    }

    /// The sample as it is.
    pub fn sample(&self) -> &Sample {
        &self.sample
    }

    /// All corruptions, each with at most `most` places, which the seed chooses; none where it is not
    /// applicable.
    pub fn trials(&self, most: usize) -> Vec<Trial> {
        let trial = |corruption: &'static Corruption| {
            let mut places = self.places(&corruption.fits);
            let mut random = Random::of(self.seed, &[corruption.name]);
            let order: Vec<usize> = (0..places.len()).collect();
            let chosen = random.some_of(&order, most);
            let mut index = 0;
            places.retain(|_| {
                index += 1;
                chosen.contains(&(index - 1))
            });
            Trial { corruption, places }
        };
        ALL.iter().map(trial).collect()
    }

    fn places(&self, fits: &Fits) -> Vec<Place> {
        let columns = || self.sample.columns.iter().zip(&self.facts).enumerate();
        match fits {
            Fits::Table(fits) if fits(&self.sample, &self.facts) => vec![Place::Table],
            Fits::Column(fits) => columns()
                .filter(|(_, (column, facts))| fits(column, facts))
                .map(|(place, _)| Place::Column(place))
                .collect(),
            Fits::ColumnOfSeveral if self.sample.columns.len() > 1 => {
                columns().map(|(place, _)| Place::Column(place)).collect()
            }
            Fits::Table(_) | Fits::ColumnOfSeveral => Vec::new(),
            Fits::Pair => self.pairs(),
        }
    }

    /// Each column with the next one that it can be exchanged with.
    fn pairs(&self) -> Vec<Place> {
        let columns = &self.sample.columns;
        let mut pairs = Vec::new();
        for (place, column) in columns.iter().enumerate() {
            let later = columns.iter().enumerate().skip(place + 1);
            let mut fitting = later.filter(|(_, other)| columns::can_be_exchanged(column, other));
            if let Some((other, _)) = fitting.next() {
                pairs.push(Place::Pair(place, other));
            }
        }
        pairs
    }

    /// The sample after a corruption, at each of its places; those where it would change nothing are
    /// left out.
    pub fn damages<'a>(&'a self, trial: &'a Trial) -> impl Iterator<Item = Damage> + 'a {
        trial.places.iter().filter_map(|&place| {
            let scene = Scene { sample: &self.sample, facts: &self.facts, place, now: self.now };
            let columns = scene.names();
            let words: Vec<&str> = [trial.corruption.name]
                .into_iter()
                .chain(columns.iter().map(String::as_str))
                .collect();
            let mut random = Random::of(self.seed, &words);
            let damage = (trial.corruption.apply)(&scene, &mut random)?;
            Some(Damage { columns, ..damage })
        })
    }
}

impl Trial {
    /// The places at which it is tried.
    pub fn places(&self) -> usize {
        self.places.len()
    }
}

impl<'a> Scene<'a> {
    fn column(&self) -> Option<(usize, &'a sample::SampleColumn)> {
        match self.place {
            Place::Column(place) => Some((place, self.sample.column(place)?)),
            _ => None,
        }
    }

    fn pair(&self) -> Option<(usize, usize)> {
        match self.place {
            Place::Pair(one, other) => Some((one, other)),
            _ => None,
        }
    }

    fn facts_of(&self, place: usize) -> Option<&'a ColumnFacts> {
        self.facts.get(place)
    }

    fn names(&self) -> Vec<String> {
        let places = match self.place {
            Place::Table => vec![],
            Place::Column(place) => vec![place],
            Place::Pair(one, other) => vec![one, other],
        };
        places.iter().filter_map(|&at| Some(self.sample.column(at)?.name.clone())).collect()
    }

    /// A share of the rows, one after the other; at least one.
    fn run(&self, share: f64, random: &mut Random) -> Range<usize> {
        let rows = self.sample.rows();
        let length = part(rows, share, 1);
        let first = random.below(rows - length + 1);
        first..first + length
    }

    /// The last share of the rows; at least one.
    fn last(&self, share: f64) -> Range<usize> {
        let rows = self.sample.rows();
        rows - part(rows, share, 1)..rows
    }

    /// The rows of a run in which the column has a value.
    fn valued(&self, run: Range<usize>) -> impl Iterator<Item = usize> + use<'a> {
        let cells = self.column().map(|(_, column)| &column.cells);
        run.filter(move |&row| cells.is_some_and(|cells| cells.has_value(row)))
    }

    /// A share of the rows in which the column has a value that `fits`, at least so many, wherever they
    /// are.
    fn scattered(
        &self,
        share: f64,
        least: usize,
        random: &mut Random,
        fits: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        let all: Vec<usize> = self.valued(0..self.sample.rows()).filter(|&row| fits(row)).collect();
        random.some_of(&all, part(all.len(), share, least))
    }
}

/// A share of some rows, rounded, within what there is.
fn part(rows: usize, share: f64, least: usize) -> usize {
    ((rows as f64 * share).round() as usize).max(least).min(rows)
}
